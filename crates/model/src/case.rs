//! Cases: questions for a human, with a clock. What kinds there are, how each ends, and what each demands.
//!
//! The lists are closed: a kind or an outcome that is not here is refused at every door. A new kind is one line in each of
//! the tables below.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// Text that is no word of a closed list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {what}: use {}", words.join(", "))]
pub struct WordError {
    text: String,
    what: &'static str,
    words: Vec<&'static str>,
}

macro_rules! words {
    ($($(#[doc = $doc:literal])+ $name:ident $what:literal {
        $($(#[doc = $variant_doc:literal])+ $variant:ident = $text:literal,)+
    })+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[doc = $variant_doc])+ $variant,)+
        }

        impl $name {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word used in rows, answers and on the command line.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = WordError;

            fn from_str(text: &str) -> Result<Self, WordError> {
                Self::ALL.iter().copied().find(|word| word.as_str() == text).ok_or_else(|| WordError {
                    text: text.chars().take(64).collect(),
                    what: $what,
                    words: Self::ALL.iter().map(|word| word.as_str()).collect(),
                })
            }
        }
    )+};
}

words! {
    /// What is asked.
    CaseKind "a kind of case" {
        /// An account that the rules refer to a human.
        Review = "review",
        /// Somebody contests a decision.
        Appeal = "appeal",
        /// Whether a party is an entry of a list.
        MatchReview = "match_review",
        /// Somebody says that what is recorded is wrong.
        Dispute = "dispute",
        /// A customer was asked to mend something by a date.
        Remedy = "remedy",
        /// Something was done without the second person, and is looked at afterwards.
        BreakGlassReview = "break_glass_review",
        /// Customers taken over from another system.
        ImportCampaign = "import_campaign",
        /// A reseller is looked at.
        Reseller = "reseller",
        /// A lawful request.
        Process = "process",
        /// Something about running the service.
        Operations = "operations",
    }

    /// Where a case stands.
    CaseState "a state of a case" {
        /// Nobody has answered.
        Open = "open",
        /// Somebody has answered, and a second person must approve it.
        Proposed = "proposed",
        /// It is answered.
        Decided = "decided",
        /// Nothing is to be done about it any more.
        Closed = "closed",
    }

    /// The answer to a case.
    CaseOutcome "an outcome" {
        /// The account may run.
        Approve = "approve",
        /// The account may run under limits, and is watched.
        Monitor = "monitor",
        /// The account keeps what it has and gets nothing new.
        Restrict = "restrict",
        /// The account may not run.
        Refuse = "refuse",
        /// The account is to be closed.
        Close = "close",
        /// The contested decision stands.
        Uphold = "uphold",
        /// The contested decision is reversed.
        Overturn = "overturn",
        /// The contested question is asked again, of somebody else.
        Remit = "remit",
        /// The party is the entry.
        Match = "match",
        /// The party is not the entry.
        NoMatch = "no_match",
        /// What is recorded was wrong and is corrected.
        Correct = "correct",
        /// What is recorded is right.
        Reject = "reject",
        /// The customer mended it.
        Remedied = "remedied",
        /// The customer did not mend it.
        NotRemedied = "not_remedied",
        /// What was done alone was right.
        Confirm = "confirm",
        /// What was done alone was wrong.
        Object = "object",
        /// It is complied with.
        Comply = "comply",
        /// It is not complied with.
        Decline = "decline",
        /// It is done.
        Done = "done",
        /// It is given up.
        Abandon = "abandon",
    }

    /// Who stood beside the one who decided.
    SecondPerson "a second person" {
        /// Another officer of the provider.
        Officer = "officer",
        /// The person outside the firm whom its settings name.
        Outside = "outside",
        /// Nobody: the decision was made alone, and is reviewed afterwards.
        BreakGlass = "break_glass",
    }
}

