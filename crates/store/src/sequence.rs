//! Giving records their places in the ledger.
//!
//! One transaction takes waiting records in the order of their ids, appends their leaves to the right edge of the tree,
//! writes bundles, tiles and index rows, and moves the head. The head is moved by compare-and-swap on its size, first of
//! all: of two processes that started from one head the second waits for the first, then finds it moved, and leaves
//! nothing behind. There is never a second root for one size. The lock that is tried for before only saves the work.
//!
//! Refuses: to append to a tree whose right edge does not give the root of the head.

use bonafide_ledger::{Appended, Edge, Hash, TileId, tree};

use crate::apply::bulk::{Bulk, run};
use crate::database::{DbError, Param, Transaction, params};
use crate::read::{HEAD, head_row, tiles_in};
use crate::row::Reader;
use crate::rows::{Head, Sequenced};
use crate::{Store, StoreError};

/// Records in one transaction, at most: 16 384 leaves of 16 KiB are 256 MiB.
pub const SEQUENCE_MAX: usize = 16_384;

const TILES: Bulk = Bulk {
    before: "INSERT INTO tile (tenant, level, idx, bytes) VALUES ",
    after: " ON CONFLICT (tenant, level, idx) DO UPDATE SET bytes = excluded.bytes",
    columns: 4,
};

const BUNDLES: Bulk = Bulk {
    before: "INSERT INTO bundle (tenant, idx, bytes) VALUES ",
    after: " ON CONFLICT (tenant, idx) DO UPDATE SET bytes = excluded.bytes",
    columns: 3,
};

const RECORDS: Bulk = Bulk {
    before: "WITH v(tenant, record_id, leaf_index, leaf_hash) AS (VALUES ",
    after: ") UPDATE record SET leaf_index = v.leaf_index, leaf_hash = v.leaf_hash, leaf = NULL FROM v \
            WHERE record.tenant = v.tenant AND record.record_id = v.record_id",
    columns: 4,
};

impl Store {
    /// Gives places to at most `max` (and [`SEQUENCE_MAX`]) waiting records of a tenant. `None` if none waits, if there is
    /// no such tenant, or if another process is at it or was faster.
    ///
    /// # Errors
    /// If the database fails or the stored edge is damaged; nothing is changed then.
    pub async fn sequence(
        &self,
        tenant: &str,
        max: usize,
    ) -> Result<Option<Sequenced>, StoreError> {
        let mut tx = self.database.begin_repeatable().await?;
        let lock = self.database.dialect().try_sequencer_lock();
        let done = match sequence_in(&mut *tx, lock, tenant, max).await {
            Ok(Some(done)) => done,
            Ok(None) | Err(Failed::Raced) => {
                tx.rollback().await?;
                return Ok(None);
            }
            Err(Failed::Store(error)) => {
                // What went wrong first is what is told.
                let _ = tx.rollback().await;
                return Err(error);
            }
        };
        tx.commit().await?;
        Ok(Some(done))
    }
}

/// Why a sequencing was given up.
pub(crate) enum Failed {
    /// Another process moved the head.
    Raced,
    /// The database failed, or what it holds is damaged.
    Store(StoreError),
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<DbError> for Failed {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Raced(_) => Self::Raced,
            other => Self::Store(other.into()),
        }
    }
}

async fn sequence_in(
    tx: &mut dyn Transaction,
    lock: &'static str,
    tenant: &str,
    max: usize,
) -> Result<Option<Sequenced>, Failed> {
    let granted = tx.fetch(lock.into(), params![tenant]).await?;
    let granted = granted.into_iter().next().unwrap_or_default();
    if Reader::new("lock", granted).int("granted")? == 0 {
        return Ok(None);
    }
    let head = tx.fetch(HEAD.into(), params![tenant]).await?;
    let Some(head) = head.into_iter().next().map(head_row).transpose()? else {
        return Ok(None);
    };
    let (records, leaves) = pending(tx, tenant, max).await?;
    if records.is_empty() {
        return Ok(None);
    }
    let appended = append(tx, tenant, &head, &leaves).await?;
    move_head(tx, tenant, &head, &appended).await?;
    let integrated = records.len();
    write(tx, tenant, head.size, records, &appended).await?;
    Ok(Some(Sequenced {
        size: appended.size,
        root: appended.root,
        integrated,
    }))
}

