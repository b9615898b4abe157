//! Kind `aamva`.

use bonafide_evidence::Code;
use bonafide_model::Strength;
use serde_json::{Value, json};

use crate::fuzz;
use crate::vectors::{Tally, check, shared};

/// A card of these elements, with a directory that is right.
fn card(version: u32, issuer: &str, elements: &[&str]) -> String {
    let part = format!("DL{}\r", elements.join("\n"));
    let jurisdiction = if version == 1 { "" } else { "00" };
    let head = format!("@\n\u{1e}\rANSI {issuer}{version:02}{jurisdiction}01");
    format!("{head}DL{:04}{:04}{part}", head.len() + 10, part.len())
}

const TEXAN: [&str; 10] = [
    "DAQX1234567",
    "DCSSPECIMEN",
    "DACJORDAN",
    "DADLEE",
    "DBD03142021",
    "DBB12311980",
    "DBA03142029",
    "DBC1",
    "DAJTX",
    "DCGUSA",
];

#[test]
fn a_card_in_force_is_fair_evidence() {
    let text = card(8, "636015", &TEXAN);
    let verdict = check(
        "aamva",
        text.as_bytes(),
        json!({"at": "2026-06-01T00:00:00Z"}),
    );
    assert!(verdict.valid, "{:?}", verdict.reasons);
    assert_eq!(verdict.strength, Some(Strength::Fair));
    assert_eq!(verdict.claims["birth_date"], "1980-12-31");
    assert_eq!(verdict.claims["middle_name"], "LEE");
    assert_eq!(verdict.claims["issuing_jurisdiction"], "TX");
}

#[test]
fn every_version_is_read_with_its_names() {
    for version in 1..=11 {
        let names: &[&str] = match version {
            1 => &["DAASPECIMEN,JORDAN,LEE"],
            2 | 3 => &["DCSSPECIMEN", "DCTJORDAN LEE"],
            _ => &["DCSSPECIMEN", "DACJORDAN", "DADLEE"],
        };
        let rest = ["DAQX1", "DBB19801231", "DBA20290314", "DBD20210314"];
        let elements: Vec<&str> = names.iter().chain(&rest).copied().collect();
        let verdict = check(
            "aamva",
            card(version, "636012", &elements).as_bytes(),
            json!({}),
        );
        assert!(verdict.valid, "{version}: {:?}", verdict.reasons);
        assert_eq!(verdict.claims["family_name"], "SPECIMEN", "{version}");
        assert_eq!(verdict.claims["first_name"], "JORDAN", "{version}");
        assert_eq!(verdict.claims["middle_name"], "LEE", "{version}");
        assert_eq!(verdict.claims["country"], "CAN", "{version}");
    }
    assert_eq!(
        check("aamva", card(12, "636012", &TEXAN).as_bytes(), json!({})).reasons[0].code,
        Code::Malformed
    );
}

#[test]
fn ends_of_lines_may_be_those_of_a_scanner() {
    let text = card(8, "636015", &TEXAN);
    for changed in [
        text.replace('\n', "\r\n"),
        format!("{text}\n"),
        text.replace('\r', "\n"),
        text.replace('\n', "\r"),
        text.replace('\u{1e}', "\u{1c}"),
    ] {
        let verdict = check("aamva", changed.as_bytes(), json!({}));
        assert!(verdict.valid, "{changed:?}: {:?}", verdict.reasons);
    }
}

#[test]
fn what_is_not_a_card_is_refused() {
    let good = card(8, "636015", &TEXAN);
    let without = |name: &str| {
        let rest: Vec<&str> = TEXAN.into_iter().filter(|e| !e.starts_with(name)).collect();
        card(8, "636015", &rest)
    };
    for (what, text) in [
        ("no number", without("DAQ")),
        ("no date of birth", without("DBB")),
        ("no name", without("DCS")),
        ("no sign", good.replace('@', "")),
        ("another word", good.replace("ANSI ", "ANSX ")),
        ("another date", good.replace("12311980", "13451980")),
        (
            "two numbers",
            card(8, "636015", &[&TEXAN[..], &["DAQY"]].concat()),
        ),
        (
            "cut short",
            good.strip_suffix("DAJTX\nDCGUSA\r").unwrap().to_owned(),
        ),
        ("letters", good.replace("636015", "63A015")),
    ] {
        let verdict = check("aamva", text.as_bytes(), json!({}));
        assert!(!verdict.valid, "{what}");
        assert_eq!(verdict.reasons[0].code, Code::Malformed, "{what}");
    }
}

#[test]
fn dates_that_contradict_each_other_take_the_strength_away() {
    let text = card(8, "636015", &TEXAN).replace("DBD03142021", "DBD03142030");
    let verdict = check("aamva", text.as_bytes(), json!({}));
    assert!(verdict.valid && verdict.strength.is_none());
    assert_eq!(verdict.claims["doubts"], json!(["expiry_date"]));
    let expired = check(
        "aamva",
        card(8, "636015", &TEXAN).as_bytes(),
        json!({"at": "2029-03-15T00:00:00Z"}),
    );
    assert_eq!(expired.reasons[0].code, Code::Expired);
}

#[test]
fn the_published_cards_are_judged_as_published() {
    let Some(cases) = shared("aamva/generated.json") else {
        return;
    };
    let mut tally = Tally::default();
    for case in cases.as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let verdict = check("aamva", case["raw"].as_str().unwrap().as_bytes(), json!({}));
        tally.count(name, case["valid_structure"] == true, &verdict);
        if !case["must_flag"].is_null() && verdict.valid {
            assert_ne!(verdict.claims["doubts"], json!([]), "{name}");
        }
        if let Some(expected) = case["expect"].as_object().filter(|_| verdict.valid) {
            for (field, value) in expected {
                assert_eq!(
                    verdict.claims.get(field).unwrap_or(&Value::Null),
                    value,
                    "{name}: {field}"
                );
            }
        }
    }
    tally.assert("aamva", 37, 0);
}

/// Noise: see [`crate::fuzz`].
pub(crate) fn noise() {
    let samples = [
        card(8, "636015", &TEXAN),
        card(1, "636012", &["DAASPECIMEN,JORDAN", "DAQX1", "DBB19801231"]),
    ];
    let samples: Vec<Vec<u8>> = samples.into_iter().map(String::into_bytes).collect();
    fuzz::kind("aamva", &samples, json!({}));
}
