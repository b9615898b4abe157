//! What can go wrong, each with the name of what it happened to.

use bonafide_seal::SealError;

/// The history could not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HistoryError {
    /// A file or object could not be used.
    #[error("could not {what} `{name}`: {why}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// With which file.
        name: String,
        /// What the system said.
        why: String,
    },
    /// There is no room.
    #[error(
        "the disk is full: `{name}` could not be written; nothing that was acknowledged is lost: make room and send it again"
    )]
    Full {
        /// Which file.
        name: String,
    },
    /// A file is not what was written.
    #[error("`{name}` is damaged: {what}; put back the copy of a backup")]
    Damaged {
        /// Which file.
        name: String,
        /// Where and how.
        what: String,
    },
    /// A file is gone that the manifest names.
    #[error("`{name}` is missing: put back the copy of a backup")]
    Missing {
        /// Which file.
        name: String,
    },
    /// Somebody else writes.
    #[error(
        "another process has the access history in `{0}` open: use the service that runs there, or stop it"
    )]
    Locked(String),
    /// A write failed in a way after which nobody knows what is on the disk.
    #[error(
        "the access history takes no rows since {0}: restart the service, which reads again what was acknowledged"
    )]
    Stopped(String),
    /// A key did not fit.
    #[error("a key of the access history could not be used: {0}")]
    Key(#[from] SealError),
    /// A bound was passed.
    #[error("at most {max} {what}: {mend}")]
    Limit {
        /// What there is too much of.
        what: &'static str,
        /// How much there may be.
        max: u64,
        /// What to do instead.
        mend: &'static str,
    },
}

impl HistoryError {
    /// Of a file that could not be used.
    #[must_use]
    pub fn io(what: &'static str, name: &str, error: &std::io::Error) -> Self {
        let name = name.to_owned();
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                Self::Full { name }
            }
            std::io::ErrorKind::NotFound => Self::Missing { name },
            _ => Self::Io {
                what,
                name,
                why: error.to_string(),
            },
        }
    }

    pub(crate) fn damaged(name: &str, what: impl Into<String>) -> Self {
        Self::Damaged {
            name: name.to_owned(),
            what: what.into(),
        }
    }
}
