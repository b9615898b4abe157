//! Tests of the evidence kinds: samples of our own always, published vectors where they are at hand, and noise.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod aamva;
mod assurance;
mod contact;
mod contract;
mod control;
mod emrtd;
mod fuzz;
mod mrz;
mod timestamp;
mod vectors;
mod wallet;
