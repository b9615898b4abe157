//! What a record is about: a closed, coarse list.
//!
//! Coarse on purpose: a leaf is shown to witnesses and auditors who may not learn more than that something of this kind
//! happened. A gagged hold or a step of a secret process uses the same kind as an open one, so that the kind of its leaf
//! does not tell them apart.

use std::fmt;
use std::str::FromStr;

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $variant:ident = $text:literal,)+) => {
        /// The kind of a record, written in snake case.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Kind {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// As a leaf writes it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }
    };
}

kinds! {
    /// Somebody asked for an account.
    SignUp = "sign_up",
    /// A party was added to an account or to another party.
    PartyAdded = "party_added",
    /// Claims were learned.
    ClaimsAdded = "claims_added",
    /// Evidence was learned.
    EvidenceAdded = "evidence_added",
    /// A method was run.
    CheckRecorded = "check_recorded",
    /// A role began, changed or ended.
    RoleChanged = "role_changed",
    /// A party was compared with the active lists.
    Screened = "screened",
    /// A dossier was judged.
    Assessed = "assessed",
    /// A human decided about findings of a judgement.
    Determined = "determined",
    /// Keys and openings were destroyed.
    Erasure = "erasure",
    /// An erasure was asked for, and something must be kept.
    ErasureRefused = "erasure_refused",
    /// Openings whose time of keeping was over were destroyed.
    Expiry = "expiry",
    /// Something must be kept.
    Hold = "hold",
    /// A hold ended.
    HoldReleased = "hold_released",
    /// Sealed data was disclosed for a purpose.
    Opening = "opening",
    /// A policy pack came into use.
    PolicyActivated = "policy_activated",
    /// Customers of an earlier system got dates by which they are to be verified.
    CampaignOpened = "campaign_opened",
    /// A list came into use.
    ListActivated = "list_activated",
    /// A list update was matched against every party.
    Rescreened = "rescreened",
    /// An access key was made.
    KeyCreated = "key_created",
    /// An access key was withdrawn.
    KeyRevoked = "key_revoked",
    /// A member of staff was added, suspended, granted something or stripped of it.
    StaffChanged = "staff_changed",
    /// A second person let somebody open more than a day's measure.
    OpeningsAllowed = "openings_allowed",
    /// Parties were searched by a value.
    Searched = "searched",
    /// Signing or wrapping keys were replaced.
    KeysRotated = "keys_rotated",
    /// The subject was told something.
    Notified = "notified",
    /// A job that was given up is tried again.
    JobRetried = "job_retried",
    /// A job that was given up was removed.
    JobDiscarded = "job_discarded",
    /// A question was put to a human.
    CaseOpened = "case_opened",
    /// Something was said in a case, or somebody took it.
    CaseNoted = "case_noted",
    /// A case was decided.
    CaseDecided = "case_decided",
    /// A case was closed.
    CaseClosed = "case_closed",
    /// It was changed which other systems are told of events, or what they are sent again.
    WebhookChanged = "webhook_changed",
    /// A segment of the access history was sealed; `blob` is it.
    AccessesSealed = "accesses_sealed",
    /// A segment of the access history is no more, merged or expired; `blob` was it.
    AccessesRemoved = "accesses_removed",
    /// Accounts were given slots in the histories of addresses, joined, referred or unlinked.
    AddressSlots = "address_slots",
    /// Addresses were assigned, or an assignment was corrected.
    Assigned = "assigned",
    /// An earlier record is corrected by this one; it is never rewritten.
    Correction = "correction",
    /// The first record of a ledger.
    LedgerOpened = "ledger_opened",
    /// A back-up or a keyring was put back.
    Restored = "restored",
    /// The first record of a ledger that goes on after a restore.
    LedgerReopened = "ledger_reopened",
}

impl Kind {
    /// Whether a record of this kind may name earlier leaves; any other kind would link records of one subject.
    #[must_use]
    pub fn may_refer(self) -> bool {
        matches!(
            self,
            Self::Correction | Self::Erasure | Self::Expiry | Self::Hold | Self::HoldReleased
        )
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Text that names no kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a kind of record: the list of kinds is closed")]
pub struct KindError(String);

impl FromStr for Kind {
    type Err = KindError;

    fn from_str(text: &str) -> Result<Self, KindError> {
        Self::ALL
            .iter()
            .copied()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| KindError(crate::text::quote(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_read_back_and_the_list_is_closed() {
        for kind in Kind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(*kind));
        }
        assert!("SignUp".parse::<Kind>().is_err());
        assert!("".parse::<Kind>().is_err());
    }
}
