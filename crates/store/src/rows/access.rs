//! Rows of staff, grants and what was opened. What somebody is called is sealed.

use bonafide_model::{PartyId, RecordId, Timestamp};

/// A member of staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffRow {
    /// The pseudonym by which records name them.
    pub handle: String,
    /// When they were added.
    pub created_at: Timestamp,
    /// Since when they are suspended.
    pub suspended_at: Option<Timestamp>,
    /// Name and address, sealed.
    pub envelope: Option<Vec<u8>>,
}

/// A role that a member of staff was granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantRow {
    /// Whose.
    pub handle: String,
    /// Which role.
    pub role: String,
    /// Since when.
    pub granted_at: Timestamp,
    /// Until when.
    pub expires_at: Option<Timestamp>,
}

/// Fields of a party that were opened; never their values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpeningRow {
    /// Whose.
    pub party: PartyId,
    /// The record of the opening.
    pub record: RecordId,
    /// Who opened them.
    pub actor: String,
    /// What for.
    pub purpose: String,
    /// In which case.
    pub case: String,
    /// Names of the attributes, separated by spaces.
    pub fields: String,
    /// When.
    pub at: Timestamp,
}

/// What a second person allowed beyond a day's measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowanceRow {
    /// Who may open more.
    pub actor: String,
    /// The record of the allowance.
    pub record: RecordId,
    /// Who allowed it.
    pub allowed_by: String,
    /// How many parties more.
    pub more: i64,
    /// When.
    pub at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
}

/// A search by a value; neither the value nor whom it found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchRow {
    /// Who searched.
    pub actor: String,
    /// The record of the search.
    pub record: RecordId,
    /// What for.
    pub purpose: String,
    /// By which attribute.
    pub attribute: String,
    /// How many were found.
    pub found: i64,
    /// When.
    pub at: Timestamp,
}

/// That a back-up or a keyring was put back, and who did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestorationRow {
    /// When.
    pub at: Timestamp,
    /// `data` or `keyring`.
    pub what: String,
    /// What it came out of.
    pub source: String,
    /// When that was made.
    pub source_at: Timestamp,
    /// Who put it back.
    pub actor: String,
    /// Who was asked whether they may: `staff` or `nobody`.
    pub asked: String,
    /// The record of it, once there is one.
    pub record: Option<RecordId>,
}
