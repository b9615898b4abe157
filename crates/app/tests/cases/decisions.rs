//! Who decides: two where two are wanted, somebody else on appeal, and who stands in when there is one person only.

use bonafide_app::{
    Access, Accounts, Actor, CaseAnswer, CaseDecision, Cases, Door, OpenCase, Role, Second,
    Settling,
};
use bonafide_model::{
    AccountId, CaseClock, CaseId, CaseKind, CaseOutcome, CaseState, Ground, SecondPerson,
};

use super::place::{Place, actor, at, set_up, signed_up, verified};
use super::{App, all, dispute, officer, operations, texts};

async fn start(place: &Place) -> (App, CaseId) {
    let app = place.open().await.unwrap();
    set_up(&app).await;
    let answer = signed_up(&app, "Wilhelmina Jansen", "w.jansen@example.net").await;
    let wanted = dispute(answer.parties[0].id, "wrong birth date");
    let case = app.open_case(&officer("ana"), &wanted).await.unwrap();
    (app, case.id)
}

async fn match_review(app: &App, of: CaseId) -> CaseId {
    let party = app.case(&actor(), of).await.unwrap().party.unwrap();
    let wanted = OpenCase {
        kind: CaseKind::MatchReview,
        ..dispute(party, "the name is like one on a list")
    };
    app.open_case(&officer("ana"), &wanted).await.unwrap().id
}

fn decision(outcome: CaseOutcome) -> CaseDecision {
    CaseDecision {
        outcome,
        grounds: "looked at the papers".to_owned(),
        second: None,
        settling: Settling::default(),
    }
}

async fn refused(app: &App, who: &str, case: CaseId, decision: &CaseDecision) -> String {
    let refused = app.decide_case(&officer(who), case, decision).await;
    refused.unwrap_err().to_string()
}

#[tokio::test]
async fn two_people_decide_where_two_are_wanted() {
    let place = Place::new();
    let (app, of) = start(&place).await;
    let case = match_review(&app, of).await;
    let no_match = CaseOutcome::NoMatch;
    let alone = refused(&app, "ana", case, &decision(no_match)).await;
    assert!(alone.contains("two people decide"), "{alone}");
    let proposed = app
        .propose_in_case(
            &officer("ana"),
            case,
            no_match,
            "another birth date",
            &Settling::default(),
        )
        .await
        .unwrap();
    assert_eq!(proposed.state, CaseState::Proposed);
    let same = app.approve_case(&officer("ana"), case, "yes").await;
    let same = same.unwrap_err().to_string();
    assert!(same.contains("somebody else must approve"), "{same}");
    // One who does not agree sends it back, and another proposal is made.
    let back = app
        .return_case(&officer("ben"), case, "which papers?")
        .await
        .unwrap();
    assert_eq!((back.state, back.outcome), (CaseState::Open, None));
    app.propose_in_case(
        &officer("ana"),
        case,
        no_match,
        "passport seen",
        &Settling::default(),
    )
    .await
    .unwrap();
    let decided = app
        .approve_case(&officer("ben"), case, "agreed")
        .await
        .unwrap();
    assert_eq!(decided.state, CaseState::Decided);
    assert_eq!(decided.outcome, Some(no_match));
    assert_eq!(decided.decided_by.as_deref(), Some("ana"));
    assert_eq!(decided.approved_by.as_deref(), Some("ben"));
    assert_eq!(decided.second, Some(SecondPerson::Officer));
    let kinds: Vec<_> = texts(&app, case)
        .await
        .into_iter()
        .map(|(k, _)| k)
        .collect();
    assert_eq!(
        kinds,
        ["opened", "proposed", "returned", "proposed", "decided"]
    );
    assert_eq!(verified(&app).await, 0);
}

#[tokio::test]
async fn a_provider_can_want_two_people_for_more_kinds() {
    let place = Place::new();
    let (app, case) = start(&place).await;
    let two = "two_people = [\"dispute\"]";
    app.set_text(&actor(), "cases", two).await.unwrap();
    let alone = refused(&app, "ana", case, &decision(CaseOutcome::Correct)).await;
    assert!(alone.contains("two people decide"), "{alone}");
    let bad = app.set_text(&actor(), "cases", "calendar = \"mars\"").await;
    assert!(bad.unwrap_err().to_string().contains("eu-target"));
    // The setting is still there after a restart.
    app.close().await.unwrap();
    let app = place.open().await.unwrap();
    let alone = refused(&app, "ana", case, &decision(CaseOutcome::Correct)).await;
    assert!(alone.contains("two people decide"), "{alone}");
}

