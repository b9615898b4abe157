//! What could stand in a step's place: one other method or field, or a pair, with the rest of the plan as it is.

use std::sync::Arc;

use super::instance::{Choice, Instance};
use super::{ALTERNATIVES_MAX, Alternative, Uses, bits_64, search};
use crate::method::{MethodSet, TIE_BITS};

/// A step taken out of a plan.
pub(super) struct Replaced<'a> {
    pub(super) instance: &'a Instance<'a>,
    pub(super) methods: &'a MethodSet,
    /// What the whole plan uses.
    pub(super) whole: Uses,
    /// What the other steps use.
    pub(super) rest: Uses,
    /// What the step uses.
    pub(super) removed: Uses,
}

/// The cheapest replacements; none for a step whose absence leaves nothing open.
pub(super) fn replacements(replaced: &Replaced<'_>) -> Vec<Alternative> {
    let choices = &replaced.instance.choices;
    let within_rest = choices.iter().filter(|c| c.uses.is_within(replaced.rest));
    let closed = within_rest.fold(0, |all, c| all | c.closes);
    let goal = replaced.instance.closable & !closed;
    if goal == 0 {
        return Vec::new();
    }
    let candidates = replaced.candidates(goal);
    let mut found: Vec<(u64, Uses)> = Vec::new();
    let mut nodes = 0;
    for (index, one) in candidates.iter().enumerate() {
        if one.closes == goal {
            replaced.keep(replaced.used(&[one], goal, &mut nodes), &mut found);
            continue;
        }
        for other in candidates.iter().skip(index + 1) {
            if other.closes != goal && one.closes | other.closes == goal {
                replaced.keep(replaced.used(&[one, other], goal, &mut nodes), &mut found);
            }
        }
    }
    let told = found.into_iter();
    told.map(|(weight, uses)| replaced.tell(weight, uses))
        .collect()
}

impl Replaced<'_> {
    /// Every other method and field that closes some of the goal; the choices of a selective method become one.
    fn candidates(&self, goal: u64) -> Vec<Choice> {
        let mut candidates: Vec<Choice> = Vec::new();
        for choice in &self.instance.choices {
            let closes = choice.closes & goal;
            let is_removed = match self.removed.methods {
                0 => choice.uses == self.removed,
                method => choice.uses.methods == method,
            };
            if closes == 0 || is_removed {
                continue;
            }
            // The choices of one method follow each other.
            match candidates.last_mut() {
                Some(last)
                    if last.uses.methods == choice.uses.methods && last.uses.methods != 0 =>
                {
                    last.uses = last.uses.and(choice.uses);
                    last.closes |= closes;
                }
                _ => candidates.push(Choice { closes, ..*choice }),
            }
        }
        candidates
    }

    /// What the candidates use; a selective method among them shows what costs least.
    fn used(&self, candidates: &[&Choice], goal: u64, nodes: &mut u32) -> Uses {
        let all = candidates
            .iter()
            .fold(Uses::default(), |all, c| all.and(c.uses));
        let mut chosen = bits_64(all.methods).filter_map(|i| self.methods.methods().get(i));
        if !chosen.any(|m| m.selective) {
            return all;
        }
        let theirs = self
            .instance
            .choices
            .iter()
            .filter(|c| match c.uses.methods {
                0 => candidates.iter().any(|candidate| candidate.uses == c.uses),
                method => method & all.methods != 0,
            });
        let theirs = theirs.copied().collect();
        let uses = search::cheapest(self.methods, theirs, goal, self.rest, nodes);
        let methods = all.methods;
        Uses {
            methods,
            fields: uses.fields & all.fields,
        }
    }

    /// Keeps a replacement if it is among the cheapest so far.
    fn keep(&self, uses: Uses, found: &mut Vec<(u64, Uses)>) {
        let weight = uses.without(self.rest).weight(self.methods);
        let earlier =
            |(w, u): &(u64, Uses)| *w < weight || (*w == weight && !uses.comes_before(*u));
        let place = found.iter().take_while(|f| earlier(f)).count();
        if place < ALTERNATIVES_MAX {
            found.insert(place, (weight, uses));
            found.truncate(ALTERNATIVES_MAX);
        }
    }

    fn tell(&self, weight: u64, uses: Uses) -> Alternative {
        let points = |weight: u64| i64::try_from(weight >> TIE_BITS).unwrap_or(i64::MAX);
        let saved = self.whole.without(self.rest).weight(self.methods);
        let mut methods = Vec::with_capacity(2);
        let mut brought = 0;
        for method in bits_64(uses.methods).filter_map(|i| self.methods.methods().get(i)) {
            let [shown, ..] = method.sets.shows;
            brought |= method.sets.fields | if method.selective { shown } else { 0 };
            methods.push(Arc::clone(&method.id));
        }
        if uses.fields & !brought != 0 {
            methods.push(Arc::clone(&self.methods.ask));
        }
        Alternative {
            methods,
            collects: self.methods.names_of(uses.without(self.rest).fields),
            extra_cost: points(weight) - points(saved),
        }
    }
}
