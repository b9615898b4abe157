//! What humans determined: which findings it settles, for how long, and what opens them again.

use bonafide_model::{CheckOutcome, DeterminedOutcome, Fact, PartyKind, ScreeningHit, Timestamp};
use bonafide_policy::{Band, Decision, PackSet, Standing};

use crate::case::{Case, STATUS, active, at, head, one, packs, requirement};

const SCORE: &str = "subject.screening_score_bp >= 9000";

fn rule(id: &str, subject: &str, when: &str, outcome: &str, more: &str) -> String {
    format!(
        "[[rule]]\nid = \"{id}\"\nsubjects = [\"{subject}\"]\nwhen = '{when}'\noutcome = \"{outcome}\"\nband = \"high\"\npublic_reason = \"needs_review\"\ntext = \"x\"\n{more}\n"
    )
}

fn hit_rule() -> PackSet {
    one(&rule(
        "hit",
        "party",
        SCORE,
        "refuse",
        "human_review = true\nscore_based = true",
    ))
}

fn terms(on_expiry: &str) -> String {
    format!(
        "[terms.provisional]\nduration = \"P14D\"\non_expiry = \"{on_expiry}\"\n[terms.provisional.entitlements]\ninstances_max = 1\n"
    )
}

/// A person with a hit on a list.
fn listed() -> Case {
    let mut case = Case::person();
    case.claim(case.holder, "legal_name", "Ada Example");
    case.screen(case.holder, 9500);
    case
}

/// Another screening, by the entries that it found.
fn screened(case: &mut Case, hits: &[(&str, u16)], left_out: u32) {
    case.screen(case.holder, 0);
    let Some(Fact::Screening(screening)) = case.facts.last_mut() else {
        panic!("a screening was recorded last");
    };
    screening.hits_left_out = left_out;
    screening.hits = hits
        .iter()
        .map(|(entry, score_bp)| ScreeningHit {
            list: "list".into(),
            entry: (*entry).into(),
            listed_name: "Listed".into(),
            score_bp: *score_bp,
            explanation: Vec::new(),
            entity: None,
        })
        .collect();
}

fn decided(case: &Case, packs: &PackSet, now: Timestamp) -> Decision {
    case.assess_at(packs, now).decision
}

#[test]
fn r_066_a_refusal_that_needs_a_human_comes_from_a_human_alone() {
    let (mut case, packs) = (listed(), hit_rule());
    assert_eq!(decided(&case, &packs, case.clock), Decision::Refer);
    let id = case.determine(&packs, "test/hit", DeterminedOutcome::Refuse, None);
    let refused = case.assess(&packs);
    let reason = &refused.reasons[0];
    assert_eq!(
        (refused.decision, refused.standing),
        (Decision::Refuse, Standing::Refused)
    );
    assert_eq!(
        (reason.determination, &*reason.rule),
        (Some(id), "test/hit")
    );
    assert!(reason.human_review && !refused.entitlements.provision);
    case.determine(&packs, "test/hit", DeterminedOutcome::Close, None);
    assert_eq!(case.assess(&packs).standing, Standing::Closing);
}

#[test]
fn a_hit_that_was_cleared_stays_cleared_for_that_very_hit() {
    let (mut case, packs) = (listed(), hit_rule());
    case.determine(&packs, "test/hit", DeterminedOutcome::Approve, None);
    let cleared = case.assess(&packs);
    assert_eq!(
        (cleared.decision, cleared.risk),
        (Decision::Approve, Band::Low)
    );
    case.clock = at("2026-03-01T00:00:00Z");
    screened(&mut case, &[("1", 9500)], 0);
    assert_eq!(decided(&case, &packs, case.clock), Decision::Approve);
    for (hits, left_out) in [
        (vec![("1", 9500), ("2", 9100)], 0),
        (vec![("2", 9500)], 0),
        (vec![("1", 9900)], 0),
        (vec![("1", 9500)], 7),
    ] {
        screened(&mut case, &hits, left_out);
        assert_eq!(
            decided(&case, &packs, case.clock),
            Decision::Refer,
            "{hits:?}"
        );
    }
    // What was looked at comes back, and is what was looked at.
    screened(&mut case, &[("1", 9500)], 0);
    assert_eq!(decided(&case, &packs, case.clock), Decision::Approve);
}

