//! One subject's problem, as bits: gaps, and the options that close them.
//!
//! An option is one thing that can be chosen, with what it uses and which gaps it closes. A method is one option; a
//! selective method is one for every attribute it can show, all using the method itself, which is thus paid once;
//! asking is one for every field. A plan is a union of options, and costs what the union uses.

use bonafide_model::Assurance;

use super::{GAPS_ROOM, Gap, SubjectGaps, UnmetReason, Uses, bits_128};
use crate::method::{MethodSet, Sets};

/// Something that can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) uses: Uses,
    /// Gaps that it closes.
    pub(super) closes: u64,
}

/// What a gap wants: attributes that must be at least asserted, validated, verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Want(pub(super) [u128; 3]);

/// One subject's problem.
pub(super) struct Instance<'a> {
    pub(super) subject: &'a SubjectGaps,
    pub(super) wants: Vec<Want>,
    pub(super) choices: Vec<Choice>,
    /// Gaps that some choice closes.
    pub(super) closable: u64,
    /// Held, as far as no gap asks for the assertion anew.
    pub(super) held: u128,
}

impl Want {
    fn new(gap: &Gap, kind: u128) -> Self {
        let mut want = Self::default();
        let [asserted, validated, verified] = &mut want.0;
        for (position, assurance) in &gap.alternatives {
            let set = match assurance {
                Assurance::Asserted => &mut *asserted,
                Assurance::Validated => &mut *validated,
                Assurance::Verified => &mut *verified,
            };
            *set |= bit(*position) & kind;
        }
        want
    }

    /// Attributes with which a method that shows so much and collects these fields meets it.
    pub(super) fn met_by(&self, sets: &Sets) -> u128 {
        let ([a, b, c], [x, y, z]) = (self.0, sets.shows);
        (a & (x | sets.fields)) | (b & y) | (c & z)
    }

    pub(super) fn asserted(&self) -> u128 {
        let [asserted, ..] = self.0;
        asserted
    }

    fn attributes(&self) -> u128 {
        let [a, b, c] = self.0;
        a | b | c
    }
}

impl<'a> Instance<'a> {
    pub(super) fn new(subject: &'a SubjectGaps, methods: &MethodSet) -> Self {
        let kind = methods.of_kind(subject.kind);
        let gaps = subject.gaps.iter().take(GAPS_ROOM);
        let wants: Vec<Want> = gaps.map(|gap| Want::new(gap, kind)).collect();
        let asserted = wants.iter().fold(0, |set, want| set | want.asserted());
        let mut instance = Self {
            subject,
            choices: Vec::with_capacity(methods.methods().len() + wants.len()),
            closable: 0,
            held: subject.held & !asserted,
            wants,
        };
        instance.add_methods(methods);
        for position in bits_128(asserted & methods.askable & !subject.prohibited) {
            let sets = Sets {
                fields: bit(position),
                ..Sets::default()
            };
            instance.add(&sets, 0);
        }
        instance.closable = instance.choices.iter().fold(0, |all, c| all | c.closes);
        instance
    }

    fn add_methods(&mut self, methods: &MethodSet) {
        let wanted = self
            .wants
            .iter()
            .fold(0, |set, want| set | want.attributes());
        for (index, method) in methods.methods().iter().enumerate() {
            if self.subject.fits.get(index) != Some(&true) {
                continue;
            }
            if method.selective {
                let [shown, ..] = method.sets.shows;
                // Without showing anything it still brings what it always collects.
                self.add(&method.sets.showing_only(0), 1 << index);
                for position in bits_128(shown & wanted) {
                    self.add(&method.sets.showing_only(bit(position)), 1 << index);
                }
            } else {
                self.add(&method.sets, 1 << index);
            }
        }
    }

    fn add(&mut self, sets: &Sets, method: u64) {
        if sets.touched() & self.subject.prohibited != 0 {
            return;
        }
        // A field already held is not handed over again, so it asserts nothing anew either.
        let fields = sets.fields & !self.held;
        let fresh = Sets { fields, ..*sets };
        let met = self.wants.iter().enumerate();
        let closes = met.fold(0, |set, (gap, want)| {
            set | (u64::from(want.met_by(&fresh) != 0) << gap)
        });
        if closes != 0 {
            let uses = Uses {
                fields,
                methods: method,
            };
            self.choices.push(Choice { uses, closes });
        }
    }

    /// Why a gap that nothing closes stays open, and the prohibited attributes in the way.
    pub(super) fn why_unmet(&self, gap: usize, methods: &MethodSet) -> (UnmetReason, u128) {
        let Some(want) = self.wants.get(gap) else {
            return (UnmetReason::TooMany, 0);
        };
        let prohibited = self.subject.prohibited;
        let mut in_the_way = want.asserted() & methods.askable & prohibited;
        let mut misfit = false;
        for (index, method) in methods.methods().iter().enumerate() {
            let met = want.met_by(&method.sets);
            if met == 0 {
                continue;
            }
            if self.subject.fits.get(index) != Some(&true) {
                misfit = true;
            } else if method.selective {
                in_the_way |= method.sets.showing_only(met).touched() & prohibited;
            } else {
                in_the_way |= method.sets.touched() & prohibited;
            }
        }
        let reason = match (in_the_way, misfit) {
            (0, true) => UnmetReason::DoesNotFit,
            (0, false) => UnmetReason::NoMethod,
            _ => UnmetReason::Prohibited,
        };
        (reason, in_the_way)
    }
}

impl Sets {
    /// Of a selective method: as if it showed, and so collected, only these.
    pub(super) fn showing_only(&self, wanted: u128) -> Self {
        let [asserted, ..] = self.shows;
        Self {
            shows: self.shows.map(|set| set & wanted),
            fields: self.fields | (asserted & wanted),
        }
    }

    /// Everything that is learned: collected, needed or shown.
    fn touched(&self) -> u128 {
        let [asserted, ..] = self.shows;
        self.fields | asserted
    }
}

/// The bit of a position; none beyond the registry's 128.
fn bit(position: usize) -> u128 {
    u32::try_from(position)
        .ok()
        .and_then(|p| 1_u128.checked_shl(p))
        .unwrap_or(0)
}
