//! Checkpoints: the signed head of a tree. Source: C2SP tlog-checkpoint.
//!
//! Written: origin, size and root, and never an extension line, because ML-DSA cosignatures do not cover them.
//! Refuses: sizes with leading zeros or beyond 2^63 - 1, empty lines, an empty tree with any root but its own, and a log
//! signature by a key whose name is not the origin.

use crate::hash::{Hash, empty_root};
use crate::key::{LogKey, VerifierKey};
use crate::note::{Note, NoteError, Verified};
use crate::text::{from_decimal, quote};

/// The head of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the ledger.
    pub origin: String,
    /// Entries in the tree.
    pub size: u64,
    /// The root of the tree.
    pub root: Hash,
}

/// A checkpoint with the keys that signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// What was signed.
    pub checkpoint: Checkpoint,
    /// Who signed: the log, and any known witnesses.
    pub verified: Vec<Verified>,
}

/// Why a checkpoint is refused or cannot be signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Not a signed note, or not signed by a known key.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// Not of the form of a checkpoint.
    #[error("the checkpoint is not three lines or more: origin, size, root, none of them empty")]
    Lines,
    /// Not a size.
    #[error(
        "`{0}` is not the size of a tree: give a decimal number without leading zeros, below 2^63"
    )]
    Size(String),
    /// Not a root.
    #[error("`{0}` is not a root: give 32 bytes in base64")]
    Root(String),
    /// The empty tree with a root that is not its own.
    #[error(
        "a tree without entries has one root, `SHA-256(\"\")`, and the checkpoint states another"
    )]
    EmptyRoot,
    /// Another ledger than expected.
    #[error("the checkpoint is of `{found}` and not of `{expected}`")]
    Origin {
        /// The ledger expected.
        expected: String,
        /// The ledger named.
        found: String,
    },
    /// No signature by a key of the log.
    #[error("no key of the ledger `{0}` signed the checkpoint")]
    NoLogSignature(String),
    /// The signing library failed.
    #[error("the checkpoint could not be signed")]
    Signing,
}

impl Checkpoint {
    /// The text that is signed.
    #[must_use]
    pub fn text(&self) -> String {
        format!(
            "{}\n{}\n{}\n",
            self.origin,
            self.size,
            self.root.to_base64()
        )
    }

