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
mod authority;
mod contact;
mod contract;
mod control;
mod credentials;
mod crypto;
mod emrtd;
mod fuzz;
mod identifiers;
mod mdoc;
mod mrz;
mod oid4vp;
mod organisations;
mod presentation;
mod responses;
mod sd_jwt;
mod software_wallet;
mod timestamp;
mod vectors;
mod wallet;
