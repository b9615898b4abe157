//! The histories of addresses: accesses (addresses that accounts came from, R-027) and assignments (addresses given to
//! them, R-120), kept apart and asked with one question each.
//!
//! Accesses are rows of the access store, which names accounts by slots; what a slot stands for is a row of the database
//! that can be forgotten. An account that nobody has opened yet has a slot all the same, under the id it has outside.

mod account;
mod ingest;
mod seal;
mod slots;
mod who;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bonafide_history::{History, HistoryError, LocalFolder, MEMORY_ROWS, Options};

use crate::App;
use crate::error::AppError;
use crate::tenant::Tenant;

pub use account::{AccountAccess, AccountHistory};
pub use ingest::{AssignmentOutcome, HistoryImport, NewAccess, NewAssignment};
pub use who::{
    AccessCandidate, AssignmentCandidate, HistoryQuestion, Verdict, WITHIN_DEFAULT_US,
    WITHIN_MAX_US, WhoAnswer, WhoReader,
};

/// Access histories that are open, by tenant.
#[derive(Default)]
pub(crate) struct Histories {
    folder: OnceLock<PathBuf>,
    open: Mutex<BTreeMap<String, Arc<History>>>,
}

impl App {
    /// Says where access histories are: a directory for each tenant below this one. Said once, before the first use.
    pub fn set_history_folder(&self, folder: PathBuf) {
        // Said twice, the first counts: it is where rows may be already.
        let _ = self.histories().folder.set(folder);
    }

    /// Whether there is a place for access histories.
    pub(crate) fn has_history(&self) -> bool {
        self.histories().folder.get().is_some()
    }

    /// The access history of a tenant, which is opened when it is first needed, and made if it is not there.
    pub(crate) fn access_history(&self, tenant: &Tenant) -> Result<Arc<History>, AppError> {
        let histories = self.histories();
        let folder = histories.folder.get().ok_or_else(|| {
            AppError::Refused("there is no directory for the access history".to_owned())
        })?;
        let open = histories.open.lock();
        let mut open = open.unwrap_or_else(PoisonError::into_inner);
        if let Some(history) = open.get(&tenant.name) {
            return Ok(history.clone());
        }
        let place = Arc::new(LocalFolder::open(&folder.join(&tenant.name))?);
        let key = {
            let keyring = self.keyring();
            let keys = keyring.tenant(&tenant.name);
            let keys = keys.ok_or_else(|| AppError::internal("the tenant has no keys"))?;
            keys.history_key().map_err(AppError::internal)?
        };
        let history = Arc::new(History::open(Options {
            tenant: tenant.name.clone(),
            key,
            logs: place.clone(),
            objects: place,
            entropy: self.shared_entropy(),
            memory_rows: MEMORY_ROWS,
            in_background: true,
        })?);
        open.insert(tenant.name.clone(), history.clone());
        Ok(history)
    }
}

impl From<HistoryError> for AppError {
    fn from(error: HistoryError) -> Self {
        match error {
            HistoryError::Limit { .. } => Self::TooLarge(error.to_string()),
            HistoryError::Damaged { .. } | HistoryError::Missing { .. } | HistoryError::Key(_) => {
                Self::Internal(error.to_string())
            }
            _ => Self::Unavailable(error.to_string()),
        }
    }
}
