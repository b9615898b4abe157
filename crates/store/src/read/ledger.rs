//! Look-ups in the ledger, and the checkpoints that are signed over it.

use std::collections::BTreeSet;
use std::ops::Range;

use bonafide_ledger::{TileId, TileMap};
use bonafide_model::RecordId;

use super::number;
use crate::database::{Param, Transaction, params};
use crate::row::{Reader, Row};
use crate::rows::{CheckpointRow, Head, IndexRow};
use crate::{Store, StoreError};

/// Checkpoints read at once, the newest. One a second for a day.
pub const CHECKPOINTS_MAX: usize = 86_400;
/// Tiles read by one query; more are read by several.
const TILES_AT_ONCE: usize = 256;

const INDEX_ROWS: &str = "SELECT leaf_index, record_id, leaf_hash, kind, at FROM record \
                          WHERE tenant = $1 AND leaf_index >= $2 AND leaf_index < $3 ORDER BY leaf_index";
const INDEX_ROW_COUNT: &str =
    "SELECT COUNT(*) FROM record WHERE tenant = $1 AND leaf_index IS NOT NULL";
const BUNDLE: &str = "SELECT bytes FROM bundle WHERE tenant = $1 AND idx = $2";
const CHECKPOINTS: &str =
    "SELECT size, note, at FROM checkpoint WHERE tenant = $1 ORDER BY size DESC LIMIT $2";

pub(crate) const HEAD: &str = "SELECT size, root FROM head WHERE tenant = $1";

pub(crate) fn head_row(row: Row) -> Result<Head, StoreError> {
    let mut row = Reader::new("head", row);
    Ok(Head {
        size: row.number("size")?,
        root: row.hash("root")?,
    })
}

fn checkpoint_row(row: Row) -> Result<CheckpointRow, StoreError> {
    let mut row = Reader::new("checkpoint", row);
    Ok(CheckpointRow {
        size: row.number("size")?,
        note: row.text("note")?,
        at: row.time("at")?,
    })
}

fn index_row(row: Row) -> Result<IndexRow, StoreError> {
    let mut row = Reader::new("record", row);
    Ok(IndexRow {
        index: row.number("leaf_index")?,
        record: row.id("record_id")?,
        leaf_hash: row.hash("leaf_hash")?,
        kind: row.text("kind")?,
        at: row.time("at")?,
    })
}

/// The query for some tiles and its parameters. The number of places is rounded up to a power of two by repeating the last
/// one, so that there are few different statements.
fn tiles_query(tenant: &str, ids: &[TileId]) -> (String, Vec<Param>) {
    let places = ids.len().next_power_of_two();
    let padded = ids
        .iter()
        .chain(std::iter::repeat(ids.last().unwrap_or(&TileId {
            level: 0,
            index: 0,
            width: 1,
        })));
    let mut params = params![tenant];
    let mut values = Vec::new();
    for id in padded.take(places) {
        params.push(i64::from(id.level).into());
        params.push(number(id.index).into());
        values.push(format!("(${}, ${})", params.len() - 1, params.len()));
    }
    let sql = format!(
        "WITH v(level, idx) AS (VALUES {}) SELECT t.level, t.idx, t.bytes FROM v \
         JOIN tile t ON t.tenant = $1 AND t.level = v.level AND t.idx = v.idx",
        values.join(", ")
    );
    (sql, params)
}

/// Sorts tiles that were read under the ids that were asked for.
fn collect(rows: Vec<Row>, asked: &[TileId], into: &mut TileMap) -> Result<(), StoreError> {
    for row in rows {
        let mut row = Reader::new("tile", row);
        let (level, index) = (row.int("level")?, row.number("idx")?);
        let bytes = row.blob("bytes")?;
        for id in asked {
            if i64::from(id.level) == level && id.index == index {
                into.insert(*id, bytes.clone());
            }
        }
    }
    Ok(())
}

/// Tiles, read within a transaction.
pub(crate) async fn tiles_in(
    tx: &mut dyn Transaction,
    tenant: &str,
    ids: &BTreeSet<TileId>,
) -> Result<TileMap, StoreError> {
    let mut found = TileMap::new();
    let ids: Vec<TileId> = ids.iter().copied().collect();
    for ids in ids.chunks(TILES_AT_ONCE) {
        let (sql, params) = tiles_query(tenant, ids);
        collect(tx.fetch(sql.into(), params).await?, ids, &mut found)?;
    }
    Ok(found)
}

