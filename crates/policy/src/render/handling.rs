//! Why what is held may be held: purpose, basis, recipients and term of every attribute under each regime.

use std::collections::{BTreeMap, BTreeSet};

use bonafide_model::registry::Attribute;

use super::Programme;
use super::document::{Line, Section};

/// Every attribute that may come to be held, then how it is handled, attributes handled alike in one row.
pub(super) fn handling(programme: &Programme<'_>) -> Section {
    let mut section = Section::new("Why it may be held, who may receive it, and for how long");
    let held = held(programme);
    let attributes = programme.registry.attributes();
    let rows = held.iter().filter_map(|(position, by)| {
        let attribute = attributes.get(*position)?;
        Some(vec![
            named(Line::default(), attribute),
            Line::text(&*attribute.class),
            Line::text(by.iter().copied().collect::<Vec<_>>().join(", ")),
        ])
    });
    section.table(
        "What may come to be held, and by which pack or method",
        &["Attribute", "Record class", "Comes in by"],
        rows.collect(),
        "Nothing is held.",
    );
    let held: Vec<&Attribute> = held.keys().filter_map(|at| attributes.get(*at)).collect();
    let regimes: BTreeSet<&str> = programme.packs.iter().map(|a| &*a.pack.regime).collect();
    for regime in regimes {
        section.table(
            format!("Handling under {regime}"),
            &["Attributes", "Purpose", "Basis", "Recipients", "Term"],
            alike(programme, &held, regime),
            "Nothing is held.",
        );
    }
    section
}

/// One row for all attributes that are handled alike, in the order of the registry.
fn alike(programme: &Programme<'_>, held: &[&Attribute], regime: &str) -> Vec<Vec<Line>> {
    let mut groups: Vec<([String; 4], Line)> = Vec::new();
    for attribute in held {
        let Some(handling) = programme.registry.handling(&attribute.name, regime) else {
            continue;
        };
        let how = [
            handling.purpose.clone(),
            handling.basis.clone(),
            handling.recipients.join(", "),
            handling.term.clone(),
        ];
        match groups.iter_mut().find(|(there, _)| *there == how) {
            Some((_, names)) => *names = named(std::mem::take(names).and("; "), attribute),
            None => groups.push((how, named(Line::default(), attribute))),
        }
    }
    let rows = groups.into_iter().map(|(how, names)| {
        let cells = how.into_iter().map(Line::text);
        std::iter::once(names).chain(cells).collect()
    });
    rows.collect()
}

fn named(line: Line, attribute: &Attribute) -> Line {
    line.and(format!("{} ", attribute.label))
        .and_code(&*attribute.name)
}

/// By position in the registry, every attribute that a requirement names or a method has handed over, and by what it
/// comes in. Of a selective method that is what it shows.
fn held<'a>(programme: &Programme<'a>) -> BTreeMap<usize, BTreeSet<&'a str>> {
    let mut held: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
    for active in programme.packs {
        let requirements = active.pack.requirements.iter();
        for name in requirements.flat_map(|r| &r.attributes) {
            if let Some(position) = programme.registry.position(name) {
                held.entry(position).or_default().insert(&active.pack.id);
            }
        }
    }
    for method in programme.methods.methods() {
        let shown = method
            .shows
            .iter()
            .filter(|_| method.selective)
            .map(|(at, _)| at);
        for position in method.needs.iter().chain(&method.collects).chain(shown) {
            held.entry(*position).or_default().insert(&method.id);
        }
    }
    held
}
