//! Signed notes: a text, a blank line, and lines of signatures. Source: C2SP signed-note.
//!
//! Refuses: anything but UTF-8, control characters, a missing last newline, signature lines of any other form, and a
//! note one of whose known signatures is bad, even if another is good.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::key::{KeyType, VerifierKey, check_name};
use crate::text::quote;

/// The longest note: the text of a checkpoint, and every signature allowed at the length of the longest type.
pub(crate) const MAX_NOTE_BYTES: usize = 1 << 20;

/// The most signatures: the format asks for at least 16; a policy of 32 witnesses with two keys each must fit.
pub(crate) const MAX_SIGNATURES: usize = 100;

/// A note whose signatures have not been checked yet; do not trust its text before [`Note::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The text, with its last newline and without the blank line.
    pub text: String,
    /// The signature lines, in order.
    pub signatures: Vec<NoteSignature>,
}

/// One signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    /// The name of the key.
    pub name: String,
    /// The key id.
    pub id: [u8; 4],
    /// The signature, after the key id.
    pub signature: Vec<u8>,
}

/// A key whose signature held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The key.
    pub key: VerifierKey,
    /// The time in a cosignature, in seconds since 1970.
    pub time: Option<u64>,
}

/// Why a note is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Too long.
    #[error("the note has {0} bytes, and at most {MAX_NOTE_BYTES} are read")]
    TooLong(usize),
    /// Not UTF-8.
    #[error("the note is not UTF-8")]
    NotUtf8,
    /// A control character.
    #[error("the note holds the control character {0:#04x}: lines end with a newline alone")]
    Control(u32),
    /// No blank line, or no signature after it.
    #[error("the note has no blank line followed by signature lines that end with a newline")]
    NoSignatures,
    /// A signature line of another form.
    #[error("`{0}` is not a signature line")]
    Line(String),
    /// Too many signatures.
    #[error("the note has {0} signatures, and at most {MAX_SIGNATURES} are read")]
    TooMany(usize),
    /// Two different keys with one name and id.
    #[error(
        "two of the known keys are named `{0}` and have the same id: they cannot be told apart"
    )]
    Ambiguous(String),
    /// A known key's signature that does not hold.
    #[error("the signature of `{0}` does not hold")]
    Bad(String),
    /// No signature by a known key.
    #[error("the note has no signature by a known key")]
    NoKnownKey,
}

impl Note {
    /// Reads a note.
    ///
    /// # Errors
    /// Says why it is none.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > MAX_NOTE_BYTES {
            return Err(NoteError::TooLong(bytes.len()));
        }
        let note = std::str::from_utf8(bytes).map_err(|_| NoteError::NotUtf8)?;
        if let Some(c) = note.chars().find(|c| *c < ' ' && *c != '\n') {
            return Err(NoteError::Control(c.into()));
        }
        let (head, lines) = note.rsplit_once("\n\n").ok_or(NoteError::NoSignatures)?;
        let lines = lines.strip_suffix('\n').ok_or(NoteError::NoSignatures)?;
        let count = lines.split('\n').count();
        if count > MAX_SIGNATURES {
            return Err(NoteError::TooMany(count));
        }
        Ok(Self {
            text: format!("{head}\n"),
            signatures: lines
                .split('\n')
                .map(NoteSignature::parse)
                .collect::<Result<_, _>>()?,
        })
    }

    /// Checks every signature by a known key, ignores those by others, and returns the keys that signed, each once.
    ///
    /// # Errors
    /// If a known signature is bad, there is none, or the known keys are ambiguous.
    pub fn verify(&self, known: &[VerifierKey]) -> Result<Vec<Verified>, NoteError> {
        let mut verified: Vec<Verified> = Vec::new();
        for signature in &self.signatures {
            let mut matching = known.iter().filter(|key| signature.is_by(key));
            let Some(key) = matching.next() else {
                continue;
            };
            if matching.any(|other| other != key) {
                return Err(NoteError::Ambiguous(quote(key.name())));
            }
            let time = key
                .verify(&self.text, &signature.signature)
                .ok_or_else(|| NoteError::Bad(quote(key.name())))?;
            if !verified.iter().any(|v| v.key == *key) {
                let key = key.clone();
                verified.push(Verified { key, time });
            }
        }
        if verified.is_empty() {
            return Err(NoteError::NoKnownKey);
        }
        Ok(verified)
    }
}

impl NoteSignature {
    /// Reads a signature line, without its newline.
    ///
    /// # Errors
    /// Says that it is none.
    pub fn parse(line: &str) -> Result<Self, NoteError> {
        let parse = || {
            let (name, signature) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
            check_name(name).ok()?;
            let bytes = STANDARD.decode(signature).ok()?;
            let (id, signature) = bytes.split_first_chunk::<4>()?;
            let signature = signature.to_vec();
            (!signature.is_empty()).then(|| Self {
                name: name.to_owned(),
                id: *id,
                signature,
            })
        };
        parse().ok_or_else(|| NoteError::Line(quote(line)))
    }

    fn is_by(&self, key: &VerifierKey) -> bool {
        self.name == key.name() && self.id == key.id()
    }
}

impl Verified {
    /// Whether this is a log's signature on its own checkpoint.
    pub(crate) fn is_log_of(&self, origin: &str) -> bool {
        self.key.kind() != KeyType::Ed25519Cosignature && self.key.name() == origin
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::LogKey;

    fn signed(text: &str, key: &LogKey) -> String {
        format!("{text}\n{}", key.sign(text).unwrap())
    }

    /// Attack 29 at the level of notes, and attack 1: no flipped bit is verified.
    #[test]
    fn no_flipped_bit_is_verified_as_the_same_note() {
        let key = LogKey::from_seed("ledger.example", &[1; 32]).unwrap();
        let known = [key.verifier().clone()];
        let note = signed("one\ntwo\n", &key);
        assert!(Note::parse(note.as_bytes()).unwrap().verify(&known).is_ok());
        for i in 0..note.len() * 8 {
            let mut bad = note.clone().into_bytes();
            bad[i / 8] ^= 1 << (i % 8);
            let verified = Note::parse(&bad).and_then(|note| note.verify(&known));
            assert!(verified.is_err(), "bit {i}");
        }
    }

    #[test]
    fn one_bad_known_signature_refuses_the_note_even_when_repeated_after_a_good_one() {
        let key = LogKey::from_seed("ledger.example", &[1; 32]).unwrap();
        let note = signed("text\n", &key);
        let again = format!("{note}{}", key.sign("other\n").unwrap());
        let known = [key.verifier().clone()];
        let result = Note::parse(again.as_bytes()).unwrap().verify(&known);
        assert_eq!(result, Err(NoteError::Bad("ledger.example".into())));
        let twice = format!("{note}{}", key.sign("text\n").unwrap());
        let twice = Note::parse(twice.as_bytes()).unwrap().verify(&known);
        assert_eq!(twice.unwrap().len(), 1);
    }

    #[test]
    fn bounds_are_kept() {
        let key = LogKey::from_seed("ledger.example", &[1; 32]).unwrap();
        let line = key.sign("text\n").unwrap();
        let note = |n: usize| format!("text\n\n{}", line.repeat(n)).into_bytes();
        assert!(Note::parse(&note(MAX_SIGNATURES)).is_ok());
        assert_eq!(
            Note::parse(&note(MAX_SIGNATURES + 1)),
            Err(NoteError::TooMany(MAX_SIGNATURES + 1))
        );
        let long = vec![b'a'; MAX_NOTE_BYTES + 1];
        assert!(matches!(Note::parse(&long), Err(NoteError::TooLong(_))));
    }
}
