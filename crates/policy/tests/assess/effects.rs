//! Rules, failures, limits and clocks.

use bonafide_model::{CheckOutcome, PartyKind, Timestamp};
use bonafide_policy::{ActivePack, Band, Decision, PackSet};

use crate::case::{Case, active, at, head, one, packs, requirement};

fn rule(id: &str, when: &str, outcome: &str, more: &str) -> String {
    format!(
        "[[rule]]\nid = \"{id}\"\nsubjects = [\"party\"]\nwhen = '{when}'\noutcome = \"{outcome}\"\nband = \"high\"\npublic_reason = \"needs_review\"\ncitations = [\"law\"]\ntext = \"x\"\n{more}\n"
    )
}

fn decided(rules: &[String], case: &Case) -> Decision {
    case.assess(&one(&rules.concat())).decision
}

#[test]
fn the_strictest_outcome_decides_and_the_severest_stands_first() {
    let case = Case::person();
    let rules = ["provisional", "refer", "refuse", "watch"].map(|o| rule(o, "true", o, ""));
    let assessment = case.assess(&one(&rules.concat()));
    assert_eq!(
        (assessment.decision, assessment.risk),
        (Decision::Refuse, Band::High)
    );
    let effects: Vec<_> = assessment
        .reasons
        .iter()
        .map(|r| r.effect.as_str())
        .collect();
    assert_eq!(effects, ["refuse", "refer", "provisional", "approve"]);
    assert!(
        assessment
            .reasons
            .iter()
            .all(|r| r.citations[0].text.as_ref() == "Law of test")
    );
}

#[test]
fn what_is_not_known_fires_no_rule() {
    let mut case = Case::person();
    let rules = [rule(
        "listed",
        "subject.screening_score_bp >= 9000",
        "refer",
        "",
    )];
    assert_eq!(decided(&rules, &case), Decision::Approve);
    case.screen(case.holder, 8999);
    assert_eq!(decided(&rules, &case), Decision::Approve);
    case.screen(case.holder, 9000);
    assert_eq!(decided(&rules, &case), Decision::Refer);
    case.screen(case.holder, 0);
    assert_eq!(decided(&rules, &case), Decision::Approve);
}

#[test]
fn r_066_a_human_must_look_before_a_score_refuses() {
    let mut case = Case::person();
    case.screen(case.holder, 9900);
    let score = "subject.screening_score_bp >= 9000";
    let alone = rule("alone", score, "refuse", "score_based = true");
    assert_eq!(
        decided(std::slice::from_ref(&alone), &case),
        Decision::Refuse
    );
    let human = rule(
        "human",
        score,
        "refuse",
        "score_based = true\nhuman_review = true",
    );
    assert_eq!(decided(&[human], &case), Decision::Refer);
    // Another pack that wants a human to look holds the first pack's machine back as well.
    let other = head(
        "other",
        "in_force",
        &rule(
            "look",
            score,
            "refer",
            "score_based = true\nhuman_review = true",
        ),
    );
    let both = case.assess(&packs(vec![
        active(&head("test", "voluntary", &alone)),
        active(&other),
    ]));
    assert_eq!(both.decision, Decision::Refer);
    assert!(both.reasons.iter().all(|r| r.human_review));
}

