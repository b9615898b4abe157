//! Look-ups of customers taken over from an earlier system, and of campaigns.

use bonafide_model::{AccountId, Timestamp};

use super::number;
use crate::database::{Param, params};
use crate::dialect::Dialect;
use crate::row::{Reader, Row};
use crate::rows::{CampaignRow, CampaignTally, ImportedRow, TokenMatch};
use crate::{Store, StoreError};

/// Tokens of one look-up: a batch of rows with a handful each, well below what either engine takes as parameters.
pub const IMPORT_TOKENS_MAX: usize = 16_384;

const IMPORTED: &str = "token, source, party_id, account_id, content, run_id, at";
const CAMPAIGN: &str = "campaign_id, cohort, first_at, deadline, opened_at";

fn imported_row(row: Row) -> Result<ImportedRow, StoreError> {
    let mut row = Reader::new("imported", row);
    Ok(ImportedRow {
        token: row.blob("token")?,
        source: row.text("source")?,
        party: row.id("party_id")?,
        account: row.id("account_id")?,
        content: row.blob("content")?,
        run: row.text("run_id")?,
        at: row.time("at")?,
    })
}

fn campaign_row(row: Row) -> Result<CampaignRow, StoreError> {
    let mut row = Reader::new("campaign", row);
    Ok(CampaignRow {
        campaign: row.text("campaign_id")?,
        cohort: row.text("cohort")?,
        first_at: row.time("first_at")?,
        deadline: row.time("deadline")?,
        opened_at: row.time("opened_at")?,
    })
}

/// A condition that names a tenant and tokens, with its parameters: filled up to a power of two with the last token, so that
/// there are few statements.
fn is_any_of(
    dialect: Dialect,
    tenant: &str,
    tokens: &[Vec<u8>],
) -> Result<(String, Vec<Param>), StoreError> {
    if tokens.len() > IMPORT_TOKENS_MAX {
        let message = format!("a look-up has at most {IMPORT_TOKENS_MAX} tokens");
        return Err(StoreError::Refused(message));
    }
    let count = tokens.len().next_power_of_two();
    let mut params = params![tenant];
    let last = tokens.last().cloned().unwrap_or_default();
    let filled = tokens.iter().cloned().chain(std::iter::repeat(last));
    params.extend(filled.take(count).map(Into::into));
    let mut sql = String::from("tenant = ");
    dialect.place(&mut sql, 1);
    sql.push_str(" AND token IN (");
    for n in 0..count {
        sql.push_str(if n == 0 { "" } else { ", " });
        dialect.place(&mut sql, n + 2);
    }
    sql.push(')');
    Ok((sql, params))
}

impl Store {
    /// The rows that were taken over under these tokens.
    ///
    /// # Errors
    /// If there are more than [`IMPORT_TOKENS_MAX`], the database fails or a row is damaged.
    pub async fn imported(
        &self,
        tenant: &str,
        tokens: &[Vec<u8>],
    ) -> Result<Vec<ImportedRow>, StoreError> {
        if tokens.is_empty() {
            return Ok(Vec::new());
        }
        let (condition, params) = is_any_of(self.database.dialect(), tenant, tokens)?;
        let sql = format!("SELECT {IMPORTED} FROM imported WHERE {condition}");
        let rows = self.rows(sql, params).await?;
        rows.into_iter().map(imported_row).collect()
    }

