//! What can go wrong in a use case, in a handful of kinds that the edges map to exit codes and problem details.
//!
//! Each error has an external text, for whoever asked, and for faults of our own an internal one, for the log. The
//! internal text never holds personal data.

use bonafide_store::{ApplyError, StoreError};

use crate::submission::FieldError;

/// Why a use case did not happen. Nothing of it was recorded.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// What was sent is wrong; every mistake names its field.
    #[error("{}", fields(.0))]
    Invalid(Vec<FieldError>),
    /// There is no such thing, or it belongs to another tenant.
    #[error("no {what} `{id}`")]
    NotFound {
        /// What was looked for.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// It was erased; the text says when and on what ground.
    #[error("{0}")]
    Gone(String),
    /// No key, or one that is unknown or revoked.
    #[error("the API key is missing, unknown or revoked")]
    Unauthenticated,
    /// Whoever asks is not allowed to do this; the text says what decided.
    #[error("{0}")]
    Forbidden(String),
    /// The idempotency key was used for another request.
    #[error(
        "this idempotency key was used with another body within the last 24 hours: use a new key for a new request"
    )]
    IdempotencyMismatch,
    /// The state changed too often while this was being decided.
    #[error("the records changed while this was being decided: send it again")]
    Busy,
    /// The state does not allow it; the text says why and what would.
    #[error("{0}")]
    Refused(String),
    /// A limit of size was passed.
    #[error("{0}")]
    TooLarge(String),
    /// Storage or keys cannot be reached.
    #[error("the service cannot reach its storage: try again later")]
    Unavailable(String),
    /// A fault of our own, or damaged data.
    #[error("an internal error happened and was logged")]
    Internal(String),
}

impl AppError {
    /// One mistake at a field.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(field, message)])
    }

    /// A fault of our own, from anything that explains itself without personal data.
    pub fn internal(error: impl std::fmt::Display) -> Self {
        Self::Internal(error.to_string())
    }

    /// The text for the log, where it says more than the external one.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        match self {
            Self::Unavailable(text) | Self::Internal(text) => Some(text),
            _ => None,
        }
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) | StoreError::Fatal(_) => {
                Self::Unavailable(error.to_string())
            }
            StoreError::Conflict(_) => Self::Busy,
            StoreError::Schema(_)
            | StoreError::Empty
            | StoreError::InUse(_)
            | StoreError::Refused(_) => Self::Refused(error.to_string()),
            StoreError::Corrupt { .. } => Self::Internal(error.to_string()),
        }
    }
}

impl From<ApplyError> for AppError {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::Conflict { .. }
            | ApplyError::Duplicate { .. }
            | ApplyError::EpochOver { .. } => Self::Busy,
            ApplyError::Refused(text) => Self::Internal(text),
            ApplyError::Store(error) => error.into(),
        }
    }
}

fn fields(errors: &[FieldError]) -> String {
    let shown: Vec<String> = errors
        .iter()
        .map(|e| format!("{}: {}", e.field, e.message))
        .collect();
    shown.join("; ")
}
