//! What is known, resolved once per assessment: per party its values, how surely each is known and since when.
//!
//! Current are the claims that hold on the day; of an attribute that a party has once, the latest recorded value, with
//! every current claim of that same value behind it. A check raises what its method shows, as long as none of its
//! evidence has run out and no later check of the claim failed. Everything that time alone will change tells the world
//! the instant ([`World::flips_at`]); the least of them is the assessment's `review_at`.

mod checks;
mod known;
mod lives;
mod screened;
mod settled;

use std::cell::Cell;
use std::collections::BTreeSet;

use bonafide_model::{
    Check, Date, Dossier, PartyId, PartyKind, RoleKind, RoleTarget, Screening, Span, Timestamp,
    Value,
};

use crate::inputs::Inputs;
use crate::method::MethodSet;
use crate::pack::PackSet;
pub(crate) use known::{Known, Shortfall};
use lives::Life;
use settled::Settlements;

/// What is known of everybody at an instant.
pub(crate) struct World<'a> {
    pub(crate) now: Timestamp,
    pub(crate) today: Date,
    pub(crate) dossier: &'a Dossier,
    pub(crate) packs: &'a PackSet,
    pub(crate) methods: &'a MethodSet,
    /// In order of their ids.
    pub(crate) parties: Vec<Party<'a>>,
    /// Position of the holder.
    pub(crate) holder: usize,
    /// Whether the dossier has a record of the holder at all.
    pub(crate) holder_recorded: bool,
    pub(crate) order: Order<'a>,
    /// Methods named by checks and not to be found.
    pub(crate) unknown_methods: BTreeSet<&'a str>,
    /// Attributes named by claims and not to be found.
    pub(crate) unknown_attributes: BTreeSet<&'a str>,
    settled: Settlements<'a>,
    flip: Cell<Option<Timestamp>>,
}

/// What is known of a party.
pub(crate) struct Party<'a> {
    pub(crate) id: PartyId,
    pub(crate) kind: PartyKind,
    pub(crate) recorded_at: Timestamp,
    /// By position, then by value.
    pub(crate) known: Vec<Known<'a>>,
    /// Attributes that have a value, by position.
    pub(crate) held: u128,
    /// What checks showed, and until when.
    lives: Vec<Life<'a>>,
    pub(crate) roles: Vec<RoleKind>,
    /// Places of the checks that failed and were not made good.
    pub(crate) failed: Vec<usize>,
    pub(crate) screening: Option<&'a Screening>,
    /// Since when the screening has not been of all that the party claims to be.
    pub(crate) screening_outdated_at: Option<Timestamp>,
    pub(crate) evidence_expired: bool,
    pub(crate) evidence_expires_at: Option<Timestamp>,
    /// Methods, by position, whose last run wants to wait.
    pub(crate) waiting: u64,
}

/// What is known of the order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Order<'a> {
    pub(crate) in_scope: bool,
    pub(crate) controlled_hardware: bool,
    pub(crate) zero_price: bool,
    pub(crate) category: &'a str,
    pub(crate) provider_country: &'a str,
    /// Whether the product is in the catalogue, or there is none.
    pub(crate) listed: bool,
}

impl<'a> World<'a> {
    pub(crate) fn new(inputs: &Inputs<'a>) -> Self {
        let dossier = inputs.dossier;
        let mut parties: Vec<Party<'a>> = dossier
            .parties
            .values()
            .map(|p| Party::new(p.id, p.kind, p.recorded_at))
            .collect();
        let holder = dossier.holder();
        let found = parties.binary_search_by(|p| p.id.cmp(&holder));
        let holder_recorded = found.is_ok();
        let holder = found.unwrap_or_else(|at| {
            let opened_at = dossier.account.opened_at;
            parties.insert(at, Party::new(holder, PartyKind::Person, opened_at));
            at
        });
        let mut world = Self {
            now: inputs.now,
            today: inputs.now.date(),
            dossier,
            packs: inputs.packs,
            methods: inputs.methods,
            parties,
            holder,
            holder_recorded,
            order: Order::new(inputs),
            unknown_methods: BTreeSet::new(),
            unknown_attributes: BTreeSet::new(),
            settled: Settlements::new(dossier),
            flip: Cell::new(None),
        };
        world.learn_roles();
        world.learn_claims();
        world.learn_screenings();
        world
    }

    /// Notes that the answer may change at an instant, if it is still to come.
    pub(crate) fn flips_at(&self, at: Timestamp) {
        if self.now < at && self.flip.get().is_none_or(|least| at < least) {
            self.flip.set(Some(at));
        }
    }

    /// Whether an instant has come; if not, the answer may change then.
    pub(crate) fn has_come(&self, at: Timestamp) -> bool {
        self.flips_at(at);
        at <= self.now
    }

    /// Until when an account of an earlier system runs as it did, if that time is not over. Ask only where
    /// something is missing: nothing else changes then.
    pub(crate) fn grace(&self) -> Option<Timestamp> {
        let verify_by = self.dossier.account.verify_by;
        verify_by.filter(|at| !self.has_come(*at))
    }

    /// The least instant noted.
    pub(crate) fn flip(&self) -> Option<Timestamp> {
        self.flip.get()
    }

