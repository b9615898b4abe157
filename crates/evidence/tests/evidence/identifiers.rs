//! Numbers of organisations, banks and accounts: the published cases.

use serde_json::{Value, json};

use crate::vectors::{Tally, check, shared};

/// The kind and context that a list of the family is checked with.
fn kind(list: &str) -> (&'static str, Value) {
    match list {
        "lei" => ("lei", json!({})),
        "iban" => ("iban", json!({})),
        "bic" => ("bic", json!({})),
        "eu_vat" | "gb_vat" | "ch_vat" | "no_mva" => ("vat", json!({"scheme": list})),
        other => ("company-number", json!({"scheme": other})),
    }
}

#[test]
fn published_numbers() {
    let Some(file) = shared("identifiers/numbers.json") else {
        return;
    };
    let mut tally = Tally::default();
    for (list, cases) in file.as_object().unwrap() {
        let (kind, context) = kind(list);
        for (name, expected) in [("valid", true), ("invalid", false)] {
            for case in cases[name].as_array().unwrap() {
                let text = case.as_str().unwrap();
                let verdict = check(kind, text.as_bytes(), context.clone());
                tally.count(&format!("{list} {text}"), expected, &verdict);
            }
        }
    }
    // One Korean number whose check digit does not fit: docs/evidence.md.
    tally.assert("identifiers", 4000, 1);
}

#[test]
fn published_account_numbers() {
    let Some(file) = shared("identifiers/iban_registry_examples.json") else {
        return;
    };
    let mut tally = Tally::default();
    for (name, expected) in [("valid", true), ("invalid", false)] {
        for case in file[name].as_array().unwrap() {
            let text = case.as_str().unwrap();
            tally.count(text, expected, &check("iban", text.as_bytes(), json!({})));
        }
    }
    tally.assert("identifiers/iban", 35, 0);
}

#[test]
fn published_entity_identifiers() {
    let Some(file) = shared("identifiers/lei_edge.json") else {
        return;
    };
    let mut tally = Tally::default();
    for case in file.as_array().unwrap() {
        let text = case["lei"].as_str().unwrap();
        let verdict = check("lei", text.as_bytes(), json!({}));
        tally.count(text, case["valid"] == json!(true), &verdict);
    }
    tally.assert("identifiers/lei", 40, 0);
}
