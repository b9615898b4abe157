//! What is collected, and how it is verified.

use bonafide_model::Span;

use super::Programme;
use super::document::{Line, Section};
use crate::pack::{Citation, Requirement};

/// The one method that the product carries out; it would be untrue to say so of another.
const SCREENING: &str = "list-screening";

/// Every requirement of every pack, by subject.
pub(super) fn required(programme: &Programme<'_>) -> Section {
    let mut section = Section::new("What is collected");
    section.paragraph("Each row is one requirement: about whom what must be known, how surely, when and what the decision is until then, why, and on what it rests. “Asserted” means that somebody said so, “validated” that evidence for it is genuine or a source agrees, “verified” that it is shown to belong to the party.");
    for active in programme.packs {
        let pack = &active.pack;
        let rows = pack.requirements.iter();
        let rows = rows.map(|r| requirement_row(programme, r)).collect();
        section.heading(&*pack.title);
        section.table(
            format!("Requirements of {}", pack.id),
            &["Requirement", "What", "How surely", "When", "Why"],
            rows,
            "This pack asks for nothing.",
        );
    }
    section
}

fn requirement_row(programme: &Programme<'_>, requirement: &Requirement) -> Vec<Line> {
    let mut what = Line::text(format!("{}: ", requirement.subject.words()));
    for (at, name) in requirement.attributes.iter().enumerate() {
        let label = programme
            .registry
            .get(name)
            .map_or(&**name, |a| a.label.as_str());
        let join = if at == 0 { "" } else { ", or " };
        what = what.and(format!("{join}{label} ")).and_code(&**name);
    }
    let mut surely = requirement.assurance.as_str().to_owned();
    if let Some(age) = requirement.max_age {
        surely.push_str(", not older than ");
        surely.push_str(&spoken(age));
    }
    let mut when = requirement
        .when
        .as_ref()
        .map_or_else(|| Line::text("always"), |c| Line::code(flat(c.source())));
    if requirement.deter_only_home {
        when = Line::text("the customer says it is domestic and has not shown it");
    }
    vec![
        Line::code(&*requirement.id),
        what,
        Line::text(surely),
        when.and(format!(
            "; until known: {}",
            requirement.while_missing.as_str()
        )),
        Line::text(&*requirement.why).resting_on(&cited(&requirement.citations)),
    ]
}

/// The methods, and what each can show.
pub(super) fn methods(programme: &Programme<'_>) -> Section {
    let mut section = Section::new("How it is verified");
    section.paragraph("No requirement names a method. For each customer the least intrusive set of methods is computed that closes what is missing; the customer may choose another that shows the same.");
    section.paragraph(
        Line::text("“Without the customer” means that the provider carries the method out alone. Of all methods the program that decides carries out only ")
            .and_code(SCREENING)
            .and("; the others are carried out by the provider or on its behalf, and how they ended is recorded."),
    );
    let attributes = programme.registry.attributes();
    let label = |at: &usize| attributes.get(*at).map_or("", |a| a.label.as_str());
    let rows = programme.methods.methods().iter().map(|method| {
        let shows = method.shows.iter();
        let shows: Vec<String> = shows
            .map(|(at, sure)| format!("{} ({})", label(at), sure.as_str()))
            .collect();
        let fields: Vec<&str> = method
            .needs
            .iter()
            .chain(&method.collects)
            .map(label)
            .collect();
        let evidence: Vec<String> = method
            .evidence
            .iter()
            .map(|kind| kind.replace('_', " "))
            .collect();
        vec![
            Line::text(format!("{} ", method.title)).and_code(&*method.id),
            Line::text(shows.join(", ")),
            Line::text(or_none(&fields.join(", "))),
            Line::text(or_none(&evidence.join(", "))),
            method
                .applies
                .as_ref()
                .map_or_else(|| Line::text("everybody"), |a| Line::code(flat(&a.source))),
            Line::text(if method.automatic {
                "without the customer"
            } else {
                "with the customer"
            }),
        ]
    });
    section.table(
        "Methods",
        &["Method", "Shows", "Needs", "Evidence", "Fits", "Runs"],
        rows.collect(),
        "No method is set up: everything rests on what customers assert.",
    );
    section
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "none" } else { text }
}

/// A condition on one line.
pub(super) fn flat(source: &str) -> String {
    source.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A span in words: `P2Y6M` is "2 years 6 months".
pub(super) fn spoken(span: Span) -> String {
    let (mut words, mut number, mut in_day) = (Vec::new(), String::new(), false);
    for sign in span.to_string().chars().skip(1) {
        let unit = match sign {
            'T' => {
                in_day = true;
                continue;
            }
            'Y' => "year",
            'M' if in_day => "minute",
            'M' => "month",
            'D' => "day",
            'H' => "hour",
            'S' => "second",
            digit => {
                number.push(digit);
                continue;
            }
        };
        let plural = if number == "1" { "" } else { "s" };
        words.push(format!("{number} {unit}{plural}"));
        number.clear();
    }
    words.join(" ")
}

/// Citations as one text.
pub(super) fn cited(citations: &[Citation]) -> String {
    let texts: Vec<&str> = citations.iter().map(|c| &*c.text).collect();
    or_none(&texts.join("; ")).to_owned()
}
