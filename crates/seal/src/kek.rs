//! The key-encryption key: what the keyring file is wrapped under, so that whoever copies the file alone has nothing.
//!
//! A random key seals the keyring, and a [`Kek`] wraps that key. Whoever has a key vault or a hardware module implements
//! [`Kek`]; here are a secret and a passphrase. The file says where its key-encryption key comes from, so that nothing else
//! need be configured.
//!
//! Losing it loses the keyring, and with that everything that is sealed; an escrow copy is sealed to its recipients alone,
//! and brings it back.
//!
//! Source of the number of iterations: OWASP Password Storage Cheat Sheet, PBKDF2 with HMAC-SHA-256, 600,000.

use std::num::NonZeroU32;

use aws_lc_rs::{digest, pbkdf2};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bonafide_model::Entropy;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::cipher::{self, Domain, KEY_BYTES};
use crate::{Keyring, KeyringError, SealError, Secret};

const FILE_VERSION: u32 = 2;
const PROTECTION: &str = "kek";
/// The shortest secret: 32 characters that a machine chose have 128 bits even if they are hexadecimal.
pub const SECRET_MIN_CHARS: usize = 32;
/// The shortest passphrase: five words.
pub const PASSPHRASE_MIN_CHARS: usize = 20;
const SALT_BYTES: usize = 16;
const ITERATIONS: NonZeroU32 = match NonZeroU32::new(600_000) {
    Some(iterations) => iterations,
    None => NonZeroU32::MAX,
};

/// Why a key-encryption key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KekError {
    /// Too short.
    #[error("{what} has fewer than {least} characters: let a machine choose it")]
    Short {
        /// What.
        what: &'static str,
        /// Characters it has to have.
        least: usize,
    },
    /// Another one.
    #[error("it is not the one that the keyring was wrapped under")]
    Wrong,
    /// It cannot be had.
    #[error("{0}")]
    Unavailable(String),
}

