//! Look-ups. What is not there is `None` or an empty list; a row that is not of its form is an error that names it.

mod access;
mod account;
mod audit;
mod case;
mod config;
mod history;
mod import;
mod keep;
mod key;
mod ledger;
mod order;
mod party;
mod screening;
mod webhook;
mod work;

pub use access::CASE_ENTRIES;
pub use history::{ASSIGNMENT_QUESTIONS_MAX, AssignmentQuestion, SLOTS_MAX};
pub use import::IMPORT_TOKENS_MAX;
pub use keep::KeepAt;
pub use ledger::{CHECKPOINTS_MAX, LedgerView};
pub use order::AccountVersions;
pub use party::SEARCH_TOKENS_MAX;
pub use work::CLAIM_MAX;

pub(crate) use access::{GRANT, STAFF, grant_row, staff_row};
pub(crate) use history::{SPANS, overlapping_in, span_of};
pub(crate) use ledger::{HEAD, head_row, tiles_in};
pub(crate) use party::bundle_in;

use crate::database::{Param, Sql};
use crate::row::Row;
use crate::{Store, StoreError};

impl Store {
    /// Reads outside a transaction.
    async fn rows(&self, sql: impl Into<Sql>, params: Vec<Param>) -> Result<Vec<Row>, StoreError> {
        Ok(self.database.fetch(sql.into(), params).await?)
    }
}

/// A limit or an index as a parameter; what is past every number stored finds nothing more either way.
fn number(value: impl TryInto<i64>) -> i64 {
    value.try_into().unwrap_or(i64::MAX)
}

/// `$first, …` for so many parameters.
fn places(first: usize, count: usize) -> String {
    let places: Vec<String> = (first..first + count).map(|n| format!("${n}")).collect();
    places.join(", ")
}
