//! Assessing invented accounts: status, owners, facts, duties, conflicts, limits, time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

mod case;
mod determinations;
mod duties;
mod effects;
mod engine;
mod facts;
mod golden;
mod grace;
mod ownership;
mod properties;
mod status;
