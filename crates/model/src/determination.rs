//! What a human determined about findings of the rules.
//!
//! A determination settles named findings about one account, for what they rested on when they were looked at and for no
//! more: each finding carries the digests of everything that its rule read. What has come to it since was not looked at,
//! and the finding is open again. Digests stand in place of values, so that what was said by one party does not outlive
//! it in the record of another.

use serde::{Deserialize, Serialize};

use crate::{AccountId, DeterminationId, PartyId, Timestamp};

/// Findings that one determination may settle; a reviewer who settles more at once has looked at none of them.
pub const SETTLED_MAX: usize = 100;
/// Characters of the free text beside the grounds: a page.
pub const GROUNDS_TEXT_MAX: usize = 4000;

/// A decision by a human.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Determination {
    /// The determination's id.
    pub id: DeterminationId,
    /// The account that it is about.
    pub account: AccountId,
    /// What was determined.
    pub outcome: DeterminedOutcome,
    /// The findings that it settles.
    pub settles: Vec<SettledFinding>,
    /// Why, in codes.
    pub grounds: Vec<Ground>,
    /// Why, in words, for staff.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Who decided, as a pseudonym.
    pub decided_by: String,
    /// Who agreed, where two pairs of eyes were wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<String>,
    /// Who or what decides.
    pub mode: DecisionMode,
    /// From when it counts.
    pub at: Timestamp,
    /// From when it counts no longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// The case in which it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// SHA-256 in hex of the recorded assessment that was looked at.
    pub rests_on: String,
    /// When we knew.
    pub recorded_at: Timestamp,
}

/// A finding as it was when it was settled.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SettledFinding {
    /// `pack-id/rule-id`, or `engine/…`, as the reason says.
    pub rule: String,
    /// About whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<PartyId>,
    /// Digests of what it rested on, ascending.
    pub rests_on: Vec<String>,
}

/// What a human can determine; later ones are severer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeterminedOutcome {
    /// The finding counts for nothing.
    Approve,
    /// The account runs under the limits of provisional terms, and is watched.
    Monitor,
    /// The account keeps what it has and gets nothing new.
    Restrict,
    /// The account is not opened, or not kept.
    Refuse,
    /// The account is to be closed.
    Close,
}

impl DeterminedOutcome {
    /// Every outcome.
    pub const ALL: [Self; 5] = [
        Self::Approve,
        Self::Monitor,
        Self::Restrict,
        Self::Refuse,
        Self::Close,
    ];

    /// The word used in answers and records.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Monitor => "monitor",
            Self::Restrict => "restrict",
            Self::Refuse => "refuse",
            Self::Close => "close",
        }
    }
}

/// Who or what decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecisionMode {
    /// A person looked at it.
    #[default]
    Human,
}

/// Why something was determined: a closed list, so that it can be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// The listed person is somebody else.
    FalseMatch,
    /// It is the listed person.
    TrueMatch,
    /// What was asked for was shown in another way.
    ShownOtherwise,
    /// What was asked for was not shown.
    NotShown,
    /// Something untrue was said or presented.
    FalseStatement,
    /// The risk is known and taken.
    RiskAccepted,
    /// The risk is not taken.
    RiskTooHigh,
    /// There are good reasons for more time.
    MoreTime,
    /// The finding was our own mistake.
    OwnMistake,
    /// A court or an authority ordered it.
    Ordered,
    /// The customer asked for it.
    CustomerRequest,
}

impl Ground {
    /// Every ground.
    pub const ALL: [Self; 11] = [
        Self::FalseMatch,
        Self::TrueMatch,
        Self::ShownOtherwise,
        Self::NotShown,
        Self::FalseStatement,
        Self::RiskAccepted,
        Self::RiskTooHigh,
        Self::MoreTime,
        Self::OwnMistake,
        Self::Ordered,
        Self::CustomerRequest,
    ];

    /// The word used in answers and records.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FalseMatch => "false_match",
            Self::TrueMatch => "true_match",
            Self::ShownOtherwise => "shown_otherwise",
            Self::NotShown => "not_shown",
            Self::FalseStatement => "false_statement",
            Self::RiskAccepted => "risk_accepted",
            Self::RiskTooHigh => "risk_too_high",
            Self::MoreTime => "more_time",
            Self::OwnMistake => "own_mistake",
            Self::Ordered => "ordered",
            Self::CustomerRequest => "customer_request",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_record() {
        for outcome in DeterminedOutcome::ALL {
            let word = serde_json::to_value(outcome).unwrap();
            assert_eq!(word, outcome.as_str());
        }
        for ground in Ground::ALL {
            assert_eq!(serde_json::to_value(ground).unwrap(), ground.as_str());
        }
    }
}
