//! The histories of addresses.

use bonafide_model::{AccountId, RecordId, Timestamp};

/// What a slot stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotRow {
    /// The number that rows name.
    pub slot: u32,
    /// Keyed hash of the id that the account has outside; `None` once unlinked.
    pub token: Option<Vec<u8>>,
    /// That id, sealed; `None` once unlinked.
    pub name: Option<Vec<u8>>,
    /// The account, once there is one.
    pub account: Option<AccountId>,
    /// The reseller whose customer it is.
    pub referred_to: Option<String>,
    /// When it was unlinked: its rows are nobody's since.
    pub unlinked_at: Option<Timestamp>,
}

/// Who was given an address, a prefix, or ports of one. Addresses as the 16 bytes of IPv6, instants in microseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignmentRow {
    /// Bits of the prefix, counted as in IPv6.
    pub bits: u8,
    /// The first address.
    pub first: [u8; 16],
    /// The last address.
    pub last: [u8; 16],
    /// The first port; 0 where all are.
    pub port_from: u16,
    /// The last port; 65535 where all are.
    pub port_to: u16,
    /// The number of the transport protocol; 0 for any.
    pub transport: u8,
    /// From when on.
    pub from: i64,
    /// Until when, exclusive; [`AssignmentRow::OPEN`] while it lasts.
    pub to: i64,
    /// The account's slot.
    pub slot: u32,
    /// What it was given for: a machine, a subscription.
    pub resource: String,
    /// Who says so.
    pub source: String,
    /// The precision of the clock of whoever says so.
    pub precision_us: i64,
    /// When it was learned.
    pub known_at: Timestamp,
    /// When something else was learned.
    pub superseded_at: Option<Timestamp>,
}

impl AssignmentRow {
    /// The end of what has none yet.
    pub const OPEN: i64 = i64::MAX;

    /// Whether it and another cannot both be true.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        let transport = self.transport == 0 || other.transport == 0;
        self.first <= other.last
            && other.first <= self.last
            && self.port_from <= other.port_to
            && other.port_from <= self.port_to
            && (transport || self.transport == other.transport)
            && self.from < other.to
            && other.from < self.to
    }

    /// Whether it says the same of the same.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.is_same_but_end(other) && self.to == other.to
    }

    /// Whether it says the same of the same, but for the end.
    #[must_use]
    pub fn is_same_but_end(&self, other: &Self) -> bool {
        let what = |r: &Self| (r.bits, r.first, r.port_from, r.port_to, r.transport, r.from);
        what(self) == what(other) && self.slot == other.slot && self.resource == other.resource
    }
}

/// A segment of accesses that the ledger knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentRow {
    /// Its name.
    pub name: String,
    /// SHA-256 of its bytes, in hex.
    pub digest: String,
    /// Its rows.
    pub rows: u64,
    /// Its earliest row, in microseconds.
    pub first: i64,
    /// Its latest row.
    pub last: i64,
    /// The record that holds the digest.
    pub record: RecordId,
    /// When that was.
    pub recorded_at: Timestamp,
    /// The record that says that it is no more.
    pub gone: Option<(RecordId, Timestamp)>,
}
