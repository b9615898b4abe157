//! The shape of a plan.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::words::{AssuranceOut, UnmetReasonOut};

/// What to do next, and what it costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanOut {
    /// By subject: what is asked, then methods, then those that the provider carries out without the applicant.
    pub steps: Vec<StepOut>,
    /// What all steps cost.
    pub cost: PlanCostOut,
    /// What no method can close.
    pub unmet: Vec<UnmetOut>,
    /// Whether no cheaper plan exists under these weights.
    pub proven_optimal: bool,
}

/// One method to run, or one field to ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepOut {
    /// About whom.
    pub subject: String,
    /// The method's id; `ask` for a form field.
    pub method: String,
    /// What an applicant reads.
    pub title: String,
    /// Attributes that close gaps.
    pub closes: Vec<String>,
    /// Those among them that no other step closes: why the step is needed.
    pub only_here: Vec<String>,
    /// Fields to hand over that were not held and that no earlier step collects.
    pub collects: Vec<String>,
    /// Why the step is needed, in words.
    pub why: String,
    /// What could stand in its place, cheapest first.
    pub alternatives: Vec<AlternativeOut>,
    /// Whether the provider does it without the applicant. Of all methods the service itself carries out `list-screening`
    /// alone; the result of any other is posted by whoever carried it out.
    pub automatic: bool,
}

/// One method or a pair that could replace a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AlternativeOut {
    /// Ids of the methods, `ask` among them for a form field.
    pub methods: Vec<String>,
    /// Fields that it would collect and the rest of the plan does not.
    pub collects: Vec<String>,
    /// How many points more the plan would cost.
    pub extra_cost: i64,
}

/// What a plan costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanCostOut {
    /// Points: what the planner made least.
    pub total: u64,
    /// Every field newly handed over.
    pub fields: Vec<CollectedFieldOut>,
    /// Money in minor units.
    pub money_minor: u64,
    /// Minutes of the applicants, begun ones counted whole.
    pub minutes: u64,
    /// Share of applicants lost on the way in basis points, rounded up.
    pub dropoff_bp: u32,
}

/// A field that a subject newly hands over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CollectedFieldOut {
    /// Who, or about whom.
    pub subject: String,
    /// The attribute.
    pub attribute: String,
}

/// A gap that stays open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnmetOut {
    /// About whom.
    pub subject: String,
    /// What is missing, each with the assurance that it needs; any of them would do.
    #[schema(value_type = Vec<Vec<String>>)]
    pub attributes: Vec<(String, AssuranceOut)>,
    /// Why.
    pub reason: UnmetReasonOut,
    /// The prohibited attributes that stand in the way.
    pub prohibited: Vec<String>,
}
