//! Signing and verifying webhooks: HMAC-SHA256 (`v1`) and Ed25519 (`v1a`) over `id.timestamp.body`.
//!
//! Pure, so that whoever receives a message checks it with the same code that signed it, offline
//! (`bonafide verify --kind webhook`).
//!
//! Refuses: ids with a full stop in them, since `a.1` and `a` could then sign the same bytes for two meanings; secrets
//! under 24 bytes or over 64; a header in which no signature is by a known key.
//!
//! Source: Standard Webhooks 1.0.0, `spec/standard-webhooks.md`.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// The header with the id of the message, the same at every attempt.
pub const ID_HEADER: &str = "webhook-id";
/// The header with the second of the attempt, since 1970.
pub const TIMESTAMP_HEADER: &str = "webhook-timestamp";
/// The header with the signatures, separated by spaces.
pub const SIGNATURE_HEADER: &str = "webhook-signature";
/// How far the time of an attempt may be from the receiver's clock; what the reference libraries allow.
pub const TOLERANCE_SECONDS: u64 = 5 * 60;

/// Bytes of a shared secret, by the specification.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// Signatures looked at in one header: four are sent while keys are replaced.
const SIGNATURES_MAX: usize = 32;

const SECRET_PREFIX: &str = "whsec_";
const PRIVATE_PREFIX: &str = "whsk_";
const PUBLIC_PREFIX: &str = "whpk_";

/// Why a message or a key is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// Not a key of the form expected. Does not repeat it.
    #[error(
        "not a webhook key: expected `whsec_` and 24 to 64 bytes in base64, or `whpk_` and the 32 bytes of an Ed25519 key"
    )]
    Key,
    /// An id that cannot be signed.
    #[error("`webhook-id` must be 1 to 255 printable characters without a full stop")]
    Id,
    /// A time that is not a number of seconds.
    #[error("`webhook-timestamp` must be the seconds since 1970 in digits alone")]
    Timestamp,
    /// A header that is not a list of signatures.
    #[error(
        "`webhook-signature` must be signatures such as `v1,` and base64, separated by spaces, at most {SIGNATURES_MAX}"
    )]
    Signature,
    /// No signature is of the scheme of a known key.
    #[error("no signature is of the scheme of a known key")]
    NoKnownKey,
    /// No signature of a known key holds.
    #[error(
        "no signature by a known key holds: the id, the time or a byte of the body differs from what was signed"
    )]
    BadSignature,
    /// The attempt is too far from now.
    #[error("the attempt was made more than {TOLERANCE_SECONDS} seconds from `now`")]
    Stale,
}

/// What is signed: the id of the message, the second of the attempt, the exact body.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// The id.
    pub id: &'a str,
    /// Seconds since 1970.
    pub timestamp: u64,
    /// The body.
    pub body: &'a [u8],
}

impl Message<'_> {
    fn content(&self) -> Result<Vec<u8>, WebhookError> {
        let good = |b: u8| b.is_ascii_graphic() && b != b'.';
        if self.id.is_empty() || self.id.len() > 255 || !self.id.bytes().all(good) {
            return Err(WebhookError::Id);
        }
        let mut content = format!("{}.{}.", self.id, self.timestamp).into_bytes();
        content.extend_from_slice(self.body);
        Ok(content)
    }
}

/// A key that signs; wiped from memory when dropped.
pub enum SigningKey {
    /// A secret that sender and receiver share.
    Shared(Zeroizing<Vec<u8>>),
    /// The seed of an Ed25519 key.
    Ed25519(Zeroizing<[u8; 32]>),
}

impl SigningKey {
    /// A shared secret of 32 bytes.
    #[must_use]
    pub fn shared(secret: &[u8; 32]) -> Self {
        Self::Shared(Zeroizing::new(secret.to_vec()))
    }

    /// An Ed25519 key from its seed.
    #[must_use]
    pub fn ed25519(seed: &[u8; 32]) -> Self {
        Self::Ed25519(Zeroizing::new(*seed))
    }

