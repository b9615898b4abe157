//! Assessing: a pure function of what has been recorded.

mod assessment;

pub use assessment::{
    Assessment, Basis, BeneficialOwner, Conflict, ConflictSide, Decision, ENGINE, Limits, Missing,
    Need, NoticeRef, PackRef, Reason, RequirementRef, SpendCap, Status, StatusReport, Why,
};
