//! A sign-up as somebody sends it, and the facts that it becomes.
//!
//! The same shape is posted to the API, read by `bonafide judge` and shipped as samples. Reading it is pure: everything
//! wrong with it is found at once, and each mistake names its field. The shapes carry their own description for the
//! API's document, so that the two cannot drift apart.

use std::collections::BTreeMap;

use bonafide_model::{
    CheckOutcome, Date, OpeningMethod, PartyId, PartyKind, RoleKind, Strength, Timestamp,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

mod facts;
mod records;
mod roles;

pub use facts::{Draft, FactContext};
pub use records::{NamedEvidence, read_checks, read_claims, read_evidence};

/// Parties in one sign-up. The largest real ownership statements name some dozens.
pub const PARTIES_MAX: usize = 100;
/// Parties of one account over its whole life; bounds the ownership graph too.
pub const ACCOUNT_PARTIES_MAX: usize = 200;
/// Claims, evidence and checks about one party in one request.
pub const ITEMS_MAX: usize = 100;
/// Roles in one sign-up.
pub const ROLES_MAX: usize = 300;
/// Characters of a reference, an external id, a method, a reason code.
pub const NAME_MAX_CHARS: usize = 64;
/// How far in the future a check may claim to have been run: clocks differ a little.
pub const SKEW_MAX_MS: i64 = 5 * 60 * 1000;

/// One mistake in what was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// Where: `parties[0].claims[2].value`.
    pub field: String,
    /// What is wrong and what to write instead.
    pub message: String,
}

impl FieldError {
    /// A mistake at a field.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }
}

/// A sign-up: an account, its parties, and how they stand to it and to each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignUp {
    /// The operator's own id for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 64, nullable = false)]
    pub external_id: Option<String>,
    /// What is ordered.
    pub account: AccountIn,
    /// Everybody concerned.
    #[schema(min_items = 1, max_items = 100)]
    pub parties: Vec<PartyIn>,
    /// How they stand to the account and to each other; exactly one is the holder.
    #[schema(min_items = 1, max_items = 300)]
    pub roles: Vec<RoleIn>,
}

/// Parties and roles added to an account that is known. Roles may name its parties by `ref` of this request or by id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountAddition {
    /// New parties, or known ones with an `id`.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub parties: Vec<PartyIn>,
    /// New roles; never a holder.
    #[serde(default)]
    #[schema(max_items = 300)]
    pub roles: Vec<RoleIn>,
}

/// What is ordered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountIn {
    /// Product of the provider's catalogue.
    #[schema(max_length = 64)]
    pub product: String,
    /// Region of the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 64, nullable = false)]
    pub region: Option<String>,
    /// Whether it is a trial.
    #[serde(default)]
    pub trial: bool,
    /// How it is opened.
    #[serde(default)]
    #[schema(value_type = String, pattern = "^(online|in_person|reseller|imported)$")]
    pub opening_method: OpeningMethod,
}

/// A party, new or already known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PartyIn {
    /// Name of the party within this request.
    #[serde(rename = "ref")]
    #[schema(max_length = 64)]
    pub reference: String,
    /// The id of a party that is already known; its earlier claims count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    pub id: Option<PartyId>,
    /// Person or organisation.
    #[schema(value_type = String, pattern = "^(person|organisation)$")]
    pub kind: PartyKind,
    /// What is asserted about it.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub claims: Vec<ClaimIn>,
    /// What supports it.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub evidence: Vec<EvidenceIn>,
    /// Checks already run.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub checks: Vec<CheckIn>,
}

/// An attribute and its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimIn {
    /// Name in the attribute registry.
    pub attribute: String,
    /// The value: a text, a date as text, `true` or `false`, a whole number, or an address object.
    #[schema(value_type = Object)]
    pub value: serde_json::Value,
    /// First day it was so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = Date, nullable = false)]
    pub valid_from: Option<Date>,
    /// First day it was no longer so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = Date, nullable = false)]
    pub valid_to: Option<Date>,
    /// Who says so; the applicant when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 64, nullable = false)]
    pub source: Option<String>,
}

/// A piece of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceIn {
    /// Name of the evidence within this request, for its checks.
    #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 64, nullable = false)]
    pub reference: Option<String>,
    /// What it is: `passport`, `register_extract` …
    #[schema(max_length = 64)]
    pub kind: String,
    /// How strong it is.
    #[schema(value_type = String, pattern = "^(fair|strong|superior)$")]
    pub strength: Strength,
    /// Issuing country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub issuing_country: Option<String>,
    /// Its number. Named differently from `ref`, which is only for this request.
    #[serde(rename = "reference", default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub number: Option<String>,
    /// When it was issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = Date, nullable = false)]
    pub issued_on: Option<Date>,
    /// The last day it is good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = Date, nullable = false)]
    pub expires_on: Option<Date>,
}

/// One run of a method by whoever ran it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckIn {
    /// The method.
    pub method: String,
    /// The attributes whose present claims it was about; all that the method can show when left out.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub attributes: Vec<String>,
    /// Evidence it looked at, by `ref` within this request or by evidence id.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub evidence: Vec<String>,
    /// How it ended.
    #[schema(value_type = String, pattern = "^(pass|fail|inconclusive)$")]
    pub outcome: CheckOutcome,
    /// Why, as codes for staff.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub reasons: Vec<String>,
    /// When it was run; now when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, nullable = false)]
    pub at: Option<Timestamp>,
    /// When an inconclusive check may be tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, nullable = false)]
    pub retry_at: Option<Timestamp>,
}

/// How a party stands to the account, or to the organisation named by `of`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleIn {
    /// Reference of the party.
    pub party: String,
    /// Which role.
    #[schema(value_type = String, pattern = "^(holder|owner|controller|representative|payer|reseller|lessee)$")]
    pub kind: RoleKind,
    /// Reference of the organisation owned or controlled; the holder when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub of: Option<String>,
    /// Share owned in percent, as text with at most four decimals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, pattern = "^[0-9]{1,3}([.][0-9]{1,4})?$")]
    pub share: Option<String>,
}

/// References within a request and the ids they got.
pub(crate) type References = BTreeMap<String, PartyId>;