/// The ledger of a tenant as it is at one instant, for an audit beside a service that goes on: the head, what was signed, and
/// the right edge of the tree change together.
pub struct LedgerView {
    tx: Box<dyn Transaction>,
    tenant: String,
}

impl LedgerView {
    /// The head; the first read, which fixes the instant.
    async fn head(&mut self) -> Result<Option<Head>, StoreError> {
        let rows = self.tx.fetch(HEAD.into(), params![self.tenant.as_str()]);
        rows.await?.into_iter().next().map(head_row).transpose()
    }

    /// The newest [`CHECKPOINTS_MAX`] checkpoints, smallest size first.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn checkpoints(&mut self) -> Result<Vec<CheckpointRow>, StoreError> {
        let params = params![self.tenant.as_str(), number(CHECKPOINTS_MAX)];
        let rows = self.tx.fetch(CHECKPOINTS.into(), params).await?;
        rows.into_iter().rev().map(checkpoint_row).collect()
    }

    /// What is kept beside the tree about the records of a range of places, in their order.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn index_rows(&mut self, range: Range<u64>) -> Result<Vec<IndexRow>, StoreError> {
        let params = params![self.tenant.as_str(), number(range.start), number(range.end)];
        let rows = self.tx.fetch(INDEX_ROWS.into(), params).await?;
        rows.into_iter().map(index_row).collect()
    }

    /// How many records have a place.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn index_row_count(&mut self) -> Result<u64, StoreError> {
        let params = params![self.tenant.as_str()];
        let rows = self.tx.fetch(INDEX_ROW_COUNT.into(), params).await?;
        let row = rows.into_iter().next().unwrap_or_default();
        Reader::new("record", row).number("count")
    }

    /// An entry bundle, as full as it is.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn bundle(&mut self, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let params = params![self.tenant.as_str(), number(index)];
        let rows = self.tx.fetch(BUNDLE.into(), params).await?;
        let read = |row| Reader::new("bundle", row).blob("bytes");
        rows.into_iter().next().map(read).transpose()
    }

    /// Tiles as they are stored; those that are missing are left out.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn tiles(&mut self, ids: &BTreeSet<TileId>) -> Result<TileMap, StoreError> {
        tiles_in(&mut *self.tx, &self.tenant, ids).await
    }

    /// Ends it; what is read afterwards may be of another instant.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn end(self) -> Result<(), StoreError> {
        Ok(self.tx.rollback().await?)
    }
}

impl Store {
    /// The ledger of a tenant at this instant, with its head; nothing where none was sequenced.
    ///
    /// # Errors
    /// If the database fails or the row is damaged.
    pub async fn ledger_view(
        &self,
        tenant: &str,
    ) -> Result<Option<(Head, LedgerView)>, StoreError> {
        let mut view = LedgerView {
            tx: self.database.snapshot().await?,
            tenant: tenant.to_owned(),
        };
        match view.head().await? {
            Some(head) => Ok(Some((head, view))),
            None => {
                view.end().await?;
                Ok(None)
            }
        }
    }

    /// The head of a tenant's ledger.
    ///
    /// # Errors
    /// If the database fails or the row is damaged.
    pub async fn head(&self, tenant: &str) -> Result<Option<Head>, StoreError> {
        let rows = self.rows(HEAD, params![tenant]).await?;
        rows.into_iter().next().map(head_row).transpose()
    }

