//! The words that judgements use.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! words {
    ($($(#[doc = $doc:literal])+ $name:ident { $($(#[doc = $word_doc:literal])+ $word:ident,)+ })+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[doc = $word_doc])+ $word,)+
        }
    )+};
}

words! {
    /// What is decided.
    DecisionOut {
        /// The account runs.
        Approve,
        /// The account runs under limits.
        Provisional,
        /// A human looks at it.
        Refer,
        /// The account is not opened, or is closed.
        Refuse,
    }
    /// Where a decision leaves the account.
    StandingOut {
        /// It runs.
        Active,
        /// It runs under limits, until the time is up.
        Provisional,
        /// It runs under limits and is watched.
        Monitored,
        /// It keeps what it has and gets nothing new.
        Restricted,
        /// A human looks at it.
        InReview,
        /// It is not opened, or not kept.
        Refused,
        /// It is to be closed.
        Closing,
        /// It was closed.
        Closed,
    }
    /// What is done with an account beside the decision.
    MeasureOut {
        /// It runs under limits and is watched.
        Monitor,
        /// It keeps what it has and gets nothing new.
        Restrict,
        /// It is to be closed.
        Close,
    }
    /// The risk band.
    RiskOut {
        /// Nothing stands out.
        Low,
        /// Something to watch.
        Medium,
        /// Something to look into.
        High,
    }
    /// How surely something is known.
    AssuranceOut {
        /// Somebody said so.
        Asserted,
        /// Evidence supports it.
        Validated,
        /// Evidence supports it, and it belongs to the applicant.
        Verified,
    }
    /// Why something is missing.
    WhyOut {
        /// Nobody said.
        Absent,
        /// Said, but not surely enough.
        TooWeak,
        /// Once sure enough, too long ago.
        TooOld,
        /// A check showed that it is not so.
        Failed,
        /// It decides whether a requirement applies.
        Decides,
    }
    /// What is decided while something is missing.
    WhileMissingOut {
        /// Limits.
        Provisional,
        /// A human looks at it.
        Refer,
    }
    /// Status with respect to a home jurisdiction.
    StatusOut {
        /// A fact that makes it domestic is evidenced.
        Domestic,
        /// Evidenced facts name other countries.
        Foreign,
        /// Neither is shown.
        Undetermined,
    }
    /// Why somebody is a beneficial owner.
    BasisOut {
        /// By the share.
        Share,
        /// By control.
        Control,
    }
    /// Whether a pack is law, a choice or a proposal.
    ForceOut {
        /// Law in force.
        InForce,
        /// The provider's own choice.
        Voluntary,
        /// A proposal: harms nobody unless an officer elects it.
        Proposed,
    }
    /// Why a gap stays open.
    UnmetReasonOut {
        /// Every way to close it touches a prohibited attribute.
        Prohibited,
        /// Methods could show it, but none fits this party.
        DoesNotFit,
        /// No method shows it, and it cannot be asked.
        NoMethod,
        /// The subject has more gaps than the planner can hold.
        TooMany,
    }
}