    /// Reads `whsec_…` or `whsk_…`.
    ///
    /// # Errors
    /// If it is neither.
    pub fn parse(text: &str) -> Result<Self, WebhookError> {
        if let Some(key) = text.strip_prefix(PRIVATE_PREFIX) {
            let bytes = Zeroizing::new(STANDARD.decode(key).map_err(|_| WebhookError::Key)?);
            let seed = Zeroizing::new(
                <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| WebhookError::Key)?,
            );
            return Ok(Self::Ed25519(seed));
        }
        match text.parse()? {
            VerifyingKey::Shared(secret) => Ok(Self::Shared(secret)),
            VerifyingKey::Ed25519(_) => Err(WebhookError::Key),
        }
    }

    /// As it is kept and shown: `whsec_…` or `whsk_…`.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let (prefix, bytes) = match self {
            Self::Shared(secret) => (SECRET_PREFIX, secret.as_slice()),
            Self::Ed25519(seed) => (PRIVATE_PREFIX, seed.as_slice()),
        };
        Zeroizing::new([prefix, &Zeroizing::new(STANDARD.encode(bytes))].concat())
    }

    /// What the receiver checks with: the secret itself, or the public key.
    ///
    /// # Errors
    /// If the key cannot be used.
    pub fn verifier(&self) -> Result<VerifyingKey, WebhookError> {
        match self {
            Self::Shared(secret) => Ok(VerifyingKey::Shared(secret.clone())),
            Self::Ed25519(seed) => {
                let pair = pair_of(seed)?;
                let public = pair.public_key().as_ref();
                let public = public.try_into().map_err(|_| WebhookError::Key)?;
                Ok(VerifyingKey::Ed25519(public))
            }
        }
    }

    /// One signature, as it stands in the header.
    ///
    /// # Errors
    /// If the id cannot be signed or the key cannot be used.
    pub fn sign(&self, message: &Message<'_>) -> Result<String, WebhookError> {
        let content = message.content()?;
        Ok(match self {
            Self::Shared(secret) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
                format!("v1,{}", STANDARD.encode(hmac::sign(&key, &content)))
            }
            Self::Ed25519(seed) => {
                let signature = pair_of(seed)?.try_sign(&content);
                let signature = signature.map_err(|_| WebhookError::Key)?;
                format!("v1a,{}", STANDARD.encode(signature))
            }
        })
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey([sealed])")
    }
}

fn pair_of(seed: &[u8; 32]) -> Result<Ed25519KeyPair, WebhookError> {
    Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| WebhookError::Key)
}

/// A key that checks.
pub enum VerifyingKey {
    /// A secret that sender and receiver share.
    Shared(Zeroizing<Vec<u8>>),
    /// An Ed25519 public key.
    Ed25519([u8; 32]),
}

impl VerifyingKey {
    /// The scheme of its signatures.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        match self {
            Self::Shared(_) => "v1",
            Self::Ed25519(_) => "v1a",
        }
    }

    /// As receivers configure it: `whsec_…` or `whpk_…`.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let (prefix, bytes) = match self {
            Self::Shared(secret) => (SECRET_PREFIX, secret.as_slice()),
            Self::Ed25519(public) => (PUBLIC_PREFIX, public.as_slice()),
        };
        Zeroizing::new([prefix, &Zeroizing::new(STANDARD.encode(bytes))].concat())
    }

    fn holds(&self, content: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Shared(secret) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
                hmac::verify(&key, content, signature).is_ok()
            }
            Self::Ed25519(public) => {
                let key = UnparsedPublicKey::new(&ED25519, public);
                key.verify(content, signature).is_ok()
            }
        }
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({})", self.scheme())
    }
}

impl FromStr for VerifyingKey {
    type Err = WebhookError;

    fn from_str(text: &str) -> Result<Self, WebhookError> {
        let decode = |text: &str| STANDARD.decode(text).map_err(|_| WebhookError::Key);
        if let Some(secret) = text.strip_prefix(SECRET_PREFIX) {
            let secret = Zeroizing::new(decode(secret)?);
            let good = SECRET_BYTES.contains(&secret.len());
            return good
                .then_some(Self::Shared(secret))
                .ok_or(WebhookError::Key);
        }
        let public = text.strip_prefix(PUBLIC_PREFIX).ok_or(WebhookError::Key)?;
        let public = <[u8; 32]>::try_from(decode(public)?).map_err(|_| WebhookError::Key)?;
        Ok(Self::Ed25519(public))
    }
}

/// Checks a message as it arrived, headers as text; gives the second of the attempt and the scheme that held. One good
/// signature is enough: while keys are replaced there are several, and receivers know one of them.
///
/// # Errors
/// If something is not of its form, or no signature holds.
pub fn verify(
    keys: &[VerifyingKey],
    id: &str,
    timestamp: &str,
    signatures: &str,
    body: &[u8],
) -> Result<(u64, &'static str), WebhookError> {
    let digits = !timestamp.is_empty() && timestamp.bytes().all(|b| b.is_ascii_digit());
    let seconds = timestamp.parse().ok().filter(|_| digits);
    let seconds = seconds.ok_or(WebhookError::Timestamp)?;
    let message = Message {
        id,
        timestamp: seconds,
        body,
    };
    if timestamp != seconds.to_string() {
        return Err(WebhookError::Timestamp);
    }
    let content = message.content()?;
    let mut known = false;
    for (count, signature) in signatures.split(' ').filter(|s| !s.is_empty()).enumerate() {
        let (scheme, signature) = signature.split_once(',').ok_or(WebhookError::Signature)?;
        if count >= SIGNATURES_MAX {
            return Err(WebhookError::Signature);
        }
        let of_scheme = keys.iter().filter(|key| key.scheme() == scheme);
        // A signature that is not base64 is one that does not hold.
        let signature = STANDARD.decode(signature).unwrap_or_default();
        for key in of_scheme {
            known = true;
            if key.holds(&content, &signature) {
                return Ok((seconds, key.scheme()));
            }
        }
    }
    Err(if known {
        WebhookError::BadSignature
    } else {
        WebhookError::NoKnownKey
    })
}
