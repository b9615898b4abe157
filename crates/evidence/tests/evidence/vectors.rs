//! The published vectors, where `BONAFIDE_SHARED_DATA` says where they are: every case of a family through [`verify`],
//! false accepts and false refusals counted apart.

use std::path::PathBuf;

use bonafide_evidence::{Context, Verdict, verify};
use serde_json::Value;

use crate::contract::at;

/// A file of the shared vectors; nothing where there are none.
pub(crate) fn shared(path: &str) -> Option<Value> {
    let text = std::fs::read(shared_path(path)?).unwrap_or_else(|e| panic!("{path}: {e}"));
    Some(serde_json::from_slice(&text).unwrap())
}

pub(crate) fn shared_path(path: &str) -> Option<PathBuf> {
    let root = PathBuf::from(std::env::var_os("BONAFIDE_SHARED_DATA")?);
    Some(root.join("vectors").join(path))
}

/// Checks `input` on 1 June 2026 unless the context says another instant.
pub(crate) fn check(kind: &str, input: &[u8], context: Value) -> Verdict {
    let context = Context::new(context, at("2026-06-01T00:00:00Z"), Vec::new()).unwrap();
    verify(kind, input, &context)
}

/// Bytes of hexadecimal.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits = text.strip_prefix("0x").unwrap_or(text).as_bytes();
    let pairs = digits.chunks_exact(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// Counts of one family.
#[derive(Default)]
pub(crate) struct Tally {
    cases: usize,
    false_accepts: Vec<String>,
    false_refusals: Vec<String>,
}

impl Tally {
    /// Counts one case: what the vector says, and what we said.
    pub(crate) fn count(&mut self, name: &str, expected: bool, verdict: &Verdict) {
        self.cases += 1;
        match (expected, verdict.valid) {
            (true, false) => {
                let reasons = verdict
                    .reasons
                    .iter()
                    .map(|r| format!("{}: {}", r.code.as_str(), r.text));
                self.false_refusals.push(format!(
                    "{name}: {}",
                    reasons.collect::<Vec<_>>().join("; ")
                ));
            }
            (false, true) => self.false_accepts.push(name.to_owned()),
            _ => {}
        }
    }

    /// Asserts no false accept and at most `refusals` false refusals, and says how many cases there were.
    pub(crate) fn assert(&self, family: &str, at_least: usize, refusals: usize) {
        println!(
            "{family}: {} cases, {} false accepts, {} false refusals",
            self.cases,
            self.false_accepts.len(),
            self.false_refusals.len()
        );
        assert!(
            self.cases >= at_least,
            "{family}: only {} cases",
            self.cases
        );
        assert!(
            self.false_accepts.is_empty(),
            "{family} accepts {:#?}",
            self.false_accepts
        );
        assert!(
            self.false_refusals.len() <= refusals,
            "{family} refuses {:#?}",
            self.false_refusals
        );
    }
}
