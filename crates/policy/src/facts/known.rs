//! A value, how surely it is known and since when.

use bonafide_model::{Assurance, Span, Timestamp, Value};

use super::World;

/// A value that a party has now.
#[derive(Debug, Clone)]
pub(crate) struct Known<'a> {
    /// Position in the registry.
    pub(crate) attribute: usize,
    /// The value; nothing for what is derived.
    pub(crate) value: Option<&'a Value>,
    /// The latest instant at which it was established as asserted, validated, verified at least.
    pub(crate) at: [Option<Timestamp>; 3],
    /// Whether a check showed that it is not so, and none has shown since that it is.
    pub(crate) failed: bool,
    /// Since when it has not been about what the party is now; for a screening of names that are no longer all.
    pub(crate) outdated_at: Option<Timestamp>,
}

impl Known<'_> {
    /// A screening: validated at the instant it was run, for as long as it is of what the party claims to be.
    pub(super) fn screened(
        attribute: usize,
        at: Timestamp,
        outdated_at: Option<Timestamp>,
    ) -> Self {
        Self {
            attribute,
            value: None,
            at: [Some(at), Some(at), None],
            failed: false,
            outdated_at,
        }
    }

    /// How surely it is known.
    pub(crate) fn assurance(&self) -> Assurance {
        let [_, validated, verified] = self.at;
        match (validated, verified) {
            (_, Some(_)) => Assurance::Verified,
            (Some(_), None) => Assurance::Validated,
            (None, None) => Assurance::Asserted,
        }
    }

    /// When so much assurance was last established.
    pub(crate) fn established(&self, need: Assurance) -> Option<Timestamp> {
        let [asserted, validated, verified] = self.at;
        match need {
            Assurance::Asserted => asserted,
            Assurance::Validated => validated,
            Assurance::Verified => verified,
        }
    }

    /// Establishes an assurance, and every lower one with it.
    pub(super) fn establish(&mut self, assurance: Assurance, at: Timestamp) {
        let levels = [
            Assurance::Asserted,
            Assurance::Validated,
            Assurance::Verified,
        ];
        for (established, level) in self.at.iter_mut().zip(levels) {
            if level <= assurance {
                *established = (*established).max(Some(at));
            }
        }
    }

    /// Whether it is known so surely and freshly.
    pub(crate) fn meets(
        &self,
        need: Assurance,
        max_age: Option<Span>,
        world: &World<'_>,
    ) -> Result<(), Shortfall> {
        if let Some(at) = self.outdated_at {
            let due = self.established(need).zip(max_age).map(|(a, m)| a.plus(m));
            return Err(Shortfall::TooOld(due.map_or(at, |due| due.min(at))));
        }
        match (self.established(need), max_age) {
            (None, _) if self.failed => Err(Shortfall::Failed),
            (None, _) => Err(Shortfall::TooWeak),
            (Some(_), None) => Ok(()),
            (Some(at), Some(age)) => {
                let until = at.plus(age);
                if world.has_come(until) {
                    Err(Shortfall::TooOld(until))
                } else {
                    Ok(())
                }
            }
        }
    }
}

/// How a value falls short of a need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shortfall {
    TooWeak,
    TooOld(Timestamp),
    Failed,
}
