//! What the product talks about: parties, accounts, roles, claims, evidence, checks, and the time, chance and names that
//! everything else takes as parameters.
//!
//! Pure: no I/O, no clock, no randomness of its own.

mod entropy;
mod id;
mod time;

pub use entropy::{Entropy, SeededEntropy};
pub use id::{
    AccountId, ApiKeyId, CheckId, ClaimId, EvidenceId, HoldId, IdError, PartyId, RecordId, RoleId,
};
pub use time::{Clock, DAY_MS, Date, FixedClock, Span, SystemClock, TimeError, Timestamp};
