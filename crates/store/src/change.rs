//! A change: everything that one use case does to the store, as plain data.
//!
//! Architecture Invariant: an operation that names a party or an account is refused unless the change also says which
//! version of it was read. Versions are checked under lock, so nothing can be added to somebody who was erased meanwhile.

mod keep;

use std::fmt;

use bonafide_model::{AccountId, ApiKeyId, CaseId, HoldId, PartyId, Timestamp};

mod access;
mod case;
mod history;
mod import;
mod screening;
mod webhook;
mod work;
pub use access::AccessOp;
pub use case::CaseOp;
pub use history::HistoryOp;
pub use import::ImportOp;
pub use screening::ScreeningOp;
pub use webhook::WebhookOp;
pub use work::WorkOp;

use crate::rows::{
    AccountRow, ApiKeyRow, EntryRow, HoldRow, IdempotencyRow, KeyRow, ListRow, PackRow, PartyRow,
    RecordRow, TenantRow,
};

pub use keep::KeepOp;

/// Something that has a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A party.
    Party(PartyId),
    /// An account.
    Account(AccountId),
    /// A case.
    Case(CaseId),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Party(id) => write!(f, "party `{id}`"),
            Self::Account(id) => write!(f, "account `{id}`"),
            Self::Case(id) => write!(f, "case `{id}`"),
        }
    }
}

/// What one use case does, all of it or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The tenant that everything belongs to.
    pub tenant: String,
    /// The versions that the change rests on; 0 means that there must be none yet. Naming one subject twice is fine as
    /// long as the versions agree. Each version is one higher afterwards.
    pub expect: Vec<(Subject, i64)>,
    /// What to do, in order.
    pub ops: Vec<Op>,
}

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    /// Inserts or replaces a party. The row's version is ignored: it comes from what was expected.
    PutParty(PartyRow),
    /// Inserts or replaces an account. The row's version is ignored: it comes from what was expected.
    PutAccount(AccountRow),
    /// Says that a party stands to an account; does nothing when that is known.
    LinkParty {
        /// The account.
        account: AccountId,
        /// The party.
        party: PartyId,
    },
    /// Adds a sealed entry about a party.
    AddEntry(EntryRow),
    /// Adds a leaf that waits for its place in the ledger.
    AddRecord(RecordRow),
    /// Inserts or replaces the wrapped keys of a party.
    PutKeys(KeyRow),
    /// Adds a blind index token; does nothing when it is there.
    AddToken {
        /// The keyed hash.
        token: Vec<u8>,
        /// Whom it finds.
        party: PartyId,
        /// The attribute it was made from.
        attribute: String,
    },
    /// Removes every token of one attribute of a party.
    RemoveTokens {
        /// Whose.
        party: PartyId,
        /// Of which attribute.
        attribute: String,
    },
    /// Remembers an answer; a key that is remembered already for the route makes the change a duplicate.
    AddIdempotency(IdempotencyRow),
    /// Inserts an API key.
    PutApiKey(ApiKeyRow),
    /// Revokes an API key.
    RevokeApiKey {
        /// Which one.
        key_id: ApiKeyId,
        /// From when on.
        at: Timestamp,
    },
    /// Stores a version of a policy pack and makes it the active one.
    ActivatePack(PackRow),
    /// Leaves a policy pack without an active version.
    DeactivatePack {
        /// Which pack.
        pack_id: String,
    },
    /// Stores a version of a list and makes it the active one. Its files are added beside.
    ActivateList(ListRow),
    /// Adds a file of a version of a list; does nothing when it is there, since a digest has one content.
    AddListFile {
        /// The digest of the version.
        digest: String,
        /// Which file of it.
        part: String,
        /// The file.
        bytes: Vec<u8>,
    },
    /// Inserts or replaces a setting.
    PutSetting {
        /// Its name.
        name: String,
        /// Its text.
        text: String,
        /// When it was set.
        at: Timestamp,
    },
    /// Inserts a hold.
    PutHold(HoldRow),
    /// Ends a hold.
    ReleaseHold {
        /// Which one.
        hold: HoldId,
        /// Of whom.
        party: PartyId,
        /// When.
        at: Timestamp,
    },
    /// Deletes every row that names a party, and the accounts it holds. What stays is the ledger's leaves, which name
    /// nobody.
    EraseParty {
        /// Who.
        party: PartyId,
    },
    /// Does something of keeping.
    Keep(KeepOp),
    /// Inserts a tenant with an empty ledger.
    PutTenant(TenantRow),
    /// Changes what is to be done later.
    Work(WorkOp),
    /// Changes who may do what, or notes what was opened.
    Access(AccessOp),
    /// Changes a case.
    Case(CaseOp),
    /// Takes over a customer of an earlier system, or sets a date for one.
    Import(ImportOp),
    /// Changes the histories of addresses.
    History(HistoryOp),
    /// Changes what list updates are matched against.
    Screening(ScreeningOp),
    /// Changes what other systems are told.
    Webhook(WebhookOp),
}