#[test]
fn r_043_doubt_about_an_organisation_leads_to_those_who_steer_it() {
    let parts = format!(
        "[beneficial_owner]\nthreshold = \"25\"\ncomparison = \">=\"\ncontrol = false\nstrategy = \"all\"\n{}[[failure]]\nid = \"doubt\"\nsubject = \"party\"\nwhen = 'subject.failed_checks >= 1'\noutcome = \"refer\"\nadd_sub_subjects = [\"controller\"]\npublic_reason = \"could_not_verify\"\nappeal = true\ntext = \"x\"\n",
        requirement("owner-name", "owner", "legal_name", "verified", ""),
    );
    let mut case = Case::organisation();
    let holder = case.holder;
    let controller = case.party(PartyKind::Person);
    case.controller(controller, holder);
    let name = case.claim(holder, "legal_name", "Example GmbH");
    assert_eq!(case.assess(&one(&parts)).missing, []);
    case.check(holder, "register", &[name], CheckOutcome::Fail);
    let doubt = case.assess(&one(&parts));
    assert_eq!(
        doubt.missing.iter().map(|m| m.subject).collect::<Vec<_>>(),
        [controller]
    );
    let reason = &doubt.reasons[0];
    assert!(
        reason.appeal
            && reason.effect == Decision::Refer
            && reason.public_reason.as_ref() == "could_not_verify"
    );
}

fn terms(cap: u32, currency: &str) -> String {
    format!(
        "{}[terms.provisional]\nduration = \"P14D\"\non_expiry = \"refuse\"\ncitations = [\"law\"]\n[terms.provisional.entitlements]\ninstances_max = {cap}\nblocked_ports = [25, {cap}]\nspend_cap_minor = {cap}\ncurrency = \"{currency}\"\n",
        requirement("name", "party", "legal_name", "asserted", "")
    )
}

fn capped() -> PackSet {
    packs(vec![
        active(&head("one", "in_force", &terms(5, "USD"))),
        active(&head("two", "in_force", &terms(3, "USD"))),
        active(&head("three", "in_force", &terms(9, "EUR"))),
    ])
}

#[test]
fn r_061_the_strictest_limits_of_all_packs_hold_until_the_clock_runs_out() {
    let case = Case::person();
    let limits = case.assess(&capped()).entitlements;
    assert!(limits.provision);
    assert_eq!(
        (limits.instances_max, limits.blocked_ports),
        (Some(3), vec![3, 5, 9, 25])
    );
    let caps: Vec<_> = limits
        .spend_caps
        .iter()
        .map(|c| (c.minor, &*c.currency))
        .collect();
    assert_eq!(caps, [(9, "EUR"), (3, "USD")]);
    assert_eq!(limits.expires_at, Some(at("2026-01-15T00:00:00Z")));
}

#[test]
fn r_062_the_end_of_the_terms_refuses_without_an_operator() {
    let case = Case::person();
    let before = case.assess_at(&capped(), at("2026-01-14T23:59:59.999Z"));
    assert_eq!(
        (before.decision, before.review_at),
        (Decision::Provisional, Some(at("2026-01-15T00:00:00Z")))
    );
    let after = case.assess_at(&capped(), at("2026-01-15T00:00:00Z"));
    assert_eq!(
        (after.decision, after.entitlements.provision),
        (Decision::Refuse, false)
    );
    assert_eq!(after.reasons[0].rule.as_ref(), "one/terms-provisional");
}

#[test]
fn r_061_terms_that_a_rule_alone_made_end_too() {
    let rule = r#"
[[rule]]
id = "watched"
subjects = ["party"]
when = 'account.trial == false'
outcome = "provisional"
band = "medium"
public_reason = "needs_review"
citations = ["law"]
text = "Watched."
[terms.provisional]
duration = "P14D"
on_expiry = "refer"
citations = ["law"]
[terms.provisional.entitlements]
provision = true
instances_max = 1
"#;
    let case = Case::person();
    let before = case.assess_at(&one(rule), at("2026-01-14T23:59:59.999Z"));
    let end = Some(at("2026-01-15T00:00:00Z"));
    assert_eq!(
        (
            before.decision,
            before.entitlements.expires_at,
            before.review_at
        ),
        (Decision::Provisional, end, end)
    );
    let after = case.assess_at(&one(rule), at("2026-01-15T00:00:00Z"));
    assert_eq!(
        (after.decision, after.entitlements.provision),
        (Decision::Refer, false)
    );
}

