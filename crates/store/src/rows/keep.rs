//! Rows of what was erased.

use bonafide_model::{PartyId, RecordId, Timestamp};

/// A party that was erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasedRow {
    /// Its id, which names nobody any more.
    pub party: PartyId,
    /// When.
    pub erased_at: Timestamp,
    /// On what ground.
    pub ground: String,
    /// The record of the erasure; of several the first.
    pub record: RecordId,
}

/// Something of a record class that was erased while the party stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiredRow {
    /// Whose.
    pub party: PartyId,
    /// The record that names what went.
    pub record: RecordId,
    /// The record class.
    pub class: String,
    /// When.
    pub at: Timestamp,
    /// On what ground: packs and their rules, or what was asked.
    pub ground: String,
}
