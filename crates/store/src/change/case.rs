//! What a change does to cases.

use crate::rows::{CaseEntryRow, CaseRow};

/// One operation on a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaseOp {
    /// Inserts a case, which must be expected to be new. The row's version is ignored.
    Open(CaseRow),
    /// Replaces what can change of a case: everything but its kind, its subject, its parent, and when and by whom it was
    /// opened. The row has the version that was read, the same that the change expects.
    Update(CaseRow),
    /// Adds an entry to a case. Entries are never changed.
    AddEntry(CaseEntryRow),
}
