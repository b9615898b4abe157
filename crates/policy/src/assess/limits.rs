//! Limits for the provisioner, and the clock of provisional terms.

use std::collections::BTreeMap;
use std::sync::Arc;

use bonafide_model::Timestamp;

use super::demand::Demand;
use super::finding::Findings;
use super::panel::Panel;
use super::{Decision, Limits, SpendCap, Standing, effect};
use crate::facts::World;
use crate::footing::Footing;
use crate::pack::{Entitlements, WhileMissing};

/// Ends provisional terms whose time has come, and says what the account may do meanwhile.
///
/// Of several packs the strictest limits hold. What a human has yet to look at provides nothing new, and so does a
/// provisional account for which no pack has written limits, a restricted one, and a closed one. An account of an earlier
/// system runs as it did until its time is over, unless a rule or a failure says otherwise.
pub(super) fn limits(
    panels: &[Panel<'_>],
    demands: &[Demand<'_>],
    world: &World<'_>,
    found: &mut Findings,
) -> Limits {
    let mut ends: Option<Timestamp> = None;
    for (at, panel) in panels.iter().enumerate() {
        let end = expire(at, panel, demands, world, found);
        ends = match (ends, end) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
    if is_closed(world) || found.restricts() {
        return nothing();
    }
    let biting = || panels.iter().filter(|p| p.applies && p.bites);
    let approved = biting().filter_map(|p| p.pack.approve.as_ref());
    match found.decision() {
        Decision::Approve => strictest(approved, None),
        Decision::Provisional => {
            let capped = biting().filter(|p| p.provisional || found.monitors(p.pack));
            let capped = capped.filter_map(|p| Some(&p.pack.provisional.as_ref()?.entitlements));
            let capped: Vec<&Entitlements> = capped.collect();
            if capped.is_empty() {
                return match world.grace() {
                    Some(until) => strictest(approved, Some(until)),
                    None => nothing(),
                };
            }
            strictest(capped.into_iter().chain(approved), ends)
        }
        Decision::Refer | Decision::Refuse => nothing(),
    }
}

/// Where the account stands.
pub(super) fn standing(world: &World<'_>, found: &Findings) -> Standing {
    if is_closed(world) {
        Standing::Closed
    } else {
        found.standing()
    }
}

fn is_closed(world: &World<'_>) -> bool {
    let closed_at = world.dossier.account.closed_at;
    closed_at.is_some_and(|at| world.has_come(at))
}

/// Ends the provisional terms of a pack if their time has come; else says when it will. Time that a human gave ends when
/// the determination does.
fn expire(
    at: usize,
    panel: &Panel<'_>,
    demands: &[Demand<'_>],
    world: &World<'_>,
    found: &mut Findings,
) -> Option<Timestamp> {
    let end = end(at, panel, demands, world)?;
    let terms = panel.pack.provisional.as_ref()?;
    if !world.has_come(end) {
        return panel.bites.then_some(end);
    }
    let reason = effect::expired(panel, terms.on_expiry, &terms.citations);
    let lacking = |f: &mut Footing| lacking(at, panel, demands, world, f);
    let determined = found.file(world, panel.bites, reason, lacking);
    determined?.expires_at
}

/// What the end of the terms rests on: which requirements of whom are unmet, whatever was said of them meanwhile.
fn lacking(
    at: usize,
    panel: &Panel<'_>,
    demands: &[Demand<'_>],
    world: &World<'_>,
    footing: &mut Footing,
) {
    for demand in running(at, demands) {
        let party = world.party(demand.party).id;
        footing.add("lacking", Some(party), &demand.requirement.id);
    }
    if panel.provisional {
        footing.add("provisional", None, &panel.pack.id);
    }
}

/// When the provisional terms of a pack end: so long after the first of its gaps opened; where a rule alone made them, so
/// long after the account was opened or came under the pack. For an account of an earlier system they begin when its own time is over.
fn end(
    at: usize,
    panel: &Panel<'_>,
    demands: &[Demand<'_>],
    world: &World<'_>,
) -> Option<Timestamp> {
    let duration = panel.pack.provisional.as_ref()?.duration;
    let own = running(at, demands);
    let ruled = || panel.provisional.then(|| panel.since(world.holder, world));
    let first = own.map(|d| d.short.since).min().or_else(ruled)?;
    let begun = world
        .dossier
        .account
        .verify_by
        .map_or(first, |by| first.max(by));
    Some(begun.plus(duration))
}

/// The demands that the clock of a pack's provisional terms runs for: not those of which a human determined something.
fn running<'d, 'a>(
    at: usize,
    demands: &'d [Demand<'a>],
) -> impl Iterator<Item = &'d Demand<'a>> + use<'d, 'a> {
    let own = demands.iter().filter(move |d| d.panel == at);
    own.filter(|d| !d.settled && d.requirement.while_missing == WhileMissing::Provisional)
}

fn nothing() -> Limits {
    Limits {
        provision: false,
        instances_max: None,
        blocked_ports: Vec::new(),
        spend_caps: Vec::new(),
        bandwidth_mbps_max: None,
        expires_at: None,
    }
}

fn strictest<'e>(
    of: impl Iterator<Item = &'e Entitlements>,
    expires_at: Option<Timestamp>,
) -> Limits {
    let mut limits = Limits {
        provision: true,
        expires_at,
        ..nothing()
    };
    let mut spend: BTreeMap<Arc<str>, u64> = BTreeMap::new();
    for one in of {
        limits.provision &= one.provision;
        limits.instances_max = least(limits.instances_max, one.instances_max);
        limits.bandwidth_mbps_max = least(limits.bandwidth_mbps_max, one.bandwidth_mbps_max);
        limits.blocked_ports.extend(&one.blocked_ports);
        if let (Some(minor), Some(currency)) = (one.spend_cap_minor, &one.currency) {
            let cap = spend.entry(Arc::clone(currency)).or_insert(minor);
            *cap = (*cap).min(minor);
        }
    }
    limits.blocked_ports.sort_unstable();
    limits.blocked_ports.dedup();
    let caps = spend.into_iter();
    limits.spend_caps = caps
        .map(|(currency, minor)| SpendCap { currency, minor })
        .collect();
    limits
}

fn least(a: Option<u32>, b: Option<u32>) -> Option<u32> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
