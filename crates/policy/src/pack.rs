//! Policy packs: what must be known, what may not be, what raises a question, and for how long records are kept.
//!
//! A pack is one versioned TOML file. It is compiled when it is read: conditions are lowered ([`Condition`]), attributes
//! become positions of the registry, citations become shared texts. A pack with a mistake is refused with file, line and
//! what to write instead ([`PackError`]); a key that is not known here is a mistake.

mod parse;
mod raw;
mod set;
mod source;
mod terms;

use std::collections::BTreeMap;
use std::sync::Arc;

use bonafide_model::{Assurance, Registry, Share, Span};
use serde::{Deserialize, Serialize};

use crate::expr::Condition;
pub use set::{ActivePack, Election, PACKS_MAX, PackSet, PackSetError};
pub use source::PackError;
pub(crate) use source::{Source, shown};
pub use terms::{Anchor, Entitlements, Notice, Provisional, Retention};

/// A compiled policy pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pack {
    /// Its id, in kebab case.
    pub id: Arc<str>,
    /// Its version.
    pub version: Arc<str>,
    /// SHA-256 of its text in hex, as the caller computed it.
    pub digest: Arc<str>,
    /// Its title.
    pub title: Arc<str>,
    /// What it does, in a sentence or two.
    pub summary: Arc<str>,
    /// Whether it is law, a choice or a proposal.
    pub force: Force,
    /// The home jurisdiction that status is about.
    pub home: Option<Arc<str>>,
    /// Regime of the registry for handling and notices.
    pub regime: Arc<str>,
    /// To which accounts it applies; all when absent.
    pub applies: Option<Condition>,
    /// Named lists for conditions.
    pub sets: BTreeMap<Arc<str>, Vec<Arc<str>>>,
    /// Named conditions on a party.
    pub predicates: BTreeMap<Arc<str>, Condition>,
    /// What it rests on.
    pub citations: Vec<CitedText>,
    /// How status is derived.
    pub status: Option<StatusRule>,
    /// Who counts as a beneficial owner.
    pub beneficial_owner: Option<OwnerRule>,
    /// What must be known.
    pub requirements: Vec<Requirement>,
    /// What must not be collected or kept.
    pub prohibitions: Vec<Prohibition>,
    /// What raises a question.
    pub rules: Vec<Rule>,
    /// What happens when verification fails.
    pub failures: Vec<Failure>,
    /// Whether no machine refuses alone where it applies.
    pub human_decides: bool,
    /// Terms while something is missing.
    pub provisional: Option<Provisional>,
    /// Limits of an approved account.
    pub approve: Option<Entitlements>,
    /// How long records are kept.
    pub retention: Vec<Retention>,
    /// What customers are told.
    pub notices: Vec<Notice>,
}

impl Pack {
    /// Reads and compiles a pack. `file` is only named in errors; `digest` is the SHA-256 of `text` in hex, which this
    /// crate does not compute.
    pub fn parse(
        file: &str,
        text: &str,
        digest: &str,
        registry: &Registry,
    ) -> Result<Self, PackError> {
        parse::parse(file, text, digest, registry)
    }
}

/// Whether a pack is law, a choice or a proposal (invariant 14).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Force {
    /// Law in force.
    InForce,
    /// The provider's own choice.
    Voluntary,
    /// A proposal: harms nobody unless an officer elects it.
    Proposed,
}

impl Force {
    /// The word used in packs and answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InForce => "in_force",
            Self::Voluntary => "voluntary",
            Self::Proposed => "proposed",
        }
    }
}

/// A source as a pack names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CitedText {
    /// Its id within the pack.
    pub id: Arc<str>,
    /// The citation.
    pub text: Arc<str>,
    /// A caution for readers.
    pub note: Option<Arc<str>>,
}

/// A source as it stands beside what rests on it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Citation {
    /// The pack's id.
    pub pack: Arc<str>,
    /// The id within the pack.
    pub id: Arc<str>,
    /// The citation.
    pub text: Arc<str>,
}

/// How status is derived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusRule {
    /// The least assurance at which a fact counts.
    pub clear_at: Assurance,
    /// The facts, any one of which makes a party domestic.
    pub facts: Vec<Arc<str>>,
    /// What it rests on.
    pub citations: Vec<Citation>,
    pub(crate) positions: Vec<usize>,
}

/// Who counts as a beneficial owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerRule {
    /// The share that counts.
    pub threshold: Share,
    /// Whether the threshold itself counts.
    pub comparison: Comparison,
    /// Whether controllers count.
    pub control: bool,
    /// Whether more than half of the shares counts as control.
    pub control_by_majority: bool,
    /// Who of those found counts.
    pub strategy: Strategy,
    /// What it rests on.
    pub citations: Vec<Citation>,
}

/// Whether a threshold itself counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Comparison {
    /// The threshold and more.
    #[serde(rename = ">=")]
    AtLeast,
    /// More than the threshold.
    #[serde(rename = ">")]
    MoreThan,
}

impl Comparison {
    /// In words, before a number.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::AtLeast => "of at least",
            Self::MoreThan => "of more than",
        }
    }
}

/// Who of those found counts as a beneficial owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// All of them.
    All,
    /// All owners by share, and at most one person who controls without one (31 CFR 1010.230).
    OneControlPerson,
}

