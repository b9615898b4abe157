//! The written programme: the customer identification programme as a document.
//!
//! It is generated from the live packs, methods, registry, catalogue and profile, so that what is written and what is
//! done cannot differ. Each pack stands with its version, digest and force; a proposed one is called a proposal, and the
//! document says whether it runs as a dry run or which officer elected it (invariant 14). Contradictions between packs
//! are printed, not smoothed over. The document claims no conformity with any law.
//!
//! The HTML holds no script and loads nothing; every text from a pack or profile is escaped.

mod collection;
mod conduct;
mod document;
mod handling;
mod html;
mod markdown;
mod scope;

use bonafide_model::{Date, Registry};

use crate::method::MethodSet;
use crate::pack::ActivePack;
use crate::provider::{Catalogue, ProviderProfile};
use document::{Document, Line};

/// What the programme is written from.
#[derive(Clone, Copy)]
pub struct Programme<'a> {
    /// The packs that apply, in the order in which they are written.
    pub packs: &'a [ActivePack],
    /// Who the provider is.
    pub profile: &'a ProviderProfile,
    /// What it sells.
    pub catalogue: &'a Catalogue,
    /// How assurance is raised.
    pub methods: &'a MethodSet,
    /// The attributes.
    pub registry: &'a Registry,
    /// The day on which it was written.
    pub written_on: Date,
}

/// The programme as Markdown.
#[must_use]
pub fn render_markdown(programme: &Programme<'_>) -> String {
    markdown::write(&document(programme))
}

/// The programme as one HTML file.
#[must_use]
pub fn render_html(programme: &Programme<'_>) -> String {
    html::write(&document(programme))
}

fn document(programme: &Programme<'_>) -> Document {
    let lead = format!(
        "Written on {} from the policy packs, methods and catalogue that decide. Change those and write it anew; do not edit this document.",
        programme.written_on
    );
    let caution = "It describes what the provider does. It is no legal advice and claims conformity with no law.";
    Document {
        title: format!(
            "Customer identification programme of {}",
            programme.profile.name
        ),
        lead: vec![Line::text(lead), Line::text(caution)],
        sections: vec![
            scope::provider(programme),
            scope::force(programme),
            scope::covered(programme),
            collection::required(programme),
            handling::handling(programme),
            collection::methods(programme),
            conduct::rules(programme),
            conduct::failures(programme),
            conduct::retention(programme),
            conduct::prohibitions(programme),
            conduct::resale(programme),
            conduct::notices(programme),
            conduct::contradictions(programme),
            conduct::citations(programme),
        ],
    }
}
