//! What list updates are matched against.

use bonafide_model::{PartyId, RecordId, Timestamp};

use super::KeyRow;

/// A party as a rescreening reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileRow {
    /// Who.
    pub party: PartyId,
    /// Its wrapped keys.
    pub keys: KeyRow,
    /// What the lists ask about it, sealed; none where it has to be read from the party's entries.
    pub sealed: Option<Vec<u8>>,
}

/// How far a list update has been matched against the parties.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RescreeningRow {
    /// The record of the list's activation.
    pub record: RecordId,
    /// The list.
    pub list: String,
    /// The version that was in use before; none for the first.
    pub from: Option<String>,
    /// The version that came into use.
    pub to: String,
    /// When it was begun.
    pub started_at: Timestamp,
    /// The last party that was done.
    pub after: Option<PartyId>,
    /// Parties that were looked at.
    pub parties: u64,
    /// Parties that were held against the whole lists again.
    pub screened: u64,
    /// Hits that are new.
    pub alerts: u64,
    /// Hits that ended.
    pub ended: u64,
    /// When every party had been looked at.
    pub finished_at: Option<Timestamp>,
}
