//! Key rows: reading them, and wrapping them forward into another epoch.

use bonafide_model::{PartyId, Timestamp};

use super::number;
use super::party::{KEYS, key_row};
use crate::database::params;
use crate::rows::{KeyRow, Rewrap};
use crate::{Store, StoreError};

impl Store {
    /// The wrapped keys of a party.
    ///
    /// # Errors
    /// If the database fails or the row is damaged.
    pub async fn key_row(
        &self,
        tenant: &str,
        party: PartyId,
    ) -> Result<Option<KeyRow>, StoreError> {
        let sql = format!("SELECT {KEYS} FROM key_row k WHERE k.tenant = $1 AND k.party_id = $2");
        let rows = self.rows(sql, params![tenant, party]).await?;
        rows.into_iter().next().map(key_row).transpose()
    }

    /// Key rows that are wrapped by an epoch before this one, oldest epoch first.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn key_rows_before(
        &self,
        tenant: &str,
        epoch: i64,
        limit: usize,
    ) -> Result<Vec<KeyRow>, StoreError> {
        let sql = format!(
            "SELECT {KEYS} FROM key_row k WHERE k.tenant = $1 AND k.epoch < $2 ORDER BY k.epoch LIMIT $3"
        );
        let rows = self
            .rows(sql, params![tenant, epoch, number(limit)])
            .await?;
        rows.into_iter().map(key_row).collect()
    }

    /// Replaces key rows that are still as they were read, in one transaction; gives how many were. A party that was
    /// erased meanwhile is not brought back.
    ///
    /// # Errors
    /// If the database fails; then none was replaced.
    pub async fn rewrap(&self, tenant: &str, steps: &[Rewrap]) -> Result<usize, StoreError> {
        let mut tx = self.database.begin().await?;
        let mut replaced = 0;
        for Rewrap { old, new } in steps {
            let sql = "UPDATE key_row SET epoch = $5, wrapped = $6 \
                       WHERE tenant = $1 AND party_id = $2 AND epoch = $3 AND wrapped = $4";
            let (before, after) = (old.wrapped.clone(), new.wrapped.clone());
            let params = params![tenant, old.party, old.epoch, before, new.epoch, after];
            replaced += usize::from(tx.execute(sql.into(), params).await? > 0);
        }
        tx.commit().await?;
        Ok(replaced)
    }

    /// Refuses from now on keys that are wrapped under an epoch before `epoch`; it never goes back.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn raise_least_epoch(&self, tenant: &str, epoch: i64) -> Result<(), StoreError> {
        let mut tx = self.database.begin().await?;
        let sql = "UPDATE tenant SET least_epoch = $2 WHERE tenant = $1 AND least_epoch < $2";
        tx.execute(sql.into(), params![tenant, epoch]).await?;
        Ok(tx.commit().await?)
    }

    /// Forgets the answers remembered before an instant, of every tenant; gives how many there were.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn purge_idempotency(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut tx = self.database.begin().await?;
        let sql = "DELETE FROM idempotency WHERE at < $1";
        let purged = tx.execute(sql.into(), params![before]).await?;
        tx.commit().await?;
        Ok(purged)
    }
}
