//! Look-ups of accounts.

use bonafide_model::{AccountId, PartyId};

use super::case::{case_row, pending_of_account};
use super::number;
use super::party::{ENTRY, KEYS, PARTY, entry_row, key_row, party_row};
use crate::database::params;
use crate::row::{Reader, Row};
use crate::rows::{AccountFilter, AccountRow, Counts, LoadedAccount};
use crate::{Store, StoreError};

const ACCOUNT: &str = "account_id, holder, product, state, decision, risk, review_at, version, created_at, closed_at, \
                       last_access_at";

fn account_row(row: Row) -> Result<AccountRow, StoreError> {
    let mut row = Reader::new("account", row);
    Ok(AccountRow {
        account: row.id("account_id")?,
        holder: row.id("holder")?,
        product: row.text("product")?,
        state: row.text("state")?,
        decision: row.text("decision")?,
        risk: row.text("risk")?,
        review_at: row.opt_time("review_at")?,
        version: row.int("version")?,
        created_at: row.time("created_at")?,
        closed_at: row.opt_time("closed_at")?,
        last_access_at: row.opt_time("last_access_at")?,
    })
}

impl Store {
    /// An account.
    ///
    /// # Errors
    /// If the database fails or the row is damaged.
    pub async fn account(
        &self,
        tenant: &str,
        id: AccountId,
    ) -> Result<Option<AccountRow>, StoreError> {
        let sql = format!("SELECT {ACCOUNT} FROM account WHERE tenant = $1 AND account_id = $2");
        let rows = self.rows(sql, params![tenant, id]).await?;
        rows.into_iter().next().map(account_row).transpose()
    }

    /// An account with its parties, their keys, and those of their entries that concern this account or none, read at one
    /// instant.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn load_account(
        &self,
        tenant: &str,
        id: AccountId,
    ) -> Result<Option<LoadedAccount>, StoreError> {
        let mut tx = self.database.snapshot().await?;
        let sql = format!("SELECT {ACCOUNT} FROM account WHERE tenant = $1 AND account_id = $2");
        let account = tx.fetch(sql.into(), params![tenant, id]).await?;
        let Some(account) = account.into_iter().next() else {
            tx.rollback().await?;
            return Ok(None);
        };
        // `CROSS JOIN` keeps the order: without it SQLite begins with every entry of the tenant.
        let of_account = "l.tenant = $1 AND l.account_id = $2";
        let sql = format!(
            "SELECT {PARTY} FROM account_party l CROSS JOIN party p \
             WHERE {of_account} AND p.tenant = l.tenant AND p.party_id = l.party_id ORDER BY p.party_id"
        );
        let parties = tx.fetch(sql.into(), params![tenant, id]).await?;
        let sql = format!(
            "SELECT {KEYS} FROM account_party l CROSS JOIN key_row k \
             WHERE {of_account} AND k.tenant = l.tenant AND k.party_id = l.party_id ORDER BY k.party_id"
        );
        let keys = tx.fetch(sql.into(), params![tenant, id]).await?;
        let sql = format!(
            "SELECT {ENTRY} FROM account_party l CROSS JOIN entry e \
             WHERE {of_account} AND e.tenant = l.tenant AND e.party_id = l.party_id AND (e.account_id IS NULL OR e.account_id = $2 OR e.kind <> 'assessed') \
             ORDER BY e.record_id, e.party_id"
        );
        let entries = tx.fetch(sql.into(), params![tenant, id]).await?;
        let cases = tx
            .fetch(pending_of_account().into(), params![tenant, id])
            .await?;
        tx.rollback().await?;
        Ok(Some(LoadedAccount {
            cases: cases.into_iter().map(case_row).collect::<Result<_, _>>()?,
            account: account_row(account)?,
            parties: parties
                .into_iter()
                .map(party_row)
                .collect::<Result<_, _>>()?,
            keys: keys.into_iter().map(key_row).collect::<Result<_, _>>()?,
            entries: entries
                .into_iter()
                .map(entry_row)
                .collect::<Result<_, _>>()?,
        }))
    }

    /// The accounts that a party stands to, in the order of their ids.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn accounts_of_party(
        &self,
        tenant: &str,
        party: PartyId,
        limit: usize,
    ) -> Result<Vec<AccountId>, StoreError> {
        let sql = "SELECT account_id FROM account_party WHERE tenant = $1 AND party_id = $2 \
                   ORDER BY account_id LIMIT $3";
        let rows = self
            .rows(sql, params![tenant, party, number(limit)])
            .await?;
        let ids = rows
            .into_iter()
            .map(|row| Reader::new("account_party", row).id("account_id"));
        ids.collect()
    }

    /// Accounts in the order of their ids, those that a filter lets through.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn list_accounts(
        &self,
        tenant: &str,
        filter: &AccountFilter,
        after: Option<AccountId>,
        limit: usize,
    ) -> Result<Vec<AccountRow>, StoreError> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let mut params = params![tenant, after, number(limit)];
        let mut sql =
            format!("SELECT {ACCOUNT} FROM account WHERE tenant = $1 AND account_id > $2");
        let wanted = [
            ("state", &filter.state),
            ("decision", &filter.decision),
            ("risk", &filter.risk),
            ("product", &filter.product),
        ];
        for (column, value) in wanted {
            if let Some(value) = value {
                params.push(value.as_str().into());
                sql.push_str(&format!(" AND {column} = ${}", params.len()));
            }
        }
        if let Some(before) = filter.review_before {
            params.push(before.into());
            sql.push_str(&format!(" AND review_at < ${}", params.len()));
        }
        sql.push_str(" ORDER BY account_id LIMIT $3");
        let rows = self.rows(sql, params).await?;
        rows.into_iter().map(account_row).collect()
    }

    /// How much there is of what.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn counts(&self, tenant: &str) -> Result<Counts, StoreError> {
        let count = async |sql: &'static str| {
            let rows = self.rows(sql, params![tenant]).await?;
            let row = rows.into_iter().next().unwrap_or_default();
            Reader::new("count", row).number("count")
        };
        let sql = "SELECT decision, COUNT(*) FROM account WHERE tenant = $1 GROUP BY decision ORDER BY decision";
        let accounts = self
            .rows(sql, params![tenant])
            .await?
            .into_iter()
            .map(|row| {
                let mut row = Reader::new("account", row);
                Ok((row.text("decision")?, row.number("count")?))
            });
        Ok(Counts {
            accounts: accounts.collect::<Result<_, StoreError>>()?,
            parties: count("SELECT COUNT(*) FROM party WHERE tenant = $1").await?,
            pending_records: count(
                "SELECT COUNT(*) FROM record WHERE tenant = $1 AND leaf_index IS NULL",
            )
            .await?,
        })
    }
}