/// The ids and leaves of records that wait.
pub(crate) async fn pending(
    tx: &mut dyn Transaction,
    tenant: &str,
    max: usize,
) -> Result<(Vec<String>, Vec<Vec<u8>>), Failed> {
    let sql = "SELECT record_id, leaf FROM record WHERE tenant = $1 AND leaf_index IS NULL ORDER BY record_id LIMIT $2";
    let max = i64::try_from(max.min(SEQUENCE_MAX)).unwrap_or(i64::MAX);
    let rows = tx.fetch(sql.into(), params![tenant, max]).await?;
    let rows = rows.into_iter().map(|row| {
        let mut row = Reader::new("record", row);
        Ok((row.text("record_id")?, row.blob("leaf")?))
    });
    Ok(rows.collect::<Result<_, StoreError>>()?)
}

/// Appends the leaves to the stored edge, in memory.
pub(crate) async fn append(
    tx: &mut dyn Transaction,
    tenant: &str,
    head: &Head,
    leaves: &[Vec<u8>],
) -> Result<Appended, Failed> {
    let corrupt = |why: String| StoreError::Corrupt {
        table: "tile",
        column: "bytes",
        id: format!("right edge at size {}", head.size),
        why,
    };
    let tiles = tiles_in(tx, tenant, &tree::tiles_for_append(head.size)).await?;
    let bundle = match tree::bundle_for_append(head.size) {
        None => None,
        Some(id) => {
            let sql = "SELECT bytes FROM bundle WHERE tenant = $1 AND idx = $2";
            let params = params![tenant, signed(id.index)?];
            let row = tx.fetch(sql.into(), params).await?.into_iter().next();
            row.map(|row| Reader::new("bundle", row).blob("bytes"))
                .transpose()?
        }
    };
    let edge = Edge::load(head.size, &tiles, bundle.as_deref());
    let mut edge = edge.map_err(|error| corrupt(error.to_string()))?;
    if edge.root() != head.root {
        return Err(corrupt("it does not give the root of the head".to_owned()).into());
    }
    Ok(edge
        .append(leaves)
        .map_err(|error| corrupt(error.to_string()))?)
}

/// The compare-and-swap.
pub(crate) async fn move_head(
    tx: &mut dyn Transaction,
    tenant: &str,
    old: &Head,
    new: &Appended,
) -> Result<(), Failed> {
    let sql = "UPDATE head SET size = $2, root = $3 WHERE tenant = $1 AND size = $4 AND root = $5";
    let params = params![
        tenant,
        signed(new.size)?,
        new.root,
        signed(old.size)?,
        old.root
    ];
    match tx.execute(sql.into(), params).await? {
        1 => Ok(()),
        _ => Err(Failed::Raced),
    }
}

pub(crate) async fn write(
    tx: &mut dyn Transaction,
    tenant: &str,
    first: u64,
    records: Vec<String>,
    appended: &Appended,
) -> Result<(), Failed> {
    let bundles = appended
        .bundles
        .iter()
        .map(|(id, bytes)| Ok(params![tenant, signed(id.index)?, bytes.clone()]));
    run(tx, &BUNDLES, bundles.collect::<Result<_, StoreError>>()?).await?;
    let tile = |(id, bytes): (&TileId, &Vec<u8>)| {
        Ok(params![
            tenant,
            i64::from(id.level),
            signed(id.index)?,
            bytes.clone()
        ])
    };
    let tiles = appended.tiles.iter().map(tile);
    run(tx, &TILES, tiles.collect::<Result<_, StoreError>>()?).await?;
    let placed = records.into_iter().zip(&appended.leaf_hashes).zip(first..);
    let row = |((record, hash), index): ((String, &Hash), u64)| -> Result<Vec<Param>, StoreError> {
        Ok(params![tenant, record, signed(index)?, *hash])
    };
    let rows = placed.map(row).collect::<Result<Vec<_>, _>>()?;
    let expected = rows.len();
    let updated = run(tx, &RECORDS, rows).await?;
    if usize::try_from(updated) != Ok(expected) {
        return Err(Failed::Raced);
    }
    Ok(())
}

pub(crate) fn signed(value: u64) -> Result<i64, StoreError> {
    i64::try_from(value).map_err(|_| StoreError::Refused("the ledger is full".to_owned()))
}
