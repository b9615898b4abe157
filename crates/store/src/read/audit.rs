//! Look-ups of the audit of entries: what is kept beside a party that nothing else reads whole.

use bonafide_model::{PartyId, RecordId};

use super::number;
use super::party::{PARTY, party_row};
use crate::database::params;
use crate::row::Reader;
use crate::rows::{PartyRow, RecordRow};
use crate::{Store, StoreError};

impl Store {
    /// The blind tokens of a party, each with its attribute.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn tokens_of(
        &self,
        tenant: &str,
        party: PartyId,
    ) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let sql = "SELECT attribute, token FROM blind WHERE tenant = $1 AND party_id = $2 ORDER BY attribute, token";
        let rows = self.rows(sql, params![tenant, party]).await?;
        let read = rows.into_iter().map(|row| {
            let mut row = Reader::new("blind", row);
            Ok((row.text("attribute")?, row.blob("token")?))
        });
        read.collect()
    }

    /// The leaf of a record that waits for its place.
    ///
    /// # Errors
    /// If the database fails or the row is damaged.
    pub async fn waiting_leaf(
        &self,
        tenant: &str,
        record: RecordId,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let sql =
            "SELECT leaf FROM record WHERE tenant = $1 AND record_id = $2 AND leaf_index IS NULL";
        let rows = self.rows(sql, params![tenant, record]).await?;
        let read = |row| Reader::new("record", row).blob("leaf");
        rows.into_iter().next().map(read).transpose()
    }

    /// The records of a kind that wait for their places.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn waiting_of_kind(
        &self,
        tenant: &str,
        kind: &str,
    ) -> Result<Vec<RecordRow>, StoreError> {
        let sql = "SELECT record_id, leaf FROM record \
                   WHERE tenant = $1 AND leaf_index IS NULL AND kind = $2 ORDER BY record_id";
        let rows = self.rows(sql, params![tenant, kind]).await?;
        let read = rows.into_iter().map(|row| {
            let mut row = Reader::new("record", row);
            Ok(RecordRow {
                record: row.id("record_id")?,
                leaf: row.blob("leaf")?,
            })
        });
        read.collect()
    }

    /// The ids of parties, in their order, after one of them.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn party_ids(
        &self,
        tenant: &str,
        after: Option<PartyId>,
        limit: usize,
    ) -> Result<Vec<PartyId>, StoreError> {
        let sql = "SELECT party_id FROM party WHERE tenant = $1 AND party_id > $2 ORDER BY party_id LIMIT $3";
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let rows = self
            .rows(sql, params![tenant, after, number(limit)])
            .await?;
        let read = rows
            .into_iter()
            .map(|row| Reader::new("party", row).id("party_id"));
        read.collect()
    }

    /// The parties recorded last, the newest first.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn newest_parties(
        &self,
        tenant: &str,
        limit: usize,
    ) -> Result<Vec<PartyRow>, StoreError> {
        let sql = format!(
            "SELECT {PARTY} FROM party p WHERE p.tenant = $1 ORDER BY p.party_id DESC LIMIT $2"
        );
        let rows = self.rows(sql, params![tenant, number(limit)]).await?;
        rows.into_iter().map(party_row).collect()
    }
}
