//! The shipped packs read without a mistake and hold what they say.

use std::collections::BTreeSet;

use bonafide_model::Registry;
use bonafide_policy::builtin::{DEFAULT, PACKS};
use bonafide_policy::pack::{Force, Outcome, Pack};

use crate::common::{parse, shipped};

#[test]
fn all_shipped_packs_parse_and_bear_their_names() {
    for (name, text) in PACKS {
        let pack = parse(name, text);
        assert_eq!(&*pack.id, name);
        assert!(!pack.citations.is_empty(), "{name}");
    }
}

#[test]
fn every_attribute_and_class_is_in_the_registry() {
    let registry = Registry::builtin();
    for (name, text) in PACKS {
        let pack = parse(name, text);
        for requirement in &pack.requirements {
            assert!(!requirement.citations.is_empty() && !requirement.why.is_empty());
            for attribute in &requirement.attributes {
                assert!(registry.get(attribute).is_some(), "{name}: {attribute}");
            }
        }
        for term in &pack.retention {
            assert!(
                registry.classes().contains_key(&*term.class),
                "{name}: {}",
                term.class
            );
        }
        assert!(
            registry.regimes().contains(&pack.regime.to_string()),
            "{name}"
        );
    }
}

/// What an applicant may come to hand over, an any-of counted once; what the provider finds out itself is not counted.
fn fields(pack: &Pack) -> BTreeSet<Vec<String>> {
    let asked = pack.requirements.iter();
    asked
        .map(|r| {
            r.attributes
                .iter()
                .map(|a| a.to_string())
                .collect::<Vec<_>>()
        })
        .filter(|attributes| attributes != &["list_screening"] && attributes != &["signup_ip"])
        .collect()
}

#[test]
fn r_172_the_default_pack_asks_five_fields_and_four_of_any_one_applicant() {
    let pack = shipped(DEFAULT);
    let expected: BTreeSet<Vec<String>> = [
        vec!["legal_name"],
        vec!["email"],
        vec!["payment_token"],
        vec!["place_of_organisation"],
        vec!["present_location", "citizenship", "permanent_residence"],
    ]
    .into_iter()
    .map(|names| names.into_iter().map(str::to_owned).collect())
    .collect();
    assert_eq!(fields(&pack), expected);
    let of_one_kind = pack.requirements.iter().filter(|r| {
        r.when
            .as_ref()
            .is_some_and(|w| w.source().starts_with("subject.kind"))
    });
    assert_eq!(
        of_one_kind.count(),
        2,
        "a country of persons, another of organisations: nobody is asked both"
    );
    assert!(fields(&shipped("small-provider")).len() <= 6);
}

#[test]
fn r_028_no_shipped_pack_asks_for_a_national_number_or_a_portrait() {
    for (name, text) in PACKS {
        for requirement in &parse(name, text).requirements {
            for never in ["national_id_number", "portrait_match", "birth_date"] {
                assert!(
                    !requirement.attributes.iter().any(|a| **a == *never),
                    "{name}: {never}"
                );
            }
        }
    }
}

#[test]
fn r_066_no_shipped_pack_refuses_by_a_score_alone() {
    for (name, text) in PACKS {
        for rule in &parse(name, text).rules {
            let by_score = rule.when.source().contains("screening_score_bp");
            assert_eq!(rule.score_based, by_score, "{name}/{}", rule.id);
            assert!(
                rule.outcome != Outcome::Refuse || !by_score || rule.human_review,
                "{name}/{}",
                rule.id
            );
        }
    }
}

#[test]
fn r_022_the_proposed_programme_names_the_elements_thresholds_and_terms_it_follows() {
    let pack = shipped("us-iaas-cip");
    assert_eq!(
        (pack.force, pack.home.as_deref()),
        (Force::Proposed, Some("US"))
    );
    let asked: BTreeSet<&str> = pack
        .requirements
        .iter()
        .flat_map(|r| r.attributes.iter().map(|a| &**a))
        .collect();
    for element in [
        "legal_name",
        "residential_address",
        "business_address",
        "payment_means",
        "payment_token",
        "email",
        "phone",
        "signup_ip",
        "place_of_organisation",
        "place_of_use",
    ] {
        assert!(asked.contains(element), "{element}");
    }
    let owners = pack.beneficial_owner.as_ref().unwrap();
    assert_eq!((owners.threshold.ppm(), owners.control), (250_000, true));
    for class in [
        "identity",
        "contact",
        "payment",
        "ownership",
        "access",
        "usage",
        "verification",
        "decision",
    ] {
        let term = pack.retention.iter().find(|t| *t.class == *class).unwrap();
        assert_eq!(term.min.unwrap().to_string(), "P2Y", "{class}");
    }
    for name in ["foreign_of_concern", "parent_under_arms_embargo"] {
        assert!(
            pack.predicates.keys().any(|k| **k == *name),
            "{name} stands apart from `foreign`"
        );
    }
    let cautions = pack
        .citations
        .iter()
        .filter(|c| c.text.contains("89 FR 5698"));
    assert!(cautions.clone().count() >= 3);
    assert!(
        cautions
            .clone()
            .all(|c| c.note.as_deref().unwrap().contains("other numbers"))
    );
}
