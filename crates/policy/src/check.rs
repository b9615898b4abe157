//! What contradicts what, within a pack and between packs that are to apply together.
//!
//! Everything found names both sides with their citations. Nothing is resolved here: which of two laws yields is for a
//! person to decide and to write down. Whether a pack can be read at all, its sets and
//! citations included, is [`crate::pack`]'s matter.

mod clash;
mod unmet;
mod wording;

use bonafide_model::Registry;
use serde::{Deserialize, Serialize};

use crate::method::MethodSet;
use crate::pack::{Citation, Pack, Requirement};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// May contradict, depending on the case.
    Warning,
    /// Contradicts in every case: both cannot be kept.
    Error,
}

/// What kind of contradiction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// A record must be kept for longer than it may be.
    TermClash,
    /// An attribute is required and must not be collected.
    RequiredButProhibited,
    /// No method raises an attribute as surely as a requirement demands, and nobody can be asked for it. As a warning:
    /// that holds of one fact by which somebody may be domestic, and whoever has no other can show nothing.
    CannotBeMet,
    /// A retention term or a prohibition names a class that the registry does not have.
    UnknownClass,
    /// A proposed or voluntary pack speaks as if it were law.
    ForceWording,
    /// A score alone would refuse somebody.
    ScoreAloneRefuses,
}

/// One side of a finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Side {
    /// The pack's id.
    pub pack: String,
    /// The part of the pack: `requirement/holder-name`, `retention/identity`.
    pub part: String,
    /// On what the part rests.
    pub citations: Vec<Citation>,
}

/// A contradiction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What kind.
    pub kind: FindingKind,
    /// How bad.
    pub severity: Severity,
    /// What contradicts what, in words.
    pub message: String,
    /// The parts concerned; two where two contradict each other.
    pub sides: Vec<Side>,
}

/// All contradictions in packs that are to apply together, by kind and then by pack.
#[must_use]
pub fn check(packs: &[&Pack], registry: &Registry, methods: &MethodSet) -> Vec<Finding> {
    let mut found = Vec::new();
    clash::terms(packs, &mut found);
    clash::prohibited(packs, registry, &mut found);
    for pack in packs {
        unmet::requirements(pack, registry, methods, &mut found);
        unmet::status_facts(pack, registry, methods, &mut found);
        clash::unknown_classes(pack, registry, &mut found);
        wording::force(pack, &mut found);
        wording::score_alone(pack, &mut found);
    }
    found.sort_by(|a, b| (a.kind, &a.sides, &a.message).cmp(&(b.kind, &b.sides, &b.message)));
    found
}

fn names(requirement: &Requirement) -> String {
    let names: Vec<String> = requirement
        .attributes
        .iter()
        .map(|a| format!("`{a}`"))
        .collect();
    names.join(" or ")
}

fn requirement_side(pack: &Pack, requirement: &Requirement) -> Side {
    Side {
        pack: pack.id.to_string(),
        part: format!("requirement/{}", requirement.id),
        citations: requirement.citations.clone(),
    }
}
