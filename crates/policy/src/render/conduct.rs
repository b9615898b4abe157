//! What is done: risk rules, failures, terms, retention, prohibitions, resale, notices, and what contradicts what.

use bonafide_model::Span;

use super::Programme;
use super::collection::{cited, flat, spoken};
use super::document::{Line, Section};
use crate::check::{Severity, check};
use crate::pack::{Entitlements, Failure, Pack, Prohibition, Subject};

/// Rules that raise a question.
pub(super) fn rules(programme: &Programme<'_>) -> Section {
    let mut section = Section::new("What raises a question");
    for active in programme.packs {
        let rows = active.pack.rules.iter().map(|rule| {
            let subjects: Vec<&str> = rule.subjects.iter().map(|s| s.words()).collect();
            vec![
                Line::code(&*rule.id),
                Line::text(subjects.join(", ")),
                Line::code(flat(rule.when.source())),
                Line::text(format!(
                    "{}, decided by {}",
                    rule.outcome.as_str(),
                    if rule.human_review {
                        "a human"
                    } else {
                        "the rule"
                    },
                )),
                Line::text(&*rule.text).resting_on(&cited(&rule.citations)),
            ]
        });
        section.heading(&*active.pack.title);
        section.table(
            format!("Rules of {}", active.pack.id),
            &["Rule", "About", "When", "Outcome", "Meaning"],
            rows.collect(),
            "This pack has no such rule.",
        );
    }
    section
}

/// Terms while checks run, and what happens when they fail.
pub(super) fn failures(programme: &Programme<'_>) -> Section {
    let mut section = Section::new("When verification takes time or fails");
    for active in programme.packs {
        let pack = &active.pack;
        section.heading(&*pack.title);
        if pack.human_decides {
            section.paragraph("No refusal and no closing is made by a rule alone: of whatever pack, it waits for the determination of a human.");
        }
        if let Some(terms) = &pack.provisional {
            section.paragraph(format!(
                "While something is missing an account may run for {} with {}. After that: {} ({}).",
                spoken(terms.duration),
                limits(&terms.entitlements),
                terms.on_expiry.words(),
                cited(&terms.citations),
            ));
        }
        if let Some(approved) = &pack.approve {
            section.paragraph(format!(
                "An approved account runs with {}.",
                limits(approved)
            ));
        }
        let rows = pack.failures.iter().map(|failure| {
            vec![
                Line::code(&*failure.id),
                Line::text(failure.subject.words()),
                Line::code(flat(failure.when.source())),
                Line::text(outcome(failure)),
                Line::text(&*failure.text).resting_on(&cited(&failure.citations)),
            ]
        });
        section.table(
            format!("Failures under {}", pack.id),
            &["Rule", "About", "When", "Outcome", "Meaning"],
            rows.collect(),
            "This pack says nothing about failures.",
        );
    }
    section
}

fn outcome(failure: &Failure) -> String {
    let mut outcome = failure.outcome.words().to_owned();
    let added: Vec<&str> = failure.add_sub_subjects.iter().map(|s| s.words()).collect();
    if !added.is_empty() {
        outcome.push_str("; also identified: ");
        outcome.push_str(&added.join(", "));
    }
    outcome.push_str(if failure.appeal {
        "; appeal to another officer"
    } else {
        "; no appeal"
    });
    outcome
}

fn limits(entitlements: &Entitlements) -> String {
    if !entitlements.provision {
        return "nothing provided".to_owned();
    }
    let mut parts = Vec::new();
    if let Some(most) = entitlements.instances_max {
        parts.push(format!("at most {most} instances"));
    }
    if !entitlements.blocked_ports.is_empty() {
        let ports: Vec<String> = entitlements
            .blocked_ports
            .iter()
            .map(ToString::to_string)
            .collect();
        parts.push(format!("ports {} blocked", ports.join(", ")));
    }
    if let Some(cap) = entitlements.spend_cap_minor {
        let currency = entitlements.currency.as_deref().unwrap_or("");
        parts.push(format!(
            "spending up to {}.{:02} {currency}",
            cap / 100,
            cap % 100
        ));
    }
    if let Some(most) = entitlements.bandwidth_mbps_max {
        parts.push(format!("at most {most} Mbit/s"));
    }
    if parts.is_empty() {
        "no limits".to_owned()
    } else {
        parts.join(", ")
    }
}

/// Least and longest terms by record class.
pub(super) fn retention(programme: &Programme<'_>) -> Section {
    let mut section = Section::new("How long records are kept");
    section.paragraph("While an account is open its records are kept. A legal hold keeps what it names beyond any term, and ends. A proposed pack that nobody elected keeps nothing.");
    let mut rows = Vec::new();
    for (name, class) in programme.registry.classes() {
        for active in programme.packs {
            let terms = active.pack.retention.iter().filter(|t| *t.class == **name);
            for term in terms {
                let span = |s: Option<Span>| s.map_or_else(|| "none".to_owned(), spoken);
                rows.push(vec![
                    Line::text(format!("{} ", class.title)).and_code(name.as_str()),
                    Line::text(span(term.min)),
                    Line::text(span(term.max)),
                    Line::text(term.anchor.words()),
                    Line::code(&*active.pack.id).resting_on(&cited(&term.citations)),
                ]);
            }
        }
    }
    section.table(
        "Terms",
        &["Records", "At least", "At most", "Counted from", "Set by"],
        rows,
        "No pack sets a term: records go when the account has ended.",
    );
    section
}

