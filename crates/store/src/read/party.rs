//! Look-ups of parties: themselves, their entries, holds and remembered answers, and finding them by blind index.

use std::collections::BTreeSet;

use bonafide_model::{PartyId, RecordId};

use super::{number, places};
use crate::database::{Transaction, params};
use crate::row::{Reader, Row};
use crate::rows::{EntryRow, HoldRow, IdempotencyRow, KeyRow, PartyBundle, PartyRow, TimelineRow};
use crate::{Store, StoreError};

/// Tokens of one search: more than any name has parts.
pub const SEARCH_TOKENS_MAX: usize = 64;

pub(super) const PARTY: &str = "p.party_id, p.kind, p.version, p.created_at";
pub(super) const KEYS: &str = "k.party_id, k.epoch, k.wrapped";
pub(super) const ENTRY: &str = "e.party_id, e.record_id, e.account_id, e.kind, e.at, e.envelope";

pub(super) const HOLD: &str = "hold_id, party_id, starts_at, expires_at, released_at, envelope";

pub(super) fn party_row(row: Row) -> Result<PartyRow, StoreError> {
    let mut row = Reader::new("party", row);
    Ok(PartyRow {
        party: row.id("party_id")?,
        kind: row.text("kind")?,
        version: row.int("version")?,
        created_at: row.time("created_at")?,
    })
}

pub(super) fn key_row(row: Row) -> Result<KeyRow, StoreError> {
    let mut row = Reader::new("key_row", row);
    Ok(KeyRow {
        party: row.id("party_id")?,
        epoch: row.int("epoch")?,
        wrapped: row.blob("wrapped")?,
    })
}

pub(super) fn entry_row(row: Row) -> Result<EntryRow, StoreError> {
    let mut row = Reader::new("entry", row);
    Ok(EntryRow {
        party: row.id("party_id")?,
        record: row.id("record_id")?,
        account: row.opt_id("account_id")?,
        kind: row.text("kind")?,
        at: row.time("at")?,
        envelope: row.blob("envelope")?,
    })
}

pub(super) fn hold_row(row: Row) -> Result<HoldRow, StoreError> {
    let mut row = Reader::new("hold", row);
    Ok(HoldRow {
        hold: row.id("hold_id")?,
        party: row.id("party_id")?,
        starts_at: row.time("starts_at")?,
        expires_at: row.opt_time("expires_at")?,
        released_at: row.opt_time("released_at")?,
        envelope: row.blob("envelope")?,
    })
}

fn timeline_row(row: Row) -> Result<TimelineRow, StoreError> {
    let mut row = Reader::new("entry", row);
    Ok(TimelineRow {
        record: row.id("record_id")?,
        account: row.opt_id("account_id")?,
        kind: row.text("kind")?,
        at: row.time("at")?,
        leaf_index: row.opt_number("leaf_index")?,
    })
}

impl Store {
    /// A party.
    ///
    /// # Errors
    /// If the database fails or the row is damaged.
    pub async fn party(&self, tenant: &str, id: PartyId) -> Result<Option<PartyRow>, StoreError> {
        let sql = format!("SELECT {PARTY} FROM party p WHERE p.tenant = $1 AND p.party_id = $2");
        let rows = self.rows(sql, params![tenant, id]).await?;
        rows.into_iter().next().map(party_row).transpose()
    }

