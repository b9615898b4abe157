//! What is done with the histories of addresses.

use bonafide_model::{AccountId, RecordId, Timestamp};

use crate::rows::{AssignmentRow, SegmentRow, SlotRow};

/// An operation on the histories of addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HistoryOp {
    /// Inserts slots; one whose number or token is taken makes the change a duplicate.
    AddSlots(Vec<SlotRow>),
    /// Says which account a slot stands for.
    JoinSlot {
        /// The slot.
        slot: u32,
        /// The account.
        account: AccountId,
    },
    /// Says that a slot stands for the customer of a reseller, or no longer does.
    ReferSlot {
        /// The slot.
        slot: u32,
        /// The reseller.
        to: Option<String>,
    },
    /// Forgets what a slot stands for.
    UnlinkSlot {
        /// The slot.
        slot: u32,
        /// When.
        at: Timestamp,
    },
    /// Ends the belief in assignments, then inserts others. Refused if any of these overlaps one that is believed.
    Assign {
        /// Those that are believed no longer.
        superseded: Vec<AssignmentRow>,
        /// Since when.
        at: Timestamp,
        /// Those that are believed now.
        rows: Vec<AssignmentRow>,
    },
    /// Notes a segment that was recorded.
    AddSegment(SegmentRow),
    /// Notes that a segment is no more.
    EndSegment {
        /// Its name.
        name: String,
        /// The record that says so.
        record: RecordId,
        /// When.
        at: Timestamp,
    },
}
