//! Look-ups of cases: themselves, their entries, queues, counts.

use bonafide_model::{AccountId, CaseClock, CaseId, CaseKind, RecordId, Timestamp};

use super::number;
use crate::database::{Param, params};
use crate::row::{Reader, Row};
use crate::rows::{CaseCount, CaseEntry, CaseEntryRow, CaseFilter, CaseRow};
use crate::{Store, StoreError};

pub(super) const CASE: &str = "case_id, version, kind, state, party_id, account_id, parent, restricted, opened_by, \
                               assignee, proposed_by, decided_by, approved_by, second, outcome, opened_at, earliest_at, \
                               due_at, overdue_at, decided_at, closed_at";

/// The pending cases of account `$2`.
pub(super) fn pending_of_account() -> String {
    format!(
        "SELECT {CASE} FROM case_file WHERE tenant = $1 AND account_id = $2 AND state IN ('open', 'proposed') ORDER BY case_id"
    )
}

pub(super) fn case_row(row: Row) -> Result<CaseRow, StoreError> {
    let mut row = Reader::new("case_file", row);
    Ok(CaseRow {
        case: row.id("case_id")?,
        version: row.int("version")?,
        kind: row.id("kind")?,
        state: row.id("state")?,
        party: row.opt_id("party_id")?,
        account: row.opt_id("account_id")?,
        parent: row.opt_id("parent")?,
        restricted: row.int("restricted")? != 0,
        opened_by: row.text("opened_by")?,
        assignee: row.opt_text("assignee")?,
        proposed_by: row.opt_text("proposed_by")?,
        decided_by: row.opt_text("decided_by")?,
        approved_by: row.opt_text("approved_by")?,
        second: row.opt_id("second")?,
        outcome: row.opt_id("outcome")?,
        opened_at: row.time("opened_at")?,
        clock: CaseClock {
            earliest: row.opt_time("earliest_at")?,
            latest: row.opt_time("due_at")?,
        },
        overdue_at: row.opt_time("overdue_at")?,
        decided_at: row.opt_time("decided_at")?,
        closed_at: row.opt_time("closed_at")?,
    })
}

fn entry_row(row: Row) -> Result<CaseEntry, StoreError> {
    let mut row = Reader::new("case_entry", row);
    Ok(CaseEntry {
        row: CaseEntryRow {
            case: row.id("case_id")?,
            record: row.id("record_id")?,
            party: row.opt_id("party_id")?,
            kind: row.text("kind")?,
            actor: row.text("actor")?,
            at: row.time("at")?,
            text: row.opt_text("text")?,
        },
        envelope: row.opt_blob("envelope")?,
    })
}

impl CaseFilter {
    /// Conditions of a query, and their parameters after those that are there.
    fn conditions(&self, params: &mut Vec<Param>) -> String {
        let mut sql = String::new();
        let mut equal = |column: &str, value: Option<String>| {
            if let Some(value) = value {
                params.push(value.into());
                sql.push_str(&format!(" AND {column} = ${}", params.len()));
            }
        };
        equal("kind", self.kind.map(|k| k.to_string()));
        equal("state", self.state.map(|s| s.to_string()));
        equal("assignee", self.assignee.clone());
        equal("party_id", self.party.map(|p| p.to_string()));
        equal("account_id", self.account.map(|a| a.to_string()));
        equal("parent", self.parent.map(|c| c.to_string()));
        if let Some(before) = self.due_before {
            params.push(before.into());
            sql.push_str(&format!(" AND due_at < ${}", params.len()));
        }
        if !self.with_restricted {
            sql.push_str(" AND restricted = 0");
        }
        sql
    }
}

impl Store {
    /// A case.
    ///
    /// # Errors
    /// If the database fails or the row is damaged.
    pub async fn case(&self, tenant: &str, id: CaseId) -> Result<Option<CaseRow>, StoreError> {
        let sql = format!("SELECT {CASE} FROM case_file WHERE tenant = $1 AND case_id = $2");
        let rows = self.rows(sql, params![tenant, id]).await?;
        rows.into_iter().next().map(case_row).transpose()
    }

