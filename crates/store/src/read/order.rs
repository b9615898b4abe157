//! Look-ups behind the answer to an order.

use bonafide_model::{AccountId, PartyId};

use super::number;
use crate::database::params;
use crate::row::Reader;
use crate::{Store, StoreError};

/// What an account and its parties looked like, in numbers that only rise: whoever read the account at the same numbers
/// has read what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountVersions {
    /// The account's version.
    pub account: i64,
    /// How many parties stand to it.
    pub parties: i64,
    /// The sum of their versions.
    pub party_versions: i64,
}

impl Store {
    /// The versions of an account and its parties, in one read; `None` when there is no such account.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn account_versions(
        &self,
        tenant: &str,
        account: AccountId,
    ) -> Result<Option<AccountVersions>, StoreError> {
        let sql = "SELECT a.version, COUNT(p.party_id), CAST(COALESCE(SUM(p.version), 0) AS BIGINT) FROM account a \
                   LEFT JOIN account_party l ON l.tenant = a.tenant AND l.account_id = a.account_id \
                   LEFT JOIN party p ON p.tenant = l.tenant AND p.party_id = l.party_id \
                   WHERE a.tenant = $1 AND a.account_id = $2 GROUP BY a.version";
        let rows = self.rows(sql, params![tenant, account]).await?;
        let read = |row| {
            let mut row = Reader::new("account", row);
            Ok(AccountVersions {
                account: row.int("version")?,
                parties: row.int("count")?,
                party_versions: row.int("sum")?,
            })
        };
        rows.into_iter().next().map(read).transpose()
    }

    /// The open accounts of a product that a party holds, the newest first.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn open_accounts_held(
        &self,
        tenant: &str,
        holder: PartyId,
        product: &str,
        limit: usize,
    ) -> Result<Vec<AccountId>, StoreError> {
        let sql = "SELECT a.account_id FROM account_party l CROSS JOIN account a \
                   WHERE l.tenant = $1 AND l.party_id = $2 AND a.tenant = l.tenant AND a.account_id = l.account_id \
                   AND a.holder = l.party_id AND a.product = $3 AND a.closed_at IS NULL \
                   ORDER BY a.account_id DESC LIMIT $4";
        let rows = self
            .rows(sql, params![tenant, holder, product, number(limit)])
            .await?;
        let ids = rows
            .into_iter()
            .map(|row| Reader::new("account", row).id("account_id"));
        ids.collect()
    }
}
