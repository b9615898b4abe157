//! Look-ups of rescreening: profiles in the order of their parties, and how far each rescreening has come.

use bonafide_model::{PartyId, RecordId};

use super::number;
use super::party::KEYS;
use crate::database::params;
use crate::row::{Reader, Row};
use crate::rows::{KeyRow, ProfileRow, RescreeningRow};
use crate::{Store, StoreError};

const RESCREENING: &str = "record_id, list, from_digest, to_digest, started_at, after_party, parties, screened, alerts, \
                           ended, finished_at";

fn rescreening_row(row: Row) -> Result<RescreeningRow, StoreError> {
    let mut row = Reader::new("rescreening", row);
    Ok(RescreeningRow {
        record: row.id("record_id")?,
        list: row.text("list")?,
        from: row.opt_text("from_digest")?,
        to: row.text("to_digest")?,
        started_at: row.time("started_at")?,
        after: row.opt_id("after_party")?,
        parties: row.number("parties")?,
        screened: row.number("screened")?,
        alerts: row.number("alerts")?,
        ended: row.number("ended")?,
        finished_at: row.opt_time("finished_at")?,
    })
}

impl Store {
    /// Profiles of parties, with their keys, in the order of the parties, those after one first.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn profiles(
        &self,
        tenant: &str,
        after: Option<PartyId>,
        limit: usize,
    ) -> Result<Vec<ProfileRow>, StoreError> {
        let sql = format!(
            "SELECT {KEYS}, s.sealed FROM key_row k LEFT JOIN screening_profile s \
             ON s.tenant = k.tenant AND s.party_id = k.party_id \
             WHERE k.tenant = $1 AND k.party_id > $2 ORDER BY k.party_id LIMIT $3"
        );
        let after = after.map_or_else(String::new, |party| party.to_string());
        let rows = self
            .rows(sql, params![tenant, after, number(limit)])
            .await?;
        let read = |row: Row| {
            let mut row = Reader::new("screening_profile", row);
            let party = row.id("party_id")?;
            Ok(ProfileRow {
                party,
                keys: KeyRow {
                    party,
                    epoch: row.int("epoch")?,
                    wrapped: row.blob("wrapped")?,
                },
                sealed: row.opt_blob("sealed")?,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// A rescreening.
    ///
    /// # Errors
    /// If the database fails or the row is damaged.
    pub async fn rescreening(
        &self,
        tenant: &str,
        record: RecordId,
    ) -> Result<Option<RescreeningRow>, StoreError> {
        let sql =
            format!("SELECT {RESCREENING} FROM rescreening WHERE tenant = $1 AND record_id = $2");
        let rows = self.rows(sql, params![tenant, record]).await?;
        rows.into_iter().next().map(rescreening_row).transpose()
    }

    /// The rescreenings of a list, the latest first.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn rescreenings(
        &self,
        tenant: &str,
        list: &str,
        limit: usize,
    ) -> Result<Vec<RescreeningRow>, StoreError> {
        let sql = format!(
            "SELECT {RESCREENING} FROM rescreening WHERE tenant = $1 AND list = $2 ORDER BY record_id DESC LIMIT $3"
        );
        let rows = self.rows(sql, params![tenant, list, number(limit)]).await?;
        rows.into_iter().map(rescreening_row).collect()
    }
}
