//! Requirements against what is known: what each pack demands and does not have.

use std::sync::Arc;

use bonafide_model::{Assurance, DeterminedOutcome, PartyKind, Timestamp, Value};

use super::ban::Bans;
use super::finding::Findings;
use super::panel::{Panel, Roster};
use super::{Conflict, ConflictSide, Decision, Reason, Status, Why};
use crate::expr::Truth;
use crate::facts::{Known, Shortfall, World, bit};
use crate::footing::Footing;
use crate::ownership::Holdings;
use crate::pack::{Requirement, Subject, WhileMissing};
use crate::plan::bits_128;
use crate::status;

/// The class of reason for what is missing.
const MISSING: &str = "information_missing";

/// One unmet requirement of one party.
#[derive(Clone, Copy)]
pub(super) struct Demand<'a> {
    pub(super) party: usize,
    /// The attributes, any of which would do.
    pub(super) attributes: u128,
    pub(super) need: Assurance,
    pub(super) short: Short,
    /// Position of the panel.
    pub(super) panel: usize,
    pub(super) requirement: &'a Requirement,
    /// Whether a human determined something of it.
    pub(super) settled: bool,
}

/// How a requirement is unmet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Short {
    pub(super) have: Option<Assurance>,
    pub(super) why: Why,
    /// Since when.
    pub(super) since: Timestamp,
}

/// Asks every requirement of everybody it is about.
pub(super) fn collect<'a>(
    panels: &mut [Panel<'a>],
    roster: &Roster,
    world: &World<'_>,
    holdings: &Holdings,
    bans: &Bans<'_>,
    found: &mut Findings,
) -> Vec<Demand<'a>> {
    let mut demands = Vec::new();
    for (at, panel) in panels.iter().enumerate().filter(|(_, p)| p.applies) {
        let pack = panel.pack;
        for requirement in &pack.requirements {
            let mut asked = Asked {
                panel,
                at,
                subject: world.holder,
                requirement,
                world,
                holdings,
                bans,
                found: &mut *found,
                demands: &mut demands,
            };
            let parties = roster.of(requirement.subject, panel);
            for party in parties {
                asked.ask(*party);
            }
            if requirement.subject == Subject::Owner {
                let added = panel.added.iter().filter(|p| !parties.contains(p));
                for party in added {
                    asked.ask(*party);
                }
            }
        }
    }
    demands.sort_by(|a, b| {
        let key = |d: &Demand<'_>| (d.party, d.attributes.trailing_zeros(), d.attributes);
        let rules = || a.requirement.rule.cmp(&b.requirement.rule);
        key(a).cmp(&key(b)).then_with(rules)
    });
    demands.dedup_by(|a, b| {
        let key = |d: &Demand<'_>| (d.party, d.attributes);
        key(a) == key(b) && a.requirement.rule == b.requirement.rule
    });
    for (at, panel) in panels.iter_mut().enumerate() {
        let mut own = demands.iter().filter(|d| d.panel == at);
        let capped =
            |d: &Demand<'_>| !d.settled && d.requirement.while_missing == WhileMissing::Provisional;
        // What an earlier system's account lacks caps it only when its time is over.
        panel.provisional |= panel.bites && own.any(capped) && world.grace().is_none();
    }
    demands
}

/// One requirement being asked.
struct Asked<'d, 'w, 'a> {
    panel: &'d Panel<'a>,
    at: usize,
    /// Whom the requirement is asked of now.
    subject: usize,
    requirement: &'a Requirement,
    world: &'d World<'w>,
    holdings: &'d Holdings,
    bans: &'d Bans<'d>,
    found: &'d mut Findings,
    demands: &'d mut Vec<Demand<'a>>,
}

