//! The judgement of a witness: whether it may cosign a checkpoint after the one it cosigned last.
//!
//! Pure: the caller holds the last cosigned head of each origin, must compare-and-swap it for the returned one *before*
//! it sends the cosignature, and must start again when the swap fails; two requests would otherwise roll the witness
//! back. Source: C2SP tlog-witness, add-checkpoint, whose order of checks is kept.

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::hash::{Hash, empty_root};
use crate::key::VerifierKey;
use crate::note::{Note, NoteError};
use crate::proof::verify_consistency;
use crate::text::from_decimal;

/// Consistency proof lines in a request, as the protocol bounds them.
pub const MAX_PROOF_LINES: usize = 63;

/// A request to cosign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The size that the log believes was cosigned last.
    pub old_size: u64,
    /// The proof of consistency from there.
    pub proof: Vec<Hash>,
    /// The signed checkpoint, verbatim.
    pub checkpoint: String,
}

/// Why a witness does not cosign, by the status that the protocol gives it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// 400: not a request, or an old size above the new one.
    #[error("the request is not an add-checkpoint request, or its old size is above the new one")]
    BadRequest,
    /// 403: no good signature by a known key of the log.
    #[error("the checkpoint has no good signature by a known key of its log")]
    Forbidden,
    /// 404: not a log of this witness.
    #[error("this witness does not know the log")]
    UnknownLog,
    /// 409: the last cosigned size is another; it is the body of the answer.
    #[error("the last cosigned size is {0}")]
    Conflict(u64),
    /// 422: the proof does not hold.
    #[error("the checkpoint does not continue the one cosigned last")]
    Inconsistent,
}

impl Refusal {
    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Forbidden => 403,
            Self::UnknownLog => 404,
            Self::Conflict(_) => 409,
            Self::Inconsistent => 422,
        }
    }
}

impl AddCheckpoint {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// If it is not of its form.
    pub fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let parse = || {
            let text = std::str::from_utf8(body).ok()?;
            let (head, checkpoint) = text.split_once("\n\n")?;
            let mut lines = head.split('\n');
            let old_size = lines.next()?.strip_prefix("old ").and_then(from_decimal)?;
            let proof = lines
                .take(MAX_PROOF_LINES + 1)
                .map(Hash::from_base64)
                .collect::<Option<Vec<_>>>()?;
            let checkpoint = checkpoint.to_owned();
            (proof.len() <= MAX_PROOF_LINES).then_some(Self {
                old_size,
                proof,
                checkpoint,
            })
        };
        parse().ok_or(Refusal::BadRequest)
    }

    /// Writes the body of a request.
    #[must_use]
    pub fn to_text(&self) -> String {
        let lines: String = self
            .proof
            .iter()
            .map(|hash| hash.to_base64() + "\n")
            .collect();
        format!("old {}\n{lines}\n{}", self.old_size, self.checkpoint)
    }

    /// The origin of the checkpoint, by which the caller looks up the log's keys and the last head. Not yet authenticated.
    ///
    /// # Errors
    /// If it is not a checkpoint.
    pub fn origin(&self) -> Result<String, Refusal> {
        let note = Note::parse(self.checkpoint.as_bytes()).map_err(|_| Refusal::BadRequest)?;
        let checkpoint = Checkpoint::parse(&note.text).map_err(|_| Refusal::BadRequest)?;
        Ok(checkpoint.origin)
    }

    /// Judges the request against the keys known for its origin (none: unknown log) and the last head cosigned for it.
    ///
    /// # Errors
    /// Says why the witness must not cosign.
    pub fn judge(
        &self,
        log: &[VerifierKey],
        last: Option<&Checkpoint>,
    ) -> Result<Checkpoint, Refusal> {
        let origin = self.origin()?;
        if log.is_empty() {
            return Err(Refusal::UnknownLog);
        }
        let opened = Checkpoint::open(self.checkpoint.as_bytes(), log).map_err(refusal_of)?;
        let new = opened.checkpoint;
        let (size, root) = last.map_or((0, empty_root()), |head| (head.size, head.root));
        if self.old_size > new.size {
            return Err(Refusal::BadRequest);
        }
        if self.old_size != size {
            return Err(Refusal::Conflict(size));
        }
        if last.is_some_and(|head| head.origin != origin) {
            return Err(Refusal::UnknownLog);
        }
        verify_consistency(size, new.size, &self.proof, &root, &new.root)
            .map_err(|_| Refusal::Inconsistent)?;
        Ok(new)
    }
}

fn refusal_of(error: CheckpointError) -> Refusal {
    match error {
        CheckpointError::Note(NoteError::Bad(_) | NoteError::NoKnownKey)
        | CheckpointError::NoLogSignature(_) => Refusal::Forbidden,
        _ => Refusal::BadRequest,
    }
}
