//! The use cases: one function for each thing that somebody wants done, over the pure rules and the store.
//!
//! A use case reads, decides, appends its records and updates the projections in **one** change; a conflict with what
//! somebody else changed meanwhile is decided anew. Nothing here knows of HTTP or of a terminal.
//!
//! Architecture Invariant: what is about a person leaves this crate for the store only sealed; answers carry handles.

mod access;
mod account;
mod actor;
mod addition;
pub mod answers;
mod audit;
pub mod backup;
mod campaign;
mod case;
mod closing;
mod determination;
mod engine;
mod entries;
mod erase;
mod erasing;
mod error;
pub mod escrow;
mod event;
mod gone;
mod history;
mod hold;
mod import;
mod judge;
mod keeping;
mod kek;
mod key;
mod keyring_dir;
mod keys;
mod ledger;
mod list;
mod mail;
mod once;
mod open;
mod opening;
mod order;
mod party;
mod policy;
mod recorder;
mod reopen;
mod replay;
mod screening;
mod sealed;
mod setting;
mod sign_up;
mod staff;
mod standing;
mod subject;
pub mod submission;
mod tenant;
mod token;
mod verified_claims;
mod webhook;
mod work;

pub use access::{
    Access, AccessChange, Action, Door, Matter, POLICIES, PolicyError, Role, RoleError, SCHEMA,
    Scope, ScopeError,
};
pub use account::{Accounts, EntitlementsAnswer, JudgedAgain};
pub use actor::Actor;
pub use campaign::{Campaign, CampaignOrder, CampaignProgress, TRANCHES_MAX};
pub use case::{
    CaseAnswer, CaseCountAnswer, CaseDecision, CaseEntryAnswer, Cases, OpenCase, OpenedCaseEntry,
    Second, Settling,
};
pub use determination::{NewDetermination, OpenFinding, Settle};
pub use engine::{Engine, EngineTexts, ListFiles, PackText, read_list};
pub use entries::EntryReport;
pub use erase::Erased;
pub use error::AppError;
pub use event::{EventKind, EventKindError, EventOut, samples as event_samples};
pub use gone::ErasedParty;
pub use history::{
    AccessCandidate, AccountAccess, AccountHistory, AssignmentCandidate, AssignmentOutcome,
    HistoryImport, HistoryQuestion, NewAccess, NewAssignment, Verdict, WITHIN_DEFAULT_US,
    WITHIN_MAX_US, WhoAnswer, WhoReader,
};
pub use hold::{HoldSummary, NewHold};
pub use import::{
    Duplicate, Duplicates, Found, ImportDates, ImportPlan, ImportRow, Importer, Origin,
    RowJudgement, RowOutcome, RowReport,
};
pub use judge::{Judgement, LIST_SCREENING, judge};
pub use keeping::{
    BoundAnswer, CauseAnswer, ConflictAnswer, ExpiryReport, KeepingAnswer, KeptItem, LateReport,
};
pub use key::KeySummary;
pub use keyring_dir::KeyringDir;
pub use keys::Rotated;
pub use list::{ListChange, ListDiff, ListSource, ListSources, ListSummary, ListedBrief, Synced};
pub use mail::{Brands, LANGUAGES, LetterKind, Rendered};
pub use once::{Once, Reply};
pub use open::{App, Config, Location};
pub use opening::{
    OPENINGS_A_DAY, OpenedField, OpenedFields, OpeningItem, Openings, SearchItem, ToOpen,
};
pub use order::{Basis, InUse, Money, Order, OrderAnswer, Outcome, Passed};
pub use party::Addition;
pub use policy::PackSummary;
pub use reopen::Reopened;
pub use replay::Replayed;
pub use screening::{OpenedCommitment, Rescreening, ScreeningProof};
pub use staff::{Grant, Member, NewStaff, StaffName};
pub use tenant::Tenant;
pub use token::TokenAnswer;
pub use verified_claims::VerifiedClaims;
pub use webhook::{
    AttemptSummary, DeliveryState, DeliverySummary, NewWebhook, ReplayRange, WebhookKeySummary,
    WebhookKeys, WebhookSummary, WebhookTest,
};
pub use work::{JobState, JobSummary, Runner, Task, WorkReport};
