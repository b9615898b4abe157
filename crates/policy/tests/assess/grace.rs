//! Accounts of an earlier system: they run as they did until their date, then under the pack's terms, then the terms end.

use bonafide_model::Fact;
use bonafide_policy::{Assessment, Decision};

use crate::case::{Case, at, one, requirement};

const DATE: &str = "2026-06-01T00:00:00Z";

/// An account opened years ago, taken over on the day of the case, to be verified by a date.
fn taken_over(verify_by: Option<&str>) -> Case {
    let mut case = Case::person();
    for fact in &mut case.facts {
        if let Fact::Account(account) = fact {
            account.opened_at = at("2015-06-01T00:00:00Z");
            account.verify_by = verify_by.map(at);
        }
    }
    case
}

fn asking(while_missing: &str) -> String {
    let terms = "[terms.provisional]\nduration = \"P14D\"\non_expiry = \"refuse\"\ncitations = [\"law\"]\n\
                 [terms.provisional.entitlements]\nprovision = true\ninstances_max = 1\n";
    let need = requirement("name", "party", "legal_name", "asserted", "");
    let need = need.replace("\"provisional\"", &format!("\"{while_missing}\""));
    format!("{need}\n{terms}")
}

fn summary(of: &Assessment) -> (Decision, bool, Option<u32>) {
    (
        of.decision,
        of.entitlements.provision,
        of.entitlements.instances_max,
    )
}

#[test]
fn r_004_an_account_runs_as_it_did_then_under_terms_then_no_more() {
    for while_missing in ["provisional", "refer"] {
        let (case, pack) = (taken_over(Some(DATE)), one(&asking(while_missing)));
        let before = case.assess_at(&pack, at("2026-05-31T23:59:59.999Z"));
        assert_eq!(summary(&before), (Decision::Provisional, true, None));
        assert_eq!(before.missing.len(), 1);
        assert_eq!(
            (before.entitlements.expires_at, before.review_at),
            (Some(at(DATE)), Some(at(DATE)))
        );
    }
    let (case, pack) = (taken_over(Some(DATE)), one(&asking("provisional")));
    let restricted = case.assess_at(&pack, at(DATE));
    assert_eq!(summary(&restricted), (Decision::Provisional, true, Some(1)));
    assert_eq!(restricted.review_at, Some(at("2026-06-15T00:00:00Z")));
    let over = case.assess_at(&pack, at("2026-06-15T00:00:00Z"));
    assert_eq!(summary(&over), (Decision::Refuse, false, None));
    let refers = taken_over(Some(DATE)).assess_at(&one(&asking("refer")), at(DATE));
    assert_eq!(summary(&refers), (Decision::Refer, false, None));
}

#[test]
fn r_004_what_is_supplied_in_time_ends_the_matter() {
    let mut case = taken_over(Some(DATE));
    case.claim(case.holder, "legal_name", "Somebody");
    let assessment = case.assess_at(&one(&asking("provisional")), at("2027-01-01T00:00:00Z"));
    assert_eq!(assessment.decision, Decision::Approve);
    let early = case.assess_at(&one(&asking("provisional")), at("2026-02-01T00:00:00Z"));
    assert_eq!((early.decision, early.review_at), (Decision::Approve, None));
}

#[test]
fn a_rule_bites_whatever_the_date() {
    let rule = "[[rule]]\nid = \"r\"\nsubjects = [\"party\"]\nwhen = 'true'\noutcome = \"refuse\"\nband = \"high\"\n\
                public_reason = \"needs_review\"\ncitations = [\"law\"]\ntext = \"x\"\n";
    let pack = one(&(rule.to_owned() + &asking("provisional")));
    let assessment = taken_over(Some(DATE)).assess(&pack);
    assert_eq!(summary(&assessment), (Decision::Refuse, false, None));
}
