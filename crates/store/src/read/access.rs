//! Look-ups of staff, of what they were granted, and of what was opened.

use bonafide_model::{PartyId, RecordId, Timestamp};

use super::number;
use crate::database::params;
use crate::row::{Reader, Row};
use crate::rows::{GrantRow, OpeningRow, RestorationRow, SearchRow, StaffRow};
use crate::{Store, StoreError};

pub(crate) const STAFF: &str = "handle, created_at, suspended_at, envelope";
pub(crate) const GRANT: &str = "handle, role, granted_at, expires_at";
/// What stands in place of the attributes where the text of a case was opened and no field of an identity.
pub const CASE_ENTRIES: &str = "case_entries";
const OPENING: &str = "party_id, record_id, actor, purpose, case_id, fields, at";

impl Store {
    /// A member of staff by handle.
    ///
    /// # Errors
    /// If the database fails or the row is damaged.
    pub async fn staff_member(
        &self,
        tenant: &str,
        handle: &str,
    ) -> Result<Option<StaffRow>, StoreError> {
        let sql = format!("SELECT {STAFF} FROM staff WHERE tenant = $1 AND handle = $2");
        let rows = self.rows(sql, params![tenant, handle]).await?;
        rows.into_iter().next().map(staff_row).transpose()
    }

    /// Every member of staff, by handle.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn staff(&self, tenant: &str) -> Result<Vec<StaffRow>, StoreError> {
        let sql = format!("SELECT {STAFF} FROM staff WHERE tenant = $1 ORDER BY handle");
        let rows = self.rows(sql, params![tenant]).await?;
        rows.into_iter().map(staff_row).collect()
    }

    /// Grants of one member of staff, or of all.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn grants(
        &self,
        tenant: &str,
        handle: Option<&str>,
    ) -> Result<Vec<GrantRow>, StoreError> {
        let rows = match handle {
            Some(handle) => {
                let sql = format!(
                    "SELECT {GRANT} FROM staff_grant WHERE tenant = $1 AND handle = $2 ORDER BY role"
                );
                self.rows(sql, params![tenant, handle]).await?
            }
            None => {
                let sql = format!(
                    "SELECT {GRANT} FROM staff_grant WHERE tenant = $1 ORDER BY handle, role"
                );
                self.rows(sql, params![tenant]).await?
            }
        };
        rows.into_iter().map(grant_row).collect()
    }

    /// What was opened of a party, oldest first.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn openings_of_party(
        &self,
        tenant: &str,
        party: PartyId,
        after: Option<RecordId>,
        limit: usize,
    ) -> Result<Vec<OpeningRow>, StoreError> {
        let sql = format!(
            "SELECT {OPENING} FROM opening WHERE tenant = $1 AND party_id = $2 AND record_id > $3 \
             ORDER BY record_id LIMIT $4"
        );
        let params = params![tenant, party, text(after), number(limit)];
        let rows = self.rows(sql, params).await?;
        rows.into_iter().map(opening_row).collect()
    }

    /// What somebody opened, oldest first.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn openings_by_actor(
        &self,
        tenant: &str,
        actor: &str,
        after: Option<RecordId>,
        limit: usize,
    ) -> Result<Vec<OpeningRow>, StoreError> {
        let sql = format!(
            "SELECT {OPENING} FROM opening WHERE tenant = $1 AND actor = $2 AND record_id > $3 \
             ORDER BY record_id LIMIT $4"
        );
        let params = params![tenant, actor, text(after), number(limit)];
        let rows = self.rows(sql, params).await?;
        rows.into_iter().map(opening_row).collect()
    }

    /// How many openings of identity fields somebody made since an instant, and how many more than a day's measure others allow them now.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn openings_since(
        &self,
        tenant: &str,
        actor: &str,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<(u64, u64), StoreError> {
        let sql = "SELECT COUNT(*) AS made, CAST((SELECT COALESCE(SUM(more), 0) FROM opening_allowance \
                   WHERE tenant = $1 AND actor = $2 AND expires_at > $4) AS BIGINT) AS allowed \
                   FROM opening WHERE tenant = $1 AND actor = $2 AND at > $3 AND fields <> $5";
        let rows = self
            .rows(sql, params![tenant, actor, since, now, CASE_ENTRIES])
            .await?;
        let read = |row| {
            let mut row = Reader::new("opening", row);
            Ok((positive(row.int("made")?), positive(row.int("allowed")?)))
        };
        rows.into_iter().next().map_or(Ok((0, 0)), read)
    }

    /// What was put back, oldest first; only what no record tells of yet where that is asked.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn restorations(
        &self,
        tenant: &str,
        unrecorded: bool,
    ) -> Result<Vec<RestorationRow>, StoreError> {
        let only = if unrecorded {
            "AND record_id IS NULL"
        } else {
            ""
        };
        let sql = format!(
            "SELECT at, what, source, source_at, actor, asked, record_id FROM restoration \
             WHERE tenant = $1 {only} ORDER BY at, what"
        );
        let rows = self.rows(sql, params![tenant]).await?;
        let read = |row| {
            let mut row = Reader::new("restoration", row);
            Ok(RestorationRow {
                at: row.time("at")?,
                what: row.text("what")?,
                source: row.text("source")?,
                source_at: row.time("source_at")?,
                actor: row.text("actor")?,
                asked: row.text("asked")?,
                record: row.opt_id("record_id")?,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// Searches by a value that somebody made, oldest first.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn searches_by_actor(
        &self,
        tenant: &str,
        actor: &str,
        after: Option<RecordId>,
        limit: usize,
    ) -> Result<Vec<SearchRow>, StoreError> {
        let sql = "SELECT actor, record_id, purpose, attribute, found, at FROM search_made \
                   WHERE tenant = $1 AND actor = $2 AND record_id > $3 ORDER BY record_id LIMIT $4";
        let params = params![tenant, actor, text(after), number(limit)];
        let rows = self.rows(sql, params).await?;
        rows.into_iter().map(search_row).collect()
    }
}

/// Before every record there is the empty text.
fn text(after: Option<RecordId>) -> String {
    after.map(|id| id.to_string()).unwrap_or_default()
}

fn positive(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

pub(crate) fn staff_row(row: Row) -> Result<StaffRow, StoreError> {
    let mut row = Reader::new("staff", row);
    Ok(StaffRow {
        handle: row.text("handle")?,
        created_at: row.time("created_at")?,
        suspended_at: row.opt_time("suspended_at")?,
        envelope: row.opt_blob("envelope")?,
    })
}

pub(crate) fn grant_row(row: Row) -> Result<GrantRow, StoreError> {
    let mut row = Reader::new("staff_grant", row);
    Ok(GrantRow {
        handle: row.text("handle")?,
        role: row.text("role")?,
        granted_at: row.time("granted_at")?,
        expires_at: row.opt_time("expires_at")?,
    })
}

fn opening_row(row: Row) -> Result<OpeningRow, StoreError> {
    let mut row = Reader::new("opening", row);
    Ok(OpeningRow {
        party: row.id("party_id")?,
        record: row.id("record_id")?,
        actor: row.text("actor")?,
        purpose: row.text("purpose")?,
        case: row.text("case_id")?,
        fields: row.text("fields")?,
        at: row.time("at")?,
    })
}

fn search_row(row: Row) -> Result<SearchRow, StoreError> {
    let mut row = Reader::new("search_made", row);
    Ok(SearchRow {
        actor: row.text("actor")?,
        record: row.id("record_id")?,
        purpose: row.text("purpose")?,
        attribute: row.text("attribute")?,
        found: row.int("found")?,
        at: row.time("at")?,
    })
}
