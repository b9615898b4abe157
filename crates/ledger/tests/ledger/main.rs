//! Tests of the ledger against other people's vectors, a naive reference, and every attack on stored data.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod audit;
mod jwt;
mod merkle;
mod model;
mod notes;
mod webhook;
mod witness;

use bonafide_ledger::verify::verify_line;
use serde_json::{Value, json};

/// One vector, run through the published contract.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) valid: bool,
    pub(crate) request: Value,
}

/// A file of vectors within this crate.
pub(crate) fn load(path: &str) -> Value {
    let path = format!("{}/tests/vectors/{path}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

pub(crate) fn request(kind: &str, input: &str, encoding: &str, context: Value) -> Value {
    json!({"id": "c", "kind": kind, "input": input, "encoding": encoding, "context": context})
}

/// Asks, and returns the answer.
pub(crate) fn ask(request: &Value) -> Value {
    let answer: Value = serde_json::from_str(&verify_line(&request.to_string())).unwrap();
    assert_eq!(answer["id"], request["id"]);
    assert_eq!(answer["kind"], request["kind"]);
    let none = list(&answer["reasons"]).is_empty();
    assert_eq!(answer["valid"], none, "{answer}");
    answer
}

/// Runs all cases; no false accept, no false refusal, and none refused for a misunderstanding of the request.
pub(crate) fn run(cases: &[Case], expected: usize) {
    assert_eq!(cases.len(), expected, "every vector is run");
    let (mut accepts, mut refusals) = (Vec::new(), Vec::new());
    for case in cases {
        let answer = ask(&case.request);
        let valid = answer["valid"] == true;
        if valid && !case.valid {
            accepts.push(&case.name);
        }
        if !valid && case.valid {
            refusals.push((&case.name, answer["reasons"].to_string()));
        }
        for reason in list(&answer["reasons"]) {
            let code = reason["code"].as_str().unwrap();
            assert!(!["request", "unknown_kind"].contains(&code), "{answer}");
        }
    }
    assert!(
        accepts.is_empty() && refusals.is_empty(),
        "false accepts: {accepts:?}, false refusals: {refusals:?}"
    );
}
