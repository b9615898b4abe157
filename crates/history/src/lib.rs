//! The history of accesses: from which address an account was used, at what instant, for every single time.
//!
//! ```text
//! batch ──► log (sealed, synced) ──► memory ──► segment: by address │ by account ──► merged by month
//!              acknowledged          look-ups see all three
//! ```
//!
//! Two questions are answered in microseconds from one block each: which accounts came from an address about an instant,
//! and what an account came from. Rows are [`Access`]es: they name an account by a number and nobody by a name.
//!
//! Why not a database: two orders of a billion rows are 130 bytes a row in PostgreSQL and 65 in SQLite, and here 14, sealed;
//! and a segment that never changes has one digest, which a ledger can hold, so that "nobody" is an answer that can be
//! checked (`docs/decisions/0018-access-history.md`).
//!
//! Architecture Invariant: what is acknowledged is durable, and what is durable is found. A file that is not what was
//! written is named, and nothing is answered from what is left.

mod access;
mod address;
mod bits;
mod block;
mod error;
mod history;
mod log;
mod manifest;
mod memory;
mod place;
mod segment;

pub use access::{Access, Order, Source};
pub use address::{Address, AddressError, Prefix};
pub use error::HistoryError;
pub use history::{
    ACTIONS_MAX, Appended, BATCH_ROWS_MAX, Batch, BatchId, Coverage, Fate, History, MEMORY_ROWS,
    Options, Rewritten, SOURCES_MAX, Stats,
};
pub use manifest::{GoneSegment, SegmentEntry};
pub use place::{Folder, LocalFolder, Log, Place, ReadAt, Sink};