#[tokio::test]
async fn an_answer_is_one_of_its_kind_by_who_has_the_case_and_not_too_early() {
    let place = Place::new();
    let (app, case) = start(&place).await;
    let wrong = refused(&app, "ana", case, &decision(CaseOutcome::Approve)).await;
    assert!(wrong.contains("ends with correct, reject"), "{wrong}");
    app.take_case(&officer("ben"), case).await.unwrap();
    let taken = refused(&app, "ana", case, &decision(CaseOutcome::Reject)).await;
    assert!(taken.contains("is with `ben`"), "{taken}");
    let taken = app.take_case(&officer("ana"), case).await.unwrap_err();
    assert!(taken.to_string().contains("is with `ben`"), "{taken}");
    app.release_case(&officer("ben"), case).await.unwrap();
    let clock = CaseClock {
        earliest: Some(at("2026-11-26T00:00:00Z")),
        latest: Some(at("2026-11-30T00:00:00Z")),
    };
    app.set_case_clock(&actor(), case, clock, "she has two days to answer")
        .await
        .unwrap();
    let early = refused(&app, "ana", case, &decision(CaseOutcome::Reject)).await;
    assert!(early.contains("may not be decided before"), "{early}");
    assert_eq!(app.take_next_case(&actor(), None).await.unwrap(), None);
    place.clock.set(at("2026-11-26T00:00:00Z"));
    let reject = decision(CaseOutcome::Reject);
    app.decide_case(&officer("ana"), case, &reject)
        .await
        .unwrap();
    let again = refused(&app, "ana", case, &reject).await;
    assert!(again.contains("is decided and not open"), "{again}");
    let closed = app.close_case(&actor(), case, "told her").await.unwrap();
    assert_eq!(closed.outcome, Some(CaseOutcome::Reject));
    let again = app.close_case(&actor(), case, "told her").await;
    assert!(again.unwrap_err().to_string().contains("closed already"));
}

#[tokio::test]
async fn r_063_an_appeal_is_decided_by_somebody_else() {
    let place = Place::new();
    let (app, case) = start(&place).await;
    let early = app.appeal_case(&officer("clerk"), case, "no").await;
    assert!(early.unwrap_err().to_string().contains("not decided yet"));
    app.decide_case(&officer("ana"), case, &decision(CaseOutcome::Reject))
        .await
        .unwrap();
    let appeal = app
        .appeal_case(&officer("clerk"), case, "she sent a certificate")
        .await
        .unwrap();
    assert_eq!((appeal.kind, appeal.parent), (CaseKind::Appeal, Some(case)));
    // Twenty working days from a Tuesday.
    assert_eq!(appeal.due_at, Some(at("2026-12-23T00:00:00Z")));
    let twice = app.appeal_case(&officer("clerk"), case, "again").await;
    let twice = twice.unwrap_err().to_string();
    assert!(twice.contains(&appeal.id.to_string()), "{twice}");

    let uphold = decision(CaseOutcome::Uphold);
    let same = refused(&app, "ana", appeal.id, &uphold).await;
    assert!(same.contains("somebody else must decide"), "{same}");
    let same = app
        .propose_in_case(
            &officer("ana"),
            appeal.id,
            CaseOutcome::Uphold,
            "I was right",
            &Settling::default(),
        )
        .await;
    assert!(same.unwrap_err().to_string().contains("somebody else"));
    // The queue does not offer it to her either.
    assert_eq!(
        app.take_next_case(&officer("ana"), None).await.unwrap(),
        None
    );
    let next = app.take_next_case(&officer("ben"), None).await.unwrap();
    assert_eq!(next.unwrap().id, appeal.id);

    // Sent back: the first case is open again, and not for who decided it.
    let remit = decision(CaseOutcome::Remit);
    app.decide_case(&officer("ben"), appeal.id, &remit)
        .await
        .unwrap();
    let open = app.case(&actor(), case).await.unwrap();
    assert_eq!((open.state, open.outcome), (CaseState::Open, None));
    let same = refused(&app, "ana", case, &decision(CaseOutcome::Reject)).await;
    assert!(same.contains("somebody else must decide"), "{same}");
    app.decide_case(&officer("cleo"), case, &decision(CaseOutcome::Correct))
        .await
        .unwrap();
    let counts = app.case_counts(&actor()).await.unwrap();
    let remitted = counts.iter().find(|c| c.kind == CaseKind::Appeal).unwrap();
    assert_eq!(
        (remitted.outcome, remitted.cases, remitted.late),
        (Some(CaseOutcome::Remit), 1, false)
    );
    assert_eq!(verified(&app).await, 0);
}

