//! Operations on staff, on what they were granted, and on the log of what was opened.

use bonafide_model::Timestamp;

use crate::rows::{AllowanceRow, GrantRow, OpeningRow, RestorationRow, SearchRow, StaffRow};

/// One operation on who may do what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessOp {
    /// Inserts a member of staff; one with this handle makes the change a duplicate.
    AddStaff(StaffRow),
    /// Suspends a member of staff from an instant on, or takes them back.
    SuspendStaff {
        /// Whom.
        handle: String,
        /// From when on; none takes them back.
        at: Option<Timestamp>,
    },
    /// Inserts or replaces a grant.
    Grant(GrantRow),
    /// Takes a grant away.
    Revoke {
        /// Whose.
        handle: String,
        /// Which role.
        role: String,
    },
    /// Notes that fields of a party were opened.
    AddOpening(OpeningRow),
    /// Notes that somebody may open more than a day's measure.
    Allow(AllowanceRow),
    /// Notes a search by a value.
    AddSearch(SearchRow),
    /// Notes the record of a restoration, which is inserted if it is not there; one that is recorded already makes the change
    /// a duplicate.
    RecordRestoration(RestorationRow),
}
