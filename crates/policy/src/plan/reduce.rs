//! What can be decided without a search.
//!
//! Every reduction keeps the first of the best plans:
//!
//! * a choice whose uses are all paid already is free;
//! * a gap that one choice alone closes forces it;
//! * a gap closed by whatever closes another need not be looked at;
//! * a choice is *dominated* if another closes at least its gaps, and what the other uses beyond it weighs less than what
//!   it alone of all choices uses: swapping them in any plan makes the plan cheaper. Fields that others share are
//!   never counted as saved. At equal weight the swap must also come first in the order.
//!
//! What remains falls into parts without a common gap, method or field; their best plans add up.

use super::instance::Choice;
use super::{Uses, bits_64};
use crate::method::MethodSet;

/// What is left to decide.
pub(super) struct State<'a> {
    pub(super) methods: &'a MethodSet,
    pub(super) choices: Vec<Choice>,
    /// Gaps still to be closed.
    pub(super) open: u64,
    /// What is decided to be used.
    pub(super) paid: Uses,
}

impl State<'_> {
    /// Decides whatever can be decided without a search.
    pub(super) fn reduce(&mut self) {
        loop {
            self.settle();
            if self.take_forced() {
                continue;
            }
            let before = (self.choices.len(), self.open);
            self.drop_implied_gaps();
            self.drop_dominated();
            if before == (self.choices.len(), self.open) {
                return;
            }
        }
    }

    /// Closes what is free and forgets what closes nothing.
    fn settle(&mut self) {
        let paid = self.paid;
        for choice in &mut self.choices {
            choice.uses = choice.uses.without(paid);
            if choice.uses.is_empty() {
                self.open &= !choice.closes;
            }
        }
        for choice in &mut self.choices {
            choice.closes &= self.open;
        }
        self.choices.retain(|c| c.closes != 0);
    }

    /// Pays the only choice of every gap that has one; whether there was any.
    fn take_forced(&mut self) -> bool {
        let (mut once, mut twice) = (0, 0);
        for choice in &self.choices {
            twice |= once & choice.closes;
            once |= choice.closes;
        }
        let forced = once & !twice;
        for choice in self.choices.iter().filter(|c| c.closes & forced != 0) {
            self.paid = self.paid.and(choice.uses);
            self.open &= !choice.closes;
        }
        forced != 0
    }

    /// A gap that every choice closing some other gap closes as well is closed with that one.
    fn drop_implied_gaps(&mut self) {
        let mut closed_with = [u64::MAX; 64];
        for choice in &self.choices {
            for gap in bits_64(choice.closes) {
                if let Some(with) = closed_with.get_mut(gap) {
                    *with &= choice.closes;
                }
            }
        }
        for gap in bits_64(self.open) {
            let with = closed_with.get(gap).copied().unwrap_or(0);
            // Of two gaps that imply each other the earlier stays: the later is closed here before its turn.
            if self.open & (1 << gap) != 0 {
                self.open &= !(with & !(1 << gap));
            }
        }
        self.settle();
    }

    fn drop_dominated(&mut self) {
        let mut index = 0;
        while let Some(choice) = self.choices.get(index).copied() {
            let others = self.choices.iter().enumerate().filter(|(i, _)| *i != index);
            let shared = others
                .clone()
                .fold(Uses::default(), |all, (_, c)| all.and(c.uses));
            let own = choice.uses.without(shared);
            let dominated = others.map(|(_, other)| other).any(|other| {
                choice.closes & !other.closes == 0
                    && self.swap_is_better(choice.uses, own, other.uses)
            });
            if dominated {
                self.choices.remove(index);
            } else {
                index += 1;
            }
        }
    }

    /// Whether any plan gets better by using `new` instead of `old`, of whose uses only `own` are surely saved.
    fn swap_is_better(&self, old: Uses, own: Uses, new: Uses) -> bool {
        let (added, saved) = (new.without(old), own.without(new));
        if added.is_empty() {
            return true;
        }
        let (more, less) = (added.weight(self.methods), saved.weight(self.methods));
        more < less || (more == less && added.comes_before(saved))
    }

    /// Splits off the choices connected with the first open gap.
    pub(super) fn take_part(&mut self) -> Option<Vec<Choice>> {
        let first = self.choices.pop()?;
        let (mut uses, mut gaps) = (first.uses, first.closes);
        let mut part = vec![first];
        loop {
            let before = part.len();
            self.choices.retain(|c| {
                let connected = c.closes & gaps != 0 || !c.uses.common(uses).is_empty();
                if connected {
                    uses = uses.and(c.uses);
                    gaps |= c.closes;
                    part.push(*c);
                }
                !connected
            });
            if part.len() == before {
                return Some(part);
            }
        }
    }
}