#[tokio::test]
async fn cases_of_no_decision_and_of_some_kinds_cannot_be_contested_or_closed() {
    let place = Place::new();
    let (app, of) = start(&place).await;
    let case = app
        .open_case(&actor(), &operations("disk full"))
        .await
        .unwrap();
    app.decide_case(&actor(), case.id, &decision(CaseOutcome::Done))
        .await
        .unwrap();
    let contested = app.appeal_case(&actor(), case.id, "no").await.unwrap_err();
    assert!(contested.to_string().contains("cannot be contested"));
    let review = match_review(&app, of).await;
    let closed = app.close_case(&actor(), review, "never mind").await;
    assert!(closed.unwrap_err().to_string().contains("must be decided"));
    for kind in [CaseKind::Review, CaseKind::BreakGlassReview] {
        let wanted = OpenCase {
            kind,
            ..operations("by hand")
        };
        let refused = app.open_case(&actor(), &wanted).await.unwrap_err();
        assert!(refused.to_string().contains("by nothing else"), "{refused}");
    }
}

fn alone(why: &str) -> CaseDecision {
    CaseDecision {
        second: Some(Second::BreakGlass(why.to_owned())),
        ..decision(CaseOutcome::NoMatch)
    }
}

fn outside(outcome: CaseOutcome) -> CaseDecision {
    CaseDecision {
        second: Some(Second::Outside("letter of 24 November".to_owned())),
        ..decision(outcome)
    }
}

#[tokio::test]
async fn r_182_a_firm_of_one_person_breaks_the_glass_and_is_reviewed() {
    let place = Place::new();
    let (app, of) = start(&place).await;
    let case = match_review(&app, of).await;
    let unset = refused(&app, "ana", case, &alone("nobody else is here")).await;
    assert!(unset.contains("sole_operator"), "{unset}");
    app.set_text(&actor(), "cases", "[sole_operator]\n")
        .await
        .unwrap();
    let nobody = refused(&app, "ana", case, &outside(CaseOutcome::NoMatch)).await;
    assert!(nobody.contains("names nobody outside"), "{nobody}");
    let silent = refused(&app, "ana", case, &alone("")).await;
    assert!(silent.contains("second.break_glass"), "{silent}");

    let decided = app
        .decide_case(&officer("ana"), case, &alone("the customer's site is down"))
        .await
        .unwrap();
    assert_eq!(decided.second, Some(SecondPerson::BreakGlass));
    assert_eq!(decided.approved_by, None);
    let which = Cases {
        kind: Some(CaseKind::BreakGlassReview),
        ..Cases::default()
    };
    let reviews = all(&app, &which).await;
    assert_eq!(reviews.len(), 1);
    let review: &CaseAnswer = &reviews[0];
    assert_eq!((review.parent, review.party), (Some(case), decided.party));
    assert_eq!(review.due_at, Some(at("2026-12-09T00:00:00Z")));
    let counts = app.case_counts(&actor()).await.unwrap();
    assert!(
        counts
            .iter()
            .any(|c| c.second == Some(SecondPerson::BreakGlass) && c.cases == 1)
    );

    // Who broke the glass cannot confirm it, not even by breaking it again.
    let confirm = decision(CaseOutcome::Confirm);
    let same = refused(&app, "ana", review.id, &confirm).await;
    assert!(same.contains("somebody else must decide"), "{same}");
    let again = CaseDecision {
        outcome: CaseOutcome::Confirm,
        ..alone("still alone")
    };
    let again = refused(&app, "ana", review.id, &again).await;
    assert!(again.contains("cannot be reviewed alone"), "{again}");
    let named = "[sole_operator]\noutside = \"notary-7\"\n";
    app.set_text(&actor(), "cases", named).await.unwrap();
    let confirmed = app
        .decide_case(&officer("ana"), review.id, &outside(CaseOutcome::Confirm))
        .await
        .unwrap();
    assert_eq!(confirmed.second, Some(SecondPerson::Outside));
    assert_eq!(confirmed.approved_by.as_deref(), Some("outside:notary-7"));
    assert_eq!(verified(&app).await, 0);
}

