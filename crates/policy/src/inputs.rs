//! Everything that an assessment is a function of.

use bonafide_model::{Dossier, Timestamp};

use crate::method::MethodSet;
use crate::pack::PackSet;
use crate::provider::{Catalogue, ProviderProfile};

/// Everything that an assessment is a function of; there is no clock, no chance and no other input.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// What has been recorded.
    pub dossier: &'a Dossier,
    /// The active packs.
    pub packs: &'a PackSet,
    /// The ways to raise assurance.
    pub methods: &'a MethodSet,
    /// What the provider sells.
    pub catalogue: &'a Catalogue,
    /// Who the provider is.
    pub profile: &'a ProviderProfile,
    /// The instant at which it is judged.
    pub now: Timestamp,
}
