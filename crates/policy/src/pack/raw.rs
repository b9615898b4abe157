//! A pack as it is written: the schema, with the spots of what can be wrong.

use std::collections::BTreeMap;
use std::sync::Arc;

use bonafide_model::{Assurance, Share, Span};
use serde::Deserialize;
use toml::Spanned;

use super::{
    Anchor, Band, Comparison, Entitlements, Force, Outcome, ProhibitionAction, Strategy, Subject,
    WhileMissing,
};

pub(super) type Text = Spanned<String>;
pub(super) type Texts = Vec<Text>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) pack: Head,
    #[serde(default)]
    pub(super) sets: BTreeMap<Text, Texts>,
    #[serde(default)]
    pub(super) predicates: BTreeMap<Text, Text>,
    #[serde(default)]
    pub(super) citation: Vec<RawCitation>,
    pub(super) status: Option<Spanned<RawStatus>>,
    pub(super) beneficial_owner: Option<RawOwners>,
    #[serde(default)]
    pub(super) requirement: Vec<Spanned<RawRequirement>>,
    #[serde(default)]
    pub(super) prohibition: Vec<Spanned<RawProhibition>>,
    #[serde(default)]
    pub(super) rule: Vec<RawRule>,
    #[serde(default)]
    pub(super) terms: RawTerms,
    #[serde(default)]
    pub(super) decision: RawDecision,
    #[serde(default)]
    pub(super) failure: Vec<RawFailure>,
    #[serde(default)]
    pub(super) retention: Vec<Spanned<RawRetention>>,
    #[serde(default)]
    pub(super) notice: Vec<RawNotice>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    pub(super) id: Text,
    pub(super) version: Text,
    pub(super) title: Text,
    pub(super) summary: Text,
    pub(super) force: Force,
    pub(super) home: Option<Text>,
    pub(super) regime: Text,
    pub(super) applies: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCitation {
    pub(super) id: Text,
    pub(super) text: Text,
    pub(super) note: Option<Arc<str>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStatus {
    pub(super) clear_at: Assurance,
    pub(super) facts: Texts,
    #[serde(default)]
    pub(super) citations: Texts,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawOwners {
    pub(super) threshold: Share,
    pub(super) comparison: Comparison,
    pub(super) control: bool,
    #[serde(default)]
    pub(super) control_by_majority: bool,
    pub(super) strategy: Strategy,
    #[serde(default)]
    pub(super) citations: Texts,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRequirement {
    pub(super) id: Text,
    pub(super) subject: Subject,
    pub(super) when: Option<Text>,
    pub(super) attribute: Option<Text>,
    pub(super) any_of: Option<Spanned<Texts>>,
    pub(super) assurance: Assurance,
    pub(super) max_age: Option<Span>,
    pub(super) while_missing: WhileMissing,
    #[serde(default)]
    pub(super) deter_only_home: bool,
    pub(super) citations: Spanned<Texts>,
    pub(super) why: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawProhibition {
    pub(super) id: Text,
    pub(super) attribute: Option<Text>,
    pub(super) class: Option<Text>,
    pub(super) action: ProhibitionAction,
    pub(super) when: Option<Text>,
    #[serde(default)]
    pub(super) unless_required_by: Vec<Arc<str>>,
    #[serde(default)]
    pub(super) citations: Texts,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRule {
    pub(super) id: Text,
    pub(super) subjects: Vec<Subject>,
    pub(super) when: Text,
    pub(super) outcome: Spanned<Outcome>,
    #[serde(default)]
    pub(super) band: Band,
    #[serde(default)]
    pub(super) human_review: bool,
    #[serde(default)]
    pub(super) score_based: bool,
    pub(super) public_reason: Text,
    #[serde(default)]
    pub(super) citations: Texts,
    pub(super) text: Text,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDecision {
    pub(super) mode: Mode,
}

/// Who refuses.
#[derive(Deserialize, Default, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum Mode {
    #[default]
    Auto,
    Human,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTerms {
    pub(super) provisional: Option<RawProvisional>,
    pub(super) approve: Option<RawApprove>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawProvisional {
    pub(super) duration: Span,
    pub(super) on_expiry: Spanned<Outcome>,
    #[serde(default)]
    pub(super) citations: Texts,
    pub(super) entitlements: Spanned<Entitlements>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawApprove {
    pub(super) entitlements: Spanned<Entitlements>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFailure {
    pub(super) id: Text,
    pub(super) subject: Subject,
    pub(super) when: Text,
    pub(super) outcome: Spanned<Outcome>,
    #[serde(default)]
    pub(super) add_sub_subjects: Vec<Subject>,
    pub(super) public_reason: Text,
    #[serde(default)]
    pub(super) appeal: bool,
    #[serde(default)]
    pub(super) citations: Texts,
    pub(super) text: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRetention {
    pub(super) class: Text,
    pub(super) anchor: Anchor,
    pub(super) min: Option<Span>,
    pub(super) max: Option<Span>,
    #[serde(default)]
    pub(super) citations: Texts,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawNotice {
    pub(super) id: Text,
    pub(super) locale: Text,
    pub(super) title: Text,
    pub(super) text: Text,
    #[serde(default)]
    pub(super) citations: Texts,
}
