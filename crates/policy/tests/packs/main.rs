//! The shipped packs, what contradicts what in them, their terms, the programme written from them, and the samples.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

mod builtin;
mod check;
mod common;
mod judged;
mod keeping;
mod keeping_properties;
mod programme;
mod samples;
