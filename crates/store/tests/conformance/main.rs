//! One suite for both engines: every method of the store, deletions first, on SQLite in a temporary folder and on a
//! throw-away PostgreSQL database. Without a server the PostgreSQL half fails, and says what to run.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod access;
mod cases;
mod changes;
mod engines;
mod erasure;
mod faults;
mod harness;
mod history;
mod import;
mod keeping;
mod ledger;
mod made;
mod marks;
mod reads;
mod screening;
mod webhook;
mod work;
mod writer;
