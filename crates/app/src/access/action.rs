//! What can be asked of the product: a closed list, one for each kind of use case, in groups.
//!
//! A group is also what a key can be narrowed to. Policies name both by the words that stand here; the schema beside the
//! policies lists the same, and a test compares them.

use std::fmt;
use std::str::FromStr;

/// A group of actions, to which a key can be narrowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Send sign-ups.
    SignUps,
    /// Ask whether an order may be filled.
    Orders,
    /// Add claims, evidence and checks; close accounts.
    Records,
    /// Read accounts, parties, assessments and timelines, and search; never values.
    Read,
    /// Cases and what is decided in them.
    Cases,
    /// Open sealed fields, and see who did.
    Identity,
    /// Holds, erasure, expiry.
    Keeping,
    /// Read checkpoints, tiles and proofs; verify and export.
    Ledger,
    /// Policies, lists, keys, staff, jobs, backups.
    Operate,
}

impl Scope {
    /// Every group.
    pub const ALL: [Self; 9] = [
        Self::SignUps,
        Self::Orders,
        Self::Records,
        Self::Read,
        Self::Cases,
        Self::Identity,
        Self::Keeping,
        Self::Ledger,
        Self::Operate,
    ];

    /// The word used on the command line, in policies and in answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignUps => "sign-ups",
            Self::Orders => "orders",
            Self::Records => "records",
            Self::Read => "read",
            Self::Cases => "cases",
            Self::Identity => "identity",
            Self::Keeping => "keeping",
            Self::Ledger => "ledger",
            Self::Operate => "operate",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Text that is no scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a scope: use {words}", words = words())]
pub struct ScopeError(String);

fn words() -> String {
    let words: Vec<String> = Scope::ALL.iter().map(|s| format!("`{s}`")).collect();
    words.join(", ")
}

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        Self::ALL
            .into_iter()
            .find(|s| s.as_str() == text)
            .ok_or_else(|| ScopeError(text.chars().take(32).collect()))
    }
}

macro_rules! actions {
    ($($(#[doc = $doc:literal])+ $variant:ident = $text:literal in $scope:ident,)+) => {
        /// A kind of use case.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Action {
            /// Every action.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word of policies and refusals.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// The group it belongs to.
            #[must_use]
            pub fn scope(self) -> Scope {
                match self {
                    $(Self::$variant => Scope::$scope,)+
                }
            }
        }
    };
}

actions! {
    /// Open an account.
    SignUp = "sign_up" in SignUps,
    /// Add parties and roles to an account.
    AddParties = "add_parties" in SignUps,
    /// Ask whether an order may be filled.
    AuthorizeOrder = "authorize_order" in Orders,
    /// Add claims, evidence and checks.
    AddRecords = "add_records" in Records,
    /// Record accesses and assignments of addresses.
    RecordHistory = "record_history" in Records,
    /// Close an account.
    CloseAccount = "close_account" in Records,
    /// Read accounts and how they are judged.
    ReadAccounts = "read_accounts" in Read,
    /// Read what is known about parties, without values.
    ReadParties = "read_parties" in Read,
    /// Read entitlements, also as a token.
    ReadEntitlements = "read_entitlements" in Read,
    /// Make recorded assessments again and compare.
    ReplayAssessments = "replay_assessments" in Read,
    /// Find who has a value.
    SearchParties = "search_parties" in Read,
    /// Ask who was behind an address, and what an account came from.
    SearchHistory = "search_history" in Read,
    /// Read cases.
    ReadCases = "read_cases" in Cases,
    /// Open a case.
    OpenCase = "open_case" in Cases,
    /// Assign, note, escalate.
    WorkCase = "work_case" in Cases,
    /// Decide a case.
    DecideCase = "decide_case" in Cases,
    /// Decide an appeal.
    DecideAppeal = "decide_appeal" in Cases,
    /// Record what a person determined.
    RecordDetermination = "record_determination" in Cases,
    /// Open sealed fields of a party.
    OpenFields = "open_fields" in Identity,
    /// See who opened what.
    ListOpenings = "list_openings" in Identity,
    /// Let somebody open more than a day's measure.
    AllowOpenings = "allow_openings" in Identity,
    /// Read what must and may be kept, and why.
    ReadKeeping = "read_keeping" in Keeping,
    /// Forbid an erasure.
    HoldParty = "hold_party" in Keeping,
    /// End a hold.
    ReleaseHold = "release_hold" in Keeping,
    /// Erase a party.
    EraseParty = "erase_party" in Keeping,
    /// Destroy what has expired.
    ExpireRecords = "expire_records" in Keeping,
    /// Read checkpoints and proofs.
    ReadLedger = "read_ledger" in Ledger,
    /// Compute the ledger again, its sealed entries included.
    VerifyLedger = "verify_ledger" in Ledger,
    /// Write the ledger as files.
    ExportLedger = "export_ledger" in Ledger,
    /// Read packs, catalogue, provider and methods.
    ReadPolicy = "read_policy" in Operate,
    /// Change packs, catalogue, provider and methods.
    ManagePolicy = "manage_policy" in Operate,
    /// Read which lists are in use.
    ReadLists = "read_lists" in Operate,
    /// Load lists.
    ManageLists = "manage_lists" in Operate,
    /// List API keys.
    ReadKeys = "read_keys" in Operate,
    /// Make and revoke API keys.
    ManageKeys = "manage_keys" in Operate,
    /// List staff.
    ReadStaff = "read_staff" in Operate,
    /// Add, suspend, grant, revoke.
    ManageStaff = "manage_staff" in Operate,
    /// Read the access policies.
    ReadAccess = "read_access" in Operate,
    /// Change the access policies.
    ManageAccess = "manage_access" in Operate,
    /// Read jobs and schedules.
    ReadWork = "read_work" in Operate,
    /// Retry and discard jobs.
    ManageWork = "manage_work" in Operate,
    /// Read webhook endpoints and deliveries.
    ReadWebhooks = "read_webhooks" in Operate,
    /// Change webhook endpoints, replay deliveries.
    ManageWebhooks = "manage_webhooks" in Operate,
    /// See letters as they would go out.
    ReadMail = "read_mail" in Operate,
    /// Set brands, send examples.
    ManageMail = "manage_mail" in Operate,
    /// Bring in customers from elsewhere.
    ImportRecords = "import_records" in Operate,
    /// Write the access history to files, refer accounts to a reseller, remove what is due.
    ManageHistory = "manage_history" in Operate,
    /// Make a backup.
    MakeBackup = "make_backup" in Operate,
    /// Restore a backup.
    RestoreBackup = "restore_backup" in Operate,
    /// Rotate the keys that everything is sealed under.
    RotateKeys = "rotate_keys" in Operate,
    /// What the service does by its own clocks, and what sets it up.
    Housekeep = "housekeep" in Operate,
    /// Read counts and what is wrong with an installation.
    ReadStatus = "read_status" in Operate,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
