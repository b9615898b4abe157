//! Look-ups of keeping: what was erased, which parties are to be looked at, which holds there are; and noting when a party
//! is to be looked at again, which is reckoned from records and is none itself.

use bonafide_model::{AccountId, HoldId, PartyId, Timestamp};

use super::number;
use super::party::{HOLD, PARTY, hold_row, party_row};
use crate::apply::bulk::{Bulk, run};
use crate::database::params;
use crate::row::{Reader, Row};
use crate::rows::{ErasedRow, ExpiredRow, HoldRow, PartyRow};
use crate::{Store, StoreError};

const ERASED: &str = "e.party_id, e.erased_at, e.ground, e.record_id";

const KEEP_AT: Bulk = Bulk {
    before: "WITH v(tenant, party_id, version, keep_at) AS (VALUES ",
    after: ") UPDATE party SET keep_at = v.keep_at FROM v \
            WHERE party.tenant = v.tenant AND party.party_id = v.party_id AND party.version = v.version",
    columns: 4,
};

/// A number that stands for never: past every instant there is.
const NEVER: i64 = i64::MAX;

/// When a party is to be looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeepAt {
    /// Which party.
    pub party: PartyId,
    /// The version that it was reckoned from; a party that changed since stays as it is.
    pub version: i64,
    /// When; never by time alone if absent.
    pub at: Option<Timestamp>,
}

fn erased_row(row: Row) -> Result<ErasedRow, StoreError> {
    let mut row = Reader::new("erased", row);
    Ok(ErasedRow {
        party: row.id("party_id")?,
        erased_at: row.time("erased_at")?,
        ground: row.text("ground")?,
        record: row.id("record_id")?,
    })
}

fn expired_row(row: Row) -> Result<ExpiredRow, StoreError> {
    let mut row = Reader::new("expired", row);
    Ok(ExpiredRow {
        party: row.id("party_id")?,
        record: row.id("record_id")?,
        class: row.text("class")?,
        at: row.time("at")?,
        ground: row.text("ground")?,
    })
}

