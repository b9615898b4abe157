//! Status with respect to a home jurisdiction (R-005 to R-009).

use bonafide_model::{Dossier, PartyKind};
use bonafide_policy::{Decision, Status};

use crate::case::{Case, STATUS, at, judge, missing, one, requirement};

const HOME: &str = r#"
[[requirement]]
id = "home"
subject = "party"
any_of = ["citizenship", "permanent_residence", "place_of_organisation", "present_location"]
assurance = "validated"
while_missing = "provisional"
deter_only_home = true
citations = ["law"]
why = "One proof is enough."
[[requirement]]
id = "owner-home"
subject = "owner"
any_of = ["citizenship", "permanent_residence", "place_of_organisation", "present_location"]
assurance = "validated"
while_missing = "provisional"
deter_only_home = true
citations = ["law"]
why = "One proof is enough."
"#;

fn programme() -> bonafide_policy::PackSet {
    let foreign = "when = 'customer.status == \"foreign\" || (customer.status == \"undetermined\" && !customer.claims_domestic)'";
    one(&format!(
        "{STATUS}{HOME}{}",
        requirement("name", "party", "legal_name", "verified", foreign)
    ))
}

/// Facts of a party: attribute, country, and the method that validated it, if one did.
type Fact = (&'static str, &'static str, Option<&'static str>);

#[test]
fn r_005_twelve_cases() {
    use PartyKind::{Organisation, Person};
    use Status::{Domestic, Foreign, Undetermined};
    let cases: [(&str, PartyKind, &[Fact], Status); 12] = [
        (
            "citizen at home",
            Person,
            &[
                ("citizenship", "US", Some("passport")),
                ("present_location", "US", None),
            ],
            Domestic,
        ),
        (
            "citizen abroad",
            Person,
            &[
                ("citizenship", "US", Some("passport")),
                ("present_location", "FR", Some("letter")),
            ],
            Domestic,
        ),
        (
            "foreigner located at home",
            Person,
            &[
                ("citizenship", "DE", Some("passport")),
                ("present_location", "US", Some("letter")),
            ],
            Domestic,
        ),
        (
            "permanent resident",
            Person,
            &[
                ("citizenship", "IN", Some("passport")),
                ("permanent_residence", "US", Some("permit")),
            ],
            Domestic,
        ),
        (
            "dual citizen",
            Person,
            &[
                ("citizenship", "MX", Some("passport")),
                ("citizenship", "US", Some("passport")),
            ],
            Domestic,
        ),
        (
            "foreigner abroad",
            Person,
            &[
                ("citizenship", "DE", Some("passport")),
                ("present_location", "DE", None),
            ],
            Foreign,
        ),
        (
            "claims citizenship, no proof",
            Person,
            &[("citizenship", "US", None)],
            Undetermined,
        ),
        (
            "foreigner who only says that he is here",
            Person,
            &[
                ("citizenship", "DE", Some("passport")),
                ("present_location", "US", None),
            ],
            Undetermined,
        ),
        ("nothing known", Person, &[], Undetermined),
        (
            "home company",
            Organisation,
            &[("place_of_organisation", "US", Some("register"))],
            Domestic,
        ),
        (
            "foreign branch of a home company",
            Organisation,
            &[
                ("place_of_organisation", "US", Some("register")),
                ("present_location", "JP", Some("letter")),
            ],
            Domestic,
        ),
        (
            "foreign company",
            Organisation,
            &[("place_of_organisation", "SG", Some("register"))],
            Foreign,
        ),
    ];
    for (name, kind, facts, expected) in cases {
        let mut case = if kind == Person {
            Case::person()
        } else {
            Case::organisation()
        };
        let holder = case.holder;
        for (attribute, country, method) in facts {
            let claim = case.claim(holder, attribute, *country);
            if let Some(method) = method {
                case.pass(holder, method, claim);
            }
        }
        let report = &case.assess(&programme()).status["test"];
        assert_eq!(report.parties[&holder], expected, "{name}");
    }
}

#[test]
fn r_006_nobody_is_domestic_without_evidence() {
    let mut case = Case::person();
    let holder = case.holder;
    for attribute in ["citizenship", "permanent_residence", "present_location"] {
        case.claim(holder, attribute, "US");
    }
    let assessment = case.assess(&programme());
    let report = &assessment.status["test"];
    assert_eq!(
        (report.customer, report.presumed_foreign),
        (Status::Undetermined, true)
    );
    assert_eq!(assessment.decision, Decision::Provisional);
    let proof =
        "citizenship validated | permanent_residence validated | present_location validated";
    assert_eq!(missing(&assessment), [(holder, proof.to_owned())]);
}

#[test]
fn r_006_who_claims_nothing_domestic_goes_straight_to_identification() {
    let mut case = Case::person();
    let holder = case.holder;
    case.claim(holder, "citizenship", "DE");
    assert_eq!(
        missing(&case.assess(&programme())),
        [(holder, "legal_name verified".to_owned())]
    );
}

#[test]
fn r_006_evidence_of_another_country_does_not_prove_the_claim_to_be_domestic() {
    let mut case = Case::person();
    let holder = case.holder;
    let german = case.claim(holder, "citizenship", "DE");
    case.pass(holder, "passport", german);
    case.claim(holder, "citizenship", "US");
    let assessment = case.assess(&programme());
    assert_eq!(
        missing(&assessment),
        [(holder, "citizenship validated".to_owned())]
    );
}

/// A Delaware company with its register extract, and its owners' shares.
fn delaware(owners: &[(&str, &str, bool)]) -> Case {
    let mut case = Case::organisation();
    let holder = case.holder;
    let place = case.claim(holder, "place_of_organisation", "US");
    case.pass(holder, "register", place);
    for (share, citizenship, shown) in owners {
        let owner = case.party(PartyKind::Person);
        case.owner(owner, holder, share);
        let claim = case.claim(owner, "citizenship", *citizenship);
        if *shown {
            case.pass(owner, "passport", claim);
        }
    }
    case
}

#[test]
fn r_007_a_foreign_owner_of_thirty_percent_reopens_it() {
    let domestic = delaware(&[("70", "US", true), ("30", "US", true)]).assess(&programme());
    assert_eq!(domestic.status["test"].customer, Status::Domestic);
    assert_eq!(domestic.decision, Decision::Approve);

    let case = delaware(&[("70", "US", true), ("30", "DE", true)]);
    let foreign = case.assess(&programme());
    assert_eq!(foreign.status["test"].customer, Status::Foreign);
    assert_eq!(
        missing(&foreign),
        [(case.holder, "legal_name verified".to_owned())]
    );

    let below = delaware(&[("76", "US", true), ("24", "DE", true)]).assess(&programme());
    assert_eq!(below.status["test"].customer, Status::Domestic);
}

#[test]
fn r_007_an_owner_who_claims_to_be_domestic_is_asked_to_show_it() {
    let case = delaware(&[("70", "US", true), ("30", "US", false)]);
    let assessment = case.assess(&programme());
    assert_eq!(assessment.status["test"].customer, Status::Undetermined);
    let [(owner, proof)] = missing(&assessment).try_into().unwrap();
    assert_ne!(owner, case.holder);
    assert_eq!(proof, "citizenship validated");
}

#[test]
fn r_007_a_company_that_names_no_owners_is_not_cleared_by_silence() {
    let mut case = delaware(&[]);
    let holder = case.holder;
    let silent = case.assess(&programme());
    assert_eq!(silent.status["test"].customer, Status::Undetermined);
    assert_eq!(
        missing(&silent),
        [(holder, "ownership_statement validated".to_owned())]
    );
    // A word alone clears nobody; that it was looked into does.
    let word = case.claim(holder, "ownership_statement", true);
    let said = case.assess(&programme());
    assert_eq!(said.status["test"].customer, Status::Undetermined);
    case.pass(holder, "ownership", word);
    assert_eq!(
        case.assess(&programme()).status["test"].customer,
        Status::Domestic
    );
}

#[test]
fn r_008_status_as_known_before_and_after_a_correction() {
    let mut case = Case::person();
    let holder = case.holder;
    let claim = case.claim(holder, "present_location", "US");
    case.pass(holder, "letter", claim);
    case.clock = at("2026-03-01T00:00:00Z");
    let corrected = case.claim(holder, "present_location", "CA");
    case.pass(holder, "letter", corrected);
    let known = |known_at: &str| {
        let dossier = Dossier::fold(case.facts.clone(), Some(at(known_at))).unwrap();
        judge(&dossier, &programme(), at(known_at)).status["test"].customer
    };
    assert_eq!(known("2026-02-01T00:00:00Z"), Status::Domestic);
    assert_eq!(known("2026-03-01T00:00:00Z"), Status::Foreign);
}

#[test]
fn r_008_a_location_counts_only_while_it_is_so() {
    let mut case = Case::person();
    let holder = case.holder;
    let claim = case.claim(holder, "present_location", "US");
    case.valid(None, Some("2026-06-01"));
    case.pass(holder, "letter", claim);
    let until = case.assess(&programme());
    assert_eq!(until.status["test"].customer, Status::Domestic);
    assert_eq!(until.review_at, Some(at("2026-06-01T00:00:00Z")));
    let after = case.assess_at(&programme(), at("2026-06-01T00:00:00Z"));
    assert_eq!(after.status["test"].customer, Status::Undetermined);
}

#[test]
fn r_009_a_network_address_never_clears() {
    let mut case = Case::person();
    let holder = case.holder;
    let address = case.claim(holder, "ip_country", "US");
    case.pass(holder, "geo", address);
    let german = case.claim(holder, "citizenship", "DE");
    case.pass(holder, "passport", german);
    assert_eq!(
        case.assess(&programme()).status["test"].customer,
        Status::Foreign
    );
}

#[test]
fn r_007_owners_of_a_parent_are_not_hidden_by_silence() {
    let mut case = delaware(&[]);
    let holder = case.holder;
    let parent = case.party(PartyKind::Organisation);
    case.owner(parent, holder, "100");
    let place = case.claim(parent, "place_of_organisation", "US");
    case.pass(parent, "register", place);
    let silent = case.assess(&programme());
    assert_eq!(silent.status["test"].customer, Status::Undetermined);
    assert_eq!(
        missing(&silent),
        [(parent, "ownership_statement validated".to_owned())]
    );
    let owner = case.party(PartyKind::Person);
    case.owner(owner, parent, "100");
    let citizen = case.claim(owner, "citizenship", "US");
    case.pass(owner, "passport", citizen);
    let named = case.assess(&programme());
    assert_eq!(named.status["test"].customer, Status::Domestic);
}

#[test]
fn r_007_one_named_owner_and_a_word_do_not_clear_a_company() {
    let mut case = delaware(&[]);
    let holder = case.holder;
    let token = case.party(PartyKind::Person);
    case.owner(token, holder, "26");
    let citizen = case.claim(token, "citizenship", "US");
    case.pass(token, "passport", citizen);
    let word = case.claim(holder, "ownership_statement", true);
    let said = case.assess(&programme());
    assert_eq!(said.status["test"].customer, Status::Undetermined);
    let asked = (holder, "ownership_statement validated".to_owned());
    assert!(missing(&said).contains(&asked), "{:?}", missing(&said));
    case.pass(holder, "ownership", word);
    let shown = case.assess(&programme());
    assert_eq!(shown.status["test"].customer, Status::Domestic);
}
