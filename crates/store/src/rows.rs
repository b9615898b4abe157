//! The rows, as the rest of the program sees them. Every column that is not named here is inside a sealed envelope.

mod access;
mod history;
mod import;
mod keep;
mod screening;
mod webhook;
mod work;
pub use access::{AllowanceRow, GrantRow, OpeningRow, RestorationRow, SearchRow, StaffRow};
pub use history::{AssignmentRow, SegmentRow, SlotRow};
pub use import::{CampaignRow, CampaignTally, ImportedRow, TokenMatch};
pub use screening::{ProfileRow, RescreeningRow};

pub use webhook::{
    AttemptRow, DeliveryCount, DeliveryRow, DeliveryState, EndpointRow, EventRow, IdleEndpoint,
    LoggedAttempt,
};
pub use work::{ClaimedJob, JobCount, JobRow, JobState, SettledJob, Settlement};
mod case;

pub use case::{CaseCount, CaseEntry, CaseEntryRow, CaseFilter, CaseRow};

use bonafide_ledger::Hash;
use bonafide_model::{AccountId, ApiKeyId, Date, HoldId, PartyId, RecordId, Timestamp};

pub use keep::{ErasedRow, ExpiredRow};

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantRow {
    /// Its name.
    pub tenant: String,
    /// The origin of its ledger.
    pub origin: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartyRow {
    /// Its id.
    pub party: PartyId,
    /// `person` or `organisation`.
    pub kind: String,
    /// One higher with each change.
    pub version: i64,
    /// When it was first recorded.
    pub created_at: Timestamp,
}

impl PartyRow {
    /// A party that is not stored yet.
    #[must_use]
    pub fn new(party: PartyId, kind: &str, created_at: Timestamp) -> Self {
        Self {
            party,
            kind: kind.to_owned(),
            version: 0,
            created_at,
        }
    }
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRow {
    /// Its id.
    pub account: AccountId,
    /// Who holds it.
    pub holder: PartyId,
    /// The product.
    pub product: String,
    /// Where it stands in its life.
    pub state: String,
    /// The last decision.
    pub decision: String,
    /// The last risk band.
    pub risk: String,
    /// When the decision can change by time alone.
    pub review_at: Option<Timestamp>,
    /// One higher with each change.
    pub version: i64,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// The last access known.
    pub last_access_at: Option<Timestamp>,
}

/// A sealed entry about a party: what one record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRow {
    /// Whom it is about, and under whose keys it is sealed.
    pub party: PartyId,
    /// The record, and through it the leaf.
    pub record: RecordId,
    /// The account it concerns, if it concerns one.
    pub account: Option<AccountId>,
    /// The kind of record.
    pub kind: String,
    /// When it was recorded.
    pub at: Timestamp,
    /// The sealed bytes.
    pub envelope: Vec<u8>,
}

/// A leaf that waits for its place in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordRow {
    /// Its record.
    pub record: RecordId,
    /// The exact bytes of the leaf.
    pub leaf: Vec<u8>,
}

/// The keys of a party, wrapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    /// Whose.
    pub party: PartyId,
    /// The epoch whose key wraps them.
    pub epoch: i64,
    /// The wrapped bytes.
    pub wrapped: Vec<u8>,
}

/// Keys to be wrapped forward: replaced only if they are still the old ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewrap {
    /// As they were read.
    pub old: KeyRow,
    /// As they shall be.
    pub new: KeyRow,
}

/// An answer that is remembered for its idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyRow {
    /// The route.
    pub route: String,
    /// The key.
    pub key: String,
    /// Keyed hash of the body.
    pub body_mac: Vec<u8>,
    /// HTTP status of the answer.
    pub status: u16,
    /// Under whose keys the answer is sealed.
    pub party: Option<PartyId>,
    /// The sealed answer.
    pub envelope: Vec<u8>,
    /// When it was given.
    pub at: Timestamp,
}

