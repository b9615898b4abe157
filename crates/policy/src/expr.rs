//! Conditions of packs and methods, in a subset of CEL.

use std::sync::Arc;

/// A compiled condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    source: Arc<str>,
}

impl Condition {
    /// The condition as it is written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }
}
