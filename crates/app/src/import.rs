//! Customers of an earlier system, taken over row by row: sealed, recorded and judged like any sign-up.
//!
//! A row has an id in the system it comes from. A keyed hash of that id is kept with a keyed hash of what the row said: the
//! same row again changes nothing, a row that says something else becomes new claims, and a run that was killed is simply
//! run again. Rows are handed over in batches; while one batch is sealed and committed the next is read.
//!
//! Refuses: rows that a sign-up would refuse, dates that cannot be, and a second row of a file with the id of an earlier.

mod again;
mod duplicates;
mod find;
mod prepare;
mod record;
mod report;
mod run;

use bonafide_ledger::Hash;
use bonafide_model::Timestamp;
use serde::{Deserialize, Serialize};

use crate::submission::SignUp;

pub use duplicates::{Duplicate, Found};
pub use find::Origin;
pub use report::{RowJudgement, RowOutcome, RowReport};
pub use run::Importer;

/// What is done with a customer whose e-mail address, telephone or document number is somebody's already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duplicates {
    /// It is taken over as a party of its own, and told.
    Report,
    /// Its account is opened for the known party, where an e-mail address or number names exactly one of the same kind.
    Link,
    /// It is left out.
    Skip,
}

/// How a run goes about it.
#[derive(Debug, Clone)]
pub struct ImportPlan {
    /// The earlier system, as the mapping names it.
    pub source: String,
    /// SHA-256 of the file.
    pub file: Hash,
    /// SHA-256 of the mapping's text.
    pub mapping: Hash,
    /// What is done with duplicates.
    pub duplicates: Duplicates,
    /// Until when what is missing changes nothing for the accounts taken over.
    pub verify_by: Timestamp,
    /// Whether it is only tried: nothing is stored.
    pub dry_run: bool,
}

/// A customer of an earlier system.
#[derive(Debug, Clone)]
pub struct ImportRow {
    /// Its line in the file, from 1.
    pub line: u64,
    /// What it comes to; `external_id` is the source's own id and must be there.
    pub sign_up: SignUp,
    /// When things were.
    pub dates: ImportDates,
    /// The contracts under which verdicts of others are taken as evidence.
    pub contracts: Vec<String>,
}

/// When things were, as the earlier system knew it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportDates {
    /// When the account was opened.
    pub opened_at: Option<Timestamp>,
    /// Whether it is closed; without a date it counts as closed when it is taken over.
    pub closed: bool,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// The last access.
    pub last_access_at: Option<Timestamp>,
    /// When the customer said what the row says.
    pub asserted_at: Option<Timestamp>,
}
