//! Mobile documents: the published cases.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bonafide_evidence::Code;
use serde_json::{Value, json};

use crate::vectors::{Tally, check, shared};

pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digit = |b: u8| char::from(b).to_digit(16).unwrap();
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    assert!(rest.is_empty());
    let byte = |[high, low]: &[u8; 2]| u8::try_from(digit(*high) * 16 + digit(*low)).unwrap();
    pairs.iter().map(byte).collect()
}

#[test]
fn published_responses() {
    let Some(file) = shared("mdoc/generated.json") else {
        return;
    };
    let mut tally = Tally::default();
    for case in file["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let context = json!({
            "iaca_pem": file["iaca_pem"],
            "check_at": file["check_at"],
            "doc_type": file["doc_type"],
            "openid4vp": file["openid4vp"],
        });
        let input = hex(case["device_response_hex"].as_str().unwrap());
        let verdict = check("mdoc", &input, context);
        println!("{name}: {:?}", verdict.reasons);
        tally.count(name, case["valid"] == json!(true), &verdict);
        if verdict.valid {
            let mut claims = Value::Object(verdict.claims);
            claims.as_object_mut().unwrap().shift_remove("credential");
            assert_eq!(claims, case["claims"], "{name}");
        }
    }
    tally.assert("mdoc", 15, 0);
}

/// ISO/IEC 18013-5, annex D: a device that answers with a MAC.
#[test]
fn the_example_of_the_standard() {
    let Some(file) = shared("mdoc/iso18013_5_annex_d_part1.json") else {
        return;
    };
    let input = hex(file["device_response"].as_str().unwrap());
    let context = |d: &str| {
        let ds = STANDARD.encode(hex(file["ds_cert"].as_str().unwrap()));
        json!({
            "trust": ds,
            "at": "2021-06-01T00:00:00Z",
            "session_transcript_bytes": file["session_transcript_bytes"],
            "ephemeral_reader_key_d": d,
        })
    };
    let d = file["ephemeral_reader_key_d"].as_str().unwrap();
    let verdict = check("mdoc", &input, context(d));
    assert!(verdict.valid, "{:?}", verdict.reasons);
    assert_eq!(verdict.claims["family_name"], "Doe");
    let other = file["ephemeral_device_key_d"].as_str().unwrap();
    let verdict = check("mdoc", &input, context(other));
    assert_eq!(verdict.reasons[0].code, Code::KeyBinding);
}

/// A response whose issuer vouches for itself: only an operator that trusts it accepts it.
#[test]
fn a_signer_that_nobody_vouches_for() {
    let Some(path) = crate::vectors::shared_path("mdoc/conformance_mdoc.txt") else {
        return;
    };
    let text = std::fs::read_to_string(path).unwrap();
    let input = URL_SAFE_NO_PAD.decode(text.trim()).unwrap();
    let others = shared("mdoc/generated.json").unwrap()["iaca_pem"].clone();
    let verdict = check(
        "mdoc",
        &input,
        json!({"trust": others, "device_authentication_required": false}),
    );
    assert_eq!(
        verdict.reasons[0].code,
        Code::Untrusted,
        "{:?}",
        verdict.reasons
    );
}