impl CaseKind {
    /// How a case of this kind can end.
    #[must_use]
    pub fn outcomes(self) -> &'static [CaseOutcome] {
        use CaseOutcome as O;
        match self {
            Self::Review => &[O::Approve, O::Monitor, O::Restrict, O::Refuse, O::Close],
            Self::Reseller => &[O::Approve, O::Refuse],
            Self::Appeal => &[O::Uphold, O::Overturn, O::Remit],
            Self::MatchReview => &[O::Match, O::NoMatch],
            Self::Dispute => &[O::Correct, O::Reject],
            Self::Remedy => &[O::Remedied, O::NotRemedied],
            Self::BreakGlassReview => &[O::Confirm, O::Object],
            Self::Process => &[O::Comply, O::Decline],
            Self::ImportCampaign | Self::Operations => &[O::Done, O::Abandon],
        }
    }

    /// Whether what one person decides must be approved by another, whatever the provider's settings say: a listed person is
    /// not waved through, and nobody's data handed over, by one pair of eyes.
    #[must_use]
    pub fn needs_two(self) -> bool {
        matches!(self, Self::MatchReview | Self::Process)
    }

    /// Whether it ends with a decision alone, and cannot be closed without one.
    #[must_use]
    pub fn must_be_decided(self) -> bool {
        matches!(
            self,
            Self::Review | Self::Appeal | Self::MatchReview | Self::BreakGlassReview
        )
    }

    /// Whether a case of this kind can be about no party.
    #[must_use]
    pub fn may_lack_subject(self) -> bool {
        matches!(
            self,
            Self::ImportCampaign | Self::Operations | Self::Process | Self::BreakGlassReview
        )
    }

    /// Whether its decision can be contested: those that can go against a customer.
    #[must_use]
    pub fn may_be_appealed(self) -> bool {
        matches!(
            self,
            Self::Review | Self::Reseller | Self::MatchReview | Self::Dispute | Self::Remedy
        )
    }
}

impl CaseState {
    /// Whether somebody must still do something.
    #[must_use]
    pub fn is_pending(self) -> bool {
        matches!(self, Self::Open | Self::Proposed)
    }
}

/// When a case may and when it must be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CaseClock {
    /// Not before this instant: a customer's time to answer, a stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earliest: Option<Timestamp>,
    /// Before this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest: Option<Timestamp>,
}

impl CaseClock {
    /// A clock that runs out at an instant.
    #[must_use]
    pub fn until(latest: Timestamp) -> Self {
        Self {
            earliest: None,
            latest: Some(latest),
        }
    }

    /// Whether it is too early to decide.
    #[must_use]
    pub fn is_early(&self, now: Timestamp) -> bool {
        self.earliest.is_some_and(|earliest| now < earliest)
    }

    /// Whether it has run out.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.latest.is_some_and(|latest| latest <= now)
    }

    /// Whether it leaves time to decide at all.
    #[must_use]
    pub fn is_possible(&self) -> bool {
        match (self.earliest, self.latest) {
            (Some(earliest), Some(latest)) => earliest < latest,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back_and_the_lists_are_closed() {
        for kind in CaseKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(*kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert!(kind.outcomes().len() >= 2, "{kind}");
        }
        for outcome in CaseOutcome::ALL {
            assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.as_str());
            let used = |k: &CaseKind| k.outcomes().contains(outcome);
            assert!(CaseKind::ALL.iter().any(used), "{outcome}");
        }
        let error = "reveiw".parse::<CaseKind>().unwrap_err().to_string();
        assert!(
            error.starts_with("`reveiw` is not a kind of case: use review, appeal"),
            "{error}"
        );
    }

    #[test]
    fn a_clock_is_over_at_its_latest_instant_and_not_before() {
        let at = |ms| Timestamp::from_millis(ms).unwrap();
        let clock = CaseClock {
            earliest: Some(at(10)),
            latest: Some(at(20)),
        };
        assert!(clock.is_possible() && clock.is_early(at(9)) && !clock.is_early(at(10)));
        assert!(!clock.is_over(at(19)) && clock.is_over(at(20)));
        assert!(!CaseClock::default().is_over(at(i64::from(i32::MAX))));
    }
}
