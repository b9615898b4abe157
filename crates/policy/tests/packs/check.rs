//! Contradictions are found, named on both sides, and never resolved (R-105).

use bonafide_model::Registry;
use bonafide_policy::builtin::PACKS;
use bonafide_policy::check::{Finding, FindingKind, Severity, check};
use bonafide_policy::method::MethodSet;
use bonafide_policy::pack::Pack;

use crate::common::{HEAD, inline, parse, shipped};

fn found(packs: &[Pack]) -> Vec<Finding> {
    let packs: Vec<&Pack> = packs.iter().collect();
    check(&packs, &Registry::builtin(), &MethodSet::builtin())
}

fn kinds(found: &[Finding]) -> Vec<(FindingKind, Severity)> {
    found.iter().map(|f| (f.kind, f.severity)).collect()
}

#[test]
fn r_105_all_shipped_packs_together_clash_only_where_traders_data_must_go_after_six_months() {
    let packs: Vec<Pack> = PACKS.iter().map(|(name, text)| parse(name, text)).collect();
    let found = found(&packs);
    let clashes: Vec<String> = found.iter().map(|f| f.sides[0].part.clone()).collect();
    assert_eq!(
        clashes,
        [
            "retention/contact",
            "retention/identity",
            "retention/payment"
        ],
        "{found:#?}"
    );
    for finding in &found {
        assert_eq!(
            (finding.kind, finding.severity),
            (FindingKind::TermClash, Severity::Error)
        );
        let sides: Vec<(&str, &str)> = finding
            .sides
            .iter()
            .map(|s| (s.pack.as_str(), &*s.citations[0].text))
            .collect();
        assert_eq!(
            sides[0],
            (
                "us-iaas-cip",
                "89 FR 5698 (29 Jan 2024), proposed 15 CFR 7.302"
            )
        );
        assert_eq!(
            sides[1],
            ("eu-dsa-trader", "Regulation (EU) 2022/2065, Article 30(5)")
        );
        assert!(finding.message.contains("P2Y") && finding.message.contains("P6M"));
    }
}

#[test]
fn each_shipped_pack_alone_contradicts_nothing() {
    for (name, text) in PACKS {
        assert_eq!(found(&[parse(name, text)]), [], "{name}");
    }
}

#[test]
fn a_longer_minimum_from_an_earlier_anchor_may_clash_and_an_equal_one_does_not() {
    let term = |anchor: &str, bound: &str| {
        inline(&format!(
            "[[retention]]\nclass = \"screening\"\nanchor = \"{anchor}\"\n{bound}\ncitations = [\"c\"]\n"
        ))
    };
    let ten_from_record = term("recorded", "min = \"P10Y\"");
    let three_from_closing = term("account_closed", "max = \"P3Y\"");
    assert_eq!(
        kinds(&found(&[ten_from_record, three_from_closing])),
        [(FindingKind::TermClash, Severity::Warning)]
    );
    assert_eq!(
        found(&[
            term("recorded", "min = \"P2Y\""),
            term("recorded", "max = \"P24M\"")
        ]),
        []
    );
    let within = "min = \"P3Y\"\nmax = \"P2Y\"";
    assert_eq!(
        kinds(&found(&[term("recorded", within)])),
        [(FindingKind::TermClash, Severity::Error)]
    );
}

#[test]
fn what_is_required_and_prohibited_is_found_with_both_citations() {
    let asks = inline(
        r#"
[[requirement]]
id = "number"
subject = "party"
attribute = "national_id_number"
assurance = "asserted"
while_missing = "refer"
citations = ["c"]
why = "For the test."
"#,
    );
    let found = found(&[asks, shipped("eu-gdpr")]);
    let hit = found
        .iter()
        .find(|f| f.kind == FindingKind::RequiredButProhibited)
        .unwrap();
    assert_eq!(hit.severity, Severity::Error);
    assert_eq!(
        hit.sides[0].citations[0].text.as_ref(),
        "Example Act, section 1"
    );
    assert!(hit.sides[1].citations[0].text.contains("Article 87"));
}

