//! Status with respect to a pack's home jurisdiction, derived from evidenced facts and never stored.
//!
//! A party is domestic if any of the facts is evidenced as home (a citizen abroad is, and so is anybody located there);
//! foreign if evidenced facts name other countries and it claims no home fact; else undetermined, which counts as foreign
//! until it is assessed. The customer is domestic only if the holder and all its beneficial owners are, and
//! nothing hides another owner. An address's country is no such fact, so that it neither clears nor fails.

use std::sync::Arc;

use bonafide_model::{Assurance, PartyKind, Value};

use crate::assess::{Status, StatusReport};
use crate::expr::View;
use crate::facts::{Known, World};
use crate::ownership::Holdings;
use crate::pack::{Pack, StatusRule};

/// Derives what a pack says about status and beneficial owners.
pub(crate) fn view(
    pack: &Pack,
    world: &World<'_>,
    holdings: &Holdings,
    owners: Vec<usize>,
) -> View {
    let (Some(rule), Some(home)) = (&pack.status, &pack.home) else {
        return View {
            owners,
            ..View::EMPTY
        };
    };
    let parties = 0..world.parties.len();
    let status: Vec<Status> = parties
        .clone()
        .map(|p| of_party(p, rule, home, world))
        .collect();
    let claims_domestic: Vec<bool> = parties
        .map(|p| {
            status.get(p) == Some(&Status::Domestic)
                || !home_claims(p, rule, home, world).is_empty()
        })
        .collect();
    let concerned = || std::iter::once(world.holder).chain(owners.iter().copied());
    let of = |p: usize| status.get(p).copied().unwrap_or(Status::Undetermined);
    let customer = if concerned().any(|p| of(p) == Status::Foreign) {
        Status::Foreign
    } else if concerned().all(|p| of(p) == Status::Domestic)
        && owners_open(pack, world, holdings).is_empty()
    {
        Status::Domestic
    } else {
        Status::Undetermined
    };
    let customer_claims = concerned().all(|p| claims_domestic.get(p) == Some(&true));
    View {
        status,
        claims_domestic,
        customer,
        customer_claims,
        owners,
    }
}

/// Organisations behind which another beneficial owner may be hidden, with the assurance at which their statement that
/// all are named would do: the holder, and whoever has so much of it, as far as recorded shares leave room.
pub(crate) fn owners_open(
    pack: &Pack,
    world: &World<'_>,
    holdings: &Holdings,
) -> Vec<(usize, Assurance)> {
    let Some(rule) = &pack.beneficial_owner else {
        return Vec::new();
    };
    if world.party(world.holder).kind != PartyKind::Organisation {
        return Vec::new();
    }
    // With any share unaccounted for, a word alone clears nobody, whoever else is named.
    let clear_at = pack.status.as_ref().map(|s| s.clear_at);
    let need = clear_at.unwrap_or(Assurance::Asserted);
    let open = |party: usize| {
        let stated = world.packs.ownership_statement;
        let stated = stated.and_then(|a| world.party(party).of(a).first());
        let hidden = match stated.map(|k| (k.value, k.established(need))) {
            Some((Some(Value::Boolean(false)), _)) => true,
            Some((Some(Value::Boolean(true)), Some(_))) => false,
            _ => !holdings.accounted(rule, party),
        };
        hidden.then_some((party, need))
    };
    let organisation = |p: &usize| world.party(*p).kind == PartyKind::Organisation;
    let parties = (0..world.parties.len()).filter(organisation);
    let concerned = parties.filter(|p| *p == world.holder || holdings.reaches(*p, rule));
    concerned.filter_map(open).collect()
}

fn of_party(party: usize, rule: &StatusRule, home: &str, world: &World<'_>) -> Status {
    let evidenced = || {
        let facts = rule.positions.iter();
        let known = facts.flat_map(|f| world.party(party).of(*f));
        known.filter(|k| k.established(rule.clear_at).is_some())
    };
    if evidenced().any(|k| is(k, home)) {
        Status::Domestic
    } else if evidenced().next().is_some() && home_claims(party, rule, home, world).is_empty() {
        Status::Foreign
    } else {
        Status::Undetermined
    }
}

/// The facts that a party claims as home, evidenced or not.
pub(crate) fn home_claims(
    party: usize,
    rule: &StatusRule,
    home: &str,
    world: &World<'_>,
) -> Vec<usize> {
    let facts = rule.positions.iter().copied();
    facts
        .filter(|f| world.party(party).of(*f).iter().any(|k| is(k, home)))
        .collect()
}

pub(crate) fn is(known: &Known<'_>, country: &str) -> bool {
    known.value.and_then(Value::as_text) == Some(country)
}

/// The report of a pack's view.
pub(crate) fn report(home: &Arc<str>, view: &View, world: &World<'_>) -> StatusReport {
    let parties = world.parties.iter().map(|p| p.id);
    StatusReport {
        home: Arc::clone(home),
        customer: view.customer,
        parties: parties.zip(view.status.iter().copied()).collect(),
        presumed_foreign: view.customer == Status::Undetermined,
    }
}
