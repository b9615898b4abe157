//! What holds for every kind.

use bonafide_evidence::{Anchor, Code, Context, KINDS, verify};
use bonafide_model::Timestamp;
use serde_json::json;

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn an_unknown_kind_is_refused() {
    let verdict = verify("horoscope", b"", &Context::at(at("2026-06-01T00:00:00Z")));
    assert!(!verdict.valid);
    assert_eq!(verdict.reasons[0].code, Code::UnknownKind);
}

#[test]
fn kinds_are_named_once() {
    let mut names = KINDS.to_vec();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), KINDS.len());
}

#[test]
fn codes_are_spelt_once_and_applicants_texts_name_no_datum() {
    let mut codes: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let all = codes.len();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), all);
    for code in Code::ALL {
        let text = code.next().text().to_lowercase();
        for datum in [
            "date of birth",
            "number",
            "name",
            "signature",
            "digit",
            "digest",
        ] {
            assert!(!text.contains(datum), "{}: {text}", code.as_str());
        }
    }
}

#[test]
fn a_context_is_read_strictly() {
    let now = at("2026-06-01T00:00:00Z");
    for bad in [
        json!([]),
        json!({"at": "yesterday"}),
        json!({"at": 1, "now": 1}),
        json!({"trust": 5}),
        json!({"trust": ["?"]}),
        json!({"trust": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END OTHER-----"}),
    ] {
        assert!(Context::new(bad.clone(), now, Vec::new()).is_err(), "{bad}");
    }
    assert!(
        Context::new(
            json!({"now": 1_767_225_600, "trust": {"a": "AAAA"}}),
            now,
            Vec::new()
        )
        .is_ok()
    );
    assert_eq!(Anchor::read(&[0x30, 0]).unwrap()[0].der, [0x30, 0]);
}

/// The contract for readers names every kind, and every code.
#[test]
fn the_contract_names_every_kind_and_code() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/verify.md");
    let text = std::fs::read_to_string(path).unwrap();
    for kind in KINDS {
        assert!(
            text.contains(&format!("| `{kind}` |")),
            "docs/verify.md has no row for `{kind}`"
        );
    }
    let codes = text.split_once("## Codes").unwrap().1;
    for code in Code::ALL {
        assert!(
            codes.contains(&format!("`{}`", code.as_str())),
            "docs/verify.md does not name `{}`",
            code.as_str()
        );
    }
}
