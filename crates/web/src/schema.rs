//! The shapes of judgements as they are sent, for the document.
//!
//! The use cases hand judgements on as JSON, to the byte as they were recorded; these structs say what is in it. A test
//! reads real judgements into them with unknown fields refused, so that they cannot drift from what the rules write.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

mod plan;
mod words;

pub use plan::{AlternativeOut, CollectedFieldOut, PlanCostOut, PlanOut, StepOut, UnmetOut};
pub use words::{
    AssuranceOut, BasisOut, DecisionOut, ForceOut, MeasureOut, RiskOut, StandingOut, StatusOut,
    UnmetReasonOut, WhileMissingOut, WhyOut,
};

/// What is decided, why, what is missing and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssessmentOut {
    /// The version of the rules.
    pub engine: String,
    /// When it was made; the only part that differs between instants before `review_at`.
    #[schema(format = DateTime)]
    pub assessed_at: String,
    /// What is decided.
    pub decision: DecisionOut,
    /// Where that leaves the account.
    pub standing: StandingOut,
    /// Why: every rule that had a part in it.
    pub reasons: Vec<ReasonOut>,
    /// What is missing.
    pub missing: Vec<MissingOut>,
    /// The least intrusive way to supply it.
    pub plan: PlanOut,
    /// Limits for the provisioner.
    pub entitlements: EntitlementsOut,
    /// Status under each pack that has a rule for it, by the pack's id.
    pub status: BTreeMap<String, StatusReportOut>,
    /// Beneficial owners under each pack that has a rule for them, by the pack's id.
    pub beneficial_owners: BTreeMap<String, Vec<BeneficialOwnerOut>>,
    /// The risk band.
    pub risk: RiskOut,
    /// What the packs contradict each other in here.
    pub conflicts: Vec<ConflictOut>,
    /// What proposed packs would have done, had an officer elected them.
    pub dry_run: Vec<ReasonOut>,
    /// What the customer must be told.
    pub notices: Vec<NoticeOut>,
    /// The first instant at which the answer can change by time alone.
    #[schema(required, format = DateTime)]
    pub review_at: Option<String>,
    /// The active packs.
    pub packs: Vec<PackOut>,
}

/// A rule that had a part in the decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonOut {
    /// What it does to the decision; `approve` for what is only noted.
    pub effect: DecisionOut,
    /// `pack-id/rule-id`, or `engine/…`.
    pub rule: String,
    /// About whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub subject: Option<String>,
    /// The class of reason that the applicant may see.
    pub public_reason: String,
    /// For staff.
    pub text: String,
    /// What it rests on.
    pub citations: Vec<CitationOut>,
    /// Whether a human must decide before it harms.
    pub human_review: bool,
    /// Whether the applicant may appeal.
    pub appeal: bool,
    /// What is done beside the decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub measure: Option<MeasureOut>,
    /// The determination that settled it: the effect is then what a human determined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub determination: Option<String>,
}

/// A source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CitationOut {
    /// The pack's id.
    pub pack: String,
    /// The id within the pack.
    pub id: String,
    /// The citation.
    pub text: String,
}

/// Something that is not known, or not surely enough.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MissingOut {
    /// About whom.
    pub subject: String,
    /// What; any one of them suffices.
    pub attributes: Vec<NeedOut>,
    /// How surely the best of them is known now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub have: Option<AssuranceOut>,
    /// Why it is missing.
    pub why: WhyOut,
    /// How fresh it must be, an ISO 8601 duration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub max_age: Option<String>,
    /// Who asks for it.
    pub sources: Vec<RequirementOut>,
    /// What is decided meanwhile.
    pub while_missing: WhileMissingOut,
    /// Whether only proposed packs ask for it, so that nothing is decided by it.
    pub proposed: bool,
}

/// An attribute and the assurance that it needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NeedOut {
    /// Name in the attribute registry.
    pub attribute: String,
    /// The least assurance.
    pub assurance: AssuranceOut,
}

