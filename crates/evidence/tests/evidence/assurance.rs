//! Strengths, levels and the record of a verification.

use std::collections::BTreeSet;

use bonafide_evidence::assurance::{Editions, EditionsError, Property};
use bonafide_evidence::record::{
    Discrepancy, NotVerified, ReliedOn, Resolution, StepResult, VerificationRecord,
};
use bonafide_model::CheckOutcome;
use bonafide_model::Strength::{self, Fair, Strong, Superior};

use crate::contract::at;

const DRAFT: &str = "nist-sp-800-63a-4-draft";
const FINAL: &str = "nist-sp-800-63a-4";

fn levels(edition: &str, evidence: &[Strength]) -> Vec<String> {
    let editions = Editions::shipped().unwrap();
    let reached = editions.get(edition).unwrap().levels(evidence);
    reached
        .iter()
        .map(|reached| reached.level.to_owned())
        .collect()
}

#[test]
fn the_same_evidence_has_another_level_in_another_edition() {
    assert_eq!(levels(DRAFT, &[Strong]), Vec::<String>::new());
    assert_eq!(levels(FINAL, &[Strong]), ["ial1"]);
    assert_eq!(levels(DRAFT, &[Strong, Fair]), ["ial1", "ial2"]);
    assert_eq!(levels(DRAFT, &[Superior]), ["ial1", "ial2"]);
    for three in [
        &[Superior, Superior][..],
        &[Strong, Superior],
        &[Fair, Strong, Strong],
        &[Strong, Strong, Superior],
    ] {
        assert_eq!(levels(FINAL, three), ["ial1", "ial2", "ial3"], "{three:?}");
    }
    assert_eq!(levels(FINAL, &[Strong, Strong]), ["ial1", "ial2"]);
    assert_eq!(levels(FINAL, &[]), Vec::<String>::new());
    let editions = Editions::shipped().unwrap();
    let labels: BTreeSet<_> = editions
        .iter()
        .map(|edition| edition.label.clone())
        .collect();
    assert_eq!(labels.len(), 2);
}

#[test]
fn a_passport_out_of_force_drops_its_strength() {
    use Property::{
        IssuedWithCare, IssuerVerifiedIdentity, PortraitOrBiometric, ReferenceNumber,
        ReferenceNumberOrFacts, SignatureValidated, SignedByIssuer, Validated,
    };
    let chip = BTreeSet::from([
        IssuedWithCare,
        IssuerVerifiedIdentity,
        PortraitOrBiometric,
        ReferenceNumber,
        ReferenceNumberOrFacts,
        SignatureValidated,
        SignedByIssuer,
        Validated,
    ]);
    let editions = Editions::shipped().unwrap();
    let strength = |edition: &str, today: &str| {
        let edition = editions.get(edition).unwrap();
        let known = edition.in_force(
            chip.clone(),
            Some("2026-01-31".parse().unwrap()),
            today.parse().unwrap(),
        );
        edition.strength(&known)
    };
    assert_eq!(strength(DRAFT, "2026-01-31"), Some(Superior));
    assert_eq!(strength(DRAFT, "2026-02-01"), Some(Fair));
    assert_eq!(strength(DRAFT, "2026-07-30"), Some(Fair));
    assert_eq!(strength(DRAFT, "2026-07-31"), None);
    assert_eq!(strength(FINAL, "2026-02-01"), None);
    let edition = editions.get(FINAL).unwrap();
    assert_eq!(edition.strength(&BTreeSet::new()), None);
}

#[test]
fn a_table_that_contradicts_itself_is_refused() {
    let edition = "[[edition]]\nname = 'a'\nlabel = 'A'\nfair_grace_days = 0\nstrength = []\n";
    let level = "[[edition.level]]\nlevel = 'x'\nalternatives = [['fair']]\n";
    assert!(Editions::read(&format!("{edition}{level}")).is_ok());
    for (text, names) in [
        (format!("{edition}{level}{edition}{level}"), true),
        (format!("{edition}{level}{level}"), true),
        (
            format!("{edition}[[edition.level]]\nlevel = 'x'\nalternatives = [[]]\n"),
            true,
        ),
        (format!("{edition}colour = 1\n{level}"), false),
        ("edition = 1".to_owned(), false),
    ] {
        let error = Editions::read(&text).unwrap_err();
        assert_eq!(matches!(error, EditionsError::Names(_)), names, "{text}");
    }
}

fn record() -> VerificationRecord {
    let step = StepResult {
        outcome: CheckOutcome::Pass,
        methods: vec!["emrtd".to_owned()],
        at: at("2026-06-01T00:00:00Z"),
    };
    VerificationRecord {
        resolution: step.clone(),
        validation: step.clone(),
        verification: step,
        relied_on: vec![ReliedOn {
            document_type: "passport".to_owned(),
            number: Some("X1".to_owned()),
            place_of_issue: Some("DE".to_owned()),
            issued_on: None,
            expires_on: Some("2031-11-30".parse().unwrap()),
            strength: Some(Superior),
            digest: None,
        }],
        discrepancies: Vec::new(),
    }
}

#[test]
fn a_genuine_document_of_somebody_else_fails_verification_alone() {
    assert_eq!(record().verified(), Ok(()));
    let mut other = record();
    other.verification.outcome = CheckOutcome::Fail;
    assert_eq!(other.verified(), Err(NotVerified::Step("verification")));
    let mut nothing = record();
    nothing.relied_on.clear();
    assert_eq!(nothing.verified(), Err(NotVerified::NothingReliedOn));
    let mut unnamed = record();
    unnamed.validation.methods.clear();
    assert_eq!(unnamed.verified(), Err(NotVerified::Step("validation")));
}

#[test]
fn nothing_is_verified_while_a_discrepancy_is_open() {
    let mut record = record();
    record.discrepancies.push(Discrepancy {
        attribute: "family_name".to_owned(),
        between: ("applicant".to_owned(), "passport".to_owned()),
        substantive: true,
        resolution: None,
    });
    assert_eq!(
        record.verified(),
        Err(NotVerified::Unresolved("family_name".to_owned()))
    );
    let resolution = |text: &str| {
        Some(Resolution {
            by: "staff:7".to_owned(),
            text: text.to_owned(),
            at: at("2026-06-02T00:00:00Z"),
        })
    };
    record.discrepancies[0].resolution = resolution("  ");
    assert!(record.verified().is_err());
    record.discrepancies[0].resolution = resolution("married name, certificate seen");
    assert_eq!(record.verified(), Ok(()));
    record.discrepancies[0].resolution = None;
    record.discrepancies[0].substantive = false;
    assert_eq!(record.verified(), Ok(()));
    let text = serde_json::to_string(&record).unwrap();
    assert_eq!(
        serde_json::from_str::<VerificationRecord>(&text).unwrap(),
        record
    );
}