impl Asked<'_, '_, '_> {
    fn ask(&mut self, party: usize) {
        self.subject = party;
        let mut unknowns = Vec::new();
        let when = self.requirement.when.as_ref();
        let when = when.map(|w| self.panel.ask(w, party, self.world, &mut unknowns));
        match when {
            Some(Truth::False) => {}
            Some(Truth::Unknown) => self.find_out(&unknowns),
            Some(Truth::True) | None if self.requirement.deter_only_home => self.deter(party),
            Some(Truth::True) | None => {
                let wanted = self.requirement.positions.iter();
                self.demand(party, wanted.fold(0, |set, p| set | bit(*p)));
            }
        }
    }

    /// It is not known whether the requirement applies: what decides is asked first.
    fn find_out(&mut self, unknowns: &[(usize, usize)]) {
        let banned = |(party, attribute): &(usize, usize)| {
            self.bans.for_pack(*party, self.panel.pack) & bit(*attribute) != 0
        };
        let deciding = unknowns.iter().copied().filter(|u| !banned(u));
        let deciding: Vec<(usize, usize)> = deciding.collect();
        let Some((first, _)) = deciding.first().copied() else {
            return;
        };
        let all = deciding.iter().fold(0, |set, (_, a)| set | bit(*a));
        let determined = self.tell_missing(first, all, Assurance::Asserted);
        for (party, attribute) in deciding {
            let short = Short {
                have: None,
                why: Why::Decides,
                since: self.panel.since(party, self.world),
            };
            self.push(
                party,
                bit(attribute),
                Assurance::Asserted,
                short,
                determined,
            );
        }
    }

    /// What is required of a party, as far as it may be collected. Of several alternatives, those that a party of its kind
    /// cannot have are left out; a single one stays, and the plan says that nothing can close it.
    fn demand(&mut self, party: usize, wanted: u128) {
        let kind = self.world.party(party).kind;
        let fitting = wanted & self.world.methods.of_kind(kind);
        let wanted = if fitting == 0 { wanted } else { fitting };
        let barred = self.bans.for_pack(party, self.panel.pack);
        let allowed = wanted & !barred;
        if allowed == 0 {
            self.conflict(party, wanted);
            return;
        }
        let known = bits_128(allowed).flat_map(|p| self.world.party(party).of(p));
        let need = self.requirement.assurance;
        if let Some(short) = self.short(party, allowed, known, need, |_| true) {
            self.ask_for(party, allowed, need, short);
        }
    }

    /// A customer that claims to be domestic is asked to show it, and nothing else.
    fn deter(&mut self, party: usize) {
        let (pack, view, world) = (self.panel.pack, &self.panel.view, self.world);
        let (Some(rule), Some(home)) = (&pack.status, &pack.home) else {
            return;
        };
        let domestic = view.status.get(party) == Some(&Status::Domestic);
        let open = view.customer == Status::Undetermined && view.customer_claims;
        if domestic && open {
            self.ask_for_owners(party);
        }
        if !(open && !domestic || domestic && self.requirement.max_age.is_some()) {
            return;
        }
        let claimed = status::home_claims(party, rule, home, world);
        let asked = self.requirement.positions.iter();
        let asked = asked.filter(|p| claimed.contains(p));
        let asked = asked.fold(0, |set, p| set | bit(*p));
        let claimed = claimed.iter().fold(0, |set, p| set | bit(*p));
        let wanted = if asked == 0 { claimed } else { asked };
        let allowed = wanted & !self.bans.for_pack(party, pack);
        if allowed == 0 {
            if wanted != 0 {
                self.conflict(party, wanted);
            }
            return;
        }
        let need = self.requirement.assurance.max(rule.clear_at);
        let known = bits_128(allowed).flat_map(|p| world.party(party).of(p));
        let known = known.filter(|k| status::is(k, home));
        let is_home = |value: &Value| value.as_text() == Some(home);
        if let Some(short) = self.short(party, allowed, known, need, is_home) {
            self.ask_for(party, allowed, need, short);
        }
    }

    /// If the requirement is a holder's: whoever may hide further beneficial owners is asked to state that all are named.
    fn ask_for_owners(&mut self, party: usize) {
        let (pack, world) = (self.panel.pack, self.world);
        if !matches!(self.requirement.subject, Subject::Party | Subject::Account)
            || world.party(party).kind != PartyKind::Organisation
        {
            return;
        }
        let statement = world.packs.ownership_statement;
        for (open, need) in status::owners_open(pack, world, self.holdings) {
            let asked = statement.map_or(0, bit) & !self.bans.for_pack(open, pack);
            let known = statement.and_then(|a| world.party(open).of(a).first());
            let short = Short {
                have: known.map(Known::assurance),
                why: Why::Decides,
                since: self.panel.since(open, world),
            };
            if asked != 0 {
                self.ask_for(open, asked, need, short);
            }
        }
    }

    /// How values of some attributes fall short of the need; nothing if one of them meets it. The time runs from when the
    /// need was last met, whatever was said, shown too weakly or lost since: to say something else starts nothing anew.
    fn short<'k>(
        &self,
        party: usize,
        attributes: u128,
        known: impl Iterator<Item = &'k Known<'k>>,
        need: Assurance,
        counts: impl Fn(&Value) -> bool,
    ) -> Option<Short> {
        let max_age = self.requirement.max_age;
        let met = self
            .world
            .last_met(party, attributes, need, max_age, counts);
        let begun = self.panel.since(party, self.world);
        let mut short = Short {
            have: None,
            why: Why::Absent,
            since: met.map_or(begun, |met| begun.max(met)),
        };
        for known in known {
            let Err(shortfall) = known.meets(need, max_age, self.world) else {
                return None;
            };
            let why = match shortfall {
                Shortfall::TooWeak => Why::TooWeak,
                Shortfall::Failed => Why::Failed,
                Shortfall::TooOld(at) => {
                    // A screening has no claim that could say when it was shown.
                    if known.value.is_none() {
                        short.since = short.since.max(at);
                    }
                    Why::TooOld
                }
            };
            let have = Some(known.assurance());
            if (have, why) > (short.have, short.why) {
                (short.have, short.why) = (have, why);
            }
        }
        Some(short)
    }

    /// Asks for what is missing, unless a human determined that it is not needed.
    fn ask_for(&mut self, party: usize, attributes: u128, need: Assurance, short: Short) {
        let determined = self.tell_missing(party, attributes, need);
        self.push(party, attributes, need, short, determined);
    }

    fn push(
        &mut self,
        party: usize,
        attributes: u128,
        need: Assurance,
        short: Short,
        determined: Option<DeterminedOutcome>,
    ) {
        if determined == Some(DeterminedOutcome::Approve) {
            return;
        }
        self.demands.push(Demand {
            party,
            attributes,
            need,
            short,
            panel: self.at,
            requirement: self.requirement,
            settled: determined.is_some(),
        });
    }

    /// Says that something is missing, and what was determined of that.
    fn tell_missing(
        &mut self,
        party: usize,
        attributes: u128,
        need: Assurance,
    ) -> Option<DeterminedOutcome> {
        let requirement = self.requirement;
        let effect = match requirement.while_missing {
            WhileMissing::Provisional => Decision::Provisional,
            WhileMissing::Refer => Decision::Refer,
        };
        let text = Arc::clone(&requirement.why);
        self.tell(party, effect, MISSING, text, attributes, need)
    }

    fn tell(
        &mut self,
        party: usize,
        effect: Decision,
        public_reason: &str,
        text: Arc<str>,
        attributes: u128,
        need: Assurance,
    ) -> Option<DeterminedOutcome> {
        let (panel, requirement, world) = (self.panel, self.requirement, self.world);
        let subject = self.subject;
        let effect = match world.grace() {
            Some(_) => effect.min(Decision::Provisional),
            None => effect,
        };
        let reason = Reason {
            effect,
            rule: Arc::clone(&requirement.rule),
            subject: Some(world.party(party).id),
            public_reason: public_reason.into(),
            text,
            citations: requirement.citations.clone(),
            human_review: false,
            appeal: false,
            measure: None,
            determination: None,
        };
        let determined = self.found.file(world, panel.bites, reason, |f| {
            if let Some(when) = &requirement.when {
                panel.footing(when, subject, world, f);
            }
            known_of(party, attributes, need, world, f);
        });
        determined.map(|d| d.outcome)
    }

    /// What is required and may not be collected: reported with both sides, never asked.
    fn conflict(&mut self, party: usize, attributes: u128) {
        let names = &self.world.packs.names;
        let pack = self.panel.pack;
        self.found.conflicts.push(Conflict {
            subject: self.world.party(party).id,
            attributes: bits_128(attributes)
                .filter_map(|p| names.get(p).cloned())
                .collect(),
            required_by: ConflictSide {
                pack: Arc::clone(&pack.id),
                id: Arc::clone(&self.requirement.id),
                citations: self.requirement.citations.clone(),
            },
            prohibited_by: self.bans.sides(party, pack, attributes),
        });
        let text = "what this requirement asks for must not be collected under another pack";
        let need = self.requirement.assurance;
        self.tell(
            party,
            Decision::Refer,
            "needs_review",
            text.into(),
            attributes,
            need,
        );
    }
}

/// What is known of attributes, how surely and since when so surely: what a requirement of them rests on.
fn known_of(
    party: usize,
    attributes: u128,
    need: Assurance,
    world: &World<'_>,
    footing: &mut Footing,
) {
    let of = world.party(party);
    for position in bits_128(attributes) {
        let name = world.packs.names.get(position).map_or("", |n| n);
        if of.of(position).is_empty() {
            footing.add("no value", Some(of.id), name);
        }
        for known in of.of(position) {
            let value = known.value.map_or_else(String::new, ToString::to_string);
            let shown = known.established(need.max(Assurance::Validated));
            let shown = shown.map_or_else(|| "never".to_owned(), |at| at.to_string());
            let (how, failed) = (known.assurance().as_str(), known.failed);
            let said = format!("{name} {value} {how} {shown} {failed}");
            footing.add("known", Some(of.id), &said);
        }
    }
}
