//! The one cipher under wrapped rows and envelopes: AES-256-GCM with a derived key and a stored key commitment.
//!
//! ```text
//! version (1) │ nonce (12) │ key commitment (32) │ ciphertext │ tag (16)
//!
//! prk        = HKDF-Extract(SHA-256, salt = nonce, ikm = key)
//! commitment = HKDF-Expand(prk, framed(domain, "commit", version), 32)
//! gcm key    = HKDF-Expand(prk, framed(domain, "encrypt", version, context), 32)
//! ```
//!
//! Why: GCM alone lets one ciphertext be made that opens under two keys (partitioning attacks); the commitment closes
//! that. It depends on the nonce, so that two envelopes under one key cannot be linked by it. Deriving the GCM key from
//! the nonce and the context keeps the number of messages under any one GCM key near one, far below the 2^32 that a
//! random 96-bit nonce allows.
//!
//! Refuses: another layout version, a short value, another key (by the commitment, before anything is deciphered), and
//! any altered byte or other context (by the tag).
//!
//! Source: RFC 5869 (HKDF), NIST SP 800-38D (GCM), Albertini et al., "How to Abuse and Fix Authenticated Encryption
//! Without Key Commitment" (USENIX Security 2022).

use aws_lc_rs::aead::{self, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hkdf;
use bonafide_model::Entropy;
use zeroize::Zeroizing;

use crate::framing::length_prefixed;
use crate::{SealError, Secret};

/// The layout written today. A key-management service or another cipher gets the next number.
const LAYOUT_VERSION: u8 = 1;
const NONCE_BYTES: usize = 12;
const COMMITMENT_BYTES: usize = 32;
const TAG_BYTES: usize = 16;
const HEADER_BYTES: usize = 1 + NONCE_BYTES + COMMITMENT_BYTES;

/// What sealing adds to a value.
pub(crate) const OVERHEAD_BYTES: usize = HEADER_BYTES + TAG_BYTES;

/// Bytes of every symmetric key in this crate.
pub(crate) const KEY_BYTES: usize = 32;

/// What a key is used for; keys derived for one domain mean nothing in another.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Domain {
    /// Content sealed under a subject's key.
    Content,
    /// A subject's keys wrapped under an epoch key.
    Wrap,
    /// An escrow copy of the keyring.
    Escrow,
    /// The keyring under a key-encryption key.
    Kek,
}

impl Domain {
    const fn tag(self) -> &'static [u8] {
        match self {
            Self::Content => b"bonafide-content",
            Self::Wrap => b"bonafide-wrap",
            Self::Escrow => b"bonafide-escrow",
            Self::Kek => b"bonafide-kek",
        }
    }
}

/// Seals `plaintext` under `key`, bound to `context`.
pub(crate) fn seal(
    domain: Domain,
    key: &[u8; KEY_BYTES],
    context: &[u8],
    plaintext: &[u8],
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, SealError> {
    let mut nonce = [0; NONCE_BYTES];
    entropy.fill(&mut nonce);
    let derived = Derived::new(domain, key, &nonce, context)?;

    let mut sealed = Vec::with_capacity(plaintext.len() + OVERHEAD_BYTES);
    sealed.push(LAYOUT_VERSION);
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(&derived.commitment);
    sealed.extend_from_slice(plaintext);
    let content = sealed.get_mut(HEADER_BYTES..).unwrap_or_default();
    let tag = derived
        .gcm
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            aead::Aad::from(context),
            content,
        )
        .map_err(|_| SealError::Library("seal"))?;
    sealed.extend_from_slice(tag.as_ref());
    Ok(sealed)
}

/// Opens what [`seal`] made from the same domain, key and context.
pub(crate) fn open(
    domain: Domain,
    key: &[u8; KEY_BYTES],
    context: &[u8],
    sealed: &[u8],
) -> Result<Secret<Vec<u8>>, SealError> {
    let (version, rest) = sealed
        .split_first()
        .ok_or(SealError::Damaged("it is empty"))?;
    if *version != LAYOUT_VERSION {
        return Err(SealError::UnknownVersion(*version));
    }
    let short = SealError::Damaged("it is cut short");
    let (nonce, rest) = rest
        .split_first_chunk::<NONCE_BYTES>()
        .ok_or_else(|| short.clone())?;
    let (commitment, content) = rest
        .split_first_chunk::<COMMITMENT_BYTES>()
        .filter(|(_, content)| content.len() >= TAG_BYTES)
        .ok_or(short)?;

    let derived = Derived::new(domain, key, nonce, context)?;
    verify_slices_are_equal(&derived.commitment, commitment).map_err(|_| SealError::WrongKey)?;

    let mut buffer = Zeroizing::new(content.to_vec());
    let length = derived
        .gcm
        .open_in_place(
            Nonce::assume_unique_for_key(*nonce),
            aead::Aad::from(context),
            &mut buffer,
        )
        .map_err(|_| SealError::Altered)?
        .len();
    buffer.truncate(length);
    Ok(Secret::new(std::mem::take(&mut *buffer)))
}

/// What a key, a nonce and a context yield.
struct Derived {
    commitment: [u8; COMMITMENT_BYTES],
    gcm: LessSafeKey,
}

impl Derived {
    fn new(
        domain: Domain,
        key: &[u8; KEY_BYTES],
        nonce: &[u8; NONCE_BYTES],
        context: &[u8],
    ) -> Result<Self, SealError> {
        let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, nonce).extract(key);
        let version = [LAYOUT_VERSION];

        let mut commitment = [0; COMMITMENT_BYTES];
        let info = length_prefixed(&[domain.tag(), b"commit", &version]);
        expand(&prk, &info, &mut commitment)?;

        let mut gcm_key = Zeroizing::new([0; KEY_BYTES]);
        let info = length_prefixed(&[domain.tag(), b"encrypt", &version, context]);
        expand(&prk, &info, &mut gcm_key)?;
        let gcm = UnboundKey::new(&aead::AES_256_GCM, &*gcm_key)
            .map_err(|_| SealError::Library("take a key"))?;
        Ok(Self {
            commitment,
            gcm: LessSafeKey::new(gcm),
        })
    }
}

fn expand(prk: &hkdf::Prk, info: &[u8], out: &mut [u8; KEY_BYTES]) -> Result<(), SealError> {
    prk.expand(&[info], hkdf::HKDF_SHA256)
        .and_then(|okm| okm.fill(out))
        .map_err(|_| SealError::Library("derive a key"))
}
