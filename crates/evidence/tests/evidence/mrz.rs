//! Kind `mrz`.

use bonafide_evidence::{Code, mrz};
use bonafide_model::Strength;
use serde_json::json;

use crate::fuzz;
use crate::vectors::{Tally, check, shared};

const TD3: &str =
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10";
const GERMAN: &str =
    "P<D<<MUSTERMANN<<ERIKA<<<<<<<<<<<<<<<<<<<<<<\nC01X0006H1D<<6408125F2710316<<<<<<<<<<<<<<<8";
const TD1: &str = "I<UTOD23145890<1233<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<2\nERIKSSON<<ANNA<MARIA<<<<<<<<<<";
const TD2: &str = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6";
const VISA: &str =
    "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL8988901C4XXX4009078F96121096ZE184226B<<<<<<";

#[test]
fn a_passport_in_force_is_fair_evidence() {
    let verdict = check(
        "mrz",
        GERMAN.as_bytes(),
        json!({"at": "2026-06-01T00:00:00Z"}),
    );
    assert!(verdict.valid, "{:?}", verdict.reasons);
    assert_eq!(verdict.strength, Some(Strength::Fair));
    assert_eq!(verdict.claims["issuing_state"], "D");
    assert_eq!(verdict.claims["birth_date"], "1964-08-12");
    assert_eq!(verdict.claims["expiry_date"], "2027-10-31");
    assert_eq!(verdict.claims["surname"], "MUSTERMANN");
    assert_eq!(verdict.claims["sex"], "female");
}

#[test]
fn the_examples_of_the_standard_hold() {
    for zone in [TD1, TD2, TD3, VISA] {
        let verdict = check("mrz", zone.as_bytes(), json!({}));
        assert!(verdict.valid, "{zone}: {:?}", verdict.reasons);
        assert_eq!(verdict.strength, None, "a specimen, and out of force");
        assert_eq!(verdict.claims["surname"], "ERIKSSON");
        assert_eq!(verdict.claims["given_names"], "ANNA MARIA");
    }
    let verdict = check("mrz", TD1.as_bytes(), json!({}));
    assert_eq!(verdict.claims["document_number"], "D23145890123");
}

#[test]
fn line_ends_do_not_matter_and_other_characters_do() {
    for text in [
        GERMAN.replace('\n', "\r\n"),
        GERMAN.replace('\n', ""),
        format!("\n{GERMAN}\n"),
    ] {
        assert!(check("mrz", text.as_bytes(), json!({})).valid, "{text:?}");
    }
    for text in [
        GERMAN.to_lowercase(),
        GERMAN.replace("MUSTER", "MÜSTER"),
        format!("{GERMAN}\n<"),
        String::new(),
    ] {
        let verdict = check("mrz", text.as_bytes(), json!({}));
        assert_eq!(verdict.reasons[0].code, Code::Malformed, "{text:?}");
    }
}

#[test]
fn an_expired_document_is_refused_on_a_day_that_is_asked_about() {
    let asked = check(
        "mrz",
        GERMAN.as_bytes(),
        json!({"at": "2027-11-01T00:00:00Z"}),
    );
    assert_eq!(asked.reasons[0].code, Code::Expired);
    let last = check(
        "mrz",
        GERMAN.as_bytes(),
        json!({"at": "2027-10-31T12:00:00Z"}),
    );
    assert!(last.valid);
}

#[test]
fn the_form_that_is_asked_for_is_the_form() {
    assert!(check("mrz", GERMAN.as_bytes(), json!({"format": "TD3"})).valid);
    let other = check("mrz", GERMAN.as_bytes(), json!({"format": "MRV-A"}));
    assert_eq!(other.reasons[0].code, Code::Binding);
    for context in [json!({"format": "TD9"}), json!({"formt": "TD3"})] {
        assert_eq!(
            check("mrz", GERMAN.as_bytes(), context).reasons[0].code,
            Code::Context
        );
    }
}

/// Every digit that a check digit covers, exchanged for another, is noticed and the field named.
#[test]
fn a_changed_digit_is_noticed() {
    let start = GERMAN.find('\n').unwrap() + 1;
    for (place, field) in [
        (0, "document number"),
        (13, "date of birth"),
        (21, "date of expiry"),
        (42, "optional data"),
        (43, "whole zone"),
    ] {
        let mut bytes = GERMAN.as_bytes().to_vec();
        let at = start + place;
        bytes[at] = if bytes[at] == b'7' { b'8' } else { b'7' };
        let verdict = check("mrz", &bytes, json!({}));
        assert!(
            verdict
                .reasons
                .iter()
                .any(|r| r.code == Code::CheckDigit && r.text.contains(field)),
            "{field}: {:?}",
            verdict.reasons
        );
    }
}