    /// Parties in the order of their ids, those of one kind or all.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn list_parties(
        &self,
        tenant: &str,
        after: Option<PartyId>,
        limit: usize,
        kind: Option<&str>,
    ) -> Result<Vec<PartyRow>, StoreError> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let mut params = params![tenant, after, number(limit)];
        let mut condition = "";
        if let Some(kind) = kind {
            condition = " AND p.kind = $4";
            params.push(kind.into());
        }
        let sql = format!(
            "SELECT {PARTY} FROM party p WHERE p.tenant = $1 AND p.party_id > $2{condition} ORDER BY p.party_id LIMIT $3"
        );
        let rows = self.rows(sql, params).await?;
        rows.into_iter().map(party_row).collect()
    }

    /// A party with its keys and every entry about it, read at one instant.
    ///
    /// # Errors
    /// If the database fails, a row is damaged, or the party has no keys.
    pub async fn party_bundle(
        &self,
        tenant: &str,
        id: PartyId,
    ) -> Result<Option<PartyBundle>, StoreError> {
        let mut tx = self.database.snapshot().await?;
        let bundle = bundle_in(&mut *tx, tenant, id).await;
        tx.rollback().await?;
        bundle
    }

    /// The records about a party, oldest first, with their places in the ledger.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn timeline(
        &self,
        tenant: &str,
        party: PartyId,
        after: Option<RecordId>,
        limit: usize,
    ) -> Result<Vec<TimelineRow>, StoreError> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let sql = "SELECT e.record_id, e.account_id, e.kind, e.at, r.leaf_index FROM entry e \
                   LEFT JOIN record r ON r.tenant = e.tenant AND r.record_id = e.record_id \
                   WHERE e.tenant = $1 AND e.party_id = $2 AND e.record_id > $3 ORDER BY e.record_id LIMIT $4";
        let rows = self.rows(sql, params![tenant, party, after, number(limit)]);
        rows.await?.into_iter().map(timeline_row).collect()
    }

    /// Parties that have every one of these tokens, in the order of their ids. No token finds nobody.
    ///
    /// # Errors
    /// If there are more than [`SEARCH_TOKENS_MAX`] tokens, or the database fails.
    pub async fn find(
        &self,
        tenant: &str,
        tokens: &[Vec<u8>],
        limit: usize,
    ) -> Result<Vec<PartyId>, StoreError> {
        let tokens: BTreeSet<&Vec<u8>> = tokens.iter().collect();
        if tokens.is_empty() {
            return Ok(Vec::new());
        }
        if tokens.len() > SEARCH_TOKENS_MAX {
            let message = format!("a search has at most {SEARCH_TOKENS_MAX} parts");
            return Err(StoreError::Refused(message));
        }
        let sql = format!(
            "SELECT party_id FROM blind WHERE tenant = $1 AND token IN ({}) GROUP BY party_id \
             HAVING COUNT(DISTINCT token) = $2 ORDER BY party_id LIMIT $3",
            places(4, tokens.len())
        );
        let mut params = params![tenant, number(tokens.len()), number(limit)];
        params.extend(tokens.into_iter().map(|token| token.clone().into()));
        let rows = self.rows(sql, params).await?;
        let ids = rows
            .into_iter()
            .map(|row| Reader::new("blind", row).id("party_id"));
        ids.collect()
    }

    /// The holds on a party, ended ones too.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn holds(&self, tenant: &str, party: PartyId) -> Result<Vec<HoldRow>, StoreError> {
        let sql =
            format!("SELECT {HOLD} FROM hold WHERE tenant = $1 AND party_id = $2 ORDER BY hold_id");
        let rows = self.rows(sql, params![tenant, party]).await?;
        rows.into_iter().map(hold_row).collect()
    }

    /// The answer that is remembered for a key of a route.
    ///
    /// # Errors
    /// If the database fails or the row is damaged.
    pub async fn idempotency(
        &self,
        tenant: &str,
        route: &str,
        key: &str,
    ) -> Result<Option<IdempotencyRow>, StoreError> {
        let sql = "SELECT route, key, body_mac, status, party_id, envelope, at FROM idempotency \
                   WHERE tenant = $1 AND route = $2 AND key = $3";
        let rows = self.rows(sql, params![tenant, route, key]).await?;
        let read = |row| {
            let mut row = Reader::new("idempotency", row);
            Ok(IdempotencyRow {
                route: row.text("route")?,
                key: row.text("key")?,
                body_mac: row.blob("body_mac")?,
                status: {
                    let status = row.int("status")?;
                    u16::try_from(status).map_err(|e| row.corrupt("status", e))?
                },
                party: row.opt_id("party_id")?,
                envelope: row.blob("envelope")?,
                at: row.time("at")?,
            })
        };
        rows.into_iter().next().map(read).transpose()
    }
}

/// A party with its keys and entries, as a transaction sees it.
pub(crate) async fn bundle_in(
    tx: &mut dyn Transaction,
    tenant: &str,
    id: PartyId,
) -> Result<Option<PartyBundle>, StoreError> {
    let sql = format!("SELECT {PARTY} FROM party p WHERE p.tenant = $1 AND p.party_id = $2");
    let party = tx.fetch(sql.into(), params![tenant, id]).await?;
    let Some(party) = party.into_iter().next().map(party_row).transpose()? else {
        return Ok(None);
    };
    let sql = format!("SELECT {KEYS} FROM key_row k WHERE k.tenant = $1 AND k.party_id = $2");
    let keys = tx.fetch(sql.into(), params![tenant, id]).await?;
    let keys = keys.into_iter().next().map(key_row).transpose()?;
    let sql = format!(
        "SELECT {ENTRY} FROM entry e WHERE e.tenant = $1 AND e.party_id = $2 ORDER BY e.record_id"
    );
    let entries = tx.fetch(sql.into(), params![tenant, id]).await?;
    let keys = keys.ok_or_else(|| StoreError::Corrupt {
        table: "key_row",
        column: "party_id",
        id: id.to_string(),
        why: "the party has no keys".to_owned(),
    })?;
    let entries = entries
        .into_iter()
        .map(entry_row)
        .collect::<Result<_, _>>()?;
    Ok(Some(PartyBundle {
        party,
        keys,
        entries,
    }))
}