/// Whom a requirement, rule or failure is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The holder of the account.
    Party,
    /// The holder again, for what belongs to the account.
    Account,
    /// The beneficial owners of the holder.
    Owner,
    /// Who controls the holder.
    Controller,
    /// Who acts for the holder.
    Representative,
    /// Who pays.
    Payer,
    /// Who resells to the holder.
    Reseller,
    /// Who rents from the holder.
    Lessee,
}

impl Subject {
    /// Every subject.
    pub const ALL: [Self; 8] = [
        Self::Party,
        Self::Account,
        Self::Owner,
        Self::Controller,
        Self::Representative,
        Self::Payer,
        Self::Reseller,
        Self::Lessee,
    ];

    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Party | Self::Account => "holder",
            Self::Owner => "beneficial owner",
            Self::Controller => "controller",
            Self::Representative => "representative",
            Self::Payer => "payer",
            Self::Reseller => "reseller",
            Self::Lessee => "lessee",
        }
    }
}

/// What must be known, how surely, how fresh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// Its id within the pack.
    pub id: Arc<str>,
    /// About whom.
    pub subject: Subject,
    /// When; always if absent.
    pub when: Option<Condition>,
    /// What; any one of them suffices.
    pub attributes: Vec<Arc<str>>,
    /// How surely.
    pub assurance: Assurance,
    /// How fresh, from the instant at which the assurance was established.
    pub max_age: Option<Span>,
    /// What is decided while it is missing.
    pub while_missing: WhileMissing,
    /// Whether it only asks a party that claims to be domestic for the proof.
    pub deter_only_home: bool,
    /// What it rests on.
    pub citations: Vec<Citation>,
    /// Why it is asked, in plain language.
    pub why: Arc<str>,
    /// `pack-id/requirement-id`.
    pub(crate) rule: Arc<str>,
    pub(crate) positions: Vec<usize>,
}

/// What is decided while a requirement is unmet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhileMissing {
    /// The account runs under limits.
    Provisional,
    /// A human looks at it.
    Refer,
}

impl WhileMissing {
    /// The word used in packs and answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Provisional => "provisional",
            Self::Refer => "refer",
        }
    }
}

/// What must not be collected or kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prohibition {
    /// Its id within the pack.
    pub id: Arc<str>,
    /// One attribute …
    pub attribute: Option<Arc<str>>,
    /// … or every attribute of a record class.
    pub class: Option<Arc<str>>,
    /// What is forbidden.
    pub action: ProhibitionAction,
    /// When; always if absent.
    pub when: Option<Condition>,
    /// Packs whose requirements it yields to.
    pub unless_required_by: Vec<Arc<str>>,
    /// What it rests on.
    pub citations: Vec<Citation>,
    pub(crate) attributes: u128,
}

/// What a prohibition forbids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProhibitionAction {
    /// To collect it at all.
    Collect,
    /// To keep it once it has served.
    Keep,
}

impl ProhibitionAction {
    /// In words, after "is not".
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Collect => "collected",
            Self::Keep => "kept",
        }
    }
}

/// What raises a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its id within the pack.
    pub id: Arc<str>,
    /// About whom.
    pub subjects: Vec<Subject>,
    /// When it fires; what is not known does not fire it.
    pub when: Condition,
    /// What follows.
    pub outcome: Outcome,
    /// The risk band that it puts the account in.
    pub band: Band,
    /// Whether a human must decide what harms.
    pub human_review: bool,
    /// Whether a score alone makes it fire.
    pub score_based: bool,
    /// The class of reason that the applicant may see.
    pub public_reason: Arc<str>,
    /// What it rests on.
    pub citations: Vec<Citation>,
    /// For staff.
    pub text: Arc<str>,
}

/// What follows from a rule or a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Only the risk band rises.
    Watch,
    /// The account runs under limits.
    Provisional,
    /// The account goes on under the limits of provisional terms, without an end, and is watched.
    Monitor,
    /// The account keeps what it has and gets nothing new.
    Restrict,
    /// A human looks at it.
    Refer,
    /// The account is not opened, or not kept.
    Refuse,
    /// The account is to be closed.
    Close,
}

impl Outcome {
    /// The word used in packs and answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Watch => "watch",
            Self::Provisional => "provisional",
            Self::Monitor => "monitor",
            Self::Restrict => "restrict",
            Self::Refer => "refer",
            Self::Refuse => "refuse",
            Self::Close => "close",
        }
    }

    /// In words, for the programme.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Monitor => "monitor (it goes on under these limits and is watched)",
            Self::Restrict => "restrict (it keeps what it has and gets nothing new)",
            other => other.as_str(),
        }
    }
}

/// A band of risk.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// Nothing stands out.
    #[default]
    Low,
    /// Something to watch.
    Medium,
    /// Something to look into.
    High,
}

impl Band {
    /// The word used in packs and answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// What happens when verification fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Its id within the pack.
    pub id: Arc<str>,
    /// About whom.
    pub subject: Subject,
    /// When it fires.
    pub when: Condition,
    /// What follows: monitor, restrict, refer, refuse or close.
    pub outcome: Outcome,
    /// Who else must then be identified, as owners are.
    pub add_sub_subjects: Vec<Subject>,
    /// The class of reason that the applicant may see.
    pub public_reason: Arc<str>,
    /// Whether the applicant may appeal.
    pub appeal: bool,
    /// What it rests on.
    pub citations: Vec<Citation>,
    /// For staff.
    pub text: Arc<str>,
}

#[cfg(test)]
mod tests;
