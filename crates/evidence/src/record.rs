//! The record of a verification: resolution, validation and verification as three results, what was relied
//! on, and every discrepancy with how it was resolved.
//!
//! Resolution asks which one person or organisation is meant, validation whether the evidence is genuine and right,
//! verification whether the applicant is who it speaks of. A genuine passport of somebody else passes the second and fails
//! the third. Without a resolution of every substantive discrepancy nothing reaches verified.

use bonafide_model::{CheckOutcome, Date, Strength, Timestamp};
use serde::{Deserialize, Serialize};

/// Characters of the text of a resolution: an empty one resolves nothing.
const TEXT_LEAST_CHARACTERS: usize = 3;

/// One of the three results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepResult {
    /// How it ended.
    pub outcome: CheckOutcome,
    /// The methods by which it was found.
    pub methods: Vec<String>,
    /// When.
    pub at: Timestamp,
}

/// A document that was relied on. No image and no bytes of it are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReliedOn {
    /// What it is.
    pub document_type: String,
    /// Its number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Where it was issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place_of_issue: Option<String>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued_on: Option<Date>,
    /// The last day that it is good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_on: Option<Date>,
    /// How strong it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strength: Option<Strength>,
    /// SHA-256 of what was presented, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// Two statements that do not agree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discrepancy {
    /// Name in the attribute registry.
    pub attribute: String,
    /// Where the statements are from.
    pub between: (String, String),
    /// Whether it matters to who somebody is; others are kept and hold nothing up.
    pub substantive: bool,
    /// How it was resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Resolution>,
}

/// How a discrepancy was resolved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    /// Who resolved it.
    pub by: String,
    /// How, in words.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

/// The record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerificationRecord {
    /// Which one is meant.
    pub resolution: StepResult,
    /// Whether the evidence is genuine and right.
    pub validation: StepResult,
    /// Whether the applicant is who it speaks of.
    pub verification: StepResult,
    /// What was relied on.
    pub relied_on: Vec<ReliedOn>,
    /// What did not agree.
    pub discrepancies: Vec<Discrepancy>,
}

/// Why a record has not reached verified.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotVerified {
    /// One of the three steps did not pass.
    #[error("{0} did not pass")]
    Step(&'static str),
    /// Nothing was relied on.
    #[error("no document or other evidence was relied on")]
    NothingReliedOn,
    /// A substantive discrepancy is not resolved.
    #[error("the discrepancy of `{0}` is not resolved: say how, and who resolved it")]
    Unresolved(String),
}

impl VerificationRecord {
    /// Whether the record has reached verified.
    ///
    /// # Errors
    /// The first thing that is missing.
    pub fn verified(&self) -> Result<(), NotVerified> {
        let steps = [
            ("resolution", &self.resolution),
            ("validation", &self.validation),
            ("verification", &self.verification),
        ];
        for (name, step) in steps {
            if step.outcome != CheckOutcome::Pass || step.methods.is_empty() {
                return Err(NotVerified::Step(name));
            }
        }
        if self.relied_on.is_empty() {
            return Err(NotVerified::NothingReliedOn);
        }
        let open = self
            .discrepancies
            .iter()
            .find(|found| found.substantive && !found.is_resolved());
        open.map_or(Ok(()), |open| {
            Err(NotVerified::Unresolved(open.attribute.clone()))
        })
    }
}

impl Discrepancy {
    /// Whether somebody said how it was resolved.
    #[must_use]
    pub fn is_resolved(&self) -> bool {
        self.resolution.as_ref().is_some_and(|resolution| {
            resolution.text.trim().chars().count() >= TEXT_LEAST_CHARACTERS
                && !resolution.by.trim().is_empty()
        })
    }
}
