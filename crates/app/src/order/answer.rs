//! What an order is answered.

use bonafide_model::{AccountId, PartyId, Timestamp};
use bonafide_policy::{Decision, Limits, Missing, Plan, Reason};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whether an order may go ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Go ahead.
    Allowed,
    /// Go ahead within the limits.
    AllowedWithLimits,
    /// Not before something is supplied that the customer can supply.
    Missing,
    /// Not before a human has looked.
    Referred,
    /// No.
    Refused,
}

impl Outcome {
    /// The word used in answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::AllowedWithLimits => "allowed_with_limits",
            Self::Missing => "missing",
            Self::Referred => "referred",
            Self::Refused => "refused",
        }
    }

    /// Whether to go ahead.
    #[must_use]
    pub fn is_allowed(self) -> bool {
        matches!(self, Self::Allowed | Self::AllowedWithLimits)
    }
}

/// What an answer rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// A recorded judgement of the account.
    Recorded,
    /// What a sign-up would be answered: open an account for the product before anything is provided.
    WhatIf,
}

/// A limit that the order would go beyond.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Passed {
    /// `instances` or `spend`.
    #[schema(pattern = "^(instances|spend)$")]
    pub limit: String,
    /// ISO 4217 code, for `spend`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub currency: Option<String>,
    /// The limit.
    pub max: u64,
    /// What would be used with the order, as far as was told.
    pub wanted: u64,
}

/// The answer to an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrderAnswer {
    /// Whether it may go ahead.
    #[schema(value_type = String, pattern = "^(allowed|allowed_with_limits|missing|referred|refused)$")]
    pub outcome: Outcome,
    /// What the answer rests on; with `what_if`, open an account by a sign-up first.
    #[schema(value_type = String, pattern = "^(recorded|what_if)$")]
    pub basis: Basis,
    /// The account that stands for it; absent with `what_if`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    pub account: Option<AccountId>,
    /// Who holds it.
    #[schema(value_type = String)]
    pub party: PartyId,
    /// The product asked for.
    pub product: String,
    /// The region asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub region: Option<String>,
    /// The instances asked for.
    pub quantity: u32,
    /// The decision of the judgement.
    #[schema(value_type = Object)]
    pub decision: Decision,
    /// The limits to provide within.
    #[schema(value_type = Object)]
    pub limits: Limits,
    /// The limits that the order would go beyond.
    pub passed: Vec<Passed>,
    /// Why it does not simply go ahead, for staff; each with the class of reason that the customer may see.
    #[schema(value_type = Vec<Object>)]
    pub reasons: Vec<Reason>,
    /// What is missing.
    #[schema(value_type = Vec<Object>)]
    pub missing: Vec<Missing>,
    /// The least intrusive way to supply it; absent when nothing is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object, nullable = false)]
    pub plan: Option<Plan>,
    /// When the judgement was made.
    #[schema(value_type = String, format = DateTime)]
    pub assessed_at: Timestamp,
    /// The first instant at which it can change by time alone: until then the answer to the same order stays, unless
    /// something new is learned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, nullable = false)]
    pub review_at: Option<Timestamp>,
    /// SHA-256 of the recorded judgement in hex; absent with `what_if`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub assessment_sha256: Option<String>,
    /// The account's token of entitlements, if it was asked for; absent with `what_if`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub token: Option<String>,
}