/// An API key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyRow {
    /// Its id.
    pub key_id: ApiKeyId,
    /// Keyed hash of its text.
    pub hash: Vec<u8>,
    /// What it is for.
    pub label: String,
    /// The role it is bound to.
    pub role: String,
    /// The member of staff behind it, whose grants count in place of the role.
    pub staff: Option<String>,
    /// The groups of actions that it is narrowed to, separated by spaces; empty when it is not narrowed.
    pub scopes: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// A version of a policy pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackRow {
    /// Which pack.
    pub pack_id: String,
    /// SHA-256 of the text.
    pub digest: String,
    /// The version it calls itself.
    pub version: String,
    /// The text.
    pub text: String,
    /// The officer who elected it, if it is not in force by itself.
    pub elected_by: Option<String>,
    /// When that was.
    pub elected_at: Option<Timestamp>,
    /// When it became active.
    pub activated_at: Timestamp,
    /// Since when the pack has been in use under whatever version; unknown where nobody said.
    pub active_since: Option<Timestamp>,
}

/// A version of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListRow {
    /// Which list.
    pub name: String,
    /// SHA-256 of its files.
    pub digest: String,
    /// The day its publisher gives it.
    pub published_on: Option<Date>,
    /// When it was loaded.
    pub loaded_at: Timestamp,
    /// What reading it found.
    pub report: String,
}

/// A hold that forbids erasure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldRow {
    /// Its id.
    pub hold: HoldId,
    /// Whom it protects.
    pub party: PartyId,
    /// From when on.
    pub starts_at: Timestamp,
    /// Until when, if that is known.
    pub expires_at: Option<Timestamp>,
    /// When it was ended.
    pub released_at: Option<Timestamp>,
    /// The sealed basis.
    pub envelope: Vec<u8>,
}

/// The head of a tenant's ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Records that have a place.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

/// What one sequencing did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sequenced {
    /// Records that have a place now.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// How many got it this time.
    pub integrated: usize,
}

/// A signed checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointRow {
    /// The size signed for.
    pub size: u64,
    /// The signed note.
    pub note: String,
    /// When it was signed.
    pub at: Timestamp,
}

/// What is kept beside the tree about a record that has its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexRow {
    /// Its place.
    pub index: u64,
    /// Its record.
    pub record: RecordId,
    /// The hash of its leaf.
    pub leaf_hash: Hash,
    /// Its kind.
    pub kind: String,
    /// Its time.
    pub at: Timestamp,
}

/// An entry on a party's timeline, unopened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineRow {
    /// The record.
    pub record: RecordId,
    /// The account it concerns, if it concerns one.
    pub account: Option<AccountId>,
    /// Its kind.
    pub kind: String,
    /// When it was recorded.
    pub at: Timestamp,
    /// Its place in the ledger, once it has one.
    pub leaf_index: Option<u64>,
}

/// A party with everything sealed about it, read at one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartyBundle {
    /// The party.
    pub party: PartyRow,
    /// Its keys.
    pub keys: KeyRow,
    /// Its entries, oldest first.
    pub entries: Vec<EntryRow>,
}

/// An account with everything sealed about it and its parties, read at one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadedAccount {
    /// The account.
    pub account: AccountRow,
    /// The parties that stand to it.
    pub parties: Vec<PartyRow>,
    /// Their keys.
    pub keys: Vec<KeyRow>,
    /// Their entries that concern this account or none, oldest first.
    pub entries: Vec<EntryRow>,
    /// Its cases that somebody must still do something about.
    pub cases: Vec<CaseRow>,
}

/// Which accounts to list; what is `None` does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountFilter {
    /// Where it stands in its life.
    pub state: Option<String>,
    /// The last decision.
    pub decision: Option<String>,
    /// The last risk band.
    pub risk: Option<String>,
    /// The product.
    pub product: Option<String>,
    /// Due for review before this instant.
    pub review_before: Option<Timestamp>,
}

/// How much there is of what, for metrics and diagnosis.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Parties.
    pub parties: u64,
    /// Accounts by their last decision.
    pub accounts: Vec<(String, u64)>,
    /// Records that have no place in the ledger yet.
    pub pending_records: u64,
}