#[tokio::test]
async fn r_182_the_person_outside_stands_in_on_appeal_and_only_where_needed() {
    let place = Place::new();
    let (app, case) = start(&place).await;
    let named = "[sole_operator]\noutside = \"notary-7\"\n";
    app.set_text(&actor(), "cases", named).await.unwrap();
    let unneeded = refused(&app, "ana", case, &outside(CaseOutcome::Reject)).await;
    assert!(unneeded.contains("needs no second person"), "{unneeded}");
    app.decide_case(&officer("ana"), case, &decision(CaseOutcome::Reject))
        .await
        .unwrap();
    let appeal = app
        .appeal_case(&officer("ana"), case, "contested")
        .await
        .unwrap();
    let same = refused(&app, "ana", appeal.id, &decision(CaseOutcome::Uphold)).await;
    assert!(same.contains("somebody else must decide"), "{same}");
    let upheld = app
        .decide_case(&officer("ana"), appeal.id, &outside(CaseOutcome::Uphold))
        .await
        .unwrap();
    assert_eq!(upheld.second, Some(SecondPerson::Outside));
    let last = app
        .open_case_entries(&actor(), appeal.id, None, 99)
        .await
        .unwrap();
    let last = last.items.last().unwrap().clone();
    assert_eq!(last.second_text.as_deref(), Some("letter of 24 November"));
}

#[tokio::test]
async fn appeals_are_decided_by_seniors() {
    let place = Place::new();
    let (app, case) = start(&place).await;
    let rita = |role: Role| {
        Actor::staff(
            "default",
            "rita",
            [role].into(),
            Door::Api,
            Access::shipped(),
        )
    };
    app.decide_case(&officer("ana"), case, &decision(CaseOutcome::Reject))
        .await
        .unwrap();
    let appeal = app
        .appeal_case(&rita(Role::Reviewer), case, "contested")
        .await
        .unwrap();
    let uphold = decision(CaseOutcome::Uphold);
    let refused = app
        .decide_case(&rita(Role::Reviewer), appeal.id, &uphold)
        .await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("decide_appeal"), "{refused}");
    app.decide_case(&rita(Role::SeniorReviewer), appeal.id, &uphold)
        .await
        .unwrap();
}

/// The findings of an account's review, decided.
fn approved(code: Ground) -> CaseDecision {
    CaseDecision {
        settling: Settling {
            codes: vec![code],
            ..Settling::default()
        },
        ..decision(CaseOutcome::Approve)
    }
}

async fn review(app: &App) -> (CaseId, AccountId) {
    let answer = super::referred(app).await;
    let cases = all(app, &Cases::default()).await;
    assert_eq!(cases.len(), 1);
    (cases[0].id, answer.account)
}

async fn judged(app: &App, account: AccountId) -> String {
    let page = app.accounts(&actor(), &Accounts::default(), None, 9).await;
    let items = page.unwrap().items;
    let item = items.iter().find(|a| a.id == account).unwrap();
    item.decision.clone()
}

