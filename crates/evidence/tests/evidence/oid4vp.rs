//! OpenID4VP: the published cases.

use serde_json::{Value, json};

use crate::vectors::{Tally, check, shared};

#[test]
fn published_queries() {
    let Some(file) = shared("oid4vp/dcql_cases.json") else {
        return;
    };
    let mut tally = Tally::default();
    for case in file["match"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let query = case["query"].to_string();
        let held = case["credentials"].to_string();
        let both = json!({"query": case["query"], "credentials": case["credentials"]}).to_string();
        let expected = case["satisfied"] == json!(true);
        for (input, context) in [
            (query, json!({"credentials": case["credentials"]})),
            (held, json!({"dcql_query": case["query"]})),
            (both, json!({})),
        ] {
            let verdict = check("oid4vp", input.as_bytes(), context);
            tally.count(name, expected, &verdict);
            if verdict.valid {
                assert_eq!(verdict.claims["per_query"], case["per_query"], "{name}");
            }
        }
    }
    for case in file["invalid_queries"].as_array().unwrap() {
        let verdict = check("oid4vp", case["query"].to_string().as_bytes(), json!({}));
        tally.count(case["name"].as_str().unwrap(), false, &verdict);
        assert_eq!(verdict.reasons[0].code.as_str(), "query");
    }
    tally.assert("oid4vp", 56, 0);
}

/// The queries in the standard's own examples are queries.
#[test]
fn examples_of_the_standard() {
    let Some(file) = shared("oid4vp/examples.json") else {
        return;
    };
    let mut tally = Tally::default();
    for case in file.as_array().unwrap() {
        let path = case["path"].as_str().unwrap();
        let text = case["text"].as_str().unwrap();
        // One of them lacks a brace, and is JSON nowhere.
        if !path.contains("query_lang") || serde_json::from_str::<Value>(text).is_err() {
            continue;
        }
        tally.count(path, true, &check("oid4vp", text.as_bytes(), json!({})));
    }
    tally.assert("oid4vp/examples", 1, 0);
}

#[test]
fn published_handovers() {
    let Some(file) = shared("oid4vp/handover_examples.json") else {
        return;
    };
    for (inputs, transcript) in [
        ("redirect_inputs", "SessionTranscript_redirect"),
        ("dcapi_inputs", "SessionTranscript_dcapi"),
    ] {
        let context = |transcript: &Value| json!({"trust": "AAAA", "openid4vp": file[inputs], "session_transcript_hex": transcript});
        // What the context says is compared before the input is read.
        let verdict = check("mdoc", b"", context(&file[transcript]));
        assert_eq!(verdict.reasons[0].code.as_str(), "truncated");
        let other = format!(
            "{}00",
            &file[transcript]
                .as_str()
                .unwrap()
                .trim_end_matches("ac")
                .trim_end_matches("1a")
        );
        let verdict = check("mdoc", b"", context(&json!(other)));
        assert_eq!(verdict.reasons[0].code.as_str(), "context");
    }
}
