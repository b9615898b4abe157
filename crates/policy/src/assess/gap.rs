//! Demands of several packs merged into gaps, and the request that the planner gets.

use std::sync::Arc;

use bonafide_model::Span;

use super::ban::Bans;
use super::demand::Demand;
use super::panel::Panel;
use super::{Missing, Need, RequirementRef, Why};
use crate::expr::{Scene, Truth, View};
use crate::facts::World;
use crate::pack::WhileMissing;
use crate::plan::{Gap, PlanRequest, SubjectGaps, bits_128};

/// Merges demands, sorted by party and attributes, into what is missing and what is to be planned.
pub(super) fn merge(
    panels: &[Panel<'_>],
    demands: Vec<Demand<'_>>,
    world: &World<'_>,
    bans: &Bans<'_>,
) -> (Vec<Missing>, PlanRequest) {
    let mut missing = Vec::with_capacity(demands.len());
    let mut request = PlanRequest::default();
    for of_party in demands.chunk_by(|a, b| a.party == b.party) {
        let Some(first) = of_party.first() else {
            continue;
        };
        let mut gaps = Vec::with_capacity(of_party.len());
        for alike in of_party.chunk_by(|a, b| a.attributes == b.attributes) {
            if let Some(one) = merged(alike, panels, world) {
                // Nobody is asked for what only a proposal would ask (invariant 14).
                let biting = alike.iter().filter(|d| bites(d, panels));
                if let Some(need) = biting.map(|d| d.need).max() {
                    let positions = bits_128(alike.first().map_or(0, |d| d.attributes));
                    gaps.push(Gap {
                        alternatives: positions.map(|p| (p, need)).collect(),
                    });
                }
                missing.push(one);
            }
        }
        let of_panel = |d: &Demand<'_>| Some((panels.get(d.panel)?.pack, d.attributes));
        let required = of_party.iter().filter(|d| bites(d, panels));
        let required: Vec<_> = required.filter_map(of_panel).collect();
        let party = world.party(first.party);
        request.subjects.push(SubjectGaps {
            party: party.id,
            kind: party.kind,
            gaps,
            held: party.held,
            prohibited: bans.for_plan(first.party, &required),
            fits: fits(first.party, world),
        });
    }
    (missing, request)
}

/// Whether a demand is made by a pack that bites.
fn bites(demand: &Demand<'_>, panels: &[Panel<'_>]) -> bool {
    panels.get(demand.panel).is_some_and(|p| p.bites)
}

/// One gap for demands of the same attributes of the same party: the highest assurance, the smallest age, all sources.
fn merged(alike: &[Demand<'_>], panels: &[Panel<'_>], world: &World<'_>) -> Option<Missing> {
    let strictest = alike
        .iter()
        .max_by_key(|d| (d.need, d.short.why != Why::Decides, d.short.why))?;
    let proposed = !alike.iter().any(|d| bites(d, panels));
    let deciding = alike.iter().filter(|d| proposed || bites(d, panels));
    let while_missing = deciding.map(|d| d.requirement.while_missing).max();
    let names = &world.packs.names;
    let attributes = bits_128(strictest.attributes).filter_map(|p| {
        Some(Need {
            attribute: Arc::clone(names.get(p)?),
            assurance: strictest.need,
        })
    });
    let mut sources: Vec<RequirementRef> = alike
        .iter()
        .filter_map(|d| source(d, panels.get(d.panel)?))
        .collect();
    sources.dedup();
    let ages = alike.iter().filter(|d| d.short.why != Why::Decides);
    let ages = ages.filter_map(|d| d.requirement.max_age);
    Some(Missing {
        subject: world.party(strictest.party).id,
        attributes: attributes.collect(),
        have: strictest.short.have,
        why: strictest.short.why,
        max_age: ages.min_by_key(|age: &Span| age.nominal_millis()),
        sources,
        while_missing: while_missing.unwrap_or(WhileMissing::Provisional),
        proposed,
    })
}

fn source(demand: &Demand<'_>, panel: &Panel<'_>) -> Option<RequirementRef> {
    let requirement = demand.requirement;
    Some(RequirementRef {
        pack: Arc::clone(&panel.pack.id),
        requirement: Arc::clone(&requirement.id),
        why: Arc::clone(&requirement.why),
        citations: requirement.citations.clone(),
        proposed: !panel.bites,
    })
}

/// Which methods fit a party: its condition is not false, and no run of it wants to wait.
fn fits(party: usize, world: &World<'_>) -> Vec<bool> {
    let scene = Scene {
        world,
        view: &View::EMPTY,
        subject: party,
    };
    let waiting = world.party(party).waiting;
    let mut unknowns = Vec::new();
    let methods = world.methods.methods().iter().enumerate();
    methods
        .map(|(at, method)| {
            let waits = waiting & (1 << at) != 0;
            let applies = method.applies.as_ref();
            let asked = applies.map(|a| a.condition.eval(&scene, &mut unknowns));
            !waits && asked != Some(Truth::False)
        })
        .collect()
}
