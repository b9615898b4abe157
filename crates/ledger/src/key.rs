//! Keys of signed notes: the log's own signing key, a witness's, and the verifier keys that readers pin.
//!
//! A verifier key is text, `name+hash+base64(type || key)`, and a signer key `PRIVATE+KEY+name+hash+base64(type || seed)`;
//! the hash (key id) is the first four bytes of SHA-256 over the name, a newline, the type and the key.
//! Source: C2SP signed-note and tlog-cosignature.
//!
//! Refuses: a key whose hash is not its own, names with blanks or `+`, types other than the three below.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, ML_DSA_44, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::checkpoint::Checkpoint;
use crate::hash::sha256_of;
use crate::text::{from_hex, quote, to_hex};

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