impl Store {
    /// Parties that were erased, in the order of their ids: what a restored copy must erase again.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn erased(
        &self,
        tenant: &str,
        after: Option<PartyId>,
        limit: usize,
    ) -> Result<Vec<ErasedRow>, StoreError> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let sql = format!(
            "SELECT {ERASED} FROM erased e WHERE e.tenant = $1 AND e.party_id > $2 ORDER BY e.party_id LIMIT $3"
        );
        let rows = self
            .rows(sql, params![tenant, after, number(limit)])
            .await?;
        rows.into_iter().map(erased_row).collect()
    }

    /// What is remembered of a party that was erased.
    ///
    /// # Errors
    /// If the database fails or the row is damaged.
    pub async fn erased_party(
        &self,
        tenant: &str,
        party: PartyId,
    ) -> Result<Option<ErasedRow>, StoreError> {
        let sql = format!("SELECT {ERASED} FROM erased e WHERE e.tenant = $1 AND e.party_id = $2");
        let rows = self.rows(sql, params![tenant, party]).await?;
        rows.into_iter().next().map(erased_row).transpose()
    }

    /// What is remembered of the erased party that held an account.
    ///
    /// # Errors
    /// If the database fails or the row is damaged.
    pub async fn erased_holder(
        &self,
        tenant: &str,
        account: AccountId,
    ) -> Result<Option<ErasedRow>, StoreError> {
        let sql = format!(
            "SELECT {ERASED} FROM erased_account a CROSS JOIN erased e \
             WHERE a.tenant = $1 AND a.account_id = $2 AND e.tenant = a.tenant AND e.party_id = a.party_id"
        );
        let rows = self.rows(sql, params![tenant, account]).await?;
        rows.into_iter().next().map(erased_row).transpose()
    }

    /// What was erased of a party that is still there, oldest first.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn expired(
        &self,
        tenant: &str,
        party: PartyId,
    ) -> Result<Vec<ExpiredRow>, StoreError> {
        let sql = "SELECT party_id, record_id, class, at, ground FROM expired \
                   WHERE tenant = $1 AND party_id = $2 ORDER BY record_id, class";
        let rows = self.rows(sql, params![tenant, party]).await?;
        rows.into_iter().map(expired_row).collect()
    }

    /// Parties of which something may be due at an instant, then those that must be reckoned anew.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn parties_to_look_at(
        &self,
        tenant: &str,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<PartyRow>, StoreError> {
        let mut found = Vec::new();
        for (least, most) in [(1, now.as_millis()), (0, 0)] {
            let sql = format!(
                "SELECT {PARTY} FROM party p WHERE p.tenant = $1 AND p.keep_at >= $2 AND p.keep_at <= $3 \
                 ORDER BY p.keep_at, p.party_id LIMIT $4"
            );
            let left = limit.saturating_sub(found.len());
            let rows = self
                .rows(sql, params![tenant, least, most, number(left)])
                .await?;
            found.extend(
                rows.into_iter()
                    .map(party_row)
                    .collect::<Result<Vec<_>, _>>()?,
            );
        }
        Ok(found)
    }

    /// Lets a page of parties be reckoned anew, in the order of their ids; gives the last of them, or nothing when there are
    /// no more.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn look_again(
        &self,
        tenant: &str,
        after: Option<PartyId>,
        limit: usize,
    ) -> Result<Option<PartyId>, StoreError> {
        let page = self.list_parties(tenant, after, limit, None).await?;
        let Some(last) = page.last().map(|row| row.party) else {
            return Ok(None);
        };
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let sql =
            "UPDATE party SET keep_at = 0 WHERE tenant = $1 AND party_id > $2 AND party_id <= $3";
        let mut tx = self.database.begin().await?;
        tx.execute(sql.into(), params![tenant, after, last]).await?;
        tx.commit().await?;
        Ok(Some(last))
    }

    /// How many parties were due before an instant and have not been looked at since.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn overdue(&self, tenant: &str, before: Timestamp) -> Result<u64, StoreError> {
        let sql = "SELECT COUNT(*) FROM party \
                   WHERE tenant = $1 AND keep_at > 0 AND keep_at < $2";
        let rows = self.rows(sql, params![tenant, before]).await?;
        let row = rows.into_iter().next().unwrap_or_default();
        Reader::new("count", row).number("count")
    }

    /// Notes when parties are to be looked at again.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn note_keep_at(&self, tenant: &str, notes: &[KeepAt]) -> Result<(), StoreError> {
        if notes.is_empty() {
            return Ok(());
        }
        let row = |n: &KeepAt| {
            let at = n.at.map_or(NEVER, Timestamp::as_millis);
            params![tenant, n.party, n.version, at]
        };
        let mut tx = self.database.begin().await?;
        run(&mut *tx, &KEEP_AT, notes.iter().map(row).collect()).await?;
        tx.commit().await?;
        Ok(())
    }

    /// A hold.
    ///
    /// # Errors
    /// If the database fails or the row is damaged.
    pub async fn hold(&self, tenant: &str, hold: HoldId) -> Result<Option<HoldRow>, StoreError> {
        let sql = format!("SELECT {HOLD} FROM hold WHERE tenant = $1 AND hold_id = $2");
        let rows = self.rows(sql, params![tenant, hold]).await?;
        rows.into_iter().next().map(hold_row).transpose()
    }

    /// Holds in the order of their ids, ended ones too or only those that were not released.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn list_holds(
        &self,
        tenant: &str,
        live: bool,
        after: Option<HoldId>,
        limit: usize,
    ) -> Result<Vec<HoldRow>, StoreError> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let live = if live { " AND released_at IS NULL" } else { "" };
        let sql = format!(
            "SELECT {HOLD} FROM hold WHERE tenant = $1 AND hold_id > $2{live} ORDER BY hold_id LIMIT $3"
        );
        let rows = self
            .rows(sql, params![tenant, after, number(limit)])
            .await?;
        rows.into_iter().map(hold_row).collect()
    }

    /// Holds that are over by themselves at an instant and were not released yet.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn holds_over(
        &self,
        tenant: &str,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<HoldRow>, StoreError> {
        let sql = format!(
            "SELECT {HOLD} FROM hold WHERE tenant = $1 AND released_at IS NULL AND expires_at IS NOT NULL \
             AND expires_at <= $2 ORDER BY expires_at, hold_id LIMIT $3"
        );
        let rows = self.rows(sql, params![tenant, now, number(limit)]).await?;
        rows.into_iter().map(hold_row).collect()
    }
}
