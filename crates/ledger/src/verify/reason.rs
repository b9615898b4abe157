//! Why a verdict is negative: a code that does not change, and a text for people.

use crate::checkpoint::CheckpointError;
use crate::key::KeyError;
use crate::leaf::LeafError;
use crate::note::NoteError;
use crate::proof::ProofError;
use crate::tlog_policy::PolicyError;
use crate::tlog_proof::TlogProofError;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $text:literal,)+) => {
        /// The codes of reasons; the list only grows.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// As answers write it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }
    };
}

codes! {
    /// The request itself is not of its form.
    Request = "request",
    /// No such kind.
    UnknownKind = "unknown_kind",
    /// A key of the context is missing, unknown or not of its form.
    Context = "context",
    /// The input is not of its form.
    Malformed = "malformed",
    /// A key is not of its form, or of a type that is not supported.
    Key = "key",
    /// A signature by a known key does not hold.
    BadSignature = "bad_signature",
    /// No known key signed.
    NoKnownKey = "no_known_key",
    /// The ledger's own key did not sign.
    NoLogSignature = "no_log_signature",
    /// Another ledger than the one expected.
    Origin = "origin",
    /// A policy that is refused.
    Policy = "policy",
    /// Too few witnesses cosigned.
    NoQuorum = "no_quorum",
    /// An index, size or range that no tree has.
    Range = "range",
    /// A proof of another length than its place in the tree has.
    ProofLength = "proof_length",
    /// A proof that leads to another root.
    RootMismatch = "root_mismatch",
    /// An entry that does not have the hash stated beside it.
    LeafMismatch = "leaf_mismatch",
    /// An opening that does not open the commitment.
    CommitmentMismatch = "commitment_mismatch",
    /// A time too far from the one it is compared with.
    Stale = "stale",
    /// A statement of a token that is not the one expected.
    Claims = "claims",
    /// A token whose time is over.
    Expired = "expired",
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// For programs.
    pub code: Code,
    /// For people.
    pub text: String,
}

impl Reason {
    pub(crate) fn new(code: Code, text: impl Into<String>) -> Self {
        Self {
            code,
            text: text.into(),
        }
    }

    pub(crate) fn context(text: impl Into<String>) -> Self {
        Self::new(Code::Context, text)
    }
}

impl From<KeyError> for Reason {
    fn from(error: KeyError) -> Self {
        Self::new(Code::Key, error.to_string())
    }
}

impl From<NoteError> for Reason {
    fn from(error: NoteError) -> Self {
        let code = match error {
            NoteError::Bad(_) => Code::BadSignature,
            NoteError::NoKnownKey => Code::NoKnownKey,
            NoteError::Ambiguous(_) => Code::Key,
            _ => Code::Malformed,
        };
        Self::new(code, error.to_string())
    }
}

impl From<CheckpointError> for Reason {
    fn from(error: CheckpointError) -> Self {
        let code = match error {
            CheckpointError::Note(error) => return error.into(),
            CheckpointError::Origin { .. } => Code::Origin,
            CheckpointError::NoLogSignature(_) => Code::NoLogSignature,
            _ => Code::Malformed,
        };
        Self::new(code, error.to_string())
    }
}

impl From<PolicyError> for Reason {
    fn from(error: PolicyError) -> Self {
        let code = match error {
            PolicyError::Checkpoint(error) => return error.into(),
            PolicyError::NoQuorum(_) => Code::NoQuorum,
            _ => Code::Policy,
        };
        Self::new(code, error.to_string())
    }
}

impl From<ProofError> for Reason {
    fn from(error: ProofError) -> Self {
        let code = match error {
            ProofError::Index { .. } | ProofError::Range { .. } => Code::Range,
            ProofError::Length(_) => Code::ProofLength,
            ProofError::Root | ProofError::EarlierRoot => Code::RootMismatch,
            ProofError::Tile(_) => Code::Malformed,
        };
        Self::new(code, error.to_string())
    }
}

impl From<TlogProofError> for Reason {
    fn from(error: TlogProofError) -> Self {
        match error {
            TlogProofError::Policy(error) => error.into(),
            TlogProofError::Path(error) => error.into(),
            _ => Self::new(Code::Malformed, error.to_string()),
        }
    }
}

impl From<LeafError> for Reason {
    fn from(error: LeafError) -> Self {
        Self::new(Code::Malformed, error.to_string())
    }
}
