//! The packs that are active together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bonafide_model::{Registry, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Force, Pack, Subject};
use crate::plan::GAPS_MAX;

/// Packs that may be active at once; a provider answers to a handful of regimes.
pub const PACKS_MAX: usize = 32;

/// A pack in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivePack {
    /// The pack.
    pub pack: Arc<Pack>,
    /// Who elected that it bites although it is only proposed.
    pub elected_by: Option<Election>,
    /// Since when it has been in use, as what it is now: its clocks do not run before. Without it they run from the
    /// opening of each account.
    pub active_since: Option<Timestamp>,
}

impl ActivePack {
    /// Whether what it decides is done, and not only shown as a dry run (invariant 14).
    #[must_use]
    pub fn bites(&self) -> bool {
        self.pack.force != Force::Proposed || self.elected_by.is_some()
    }
}

/// A named officer's election that a proposed pack bites.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Election {
    /// Who.
    pub officer: String,
    /// When.
    pub at: Timestamp,
}

/// Packs that cannot be active together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackSetError {
    /// More packs than [`PACKS_MAX`].
    #[error("{0} packs are active, at most {PACKS_MAX}: take some out of use")]
    TooMany(usize),
    /// One id twice.
    #[error("pack `{0}` is active twice: keep one version of it")]
    Twice(Arc<str>),
    /// More gaps for one subject than the planner takes.
    #[error(
        "the active packs ask {count} different things of one {subject}, at most {GAPS_MAX}: take a pack out of use"
    )]
    TooManyGaps {
        /// Of whom.
        subject: &'static str,
        /// How many.
        count: usize,
    },
    /// A pack was compiled against another attribute registry.
    #[error(
        "pack `{pack}` names `{attribute}`, which is not in the attribute registry in use: read the pack again"
    )]
    OtherRegistry {
        /// The pack.
        pack: Arc<str>,
        /// The attribute.
        attribute: Arc<str>,
    },
}

/// The packs that are active together, in order of their ids, with what assessing needs of the registry.
#[derive(Debug, Clone)]
pub struct PackSet {
    active: Vec<ActivePack>,
    /// Names of attributes by position.
    pub(crate) names: Vec<Arc<str>>,
    /// Positions by name.
    pub(crate) positions: BTreeMap<Arc<str>, usize>,
    /// Whether a party can have several at once, by position.
    pub(crate) many: u128,
    /// Position of the pseudo attribute of screenings.
    pub(crate) list_screening: Option<usize>,
    /// Position of the statement that all owners are named.
    pub(crate) ownership_statement: Option<usize>,
}

impl PackSet {
    /// Packs that are to be active together.
    pub fn new(mut active: Vec<ActivePack>, registry: &Registry) -> Result<Self, PackSetError> {
        if active.len() > PACKS_MAX {
            return Err(PackSetError::TooMany(active.len()));
        }
        active.sort_by(|a, b| a.pack.id.cmp(&b.pack.id));
        for (one, next) in active.iter().zip(active.iter().skip(1)) {
            if one.pack.id == next.pack.id {
                return Err(PackSetError::Twice(Arc::clone(&one.pack.id)));
            }
        }
        same_registry(&active, registry)?;
        few_gaps(&active)?;
        let attributes = registry.attributes();
        let names: Vec<Arc<str>> = attributes.iter().map(|a| a.name.as_str().into()).collect();
        let many = attributes.iter().enumerate();
        let many = many.fold(0, |set, (i, a)| set | (u128::from(a.many) << i));
        Ok(Self {
            active,
            positions: names.iter().cloned().zip(0..).collect(),
            names,
            many,
            list_screening: registry.position("list_screening"),
            ownership_statement: registry.position("ownership_statement"),
        })
    }

    /// The packs, in order of their ids.
    #[must_use]
    pub fn active(&self) -> &[ActivePack] {
        &self.active
    }
}

fn same_registry(active: &[ActivePack], registry: &Registry) -> Result<(), PackSetError> {
    for pack in active.iter().map(|a| &a.pack) {
        let required = pack.requirements.iter();
        let required = required.flat_map(|r| r.attributes.iter().zip(&r.positions));
        let facts = pack.status.iter();
        let facts = facts.flat_map(|s| s.facts.iter().zip(&s.positions));
        for (name, position) in required.chain(facts) {
            if registry.position(name) != Some(*position) {
                return Err(PackSetError::OtherRegistry {
                    pack: Arc::clone(&pack.id),
                    attribute: Arc::clone(name),
                });
            }
        }
    }
    Ok(())
}

/// The planner's bound: different things that the union of the packs may ask of one subject.
fn few_gaps(active: &[ActivePack]) -> Result<(), PackSetError> {
    for subject in Subject::ALL {
        let same = |s: Subject| s.words() == subject.words();
        let asked: BTreeSet<&[usize]> = active
            .iter()
            .flat_map(|a| &a.pack.requirements)
            .filter(|r| same(r.subject))
            .map(|r| r.positions.as_slice())
            .collect();
        if asked.len() > GAPS_MAX {
            return Err(PackSetError::TooManyGaps {
                subject: subject.words(),
                count: asked.len(),
            });
        }
    }
    Ok(())
}