    /// Whether a day has come; if not, the answer may change on it.
    fn has_dawned(&self, day: Date) -> bool {
        if day <= self.today {
            return true;
        }
        self.flips_at(day.start());
        false
    }

    /// Whether something was so today, given its first day and the first day on which it no longer was.
    pub(crate) fn holds(&self, from: Option<Date>, to: Option<Date>) -> bool {
        // Both are asked, so that both days are noted.
        let begun = from.is_none_or(|day| self.has_dawned(day));
        let ended = to.is_some_and(|day| self.has_dawned(day));
        begun && !ended
    }

    pub(crate) fn position(&self, id: PartyId) -> Option<usize> {
        self.parties.binary_search_by(|p| p.id.cmp(&id)).ok()
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "positions come from this list, which is never shortened"
    )]
    pub(crate) fn party(&self, position: usize) -> &Party<'a> {
        &self.parties[position]
    }

    /// The checks of a party that failed and were not made good.
    pub(crate) fn failed_checks(&self, position: usize) -> impl Iterator<Item = &'a Check> {
        let failed = self.party(position).failed.iter();
        failed.filter_map(|place| self.dossier.checks.get(*place))
    }

    /// Whether a party has a value for an attribute.
    pub(crate) fn has(&self, party: usize, attribute: usize) -> bool {
        self.party(party).held & bit(attribute) != 0
    }

    /// Whether a party of its kind can have the attribute.
    pub(crate) fn can_have(&self, party: usize, attribute: usize) -> bool {
        self.methods.of_kind(self.party(party).kind) & bit(attribute) != 0
    }

    /// The values of an attribute, the latest recorded first.
    pub(crate) fn values(&self, party: usize, attribute: usize) -> impl Iterator<Item = &'a Value> {
        self.party(party)
            .of(attribute)
            .iter()
            .filter_map(|k| k.value)
    }

    fn learn_roles(&mut self) {
        let account = RoleTarget::Account(self.dossier.account.id);
        let holder = self.party(self.holder).id;
        for role in &self.dossier.roles {
            let stands = role.target == account || matches!(role.target, RoleTarget::Party(_));
            if !stands || !self.holds(role.valid_from, role.valid_to) {
                continue;
            }
            if let Some(party) = self
                .position(role.party)
                .and_then(|p| self.parties.get_mut(p))
            {
                party.roles.push(role.kind);
            }
        }
        for party in &mut self.parties {
            if party.id == holder {
                party.roles.push(RoleKind::Holder);
            }
            party.roles.sort_unstable();
            party.roles.dedup();
        }
    }

    /// The parties that stand in a role to the account, or to the holder for owners and controllers.
    pub(crate) fn in_role(&self, kind: RoleKind) -> Vec<usize> {
        let holder = self.party(self.holder);
        let target = match kind {
            RoleKind::Owner | RoleKind::Controller => RoleTarget::Party(holder.id),
            _ => RoleTarget::Account(self.dossier.account.id),
        };
        let roles = self.dossier.roles.iter();
        let held = roles.filter(|r| {
            r.kind == kind && r.target == target && self.holds(r.valid_from, r.valid_to)
        });
        let mut found: Vec<usize> = held.filter_map(|r| self.position(r.party)).collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

impl<'a> Party<'a> {
    fn new(id: PartyId, kind: PartyKind, recorded_at: Timestamp) -> Self {
        Self {
            id,
            kind,
            recorded_at,
            known: Vec::new(),
            held: 0,
            lives: Vec::new(),
            roles: Vec::new(),
            failed: Vec::new(),
            screening: None,
            screening_outdated_at: None,
            evidence_expired: false,
            evidence_expires_at: None,
            waiting: 0,
        }
    }

    /// What is known of an attribute, one entry a value, the latest recorded first.
    pub(crate) fn of(&self, attribute: usize) -> &[Known<'a>] {
        if self.held & bit(attribute) == 0 {
            return &[];
        }
        let from = self.known.partition_point(|k| k.attribute < attribute);
        let to = self.known.partition_point(|k| k.attribute <= attribute);
        self.known.get(from..to).unwrap_or(&[])
    }
}

impl<'a> Order<'a> {
    fn new(inputs: &Inputs<'a>) -> Self {
        let account = &inputs.dossier.account;
        let product = inputs.catalogue.get(&account.product);
        let region = inputs.profile.in_scope(account.region.as_deref());
        Self {
            in_scope: region && product.is_none_or(|p| p.in_scope),
            controlled_hardware: product.is_some_and(|p| p.controlled_hardware),
            zero_price: product.is_some_and(|p| p.zero_price),
            category: product.map_or("", |p| &p.category),
            provider_country: &inputs.profile.country,
            listed: product.is_some() || inputs.catalogue.is_empty(),
        }
    }
}

/// The first instant of the day after.
pub(crate) fn day_after(day: Date) -> Timestamp {
    day.plus(Span::days(1)).start()
}

/// The bit of a position; none beyond the registry's 128.
pub(crate) fn bit(position: usize) -> u128 {
    u32::try_from(position)
        .ok()
        .and_then(|p| 1_u128.checked_shl(p))
        .unwrap_or(0)
}
