//! What is sent about cases.

use bonafide_app::{CaseDecision, OpenCase, Second, Settling};
use bonafide_model::{AccountId, CaseClock, CaseKind, CaseOutcome, Ground, PartyId, Timestamp};
use serde::Deserialize;
use utoipa::ToSchema;

/// A case to be opened.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseIn {
    /// What is asked. Reviews and reviews of what was decided alone open by themselves.
    #[schema(value_type = String, pattern = "^(appeal|match_review|dispute|remedy|import_campaign|reseller|process|operations)$")]
    kind: CaseKind,
    /// Whom it is about; the holder of the account when left out. `import_campaign`, `operations` and `process` can be about
    /// nobody.
    #[serde(default)]
    #[schema(value_type = String, nullable = false, pattern = "^pty_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    party: Option<PartyId>,
    /// The account it is about.
    #[serde(default)]
    #[schema(value_type = String, nullable = false, pattern = "^acc_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    account: Option<AccountId>,
    /// Not to be decided before this instant.
    #[serde(default)]
    #[schema(value_type = String, format = DateTime, nullable = false)]
    earliest_at: Option<Timestamp>,
    /// To be decided before this instant; the provider's term for the kind when left out.
    #[serde(default)]
    #[schema(value_type = String, format = DateTime, nullable = false)]
    due_at: Option<Timestamp>,
    /// Whether only those who work on such cases may know of it.
    #[serde(default)]
    restricted: bool,
    /// Why it is opened.
    #[schema(min_length = 1, max_length = 10_000)]
    grounds: String,
}

impl From<CaseIn> for OpenCase {
    fn from(sent: CaseIn) -> Self {
        Self {
            kind: sent.kind,
            party: sent.party,
            account: sent.account,
            earliest_at: sent.earliest_at,
            due_at: sent.due_at,
            restricted: sent.restricted,
            grounds: sent.grounds,
        }
    }
}

/// A note.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseNoteIn {
    /// What is to be noted.
    #[schema(min_length = 1, max_length = 10_000)]
    pub(crate) text: String,
}

/// Reasons.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroundsIn {
    /// Why.
    #[schema(min_length = 1, max_length = 10_000)]
    pub(crate) grounds: String,
}

/// Which case to take.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NextIn {
    /// Of this kind alone.
    #[serde(default)]
    #[schema(value_type = String, nullable = false, pattern = "^(review|appeal|match_review|dispute|remedy|break_glass_review|import_campaign|reseller|process|operations)$")]
    pub(crate) kind: Option<CaseKind>,
}

/// Who is to work on a case.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AssigneeIn {
    /// Their handle.
    #[schema(pattern = "^[A-Za-z0-9._:-]{1,80}$")]
    pub(crate) to: String,
}

/// A clock.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseClockIn {
    /// Not to be decided before this instant.
    #[serde(default)]
    #[schema(value_type = String, format = DateTime, nullable = false)]
    earliest_at: Option<Timestamp>,
    /// To be decided before this instant; without it there is no end.
    #[serde(default)]
    #[schema(value_type = String, format = DateTime, nullable = false)]
    due_at: Option<Timestamp>,
    /// Why it is moved.
    #[schema(min_length = 1, max_length = 10_000)]
    pub(crate) grounds: String,
}

impl CaseClockIn {
    pub(crate) fn clock(&self) -> CaseClock {
        CaseClock {
            earliest: self.earliest_at,
            latest: self.due_at,
        }
    }
}

/// An answer that is proposed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProposalIn {
    /// The answer, one of those of the case's kind.
    #[schema(value_type = String, pattern = "^(approve|monitor|restrict|refuse|close|uphold|overturn|remit|match|no_match|correct|reject|remedied|not_remedied|confirm|object|comply|decline|done|abandon)$")]
    pub(crate) outcome: CaseOutcome,
    /// Why.
    #[schema(min_length = 1, max_length = 10_000)]
    pub(crate) grounds: String,
    /// In the review of an account: why, in codes.
    #[serde(default)]
    #[schema(value_type = Vec<GroundIn>, max_items = 11)]
    codes: Vec<Ground>,
    /// In the review of an account: the rules whose findings it settles; all that refer or refuse when left out.
    #[serde(default)]
    #[schema(max_items = 100)]
    rules: Vec<String>,
    /// In the review of an account: until when it counts.
    #[serde(default)]
    #[schema(value_type = String, format = DateTime, nullable = false)]
    expires_at: Option<Timestamp>,
}

impl ProposalIn {
    pub(crate) fn settling(&self) -> Settling {
        Settling {
            codes: self.codes.clone(),
            rules: self.rules.clone(),
            expires_at: self.expires_at,
        }
    }
}

/// A ground of a determination.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "describes the words for the document")]
pub(crate) enum GroundIn {
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

/// An answer that is given.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecisionIn {
    /// The answer, one of those of the case's kind.
    #[schema(value_type = String, pattern = "^(approve|monitor|restrict|refuse|close|uphold|overturn|remit|match|no_match|correct|reject|remedied|not_remedied|confirm|object|comply|decline|done|abandon)$")]
    outcome: CaseOutcome,
    /// Why.
    #[schema(min_length = 1, max_length = 10_000)]
    grounds: String,
    /// In a firm of one person, who or what stands in for the second.
    #[serde(default)]
    #[schema(nullable = false)]
    second: Option<SecondIn>,
    /// In the review of an account: why, in codes.
    #[serde(default)]
    #[schema(value_type = Vec<GroundIn>, max_items = 11)]
    codes: Vec<Ground>,
    /// In the review of an account: the rules whose findings it settles; all that refer or refuse when left out.
    #[serde(default)]
    #[schema(max_items = 100)]
    rules: Vec<String>,
    /// In the review of an account: until when it counts.
    #[serde(default)]
    #[schema(value_type = String, format = DateTime, nullable = false)]
    expires_at: Option<Timestamp>,
}

/// Who or what stands in for the second person; exactly one of the two.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecondIn {
    /// The person outside the firm whom the settings name has confirmed it: how, such as a letter and its date.
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 10_000)]
    outside: Option<String>,
    /// Nobody could be asked, and it cannot wait: why. The decision is reviewed afterwards.
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 10_000)]
    break_glass: Option<String>,
}

impl DecisionIn {
    /// The decision; an error text when the stand-in is not exactly one.
    pub(crate) fn read(self) -> Result<CaseDecision, &'static str> {
        let second = match self.second.map(|s| (s.outside, s.break_glass)) {
            None => None,
            Some((Some(how), None)) => Some(Second::Outside(how)),
            Some((None, Some(why))) => Some(Second::BreakGlass(why)),
            Some(_) => return Err("say exactly one of `outside` and `break_glass`"),
        };
        Ok(CaseDecision {
            outcome: self.outcome,
            grounds: self.grounds,
            second,
            settling: Settling {
                codes: self.codes,
                rules: self.rules,
                expires_at: self.expires_at,
            },
        })
    }
}