#[test]
fn the_clock_of_what_lapsed_runs_from_its_lapse() {
    let parts = terms(1, "USD").replace(
        "assurance = \"asserted\"",
        "assurance = \"verified\"\nmax_age = \"P1Y\"",
    );
    let mut case = Case::person();
    let name = case.claim(case.holder, "legal_name", "Ada Example");
    case.pass(case.holder, "passport", name);
    let lapsed = case.assess_at(&one(&parts), at("2027-01-01T00:00:00Z"));
    assert_eq!(
        (lapsed.decision, lapsed.entitlements.expires_at),
        (Decision::Provisional, Some(at("2027-01-15T00:00:00Z")))
    );
    assert_eq!(
        case.assess_at(&one(&parts), at("2027-01-15T00:00:00Z"))
            .decision,
        Decision::Refuse
    );
}

#[test]
fn provisional_without_written_limits_provides_nothing() {
    let case = Case::person();
    let limits = case
        .assess(&one(&requirement(
            "name",
            "party",
            "legal_name",
            "asserted",
            "",
        )))
        .entitlements;
    assert!(!limits.provision);
}

#[test]
fn approval_may_have_limits_too() {
    let case = Case::person();
    let limits = case
        .assess(&one(
            "[terms.approve.entitlements]\nbandwidth_mbps_max = 100\n",
        ))
        .entitlements;
    assert_eq!(
        (limits.provision, limits.bandwidth_mbps_max),
        (true, Some(100))
    );
}

#[test]
fn an_account_whose_holder_is_not_recorded_is_referred() {
    let case = Case::person();
    let mut dossier = case.dossier();
    dossier.parties.clear();
    let assessment = crate::case::judge(&dossier, &one(""), case.clock);
    assert_eq!(
        (assessment.decision, assessment.reasons[0].rule.as_ref()),
        (Decision::Refer, "engine/unknown-holder")
    );
}

#[test]
fn an_age_turns_at_its_instant_or_just_after() {
    let case = Case::person();
    let turns = at("2026-01-11T00:00:00Z");
    let fires = |op: &str, millis: i64| {
        let when = format!("age(account.opened_at) {op} duration(\"P10D\")");
        let assessment = case.assess_at(
            &one(&rule("r", &when, "refer", "")),
            turns.plus_millis(millis),
        );
        (assessment.decision == Decision::Refer, assessment.review_at)
    };
    let after = turns.plus_millis(1);
    for (op, before, at_it, just_after) in [
        (">=", (false, Some(turns)), (true, None), (true, None)),
        ("<", (true, Some(turns)), (false, None), (false, None)),
        (
            ">",
            (false, Some(after)),
            (false, Some(after)),
            (true, None),
        ),
        (
            "<=",
            (true, Some(after)),
            (true, Some(after)),
            (false, None),
        ),
    ] {
        let found = (fires(op, -1), fires(op, 0), fires(op, 1));
        assert_eq!(found, (before, at_it, just_after), "{op}");
    }
}

#[test]
fn a_closed_account_provides_nothing_whatever_was_decided() {
    let mut case = Case::person();
    case.account().closed_at = Some(at("2026-01-03T00:00:00Z"));
    let open = case.assess_at(&one(""), at("2026-01-02T00:00:00Z"));
    assert!(open.entitlements.provision);
    assert_eq!(open.review_at, Some(at("2026-01-03T00:00:00Z")));
    let closed = case.assess_at(&one(""), at("2026-01-03T00:00:00Z"));
    assert_eq!(
        (closed.decision, closed.entitlements.provision),
        (Decision::Approve, false)
    );
}

