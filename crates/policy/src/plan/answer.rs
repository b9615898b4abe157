//! The plan as told: steps in order, why each is needed, what it collects, what all cost, what stays open.

use std::fmt::Write as _;
use std::sync::Arc;

use super::instance::{Instance, Want};
use super::replace::{Replaced, replacements};
use super::search::Solution;
use super::{CollectedField, GAPS_ROOM, Plan, PlanCost, Step, Unmet, Uses, bits_64, bits_128};
use crate::method::{MethodSet, Sets, TIE_BITS, WHOLE_BP};

/// One, for shares of applicants who stay; twelve digits, of which four are told.
const WHOLE: u128 = 1_000_000_000_000;

pub(super) struct Answer<'a> {
    methods: &'a MethodSet,
    plan: Plan,
    weight: u64,
    seconds: u64,
    staying: u128,
}

/// A step in the making.
struct Piece {
    /// Position of the method, or nothing for a form field.
    method: Option<usize>,
    /// What it shows and itself collects.
    sets: Sets,
    /// What the plan would not use without it, shared or not.
    uses: Uses,
}

impl<'a> Answer<'a> {
    pub(super) fn new(methods: &'a MethodSet) -> Self {
        let plan = Plan {
            proven_optimal: true,
            ..Plan::default()
        };
        Self {
            methods,
            plan,
            weight: 0,
            seconds: 0,
            staying: WHOLE,
        }
    }

    pub(super) fn subject(&mut self, instance: &Instance<'_>, solution: &Solution) {
        let uses = solution.uses;
        self.plan.proven_optimal &= solution.proven_optimal;
        self.weight += uses.weight(self.methods);
        for position in bits_128(uses.fields) {
            self.seconds += self.methods.weights().field_seconds;
            if let Some(name) = self.methods.names.get(position) {
                self.plan.cost.fields.push(CollectedField {
                    subject: instance.subject.party,
                    attribute: Arc::clone(name),
                });
            }
        }
        let pieces = self.pieces(instance, uses);
        let mut collected = 0;
        for (index, piece) in pieces.iter().enumerate() {
            let step = self.step(instance, uses, &pieces, (index, piece), &mut collected);
            self.plan.steps.push(step);
            let method = piece.method.and_then(|i| self.methods.methods().get(i));
            if let Some(method) = method {
                self.plan.cost.money_minor += u64::from(method.money_minor);
                self.seconds += u64::from(method.minutes) * 60;
                let stay = WHOLE_BP.saturating_sub(u64::from(method.dropoff_bp));
                self.staying = self.staying * u128::from(stay) / u128::from(WHOLE_BP);
            }
        }
        self.unmet(instance);
    }

    pub(super) fn finish(mut self) -> Plan {
        let staying_bp = self.staying * u128::from(WHOLE_BP) / WHOLE;
        let lost = u128::from(WHOLE_BP) - staying_bp;
        self.plan.cost = PlanCost {
            total: self.weight >> TIE_BITS,
            minutes: self.seconds.div_ceil(60),
            dropoff_bp: u32::try_from(lost).unwrap_or(u32::MAX),
            ..self.plan.cost
        };
        self.plan
    }

    /// Asked fields first, then the methods that want the applicant, then those that run by themselves.
    fn pieces(&self, instance: &Instance<'_>, uses: Uses) -> Vec<Piece> {
        let chosen =
            || bits_64(uses.methods).filter_map(|i| Some((i, self.methods.methods().get(i)?)));
        let by_applicant = chosen().filter(|(_, m)| !m.automatic);
        let by_itself = chosen().filter(|(_, m)| m.automatic);
        let mut run: Vec<Piece> = Vec::with_capacity(uses.methods.count_ones() as usize);
        for (index, method) in by_applicant.chain(by_itself) {
            let mut sets = method.sets;
            if method.selective {
                let within = instance.held | uses.fields;
                sets = sets
                    .showing_only(instance.met_by(&sets) & within & !instance.subject.prohibited);
            }
            let needs = method.needs.iter().fold(0, |set, p| set | (1 << p));
            let fresh = sets.fields & !instance.held;
            let uses = Uses {
                fields: fresh,
                methods: 1 << index,
            };
            sets.fields = fresh & !needs;
            run.push(Piece {
                method: Some(index),
                sets,
                uses,
            });
        }
        let collected = run.iter().fold(0, |set, piece| set | piece.sets.fields);
        let asked = bits_128(uses.fields & !collected).map(|position| {
            let uses = Uses {
                fields: 1 << position,
                methods: 0,
            };
            let sets = Sets {
                fields: uses.fields,
                ..Sets::default()
            };
            Piece {
                method: None,
                sets,
                uses,
            }
        });
        asked.collect::<Vec<_>>().into_iter().chain(run).collect()
    }

