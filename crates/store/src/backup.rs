//! Back-ups: every row of one instant, in a form that either engine reads.
//!
//! A [`Snapshot`] is one read transaction on a connection of its own, beside a service that goes on writing; it takes no
//! lock and changes nothing. Its tables are those that the migrations make, found in the engine's own catalogue, so that
//! a new table is in the back-up without anybody's thinking of it. A [`Restoration`] fills an empty place in one
//! transaction: the schema of the back-up first, then its rows, then the steps of the schema that came later.
//!
//! Refuses: to restore over data, and a schema with steps that this program does not know.

mod again;
mod asked;
mod format;
mod restore;
mod snapshot;
mod tables;

pub(crate) use tables::Table;

pub use again::{CutAgain, EraseAgain};
pub use asked::StaffFile;
pub use format::{FormatError, TableReader};
pub use restore::{Restoration, RestoredRow};
pub use snapshot::{Snapshot, SnapshotTenant, WrittenTable};
