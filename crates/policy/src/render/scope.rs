//! Who the provider is, what is in scope, which packs apply with which force, and whom they cover.

use super::Programme;
use super::collection::{cited, flat};
use super::document::{Line, Section};
use crate::pack::{ActivePack, Force, Pack};
use crate::provider::{Product, ProviderProfile};

/// The provider and its products.
pub(super) fn provider(programme: &Programme<'_>) -> Section {
    let mut section = Section::new("Provider and scope");
    let profile = programme.profile;
    section.paragraph(if *profile == ProviderProfile::default() {
        "No profile of the provider is set: who it is, where it is established and whom to ask about this programme must be added before this document is given to anybody.".to_owned()
    } else {
        format!(
            "{} is established in {}. Contact for this programme: {}.",
            profile.name, profile.country, profile.contact,
        )
    });
    section.table(
        "Owners of the provider",
        &["Owner", "Country"],
        profile
            .owners
            .iter()
            .map(|o| vec![Line::text(&*o.name), Line::text(&*o.country)])
            .collect(),
        "No owner of the provider is recorded in its profile.",
    );
    let rows = profile.regions.iter().map(|region| {
        vec![
            Line::code(&*region.id),
            Line::text(&*region.country),
            scope(region.in_scope),
            Line::text(&*region.reason),
        ]
    });
    section.table(
        "Regions",
        &["Region", "Country", "Scope", "Reason"],
        rows.collect(),
        "No region is named in the provider's profile.",
    );
    section.paragraph(format!(
        "Orders for no region, or for one not named here, are {}.",
        in_words(profile.in_scope_elsewhere),
    ));
    let rows = programme.catalogue.products().map(|product| {
        vec![
            Line::text(format!("{} ", product.title)).and_code(&*product.id),
            scope(product.in_scope),
            Line::text(&*product.reason),
            Line::text(&*product.category),
            Line::text(traits(product)),
        ]
    });
    section.table(
        "Products",
        &["Product", "Scope", "Reason", "Category", "Marks"],
        rows.collect(),
        "The catalogue is empty: every order is taken, as in scope.",
    );
    section
}

fn scope(in_scope: bool) -> Line {
    Line::text(in_words(in_scope))
}

fn in_words(in_scope: bool) -> &'static str {
    if in_scope { "in scope" } else { "out of scope" }
}

fn traits(product: &Product) -> &'static str {
    match (product.zero_price, product.controlled_hardware) {
        (true, true) => "free of charge, controlled hardware",
        (true, false) => "free of charge",
        (false, true) => "controlled hardware",
        (false, false) => "none",
    }
}

/// Which packs apply, and the force of each (invariant 14).
pub(super) fn force(programme: &Programme<'_>) -> Section {
    let mut section = Section::new("Policy packs and their force");
    let rows = programme.packs.iter().map(|active| {
        let pack = &active.pack;
        vec![
            Line::text(format!("{} ", pack.title)).and_code(&*pack.id),
            Line::text(&*pack.version),
            Line::text(statement(active)),
            Line::code(&*pack.digest),
        ]
    });
    section.table(
        "Packs",
        &["Pack", "Version", "Force", "SHA-256"],
        rows.collect(),
        "No pack applies: nothing is asked and nothing is decided.",
    );
    for active in programme.packs {
        section.heading(&*active.pack.title);
        section.paragraph(&*active.pack.summary);
    }
    section
}

/// What the force of a pack means for customers.
fn statement(active: &ActivePack) -> String {
    match (active.pack.force, &active.elected_by) {
        (Force::InForce, _) => "Law in force. It decides.".to_owned(),
        (Force::Voluntary, _) => "The provider's own choice. It decides; no law demands it.".to_owned(),
        (Force::Proposed, None) => "A proposal, not adopted. It runs as a dry run: it harms no customer and reports to nobody.".to_owned(),
        (Force::Proposed, Some(election)) => format!(
            "A proposal, not adopted. {} elected on {} that it decides nevertheless.",
            election.officer,
            election.at.date(),
        ),
    }
}

/// Whom each pack covers: status, beneficial owners, conditions.
pub(super) fn covered(programme: &Programme<'_>) -> Section {
    let mut section = Section::new("Who is covered");
    for active in programme.packs {
        section.heading(&*active.pack.title);
        section.list(coverage(&active.pack));
    }
    section
}

fn coverage(pack: &Pack) -> Vec<Line> {
    let mut items = Vec::new();
    items.push(match &pack.applies {
        Some(condition) => Line::text("Applies where ")
            .and_code(flat(condition.source()))
            .and("."),
        None => Line::text("Applies to every account."),
    });
    if let (Some(status), Some(home)) = (&pack.status, &pack.home) {
        let facts = status
            .facts
            .iter()
            .map(|f| f.replace('_', " "))
            .collect::<Vec<_>>()
            .join(", ");
        items.push(Line::text(format!(
            "Whether somebody is domestic (home: {home}) is derived from {facts}, each at least {}; until then everybody is presumed foreign. An organisation is domestic only if all its beneficial owners are ({}).",
            status.clear_at.as_str(),
            cited(&status.citations),
        )));
    }
    if let Some(rule) = &pack.beneficial_owner {
        let control = if rule.control {
            ", or control without a share"
        } else {
            ""
        };
        items.push(Line::text(format!(
            "Beneficial owner: a share {} {} percent, direct or through others, added up{control} ({}).",
            rule.comparison.words(),
            rule.threshold,
            cited(&rule.citations),
        )));
    }
    for (name, condition) in &pack.predicates {
        items.push(
            Line::code(&**name)
                .and(" means ")
                .and_code(flat(condition.source()))
                .and("."),
        );
    }
    for (name, members) in &pack.sets {
        let members: Vec<&str> = members.iter().map(|m| &**m).collect();
        items.push(Line::code(format!("sets.{name}")).and(format!(": {}.", members.join(", "))));
    }
    items
}