/// Another screening that found one entry, by its number, what the list says of it and what was asked.
fn found(case: &mut Case, entry: &str, entity: &str, asked: &str) {
    screened(case, &[(entry, 9500)], 0);
    let Some(Fact::Screening(screening)) = case.facts.last_mut() else {
        panic!("a screening was recorded last");
    };
    screening.asked = Some(asked.to_owned());
    screening.hits[0].entity = Some(entity.to_owned());
}

#[test]
fn somebody_else_stays_somebody_else_until_either_side_changes() {
    let (mut case, packs) = (listed(), hit_rule());
    found(&mut case, "1", "listed as A", "asked B");
    let end = at("2027-01-01T00:00:00Z");
    case.determine(&packs, "test/hit", DeterminedOutcome::Approve, Some(end));
    case.clock = at("2026-03-01T00:00:00Z");
    // The entry under another number, and scored otherwise by a later engine, is the one that was looked at.
    found(&mut case, "2", "listed as A", "asked B");
    assert_eq!(decided(&case, &packs, case.clock), Decision::Approve);
    for (entity, asked) in [("listed as AA", "asked B"), ("listed as A", "asked BB")] {
        found(&mut case, "1", entity, asked);
        assert_eq!(decided(&case, &packs, case.clock), Decision::Refer);
    }
    found(&mut case, "1", "listed as A", "asked B");
    assert_eq!(decided(&case, &packs, case.clock), Decision::Approve);
    assert_eq!(decided(&case, &packs, end), Decision::Refer, "it ends");
}

#[test]
fn fewer_hits_than_were_looked_at_open_nothing() {
    let (mut case, packs) = (listed(), hit_rule());
    screened(&mut case, &[("1", 9500), ("2", 9200)], 0);
    case.determine(&packs, "test/hit", DeterminedOutcome::Approve, None);
    screened(&mut case, &[("2", 9200)], 0);
    assert_eq!(decided(&case, &packs, case.clock), Decision::Approve);
}

#[test]
fn hits_that_were_left_out_are_looked_at_at_each_screening() {
    let (mut case, packs) = (listed(), hit_rule());
    screened(&mut case, &[("1", 9500)], 3);
    case.determine(&packs, "test/hit", DeterminedOutcome::Approve, None);
    assert_eq!(decided(&case, &packs, case.clock), Decision::Approve);
    case.clock = at("2026-01-02T00:00:00Z");
    screened(&mut case, &[("1", 9500)], 3);
    assert_eq!(decided(&case, &packs, case.clock), Decision::Refer);
}

#[test]
fn a_determination_counts_from_its_instant_until_it_expires() {
    let (mut case, packs) = (listed(), hit_rule());
    let end = at("2026-02-01T00:00:00Z");
    case.clock = at("2026-01-02T00:00:00Z");
    case.determine(&packs, "test/hit", DeterminedOutcome::Approve, Some(end));
    let first = case.assess(&packs);
    assert_eq!(
        (first.decision, first.review_at),
        (Decision::Approve, Some(end))
    );
    assert_eq!(
        decided(&case, &packs, at("2026-01-31T23:59:59.999Z")),
        Decision::Approve
    );
    assert_eq!(decided(&case, &packs, end), Decision::Refer);
    let before = case.assess_at(&packs, at("2026-01-01T12:00:00Z"));
    let begins = Some(at("2026-01-02T00:00:00Z"));
    assert_eq!(
        (before.decision, before.review_at),
        (Decision::Refer, begins)
    );
}

#[test]
fn only_the_last_determination_of_a_finding_counts() {
    let (mut case, packs) = (listed(), hit_rule());
    case.determine(&packs, "test/hit", DeterminedOutcome::Refuse, None);
    case.clock = at("2026-01-02T00:00:00Z");
    let end = at("2026-02-01T00:00:00Z");
    case.determine(&packs, "test/hit", DeterminedOutcome::Approve, Some(end));
    assert_eq!(decided(&case, &packs, case.clock), Decision::Approve);
    // When the appeal's answer has expired, the refusal before it does not come back: the question does.
    assert_eq!(decided(&case, &packs, end), Decision::Refer);
}

