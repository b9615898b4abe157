//! Rows of customers taken over from an earlier system.

use bonafide_model::{AccountId, PartyId, Timestamp};

/// A row of an earlier system that was taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedRow {
    /// Keyed hash of the source and its id of the customer.
    pub token: Vec<u8>,
    /// The earlier system, as the mapping names it.
    pub source: String,
    /// The party that the customer became.
    pub party: PartyId,
    /// The account that it holds.
    pub account: AccountId,
    /// Keyed hash of what the row said.
    pub content: Vec<u8>,
    /// The run that took it over or changed it last.
    pub run: String,
    /// When that was.
    pub at: Timestamp,
}

/// Whom a token of the blind index finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenMatch {
    /// The token.
    pub token: Vec<u8>,
    /// The first of the parties that it finds.
    pub party: PartyId,
    /// How many it finds.
    pub parties: u64,
}

/// A campaign that verifies customers of an earlier system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CampaignRow {
    /// Its name.
    pub campaign: String,
    /// Whom it is about, in words of the program.
    pub cohort: String,
    /// The first date given.
    pub first_at: Timestamp,
    /// The last instant for anybody.
    pub deadline: Timestamp,
    /// When it was opened.
    pub opened_at: Timestamp,
}

/// How many accounts of a campaign stand alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CampaignTally {
    /// Where they stand in their life.
    pub state: String,
    /// What was decided last.
    pub decision: String,
    /// Whether their date has come.
    pub due: bool,
    /// How many.
    pub accounts: u64,
}
