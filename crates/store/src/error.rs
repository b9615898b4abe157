//! What can go wrong in storage, by what the caller can do about it.
//!
//! Look-ups answer `None` for what is not there; that is no error. Messages name tables, columns and ids, never values.

use std::path::PathBuf;

use crate::Subject;

/// Why the store could not answer or change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, or is too busy: try again later.
    #[error("the database cannot be used now: {0}")]
    Unavailable(String),
    /// Transactions of other processes stood in the way, each time it was tried: try again.
    #[error("other processes stood in the way: {0}; try again")]
    Conflict(String),
    /// A stored row is not of its form.
    #[error("column `{column}` of table `{table}` at `{id}` is damaged: {why}")]
    Corrupt {
        /// Which table.
        table: &'static str,
        /// Which column.
        column: &'static str,
        /// Which row: its first key column after the tenant.
        id: String,
        /// What is wrong with it.
        why: String,
    },
    /// The schema is not one that this program can use.
    #[error("{0}")]
    Schema(String),
    /// Nothing was ever put into the database.
    #[error("there is nothing in the database")]
    Empty,
    /// Another process holds the database file.
    #[error(
        "`{0}` is held by another process: stop that one, or use PostgreSQL, which several processes can share"
    )]
    InUse(PathBuf),
    /// What was asked for can never be stored.
    #[error("{0}")]
    Refused(String),
    /// Durability is in doubt: the process must exit and start again, since what it holds in memory may differ from what
    /// is on disk.
    #[error(
        "the database could not be written safely: {0}; stop this process, check the disk, and start it again"
    )]
    Fatal(String),
}

impl StoreError {
    /// Whether the process must exit.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        matches!(self, Self::Fatal(_))
    }
}

/// Why one change was not applied. Nothing of it is stored, except as said under [`ApplyError::Store`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// A party or account has another version than the one the change rests on: read it and decide again.
    #[error("{subject} was changed meanwhile: read it and decide again")]
    Conflict {
        /// Which one.
        subject: Subject,
    },
    /// Keys are wrapped under an epoch that is over: read the keyring again and decide again.
    #[error("epoch {epoch} is over: read the keyring again and decide again")]
    EpochOver {
        /// The epoch.
        epoch: i64,
    },
    /// There is one already.
    #[error("there is one already in `{what}`")]
    Duplicate {
        /// The table that refused it.
        what: String,
    },
    /// The change is not well formed: a fault of the caller.
    #[error("{0}")]
    Refused(String),
    /// The database failed. If a connection was lost while committing, the change may be stored all the same; deciding
    /// again finds out, by the versions and the idempotency key.
    #[error(transparent)]
    Store(#[from] StoreError),
}
