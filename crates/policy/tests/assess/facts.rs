//! How surely something is known: claims, evidence and checks.

use bonafide_model::{Assurance, CheckOutcome, Fact, PartyKind};
use bonafide_policy::{Decision, PackSet, Why};

use crate::case::{Case, at, missing, one, requirement};

fn name_verified(more: &str) -> PackSet {
    one(&requirement(
        "name",
        "party",
        "legal_name",
        "verified",
        more,
    ))
}

fn why(case: &Case, packs: &PackSet) -> Option<(Why, Option<Assurance>)> {
    let assessment = case.assess(packs);
    assessment.missing.first().map(|m| (m.why, m.have))
}

#[test]
fn an_attribute_goes_from_absent_to_verified() {
    let mut case = Case::person();
    let (holder, packs) = (case.holder, name_verified(""));
    assert_eq!(why(&case, &packs), Some((Why::Absent, None)));
    let name = case.claim(holder, "legal_name", "Ada Example");
    assert_eq!(
        why(&case, &packs),
        Some((Why::TooWeak, Some(Assurance::Asserted)))
    );
    case.pass(holder, "name-question", name);
    assert_eq!(
        why(&case, &packs),
        Some((Why::TooWeak, Some(Assurance::Validated)))
    );
    case.pass(holder, "passport", name);
    assert_eq!(why(&case, &packs), None);
}

#[test]
fn a_later_failure_undoes_a_pass_and_a_later_pass_the_failure() {
    let mut case = Case::person();
    let (holder, packs) = (case.holder, name_verified(""));
    let name = case.claim(holder, "legal_name", "Ada Example");
    case.pass(holder, "passport", name);
    case.clock = at("2026-01-02T00:00:00Z");
    case.check(holder, "name-question", &[name], CheckOutcome::Fail);
    assert_eq!(
        why(&case, &packs),
        Some((Why::Failed, Some(Assurance::Asserted)))
    );
    case.clock = at("2026-01-03T00:00:00Z");
    case.pass(holder, "passport", name);
    assert_eq!(why(&case, &packs), None);
}

#[test]
fn an_inconclusive_run_is_no_pass_and_no_failure() {
    let mut case = Case::person();
    let (holder, packs) = (case.holder, name_verified(""));
    let name = case.claim(holder, "legal_name", "Ada Example");
    case.check(holder, "passport", &[name], CheckOutcome::Inconclusive);
    assert_eq!(
        why(&case, &packs),
        Some((Why::TooWeak, Some(Assurance::Asserted)))
    );
}

#[test]
fn r_071_saying_the_same_again_loses_nothing() {
    let mut case = Case::person();
    let (holder, packs) = (case.holder, name_verified(""));
    let name = case.claim(holder, "legal_name", "Ada Example");
    case.pass(holder, "passport", name);
    case.clock = at("2026-02-01T00:00:00Z");
    case.claim(holder, "legal_name", "Ada Example");
    assert_eq!(why(&case, &packs), None);
    case.claim(holder, "legal_name", "Ada Other");
    assert_eq!(
        why(&case, &packs),
        Some((Why::TooWeak, Some(Assurance::Asserted)))
    );
}

#[test]
fn a_check_of_somebody_else_shows_nothing() {
    let mut case = Case::person();
    let (holder, packs) = (case.holder, name_verified(""));
    let other = case.party(PartyKind::Person);
    let name = case.claim(holder, "legal_name", "Ada Example");
    case.pass(other, "passport", name);
    assert_eq!(
        why(&case, &packs),
        Some((Why::TooWeak, Some(Assurance::Asserted)))
    );
}

#[test]
fn an_unknown_method_shows_nothing_and_is_reported() {
    let mut case = Case::person();
    let (holder, packs) = (case.holder, name_verified(""));
    let name = case.claim(holder, "legal_name", "Ada Example");
    case.pass(holder, "crystal-ball", name);
    let assessment = case.assess(&packs);
    assert_eq!(assessment.missing[0].why, Why::TooWeak);
    let told = assessment
        .reasons
        .iter()
        .find(|r| &*r.rule == "engine/unknown-method");
    assert!(told.unwrap().text.contains("crystal-ball"));
}

