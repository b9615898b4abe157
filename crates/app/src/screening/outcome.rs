//! What a screening came to, as it is committed to beside the screening itself: against which lists, by which engine, from
//! which score on, and how many hits. It names nobody, so that it can be shown to whoever asks whether somebody was
//! screened; the question that was asked is committed to apart.

use bonafide_ledger::sha256;
use bonafide_model::{ListVersion, Screening, Timestamp};
use serde::Serialize;

/// What a screening came to.
#[derive(Debug, Serialize)]
pub(crate) struct ScreeningOutcome<'a> {
    at: Timestamp,
    lists: &'a [ListVersion],
    engine: Option<&'a str>,
    threshold_bp: u16,
    /// How many entries reached the threshold.
    hits: usize,
    /// SHA-256 in hex of the hits as the screening has them; absent where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    hits_digest: Option<String>,
}

impl<'a> ScreeningOutcome<'a> {
    pub(crate) fn of(screening: &'a Screening) -> Self {
        let more = usize::try_from(screening.hits_left_out).unwrap_or(usize::MAX);
        let hits = screening.hits.len().saturating_add(more);
        // Texts and numbers always have a text.
        let text = serde_json::to_vec(&screening.hits).unwrap_or_default();
        Self {
            at: screening.at,
            lists: &screening.lists,
            engine: screening.engine.as_deref(),
            threshold_bp: screening.threshold_bp,
            hits,
            hits_digest: (hits > 0).then(|| sha256(&text).to_string()),
        }
    }
}
