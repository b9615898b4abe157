//! Verified claims and beneficial ownership statements: the published cases, and what goes in comes out.

use bonafide_evidence::bods::{Absence, Publication, Register};
use bonafide_evidence::verified_claims;
use serde_json::{Value, json};

use crate::vectors::{Tally, check, shared};

#[test]
fn published_verified_claims() {
    let Some(file) = shared("ekyc-ida/generated.json") else {
        return;
    };
    let mut tally = Tally::default();
    for case in file.as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let verdict = check(
            "verified-claims",
            case["json"].to_string().as_bytes(),
            json!({}),
        );
        tally.count(name, case["schema_valid"] == json!(true), &verdict);
    }
    tally.assert("ekyc-ida", 15, 0);
}

#[test]
fn published_requests_for_verified_claims() {
    let Some(file) = shared("ekyc-ida/examples.json") else {
        return;
    };
    for case in file.as_array().unwrap() {
        let path = case["path"].as_str().unwrap();
        if path.contains("request-based-on") {
            let request = case["json"]["claims"]["userinfo"].to_string();
            let verdict = check(
                "verified-claims",
                request.as_bytes(),
                json!({"request": true}),
            );
            println!("{path}: {:?}", verdict.reasons);
        }
    }
}

#[test]
fn verified_claims_go_out_as_the_schema_asks() {
    let claims = json!({"given_name": "Anna", "birthdate": "1990-02-28"});
    let verification = json!({"trust_framework": "eidas", "time": "2026-03-01T10:00:00Z"});
    let map = |value: &Value| value.as_object().unwrap().clone();
    let answer = verified_claims::write(map(&claims), map(&verification)).unwrap();
    let verdict = check(
        "verified-claims",
        answer.to_string().as_bytes(),
        json!({"trust_framework": "eidas"}),
    );
    assert!(verdict.valid, "{:?}", verdict.reasons);
    assert_eq!(verdict.claims["given_name"], "Anna");
    let other = check(
        "verified-claims",
        answer.to_string().as_bytes(),
        json!({"trust_framework": "de_aml"}),
    );
    assert_eq!(other.reasons[0].code.as_str(), "other_type");
    let wrong = json!({"birthdate": "28.2.1990"});
    assert!(verified_claims::write(map(&wrong), map(&verification)).is_err());
    assert!(verified_claims::write(map(&claims), map(&json!({}))).is_err());
}

#[test]
fn published_ownership_statements() {
    let mut tally = Tally::default();
    for (name, expected) in [("examples", true), ("valid", true), ("invalid", false)] {
        let Some(file) = shared(&format!("bods/{name}.json")) else {
            return;
        };
        for case in file.as_array().unwrap() {
            let path = case["path"].as_str().unwrap();
            let input = case["json"].to_string();
            tally.count(path, expected, &check("bods", input.as_bytes(), json!({})));
            if expected {
                round_trip(path, input.as_bytes());
            }
        }
    }
    tally.assert("bods", 160, 0);
}

fn publication() -> Publication {
    Publication {
        publisher: "Example".into(),
        date: "2026-06-01".into(),
        subject: "entity-1".into(),
    }
}

/// What was read, written and read again is what was read.
fn round_trip(name: &str, input: &[u8]) {
    let id = |kind: &str, record: &str| format!("{kind}-{record:0>40}");
    let first = Register::read(input).unwrap();
    let written = first.statements(&publication(), id).to_string();
    let second = Register::read(written.as_bytes()).unwrap_or_else(|e| panic!("{name}: {e:?}"));
    assert_eq!(
        first.absences().collect::<Vec<_>>(),
        second.absences().collect::<Vec<_>>(),
        "{name}"
    );
    assert_eq!(
        first.relationships.len(),
        second.relationships.len(),
        "{name}"
    );
    for (a, b) in first.relationships.iter().zip(&second.relationships) {
        assert_eq!(
            (&a.subject, &a.interested_party, &a.interests),
            (&b.subject, &b.interested_party, &b.interests),
            "{name}"
        );
    }
    assert_eq!(
        first.persons.keys().collect::<Vec<_>>(),
        second.persons.keys().collect::<Vec<_>>(),
        "{name}"
    );
}

/// An owner who is not known, one who need not be told, and none at all are three things.
#[test]
fn unknown_exempt_and_none_are_kept_apart() {
    let statement = |reason: &str| {
        json!([{
            "statementId": "2f7bf9370f1254068e5e946df067d07d",
            "declarationSubject": "entity-1",
            "statementDate": "2026-01-01",
            "recordId": "relationship-1",
            "recordType": "relationship",
            "recordDetails": {
                "isComponent": false,
                "subject": "entity-1",
                "interestedParty": {"reason": reason, "description": "as the register says"},
            },
        }])
    };
    for (reason, unknown, exempt, none) in [
        ("unknown", 1, 0, 0),
        ("informationUnknownToPublisher", 1, 0, 0),
        ("subjectUnableToConfirmOrIdentifyBeneficialOwner", 1, 0, 0),
        ("interestedPartyHasNotProvidedInformation", 1, 0, 0),
        ("subjectExemptFromDisclosure", 0, 1, 0),
        ("interestedPartyExemptFromDisclosure", 0, 1, 0),
        ("noBeneficialOwners", 0, 0, 1),
    ] {
        let input = statement(reason).to_string();
        let verdict = check("bods", input.as_bytes(), json!({}));
        assert!(verdict.valid, "{reason}: {:?}", verdict.reasons);
        assert_eq!(verdict.claims["unknown"], unknown, "{reason}");
        assert_eq!(verdict.claims["exempt"], exempt, "{reason}");
        assert_eq!(verdict.claims["none"], none, "{reason}");
        round_trip(reason, input.as_bytes());
        let register = Register::read(input.as_bytes()).unwrap();
        assert_eq!(
            register.absences().next().map(Absence::as_str),
            Some(reason)
        );
    }
}

#[test]
fn what_no_schema_says_is_refused_too() {
    let entity = |id: &str, record: &str| {
        json!({"statementId": format!("{id:0>32}"), "declarationSubject": record, "statementDate": "2026-01-01",
            "recordId": record, "recordType": "entity",
            "recordDetails": {"isComponent": false, "entityType": {"type": "registeredEntity"}}})
    };
    let relationship = json!({"statementId": format!("{:0>32}", "r"), "declarationSubject": "a",
        "statementDate": "2026-01-01", "recordId": "r", "recordType": "relationship",
        "recordDetails": {"isComponent": false, "subject": "a", "interestedParty": "b",
            "interests": [{"type": "shareholding", "beneficialOwnershipOrControl": true}]}});
    for (statements, code) in [
        (json!([entity("1", "a"), entity("1", "b")]), "reference"),
        (
            json!([entity("1", "a"), entity("2", "b"), relationship]),
            "reference",
        ),
    ] {
        let verdict = check("bods", statements.to_string().as_bytes(), json!({}));
        assert_eq!(
            verdict.reasons[0].code.as_str(),
            code,
            "{:?}",
            verdict.reasons
        );
    }
}