#[test]
fn an_exception_or_a_free_alternative_lifts_the_prohibition() {
    let requirement = |what: &str| {
        format!(
            "[[requirement]]\nid = \"number\"\nsubject = \"party\"\n{what}\nassurance = \"asserted\"\nwhile_missing = \"refer\"\ncitations = [\"c\"]\nwhy = \"For the test.\"\n"
        )
    };
    let prohibition = |except: &str| {
        format!(
            "[[prohibition]]\nid = \"none\"\nclass = \"national_id\"\naction = \"collect\"\nunless_required_by = [{except}]\ncitations = [\"c\"]\n"
        )
    };
    let number = requirement("attribute = \"national_id_number\"");
    let either = requirement("any_of = [\"national_id_number\", \"vat_number\"]");
    assert_eq!(
        found(&[inline(&(number.clone() + &prohibition("")))]).len(),
        1
    );
    assert_eq!(found(&[inline(&(number + &prohibition("\"small\"")))]), []);
    assert_eq!(found(&[inline(&(either + &prohibition("")))]), []);
}

#[test]
fn what_no_method_shows_is_found() {
    let asks = |assurance: &str| {
        inline(&format!(
            "[[requirement]]\nid = \"use\"\nsubject = \"party\"\nattribute = \"intended_use\"\nassurance = \"{assurance}\"\nwhile_missing = \"refer\"\ncitations = [\"c\"]\nwhy = \"For the test.\"\n"
        ))
    };
    assert_eq!(found(&[asks("asserted")]), [], "anybody can be asked");
    let found = found(&[asks("verified")]);
    assert_eq!(kinds(&found), [(FindingKind::CannotBeMet, Severity::Error)]);
    assert!(found[0].message.contains("`intended_use` as verified"));
}

#[test]
fn r_005_a_fact_of_the_status_that_no_method_shows_is_found_although_others_are_shown() {
    let pack = shipped("us-iaas-cip");
    let registry = Registry::builtin();
    let text = bonafide_policy::method::BUILTIN;
    let without: String = text
        .split_inclusive("\n\n")
        .filter(|method| !method.contains("\"present_location\", assurance"))
        .collect();
    let methods = MethodSet::parse("methods.toml", &without, &registry).unwrap();
    assert!(
        methods.get("location-letter-code").is_none() && methods.get("document-chip").is_some()
    );
    let found = check(&[&pack], &registry, &methods);
    assert_eq!(
        kinds(&found),
        [(FindingKind::CannotBeMet, Severity::Warning)],
        "{found:#?}"
    );
    assert!(found[0].message.contains("`present_location` as validated"));
    let parts: Vec<&str> = found[0].sides.iter().map(|s| s.part.as_str()).collect();
    assert_eq!(
        parts,
        [
            "status",
            "requirement/holder-status",
            "requirement/owner-status"
        ]
    );
}

#[test]
fn a_pack_without_force_may_not_claim_it() {
    let claiming = |force: &str, summary: &str| {
        let text = HEAD
            .replace("in_force", force)
            .replace("A pack of the tests.", summary);
        kinds(&found(&[parse("small", &text)]))
    };
    let finding = [(FindingKind::ForceWording, Severity::Error)];
    assert_eq!(
        claiming("proposed", "This rule is in force since 2024."),
        finding
    );
    assert_eq!(
        claiming("voluntary", "You are Legally Required to answer."),
        finding
    );
    assert_eq!(claiming("proposed", "A proposal; it is not in force."), []);
    assert_eq!(
        claiming("in_force", "This rule is in force since 2018."),
        []
    );
}

#[test]
fn r_066_a_rule_that_refuses_by_a_score_alone_is_found() {
    let rule = |review: bool| {
        inline(&format!(
            "[[rule]]\nid = \"score\"\nsubjects = [\"party\"]\nwhen = 'subject.screening_score_bp >= 9000'\noutcome = \"refuse\"\nband = \"high\"\nhuman_review = {review}\nscore_based = true\npublic_reason = \"needs_review\"\ncitations = [\"c\"]\ntext = \"For the test.\"\n"
        ))
    };
    assert_eq!(
        kinds(&found(&[rule(false)])),
        [(FindingKind::ScoreAloneRefuses, Severity::Warning)]
    );
    assert_eq!(found(&[rule(true)]), []);
}

#[test]
fn a_class_that_the_registry_in_use_no_longer_has_is_found() {
    let pack = shipped("eu-gdpr");
    let text = bonafide_model::registry::BUILTIN.replace("\"national_id\"", "\"official_number\"");
    let other = Registry::parse(&text).unwrap();
    let found = check(&[&pack], &other, &MethodSet::builtin());
    let unknown: Vec<&Finding> = found
        .iter()
        .filter(|f| f.kind == FindingKind::UnknownClass)
        .collect();
    assert_eq!(unknown.len(), 1, "{found:#?}");
    assert_eq!(unknown[0].sides[0].part, "retention/national_id");
}
