//! The API over a real application on SQLite: each path, bad input, tenants, idempotency, and the contract.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

mod access;
mod bad_input;
mod cases;
mod contract;
mod harness;
mod idempotency;
mod keeping;
mod openings;
mod orders;
mod paths;
mod schema;
mod service;
mod tenants;
