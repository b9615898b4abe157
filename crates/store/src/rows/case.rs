//! The rows of cases.

use bonafide_model::{
    AccountId, CaseClock, CaseId, CaseKind, CaseOutcome, CaseState, PartyId, RecordId,
    SecondPerson, Timestamp,
};

/// A case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseRow {
    /// Its id.
    pub case: CaseId,
    /// One higher with each change.
    pub version: i64,
    /// What is asked.
    pub kind: CaseKind,
    /// Where it stands.
    pub state: CaseState,
    /// Whom it is about, and under whose keys its entries are sealed.
    pub party: Option<PartyId>,
    /// The account it is about.
    pub account: Option<AccountId>,
    /// The case that it contests or reviews.
    pub parent: Option<CaseId>,
    /// Whether it is kept from everybody who does not work on such cases.
    pub restricted: bool,
    /// The handle of who opened it.
    pub opened_by: String,
    /// The handle of who works on it.
    pub assignee: Option<String>,
    /// The handle of who proposed the answer that waits or was given.
    pub proposed_by: Option<String>,
    /// The handle of who decided.
    pub decided_by: Option<String>,
    /// The handle of the second person.
    pub approved_by: Option<String>,
    /// Who the second person was.
    pub second: Option<SecondPerson>,
    /// The answer, proposed or given.
    pub outcome: Option<CaseOutcome>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it may and must be decided.
    pub clock: CaseClock,
    /// When it was marked overdue.
    pub overdue_at: Option<Timestamp>,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
}

/// Something said in a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseEntryRow {
    /// The case.
    pub case: CaseId,
    /// The record, and through it the leaf; where the case has a subject, the sealed entry too.
    pub record: RecordId,
    /// Under whose keys it is sealed.
    pub party: Option<PartyId>,
    /// What it is: `opened`, `note`, `decided` …
    pub kind: String,
    /// The handle of who said it.
    pub actor: String,
    /// When.
    pub at: Timestamp,
    /// What is said, in a case about nobody.
    pub text: Option<String>,
}

/// An entry of a case with what is sealed of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseEntry {
    /// The entry.
    pub row: CaseEntryRow,
    /// The sealed bytes, where the case has a subject.
    pub envelope: Option<Vec<u8>>,
}

/// Which cases to list; what is `None` does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseFilter {
    /// Of this kind.
    pub kind: Option<CaseKind>,
    /// In this state.
    pub state: Option<CaseState>,
    /// With this person.
    pub assignee: Option<String>,
    /// With a clock that runs out before this instant.
    pub due_before: Option<Timestamp>,
    /// About this party.
    pub party: Option<PartyId>,
    /// About this account.
    pub account: Option<AccountId>,
    /// Contesting or reviewing this case.
    pub parent: Option<CaseId>,
    /// Whether restricted cases are shown too.
    pub with_restricted: bool,
}

/// How many cases are alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseCount {
    /// What is asked.
    pub kind: CaseKind,
    /// Where they stand.
    pub state: CaseState,
    /// The answer.
    pub outcome: Option<CaseOutcome>,
    /// Who the second person was.
    pub second: Option<SecondPerson>,
    /// Whether they are pending and their clock has run out, or were decided after it had.
    pub late: bool,
    /// How many.
    pub cases: u64,
}
