//! Parts of a pack about time and limits: provisional terms, entitlements, retention, notices.

use std::sync::Arc;

use bonafide_model::Span;
use serde::{Deserialize, Serialize};

use super::{Citation, Outcome};

/// Terms while something is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provisional {
    /// How long, from the opening of the account or from the day on which what was known lapsed.
    pub duration: Span,
    /// What follows then: monitor, restrict, refer, refuse or close.
    pub on_expiry: Outcome,
    /// The limits until then.
    pub entitlements: Entitlements,
    /// What they rest on.
    pub citations: Vec<Citation>,
}

/// Limits for the provisioner, as a pack writes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entitlements {
    /// Whether anything is provided.
    #[serde(default = "yes")]
    pub provision: bool,
    /// How many instances at most.
    pub instances_max: Option<u32>,
    /// Ports that stay closed.
    #[serde(default)]
    pub blocked_ports: Vec<u16>,
    /// How much may be spent, in minor units of `currency`.
    pub spend_cap_minor: Option<u64>,
    /// ISO 4217 code for `spend_cap_minor`.
    pub currency: Option<Arc<str>>,
    /// How many megabits a second at most.
    pub bandwidth_mbps_max: Option<u32>,
}

fn yes() -> bool {
    true
}

/// How long records of a class are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// The record class.
    pub class: Arc<str>,
    /// From when it is counted.
    pub anchor: Anchor,
    /// For at least so long.
    pub min: Option<Span>,
    /// For at most so long.
    pub max: Option<Span>,
    /// What it rests on.
    pub citations: Vec<Citation>,
}

/// From when a term is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Anchor {
    /// The closing of the account.
    AccountClosed,
    /// The last access to it.
    LastAccess,
    /// The later of both.
    AccountClosedOrLastAccess,
    /// The making of the record.
    Recorded,
    /// The decision that it served.
    Decided,
    /// The dealing that the record tells of.
    Transaction,
    /// The cancelling or withdrawing of the registration, which is the closing of the account.
    Cancelled,
    /// The closing of the last account of the party.
    RelationshipEnded,
}

impl Anchor {
    /// In words, after "from".
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::AccountClosed => "the closing of the account",
            Self::LastAccess => "the last access",
            Self::AccountClosedOrLastAccess => {
                "the closing of the account or the last access, whichever is later"
            }
            Self::Recorded => "the making of the record",
            Self::Decided => "the decision",
            Self::Transaction => "the dealing",
            Self::Cancelled => "the cancelling of the registration",
            Self::RelationshipEnded => "the closing of the last account",
        }
    }
}

/// What customers are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its id; one text per id and locale.
    pub id: Arc<str>,
    /// BCP 47 tag.
    pub locale: Arc<str>,
    /// Its title.
    pub title: Arc<str>,
    /// Its text.
    pub text: Arc<str>,
    /// What it rests on.
    pub citations: Vec<Citation>,
}
