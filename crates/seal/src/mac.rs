//! Keyed hashes for what is compared and never read back: API keys, and the bodies of idempotent requests.
//!
//! An API key is `bf_<id>_<secret>`: the id finds the row, the secret is 32 random bytes in base 32. The store holds the
//! keyed hash alone, so that a stolen database opens nothing, and every comparison takes the same time whatever differs.
//!
//! Refuses: other shapes of key, without repeating what was given.

use std::fmt;

use aws_lc_rs::{constant_time, hmac};
use bonafide_model::{ApiKeyId, Entropy};
use zeroize::{Zeroize, Zeroizing};

use crate::Secret;
use crate::cipher::KEY_BYTES;
use crate::framing::length_prefixed;

/// Bytes of a keyed hash.
pub const HASH_BYTES: usize = 32;

/// What every API key starts with, so that scanners for leaked secrets can find one.
const PREFIX: &str = "bf_";
/// Crockford's base 32 in lower case, as in ids.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// 32 bytes in five-bit digits.
const SECRET_CHARS: usize = 52;

/// A keyed hash, as stored. Comparing two takes the same time whatever differs.
#[derive(Clone, Copy)]
pub struct KeyedHash([u8; HASH_BYTES]);

impl KeyedHash {
    /// From a stored column.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; HASH_BYTES]) -> Self {
        Self(bytes)
    }

    /// The bytes, for storing.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; HASH_BYTES] {
        &self.0
    }

    fn new(key: &[u8; KEY_BYTES], parts: &[&[u8]]) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        let mut framed = length_prefixed(parts);
        let tag = hmac::sign(&key, &framed);
        framed.zeroize();
        let mut hash = [0; HASH_BYTES];
        for (to, from) in hash.iter_mut().zip(tag.as_ref()) {
            *to = *from;
        }
        Self(hash)
    }
}

impl PartialEq for KeyedHash {
    fn eq(&self, other: &Self) -> bool {
        constant_time::verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

impl Eq for KeyedHash {}

impl fmt::Debug for KeyedHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyedHash([sealed])")
    }
}

/// An API key as its holder has it: shown once when made, and presented with each request.
#[derive(Debug)]
pub struct ApiKey {
    id: ApiKeyId,
    text: Secret<String>,
}

/// Text that is not an API key. Does not repeat it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not an API key: expected `bf_`, 26 letters and digits, `_`, and 52 letters and digits, as shown when the key was made"
)]
pub struct ApiKeyError;

impl ApiKey {
    /// A new key for an id.
    #[must_use]
    pub fn generate(id: ApiKeyId, entropy: &dyn Entropy) -> Self {
        let secret = Secret::<[u8; KEY_BYTES]>::random(entropy);
        let digits = base32(secret.expose());
        let id_text = id.to_string();
        let body = id_text
            .split_once('_')
            .map_or(id_text.as_str(), |(_, body)| body);
        let mut text = String::with_capacity(PREFIX.len() + body.len() + 1 + SECRET_CHARS);
        text.extend([PREFIX, body, "_", digits.as_str()]);
        Self {
            id,
            text: Secret::new(text),
        }
    }

    /// Reads a key as presented.
    pub fn parse(text: &str) -> Result<Self, ApiKeyError> {
        let body = text.strip_prefix(PREFIX).ok_or(ApiKeyError)?;
        let (id, secret) = body.split_once('_').ok_or(ApiKeyError)?;
        if secret.len() != SECRET_CHARS || !secret.bytes().all(|b| ALPHABET.contains(&b)) {
            return Err(ApiKeyError);
        }
        let id = format!("key_{id}").parse().map_err(|_| ApiKeyError)?;
        Ok(Self {
            id,
            text: Secret::new(text.to_owned()),
        })
    }

    /// The id that finds the stored hash.
    #[must_use]
    pub const fn id(&self) -> ApiKeyId {
        self.id
    }

    /// The whole key, to show it to its holder.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.text.expose()
    }
}

/// Five bits a digit, the last digit filled up with zeros.
fn base32(bytes: &[u8; KEY_BYTES]) -> Zeroizing<String> {
    let mut digits = Zeroizing::new(String::with_capacity(SECRET_CHARS));
    let (mut bits, mut held) = (0_u16, 0_u32);
    let mut push = |bits: u16| {
        let digit = ALPHABET.get(usize::from(bits & 31)).unwrap_or(&b'0');
        digits.push(char::from(*digit));
    };
    for byte in bytes {
        bits = (bits << 8) | u16::from(*byte);
        held += 8;
        while held >= 5 {
            held -= 5;
            push(bits >> held);
        }
    }
    push(bits << (5 - held));
    digits
}

/// A tenant's key for the hashes of API keys.
#[derive(Debug)]
pub struct ApiKeyHashKey(Secret<[u8; KEY_BYTES]>);

impl ApiKeyHashKey {
    pub(crate) fn new(secret: Secret<[u8; KEY_BYTES]>) -> Self {
        Self(secret)
    }

    pub(crate) fn expose(&self) -> &[u8; KEY_BYTES] {
        self.0.expose()
    }

    /// What to store for a key.
    #[must_use]
    pub fn hash(&self, key: &ApiKey) -> KeyedHash {
        KeyedHash::new(
            self.expose(),
            &[b"bonafide-api-key-v1", key.expose().as_bytes()],
        )
    }

    /// Whether a presented key is the one whose hash is stored.
    #[must_use]
    pub fn verify(&self, presented: &ApiKey, stored: &KeyedHash) -> bool {
        self.hash(presented) == *stored
    }
}

/// A tenant's key for the hashes of idempotent requests.
#[derive(Debug)]
pub struct BodyMacKey(Secret<[u8; KEY_BYTES]>);

impl BodyMacKey {
    pub(crate) fn new(secret: Secret<[u8; KEY_BYTES]>) -> Self {
        Self(secret)
    }

    pub(crate) fn expose(&self) -> &[u8; KEY_BYTES] {
        self.0.expose()
    }

    /// The hash that tells a repeated request from another one under the same idempotency key.
    #[must_use]
    pub fn hash(&self, route: &str, idempotency_key: &str, body: &[u8]) -> KeyedHash {
        let parts = [
            b"bonafide-body-v1".as_slice(),
            route.as_bytes(),
            idempotency_key.as_bytes(),
            body,
        ];
        KeyedHash::new(self.expose(), &parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_32_keeps_every_bit() {
        assert_eq!(*base32(&[0; 32]), "0".repeat(52));
        assert_eq!(*base32(&[0xFF; 32]), format!("{}g", "z".repeat(51)));
        let mut seen = std::collections::BTreeSet::new();
        for bit in 0..256 {
            let mut bytes = [0; 32];
            bytes[bit / 8] = 1 << (bit % 8);
            assert!(seen.insert(base32(&bytes).to_string()), "bit {bit}");
        }
    }
}
