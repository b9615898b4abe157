//! Operations of rescreening.

use bonafide_model::{PartyId, RecordId, Timestamp};

use crate::rows::RescreeningRow;

/// One operation of rescreening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScreeningOp {
    /// Inserts or replaces what the lists ask about a party.
    PutProfile {
        /// Whose.
        party: PartyId,
        /// Sealed under the party's key.
        sealed: Vec<u8>,
    },
    /// Removes it: it is read from the party's entries until it is made again.
    DropProfile {
        /// Whose.
        party: PartyId,
    },
    /// Begins to match a list update against the parties.
    Begin(RescreeningRow),
    /// Says how far a rescreening has come.
    Advance {
        /// Which.
        record: RecordId,
        /// The last party that was done; none when it is finished.
        after: Option<PartyId>,
        /// What was done since it was last said: parties looked at, parties screened, new hits, hits that ended.
        counts: [u64; 4],
        /// When it was finished.
        finished_at: Option<Timestamp>,
    },
}

impl ScreeningOp {
    /// The party that it changes something of.
    pub(crate) fn party(&self) -> Option<PartyId> {
        match self {
            Self::PutProfile { party, .. } | Self::DropProfile { party } => Some(*party),
            Self::Begin(_) | Self::Advance { .. } => None,
        }
    }
}
