//! Assessing: a pure function of what has been recorded, of packs, methods, catalogue, profile and the instant.
//!
//! Per pack that applies, rules and failures are asked first (a failure may add parties to be identified), then
//! requirements. What several packs demand alike becomes one gap with all its sources; what one pack demands and
//! another forbids becomes a conflict and is never asked. The planner closes the gaps. What a human determined of a finding stands in its place. Of the effects the
//! strictest decides; those of proposed packs that nobody elected are only told (invariant 14).

mod assessment;
mod ban;
mod demand;
mod effect;
mod finding;
mod gap;
mod limits;
mod panel;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use assessment::{
    Assessment, Basis, BeneficialOwner, Conflict, ConflictSide, Decision, ENGINE, Limits, Measure,
    Missing, Need, NoticeRef, PackRef, Reason, RequirementRef, SpendCap, Standing, Status,
    StatusReport, Why,
};
pub use finding::Finding;

use crate::facts::World;
use crate::inputs::Inputs;
use crate::ownership::Holdings;
use crate::plan::plan;
use crate::status;
use finding::Findings;
use panel::{Panel, Roster};

/// Judges what has been recorded, at an instant.
#[must_use]
pub fn assess(inputs: &Inputs<'_>) -> Assessment {
    judge(inputs, Findings::default()).0
}

/// The findings that an assessment is made of, each with what it rests on, in order of rule and subject: what a
/// determination can be about. Those of packs that do not bite are none.
#[must_use]
pub fn findings(inputs: &Inputs<'_>) -> Vec<Finding> {
    let found = Findings {
        traced: Some(Vec::new()),
        ..Findings::default()
    };
    judge(inputs, found).1.traced.unwrap_or_default()
}

fn judge(inputs: &Inputs<'_>, mut found: Findings) -> (Assessment, Findings) {
    let world = World::new(inputs);
    let holdings = Holdings::new(&world);
    let roster = Roster::new(&world);
    let active = inputs.packs.active().iter();
    let mut panels: Vec<Panel<'_>> = active.map(|a| Panel::new(a, &world, &holdings)).collect();
    found.human_decides = panels.iter().any(Panel::leaves_it_to_a_human);
    effect::notes(&world, &mut found);
    effect::rules(&mut panels, &roster, &world, &mut found);
    effect::failures(&mut panels, &roster, &world, &mut found);
    let bans = ban::Bans::new(&panels, &world);
    let demands = demand::collect(&mut panels, &roster, &world, &holdings, &bans, &mut found);
    let limits = limits::limits(&panels, &demands, &world, &mut found);
    let (missing, request) = gap::merge(&panels, demands, &world, &bans);
    let plan = plan(&request, inputs.methods);
    found.sort();
    let applying = || panels.iter().filter(|p| p.applies);
    let assessment = Assessment {
        engine: ENGINE.into(),
        assessed_at: inputs.now,
        decision: found.decision(),
        standing: limits::standing(&world, &found),
        reasons: std::mem::take(&mut found.reasons),
        missing,
        plan,
        entitlements: limits,
        status: applying().filter_map(|p| status_of(p, &world)).collect(),
        beneficial_owners: owners_of(&panels),
        risk: found.risk,
        conflicts: std::mem::take(&mut found.conflicts),
        dry_run: std::mem::take(&mut found.dry_run),
        notices: applying().flat_map(Panel::notices).collect(),
        review_at: world.flip(),
        packs: panels.iter().map(Panel::reference).collect(),
    };
    (assessment, found)
}

fn status_of(panel: &Panel<'_>, world: &World<'_>) -> Option<(Arc<str>, StatusReport)> {
    panel.pack.status.as_ref()?;
    let home = panel.pack.home.as_ref()?;
    let report = status::report(home, &panel.view, world);
    Some((Arc::clone(&panel.pack.id), report))
}

fn owners_of(panels: &[Panel<'_>]) -> BTreeMap<Arc<str>, Vec<BeneficialOwner>> {
    let applying = panels.iter().filter(|p| p.applies);
    applying
        .filter(|p| p.pack.beneficial_owner.is_some())
        .map(|p| (Arc::clone(&p.pack.id), p.owners.clone()))
        .collect()
}