/// A requirement as a source of a gap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequirementOut {
    /// The pack's id.
    pub pack: String,
    /// The requirement's id.
    pub requirement: String,
    /// Why it is asked, in plain language.
    pub why: String,
    /// What it rests on.
    pub citations: Vec<CitationOut>,
    /// Whether the pack is only proposed and not elected.
    pub proposed: bool,
}

/// Limits for the provisioner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EntitlementsOut {
    /// Whether anything is provided.
    pub provision: bool,
    /// How many instances at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub instances_max: Option<u32>,
    /// Ports that stay closed, ascending.
    pub blocked_ports: Vec<u16>,
    /// How much may be spent, once per currency.
    pub spend_caps: Vec<SpendCapOut>,
    /// How many megabits a second at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub bandwidth_mbps_max: Option<u32>,
    /// Until when they hold; then the account is judged anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    pub expires_at: Option<String>,
}

/// A cap on spending.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SpendCapOut {
    /// ISO 4217 code.
    pub currency: String,
    /// In minor units.
    pub minor: u64,
}

/// Status under one pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusReportOut {
    /// The home jurisdiction.
    pub home: String,
    /// Of the holder and all its beneficial owners together.
    pub customer: StatusOut,
    /// Of each party.
    pub parties: BTreeMap<String, StatusOut>,
    /// Whether the customer counts as foreign because nothing else is shown yet.
    pub presumed_foreign: bool,
}

/// A beneficial owner of the holder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BeneficialOwnerOut {
    /// Who.
    pub party: String,
    /// The share held directly and through others, in millionths, rounded down.
    pub share_ppm: u32,
    /// Why it counts.
    pub basis: BasisOut,
}

/// A requirement that another pack forbids to meet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConflictOut {
    /// About whom.
    pub subject: String,
    /// The attributes concerned.
    pub attributes: Vec<String>,
    /// What requires them.
    pub required_by: ConflictSideOut,
    /// What forbids them.
    pub prohibited_by: Vec<ConflictSideOut>,
}

/// One side of a conflict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConflictSideOut {
    /// The pack's id.
    pub pack: String,
    /// The id of the requirement or prohibition.
    pub id: String,
    /// What it rests on.
    pub citations: Vec<CitationOut>,
}

/// A notice of a pack that applies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoticeOut {
    /// The pack's id.
    pub pack: String,
    /// The pack's version.
    pub version: String,
    /// The notice's id.
    pub id: String,
    /// BCP 47 tag.
    pub locale: String,
}

/// An active pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PackOut {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of its text in hex.
    pub digest: String,
    /// Its force.
    pub force: ForceOut,
    /// The regime of the attribute registry that it belongs to.
    pub regime: String,
    /// Who elected that it bites although it is only proposed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub elected_by: Option<ElectionOut>,
    /// Whether it applies to this account.
    pub applies: bool,
}

/// A named officer's election that a proposed pack bites.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ElectionOut {
    /// Who.
    pub officer: String,
    /// When.
    #[schema(format = DateTime)]
    pub at: String,
}

/// Every schema that the routes do not name themselves. What is sent may grow: readers must not stumble over a new field,
/// so the document does not close the shapes, although the test does.
pub(crate) fn all() -> Vec<(String, Value)> {
    let named = [of::<AssessmentOut>(), of::<EntitlementsOut>()]
        .into_iter()
        .flatten();
    let opened = |(name, mut schema): (String, Value)| {
        if let Some(schema) = schema.as_object_mut() {
            schema.remove("additionalProperties");
        }
        (name, schema)
    };
    named.map(opened).collect()
}

/// A type's schema and those that it names.
pub(crate) fn of<T: ToSchema + PartialSchema>() -> Vec<(String, Value)> {
    let mut named: Vec<(String, RefOr<Schema>)> = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut named);
    named
        .into_iter()
        .map(|(name, schema)| (name, serde_json::to_value(schema).unwrap_or_default()))
        .collect()
}
