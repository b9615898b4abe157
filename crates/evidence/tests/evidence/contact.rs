//! Kinds `email` and `phone`.

use bonafide_evidence::Code;
use serde_json::{Value, json};

use crate::fuzz;
use crate::vectors::{Tally, check, shared};

#[test]
fn addresses_have_one_spelling() {
    for (text, address, ascii) in [
        (
            "Jo.Do+x@Example.COM",
            "Jo.Do+x@example.com",
            Some("Jo.Do+x@example.com"),
        ),
        (
            "\"jo.do\"@example.com",
            "jo.do@example.com",
            Some("jo.do@example.com"),
        ),
        (
            "\"jo do\"@example.com",
            "\"jo do\"@example.com",
            Some("\"jo do\"@example.com"),
        ),
        (
            "jo@BÜCHER.example",
            "jo@bücher.example",
            Some("jo@xn--bcher-kva.example"),
        ),
        (
            "jo@xn--bcher-kva.example",
            "jo@bücher.example",
            Some("jo@xn--bcher-kva.example"),
        ),
        ("jose\u{301}@example.com", "jos\u{e9}@example.com", None),
    ] {
        let verdict = check("email", text.as_bytes(), json!({}));
        assert!(verdict.valid, "{text}: {:?}", verdict.reasons);
        assert_eq!(verdict.claims["address"], address);
        assert_eq!(verdict.claims["ascii_address"], json!(ascii));
    }
}

#[test]
fn what_is_not_a_mailbox_is_refused() {
    for text in [
        "",
        "@",
        "jo",
        "jo@",
        "@example.com",
        "jo@example",
        "jo@@example.com",
        "jo@exa mple.com",
        " jo@example.com",
        "jo@example.com.",
        "jo..do@example.com",
        "jo@[192.0.2.1]",
        "jo@192.0.2.1",
        "Jo <jo@example.com>",
        "jo\u{200b}@example.com",
        "\u{301}jo@example.com",
        "\"jo\"do\"@example.com",
        "\"\"@example.com",
        "jo@-a.example",
    ] {
        let verdict = check("email", text.as_bytes(), json!({}));
        assert_eq!(
            verdict.reasons.first().map(|r| r.code),
            Some(Code::Malformed),
            "{text}"
        );
    }
    let long = format!("{}@example.com", "a".repeat(65));
    assert!(!check("email", long.as_bytes(), json!({})).valid);
}

#[test]
fn numbers_have_one_spelling() {
    for (text, region, e164) in [
        ("+44 20 7031 3000", None, "+442070313000"),
        ("020 7031 3000", Some("GB"), "+442070313000"),
        ("(650) 253-0000", Some("US"), "+16502530000"),
        ("tel:+49-30-901820", None, "+4930901820"),
    ] {
        let verdict = check("phone", text.as_bytes(), json!({"region": region}));
        assert!(verdict.valid, "{text}: {:?}", verdict.reasons);
        assert_eq!(verdict.claims["e164"], e164);
    }
    for (text, region) in [
        ("020 7031 3000", None),
        ("+1 650 253 000", None),
        ("112", Some("GB")),
        ("", None),
        ("call me", None),
    ] {
        assert!(
            !check("phone", text.as_bytes(), json!({"region": region})).valid,
            "{text}"
        );
    }
    assert_eq!(
        check("phone", b"+442070313000", json!({"region": "Mars"})).reasons[0].code,
        Code::Context
    );
}

#[test]
fn the_published_addresses_are_judged_as_published() {
    let Some(file) = shared("contact/email_syntax.json") else {
        return;
    };
    let mut tally = Tally::default();
    for case in file["invalid"].as_array().unwrap() {
        let text = case["input"].as_str().unwrap();
        tally.count(text, false, &check("email", text.as_bytes(), json!({})));
    }
    for case in file["valid_normalised"].as_array().unwrap() {
        let text = case["normalized"]
            .as_str()
            .or(case["normalised"].as_str())
            .unwrap();
        let verdict = check("email", text.as_bytes(), json!({}));
        tally.count(text, true, &verdict);
        if verdict.valid {
            assert_eq!(verdict.claims["address"], text);
            assert_eq!(verdict.claims["smtputf8"], case["smtputf8"]);
            assert_eq!(
                verdict.claims["ascii_address"],
                *case.get("ascii_email").unwrap_or(&Value::Null)
            );
        }
    }
    tally.assert("email", 45, 0);
}

#[test]
fn the_published_numbers_are_judged_as_published() {
    let Some(file) = shared("contact/phone_examples.json") else {
        return;
    };
    let mut tally = Tally::default();
    let mut types = 0;
    for case in file["cases"].as_array().unwrap() {
        let text = case["input"].as_str().unwrap();
        let verdict = check("phone", text.as_bytes(), json!({"region": case["region"]}));
        tally.count(&case.to_string(), case["valid"] == true, &verdict);
        if verdict.valid && case["valid"] == true {
            assert_eq!(verdict.claims["e164"], case["e164"], "{case}");
            let sort = verdict.claims["type"].as_str().unwrap().to_uppercase();
            types += usize::from(case["type"] != sort.as_str());
        }
    }
    println!("phone: {types} of another type");
    tally.assert("phone", 650, 1);
}

/// Noise: see [`crate::fuzz`].
pub(crate) fn noise() {
    let texts = [
        "Jo.Do+x@Example.COM",
        "\"jo do\"@bücher.example",
        "jo@xn--bcher-kva.example",
    ];
    let samples: Vec<Vec<u8>> = texts.iter().map(|t| t.as_bytes().to_vec()).collect();
    fuzz::kind("email", &samples, json!({}));
    let texts = [
        "+44 20 7031 3000",
        "tel:+49-30-901820;ext=12",
        "(650) 253-0000",
    ];
    let samples: Vec<Vec<u8>> = texts.iter().map(|t| t.as_bytes().to_vec()).collect();
    fuzz::kind("phone", &samples, json!({"region": "US"}));
}