    /// The earlier systems that customers were taken over from.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn import_sources(&self, tenant: &str) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT DISTINCT source FROM imported WHERE tenant = $1 ORDER BY source";
        let rows = self.rows(sql, params![tenant]).await?;
        let read = |row| Reader::new("imported", row).text("source");
        rows.into_iter().map(read).collect()
    }

    /// The rows that were taken over as an account.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn imported_as(
        &self,
        tenant: &str,
        account: AccountId,
    ) -> Result<Vec<ImportedRow>, StoreError> {
        let sql = format!(
            "SELECT {IMPORTED} FROM imported WHERE tenant = $1 AND account_id = $2 ORDER BY token"
        );
        let rows = self.rows(sql, params![tenant, account]).await?;
        rows.into_iter().map(imported_row).collect()
    }

    /// Open accounts that were taken over from a source, or from any, were not approved, and have no date of a campaign; in
    /// the order of their ids.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn accounts_to_verify(
        &self,
        tenant: &str,
        source: Option<&str>,
        after: Option<AccountId>,
        limit: usize,
    ) -> Result<Vec<AccountId>, StoreError> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let mut params = params![tenant, after, number(limit)];
        let mut condition = "";
        if let Some(source) = source {
            condition = " AND i.source = $4";
            params.push(source.into());
        }
        let sql = format!(
            "SELECT DISTINCT i.account_id FROM imported i JOIN account a \
             ON a.tenant = i.tenant AND a.account_id = i.account_id \
             WHERE i.tenant = $1 AND i.account_id > $2 AND a.closed_at IS NULL AND a.decision <> 'approve'{condition} \
             AND NOT EXISTS (SELECT 1 FROM campaign_account c WHERE c.tenant = i.tenant AND c.account_id = i.account_id) \
             ORDER BY i.account_id LIMIT $3"
        );
        let rows = self.rows(sql, params).await?;
        let ids = rows
            .into_iter()
            .map(|row| Reader::new("imported", row).id("account_id"));
        ids.collect()
    }

    /// Whom each of these tokens of the blind index finds; a token that finds nobody is left out.
    ///
    /// # Errors
    /// If there are more than [`IMPORT_TOKENS_MAX`], the database fails or a row is damaged.
    pub async fn match_tokens(
        &self,
        tenant: &str,
        tokens: &[Vec<u8>],
    ) -> Result<Vec<TokenMatch>, StoreError> {
        if tokens.is_empty() {
            return Ok(Vec::new());
        }
        let (condition, params) = is_any_of(self.database.dialect(), tenant, tokens)?;
        let sql = format!(
            "SELECT token, MIN(party_id) AS party_id, COUNT(DISTINCT party_id) AS parties FROM blind \
             WHERE {condition} GROUP BY token"
        );
        let rows = self.rows(sql, params).await?;
        let read = |row| {
            let mut row = Reader::new("blind", row);
            Ok(TokenMatch {
                token: row.blob("token")?,
                party: row.id("party_id")?,
                parties: row.number("parties")?,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// Every campaign, the oldest first.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn campaigns(&self, tenant: &str) -> Result<Vec<CampaignRow>, StoreError> {
        let sql = format!(
            "SELECT {CAMPAIGN} FROM campaign WHERE tenant = $1 ORDER BY opened_at, campaign_id"
        );
        let rows = self.rows(sql, params![tenant]).await?;
        rows.into_iter().map(campaign_row).collect()
    }

    /// How the accounts of a campaign stand at an instant.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn campaign_tally(
        &self,
        tenant: &str,
        campaign: &str,
        now: Timestamp,
    ) -> Result<Vec<CampaignTally>, StoreError> {
        let sql = "SELECT a.state AS state, a.decision AS decision, \
                   CAST(CASE WHEN c.due_at <= $3 THEN 1 ELSE 0 END AS BIGINT) AS due, COUNT(*) AS accounts \
                   FROM campaign_account c JOIN account a ON a.tenant = c.tenant AND a.account_id = c.account_id \
                   WHERE c.tenant = $1 AND c.campaign_id = $2 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3";
        let rows = self.rows(sql, params![tenant, campaign, now]).await?;
        let read = |row| {
            let mut row = Reader::new("campaign_account", row);
            Ok(CampaignTally {
                state: row.text("state")?,
                decision: row.text("decision")?,
                due: row.int("due")? != 0,
                accounts: row.number("accounts")?,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// The dates that a campaign gave, in the order of account ids.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn campaign_dates(
        &self,
        tenant: &str,
        campaign: &str,
        after: Option<AccountId>,
        limit: usize,
    ) -> Result<Vec<(AccountId, Timestamp)>, StoreError> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let sql = "SELECT account_id, due_at FROM campaign_account WHERE tenant = $1 AND campaign_id = $2 \
                   AND account_id > $3 ORDER BY account_id LIMIT $4";
        let rows = self
            .rows(sql, params![tenant, campaign, after, number(limit)])
            .await?;
        let read = |row| {
            let mut row = Reader::new("campaign_account", row);
            Ok((row.id("account_id")?, row.time("due_at")?))
        };
        rows.into_iter().map(read).collect()
    }
}
