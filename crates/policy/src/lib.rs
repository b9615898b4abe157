//! Policy packs, the assessment of a dossier against them, and the planner of what to do next.
//!
//! Pure: no I/O, no clock, no randomness, no floating point.

pub mod method;
pub mod plan;
