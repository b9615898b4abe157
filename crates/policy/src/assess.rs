//! Assessing: a pure function of what has been recorded, of packs, methods, catalogue, profile and the instant.
//!
//! Per pack that applies, rules and failures are asked first (a failure may add parties to be identified), then
//! requirements. What several packs demand alike becomes one gap with all its sources; what one pack demands and
//! another forbids becomes a conflict and is never asked. The planner closes the gaps. Of the effects the
//! strictest decides; those of proposed packs that nobody elected are only told (invariant 14).

mod assessment;
mod ban;
mod demand;
mod effect;
mod gap;
mod limits;
mod panel;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

pub use assessment::{
    Assessment, Basis, BeneficialOwner, Conflict, ConflictSide, Decision, ENGINE, Limits, Missing,
    Need, NoticeRef, PackRef, Reason, RequirementRef, SpendCap, Status, StatusReport, Why,
};

use crate::facts::World;
use crate::inputs::Inputs;
use crate::ownership::Holdings;
use crate::pack::Band;
use crate::plan::plan;
use crate::status;
use panel::{Panel, Roster};

/// What has been found so far.
#[derive(Default)]
struct Findings {
    reasons: Vec<Reason>,
    dry_run: Vec<Reason>,
    conflicts: Vec<Conflict>,
    risk: Band,
}

impl Findings {
    /// Files a reason: it decides if its pack bites, and is only told otherwise.
    fn push(&mut self, bites: bool, reason: Reason) {
        if bites {
            self.reasons.push(reason);
        } else {
            self.dry_run.push(reason);
        }
    }

    fn decision(&self) -> Decision {
        let effects = self.reasons.iter().map(|r| r.effect);
        effects.max().unwrap_or_default()
    }

    /// The severest first, then by rule and subject; the same order whatever was found first.
    fn sort(&mut self) {
        for reasons in [&mut self.reasons, &mut self.dry_run] {
            reasons.sort_by(|a, b| {
                let key = |r: &Reason| (Reverse(r.effect), Arc::clone(&r.rule), r.subject);
                key(a).cmp(&key(b))
            });
            // Several owners may be decided by one thing about the holder.
            reasons.dedup();
        }
    }
}

/// Judges what has been recorded, at an instant.
#[must_use]
pub fn assess(inputs: &Inputs<'_>) -> Assessment {
    let world = World::new(inputs);
    let holdings = Holdings::new(&world);
    let roster = Roster::new(&world);
    let active = inputs.packs.active().iter();
    let mut panels: Vec<Panel<'_>> = active.map(|a| Panel::new(a, &world, &holdings)).collect();
    let mut found = Findings::default();
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
    Assessment {
        engine: ENGINE.into(),
        assessed_at: inputs.now,
        decision: found.decision(),
        reasons: found.reasons,
        missing,
        plan,
        entitlements: limits,
        status: applying().filter_map(|p| status_of(p, &world)).collect(),
        beneficial_owners: owners_of(&panels),
        risk: found.risk,
        conflicts: found.conflicts,
        dry_run: found.dry_run,
        notices: applying().flat_map(Panel::notices).collect(),
        review_at: world.flip(),
        packs: panels.iter().map(Panel::reference).collect(),
    }
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
