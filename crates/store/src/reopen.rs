//! Going on with a restored ledger under another origin.
//!
//! One transaction ends the old ledger and begins the new one: the record that says so gets its place right after the
//! entries that are left, the records that had none get theirs after it, and from then on the tenant has another origin.
//!
//! Refuses: a head or a number of waiting records other than those that the statement names.

use bonafide_ledger::{Hash, Leaf};
use bonafide_model::{RecordId, Timestamp};

use crate::backup::{CutAgain, EraseAgain, RestoredRow};
use crate::database::{Transaction, params};
use crate::read::{HEAD, head_row};
use crate::row::Reader;
use crate::rows::{Head, RecordRow};
use crate::sequence::{Failed, SEQUENCE_MAX, append, move_head, pending, signed, write};
use crate::{Store, StoreError};

/// A ledger that ended when it was reopened under another origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncarnationRow {
    /// Its number, from 1.
    pub number: u64,
    /// Its origin.
    pub origin: String,
    /// The key that verifies its checkpoints, as text.
    pub verifier: String,
    /// Entries that are left of it, which are the first of the next.
    pub size: u64,
    /// Records that were recorded under its origin and got their places in the next.
    pub carried: u64,
    /// The record that says so, the first of the next.
    pub record: RecordId,
    /// The signed statement, whose digest that record holds.
    pub statement: String,
    /// When.
    pub at: Timestamp,
}

/// How a ledger is to go on.
#[derive(Debug, Clone)]
pub struct Reopen {
    /// The head that is left.
    pub head: Head,
    /// The ledger that ends.
    pub ended: IncarnationRow,
    /// The origin that begins.
    pub origin: String,
    /// The record that says so.
    pub record: RecordRow,
}

impl Store {
    /// The ledgers of a tenant that ended, oldest first.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn incarnations(&self, tenant: &str) -> Result<Vec<IncarnationRow>, StoreError> {
        let sql = "SELECT number, origin, verifier, size, carried, record_id, statement, at FROM incarnation \
                   WHERE tenant = $1 ORDER BY number";
        let rows = self.database.fetch(sql.into(), params![tenant]).await?;
        let read = rows.into_iter().map(|row| {
            let mut row = Reader::new("incarnation", row);
            Ok(IncarnationRow {
                number: row.number("number")?,
                origin: row.text("origin")?,
                verifier: row.text("verifier")?,
                size: row.number("size")?,
                carried: row.number("carried")?,
                record: row.id("record_id")?,
                statement: row.text("statement")?,
                at: row.time("at")?,
            })
        });
        read.collect()
    }

    /// The restoration of a tenant after which nobody has reopened its ledger.
    ///
    /// # Errors
    /// If the database fails or the row is damaged.
    pub async fn restored(&self, tenant: &str) -> Result<Option<RestoredRow>, StoreError> {
        let sql =
            "SELECT tenant, at, backup, backup_at, erased_again FROM restored WHERE tenant = $1";
        let rows = self.database.fetch(sql.into(), params![tenant]).await?;
        let read = |row| {
            let mut row = Reader::new("restored", row);
            Ok(RestoredRow {
                tenant: row.text("tenant")?,
                at: row.time("at")?,
                backup: row.text("backup")?,
                backup_at: row.time("backup_at")?,
                erased_again: row.number("erased_again")?,
            })
        };
        rows.into_iter().next().map(read).transpose()
    }

    /// The parties that were erased again when a back-up was restored, of which nothing is recorded yet, with the leaves of
    /// their records.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn erased_again(
        &self,
        tenant: &str,
    ) -> Result<Vec<(EraseAgain, Vec<Hash>)>, StoreError> {
        let sql = "SELECT party_id, erased_at, leaves FROM erased_again WHERE tenant = $1 ORDER BY party_id";
        let rows = self.database.fetch(sql.into(), params![tenant]).await?;
        let read = rows.into_iter().map(|row| {
            let mut row = Reader::new("erased_again", row);
            let again = EraseAgain {
                tenant: tenant.to_owned(),
                party: row.id("party_id")?,
                at: row.time("erased_at")?,
            };
            let bytes = row.blob("leaves")?;
            let leaves = bytes.chunks(Hash::LEN).map(Hash::from_slice);
            let leaves = leaves.collect::<Option<Vec<_>>>();
            let leaves = leaves.ok_or_else(|| row.corrupt("leaves", "it is cut short"))?;
            Ok((again, leaves))
        });
        read.collect()
    }

    /// The items that were cut out again when a back-up was restored, of which nothing is recorded yet, by party.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn cut_again(&self, tenant: &str) -> Result<Vec<CutAgain>, StoreError> {
        let sql = "SELECT party_id, record_id, item, class, erased_at FROM cut_again \
                   WHERE tenant = $1 ORDER BY party_id, record_id, item";
        let rows = self.database.fetch(sql.into(), params![tenant]).await?;
        let read = rows.into_iter().map(|row| {
            let mut row = Reader::new("cut_again", row);
            Ok(CutAgain {
                party: row.id("party_id")?,
                record: row.id("record_id")?,
                item: row.text("item")?,
                class: row.text("class")?,
                at: row.time("erased_at")?,
            })
        });
        read.collect()
    }

    /// How many records wait for their place.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn waiting_count(&self, tenant: &str) -> Result<u64, StoreError> {
        let sql = "SELECT COUNT(*) FROM record WHERE tenant = $1 AND leaf_index IS NULL";
        let rows = self.database.fetch(sql.into(), params![tenant]).await?;
        Reader::new("record", rows.into_iter().next().unwrap_or_default()).number("count")
    }

    /// Ends the ledger of a tenant and begins the next; gives its head.
    ///
    /// # Errors
    /// If the head or the waiting records are others than those stated, or the database fails; nothing is changed then.
    pub async fn reopen(&self, tenant: &str, reopen: &Reopen) -> Result<Head, StoreError> {
        let mut tx = self.database.begin_repeatable().await?;
        let done = reopen_in(&mut *tx, tenant, reopen).await;
        match done {
            Ok(head) => {
                tx.commit().await?;
                Ok(head)
            }
            Err(failed) => {
                // What went wrong first is what is told.
                let _ = tx.rollback().await;
                Err(match failed {
                    Failed::Store(error) => error,
                    Failed::Raced => StoreError::Conflict("another process writes".to_owned()),
                })
            }
        }
    }
}

