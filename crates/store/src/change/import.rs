//! What is done with customers of an earlier system.

use bonafide_model::{AccountId, PartyId, Timestamp};

use crate::rows::{CampaignRow, ImportedRow};

/// An operation about customers of an earlier system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportOp {
    /// Remembers that a row was taken over; one that is remembered already makes the change a duplicate.
    Add(ImportedRow),
    /// Remembers that a row says something else now; refused if it is not remembered.
    Change(ImportedRow),
    /// Inserts a campaign.
    OpenCampaign(CampaignRow),
    /// Gives an account its date within a campaign, once.
    SetDue {
        /// The campaign.
        campaign: String,
        /// The account.
        account: AccountId,
        /// Who holds it.
        holder: PartyId,
        /// Its date.
        due_at: Timestamp,
    },
}
