//! Why a keyring was not read or not changed. No message carries a key: where a file is malformed, the place is named,
//! never the text.

use bonafide_model::Timestamp;

use super::EpochId;

/// A keyring, or a change to one, was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// Larger than any keyring.
    #[error("the keyring file has more than {max} bytes: this is not a keyring")]
    FileTooLarge {
        /// Bytes allowed.
        max: usize,
    },
    /// Ends in the middle.
    #[error("the keyring file is cut short: restore it from its own copy")]
    CutShort,
    /// Not the form expected.
    #[error(
        "the keyring file is not in the expected form at line {line}, column {column}: restore it from its own copy"
    )]
    Malformed {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// Written by another version of the program.
    #[error(
        "the keyring file has version {0}, this program knows versions 1 and 2: use the program that wrote it, or a newer one"
    )]
    UnknownVersion(u32),
    /// Encrypted in a way this version cannot open.
    #[error(
        "the keyring file is protected by a method this program does not know: use the program that wrote it, or a newer one"
    )]
    UnknownProtection,
    /// The key-encryption key cannot be used.
    #[error(
        "the keyring is wrapped under a key-encryption key, `{source_of}`, and cannot be opened with what is there: {why}"
    )]
    Kek {
        /// Where it comes from.
        source_of: String,
        /// Why not.
        why: crate::KekError,
    },
    /// The check value does not match the content.
    #[error(
        "the keyring file was altered since it was written (its check value does not match): restore it from its own copy"
    )]
    CheckFailed,
    /// The content contradicts itself.
    #[error("the keyring file is inconsistent: {0}; restore it from its own copy")]
    Inconsistent(&'static str),
    /// The content could not be written as JSON.
    #[error("the keyring could not be written as JSON")]
    Unwritable,
    /// No epoch of that number.
    #[error("epoch {0} is not in the keyring: list the epochs to see which are")]
    EpochUnknown(EpochId),
    /// The current epoch cannot be destroyed.
    #[error(
        "epoch {0} is the current one: begin a new epoch and wrap every live row again before destroying it"
    )]
    EpochCurrent(EpochId),
    /// The clock shows an instant before the current epoch.
    #[error("the clock shows {now}, before the current epoch began at {last}: set the clock right")]
    ClockBehind {
        /// The instant given.
        now: Timestamp,
        /// When the current epoch began.
        last: Timestamp,
    },
    /// Not a length of an epoch.
    #[error("an epoch lasts from 1 to 31 days")]
    EpochLength,
    /// No tenant of that name.
    #[error("tenant `{0}` is not in the keyring: it is not the one this database was made with")]
    TenantUnknown(String),
    /// A bound was reached.
    #[error("a keyring holds at most {max} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many are allowed.
        max: usize,
    },
    /// Not a name for a tenant.
    #[error(
        "`{0}` cannot name a tenant: use a lower-case letter, then letters, digits or `-`, at most 63 in all"
    )]
    TenantName(String),
    /// Not a name for a ledger.
    #[error(
        "`{0}` cannot be a ledger's origin: use a host name and path such as `example.org/ledger`, at most 255 printable ASCII characters without space or `+`"
    )]
    Origin(String),
    /// The name is taken.
    #[error("tenant `{0}` is in the keyring already: choose another name")]
    TenantExists(String),
    /// The origin is taken.
    #[error("origin `{0}` belongs to another tenant: each ledger needs its own")]
    OriginTaken(String),
}