/// What is never collected or never kept.
pub(super) fn prohibitions(programme: &Programme<'_>) -> Section {
    let mut section = Section::new("What is not collected or not kept");
    let mut rows = Vec::new();
    for active in programme.packs {
        rows.extend(
            active
                .pack
                .prohibitions
                .iter()
                .map(|p| prohibition_row(&active.pack, p)),
        );
    }
    section.table(
        "Prohibitions",
        &["Rule", "What", "Not", "When", "Citations"],
        rows,
        "No pack forbids anything; what no requirement names is not asked.",
    );
    section
}

fn prohibition_row(pack: &Pack, prohibition: &Prohibition) -> Vec<Line> {
    let what = match (&prohibition.attribute, &prohibition.class) {
        (Some(attribute), _) => Line::code(&**attribute),
        (None, Some(class)) => Line::text("every attribute of the class ").and_code(&**class),
        (None, None) => Line::text("nothing"),
    };
    let when = prohibition.when.as_ref();
    vec![
        Line::code(format!("{}/{}", pack.id, prohibition.id)),
        what,
        Line::text(prohibition.action.words()),
        when.map_or_else(|| Line::text("always"), |c| Line::code(flat(c.source()))),
        Line::text(cited(&prohibition.citations)),
    ]
}

/// What is asked of resellers and of those who rent from customers.
pub(super) fn resale(programme: &Programme<'_>) -> Section {
    let mut section = Section::new("Resellers and lessees");
    let mut items = Vec::new();
    for active in programme.packs {
        let of_chain = |s: &Subject| matches!(s, Subject::Reseller | Subject::Lessee);
        for r in active
            .pack
            .requirements
            .iter()
            .filter(|r| of_chain(&r.subject))
        {
            items.push(
                Line::code(format!("{}/{}", active.pack.id, r.id)).and(format!(
                    " ({}): {} ({})",
                    r.subject.words(),
                    r.why,
                    cited(&r.citations)
                )),
            );
        }
        for r in active
            .pack
            .rules
            .iter()
            .filter(|r| r.subjects.iter().all(of_chain))
        {
            items.push(
                Line::code(format!("{}/{}", active.pack.id, r.id)).and(format!(": {}", r.text)),
            );
        }
    }
    if items.is_empty() {
        section.paragraph("No pack asks anything of resellers or lessees.");
    }
    section.list(items);
    section
}

/// What customers are told, word for word.
pub(super) fn notices(programme: &Programme<'_>) -> Section {
    let mut section = Section::new("What customers are told");
    let mut any = false;
    for active in programme.packs {
        for notice in &active.pack.notices {
            any = true;
            section.heading(format!(
                "{} ({}/{}, {})",
                notice.title, active.pack.id, notice.id, notice.locale
            ));
            section.paragraph(&*notice.text);
        }
    }
    if !any {
        section.paragraph("No pack has a notice.");
    }
    section
}

/// What the packs contradict each other in; shown, never resolved.
pub(super) fn contradictions(programme: &Programme<'_>) -> Section {
    let mut section = Section::new("Open contradictions");
    section.paragraph("Shown, not resolved: which side yields is for a person to decide and to write down. A proposed pack that nobody elected keeps and forbids nothing, so that a contradiction with it waits for its election.");
    let packs: Vec<&Pack> = programme.packs.iter().map(|a| &*a.pack).collect();
    let rows = check(&packs, programme.registry, programme.methods);
    let rows = rows.into_iter().map(|finding| {
        let sides = finding.sides.iter();
        let sides: Vec<String> = sides
            .map(|s| format!("{}/{}: {}", s.pack, s.part, cited(&s.citations)))
            .collect();
        let certain = finding.severity == Severity::Error;
        vec![
            Line::marked(&finding.message),
            Line::text(if certain {
                "in every case"
            } else {
                "in some cases"
            }),
            Line::text(sides.join(" — against — ")),
        ]
    });
    section.table(
        "Contradictions",
        &["What", "Contradicts", "Sides"],
        rows.collect(),
        "The packs do not contradict each other.",
    );
    section
}

/// Every source with its caution.
pub(super) fn citations(programme: &Programme<'_>) -> Section {
    let mut section = Section::new("Sources");
    let mut rows = Vec::new();
    for active in programme.packs {
        rows.extend(active.pack.citations.iter().map(|c| {
            vec![
                Line::text(&*c.text),
                Line::code(format!("{}/{}", active.pack.id, c.id)),
                Line::text(c.note.as_deref().unwrap_or("")),
            ]
        }));
    }
    section.table(
        "Sources",
        &["Source", "Named as", "Note"],
        rows,
        "No source is named.",
    );
    section
}
