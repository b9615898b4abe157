//! What came of a row.

use std::collections::BTreeSet;

use bonafide_model::{AccountId, PartyId};
use bonafide_policy::{Assessment, Decision, Why};

use super::Duplicate;
use crate::submission::FieldError;

/// What came of a row.
#[derive(Debug, Clone)]
pub struct RowReport {
    /// Its line in the file.
    pub line: u64,
    /// What was done.
    pub outcome: RowOutcome,
    /// Whose e-mail address, telephone or number it shares.
    pub duplicates: Vec<Duplicate>,
    /// How the account was judged, where it was.
    pub judged: Option<RowJudgement>,
}

/// What was done with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowOutcome {
    /// It became an account of a new party; `None` in a trial.
    Imported(Option<AccountId>),
    /// It became an account of a party that was known; nothing is named where a trial does not know it.
    Linked(Option<AccountId>, Option<PartyId>),
    /// It said something else than before, which is recorded now.
    Changed(AccountId),
    /// It was taken over before, as it is.
    Unchanged(AccountId),
    /// It was left out as a duplicate.
    Skipped,
    /// It cannot be taken over.
    Rejected(Vec<FieldError>),
}

/// How an account taken over was judged, as far as a report counts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowJudgement {
    /// What was decided.
    pub decision: Decision,
    /// What is missing, in words: `email verified (too_weak)`.
    pub missing: BTreeSet<String>,
    /// Its status under each pack that has a rule for it.
    pub status: Vec<(String, &'static str)>,
}

impl RowJudgement {
    pub(super) fn of(assessment: &Assessment) -> Self {
        let missing = assessment.missing.iter().filter(|m| !m.proposed);
        let status = assessment.status.iter();
        Self {
            decision: assessment.decision,
            missing: missing
                .map(|m| {
                    let needs = m.attributes.iter();
                    let needs = needs.map(|n| format!("{} {}", n.attribute, n.assurance.as_str()));
                    let needs: Vec<String> = needs.collect();
                    format!("{} ({})", needs.join(" or "), word(m.why))
                })
                .collect(),
            status: status
                .map(|(pack, report)| (pack.to_string(), report.customer.as_str()))
                .collect(),
        }
    }
}

fn word(why: Why) -> &'static str {
    match why {
        Why::Absent => "never said",
        Why::TooWeak => "not sure enough",
        Why::TooOld => "too old",
        Why::Failed => "failed a check",
        Why::Decides => "decides what else is asked",
    }
}

impl RowReport {
    pub(super) fn new(line: u64, outcome: RowOutcome) -> Self {
        Self {
            line,
            outcome,
            duplicates: Vec::new(),
            judged: None,
        }
    }

    pub(super) fn rejected(line: u64, field: &str, message: impl Into<String>) -> Self {
        let error = FieldError::new(field, message);
        Self::new(line, RowOutcome::Rejected(vec![error]))
    }
}