#[tokio::test]
async fn the_decision_of_a_review_determines_the_account_in_the_same_change() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    let (case, account) = review(&app).await;
    let silent = refused(&app, "ana", case, &decision(CaseOutcome::Approve)).await;
    assert!(
        silent.contains("codes: say in codes why: false_match"),
        "{silent}"
    );
    let mut other = approved(Ground::FalseMatch);
    other.settling.rules = vec!["base-minimal/no-such-rule".to_owned()];
    let unknown = refused(&app, "ana", case, &other).await;
    assert!(unknown.contains("no-such-rule"), "{unknown}");
    assert_eq!(judged(&app, account).await, "refer");
    app.decide_case(&officer("ana"), case, &approved(Ground::FalseMatch))
        .await
        .unwrap();
    // Judged at once, and no second review: the hit is settled.
    assert_ne!(judged(&app, account).await, "refer");
    let cases = all(&app, &Cases::default()).await;
    assert_eq!((cases.len(), cases[0].state), (1, CaseState::Decided));
    let entries = app
        .open_case_entries(&actor(), case, None, 9)
        .await
        .unwrap();
    let last = entries.items.last().unwrap();
    assert_eq!(last.codes, [Ground::FalseMatch]);
    assert!(!last.rules.is_empty());
    assert_eq!(verified(&app).await, 0);
    let replayed = app.replay(&actor(), account).await.unwrap();
    assert!(
        replayed.len() >= 2 && replayed.iter().all(|r| r.same),
        "{replayed:?}"
    );
}

#[tokio::test]
async fn a_review_is_decided_by_two_when_the_provider_wants_it() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    let two = "two_people = [\"review\"]";
    app.set_text(&actor(), "cases", two).await.unwrap();
    let (case, account) = review(&app).await;
    let (outcome, settling) = (CaseOutcome::Approve, approved(Ground::FalseMatch).settling);
    app.propose_in_case(
        &officer("ana"),
        case,
        outcome,
        "another birth date",
        &settling,
    )
    .await
    .unwrap();
    assert_eq!(judged(&app, account).await, "refer");
    app.approve_case(&officer("ben"), case, "agreed")
        .await
        .unwrap();
    assert_ne!(judged(&app, account).await, "refer");
    let entries = app
        .open_case_entries(&actor(), case, None, 9)
        .await
        .unwrap();
    let last = entries.items.last().unwrap();
    assert_eq!(
        (last.text.as_str(), last.second_text.as_deref()),
        ("another birth date", Some("agreed"))
    );
    assert_eq!(verified(&app).await, 0);
}

#[tokio::test]
async fn an_appeal_that_overturns_a_review_reverses_what_it_determined() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    let (case, account) = review(&app).await;
    let refusal = CaseDecision {
        outcome: CaseOutcome::Refuse,
        ..approved(Ground::TrueMatch)
    };
    app.decide_case(&officer("ana"), case, &refusal)
        .await
        .unwrap();
    assert_eq!(judged(&app, account).await, "refuse");
    let appeal = app
        .appeal_case(&officer("clerk"), case, "it is not him")
        .await
        .unwrap();
    let overturn = CaseDecision {
        outcome: CaseOutcome::Overturn,
        ..approved(Ground::FalseMatch)
    };
    let same = refused(&app, "ana", appeal.id, &overturn).await;
    assert!(same.contains("somebody else must decide"), "{same}");
    app.decide_case(&officer("ben"), appeal.id, &overturn)
        .await
        .unwrap();
    assert!(!["refuse", "refer"].contains(&judged(&app, account).await.as_str()));
    assert_eq!(verified(&app).await, 0);
}

#[tokio::test]
async fn a_review_that_an_appeal_sent_back_stays_until_somebody_else_decides_it() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    let (case, account) = review(&app).await;
    app.decide_case(&officer("ana"), case, &approved(Ground::FalseMatch))
        .await
        .unwrap();
    let appeal = app
        .appeal_case(&officer("clerk"), case, "it is him")
        .await
        .unwrap();
    app.decide_case(&officer("ben"), appeal.id, &decision(CaseOutcome::Remit))
        .await
        .unwrap();
    place.clock.set(at("2026-11-25T09:00:00Z"));
    app.deactivate_pack(&actor(), "base-minimal").await.unwrap();
    set_up(&app).await;
    app.assessment(&actor(), account, None).await.unwrap();
    let open = app.case(&actor(), case).await.unwrap();
    assert_eq!(open.state, CaseState::Open, "judging does not answer it");
}
