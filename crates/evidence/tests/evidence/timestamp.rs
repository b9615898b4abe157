//! Kind `timestamp`. The samples in `tests/data/timestamp.json` were made with OpenSSL; their keys were thrown away.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bonafide_evidence::Code;
use serde_json::{Value, json};

use crate::fuzz;
use crate::vectors::{Tally, check, shared, shared_path};

fn sample() -> (Vec<u8>, Value) {
    let file: Value = serde_json::from_str(include_str!("../data/timestamp.json")).unwrap();
    let response = STANDARD.decode(file["response"].as_str().unwrap()).unwrap();
    let context = json!({
        "document_utf8": file["document"], "trust": file["root"], "query": file["query"], "at": file["at"],
    });
    (response, context)
}

#[test]
fn a_time_stamp_holds_for_its_document_and_request() {
    let (response, context) = sample();
    let verdict = check("timestamp", &response, context.clone());
    assert!(verdict.valid, "{:?}", verdict.reasons);
    assert_eq!(verdict.claims["policy"], "1.2.3.4.1");
    for (key, value, code) in [
        ("document_utf8", json!("another"), Code::Digest),
        ("trust", json!([]), Code::Untrusted),
        ("nonce", json!("00"), Code::Binding),
        ("at", json!("2020-01-01T00:00:00Z"), Code::NotYetValid),
        ("at", json!("2090-01-01T00:00:00Z"), Code::Expired),
        ("document_utf8", Value::Null, Code::Context),
        ("digest", json!("00"), Code::Context),
    ] {
        let mut context = context.clone();
        context[key] = value;
        let verdict = check("timestamp", &response, context);
        assert_eq!(verdict.reasons.first().map(|r| r.code), Some(code), "{key}");
    }
}

#[test]
fn an_altered_byte_is_refused() {
    let (response, context) = sample();
    let honest = check("timestamp", &response, context.clone());
    let mut unnoticed = 0;
    for at in 0..response.len() {
        let mut altered = response.clone();
        altered[at] ^= 1;
        let verdict = check("timestamp", &altered, context.clone());
        if verdict.valid {
            assert_eq!(verdict.claims, honest.claims, "byte {at}");
            unnoticed += 1;
        }
    }
    assert!(unnoticed < 40, "{unnoticed} altered bytes were not noticed");
}

#[test]
fn the_published_time_stamps_are_judged_as_published() {
    let mut tally = Tally::default();
    for list in ["rfc3161/cases.json", "rfc3161/cases2.json"] {
        let Some(cases) = shared(list) else { return };
        let file = |name: &Value| {
            let name = name.as_str()?;
            Some(std::fs::read(shared_path("rfc3161").unwrap().join(name)).unwrap())
        };
        let text = |name: &Value| file(name).map(|bytes| String::from_utf8(bytes).unwrap());
        for case in cases.as_array().unwrap() {
            let at = case["verify_at_unix"]
                .as_i64()
                .map_or(json!("2026-11-24T12:00:00Z"), |at| json!(at));
            let context = json!({
                "document_base64": file(&case["document"]).map(|bytes| STANDARD.encode(bytes)),
                "query": file(&case["query"]).map(|bytes| STANDARD.encode(bytes)),
                "trust": text(&case["trust"]),
                "certificates": text(&case["untrusted"]),
                "at": at,
            });
            let verdict = check("timestamp", &file(&case["response"]).unwrap(), context);
            tally.count(
                case["name"].as_str().unwrap(),
                case["valid"] == true,
                &verdict,
            );
        }
    }
    tally.assert("timestamp", 27, 0);
}

/// Noise: see [`crate::fuzz`].
pub(crate) fn noise() {
    let (response, context) = sample();
    fuzz::kind("timestamp", &[response], context);
}
