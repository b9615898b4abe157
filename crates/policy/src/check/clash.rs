//! Terms against terms, requirements against prohibitions, classes against the registry.

use bonafide_model::{Registry, Span};

use super::{Finding, FindingKind, Severity, Side, names, requirement_side};
use crate::pack::{Anchor, Pack, Prohibition, ProhibitionAction, Requirement, Retention};

/// Every minimum of one pack against every maximum for the same record class.
pub(super) fn terms(packs: &[&Pack], found: &mut Vec<Finding>) {
    for (keeps, keep) in each_term(packs) {
        for (ends, end) in each_term(packs) {
            let (Some(min), Some(max)) = (keep.min, end.max) else {
                continue;
            };
            if keep.class != end.class || min.nominal_millis() <= max.nominal_millis() {
                continue;
            }
            let certain = order(keep.anchor) >= order(end.anchor);
            found.push(Finding {
                kind: FindingKind::TermClash,
                severity: if certain {
                    Severity::Error
                } else {
                    Severity::Warning
                },
                message: clash_message(keeps, keep, min, ends, end, max, certain),
                sides: vec![term_side(keeps, keep), term_side(ends, end)],
            });
        }
    }
}

fn each_term<'a>(packs: &[&'a Pack]) -> impl Iterator<Item = (&'a Pack, &'a Retention)> {
    packs
        .iter()
        .flat_map(|pack| pack.retention.iter().map(move |term| (*pack, term)))
}

/// The order in which anchors come to pass. A longer minimum from a later or the same anchor always ends after a shorter
/// maximum; from an earlier anchor it depends on how long the account lived.
fn order(anchor: Anchor) -> u8 {
    match anchor {
        Anchor::Transaction => 0,
        Anchor::Recorded => 1,
        Anchor::Decided => 2,
        Anchor::LastAccess => 3,
        Anchor::AccountClosed | Anchor::Cancelled => 4,
        Anchor::RelationshipEnded => 5,
        Anchor::AccountClosedOrLastAccess => 6,
    }
}

fn clash_message(
    keeps: &Pack,
    keep: &Retention,
    min: Span,
    ends: &Pack,
    end: &Retention,
    max: Span,
    certain: bool,
) -> String {
    let verb = if certain { "must" } else { "may have to" };
    format!(
        "`{}` records {verb} be kept for at least {min} from {} (`{}`) and for at most {max} from {} (`{}`)",
        keep.class,
        keep.anchor.words(),
        keeps.id,
        end.anchor.words(),
        ends.id,
    )
}

fn term_side(pack: &Pack, term: &Retention) -> Side {
    Side {
        pack: pack.id.to_string(),
        part: format!("retention/{}", term.class),
        citations: term.citations.clone(),
    }
}

/// Every requirement of which all alternatives are prohibited.
pub(super) fn prohibited(packs: &[&Pack], registry: &Registry, found: &mut Vec<Finding>) {
    for requiring in packs {
        for requirement in &requiring.requirements {
            for forbidding in packs {
                let bars = |p: &&Prohibition| bars(p, requiring, requirement, registry);
                let barring = forbidding.prohibitions.iter().filter(bars);
                for prohibition in barring {
                    found.push(barred(requiring, requirement, forbidding, prohibition));
                }
            }
        }
    }
}

fn bars(
    prohibition: &Prohibition,
    requiring: &Pack,
    requirement: &Requirement,
    registry: &Registry,
) -> bool {
    let concerns = |attribute: &str| {
        let class = registry.get(attribute).map(|a| a.class.as_str());
        prohibition.attribute.as_deref() == Some(attribute)
            || (prohibition.class.is_some() && prohibition.class.as_deref() == class)
    };
    let excepted = prohibition
        .unless_required_by
        .iter()
        .any(|id| **id == *requiring.id);
    prohibition.action == ProhibitionAction::Collect
        && !excepted
        && requirement.attributes.iter().all(|a| concerns(a))
}

fn barred(
    requiring: &Pack,
    requirement: &Requirement,
    forbidding: &Pack,
    prohibition: &Prohibition,
) -> Finding {
    let conditional = requirement.when.is_some() || prohibition.when.is_some();
    Finding {
        kind: FindingKind::RequiredButProhibited,
        severity: if conditional {
            Severity::Warning
        } else {
            Severity::Error
        },
        message: format!(
            "{} is required by `{}/{}` and must not be collected under `{}/{}`",
            names(requirement),
            requiring.id,
            requirement.id,
            forbidding.id,
            prohibition.id,
        ),
        sides: vec![
            requirement_side(requiring, requirement),
            Side {
                pack: forbidding.id.to_string(),
                part: format!("prohibition/{}", prohibition.id),
                citations: prohibition.citations.clone(),
            },
        ],
    }
}

/// Terms and prohibitions for classes that no record has.
pub(super) fn unknown_classes(pack: &Pack, registry: &Registry, found: &mut Vec<Finding>) {
    let terms = pack.retention.iter();
    let terms = terms.map(|t| (t.class.to_string(), term_side(pack, t)));
    let barred = pack.prohibitions.iter().filter_map(|p| {
        let side = Side {
            pack: pack.id.to_string(),
            part: format!("prohibition/{}", p.id),
            citations: p.citations.clone(),
        };
        Some((p.class.as_ref()?.to_string(), side))
    });
    for (class, side) in terms.chain(barred) {
        if !registry.classes().contains_key(&class) {
            found.push(Finding {
                kind: FindingKind::UnknownClass,
                severity: Severity::Error,
                message: format!("`{class}` is not a record class of the attribute registry"),
                sides: vec![side],
            });
        }
    }
}
