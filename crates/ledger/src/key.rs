//! Keys of signed notes: the verifier keys that readers pin, and in `signer` the log's own key and a witness's.
//!
//! A verifier key is text, `name+hash+base64(type || key)`; the hash (key id) is the first four bytes of SHA-256 over the name, a newline, the type and the key.
//! Source: C2SP signed-note and tlog-cosignature.
//!
//! Refuses: a key whose hash is not its own, names with blanks or `+`, types other than the three below.

mod signer;

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::signature::{ED25519, ML_DSA_44, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::checkpoint::Checkpoint;
use crate::hash::sha256_of;
use crate::text::{from_hex, quote, to_hex};
pub use signer::{CosignerKey, LogKey};

/// The longest name of a key or origin: witnesses of type ML-DSA-44 write its length in one byte.
pub(crate) const MAX_NAME_BYTES: usize = 255;

/// What a key signs, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyType {
    /// Ed25519 over the text of the note (0x01): the log's own signature.
    Ed25519,
    /// Ed25519 over a time and the text of a checkpoint (0x04): a witness's cosignature.
    Ed25519Cosignature,
    /// ML-DSA-44 over a time and the content of a checkpoint (0x06): a log's or a witness's.
    MlDsa44Cosignature,
}

impl KeyType {
    /// Every type.
    pub const ALL: [Self; 3] = [
        Self::Ed25519,
        Self::Ed25519Cosignature,
        Self::MlDsa44Cosignature,
    ];

    /// The byte that names the type.
    #[must_use]
    pub fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::Ed25519Cosignature => 0x04,
            Self::MlDsa44Cosignature => 0x06,
        }
    }

    fn key_bytes(self) -> usize {
        match self {
            Self::Ed25519 | Self::Ed25519Cosignature => 32,
            Self::MlDsa44Cosignature => 1312,
        }
    }

    /// Whether a log may sign its checkpoints with it.
    #[must_use]
    pub fn is_for_logs(self) -> bool {
        self != Self::Ed25519Cosignature
    }

    /// Whether it is a cosignature, which carries a time.
    #[must_use]
    pub fn is_for_witnesses(self) -> bool {
        self != Self::Ed25519
    }
}

/// Why a key is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not of the form of a key.
    #[error("`{0}` is not a verifier key: give `name+hash+base64`")]
    Form(String),
    /// Not of the form of a signer key; the text is not repeated.
    #[error("this is not a signer key: give `PRIVATE+KEY+name+hash+base64`")]
    SignerForm,
    /// A name that notes cannot carry.
    #[error(
        "`{0}` cannot name a key or ledger: use at most {MAX_NAME_BYTES} bytes without blanks and `+`"
    )]
    Name(String),
    /// The hash within the key is not that of the key.
    #[error("the key of `{0}` does not have the hash that it states")]
    Hash(String),
    /// A type of signature that is not supported.
    #[error("the key of `{name}` has type {byte:#04x}: supported are 0x01, 0x04 and 0x06")]
    Unsupported {
        /// The name of the key.
        name: String,
        /// The type byte.
        byte: u8,
    },
}

/// Checks the name of a key, which is also the origin of its ledger.
///
/// # Errors
/// If notes cannot carry it.
pub fn check_name(name: &str) -> Result<(), KeyError> {
    let fits = (1..=MAX_NAME_BYTES).contains(&name.len());
    let refused = |c: char| c.is_whitespace() || c.is_control() || c == '+';
    if !fits || name.contains(refused) {
        return Err(KeyError::Name(quote(name)));
    }
    Ok(())
}

fn key_id(name: &str, kind: KeyType, key: &[u8]) -> [u8; 4] {
    let hash = sha256_of(&[name.as_bytes(), b"\n", &[kind.byte()], key]);
    let [a, b, c, d, ..] = hash.0;
    [a, b, c, d]
}

/// A public key with its name, as readers pin it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct VerifierKey {
    name: String,
    kind: KeyType,
    key: Vec<u8>,
}

impl VerifierKey {
    fn new(name: &str, kind: KeyType, key: &[u8]) -> Result<Self, KeyError> {
        check_name(name)?;
        Ok(Self {
            name: name.to_owned(),
            kind,
            key: key.to_vec(),
        })
    }

    /// The name; for a log its origin.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it verifies.
    #[must_use]
    pub fn kind(&self) -> KeyType {
        self.kind
    }

    /// The bare public key.
    #[must_use]
    pub fn public_key(&self) -> &[u8] {
        &self.key
    }

    /// The four bytes that lead its signatures.
    #[must_use]
    pub fn id(&self) -> [u8; 4] {
        key_id(&self.name, self.kind, &self.key)
    }

    /// Checks a signature over the text of a note. Cosignatures return their time, in seconds since 1970.
    pub(crate) fn verify(&self, text: &str, signature: &[u8]) -> Option<Option<u64>> {
        let check = |message: &[u8], signature: &[u8]| match self.kind {
            KeyType::MlDsa44Cosignature => {
                UnparsedPublicKey::new(&ML_DSA_44, &self.key).verify(message, signature)
            }
            _ => UnparsedPublicKey::new(&ED25519, &self.key).verify(message, signature),
        };
        if self.kind == KeyType::Ed25519 {
            return check(text.as_bytes(), signature).ok().map(|()| None);
        }
        let (time, signature) = signature.split_first_chunk::<8>()?;
        let time = u64::from_be_bytes(*time);
        if time > crate::text::MAX_U63 {
            return None;
        }
        let checkpoint = Checkpoint::parse(text).ok()?;
        let message = match self.kind {
            KeyType::MlDsa44Cosignature => subtree_message(&self.name, time, &checkpoint)?,
            _ => cosignature_message(text, time),
        };
        check(&message, signature).ok().map(|()| Some(time))
    }