#[test]
fn a_determination_of_another_account_settles_nothing() {
    let (mut case, packs) = (listed(), hit_rule());
    case.determine(&packs, "test/hit", DeterminedOutcome::Approve, None);
    let Some(Fact::Determination(determination)) = case.facts.last_mut() else {
        panic!("a determination was recorded last");
    };
    determination.account = bonafide_model::AccountId::from_bits(99);
    assert_eq!(decided(&case, &packs, case.clock), Decision::Refer);
}

#[test]
fn what_a_pack_refuses_outright_nobody_lifts() {
    let mut case = listed();
    let packs = one(&rule("outright", "party", SCORE, "refuse", ""));
    let found = case.findings(&packs);
    assert_eq!((found.len(), found[0].open), (1, false));
    case.determine(&packs, "test/outright", DeterminedOutcome::Approve, None);
    assert_eq!(decided(&case, &packs, case.clock), Decision::Refuse);
}

#[test]
fn an_owner_who_came_later_was_not_looked_at() {
    let foreign = "owners.exists(o, o.citizenship.exists(c, c == \"CN\"))";
    let packs = one(&format!(
        "{STATUS}{}",
        rule("foreign", "party", foreign, "refer", "")
    ));
    let mut case = Case::organisation();
    let holder = case.holder;
    let owner = |case: &mut Case, country: &str| {
        let owner = case.party(PartyKind::Person);
        case.owner(owner, holder, "30");
        case.claim(owner, "citizenship", country);
        owner
    };
    let first = owner(&mut case, "CN");
    case.determine(&packs, "test/foreign", DeterminedOutcome::Approve, None);
    assert_eq!(decided(&case, &packs, case.clock), Decision::Approve);
    // The same said once more is nothing new; another value is, and another owner is.
    case.claim(first, "citizenship", "CN");
    assert_eq!(decided(&case, &packs, case.clock), Decision::Approve);
    let mut moved = Case::organisation();
    moved.facts.clone_from(&case.facts);
    moved.claim(first, "citizenship", "RU");
    assert_eq!(decided(&moved, &packs, case.clock), Decision::Refer);
    owner(&mut case, "DE");
    assert_eq!(decided(&case, &packs, case.clock), Decision::Refer);
}

#[test]
fn another_check_that_failed_is_another_doubt() {
    let failure = "[[failure]]\nid = \"doubt\"\nsubject = \"party\"\nwhen = 'subject.failed_checks >= 1'\noutcome = \"refer\"\npublic_reason = \"x\"\nappeal = true\ntext = \"x\"\n";
    let packs = one(failure);
    let mut case = Case::person();
    let name = case.claim(case.holder, "legal_name", "Ada Example");
    case.check(case.holder, "passport", &[name], CheckOutcome::Fail);
    case.determine(&packs, "test/doubt", DeterminedOutcome::Approve, None);
    assert_eq!(decided(&case, &packs, case.clock), Decision::Approve);
    case.check(case.holder, "name-question", &[name], CheckOutcome::Fail);
    assert_eq!(decided(&case, &packs, case.clock), Decision::Refer);
}

#[test]
fn r_063_a_requirement_can_be_waived_for_somebody_who_cannot_meet_it() {
    let parts = format!(
        "{}{}",
        requirement("name", "party", "legal_name", "verified", ""),
        terms("refuse")
    );
    let packs = one(&parts);
    let mut case = Case::person();
    case.claim(case.holder, "legal_name", "Ada Example");
    let before = case.assess(&packs);
    assert_eq!(
        (before.decision, before.missing.len()),
        (Decision::Provisional, 1)
    );
    case.determine(&packs, "test/name", DeterminedOutcome::Approve, None);
    let waived = case.assess(&packs);
    assert_eq!(
        (waived.decision, waived.missing.len()),
        (Decision::Approve, 0)
    );
    assert_eq!((waived.review_at, waived.reasons.len()), (None, 1));
    // A name that nobody looked at is asked for again.
    case.claim(case.holder, "legal_name", "Ada Other");
    assert_eq!(decided(&case, &packs, case.clock), Decision::Provisional);
}