async fn reopen_in(
    tx: &mut dyn Transaction,
    tenant: &str,
    reopen: &Reopen,
) -> Result<Head, Failed> {
    let head = tx.fetch(HEAD.into(), params![tenant]).await?;
    let head = head.into_iter().next().map(head_row).transpose()?;
    let (mut records, mut leaves) = pending(tx, tenant, SEQUENCE_MAX).await?;
    let carried = u64::try_from(records.len()).unwrap_or(u64::MAX);
    let Some(head) = head.filter(|h| *h == reopen.head && carried == reopen.ended.carried) else {
        return Err(Failed::Raced);
    };
    let first = &reopen.record;
    let leaf = Leaf::parse(&first.leaf).map_err(|e| StoreError::Refused(e.to_string()))?;
    let sql = "INSERT INTO record (tenant, record_id, kind, at, leaf) VALUES ($1, $2, $3, $4, $5)";
    let params = params![
        tenant,
        first.record,
        leaf.kind.as_str(),
        leaf.at,
        first.leaf.clone()
    ];
    tx.execute(sql.into(), params).await?;
    records.insert(0, first.record.to_string());
    leaves.insert(0, first.leaf.clone());
    let appended = append(tx, tenant, &head, &leaves).await?;
    move_head(tx, tenant, &head, &appended).await?;
    write(tx, tenant, head.size, records, &appended).await?;
    let ended = &reopen.ended;
    let sql = "INSERT INTO incarnation (tenant, number, origin, verifier, size, carried, record_id, statement, at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let params = params![
        tenant,
        signed(ended.number)?,
        ended.origin.as_str(),
        ended.verifier.as_str(),
        signed(ended.size)?,
        signed(ended.carried)?,
        ended.record,
        ended.statement.as_str(),
        ended.at
    ];
    tx.execute(sql.into(), params).await?;
    let sql = "UPDATE tenant SET origin = $2 WHERE tenant = $1";
    tx.execute(sql.into(), params![tenant, reopen.origin.as_str()])
        .await?;
    let sql = "DELETE FROM restored WHERE tenant = $1";
    tx.execute(sql.into(), params![tenant]).await?;
    Ok(Head {
        size: appended.size,
        root: appended.root,
    })
}
