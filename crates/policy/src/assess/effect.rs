//! Rules and failures: what they do to the decision, and to whom else they lead.

use std::sync::Arc;

use bonafide_model::{DeterminedOutcome, PartyId};

use super::finding::{self, Findings};
use super::panel::{Panel, Roster};
use super::{Decision, Reason};
use crate::expr::Truth;
use crate::facts::World;
use crate::pack::{Citation, Outcome, Rule};

/// The class of reason for what the rules themselves say.
const INTERNAL: &str = "needs_review";

/// What is said whatever the packs: records that cannot be used.
pub(super) fn notes(world: &World<'_>, found: &mut Findings) {
    let mut note = |rule: &str, effect: Decision, subject: Option<PartyId>, text: String| {
        let reason = Reason {
            effect,
            rule: rule.into(),
            subject,
            public_reason: INTERNAL.into(),
            text: text.clone().into(),
            citations: Vec::new(),
            human_review: false,
            appeal: false,
            measure: None,
            determination: None,
        };
        found.file(world, true, reason, |f| f.add("note", subject, &text));
    };
    for method in &world.unknown_methods {
        let method = crate::pack::shown(method);
        let text =
            format!("a check names the method `{method}`, which is not set up: it shows nothing");
        note("engine/unknown-method", Decision::Approve, None, text);
    }
    for attribute in &world.unknown_attributes {
        let attribute = crate::pack::shown(attribute);
        let text = format!(
            "a claim names the attribute `{attribute}`, which is not in the registry: it counts for nothing"
        );
        note("engine/unknown-attribute", Decision::Approve, None, text);
    }
    if !world.holder_recorded {
        let holder = world.party(world.holder).id;
        let text = "the account names a holder of whom nothing is recorded".to_owned();
        note("engine/unknown-holder", Decision::Refer, Some(holder), text);
    }
    if !world.order.listed {
        let product = crate::pack::shown(&world.dossier.account.product);
        let text =
            format!("the product `{product}` is not in the catalogue: it counts as in scope");
        note("engine/unknown-product", Decision::Refer, None, text);
    }
}

/// Asks every rule of everybody it is about.
pub(super) fn rules(
    panels: &mut [Panel<'_>],
    roster: &Roster,
    world: &World<'_>,
    found: &mut Findings,
) {
    let mut fired: Vec<(usize, &Rule, usize)> = Vec::new();
    for (at, panel) in panels.iter().enumerate().filter(|(_, p)| p.applies) {
        for rule in &panel.pack.rules {
            for party in roster.all(&rule.subjects, panel) {
                let asked = panel.ask(&rule.when, party, world, &mut Vec::new());
                if asked == Truth::True {
                    fired.push((at, rule, party));
                }
            }
        }
    }
    let bites = |at: usize| panels.get(at).is_some_and(|p| p.bites);
    // Where a pack wants a human to look at a score, no other pack's score refuses alone.
    let looked_at: Vec<usize> = fired
        .iter()
        .filter(|(at, rule, _)| bites(*at) && rule.human_review && rule.score_based)
        .map(|(_, _, party)| *party)
        .collect();
    for (at, rule, party) in fired {
        let human = rule.human_review || (rule.score_based && looked_at.contains(&party));
        let (mut effect, measure) = finding::effect(rule.outcome);
        if human {
            effect = effect.min(Decision::Refer);
        }
        let Some(panel) = panels.get_mut(at) else {
            continue;
        };
        let reason = Reason {
            effect,
            rule: name(panel, &rule.id),
            subject: Some(world.party(party).id),
            public_reason: Arc::clone(&rule.public_reason),
            text: Arc::clone(&rule.text),
            citations: rule.citations.clone(),
            human_review: human,
            appeal: false,
            measure,
            determination: None,
        };
        let determined = found.file(world, panel.bites, reason, |f| {
            panel.footing(&rule.when, party, world, f);
        });
        let determined = determined.map(|d| d.outcome);
        // What a human found to be nothing is no risk either.
        if panel.bites && determined != Some(DeterminedOutcome::Approve) {
            found.risk = found.risk.max(rule.band);
        }
        panel.provisional |= panel.bites && effect == Decision::Provisional && determined.is_none();
    }
}

/// Asks every failure of everybody it is about, and notes whom it adds.
pub(super) fn failures(
    panels: &mut [Panel<'_>],
    roster: &Roster,
    world: &World<'_>,
    found: &mut Findings,
) {
    for panel in panels.iter_mut().filter(|p| p.applies) {
        for failure in &panel.pack.failures {
            let mut added = Vec::new();
            for party in roster.of(failure.subject, panel) {
                let asked = panel.ask(&failure.when, *party, world, &mut Vec::new());
                if asked != Truth::True {
                    continue;
                }
                let (effect, measure) = finding::effect(failure.outcome);
                let reason = Reason {
                    effect,
                    rule: name(panel, &failure.id),
                    subject: Some(world.party(*party).id),
                    public_reason: Arc::clone(&failure.public_reason),
                    text: Arc::clone(&failure.text),
                    citations: failure.citations.clone(),
                    human_review: false,
                    appeal: failure.appeal,
                    measure,
                    determination: None,
                };
                let determined = found.file(world, panel.bites, reason, |f| {
                    panel.footing(&failure.when, *party, world, f);
                });
                let determined = determined.map(|d| d.outcome);
                // A doubt that a human dispelled leads to nobody else.
                if determined != Some(DeterminedOutcome::Approve) {
                    added.extend(roster.all(&failure.add_sub_subjects, panel));
                }
            }
            panel.added.append(&mut added);
        }
    }
}

/// The end of provisional terms.
pub(super) fn expired(panel: &Panel<'_>, outcome: Outcome, citations: &[Citation]) -> Reason {
    let (effect, measure) = finding::effect(outcome);
    Reason {
        effect,
        rule: name(panel, "terms-provisional"),
        subject: None,
        public_reason: "time_ran_out".into(),
        text: "what was missing was not supplied in time".into(),
        citations: citations.to_vec(),
        human_review: false,
        appeal: true,
        measure,
        determination: None,
    }
}

fn name(panel: &Panel<'_>, id: &str) -> Arc<str> {
    format!("{}/{id}", panel.pack.id).into()
}
