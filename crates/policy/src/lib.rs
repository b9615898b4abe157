//! Policy packs, the assessment of a dossier against them, and the planner of what to do next.
//!
//! Pure: no I/O, no clock, no randomness, no floating point.

mod assess;
pub mod builtin;
pub mod check;
pub mod compared;
mod expr;
mod facts;
mod footing;
mod inputs;
pub mod keeping;
pub mod method;
mod ownership;
pub mod pack;
pub mod plan;
pub mod provider;
pub mod render;
mod status;

pub use assess::{
    Assessment, Basis, BeneficialOwner, Conflict, ConflictSide, Decision, ENGINE, Finding, Limits,
    Measure, Missing, Need, NoticeRef, PackRef, Reason, RequirementRef, SpendCap, Standing, Status,
    StatusReport, Why, assess, findings,
};
pub use expr::Condition;
pub use inputs::Inputs;
pub use method::{MethodError, MethodSet};
pub use pack::{ActivePack, Band, Citation, Election, Force, Pack, PackError, PackSet};
pub use plan::Plan;
pub use provider::{Catalogue, ProviderProfile};
