//! What is answered about cases: handles, states and times.

use bonafide_model::{
    AccountId, CaseId, CaseKind, CaseOutcome, CaseState, Ground, PartyId, RecordId, SecondPerson,
    Timestamp,
};
use bonafide_store::{CaseCount, CaseEntryRow, CaseRow};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::said::Said;

/// A case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CaseAnswer {
    /// Its id.
    #[schema(value_type = String)]
    pub id: CaseId,
    /// What is asked.
    #[schema(value_type = String)]
    pub kind: CaseKind,
    /// Where it stands: `open`, `proposed`, `decided`, `closed`.
    #[schema(value_type = String)]
    pub state: CaseState,
    /// Whom it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    pub party: Option<PartyId>,
    /// The account it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    pub account: Option<AccountId>,
    /// The case that it contests or reviews.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    pub parent: Option<CaseId>,
    /// Whether it is kept from everybody who does not work on such cases.
    pub restricted: bool,
    /// The handle of who opened it.
    pub opened_by: String,
    /// The handle of who works on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub assignee: Option<String>,
    /// The handle of who proposed the answer that waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub proposed_by: Option<String>,
    /// The handle of who decided last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub decided_by: Option<String>,
    /// The handle of the second person.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub approved_by: Option<String>,
    /// Who the second person was: `officer`, `outside`, `break_glass`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    pub second: Option<SecondPerson>,
    /// The answer, proposed or given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    pub outcome: Option<CaseOutcome>,
    /// When it was opened.
    #[schema(value_type = String, format = DateTime)]
    pub opened_at: Timestamp,
    /// Not to be decided before this instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, nullable = false)]
    pub earliest_at: Option<Timestamp>,
    /// To be decided before this instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, nullable = false)]
    pub due_at: Option<Timestamp>,
    /// Whether it is pending and that instant has come.
    pub overdue: bool,
    /// When it was decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, nullable = false)]
    pub decided_at: Option<Timestamp>,
    /// When it was closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, nullable = false)]
    pub closed_at: Option<Timestamp>,
}

impl CaseAnswer {
    pub(super) fn new(row: &CaseRow, now: Timestamp) -> Self {
        Self {
            id: row.case,
            kind: row.kind,
            state: row.state,
            party: row.party,
            account: row.account,
            parent: row.parent,
            restricted: row.restricted,
            opened_by: row.opened_by.clone(),
            assignee: row.assignee.clone(),
            proposed_by: row.proposed_by.clone(),
            decided_by: row.decided_by.clone(),
            approved_by: row.approved_by.clone(),
            second: row.second,
            outcome: row.outcome,
            opened_at: row.opened_at,
            earliest_at: row.clock.earliest,
            due_at: row.clock.latest,
            overdue: row.state.is_pending() && row.clock.is_over(now),
            decided_at: row.decided_at,
            closed_at: row.closed_at,
        }
    }
}

/// An entry of a case, unopened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CaseEntryAnswer {
    /// The record.
    #[schema(value_type = String)]
    pub record: RecordId,
    /// What it is: `opened`, `note`, `assigned`, `decided` …
    pub kind: String,
    /// The handle of who said it.
    pub actor: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

impl From<CaseEntryRow> for CaseEntryAnswer {
    fn from(row: CaseEntryRow) -> Self {
        Self {
            record: row.record,
            kind: row.kind,
            actor: row.actor,
            at: row.at,
        }
    }
}

/// An entry of a case, opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OpenedCaseEntry {
    /// The record.
    #[schema(value_type = String)]
    pub record: RecordId,
    /// What it is: `opened`, `note`, `assigned`, `decided` …
    pub kind: String,
    /// The handle of who said it.
    pub actor: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The note, the grounds.
    pub text: String,
    /// The answer that was proposed or given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    pub outcome: Option<CaseOutcome>,
    /// Who the second person was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    pub second: Option<SecondPerson>,
    /// What the second person said, or why there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub second_text: Option<String>,
    /// Who it went to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub to: Option<String>,
    /// Why, in codes, for the decision of an account.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub codes: Vec<Ground>,
    /// The rules whose findings it settles.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// Until when it counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, nullable = false)]
    pub expires_at: Option<Timestamp>,
    /// The case that came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    pub case: Option<CaseId>,
}

impl OpenedCaseEntry {
    pub(super) fn new(row: CaseEntryRow, said: Said) -> Self {
        Self {
            record: row.record,
            kind: row.kind,
            actor: row.actor,
            at: row.at,
            text: said.text,
            outcome: said.outcome,
            second: said.second,
            second_text: said.second_text,
            to: said.to,
            codes: said.codes,
            rules: said.settles.into_iter().map(|s| s.rule).collect(),
            expires_at: said.expires_at,
            case: said.case,
        }
    }
}

/// How many cases are alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CaseCountAnswer {
    /// What is asked.
    #[schema(value_type = String)]
    pub kind: CaseKind,
    /// Where they stand.
    #[schema(value_type = String)]
    pub state: CaseState,
    /// The answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    pub outcome: Option<CaseOutcome>,
    /// Who the second person was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    pub second: Option<SecondPerson>,
    /// Whether they are pending and overdue, or were decided too late.
    pub late: bool,
    /// How many.
    pub cases: u64,
}

impl From<CaseCount> for CaseCountAnswer {
    fn from(count: CaseCount) -> Self {
        Self {
            kind: count.kind,
            state: count.state,
            outcome: count.outcome,
            second: count.second,
            late: count.late,
            cases: count.cases,
        }
    }
}
