//! What the product talks about: parties, accounts, roles, claims, evidence, checks, the attribute registry, and the
//! time, chance and ids that everything else takes as parameters.
//!
//! Pure: no I/O, no clock, no randomness of its own.

pub mod calendar;
mod case;
pub mod country;
mod determination;
mod dossier;
mod entropy;
mod fact;
mod id;
pub mod json;
mod party;
pub mod purpose;
pub mod registry;
mod time;
pub mod value;

pub use calendar::{Calendar, Calendars, Counting, Period};
pub use case::{CaseClock, CaseKind, CaseOutcome, CaseState, SecondPerson};
pub use determination::{
    DecisionMode, Determination, DeterminedOutcome, GROUNDS_TEXT_MAX, Ground, SETTLED_MAX,
    SettledFinding,
};
pub use dossier::{Dossier, Fact};
pub use entropy::{Entropy, SeededEntropy};
pub use fact::{
    Assurance, Check, CheckOutcome, Claim, Evidence, ListVersion, Screening, ScreeningHit, Strength,
};
pub use id::{
    AccountId, ApiKeyId, CaseId, CheckId, ClaimId, DeterminationId, EndpointId, EventId,
    EvidenceId, HoldId, IdError, JobId, PartyId, RecordId, RoleId,
};
pub use party::{
    Account, OpeningMethod, Party, PartyKind, Role, RoleKind, RoleTarget, Share, ShareError,
};
pub use registry::Registry;
pub use time::{
    Clock, DAY_MS, DAY_US, Date, FixedClock, Micros, SECOND_US, Span, SystemClock, TimeError,
    Timestamp, Weekday, Width, Zone,
};
pub use value::{Address, Value, ValueError, ValueType};