    /// Cases in the order of their ids, oldest first.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn list_cases(
        &self,
        tenant: &str,
        filter: &CaseFilter,
        after: Option<CaseId>,
        limit: usize,
    ) -> Result<Vec<CaseRow>, StoreError> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let mut params = params![tenant, after, number(limit)];
        let conditions = filter.conditions(&mut params);
        let sql = format!(
            "SELECT {CASE} FROM case_file WHERE tenant = $1 AND case_id > $2{conditions} ORDER BY case_id LIMIT $3"
        );
        let rows = self.rows(sql, params).await?;
        rows.into_iter().map(case_row).collect()
    }

    /// Open cases that nobody works on and that may be decided already, the most urgent first: by the instant at which
    /// their clock runs out, those without a clock last.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn waiting_cases(
        &self,
        tenant: &str,
        kind: Option<CaseKind>,
        with_restricted: bool,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<CaseRow>, StoreError> {
        let mut params = params![tenant, now, number(limit)];
        let filter = CaseFilter {
            kind,
            with_restricted,
            ..CaseFilter::default()
        };
        let conditions = filter.conditions(&mut params);
        let sql = format!(
            "SELECT {CASE} FROM case_file WHERE tenant = $1 AND state = 'open' AND assignee IS NULL \
             AND (earliest_at IS NULL OR earliest_at <= $2){conditions} \
             ORDER BY CASE WHEN due_at IS NULL THEN 1 ELSE 0 END, due_at, case_id LIMIT $3"
        );
        let rows = self.rows(sql, params).await?;
        rows.into_iter().map(case_row).collect()
    }

    /// The cases of an account that somebody must still do something about.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn pending_cases_of_account(
        &self,
        tenant: &str,
        account: AccountId,
    ) -> Result<Vec<CaseRow>, StoreError> {
        let rows = self.rows(pending_of_account(), params![tenant, account]);
        rows.await?.into_iter().map(case_row).collect()
    }

    /// What was said in a case, oldest first.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn case_entries(
        &self,
        tenant: &str,
        case: CaseId,
        after: Option<RecordId>,
        limit: usize,
    ) -> Result<Vec<CaseEntry>, StoreError> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let sql = "SELECT c.case_id, c.record_id, c.party_id, c.kind, c.actor, c.at, c.text, e.envelope FROM case_entry c \
                   LEFT JOIN entry e ON e.tenant = c.tenant AND e.party_id = c.party_id AND e.record_id = c.record_id \
                   WHERE c.tenant = $1 AND c.case_id = $2 AND c.record_id > $3 ORDER BY c.record_id LIMIT $4";
        let rows = self.rows(sql, params![tenant, case, after, number(limit)]);
        rows.await?.into_iter().map(entry_row).collect()
    }

    /// How many cases there are of what, restricted ones among them or not.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn case_counts(
        &self,
        tenant: &str,
        now: Timestamp,
        with_restricted: bool,
    ) -> Result<Vec<CaseCount>, StoreError> {
        let most = i64::from(with_restricted);
        let sql = "SELECT kind, state, outcome, second, late, COUNT(*) FROM (SELECT kind, state, outcome, second, \
                   CAST(CASE WHEN due_at IS NULL THEN 0 WHEN state IN ('open', 'proposed') AND due_at <= $2 THEN 1 \
                   WHEN decided_at >= due_at THEN 1 ELSE 0 END AS BIGINT) AS late \
                   FROM case_file WHERE tenant = $1 AND restricted <= $3) AS c \
                   GROUP BY kind, state, outcome, second, late ORDER BY kind, state, outcome, second, late";
        let rows = self.rows(sql, params![tenant, now, most]).await?;
        let counts = rows.into_iter().map(|row| {
            let mut row = Reader::new("case_file", row);
            Ok(CaseCount {
                kind: row.id("kind")?,
                state: row.id("state")?,
                outcome: row.opt_id("outcome")?,
                second: row.opt_id("second")?,
                late: row.int("late")? != 0,
                cases: row.number("count")?,
            })
        });
        counts.collect()
    }
}
