//! The offline proof that one entry was logged: its index, its path, and a signed checkpoint, in one text file.
//! Source: C2SP tlog-proof.
//!
//! Refuses: any other header, an index with leading zeros, a path of another length than the index and size have, and
//! whatever the policy refuses. Extra data is carried and never trusted.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::checkpoint::Opened;
use crate::hash::Hash;
use crate::key::VerifierKey;
use crate::note::{MAX_NOTE_BYTES, Note};
use crate::proof::{MAX_PROOF_HASHES, ProofError, verify_inclusion};
use crate::text::{from_decimal, quote};
use crate::tlog_policy::{PolicyError, TlogPolicy};

const HEADER: &str = "c2sp.org/tlog-proof@v1\n";

/// The longest proof: a note with room for a path and extra data of the same length.
pub(crate) const MAX_TLOG_PROOF_BYTES: usize = 2 * MAX_NOTE_BYTES;

/// A proof whose signatures and path have not been checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlogProof {
    /// Data beside the proof that nothing authenticates.
    pub extra: Option<Vec<u8>>,
    /// The index of the entry.
    pub index: u64,
    /// The path from the leaf to the root.
    pub path: Vec<Hash>,
    /// The signed checkpoint, verbatim.
    pub checkpoint: String,
}

/// Why a proof is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlogProofError {
    /// Too long.
    #[error("the proof has {0} bytes, and at most {MAX_TLOG_PROOF_BYTES} are read")]
    TooLong(usize),
    /// Not a proof of this version.
    #[error("the proof does not begin with the line `c2sp.org/tlog-proof@v1`")]
    Header,
    /// A line out of place.
    #[error("`{0}` is not the line that a proof has here")]
    Line(String),
    /// No checkpoint after the path.
    #[error("the proof has no empty line followed by a checkpoint")]
    NoCheckpoint,
    /// More hashes than any path has.
    #[error("the proof has more than {MAX_PROOF_HASHES} hashes")]
    TooManyHashes,
    /// The checkpoint or its quorum.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The path.
    #[error(transparent)]
    Path(#[from] ProofError),
}

impl TlogProof {
    /// Reads a proof.
    ///
    /// # Errors
    /// Says what is not of its form.
    pub fn parse(bytes: &[u8]) -> Result<Self, TlogProofError> {
        if bytes.len() > MAX_TLOG_PROOF_BYTES {
            return Err(TlogProofError::TooLong(bytes.len()));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| TlogProofError::Header)?;
        let rest = text.strip_prefix(HEADER).ok_or(TlogProofError::Header)?;
        let (head, checkpoint) = rest
            .split_once("\n\n")
            .ok_or(TlogProofError::NoCheckpoint)?;
        let refused = |line: &str| TlogProofError::Line(quote(line));
        let mut lines = head.split('\n').peekable();
        let mut extra = None;
        if let Some(line) = lines.next_if(|line| line.starts_with("extra ")) {
            let data = line.strip_prefix("extra ").map(|s| STANDARD.decode(s));
            extra = data.transpose().map_err(|_| refused(line))?;
        }
        let line = lines.next().unwrap_or_default();
        let index = line
            .strip_prefix("index ")
            .and_then(from_decimal)
            .ok_or_else(|| refused(line))?;
        let path = lines
            .take(MAX_PROOF_HASHES + 1)
            .map(|line| Hash::from_base64(line).ok_or_else(|| refused(line)))
            .collect::<Result<Vec<_>, _>>()?;
        if path.len() > MAX_PROOF_HASHES {
            return Err(TlogProofError::TooManyHashes);
        }
        Note::parse(checkpoint.as_bytes())
            .map_err(|e| TlogProofError::Policy(PolicyError::Checkpoint(e.into())))?;
        Ok(Self {
            extra,
            index,
            path,
            checkpoint: checkpoint.to_owned(),
        })
    }

    /// Writes the file; its name should end in `.tlog-proof`.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = HEADER.to_owned();
        if let Some(extra) = &self.extra {
            text.push_str(&format!("extra {}\n", STANDARD.encode(extra)));
        }
        text.push_str(&format!("index {}\n", self.index));
        for hash in &self.path {
            text.push_str(&hash.to_base64());
            text.push('\n');
        }
        text.push('\n');
        text.push_str(&self.checkpoint);
        text
    }

    /// Checks that the entry with hash `leaf` is in the tree that this checkpoint signs, under a policy.
    ///
    /// # Errors
    /// Says why it is not proved.
    pub fn verify(
        &self,
        leaf: &Hash,
        policy: &TlogPolicy,
        more_logs: &[VerifierKey],
    ) -> Result<Opened, TlogProofError> {
        let opened = policy.check(self.checkpoint.as_bytes(), more_logs)?;
        let head = &opened.checkpoint;
        verify_inclusion(leaf, self.index, head.size, &self.path, &head.root)?;
        Ok(opened)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::Edge;
    use crate::hash::leaf_hash;
    use crate::key::LogKey;
    use crate::{Checkpoint, proof::build_inclusion};

    /// A proof written here reads back, verifies, and does so with no bit flipped.
    #[test]
    fn written_proofs_verify_and_no_flipped_bit_does() {
        let entries: Vec<String> = (0..5).map(|i| format!("entry {i}")).collect();
        let tree = Edge::empty().append(&entries).unwrap();
        let key = LogKey::from_seed("ledger.example", &[1; 32]).unwrap();
        let checkpoint = Checkpoint {
            origin: "ledger.example".into(),
            size: 5,
            root: tree.root,
        };
        let proof = TlogProof {
            extra: None,
            index: 3,
            path: build_inclusion(&tree.tiles, 3, 5).unwrap(),
            checkpoint: checkpoint.sign(&key).unwrap(),
        };
        let policy = TlogPolicy::of_keys(&[key.verifier().clone()], &[], 0).unwrap();
        let text = proof.to_text();
        assert_eq!(TlogProof::parse(text.as_bytes()), Ok(proof.clone()));
        let leaf = leaf_hash(b"entry 3");
        let verify = |bytes: &[u8]| TlogProof::parse(bytes)?.verify(&leaf, &policy, &[]);
        verify(text.as_bytes()).unwrap();
        for i in 0..text.len() * 8 {
            let mut bad = text.clone().into_bytes();
            bad[i / 8] ^= 1 << (i % 8);
            assert!(verify(&bad).is_err(), "bit {i}");
        }
        let with_extra = TlogProof {
            extra: Some(b"aside".to_vec()),
            ..proof
        };
        let text = with_extra.to_text();
        assert_eq!(TlogProof::parse(text.as_bytes()), Ok(with_extra));
    }
}