#[test]
fn r_063_more_time_can_be_given_and_ends() {
    let parts = format!(
        "{}{}",
        requirement("name", "party", "legal_name", "verified", ""),
        terms("refuse")
    );
    let packs = one(&parts);
    let mut case = Case::person();
    case.clock = at("2026-01-20T00:00:00Z");
    assert_eq!(decided(&case, &packs, case.clock), Decision::Refuse);
    let end = at("2026-02-20T00:00:00Z");
    case.determine(
        &packs,
        "test/terms-provisional",
        DeterminedOutcome::Approve,
        Some(end),
    );
    let longer = case.assess(&packs);
    assert_eq!(
        (longer.decision, longer.standing),
        (Decision::Provisional, Standing::Provisional)
    );
    assert_eq!(longer.entitlements.expires_at, Some(end));
    assert_eq!(longer.entitlements.instances_max, Some(1));
    assert_eq!(decided(&case, &packs, end), Decision::Refuse);
    // Saying a name is no new question: it is still the name that lacks.
    case.claim(case.holder, "legal_name", "Ada Example");
    assert_eq!(decided(&case, &packs, case.clock), Decision::Provisional);
}

#[test]
fn monitoring_and_restricting_are_measures_with_their_own_limits() {
    let parts = format!(
        "{}{}",
        rule("hit", "party", SCORE, "refer", "human_review = true"),
        terms("refuse")
    );
    let packs = one(&parts);
    let mut case = listed();
    case.determine(&packs, "test/hit", DeterminedOutcome::Monitor, None);
    // No clock runs for what a human decided.
    for now in [case.clock, at("2027-01-01T00:00:00Z")] {
        let watched = case.assess_at(&packs, now);
        assert_eq!(
            (watched.decision, watched.standing),
            (Decision::Provisional, Standing::Monitored)
        );
        assert_eq!(
            (watched.entitlements.instances_max, watched.risk),
            (Some(1), Band::High)
        );
    }
    case.determine(&packs, "test/hit", DeterminedOutcome::Restrict, None);
    let restricted = case.assess(&packs);
    assert_eq!(
        (restricted.standing, restricted.entitlements.provision),
        (Standing::Restricted, false)
    );
}

#[test]
fn r_062_the_end_of_the_terms_does_what_the_pack_says() {
    for (word, decision, standing, provision) in [
        ("monitor", Decision::Provisional, Standing::Monitored, true),
        (
            "restrict",
            Decision::Provisional,
            Standing::Restricted,
            false,
        ),
        ("refer", Decision::Refer, Standing::InReview, false),
        ("refuse", Decision::Refuse, Standing::Refused, false),
        ("close", Decision::Refuse, Standing::Closing, false),
    ] {
        let parts = format!(
            "{}{}",
            requirement("name", "party", "legal_name", "asserted", ""),
            terms(word)
        );
        let case = Case::person();
        let end = at("2026-01-15T00:00:00Z");
        let before = case.assess(&one(&parts));
        assert_eq!(
            (before.standing, before.review_at),
            (Standing::Provisional, Some(end))
        );
        let after = case.assess_at(&one(&parts), end);
        let found = (after.decision, after.standing, after.entitlements.provision);
        assert_eq!(found, (decision, standing, provision), "{word}");
        assert_eq!(after.entitlements.expires_at, None);
    }
}

#[test]
fn r_066_a_pack_can_leave_every_refusal_to_a_human() {
    let machine = head(
        "machine",
        "in_force",
        &format!(
            "{}{}",
            requirement("name", "party", "legal_name", "verified", ""),
            terms("close")
        ),
    );
    let human = head("human", "in_force", "[decision]\nmode = \"human\"\n");
    let mut case = Case::person();
    case.clock = at("2026-02-01T00:00:00Z");
    let alone = packs(vec![active(&machine)]);
    assert_eq!(case.assess(&alone).standing, Standing::Closing);
    let both = packs(vec![active(&machine), active(&human)]);
    let held = case.assess(&both);
    assert_eq!(
        (held.decision, held.standing),
        (Decision::Refer, Standing::InReview)
    );
    assert!(held.reasons[0].human_review);
    case.determine(
        &both,
        "machine/terms-provisional",
        DeterminedOutcome::Close,
        None,
    );
    assert_eq!(case.assess(&both).standing, Standing::Closing);
}

#[test]
fn a_dry_run_is_nothing_to_determine() {
    let parts = rule("hit", "party", SCORE, "refer", "");
    let case = listed();
    let packs = packs(vec![active(&head("dry", "proposed", &parts))]);
    assert_eq!(case.assess(&packs).dry_run.len(), 1);
    assert_eq!(case.findings(&packs), []);
}