    fn step(
        &self,
        instance: &Instance<'_>,
        uses: Uses,
        pieces: &[Piece],
        (index, piece): (usize, &Piece),
        collected: &mut u128,
    ) -> Step {
        let others = || {
            pieces
                .iter()
                .enumerate()
                .filter(|(i, _)| *i != index)
                .map(|(_, p)| p)
        };
        let (mut closes, mut only_here) = (0, 0);
        for want in &instance.wants {
            let met = want.met_by(&piece.sets);
            closes |= met;
            if met != 0 && others().all(|p| want.met_by(&p.sets) == 0) {
                only_here |= met;
            }
        }
        let rest = others().fold(Uses::default(), |all, p| all.and(p.uses));
        let collects = piece.sets.fields & !*collected;
        *collected |= collects;
        let method = piece.method.and_then(|i| self.methods.methods().get(i));
        let label = || {
            self.methods
                .labels
                .get(piece.sets.fields.trailing_zeros() as usize)
        };
        Step {
            subject: instance.subject.party,
            method: method.map_or_else(|| Arc::clone(&self.methods.ask), |m| Arc::clone(&m.id)),
            title: method
                .map(|m| &m.title)
                .or_else(label)
                .cloned()
                .unwrap_or_default(),
            closes: self.methods.names_of(closes),
            only_here: self.methods.names_of(only_here),
            collects: self.methods.names_of(collects),
            why: self.why(only_here, piece, pieces),
            alternatives: replacements(&Replaced {
                instance,
                methods: self.methods,
                whole: uses,
                rest,
                removed: piece.uses,
            }),
            automatic: method.is_some_and(|m| m.automatic),
        }
    }

    /// Names what only this step settles, else whose ground it prepares.
    fn why(&self, only_here: u128, piece: &Piece, pieces: &[Piece]) -> String {
        let mut why = String::with_capacity(96);
        let listed = |why: &mut String, texts: &mut dyn Iterator<Item = &Arc<str>>| {
            for (i, text) in texts.enumerate() {
                let _ = write!(why, "{}{text}", if i == 0 { "" } else { "; " });
            }
        };
        if only_here != 0 {
            why.push_str("Only this step settles: ");
            listed(
                &mut why,
                &mut bits_128(only_here).filter_map(|i| self.methods.labels.get(i)),
            );
            return why;
        }
        why.push_str("Needed first by: ");
        let served = pieces
            .iter()
            .filter(|p| p.uses.fields & piece.sets.fields != 0);
        let served = served.filter_map(|p| self.methods.methods().get(p.method?));
        listed(&mut why, &mut served.map(|m| &m.title));
        why
    }

    fn unmet(&mut self, instance: &Instance<'_>) {
        for (index, gap) in instance.subject.gaps.iter().enumerate() {
            if index < GAPS_ROOM && instance.closable & (1 << index) != 0 {
                continue;
            }
            let (reason, prohibited) = instance.why_unmet(index, self.methods);
            let named = gap.alternatives.iter();
            let named =
                named.filter_map(|(p, a)| Some((Arc::clone(self.methods.names.get(*p)?), *a)));
            self.plan.unmet.push(Unmet {
                subject: instance.subject.party,
                attributes: named.collect(),
                reason,
                prohibited: self.methods.names_of(prohibited),
            });
        }
    }
}

impl Instance<'_> {
    /// Attributes of these that meet some gap.
    fn met_by(&self, sets: &Sets) -> u128 {
        let everything = sets.showing_only(u128::MAX);
        let fresh = Sets {
            fields: everything.fields & !self.held,
            ..everything
        };
        self.wants
            .iter()
            .fold(0, |met, want: &Want| met | want.met_by(&fresh))
    }
}
