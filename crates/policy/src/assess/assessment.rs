//! The answer: what an assessment says, in a form that serialises to the same bytes for the same inputs.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use bonafide_model::{Assurance, DeterminationId, PartyId, Span, Timestamp};
use serde::{Deserialize, Serialize};

use crate::pack::{Band, Citation, Election, Force, WhileMissing};
use crate::plan::Plan;

/// The version of the rules compiled into this program; the same inputs give the same bytes under the same version.
///
/// It goes up by one in every release in which the same inputs can give other bytes: a rule, a default, a sort order, a
/// word, a field. A test compares the judgements of a fixed set of accounts with those that were noted beside each version
/// (`crates/policy/tests/assess/engine.txt`). Judgements of an earlier version are replayed with the program of then.
pub const ENGINE: &str = "bonafide-policy/2";

/// What is decided, why, what is missing and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// The version of the rules.
    pub engine: Cow<'static, str>,
    /// When it was made; the only part that differs between instants before `review_at`.
    pub assessed_at: Timestamp,
    /// What is decided.
    pub decision: Decision,
    /// Where that leaves the account.
    #[serde(default)]
    pub standing: Standing,
    /// Why: every rule that had a part in it, sorted by severity, then by rule.
    pub reasons: Vec<Reason>,
    /// What is missing.
    pub missing: Vec<Missing>,
    /// The least intrusive way to supply it.
    pub plan: Plan,
    /// Limits for the provisioner.
    pub entitlements: Limits,
    /// Status under each pack that has a rule for it.
    pub status: BTreeMap<Arc<str>, StatusReport>,
    /// Beneficial owners under each pack that has a rule for them.
    pub beneficial_owners: BTreeMap<Arc<str>, Vec<BeneficialOwner>>,
    /// The risk band.
    pub risk: Band,
    /// What the packs contradict each other in here.
    pub conflicts: Vec<Conflict>,
    /// What proposed packs would have done, had an officer elected them.
    pub dry_run: Vec<Reason>,
    /// What the customer must be told.
    pub notices: Vec<NoticeRef>,
    /// The first instant at which the answer can change by time alone.
    pub review_at: Option<Timestamp>,
    /// The active packs.
    pub packs: Vec<PackRef>,
}

impl Assessment {
    /// The parties on which the plan has an automatic method run.
    pub fn automatic_steps<'a>(&'a self, method: &'a str) -> impl Iterator<Item = PartyId> + 'a {
        let steps = self.plan.steps.iter();
        steps
            .filter(move |s| s.automatic && *s.method == *method)
            .map(|s| s.subject)
    }
}

/// What is decided; later ones beat earlier ones.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The account runs.
    #[default]
    Approve,
    /// The account runs under limits.
    Provisional,
    /// A human looks at it.
    Refer,
    /// The account is not opened, or is closed.
    Refuse,
}

impl Decision {
    /// The word used in answers and the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Provisional => "provisional",
            Self::Refer => "refer",
            Self::Refuse => "refuse",
        }
    }
}

/// Where a decision leaves the account.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It runs. What was recorded before there was such a thing reads as this.
    #[default]
    Active,
    /// It runs under limits, until the time is up.
    Provisional,
    /// It runs under limits and is watched; what was missing was not supplied.
    Monitored,
    /// It keeps what it has and gets nothing new.
    Restricted,
    /// A human looks at it.
    InReview,
    /// It is not opened, or not kept.
    Refused,
    /// It is to be closed.
    Closing,
    /// It was closed.
    Closed,
}

impl Standing {
    /// Every standing.
    pub const ALL: [Self; 8] = [
        Self::Active,
        Self::Provisional,
        Self::Monitored,
        Self::Restricted,
        Self::InReview,
        Self::Refused,
        Self::Closing,
        Self::Closed,
    ];

    /// The word used in answers and the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Provisional => "provisional",
            Self::Monitored => "monitored",
            Self::Restricted => "restricted",
            Self::InReview => "in_review",
            Self::Refused => "refused",
            Self::Closing => "closing",
            Self::Closed => "closed",
        }
    }
}

/// What is done with an account beside the decision; later ones are severer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// It goes on under the limits of provisional terms, without an end, and is watched.
    Monitor,
    /// It keeps what it has and gets nothing new.
    Restrict,
    /// It is to be closed.
    Close,
}

/// A rule that had a part in the decision.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reason {
    /// What it does to the decision; `approve` for what is only noted.
    pub effect: Decision,
    /// `pack-id/rule-id`, or `engine/…` for what the rules themselves say.
    pub rule: Arc<str>,
    /// About whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<PartyId>,
    /// The class of reason that the applicant may see.
    pub public_reason: Arc<str>,
    /// For staff.
    pub text: Arc<str>,
    /// What it rests on.
    pub citations: Vec<Citation>,
    /// Whether a human must decide before it harms.
    #[serde(default)]
    pub human_review: bool,
    /// Whether the applicant may appeal.
    #[serde(default)]
    pub appeal: bool,
    /// What is done beside the decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<Measure>,
    /// The determination that settled it: the effect is then what a human determined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub determination: Option<DeterminationId>,
}

