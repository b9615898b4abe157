//! Why something sealed was not opened, or not sealed. No message carries a value, a key or a token.

use bonafide_model::Timestamp;

use crate::EpochId;

/// Sealing or opening was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The bytes do not have the shape of a sealed value.
    #[error("the sealed value is damaged: {0}; restore it from a copy made before the damage")]
    Damaged(&'static str),
    /// The first byte names a layout that this program does not know.
    #[error(
        "the sealed value has layout version {0}: open it with the version of the program that wrote it, or a newer one"
    )]
    UnknownVersion(u8),
    /// The stored key commitment is not the one of the key given.
    #[error("the sealed value was sealed under another key, or its header was altered")]
    WrongKey,
    /// The key is right, but the content, or the place it is bound to, is not.
    #[error(
        "the sealed value was altered, or belongs to another tenant, subject, record, field or version"
    )]
    Altered,
    /// The epoch key is gone for good.
    #[error(
        "epoch {epoch} was destroyed at {at}: what was wrapped under it cannot be opened again"
    )]
    EpochDestroyed {
        /// The epoch of the row.
        epoch: EpochId,
        /// When its key was destroyed.
        at: Timestamp,
    },
    /// The keyring has never heard of the epoch.
    #[error("epoch {0} is not in the keyring: use the keyring file that belongs to this database")]
    EpochUnknown(EpochId),
    /// The value is larger than an envelope may hold.
    #[error("the value has {length} bytes, at most {max} can be sealed in one piece: split it")]
    TooLarge {
        /// Bytes given.
        length: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// A subject would get more keys than one row may hold.
    #[error("a subject can have at most {max} keys: use fewer retention classes")]
    TooManyKeys {
        /// Keys allowed.
        max: usize,
    },
    /// The cryptographic library refused what it should accept.
    #[error("the cryptographic library refused to {0}")]
    Library(&'static str),
}