    /// The key as a PEM block of SubjectPublicKeyInfo (RFC 8410), for other people's tools; Ed25519 only.
    #[must_use]
    pub fn spki_pem(&self) -> Option<String> {
        /// `SEQUENCE { SEQUENCE { OID 1.3.101.112 } BIT STRING }` up to the key.
        const PREFIX: [u8; 12] = [
            0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
        ];
        if self.kind == KeyType::MlDsa44Cosignature {
            return None;
        }
        let body = STANDARD.encode([&PREFIX, self.key.as_slice()].concat());
        Some(format!(
            "-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n"
        ))
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = STANDARD.encode([&[self.kind.byte()], self.key.as_slice()].concat());
        write!(f, "{}+{}+{key}", self.name, to_hex(&self.id()))
    }
}

impl FromStr for VerifierKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let form = || KeyError::Form(quote(text));
        let (name, rest) = text.split_once('+').ok_or_else(form)?;
        let (hash, key) = rest.split_once('+').ok_or_else(form)?;
        let hash = from_hex(hash).ok_or_else(form)?;
        let bytes = STANDARD.decode(key).map_err(|_| form())?;
        let (byte, key) = bytes.split_first().ok_or_else(form)?;
        check_name(name)?;
        let kind = KeyType::ALL.into_iter().find(|kind| kind.byte() == *byte);
        let kind = kind.ok_or_else(|| KeyError::Unsupported {
            name: quote(name),
            byte: *byte,
        })?;
        if key.len() != kind.key_bytes() {
            return Err(form());
        }
        let parsed = Self::new(name, kind, key)?;
        if parsed.id().as_slice() != hash {
            return Err(KeyError::Hash(quote(name)));
        }
        Ok(parsed)
    }
}

/// What an Ed25519 cosignature signs.
fn cosignature_message(text: &str, time: u64) -> Vec<u8> {
    format!("cosignature/v1\ntime {time}\n{text}").into_bytes()
}

/// What an ML-DSA-44 cosignature signs, for the subtree that is the whole tree.
fn subtree_message(name: &str, time: u64, checkpoint: &Checkpoint) -> Option<Vec<u8>> {
    let mut message = b"subtree/v1\n\0".to_vec();
    message.push(u8::try_from(name.len()).ok()?);
    message.extend(name.as_bytes());
    message.extend(time.to_be_bytes());
    message.push(u8::try_from(checkpoint.origin.len()).ok()?);
    message.extend(checkpoint.origin.as_bytes());
    message.extend(0_u64.to_be_bytes());
    message.extend(checkpoint.size.to_be_bytes());
    message.extend(checkpoint.root.as_bytes());
    Some(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

    #[test]
    fn keys_read_back_and_wrong_ones_are_refused() {
        let key: VerifierKey = EXAMPLE.parse().unwrap();
        assert_eq!(key.to_string(), EXAMPLE);
        for (from, to) in [
            ("530d903a", "530d903b"),
            ("530d903a", "530D903A"),
            ("530d903a", "530d903"),
            ("example.com/foo", "example.com/bar"),
            ("example.com/foo", "example.com/ foo"),
            ("example.com/foo", ""),
            ("+AekyeR", "+BekyeR"),
            ("+AekyeR", "+_ekyeR"),
            ("U2k", "U2k="),
            ("3U2k", "3U2"),
        ] {
            let bad = EXAMPLE.replacen(from, to, 1);
            assert!(bad.parse::<VerifierKey>().is_err(), "{bad}");
        }
        let bytes = [&[2_u8], [0; 32].as_slice()].concat();
        let other = format!("a+00000000+{}", STANDARD.encode(bytes));
        assert!(matches!(
            other.parse::<VerifierKey>(),
            Err(KeyError::Unsupported { byte: 2, .. })
        ));
    }

    #[test]
    fn signer_keys_read_back_and_stay_out_of_debug() {
        let key = LogKey::from_seed("ledger.example", &[7; 32]).unwrap();
        let text = key.to_signer_key();
        let back = LogKey::from_signer_key(&text).unwrap();
        assert_eq!(back.verifier(), key.verifier());
        assert_eq!(back.sign("text\n"), key.sign("text\n"));
        let other = text.replace("ledger.example", "ledger.other");
        assert!(LogKey::from_signer_key(&other).is_err());
        let secret = text.rsplit('+').next().unwrap();
        assert!(!format!("{key:?}").contains(secret));
        assert!(LogKey::from_seed("two words", &[7; 32]).is_err());
    }

    #[test]
    fn the_public_key_reads_as_pem() {
        // RFC 8410, section 10.1.
        let key = [
            0x19, 0xbf, 0x44, 0x09, 0x69, 0x84, 0xcd, 0xfe, 0x85, 0x41, 0xba, 0xc1, 0x67, 0xdc,
            0x3b, 0x96, 0xc8, 0x50, 0x86, 0xaa, 0x30, 0xb6, 0xb6, 0xcb, 0x0c, 0x5c, 0x38, 0xad,
            0x70, 0x31, 0x66, 0xe1,
        ];
        let key = VerifierKey::new("a", KeyType::Ed25519, &key).unwrap();
        let pem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";
        assert_eq!(key.spki_pem().as_deref(), Some(pem));
    }
}
