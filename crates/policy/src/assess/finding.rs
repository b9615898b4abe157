//! Findings, and what a human determined of them (R-060 to R-066, invariant 10).
//!
//! Everything that bears on the decision is filed here. A finding that a determination settles has the effect that was
//! determined instead of its own. Open to determination is what limits, refers, or refuses with an appeal; what a pack
//! refuses outright nobody lifts. Where a pack says that a human must decide, a refusal of any pack only refers until one
//! has.

use std::cmp::Reverse;
use std::sync::Arc;

use bonafide_model::{Determination, DeterminationId, DeterminedOutcome, PartyId};

use super::{Conflict, Decision, Measure, Reason, Standing};
use crate::facts::World;
use crate::footing::Footing;
use crate::pack::{Band, Outcome, Pack};

/// What a determination can be about: a finding as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// `pack-id/rule-id`, or `engine/…`.
    pub rule: Arc<str>,
    /// About whom.
    pub subject: Option<PartyId>,
    /// Its own effect, whatever was determined of it.
    pub effect: Decision,
    /// Whether a determination can settle it.
    pub open: bool,
    /// Digests of what it rests on, ascending.
    pub rests_on: Vec<String>,
    /// The determination that settles it now.
    pub determination: Option<DeterminationId>,
}

/// What has been found so far.
#[derive(Default)]
pub(super) struct Findings {
    pub(super) reasons: Vec<Reason>,
    pub(super) dry_run: Vec<Reason>,
    pub(super) conflicts: Vec<Conflict>,
    pub(super) risk: Band,
    /// Whether a human must decide every refusal.
    pub(super) human_decides: bool,
    /// Findings with what they rest on, where that is asked for.
    pub(super) traced: Option<Vec<Finding>>,
}

impl Findings {
    /// Files a reason: it decides if its pack bites, and is only told otherwise. Says what was determined of it.
    pub(super) fn file<'a>(
        &mut self,
        world: &World<'a>,
        bites: bool,
        mut reason: Reason,
        footing: impl Fn(&mut Footing),
    ) -> Option<&'a Determination> {
        if !bites {
            self.dry_run.push(reason);
            return None;
        }
        let close = reason.measure == Some(Measure::Close);
        if self.human_decides && (reason.effect == Decision::Refuse || close) {
            reason.effect = Decision::Refer;
            reason.measure = None;
            reason.human_review = true;
        }
        let open = match reason.effect {
            Decision::Approve => false,
            Decision::Provisional | Decision::Refer => true,
            Decision::Refuse => reason.appeal,
        };
        let (rule, subject) = (Arc::clone(&reason.rule), reason.subject);
        let determination = if open {
            world.determination(&rule, subject, &footing)
        } else {
            None
        };
        if let Some(traced) = &mut self.traced
            && reason.effect != Decision::Approve
        {
            let mut now = Footing::default();
            footing(&mut now);
            traced.push(Finding {
                rule,
                subject,
                effect: reason.effect,
                open,
                rests_on: now.into_items(),
                determination: determination.map(|d| d.id),
            });
        }
        if let Some(determination) = determination {
            (reason.effect, reason.measure) = effect_of(determination.outcome);
            reason.determination = Some(determination.id);
        }
        self.reasons.push(reason);
        determination
    }

    pub(super) fn decision(&self) -> Decision {
        let effects = self.reasons.iter().map(|r| r.effect);
        effects.max().unwrap_or_default()
    }

    /// Whether anything says that nothing new is provided.
    pub(super) fn restricts(&self) -> bool {
        let mut measures = self.reasons.iter().map(|r| r.measure);
        measures.any(|m| m == Some(Measure::Restrict))
    }

    /// Whether the limits of a pack's provisional terms hold on because the account is watched.
    pub(super) fn monitors(&self, pack: &Pack) -> bool {
        let of_pack = |rule: &str| {
            let rest = rule.strip_prefix(&*pack.id);
            rest.is_some_and(|r| r.starts_with('/')) || rule.starts_with("engine/")
        };
        let watched = self.reasons.iter();
        let mut watched = watched.filter(|r| r.measure == Some(Measure::Monitor));
        watched.any(|r| of_pack(&r.rule))
    }

    /// Where the decision leaves an account that is not closed.
    pub(super) fn standing(&self) -> Standing {
        let measure = self.reasons.iter().filter_map(|r| r.measure).max();
        match (self.decision(), measure) {
            (Decision::Refuse, Some(Measure::Close)) => Standing::Closing,
            (Decision::Refuse, _) => Standing::Refused,
            (Decision::Refer, _) => Standing::InReview,
            (Decision::Provisional, _) if self.restricts() => Standing::Restricted,
            (Decision::Provisional, Some(Measure::Monitor)) => Standing::Monitored,
            (Decision::Provisional, _) => Standing::Provisional,
            (Decision::Approve, _) => Standing::Active,
        }
    }

    /// The severest first, then by rule and subject; the same order whatever was found first.
    pub(super) fn sort(&mut self) {
        for reasons in [&mut self.reasons, &mut self.dry_run] {
            reasons.sort_by(|a, b| {
                let key = |r: &Reason| (Reverse(r.effect), Arc::clone(&r.rule), r.subject);
                key(a).cmp(&key(b))
            });
            // Several owners may be decided by one thing about the holder.
            reasons.dedup();
        }
        if let Some(traced) = &mut self.traced {
            traced.sort_by(|a, b| (&a.rule, a.subject).cmp(&(&b.rule, b.subject)));
            traced.dedup();
        }
    }
}

/// What an outcome of a pack does to the decision, and beside it.
pub(super) fn effect(outcome: Outcome) -> (Decision, Option<Measure>) {
    match outcome {
        Outcome::Watch => (Decision::Approve, None),
        Outcome::Provisional => (Decision::Provisional, None),
        Outcome::Monitor => (Decision::Provisional, Some(Measure::Monitor)),
        Outcome::Restrict => (Decision::Provisional, Some(Measure::Restrict)),
        Outcome::Refer => (Decision::Refer, None),
        Outcome::Refuse => (Decision::Refuse, None),
        Outcome::Close => (Decision::Refuse, Some(Measure::Close)),
    }
}

fn effect_of(outcome: DeterminedOutcome) -> (Decision, Option<Measure>) {
    match outcome {
        DeterminedOutcome::Approve => (Decision::Approve, None),
        DeterminedOutcome::Monitor => effect(Outcome::Monitor),
        DeterminedOutcome::Restrict => effect(Outcome::Restrict),
        DeterminedOutcome::Refuse => effect(Outcome::Refuse),
        DeterminedOutcome::Close => effect(Outcome::Close),
    }
}
