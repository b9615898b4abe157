//! What is demanded against what methods can show.

use bonafide_model::{Assurance, Registry};

use super::{Finding, FindingKind, Severity, Side, names, requirement_side};
use crate::method::MethodSet;
use crate::pack::Pack;

/// Every requirement that nothing can meet: no method shows an alternative so surely, nor can it be asked.
pub(super) fn requirements(
    pack: &Pack,
    registry: &Registry,
    methods: &MethodSet,
    found: &mut Vec<Finding>,
) {
    for requirement in &pack.requirements {
        let least = requirement.assurance;
        let mut alternatives = requirement.attributes.iter();
        if alternatives.any(|attribute| can_be_met(attribute, least, registry, methods)) {
            continue;
        }
        found.push(Finding {
            kind: FindingKind::CannotBeMet,
            severity: Severity::Error,
            message: format!(
                "no method shows {} as {}: add a method, or lower the assurance",
                names(requirement),
                least.as_str(),
            ),
            sides: vec![requirement_side(pack, requirement)],
        });
    }
}

/// Every fact by which somebody may be domestic and that nothing can show. A customer who has only that fact could never
/// meet a requirement to show it, although another has an alternative.
pub(super) fn status_facts(
    pack: &Pack,
    registry: &Registry,
    methods: &MethodSet,
    found: &mut Vec<Finding>,
) {
    let Some(status) = &pack.status else {
        return;
    };
    for fact in &status.facts {
        if can_be_met(fact, status.clear_at, registry, methods) {
            continue;
        }
        let mut sides = vec![Side {
            pack: pack.id.to_string(),
            part: "status".to_owned(),
            citations: status.citations.clone(),
        }];
        let deterring = pack.requirements.iter().filter(|r| r.deter_only_home);
        let naming = deterring.filter(|r| r.attributes.contains(fact));
        sides.extend(naming.map(|r| requirement_side(pack, r)));
        found.push(Finding {
            kind: FindingKind::CannotBeMet,
            severity: Severity::Warning,
            message: format!(
                "no method shows `{fact}` as {}: whoever is domestic by it alone cannot show it; add a method, or leave it out of the facts",
                status.clear_at.as_str(),
            ),
            sides,
        });
    }
}

fn can_be_met(attribute: &str, least: Assurance, registry: &Registry, methods: &MethodSet) -> bool {
    let Some(position) = registry.position(attribute) else {
        return false;
    };
    let asked = least == Assurance::Asserted && methods.can_be_asked(position);
    let mut shown = methods.methods().iter().flat_map(|method| &method.shows);
    asked || shown.any(|(at, assurance)| *at == position && *assurance >= least)
}