#[test]
fn what_no_check_digit_protects_takes_the_strength_away() {
    let digit = GERMAN.replace("1D<<", "1D8<");
    let verdict = check("mrz", digit.as_bytes(), json!({}));
    assert!(verdict.valid);
    assert_eq!(verdict.strength, None);
    assert_eq!(verdict.claims["doubts"], json!(["nationality"]));
}

#[test]
fn centuries_follow_the_rules() {
    let today = "2026-06-01".parse().unwrap();
    for (text, birth, expiry) in [
        ("260601", "2026-06-01", "2026-06-01"),
        ("260602", "1926-06-02", "2026-06-02"),
        ("991231", "1999-12-31", "1999-12-31"),
        ("750101", "1975-01-01", "2075-01-01"),
        ("76<<<<", "1976", "1976"),
        ("0002<<", "2000-02", "2000-02"),
        ("000229", "2000-02-29", "2000-02-29"),
        ("<<<<<<", "", ""),
    ] {
        let bytes = text.as_bytes().try_into().unwrap();
        assert_eq!(
            mrz::birth_date(bytes, today).unwrap().to_string(),
            birth,
            "{text}"
        );
        assert_eq!(
            mrz::expiry_date(bytes, today).unwrap().to_string(),
            expiry,
            "{text}"
        );
    }
    for text in ["261301", "260230", "<<0101", "2<<<<<", "45A118", "7600<<"] {
        assert!(
            mrz::birth_date(text.as_bytes().try_into().unwrap(), today).is_err(),
            "{text}"
        );
    }
}

#[test]
fn the_published_zones_are_judged_as_published() {
    let Some(generated) = shared("mrz/generated.json") else {
        return;
    };
    let mut tally = Tally::default();
    let cheminfo = shared("mrz/cheminfo.json").unwrap();
    let lists = [&generated["positive"], &generated["mutated"], &cheminfo];
    for case in lists.into_iter().flat_map(|list| list.as_array().unwrap()) {
        let lines: Vec<&str> = case["lines"]
            .as_array()
            .unwrap()
            .iter()
            .map(|l| l.as_str().unwrap())
            .collect();
        let verdict = check("mrz", lines.join("\n").as_bytes(), json!({}));
        let name = case["name"].as_str().unwrap_or(lines[0]);
        tally.count(name, case["all_checks_hold"] == true, &verdict);
        if let Some(fields) = case["fields"].as_object().filter(|_| verdict.valid) {
            for field in [
                "document_code",
                "issuing_state",
                "document_number",
                "nationality",
                "optional_1",
                "surname",
                "given_names",
            ] {
                assert_eq!(verdict.claims[field], fields[field], "{name}: {field}");
            }
        }
    }
    tally.assert("mrz", 380, 3);
}

#[test]
fn the_published_digits_and_letters_are_ours() {
    let Some(digits) = shared("mrz/check_digit_primitives.json") else {
        return;
    };
    for case in digits.as_array().unwrap() {
        let digit = mrz::check_digit(case["input"].as_str().unwrap().as_bytes()).unwrap();
        assert_eq!(
            u64::from(digit - b'0'),
            case["check_digit"].as_u64().unwrap(),
            "{case}"
        );
    }
    for (letter, spelling) in shared("mrz/transliteration.json")
        .unwrap()
        .as_object()
        .unwrap()
    {
        assert_eq!(
            mrz::transliterate(letter).as_deref(),
            spelling.as_str(),
            "{letter}"
        );
    }
}

/// Noise: see [`crate::fuzz`].
pub(crate) fn noise() {
    let samples: Vec<Vec<u8>> = [TD1, TD2, TD3, VISA, GERMAN]
        .iter()
        .map(|s| s.as_bytes().to_vec())
        .collect();
    fuzz::kind("mrz", &samples, json!({}));
    fuzz::parser(&samples, |bytes| {
        if let Ok(text) = std::str::from_utf8(bytes) {
            let _ = mrz::Zone::read(text);
            let _ = mrz::transliterate(text);
        }
    });
}