#[test]
fn evidence_counts_through_its_last_day() {
    let mut case = Case::person();
    let (holder, packs) = (case.holder, name_verified(""));
    let name = case.claim(holder, "legal_name", "Ada Example");
    let passport = case.evidence(holder, "2026-05-31");
    case.check_with(
        holder,
        "passport",
        &[name],
        CheckOutcome::Pass,
        vec![passport],
    );
    let good = case.assess_at(&packs, at("2026-05-31T23:59:59.999Z"));
    assert_eq!(good.decision, Decision::Approve);
    assert_eq!(good.review_at, Some(at("2026-06-01T00:00:00Z")));
    let spent = case.assess_at(&packs, at("2026-06-01T00:00:00Z"));
    assert_eq!(spent.missing[0].why, Why::TooWeak);
}

#[test]
fn what_is_too_old_is_asked_again() {
    let mut case = Case::person();
    let (holder, packs) = (case.holder, name_verified("max_age = \"P1Y\""));
    let name = case.claim(holder, "legal_name", "Ada Example");
    case.clock = at("2026-01-10T12:00:00Z");
    case.pass(holder, "passport", name);
    let fresh = case.assess(&packs);
    assert_eq!(
        (fresh.decision, fresh.review_at),
        (Decision::Approve, Some(at("2027-01-10T12:00:00Z")))
    );
    let old = case.assess_at(&packs, at("2027-01-10T12:00:00Z"));
    assert_eq!(
        (old.missing[0].why, old.missing[0].have),
        (Why::TooOld, Some(Assurance::Verified))
    );
    assert_eq!(old.plan.steps[0].method.as_ref(), "passport");
}

#[test]
fn a_screening_counts_as_validated_and_grows_old() {
    let mut case = Case::person();
    let holder = case.holder;
    let packs = one(&requirement(
        "screened",
        "party",
        "list_screening",
        "validated",
        "max_age = \"P7D\"",
    ));
    case.claim(holder, "legal_name", "Ada Example");
    let first = case.assess(&packs);
    assert_eq!(
        first.automatic_steps("list-screening").collect::<Vec<_>>(),
        [holder]
    );
    case.screen(holder, 0);
    let screened = case.assess(&packs);
    assert_eq!(
        (screened.decision, screened.review_at),
        (Decision::Approve, Some(at("2026-01-08T00:00:00Z")))
    );
    let due = case.assess_at(&packs, at("2026-01-08T00:00:00Z"));
    assert_eq!(due.automatic_steps("list-screening").count(), 1);
}

#[test]
fn a_method_that_wants_to_wait_is_not_planned_until_then() {
    let mut case = Case::person();
    let holder = case.holder;
    let packs = one(&requirement(
        "screened",
        "party",
        "list_screening",
        "validated",
        "",
    ));
    case.claim(holder, "legal_name", "Ada Example");
    case.check(holder, "list-screening", &[], CheckOutcome::Inconclusive);
    let Some(Fact::Check(check)) = case.facts.last_mut() else {
        panic!()
    };
    check.retry_at = Some(at("2026-01-01T01:00:00Z"));
    let waiting = case.assess(&packs);
    assert_eq!(
        (waiting.plan.steps.len(), waiting.review_at),
        (0, Some(at("2026-01-01T01:00:00Z")))
    );
    let again = case.assess_at(&packs, at("2026-01-01T01:00:00Z"));
    assert_eq!(again.automatic_steps("list-screening").count(), 1);
}

#[test]
fn failed_checks_are_distinct_and_newest() {
    let failed = |n: i32| {
        let when = format!("subject.failed_checks >= {n}");
        one(&format!(
            "[[failure]]\nid = \"f\"\nsubject = \"party\"\nwhen = \"{when}\"\noutcome = \"refer\"\npublic_reason = \"x\"\ntext = \"x\"\n"
        ))
    };
    let mut case = Case::person();
    let holder = case.holder;
    let name = case.claim(holder, "legal_name", "Ada Example");
    let email = case.claim(holder, "email", "ada@example.org");
    // One check of two claims, run twice: one failure. Another method: a second.
    case.check(holder, "passport", &[name, email], CheckOutcome::Fail);
    case.check(holder, "passport", &[name, email], CheckOutcome::Fail);
    assert_eq!(case.assess(&failed(1)).decision, Decision::Refer);
    assert_eq!(case.assess(&failed(2)).decision, Decision::Approve);
    case.check(holder, "email-code", &[email], CheckOutcome::Fail);
    assert_eq!(case.assess(&failed(2)).decision, Decision::Refer);
    // A later pass of the same method makes it good.
    case.pass(holder, "email-code", email);
    assert_eq!(case.assess(&failed(2)).decision, Decision::Approve);
}

