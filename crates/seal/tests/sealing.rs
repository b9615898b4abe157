//! The crate as its callers use it: what is sealed opens, in its place and under its keys, and nowhere else.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

use bonafide_model::{Entropy, SeededEntropy, Timestamp};
use bonafide_seal::{Keyring, RetentionClass};

#[path = "sealing/blind.rs"]
mod blind;
#[path = "sealing/envelope.rs"]
mod envelope;
#[path = "sealing/escrow.rs"]
mod escrow;
#[path = "sealing/kek.rs"]
mod kek;
#[path = "sealing/keyring.rs"]
mod keyring;
#[path = "sealing/mac.rs"]
mod mac;
#[path = "sealing/subject.rs"]
mod subject;
#[path = "sealing/vectors.rs"]
mod vectors;

const TENANT: &str = "acme";
const SUBJECT: &str = "pty_00000000000000000000000001";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn start() -> Timestamp {
    at("2026-11-24T09:30:00Z")
}

fn entropy(seed: u64) -> SeededEntropy {
    SeededEntropy::new(seed)
}

fn aml() -> RetentionClass {
    "aml".parse().unwrap()
}

/// A keyring with two tenants.
fn keyring(entropy: &dyn Entropy) -> Keyring {
    let mut keyring = Keyring::create(start(), entropy);
    keyring
        .add_tenant(TENANT, "acme.example/ledger", entropy)
        .unwrap();
    keyring
        .add_tenant("zenith", "zenith.example/ledger", entropy)
        .unwrap();
    keyring
}

/// Every way to alter one byte that a test tries.
fn altered(bytes: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> {
    (0..bytes.len()).flat_map(move |i| {
        [0x01_u8, 0x80, 0xFF].map(|mask| {
            let mut copy = bytes.to_vec();
            copy[i] ^= mask;
            (i, copy)
        })
    })
}

/// Whether `needle`, raw or as hexadecimal, decimal list or base 64, stands in what was printed.
fn prints(printed: &str, needle: &[u8]) -> bool {
    use base64::Engine;
    let hex: String = needle.iter().map(|b| format!("{b:02x}")).collect();
    let list = format!("{needle:?}");
    let base64 = base64::engine::general_purpose::STANDARD.encode(needle);
    let raw = String::from_utf8_lossy(needle);
    let list = list.trim_matches(['[', ']']);
    [hex.as_str(), list, base64.as_str(), &raw]
        .iter()
        .any(|form| printed.contains(*form))
}