#[test]
fn a_proposal_that_nobody_elected_plans_nothing() {
    let case = Case::person();
    let wants = |id: &str, force: &str, assurance: &str| {
        let asked = requirement("name", "party", "legal_name", assurance, "");
        active(&head(id, force, &asked))
    };
    let proposed = case.assess(&packs(vec![wants("one", "proposed", "verified")]));
    assert_eq!(
        (proposed.missing.len(), proposed.missing[0].proposed),
        (1, true)
    );
    assert_eq!(
        (proposed.plan.steps.len(), proposed.plan.unmet.len()),
        (0, 0)
    );
    // Together with a pack that bites, only what that one needs is planned.
    let law = wants("two", "in_force", "asserted");
    let alone = case.assess(&packs(vec![law.clone()]));
    let both = case.assess(&packs(vec![wants("one", "proposed", "verified"), law]));
    assert_eq!(both.missing[0].sources.len(), 2);
    assert_eq!(both.plan, alone.plan);
}

#[test]
fn r_062_saying_something_else_does_not_start_the_clock_anew() {
    let parts = terms(1, "USD").replace("asserted", "verified");
    let mut case = Case::person();
    let holder = case.holder;
    let name = case.claim(holder, "legal_name", "Ada Example");
    case.pass(holder, "passport", name);
    case.clock = at("2026-02-01T00:00:00Z");
    case.claim(holder, "legal_name", "Ada Other");
    case.clock = at("2026-02-10T00:00:00Z");
    let third = case.claim(holder, "legal_name", "Ada Third");
    let ends = case.assess(&one(&parts)).entitlements.expires_at;
    assert_eq!(ends, Some(at("2026-02-15T00:00:00Z")));
    case.check(holder, "passport", &[third], CheckOutcome::Fail);
    let ends = case.assess(&one(&parts)).entitlements.expires_at;
    assert_eq!(ends, Some(at("2026-02-15T00:00:00Z")));
}

/// Terms of two weeks while the name is not verified, or was long ago.
fn aged(more: &str) -> PackSet {
    let parts = terms(1, "USD").replace("assurance = \"asserted\"", "assurance = \"verified\"");
    one(&parts.replace("while_missing", &format!("{more}\nwhile_missing")))
}

fn ends(case: &Case, packs: &PackSet, now: &str) -> (Decision, Option<Timestamp>) {
    let assessment = case.assess_at(packs, at(now));
    (assessment.decision, assessment.entitlements.expires_at)
}

#[test]
fn r_062_another_value_after_the_age_ran_out_does_not_start_the_clock_anew() {
    let packs = aged("max_age = \"P30D\"");
    let mut case = Case::person();
    let name = case.claim(case.holder, "legal_name", "Ada Example");
    case.pass(case.holder, "passport", name);
    let end = Some(at("2026-02-14T00:00:00Z"));
    assert_eq!(
        ends(&case, &packs, "2026-02-01T00:00:00Z"),
        (Decision::Provisional, end)
    );
    case.clock = at("2026-02-10T00:00:00Z");
    let other = case.claim(case.holder, "legal_name", "Ada Other");
    assert_eq!(
        ends(&case, &packs, "2026-02-10T00:00:00Z"),
        (Decision::Provisional, end)
    );
    assert_eq!(
        ends(&case, &packs, "2026-02-14T00:00:00Z").0,
        Decision::Refuse
    );
    // Shown again, it is met, and lapses anew.
    case.pass(case.holder, "passport", other);
    assert_eq!(
        ends(&case, &packs, "2026-02-14T00:00:00Z").0,
        Decision::Approve
    );
    let next = Some(at("2026-03-26T00:00:00Z"));
    assert_eq!(
        ends(&case, &packs, "2026-03-12T00:00:00Z"),
        (Decision::Provisional, next)
    );
}

