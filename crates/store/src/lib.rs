//! Storage: SQLite in one file, or PostgreSQL for several processes, behind one [`Store`].
//!
//! Everything that arrives here is sealed already: the store knows tables and transactions, no rules and no keys. Changes
//! are plain data ([`Change`]), go through one [`Writer`] a process, which commits many at a time and acknowledges after
//! the commit, and are refused when somebody else changed what they rest on. Records are durable at commit and get their
//! places in the ledger afterwards ([`Store::sequence`]).
//!
//! One SQL text serves both engines; the few forks are in one module. One suite of tests runs on both.

mod apply;
mod backup;
mod change;
mod database;
mod dialect;
mod error;
mod key_memory;
mod marks;
mod migrate;
mod postgres;
mod read;
mod reopen;
mod row;
mod rows;
mod sequence;
mod sqlite;
mod store;
mod tile_cache;
mod writer;

pub use backup::{
    CutAgain, EraseAgain, FormatError, Restoration, RestoredRow, Snapshot, SnapshotTenant,
    StaffFile, TableReader, WrittenTable,
};
pub use change::{
    AccessOp, CaseOp, Change, HistoryOp, ImportOp, KeepOp, Op, ScreeningOp, Subject, WebhookOp,
    WorkOp,
};
pub use error::{ApplyError, StoreError};
pub use marks::{Before, Mark};
pub use read::{
    ASSIGNMENT_QUESTIONS_MAX, AccountVersions, AssignmentQuestion, CASE_ENTRIES, CHECKPOINTS_MAX,
    CLAIM_MAX, IMPORT_TOKENS_MAX, KeepAt, LedgerView, SEARCH_TOKENS_MAX, SLOTS_MAX,
};
pub use reopen::{IncarnationRow, Reopen};
pub use rows::{
    AccountFilter, AccountRow, AllowanceRow, ApiKeyRow, AssignmentRow, AttemptRow, CampaignRow,
    CampaignTally, CaseCount, CaseEntry, CaseEntryRow, CaseFilter, CaseRow, CheckpointRow,
    ClaimedJob, Counts, DeliveryCount, DeliveryRow, DeliveryState, EndpointRow, EntryRow, EventRow,
    GrantRow, Head, HoldRow, IdempotencyRow, IdleEndpoint, ImportedRow, IndexRow, JobCount, JobRow,
    JobState, KeyRow, ListRow, LoadedAccount, LoggedAttempt, OpeningRow, PackRow, PartyBundle,
    PartyRow, ProfileRow, RecordRow, RescreeningRow, RestorationRow, Rewrap, SearchRow, SegmentRow,
    Sequenced, SettledJob, Settlement, SlotRow, StaffRow, TenantRow, TimelineRow, TokenMatch,
};
pub use rows::{ErasedRow, ExpiredRow};
pub use sequence::SEQUENCE_MAX;
pub use store::Store;
pub use writer::{BATCH_MAX, QUEUE_MAX, Writer};
