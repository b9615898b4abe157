//! Applying changes: many in one transaction, each all or nothing.
//!
//! First every version that the changes rest on is read, under lock, in one query a table. Then conflicts are decided,
//! between changes of the batch too. Then the rows of all good changes are written table by table. If a statement is
//! refused, everything is rolled back and each change is tried by itself, so that a bad one fails alone. An erasure always
//! has a transaction of its own, since it deletes accounts that others may rest on.

pub(crate) mod access;
mod batch;
pub(crate) mod bulk;
mod case;
mod check;
mod epoch;
mod erase;
mod history;
mod import;
mod keep;
mod screening;
mod single;
mod versions;
mod webhook;
mod work;

use bonafide_model::PartyId;

use crate::database::{Database, DbError, Transaction};
use crate::{ApplyError, Change, Op, Store, StoreError};
use batch::Batch;
use check::Checked;
use epoch::LeastEpochs;
use versions::Versions;

/// Times that a change is tried when transactions of other processes stand in its way.
const ATTEMPTS_MAX: usize = 3;

/// Why a transaction was given up.
enum Trouble {
    /// A change in it is at fault.
    Change(ApplyError),
    /// Another transaction stood in the way.
    Raced(String),
    /// The database is.
    Store(StoreError),
}

impl From<DbError> for Trouble {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Unique { table } => Self::Change(ApplyError::Duplicate { what: table }),
            DbError::Statement(why) => Self::Change(ApplyError::Refused(format!(
                "the database refused a statement: {why}"
            ))),
            DbError::Raced(why) => Self::Raced(why),
            other => Self::Store(other.into()),
        }
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Applies one change in a transaction of the caller's, which nothing else can see: what is erased again while a back-up is
/// restored. The versions that it rests on were read in that transaction.
pub(crate) async fn apply_in(tx: &mut dyn Transaction, change: Change) -> Result<(), StoreError> {
    let checked = Checked::new(change).map_err(|error| StoreError::Refused(error.to_string()))?;
    let mut batch = Batch::default();
    let added = batch.add(tx, &checked).await;
    let done = match added {
        Ok(()) => batch.flush(tx).await,
        Err(trouble) => Err(trouble),
    };
    done.map_err(of_trouble)
}

fn of_trouble(trouble: Trouble) -> StoreError {
    match trouble {
        Trouble::Store(error) => error,
        Trouble::Raced(why) => StoreError::Conflict(why),
        Trouble::Change(error) => StoreError::Refused(error.to_string()),
    }
}

/// Deletes a party's rows in a transaction of the caller's: what was erased after a back-up was made.
pub(crate) async fn erase_again(
    tx: &mut dyn Transaction,
    tenant: &str,
    party: PartyId,
) -> Result<(), StoreError> {
    let done = erase::party(tx, tenant, party).await;
    done.map_err(of_trouble)
}

impl Store {
    /// Applies changes in order; the answers are in the same order. What is answered with `Ok` is durable.
    ///
    /// # Errors
    /// If the database failed before any of them was stored. When it fails after some were, the others are answered with
    /// [`ApplyError::Store`].
    pub async fn apply(
        &self,
        changes: Vec<Change>,
    ) -> Result<Vec<Result<(), ApplyError>>, StoreError> {
        let mut results = Vec::with_capacity(changes.len());
        let checked: Vec<_> = changes.into_iter().map(Checked::new).collect();
        let alone = |change: &Result<Checked, ApplyError>| {
            let ops = change.as_ref().map(|checked| checked.change.ops.as_slice());
            ops.is_ok_and(|ops| ops.iter().any(|op| matches!(op, Op::EraseParty { .. })))
        };
        let _noted = Noted(self, &checked);
        for group in checked.chunk_by(|a, b| !alone(a) && !alone(b)) {
            match apply_group(&*self.database, group).await {
                Ok(some) => results.extend(some),
                Err(error) if results.iter().all(Result::is_err) => return Err(error),
                Err(error) => {
                    let same = || Err(ApplyError::Store(error.clone()));
                    results.resize_with(checked.len(), same);
                    break;
                }
            }
        }
        Ok(results)
    }
}

/// Counts changes when it goes, after they are durable and before they are acknowledged. Those that failed are counted
/// too: of some nobody knows whether they are on the disk.
struct Noted<'a>(&'a Store, &'a [Result<Checked, ApplyError>]);

impl Drop for Noted<'_> {
    fn drop(&mut self) {
        for checked in self.1.iter().flatten() {
            self.0.marks.note(&checked.change);
        }
    }
}

type Results = Vec<Result<(), ApplyError>>;

/// Together if possible, otherwise one by one.
async fn apply_group(
    database: &dyn Database,
    group: &[Result<Checked, ApplyError>],
) -> Result<Results, StoreError> {
    match apply_together(database, group).await {
        Ok(results) => return Ok(results),
        Err(Trouble::Store(error)) => return Err(error),
        Err(Trouble::Change(error)) if group.len() == 1 => return Ok(vec![Err(error)]),
        Err(Trouble::Change(_) | Trouble::Raced(_)) => {}
    }
    let mut results = Vec::with_capacity(group.len());
    for change in group {
        let result = apply_alone(database, change).await;
        let fatal = match &result {
            Err(ApplyError::Store(error)) if error.is_fatal() => Some(error.clone()),
            _ => None,
        };
        results.push(result);
        if let Some(error) = fatal {
            results.resize_with(group.len(), || Err(ApplyError::Store(error.clone())));
            break;
        }
    }
    Ok(results)
}

/// One change in a transaction of its own.
async fn apply_alone(
    database: &dyn Database,
    change: &Result<Checked, ApplyError>,
) -> Result<(), ApplyError> {
    let mut why = String::new();
    for _ in 0..ATTEMPTS_MAX {
        match apply_together(database, std::slice::from_ref(change)).await {
            Ok(mut results) => return results.pop().unwrap_or(Ok(())),
            Err(Trouble::Change(error)) => return Err(error),
            Err(Trouble::Store(error)) => return Err(ApplyError::Store(error)),
            Err(Trouble::Raced(reason)) => why = reason,
        }
    }
    Err(ApplyError::Store(StoreError::Conflict(why)))
}

/// One transaction.
async fn apply_together(
    database: &dyn Database,
    group: &[Result<Checked, ApplyError>],
) -> Result<Results, Trouble> {
    let mut results = Results::with_capacity(group.len());
    let mut tx = database.begin().await?;
    let epochs = LeastEpochs::read(&mut *tx, database.dialect(), group).await?;
    let mut versions = Versions::read(&mut *tx, database.dialect(), group).await?;
    let mut batch = Batch::default();
    let mut failed = None;
    for change in group {
        let good = match change {
            Ok(checked) => epochs
                .allow(checked)
                .and_then(|()| versions.take(checked))
                .map(|()| checked),
            Err(error) => Err(error.clone()),
        };
        let result = match good {
            Ok(checked) => batch.add(&mut *tx, checked).await,
            Err(error) => {
                results.push(Err(error));
                continue;
            }
        };
        match result {
            Ok(()) => results.push(Ok(())),
            Err(trouble) => {
                failed = Some(trouble);
                break;
            }
        }
    }
    let flushed = match failed {
        None => batch.flush(&mut *tx).await,
        Some(trouble) => Err(trouble),
    };
    match flushed {
        Ok(()) if results.iter().any(Result::is_ok) => tx.commit().await?,
        Ok(()) => tx.rollback().await?,
        Err(trouble) => {
            // What went wrong first is what is told.
            let _ = tx.rollback().await;
            return Err(trouble);
        }
    }
    Ok(results)
}
