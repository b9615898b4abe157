//! What a pack says of itself: force it does not have, scores that refuse alone.

use super::{Finding, FindingKind, Severity, Side};
use crate::pack::{Force, Outcome, Pack};

/// Phrases by which a text claims to be law, in lower case. A proposed or voluntary pack may not use them of itself
/// (invariant 14); the notices of the shipped packs show how to say it otherwise.
const CLAIMS: [&str; 6] = [
    "in force",
    "legally required",
    "required by law",
    "the law requires you",
    "the law demands",
    "you are obliged by law",
];

/// What the reader of a denial is told apart from the claim itself: "is not in force" claims nothing.
const DENIALS: [&str; 4] = ["not ", "never ", "no ", "nor "];

/// Texts of a pack without the force of law that claim it.
pub(super) fn force(pack: &Pack, found: &mut Vec<Finding>) {
    if pack.force == Force::InForce {
        return;
    }
    for (part, text) in texts(pack) {
        let Some(claim) = claims_force(text) else {
            continue;
        };
        found.push(Finding {
            kind: FindingKind::ForceWording,
            severity: Severity::Error,
            message: format!(
                "a pack of force `{}` says `{claim}`: say that it is a {} instead",
                pack.force.as_str(),
                if pack.force == Force::Proposed {
                    "proposal"
                } else {
                    "choice of the provider"
                },
            ),
            sides: vec![side(pack, part)],
        });
    }
}

/// The phrase by which a text claims to be law, unless the words before it deny it.
fn claims_force(text: &str) -> Option<&'static str> {
    let text = text.to_lowercase();
    CLAIMS.into_iter().find(|claim| {
        text.match_indices(claim).any(|(at, _)| {
            let before: String = text
                .chars()
                .take(text.get(..at).map_or(0, |b| b.chars().count()))
                .collect();
            !DENIALS.iter().any(|denial| before.ends_with(denial))
        })
    })
}

/// Everything that a person reads, with the part it belongs to.
fn texts(pack: &Pack) -> Vec<(String, &str)> {
    let mut texts: Vec<(String, &str)> = vec![
        ("pack/title".to_owned(), &*pack.title),
        ("pack/summary".to_owned(), &*pack.summary),
    ];
    let requirements = pack.requirements.iter();
    texts.extend(requirements.map(|r| (format!("requirement/{}", r.id), &*r.why)));
    let rules = pack.rules.iter();
    texts.extend(rules.map(|r| (format!("rule/{}", r.id), &*r.text)));
    let failures = pack.failures.iter();
    texts.extend(failures.map(|f| (format!("failure/{}", f.id), &*f.text)));
    for notice in &pack.notices {
        texts.push((format!("notice/{}", notice.id), &*notice.title));
        texts.push((format!("notice/{}", notice.id), &*notice.text));
    }
    texts
}

/// Rules by which a score alone would refuse somebody.
pub(super) fn score_alone(pack: &Pack, found: &mut Vec<Finding>) {
    for rule in &pack.rules {
        if rule.outcome == Outcome::Refuse && rule.score_based && !rule.human_review {
            let mut side = side(pack, format!("rule/{}", rule.id));
            side.citations.clone_from(&rule.citations);
            found.push(Finding {
                kind: FindingKind::ScoreAloneRefuses,
                severity: Severity::Warning,
                message: format!(
                    "`{}` refuses by a score alone; where persons in the European Union are concerned a human must decide (GDPR 22, C-634/21): set `human_review = true`",
                    rule.id
                ),
                sides: vec![side],
            });
        }
    }
}

fn side(pack: &Pack, part: String) -> Side {
    Side {
        pack: pack.id.to_string(),
        part,
        citations: Vec::new(),
    }
}