    /// Reads the text of a checkpoint; extension lines are allowed and ignored.
    ///
    /// # Errors
    /// Says why it is none.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let lines = text.strip_suffix('\n').ok_or(CheckpointError::Lines)?;
        let control = |c: char| c < ' ' && c != '\n';
        if lines.split('\n').any(str::is_empty) || lines.contains(control) {
            return Err(CheckpointError::Lines);
        }
        let mut lines = lines.split('\n');
        let mut next = || lines.next().ok_or(CheckpointError::Lines);
        let (origin, size, root) = (next()?, next()?, next()?);
        let checkpoint = Self {
            origin: origin.to_owned(),
            size: from_decimal(size).ok_or_else(|| CheckpointError::Size(quote(size)))?,
            root: Hash::from_base64(root).ok_or_else(|| CheckpointError::Root(quote(root)))?,
        };
        if checkpoint.size == 0 && checkpoint.root != empty_root() {
            return Err(CheckpointError::EmptyRoot);
        }
        Ok(checkpoint)
    }

    /// Signs it as a note. Sign only a head that has been swapped into the store.
    ///
    /// # Errors
    /// If the key is of another ledger.
    pub fn sign(&self, key: &LogKey) -> Result<String, CheckpointError> {
        self.expect_origin(key.verifier().name())?;
        let text = self.text();
        let line = key.sign(&text).ok_or(CheckpointError::Signing)?;
        Ok(format!("{text}\n{line}"))
    }

    /// Reads a signed checkpoint and checks it against pinned keys: every known signature must hold, and one of them must
    /// be by a key named as the origin.
    ///
    /// # Errors
    /// Says why it is refused.
    pub fn open(note: &[u8], known: &[VerifierKey]) -> Result<Opened, CheckpointError> {
        let note = Note::parse(note)?;
        let verified = note.verify(known)?;
        let checkpoint = Self::parse(&note.text)?;
        if !verified.iter().any(|v| v.is_log_of(&checkpoint.origin)) {
            return Err(CheckpointError::NoLogSignature(quote(&checkpoint.origin)));
        }
        Ok(Opened {
            checkpoint,
            verified,
        })
    }

    /// Checks that it is of the ledger named.
    ///
    /// # Errors
    /// If it is of another.
    pub fn expect_origin(&self, expected: &str) -> Result<(), CheckpointError> {
        if self.origin == expected {
            return Ok(());
        }
        Err(CheckpointError::Origin {
            expected: quote(expected),
            found: quote(&self.origin),
        })
    }

    /// The public key as PEM, for `openssl pkeyutl -verify`; `None` unless it is Ed25519.
    #[must_use]
    pub fn spki_pem(key: &VerifierKey) -> Option<String> {
        key.spki_pem()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::CosignerKey;

    fn checkpoint() -> Checkpoint {
        Checkpoint {
            origin: "ledger.example/records".into(),
            size: 500,
            root: crate::hash::sha256(b"root"),
        }
    }

    #[test]
    fn signed_checkpoints_open_with_the_pinned_key_alone() {
        let key = LogKey::from_seed("ledger.example/records", &[1; 32]).unwrap();
        let note = checkpoint().sign(&key).unwrap();
        assert_eq!(note, checkpoint().sign(&key).unwrap());
        let opened = Checkpoint::open(note.as_bytes(), &[key.verifier().clone()]).unwrap();
        assert_eq!(opened.checkpoint, checkpoint());

        // Attack 13: another key of the same name, and the right key under another name.
        let other = LogKey::from_seed("ledger.example/records", &[2; 32]).unwrap();
        assert!(Checkpoint::open(note.as_bytes(), &[other.verifier().clone()]).is_err());
        let renamed = LogKey::from_seed("ledger.example/other", &[1; 32]).unwrap();
        assert!(checkpoint().sign(&renamed).is_err());
        let text = checkpoint().text();
        let forged = format!("{text}\n{}", renamed.sign(&text).unwrap());
        let result = Checkpoint::open(forged.as_bytes(), &[renamed.verifier().clone()]);
        assert!(matches!(result, Err(CheckpointError::NoLogSignature(_))));
    }

    #[test]
    fn a_witness_does_not_stand_in_for_the_log() {
        let witness = CosignerKey::from_seed("ledger.example/records", &[3; 32]).unwrap();
        let text = checkpoint().text();
        let note = format!("{text}\n{}", witness.cosign(&text, 1_700_000_000).unwrap());
        let known = [witness.verifier().clone()];
        let verified = Note::parse(note.as_bytes())
            .unwrap()
            .verify(&known)
            .unwrap();
        assert_eq!(verified[0].time, Some(1_700_000_000));
        let result = Checkpoint::open(note.as_bytes(), &known);
        assert!(matches!(result, Err(CheckpointError::NoLogSignature(_))));
        assert_eq!(witness.cosign("no checkpoint\n", 1), None);
        assert_eq!(witness.cosign(&text, u64::MAX), None);
    }

    #[test]
    fn an_empty_tree_has_one_root() {
        let text = format!("a\n0\n{}\n", crate::hash::sha256(b"x").to_base64());
        assert_eq!(Checkpoint::parse(&text), Err(CheckpointError::EmptyRoot));
        for bad in ["", "a\n1\n", "a\n1\nAA==\n", "a\n1\n\n", "a\t\n1\n2\n"] {
            assert!(Checkpoint::parse(bad).is_err(), "{bad}");
        }
    }
}