#[test]
fn of_several_values_any_one_may_be_known_surely() {
    let mut case = Case::person();
    let holder = case.holder;
    let packs = one(&requirement("c", "party", "citizenship", "validated", ""));
    case.claim(holder, "citizenship", "DE");
    let second = case.claim(holder, "citizenship", "FR");
    assert_eq!(missing(&case.assess(&packs)).len(), 1);
    case.pass(holder, "passport", second);
    assert_eq!(missing(&case.assess(&packs)), []);
}

#[test]
fn an_unknown_attribute_counts_for_nothing_and_is_reported() {
    let mut case = Case::person();
    case.claim(case.holder, "legal_name", "Ada Example");
    let Some(Fact::Claim(claim)) = case.facts.last_mut() else {
        panic!()
    };
    claim.attribute = "legal_nmae".into();
    let assessment = case.assess(&name_verified(""));
    assert_eq!(assessment.missing[0].why, Why::Absent);
    let rules = assessment.reasons.iter().map(|r| &*r.rule);
    assert!(rules.into_iter().any(|r| r == "engine/unknown-attribute"));
}

const SCREENED: &str = "[[rule]]\nid = \"hit\"\nsubjects = [\"party\"]\nwhen = 'subject.screening_score_bp >= 9000'\noutcome = \"refer\"\nband = \"high\"\npublic_reason = \"needs_review\"\ncitations = [\"law\"]\ntext = \"x\"\n[[rule]]\nid = \"none\"\nsubjects = [\"party\"]\nwhen = 'subject.screening_score_bp < 9000'\noutcome = \"watch\"\nband = \"low\"\npublic_reason = \"none\"\ncitations = [\"law\"]\ntext = \"x\"\n";

fn screened() -> PackSet {
    let asked = requirement("screened", "party", "list_screening", "validated", "");
    one(&format!("{SCREENED}{asked}"))
}

#[test]
fn r_052_a_screening_counts_only_for_the_names_it_was_of() {
    let (mut case, packs) = (Case::person(), screened());
    let holder = case.holder;
    case.claim(holder, "legal_name", "Ada Example");
    case.screen(holder, 0);
    assert_eq!(why(&case, &packs), None);
    case.clock = at("2026-01-03T00:00:00Z");
    // Said again, or nothing that lists are asked with: it still counts.
    case.claim(holder, "legal_name", "Ada Example");
    case.claim(holder, "phone", "+14155550100");
    assert_eq!(why(&case, &packs), None);
    case.claim(holder, "legal_name", "Listed Person");
    let renamed = case.assess(&packs);
    assert_eq!(renamed.missing[0].why, Why::TooOld);
    assert!(renamed.reasons.iter().all(|r| &*r.rule != "test/none"));
    assert_eq!(renamed.automatic_steps("list-screening").count(), 1);
    case.screen(holder, 9500);
    assert_eq!(case.assess(&packs).decision, Decision::Refer);
    // Nobody is cleared by a new name.
    case.clock = at("2026-01-04T00:00:00Z");
    case.claim(holder, "legal_name", "Ada Example-Again");
    let hit = case.assess(&packs);
    assert_eq!(
        (hit.decision, hit.missing[0].why),
        (Decision::Refer, Why::TooOld)
    );
    case.screen(holder, 0);
    assert_eq!(case.assess(&packs).decision, Decision::Approve);
}

#[test]
fn r_052_a_name_that_begins_later_asks_for_a_screening_then() {
    let (mut case, packs) = (Case::person(), screened());
    let holder = case.holder;
    case.claim(holder, "legal_name", "Ada Example");
    case.claim(holder, "legal_name", "Ada Married");
    case.valid(Some("2026-03-01"), None);
    case.screen(holder, 0);
    let before = case.assess(&packs);
    assert_eq!(
        (before.missing.len(), before.review_at),
        (0, Some(at("2026-03-01T00:00:00Z")))
    );
    let begun = case.assess_at(&packs, at("2026-03-01T00:00:00Z"));
    assert_eq!(begun.missing[0].why, Why::TooOld);
}