/// Something that is not known, or not surely enough.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// About whom.
    pub subject: PartyId,
    /// What; any one of them suffices.
    pub attributes: Vec<Need>,
    /// How surely the best of them is known now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub have: Option<Assurance>,
    /// Why it is missing.
    pub why: Why,
    /// How fresh it must be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<Span>,
    /// Who asks for it.
    pub sources: Vec<RequirementRef>,
    /// What is decided meanwhile.
    pub while_missing: WhileMissing,
    /// Whether only proposed packs ask for it, so that nothing is decided by it.
    pub proposed: bool,
}

/// An attribute and the assurance that it needs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Need {
    /// Name in the attribute registry.
    pub attribute: Arc<str>,
    /// The least assurance.
    pub assurance: Assurance,
}

/// Why something is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Nobody said.
    Absent,
    /// Said, but not surely enough.
    TooWeak,
    /// Once sure enough, too long ago.
    TooOld,
    /// A check showed that it is not so.
    Failed,
    /// It decides whether a requirement applies.
    Decides,
}

/// A requirement as a source of a gap.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RequirementRef {
    /// The pack's id.
    pub pack: Arc<str>,
    /// The requirement's id.
    pub requirement: Arc<str>,
    /// Why it is asked, in plain language.
    pub why: Arc<str>,
    /// What it rests on.
    pub citations: Vec<Citation>,
    /// Whether the pack is only proposed and not elected.
    pub proposed: bool,
}

/// Limits for the provisioner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Whether anything is provided.
    pub provision: bool,
    /// How many instances at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instances_max: Option<u32>,
    /// Ports that stay closed, ascending.
    pub blocked_ports: Vec<u16>,
    /// How much may be spent, once per currency.
    pub spend_caps: Vec<SpendCap>,
    /// How many megabits a second at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bandwidth_mbps_max: Option<u32>,
    /// Until when they hold; then the account is judged anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// A cap on spending.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SpendCap {
    /// ISO 4217 code.
    pub currency: Arc<str>,
    /// In minor units.
    pub minor: u64,
}

/// Status under one pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusReport {
    /// The home jurisdiction.
    pub home: Arc<str>,
    /// Of the holder and all its beneficial owners together.
    pub customer: Status,
    /// Of each party.
    pub parties: BTreeMap<PartyId, Status>,
    /// Whether the customer counts as foreign because nothing else is shown yet.
    pub presumed_foreign: bool,
}

/// Status with respect to a home jurisdiction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// A fact that makes it domestic is evidenced.
    Domestic,
    /// Evidenced facts name other countries, and it claims nothing else.
    Foreign,
    /// Neither is shown.
    Undetermined,
}

impl Status {
    /// The word used in conditions and answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Domestic => "domestic",
            Self::Foreign => "foreign",
            Self::Undetermined => "undetermined",
        }
    }
}

/// A beneficial owner of the holder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeneficialOwner {
    /// Who.
    pub party: PartyId,
    /// The share held directly and through others, in millionths, rounded down.
    pub share_ppm: u32,
    /// Why it counts.
    pub basis: Basis,
}

/// Why somebody is a beneficial owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// By the share.
    Share,
    /// By control.
    Control,
}

/// A requirement that another pack forbids to meet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// About whom.
    pub subject: PartyId,
    /// The attributes concerned.
    pub attributes: Vec<Arc<str>>,
    /// What requires them.
    pub required_by: ConflictSide,
    /// What forbids them.
    pub prohibited_by: Vec<ConflictSide>,
}

/// One side of a conflict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConflictSide {
    /// The pack's id.
    pub pack: Arc<str>,
    /// The id of the requirement or prohibition.
    pub id: Arc<str>,
    /// What it rests on.
    pub citations: Vec<Citation>,
}

/// A notice of a pack that applies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeRef {
    /// The pack's id.
    pub pack: Arc<str>,
    /// The pack's version.
    pub version: Arc<str>,
    /// The notice's id.
    pub id: Arc<str>,
    /// BCP 47 tag.
    pub locale: Arc<str>,
}

/// An active pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackRef {
    /// Its id.
    pub id: Arc<str>,
    /// Its version.
    pub version: Arc<str>,
    /// SHA-256 of its text in hex.
    pub digest: Arc<str>,
    /// Its force.
    pub force: Force,
    /// The regime of the registry that it belongs to.
    pub regime: Arc<str>,
    /// Who elected that it bites although it is only proposed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elected_by: Option<Election>,
    /// Whether it applies to this account.
    pub applies: bool,
}