/// Wraps and unwraps one key of 32 bytes.
pub trait Kek: Send + Sync {
    /// Wraps a key.
    ///
    /// # Errors
    /// If whoever holds the key-encryption key does not answer.
    fn wrap(
        &self,
        key: &Secret<[u8; KEY_BYTES]>,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, KekError>;

    /// Unwraps a key.
    ///
    /// # Errors
    /// If it was wrapped under another one, or whoever holds that does not answer.
    fn unwrap(&self, wrapped: &[u8]) -> Result<Secret<[u8; KEY_BYTES]>, KekError>;
}

/// A secret that a machine chose, from a file or the environment.
pub struct SecretKek(Zeroizing<[u8; KEY_BYTES]>);

impl SecretKek {
    /// From its text.
    ///
    /// # Errors
    /// If it is too short to be one.
    pub fn new(text: &str) -> Result<Self, KekError> {
        let text = text.trim();
        if text.chars().count() < SECRET_MIN_CHARS {
            return Err(KekError::Short {
                what: "the secret",
                least: SECRET_MIN_CHARS,
            });
        }
        let digest = digest::digest(&digest::SHA256, text.as_bytes());
        let key = digest.as_ref().first_chunk().copied().unwrap_or_default();
        Ok(Self(Zeroizing::new(key)))
    }
}

impl Kek for SecretKek {
    fn wrap(
        &self,
        key: &Secret<[u8; KEY_BYTES]>,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, KekError> {
        seal(&self.0, b"secret", key, entropy)
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<Secret<[u8; KEY_BYTES]>, KekError> {
        open(&self.0, b"secret", wrapped)
    }
}

/// A passphrase that a person chose, made slow to guess.
pub struct PassphraseKek(Zeroizing<String>);

impl PassphraseKek {
    /// From its text.
    ///
    /// # Errors
    /// If it is too short.
    pub fn new(text: &str) -> Result<Self, KekError> {
        let text = text.trim();
        match text.chars().count() < PASSPHRASE_MIN_CHARS {
            true => Err(KekError::Short {
                what: "the passphrase",
                least: PASSPHRASE_MIN_CHARS,
            }),
            false => Ok(Self(Zeroizing::new(text.to_owned()))),
        }
    }

    fn key(&self, salt: &[u8]) -> Zeroizing<[u8; KEY_BYTES]> {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        let algorithm = pbkdf2::PBKDF2_HMAC_SHA256;
        pbkdf2::derive(algorithm, ITERATIONS, salt, self.0.as_bytes(), &mut *key);
        key
    }
}

impl Kek for PassphraseKek {
    fn wrap(
        &self,
        key: &Secret<[u8; KEY_BYTES]>,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, KekError> {
        let mut salt = [0; SALT_BYTES];
        entropy.fill(&mut salt);
        let sealed = seal(&self.key(&salt), b"passphrase", key, entropy)?;
        Ok([salt.as_slice(), &sealed].concat())
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<Secret<[u8; KEY_BYTES]>, KekError> {
        let (salt, sealed) = wrapped
            .split_at_checked(SALT_BYTES)
            .ok_or(KekError::Wrong)?;
        open(&self.key(salt), b"passphrase", sealed)
    }
}

fn seal(
    under: &[u8; KEY_BYTES],
    context: &[u8],
    key: &Secret<[u8; KEY_BYTES]>,
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, KekError> {
    let sealed = cipher::seal(Domain::Kek, under, context, key.expose(), entropy);
    sealed.map_err(|e| KekError::Unavailable(e.to_string()))
}

fn open(
    under: &[u8; KEY_BYTES],
    context: &[u8],
    sealed: &[u8],
) -> Result<Secret<[u8; KEY_BYTES]>, KekError> {
    let plain = cipher::open(Domain::Kek, under, context, sealed).map_err(|_| KekError::Wrong)?;
    Secret::from_slice(plain.expose()).ok_or(KekError::Wrong)
}

/// The key that seals a keyring file, and the same wrapped. Unwrapping can be slow or far away, so it is kept.
pub struct KeyringSeal {
    source: String,
    wrapped: Vec<u8>,
    key: Secret<[u8; KEY_BYTES]>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    v: u32,
    protection: String,
    source: String,
    wrapped: String,
    sealed: String,
}

impl KeyringSeal {
    /// Where the key-encryption key of a file comes from; `None` when the file is not wrapped.
    ///
    /// # Errors
    /// If it is wrapped and not of its form.
    pub fn source_of(bytes: &[u8]) -> Result<Option<String>, KeyringError> {
        Ok(file(bytes)?.map(|file| file.source))
    }

    /// A new key, wrapped.
    ///
    /// # Errors
    /// If it cannot be wrapped.
    pub fn new(source: &str, kek: &dyn Kek, entropy: &dyn Entropy) -> Result<Self, KekError> {
        let key = Secret::random(entropy);
        Ok(Self {
            source: source.to_owned(),
            wrapped: kek.wrap(&key, entropy)?,
            key,
        })
    }

    /// The key of a wrapped file.
    ///
    /// # Errors
    /// If the key-encryption key is another one, or cannot be had.
    pub fn of(bytes: &[u8], kek: &dyn Kek) -> Result<Self, KeyringError> {
        let file = file(bytes)?.ok_or(KeyringError::UnknownProtection)?;
        let wrapped = STANDARD.decode(&file.wrapped);
        let wrapped =
            wrapped.map_err(|_| KeyringError::Inconsistent("its wrapped key is damaged"))?;
        let unwrapped = kek.unwrap(&wrapped);
        let key = unwrapped.map_err(|why| KeyringError::Kek {
            source_of: file.source.clone(),
            why,
        })?;
        Ok(Self {
            source: file.source,
            wrapped,
            key,
        })
    }

    /// Whether a file is wrapped in this way.
    ///
    /// # Errors
    /// If the file is not of its form.
    pub fn is_of(&self, bytes: &[u8]) -> Result<bool, KeyringError> {
        let same = |f: File| STANDARD.decode(f.wrapped).ok().as_ref() == Some(&self.wrapped);
        Ok(file(bytes)?.is_some_and(same))
    }

    /// Reads a wrapped keyring.
    ///
    /// # Errors
    /// If it was altered.
    pub fn open(&self, bytes: &[u8]) -> Result<Keyring, KeyringError> {
        let file = file(bytes)?.ok_or(KeyringError::UnknownProtection)?;
        let sealed = STANDARD.decode(&file.sealed);
        let sealed = sealed.map_err(|_| KeyringError::CheckFailed)?;
        let plain = cipher::open(Domain::Kek, self.key.expose(), b"keyring", &sealed);
        Keyring::from_bytes(
            plain
                .map_err(|_: SealError| KeyringError::CheckFailed)?
                .expose(),
        )
    }

    /// Writes a wrapped keyring.
    ///
    /// # Errors
    /// If it cannot be sealed.
    pub fn seal(&self, keyring: &Keyring, entropy: &dyn Entropy) -> Result<Vec<u8>, KeyringError> {
        let plain = keyring.to_bytes()?;
        let sealed = cipher::seal(
            Domain::Kek,
            self.key.expose(),
            b"keyring",
            plain.expose(),
            entropy,
        );
        let file = File {
            v: FILE_VERSION,
            protection: PROTECTION.to_owned(),
            source: self.source.clone(),
            wrapped: STANDARD.encode(&self.wrapped),
            sealed: STANDARD.encode(sealed.map_err(|_| KeyringError::Unwritable)?),
        };
        serde_json::to_vec_pretty(&file).map_err(|_| KeyringError::Unwritable)
    }
}

/// The wrapped form, if a file has it.
fn file(bytes: &[u8]) -> Result<Option<File>, KeyringError> {
    #[derive(Deserialize)]
    struct Head<'a> {
        protection: Option<&'a str>,
    }
    match serde_json::from_slice::<Head<'_>>(bytes) {
        Ok(Head {
            protection: Some(PROTECTION),
        }) => {}
        _ => return Ok(None),
    }
    let file: File = serde_json::from_slice(bytes).map_err(|e| KeyringError::Malformed {
        line: e.line(),
        column: e.column(),
    })?;
    match file.v {
        FILE_VERSION => Ok(Some(file)),
        other => Err(KeyringError::UnknownVersion(other)),
    }
}
