//! Keys that sign: a ledger's own, and a witness's. Both are Ed25519 from a seed that is wiped from memory when dropped.
//!
//! A signer key is text, `PRIVATE+KEY+name+hash+base64(type || seed)`, as other people's tools for notes write it.

use std::fmt;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::{KeyError, KeyType, VerifierKey, cosignature_message};
use crate::checkpoint::Checkpoint;
use crate::text::to_hex;

/// An Ed25519 key pair from its seed, wiped from memory when dropped.
struct Signer {
    seed: Zeroizing<[u8; 32]>,
    verifier: VerifierKey,
}

impl Signer {
    fn new(name: &str, kind: KeyType, seed: &[u8; 32]) -> Result<Self, KeyError> {
        let pair = pair_of(seed).ok_or(KeyError::SignerForm)?;
        Ok(Self {
            verifier: VerifierKey::new(name, kind, pair.public_key().as_ref())?,
            seed: Zeroizing::new(*seed),
        })
    }

    /// The signature line of `message`, with `lead` between key id and signature.
    fn line(&self, lead: &[u8], message: &[u8]) -> Option<String> {
        let signature = pair_of(&self.seed)?.try_sign(message).ok()?;
        let bytes = [&self.verifier.id(), lead, signature.as_ref()].concat();
        let (name, text) = (&self.verifier.name, STANDARD.encode(bytes));
        Some(format!("\u{2014} {name} {text}\n"))
    }
}

fn pair_of(seed: &[u8; 32]) -> Option<Ed25519KeyPair> {
    Ed25519KeyPair::from_seed_unchecked(seed).ok()
}

/// The key with which a ledger signs its checkpoints. Its name is the ledger's origin.
pub struct LogKey(Signer);

impl LogKey {
    /// The key of the ledger named `origin`, from 32 secret bytes.
    ///
    /// # Errors
    /// If notes cannot carry the name.
    pub fn from_seed(origin: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        Signer::new(origin, KeyType::Ed25519, seed).map(Self)
    }

    /// Reads a signer key, `PRIVATE+KEY+name+hash+base64`.
    ///
    /// # Errors
    /// If it is not of that form, or its hash is not its own.
    pub fn from_signer_key(text: &str) -> Result<Self, KeyError> {
        let parse = || {
            let rest = text.strip_prefix("PRIVATE+KEY+")?;
            let (name, rest) = rest.split_once('+')?;
            let (hash, key) = rest.split_once('+')?;
            let bytes = Zeroizing::new(STANDARD.decode(key).ok()?);
            let (byte, seed) = bytes.split_first()?;
            let seed = Zeroizing::new(<[u8; 32]>::try_from(seed).ok()?);
            let right = *byte == KeyType::Ed25519.byte();
            let key = Self::from_seed(name, &seed).ok().filter(|_| right)?;
            (to_hex(&key.verifier().id()) == hash).then_some(key)
        };
        parse().ok_or(KeyError::SignerForm)
    }

    /// As a signer key. Keep it as secret as the seed.
    #[must_use]
    pub fn to_signer_key(&self) -> Zeroizing<String> {
        let verifier = &self.0.verifier;
        let lead = [KeyType::Ed25519.byte()];
        let bytes = Zeroizing::new([lead.as_slice(), self.0.seed.as_slice()].concat());
        let key = Zeroizing::new(STANDARD.encode(bytes.as_slice()));
        let (name, hash) = (&verifier.name, to_hex(&verifier.id()));
        Zeroizing::new(format!("PRIVATE+KEY+{name}+{hash}+{}", key.as_str()))
    }

    /// The key that verifies its signatures.
    #[must_use]
    pub fn verifier(&self) -> &VerifierKey {
        &self.0.verifier
    }

    /// The signature line over the text of a note; Ed25519 is deterministic, so equal texts give equal lines.
    pub(crate) fn sign(&self, text: &str) -> Option<String> {
        self.0.line(&[], text.as_bytes())
    }
}

impl fmt::Debug for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogKey({})", self.0.verifier)
    }
}

/// The key with which a witness cosigns checkpoints (Ed25519).
pub struct CosignerKey(Signer);

impl CosignerKey {
    /// The key of the witness `name`, from 32 secret bytes that no other key uses.
    ///
    /// # Errors
    /// If notes cannot carry the name.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        Signer::new(name, KeyType::Ed25519Cosignature, seed).map(Self)
    }

    /// The key that verifies its cosignatures.
    #[must_use]
    pub fn verifier(&self) -> &VerifierKey {
        &self.0.verifier
    }

    /// The cosignature line over the text of a checkpoint at `time`, in seconds since 1970; `None` if `text` is no
    /// checkpoint or the time has no place in the format.
    #[must_use]
    pub fn cosign(&self, text: &str, time: u64) -> Option<String> {
        Checkpoint::parse(text).ok()?;
        let fits = time <= crate::text::MAX_U63;
        fits.then(|| {
            self.0
                .line(&time.to_be_bytes(), &cosignature_message(text, time))
        })?
    }
}

impl fmt::Debug for CosignerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CosignerKey({})", self.0.verifier)
    }
}
