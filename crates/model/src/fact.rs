//! What can be recorded about a party: claims, evidence, checks and screenings.

use serde::{Deserialize, Serialize};

use crate::{CheckId, ClaimId, Date, EvidenceId, PartyId, Timestamp, Value};

/// How surely a claim is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assurance {
    /// Somebody said so.
    Asserted,
    /// Evidence for it is genuine, or a source agrees.
    Validated,
    /// It is shown to belong to this party.
    Verified,
}

impl Assurance {
    /// The word used in packs and answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Asserted => "asserted",
            Self::Validated => "validated",
            Self::Verified => "verified",
        }
    }
}

/// How strong a piece of evidence is, by who issued it and how it can be validated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// Issued with some care, or not validated against its issuer.
    Fair,
    /// Issued with care, and validated.
    Strong,
    /// Issued with care, cryptographically validated and bound to its holder.
    Superior,
}

/// An attribute and a value that somebody asserted about a party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The claim's id.
    pub id: ClaimId,
    /// Whom it is about.
    pub party: PartyId,
    /// Name in the attribute registry.
    pub attribute: String,
    /// The value.
    pub value: Value,
    /// Who said so: `applicant`, `staff`, `import`, a method, a register.
    pub source: String,
    /// First day it was so, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Date>,
    /// First day it was no longer so, if it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<Date>,
    /// When it was said.
    pub asserted_at: Timestamp,
    /// When we knew.
    pub recorded_at: Timestamp,
}

/// What supports claims: a document, a credential, a register extract, a vendor's report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The evidence's id.
    pub id: EvidenceId,
    /// Whom it is about.
    pub party: PartyId,
    /// What it is: `passport`, `register_extract`, `vendor_report` …
    pub kind: String,
    /// How strong it is.
    pub strength: Strength,
    /// Issuing country, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuing_country: Option<String>,
    /// Its number or reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// When it was issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued_on: Option<Date>,
    /// The last day it is good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_on: Option<Date>,
    /// When we knew.
    pub recorded_at: Timestamp,
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckOutcome {
    /// It shows what the method can show.
    Pass,
    /// It shows that it is not so.
    Fail,
    /// It shows nothing; a method that errors is not a pass.
    Inconclusive,
}

/// One run of a method.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The check's id.
    pub id: CheckId,
    /// Whom it is about.
    pub party: PartyId,
    /// The method that was run.
    pub method: String,
    /// What it looked at.
    #[serde(default)]
    pub evidence: Vec<EvidenceId>,
    /// The claims it was about.
    pub claims: Vec<ClaimId>,
    /// How it ended.
    pub outcome: CheckOutcome,
    /// Why, as stable codes for staff; never shown to the applicant.
    #[serde(default)]
    pub reasons: Vec<String>,
    /// When it was run.
    pub at: Timestamp,
    /// When an inconclusive automatic check may be tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<Timestamp>,
    /// When we knew.
    pub recorded_at: Timestamp,
}

/// A list as it stood at a screening.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ListVersion {
    /// The list's name.
    pub name: String,
    /// SHA-256 of the bytes it was read from, in hex.
    pub digest: String,
    /// When the authority published it, if the file or the operator says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_on: Option<Date>,
    /// When it was loaded.
    pub loaded_at: Timestamp,
}

/// One entry of a list that a party may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScreeningHit {
    /// The list's name.
    pub list: String,
    /// The entry's id on the list.
    pub entry: String,
    /// The listed name that matched.
    pub listed_name: String,
    /// How like they are, in basis points.
    pub score_bp: u16,
    /// What agreed and what did not, for a reviewer.
    pub explanation: Vec<String>,
    /// SHA-256 in hex of what the list says of the party, without the entry's number: the same entry under another number has
    /// the same, an entry of which a name, a date or the like changed has another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity: Option<String>,
}

/// A party held against lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Screening {
    /// Who was screened.
    pub party: PartyId,
    /// Against which lists.
    pub lists: Vec<ListVersion>,
    /// What was found at or above the threshold; empty means that nothing was.
    pub hits: Vec<ScreeningHit>,
    /// How many more were found than are named here: beyond the bound on the hits of one screening.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub hits_left_out: u32,
    /// The least score that counts as a hit, in basis points.
    pub threshold_bp: u16,
    /// The version of the matching.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
    /// SHA-256 in hex of what the lists were asked. The question itself is committed to beside the screening.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<String>,
    /// When.
    pub at: Timestamp,
    /// When we knew.
    pub recorded_at: Timestamp,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl Screening {
    /// The highest score found, zero when nothing was.
    #[must_use]
    pub fn top_score_bp(&self) -> u16 {
        self.hits.iter().map(|h| h.score_bp).max().unwrap_or(0)
    }
}
