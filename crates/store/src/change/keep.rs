//! Operations of keeping: what remains of what was erased.

use bonafide_model::{PartyId, RecordId};

use crate::rows::{ErasedRow, ExpiredRow};

/// One operation of keeping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeepOp {
    /// Remembers that a party was erased, and with it the accounts that it holds now. Stands before the erasure itself.
    Bury(ErasedRow),
    /// Remembers that a party was erased again when a back-up was restored. It must be listed for that and be gone: then the
    /// list forgets it; one that is not listed makes the change a duplicate.
    BuryAgain(ErasedRow),
    /// Forgets which items were cut out of a party when a back-up was restored, since records name them now.
    CutRecorded {
        /// Whose.
        party: PartyId,
    },
    /// Replaces the sealed bytes of an entry by those that are left of it.
    CutEntry {
        /// Whose.
        party: PartyId,
        /// Which.
        record: RecordId,
        /// What is left.
        envelope: Vec<u8>,
    },
    /// Remembers that something of a record class was erased.
    Expired(ExpiredRow),
    /// Ends the reviews of the accounts that a party holds: nothing is left to judge.
    EndReviews {
        /// Whose.
        party: PartyId,
    },
}

impl KeepOp {
    /// The party that it takes something from.
    pub(crate) fn party(&self) -> PartyId {
        match self {
            Self::Bury(row) | Self::BuryAgain(row) => row.party,
            Self::Expired(row) => row.party,
            Self::CutEntry { party, .. }
            | Self::EndReviews { party }
            | Self::CutRecorded { party } => *party,
        }
    }
}