    /// Tiles; those that are missing are left out. The bytes may be those of a wider tile of the same place. They may come
    /// from memory.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn tiles(&self, tenant: &str, ids: &BTreeSet<TileId>) -> Result<TileMap, StoreError> {
        let mut found = TileMap::new();
        let mut missing = BTreeSet::new();
        for id in ids {
            match self.tiles.get(tenant, *id) {
                Some(bytes) => drop(found.insert(*id, bytes)),
                None => drop(missing.insert(*id)),
            }
        }
        if missing.is_empty() {
            return Ok(found);
        }
        let read = self.tiles_as_stored(tenant, &missing).await?;
        for (id, bytes) in &read {
            self.tiles.put(tenant, *id, bytes);
        }
        found.extend(read);
        Ok(found)
    }

    /// Tiles as the database has them now; for an audit.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn tiles_as_stored(
        &self,
        tenant: &str,
        ids: &BTreeSet<TileId>,
    ) -> Result<TileMap, StoreError> {
        let mut found = TileMap::new();
        let ids: Vec<TileId> = ids.iter().copied().collect();
        for ids in ids.chunks(TILES_AT_ONCE) {
            let (sql, params) = tiles_query(tenant, ids);
            collect(self.rows(sql, params).await?, ids, &mut found)?;
        }
        Ok(found)
    }

    /// An entry bundle, as full as it is.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn bundle(&self, tenant: &str, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let rows = self.rows(BUNDLE, params![tenant, number(index)]).await?;
        let read = |row| Reader::new("bundle", row).blob("bytes");
        rows.into_iter().next().map(read).transpose()
    }

    /// Entry bundles of a range of places, with their places. Those that are missing are left out.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn bundles(
        &self,
        tenant: &str,
        range: Range<u64>,
    ) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        let sql = "SELECT idx, bytes FROM bundle WHERE tenant = $1 AND idx >= $2 AND idx < $3 ORDER BY idx";
        let params = params![tenant, number(range.start), number(range.end)];
        let rows = self.rows(sql, params).await?.into_iter().map(|row| {
            let mut row = Reader::new("bundle", row);
            Ok((row.number("idx")?, row.blob("bytes")?))
        });
        rows.collect()
    }

    /// The place of a record in the ledger, once it has one.
    ///
    /// # Errors
    /// If the database fails or the row is damaged.
    pub async fn record_position(
        &self,
        tenant: &str,
        record: RecordId,
    ) -> Result<Option<u64>, StoreError> {
        let sql = "SELECT leaf_index FROM record WHERE tenant = $1 AND record_id = $2";
        let rows = self.rows(sql, params![tenant, record]).await?;
        let read = |row| Reader::new("record", row).opt_number("leaf_index");
        Ok(rows.into_iter().next().map(read).transpose()?.flatten())
    }

    /// What is kept beside the tree about the record at a place.
    ///
    /// # Errors
    /// If the database fails or the row is damaged.
    pub async fn record_at(
        &self,
        tenant: &str,
        index: u64,
    ) -> Result<Option<IndexRow>, StoreError> {
        let rows = self
            .index_rows(tenant, index..index.saturating_add(1))
            .await?;
        Ok(rows.into_iter().next())
    }

    /// What is kept beside the tree about the records of a range of places, in their order.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn index_rows(
        &self,
        tenant: &str,
        range: Range<u64>,
    ) -> Result<Vec<IndexRow>, StoreError> {
        let params = params![tenant, number(range.start), number(range.end)];
        let rows = self.rows(INDEX_ROWS, params).await?;
        rows.into_iter().map(index_row).collect()
    }

    /// How many records have a place.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn index_row_count(&self, tenant: &str) -> Result<u64, StoreError> {
        let rows = self.rows(INDEX_ROW_COUNT, params![tenant]).await?;
        let row = rows.into_iter().next().unwrap_or_default();
        Reader::new("record", row).number("count")
    }

    /// Keeps a signed checkpoint. The first one of a size stays.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn put_checkpoint(
        &self,
        tenant: &str,
        row: &CheckpointRow,
    ) -> Result<(), StoreError> {
        let mut tx = self.database.begin().await?;
        let sql = "INSERT INTO checkpoint (tenant, size, note, at) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (tenant, size) DO NOTHING";
        let params = params![tenant, number(row.size), row.note.as_str(), row.at];
        tx.execute(sql.into(), params).await?;
        Ok(tx.commit().await?)
    }

    /// The checkpoint of the greatest size.
    ///
    /// # Errors
    /// If the database fails or the row is damaged.
    pub async fn latest_checkpoint(
        &self,
        tenant: &str,
    ) -> Result<Option<CheckpointRow>, StoreError> {
        let sql =
            "SELECT size, note, at FROM checkpoint WHERE tenant = $1 ORDER BY size DESC LIMIT 1";
        let rows = self.rows(sql, params![tenant]).await?;
        rows.into_iter().next().map(checkpoint_row).transpose()
    }

    /// The checkpoint of a size.
    ///
    /// # Errors
    /// If the database fails or the row is damaged.
    pub async fn checkpoint_at(
        &self,
        tenant: &str,
        size: u64,
    ) -> Result<Option<CheckpointRow>, StoreError> {
        let sql = "SELECT size, note, at FROM checkpoint WHERE tenant = $1 AND size = $2";
        let rows = self.rows(sql, params![tenant, number(size)]).await?;
        rows.into_iter().next().map(checkpoint_row).transpose()
    }

    /// The newest [`CHECKPOINTS_MAX`] checkpoints, smallest size first.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn checkpoints(&self, tenant: &str) -> Result<Vec<CheckpointRow>, StoreError> {
        let rows = self
            .rows(CHECKPOINTS, params![tenant, number(CHECKPOINTS_MAX)])
            .await?;
        rows.into_iter().rev().map(checkpoint_row).collect()
    }
}
