//! What is said in a case: one record each, sealed under the keys of the party that it is about.

use bonafide_ledger::Kind;
use bonafide_model::{CaseId, CaseOutcome, Ground, PartyId, SecondPerson, Timestamp};
use bonafide_seal::SubjectKeys;
use bonafide_store::{CaseEntryRow, CaseOp, CaseRow, Op};
use serde::{Deserialize, Serialize};

use crate::error::AppError;
use crate::event::{Event, EventKind};
use crate::recorder::{Entry, Recorder};

/// Characters of a text: a letter of two pages.
pub(super) const TEXT_MAX_CHARS: usize = 10_000;
/// Digits in a row that a text in a case about nobody may have: more can be a telephone number or that of a document.
const DIGITS_MAX: usize = 6;

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Opened,
    Note,
    Assigned,
    Released,
    Clock,
    Overdue,
    Proposed,
    Returned,
    Decided,
    Contested,
    Reopened,
    Closed,
}

impl What {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Note => "note",
            Self::Assigned => "assigned",
            Self::Released => "released",
            Self::Clock => "clock",
            Self::Overdue => "overdue",
            Self::Proposed => "proposed",
            Self::Returned => "returned",
            Self::Decided => "decided",
            Self::Contested => "contested",
            Self::Reopened => "reopened",
            Self::Closed => "closed",
        }
    }

    /// How the ledger calls it.
    fn kind(self) -> Kind {
        match self {
            Self::Opened => Kind::CaseOpened,
            Self::Decided => Kind::CaseDecided,
            Self::Closed => Kind::CaseClosed,
            _ => Kind::CaseNoted,
        }
    }
}

/// The content of an entry, as it is committed to and sealed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Said {
    /// The grounds, the note.
    pub(super) text: String,
    /// The answer that is proposed or given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) outcome: Option<CaseOutcome>,
    /// Who the second person was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) second: Option<SecondPerson>,
    /// What the second person said, or why there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) second_text: Option<String>,
    /// Who it went to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) to: Option<String>,
    /// Why, in codes, for the decision of an account.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) codes: Vec<Ground>,
    /// The findings of the account that it settles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) settles: Vec<SaidFinding>,
    /// Until when it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) expires_at: Option<Timestamp>,
    /// The case that came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) case: Option<CaseId>,
}

/// A finding as it was when somebody looked at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SaidFinding {
    /// The rule.
    pub(super) rule: String,
    /// About whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) subject: Option<PartyId>,
    /// Names what it rested on.
    pub(super) seen: String,
}

impl Said {
    pub(super) fn text(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            ..Self::default()
        }
    }

    /// Refuses what a case about nobody may not hold.
    fn is_about_nobody(&self) -> Result<(), AppError> {
        let texts = [Some(self.text.as_str()), self.second_text.as_deref()];
        if texts.into_iter().flatten().any(may_name_somebody) {
            return Err(AppError::invalid(
                "text",
                "this case is about no party and is not sealed under anybody's keys: it may hold no address, no number \
                 and no handle of anybody; open a case about the party for that",
            ));
        }
        Ok(())
    }
}

/// Whether a text has the form of something that leads to a person. A name by itself cannot be told from other words.
fn may_name_somebody(text: &str) -> bool {
    let mut digits = 0;
    let has_number = text.chars().any(|c| {
        digits = match c {
            c if c.is_numeric() => digits + 1,
            ' ' | '-' | '/' | '(' | ')' | '.' if digits > 0 => digits,
            _ => 0,
        };
        digits > DIGITS_MAX
    });
    has_number || text.contains('@') || ["pty_", "acc_"].iter().any(|id| text.contains(id))
}

/// A text that must be there.
pub(super) fn text<'a>(field: &str, text: &'a str) -> Result<&'a str, AppError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(AppError::invalid(field, "say why: this cannot be empty"));
    }
    if text.chars().count() > TEXT_MAX_CHARS {
        return Err(AppError::invalid(
            field,
            format!("at most {TEXT_MAX_CHARS} characters"),
        ));
    }
    Ok(text)
}

impl Recorder<'_> {
    /// Records something said in a case. The change must demand the version of the party that it is about.
    pub(super) fn say(
        &mut self,
        case: &CaseRow,
        keys: Option<&SubjectKeys>,
        what: What,
        said: &Said,
    ) -> Result<(), AppError> {
        let (record, text) = match (case.party, keys) {
            (Some(party), Some(keys)) => {
                let entry = Entry {
                    party,
                    account: case.account,
                    kind: what.kind(),
                    keys,
                };
                (self.decision(&entry, &[("case", said)])?, None)
            }
            (None, None) => {
                said.is_about_nobody()?;
                let text = serde_json::to_string(said).map_err(AppError::internal)?;
                let details = [("case", case.case.to_string()), ("said", text.clone())];
                let details = details
                    .each_ref()
                    .map(|(name, text)| (*name, text.as_str()));
                (self.event(what.kind(), Vec::new(), &details)?, Some(text))
            }
            _ => {
                return Err(AppError::internal(
                    "a case and the keys it is sealed under do not go together",
                ));
            }
        };
        self.push(Op::Case(CaseOp::AddEntry(CaseEntryRow {
            case: case.case,
            record,
            party: case.party,
            kind: what.as_str().to_owned(),
            actor: self.actor_name().to_owned(),
            at: self.now(),
            text,
        })));
        // A restricted case is kept from everybody who does not work on such cases: others are not told that there is one.
        let told = match what {
            What::Opened => Some(EventKind::CaseOpened),
            What::Closed => Some(EventKind::CaseClosed),
            What::Overdue => Some(EventKind::CaseOverdue),
            _ => None,
        };
        if let Some(kind) = told.filter(|_| !case.restricted) {
            self.announce(Event::case(kind, case));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::may_name_somebody;

    #[test]
    fn addresses_numbers_and_handles_are_noticed() {
        for text in [
            "ask ana@example.org",
            "call +351 912 345 678",
            "passport 12345678",
            "the account acc_00000000000000000000000000",
        ] {
            assert!(may_name_somebody(text), "{text}");
        }
        for text in [
            "batch 17 of 40 stopped on 2026",
            "3 of 120000 rows are left",
            "disk is full",
        ] {
            assert!(!may_name_somebody(text), "{text}");
        }
    }
}