#[test]
fn r_062_what_never_met_the_need_starts_no_clock_when_it_lapses() {
    let parts = terms(1, "USD")
        .replace(
            "attribute = \"legal_name\"",
            "any_of = [\"legal_name\", \"citizenship\"]",
        )
        .replace("assurance = \"asserted\"", "assurance = \"verified\"");
    let packs = one(&parts);
    let mut case = Case::person();
    let holder = case.holder;
    let name = case.claim(holder, "legal_name", "Ada Example");
    let first = case.evidence(holder, "2026-01-31");
    case.check_with(holder, "passport", &[name], CheckOutcome::Pass, vec![first]);
    let end = Some(at("2026-02-15T00:00:00Z"));
    assert_eq!(
        ends(&case, &packs, "2026-02-01T00:00:00Z"),
        (Decision::Provisional, end)
    );
    // A citizenship is only ever validated here: that its proof runs out later is no new beginning.
    case.clock = at("2026-02-02T00:00:00Z");
    let citizen = case.claim(holder, "citizenship", "DE");
    let second = case.evidence(holder, "2026-02-05");
    case.check_with(
        holder,
        "passport",
        &[citizen],
        CheckOutcome::Pass,
        vec![second],
    );
    assert_eq!(
        ends(&case, &packs, "2026-02-08T00:00:00Z"),
        (Decision::Provisional, end)
    );
    assert_eq!(
        ends(&case, &packs, "2026-02-15T00:00:00Z").0,
        Decision::Refuse
    );
}

#[test]
fn r_062_a_check_that_fails_after_the_lapse_does_not_start_the_clock_anew() {
    let packs = aged("");
    let mut case = Case::person();
    let name = case.claim(case.holder, "legal_name", "Ada Example");
    let spent = case.evidence(case.holder, "2026-01-31");
    case.check_with(
        case.holder,
        "passport",
        &[name],
        CheckOutcome::Pass,
        vec![spent],
    );
    case.clock = at("2026-02-10T00:00:00Z");
    case.check(case.holder, "name-question", &[name], CheckOutcome::Fail);
    let end = Some(at("2026-02-15T00:00:00Z"));
    assert_eq!(
        ends(&case, &packs, "2026-02-10T00:00:00Z"),
        (Decision::Provisional, end)
    );
}

#[test]
fn r_062_a_check_that_fails_begins_the_clock_where_the_name_was_shown_till_then() {
    let packs = aged("");
    let mut case = Case::person();
    let name = case.claim(case.holder, "legal_name", "Ada Example");
    case.pass(case.holder, "passport", name);
    case.clock = at("2026-05-01T00:00:00Z");
    case.check(case.holder, "passport", &[name], CheckOutcome::Fail);
    let end = Some(at("2026-05-15T00:00:00Z"));
    assert_eq!(
        ends(&case, &packs, "2026-05-01T00:00:00Z"),
        (Decision::Provisional, end)
    );
}

#[test]
fn r_004_the_clocks_of_a_pack_do_not_run_before_it_is_in_use() {
    let watched = rule("watched", "account.trial == false", "provisional", "");
    let in_use = |text: &str| {
        packs(vec![ActivePack {
            active_since: Some(at("2026-06-01T00:00:00Z")),
            ..active(&head("late", "in_force", text))
        }])
    };
    let end = terms(1, "USD").find("[terms").unwrap();
    let ruled = format!("{watched}{}", &terms(1, "USD")[end..]);
    for text in [terms(1, "USD"), ruled] {
        let (old, packs) = (Case::person(), in_use(&text));
        let end = Some(at("2026-06-15T00:00:00Z"));
        assert_eq!(
            ends(&old, &packs, "2026-06-01T00:00:00Z"),
            (Decision::Provisional, end)
        );
        assert_eq!(
            ends(&old, &packs, "2026-06-15T00:00:00Z").0,
            Decision::Refuse
        );
        // An account that is opened later has its own time.
        let mut new = Case::person();
        new.account().opened_at = at("2026-07-01T00:00:00Z");
        let end = Some(at("2026-07-15T00:00:00Z"));
        assert_eq!(
            ends(&new, &packs, "2026-07-01T00:00:00Z"),
            (Decision::Provisional, end)
        );
    }
}
