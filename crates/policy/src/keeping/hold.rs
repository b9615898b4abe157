//! Holds: what they cover, and when they end.

use bonafide_model::{AccountId, HoldId, Timestamp};
use serde::{Deserialize, Serialize};

use super::Item;

/// What a hold on a party covers; what is left empty does not narrow it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldScope {
    /// Records about this account, and those about the party that every account uses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// Records of these classes; together with `fields`, of either.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
    /// These attributes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// What was recorded at this instant or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// What was recorded before this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
}

impl HoldScope {
    /// Whether a record or field is covered.
    #[must_use]
    pub fn covers(&self, item: &Item<'_>) -> bool {
        let named = |names: &[String], name: &str| names.iter().any(|n| n == name);
        let everything = self.classes.is_empty() && self.fields.is_empty();
        let kind =
            everything || named(&self.classes, item.class) || named(&self.fields, item.field);
        let account = match (self.account, item.account) {
            (Some(held), Some(own)) => held == own,
            _ => true,
        };
        let after = self.from.is_none_or(|from| from <= item.recorded_at);
        let before = self.to.is_none_or(|to| item.recorded_at < to);
        kind && account && after && before
    }
}

/// A legal hold: beats deletion, narrowly, and ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// The hold's id.
    pub id: HoldId,
    /// What it covers.
    pub scope: HoldScope,
    /// The first instant at which it no longer holds by itself; absent until somebody releases it.
    pub expires_at: Option<Timestamp>,
    /// When it was released.
    pub released_at: Option<Timestamp>,
}

impl Hold {
    /// When it ends, by release or by itself.
    #[must_use]
    pub fn ends_at(&self) -> Option<Timestamp> {
        match (self.expires_at, self.released_at) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }
}
