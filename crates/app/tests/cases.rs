//! Cases: opened by what calls for a human, decided by whoever may, contested before somebody else, on time or marked.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "cases/decisions.rs"]
mod decisions;
#[path = "spine/place.rs"]
mod place;
#[path = "cases/races.rs"]
mod races;

use std::path::{Path, PathBuf};

use bonafide_app::answers::SignUpAnswer;
use bonafide_app::{Access, Actor, App, AppError, CaseAnswer, Cases, Door, OpenCase, Role, Runner};
use bonafide_model::{CaseClock, CaseKind, CaseState};
use place::{Place, actor, at, holds, set_up, signed_up, verified};

fn officer(name: &str) -> Actor {
    Actor::operator("default", name)
}

fn dispute(party: bonafide_model::PartyId, grounds: &str) -> OpenCase {
    OpenCase {
        kind: CaseKind::Dispute,
        party: Some(party),
        account: None,
        earliest_at: None,
        due_at: None,
        restricted: false,
        grounds: grounds.to_owned(),
    }
}

fn operations(grounds: &str) -> OpenCase {
    OpenCase {
        kind: CaseKind::Operations,
        party: None,
        ..dispute(bonafide_model::PartyId::from_bits(1), grounds)
    }
}

async fn load_list(app: &App) {
    let part = |name: &str| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../screen/samples/ofac");
        let bytes = std::fs::read(folder.join(format!("{name}.csv"))).unwrap();
        (name.to_owned(), bytes)
    };
    let parts = vec![part("sdn"), part("alt"), part("add")];
    app.load_list(&actor(), "ofac-sdn", None, parts)
        .await
        .unwrap();
}

/// An account whose holder has the name of a listed person.
async fn referred(app: &App) -> SignUpAnswer {
    load_list(app).await;
    let answer = signed_up(app, "Arkady Volkov", "av@example.net").await;
    assert_eq!(
        answer.assessment["decision"], "refer",
        "{}",
        answer.assessment
    );
    answer
}

async fn all(app: &App, which: &Cases) -> Vec<CaseAnswer> {
    app.cases(&actor(), which, None, 100).await.unwrap().items
}

async fn texts(app: &App, case: bonafide_model::CaseId) -> Vec<(String, String)> {
    let page = app.open_case_entries(&actor(), case, None, 100).await;
    let items = page.unwrap().items.into_iter();
    items.map(|entry| (entry.kind, entry.text)).collect()
}

#[tokio::test]
async fn an_account_that_is_referred_gets_one_review_in_the_same_change() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    let answer = referred(&app).await;
    let cases = all(&app, &Cases::default()).await;
    assert_eq!(cases.len(), 1);
    let review = &cases[0];
    assert_eq!(
        (review.kind, review.state, review.account, review.party),
        (
            CaseKind::Review,
            CaseState::Open,
            Some(answer.account),
            Some(answer.parties[0].id)
        )
    );
    // Five working days from a Tuesday.
    assert_eq!(review.due_at, Some(at("2026-12-02T00:00:00Z")));
    let said = texts(&app, review.id).await;
    assert!(
        said[0].0 == "opened" && said[0].1.starts_with("referred by "),
        "{said:?}"
    );

    // Judged again and still referred: not a second one.
    place.clock.set(at("2026-11-25T09:00:00Z"));
    app.deactivate_pack(&actor(), "base-minimal").await.unwrap();
    set_up(&app).await;
    let judged = app
        .assessment(&actor(), answer.account, None)
        .await
        .unwrap();
    assert_eq!(judged.assessment["decision"], "refer");
    assert_eq!(all(&app, &Cases::default()).await.len(), 1);

    // No longer referred: closed by itself, and it says why.
    app.close_account(&actor(), answer.account).await.unwrap();
    let closed = app.case(&actor(), review.id).await.unwrap();
    assert_eq!((closed.state, closed.outcome), (CaseState::Closed, None));
    let said = texts(&app, review.id).await;
    assert_eq!(
        said.last().unwrap(),
        &("closed".to_owned(), "the account was closed".to_owned())
    );
    assert_eq!(verified(&app).await, 0);
}

#[tokio::test]
async fn an_account_that_is_not_referred_has_no_review() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    signed_up(&app, "Wilhelmina Jansen", "w.jansen@example.net").await;
    assert_eq!(all(&app, &Cases::default()).await, []);
}

#[tokio::test]
async fn what_is_said_is_sealed_recorded_and_only_added_to() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    let answer = signed_up(&app, "Wilhelmina Jansen", "w.jansen@example.net").await;
    let party = answer.parties[0].id;
    let case = app
        .open_case(&officer("ana"), &dispute(party, "she says: canary-zebra"))
        .await
        .unwrap();
    app.note_case(&officer("ben"), case.id, "a letter came: canary-gnu")
        .await
        .unwrap();
    for canary in ["canary-zebra", "canary-gnu"] {
        let found = holds(place.dir.path(), canary.as_bytes());
        assert_eq!(found, Vec::<PathBuf>::new(), "{canary}");
    }
    // Unopened, the entries say who did what when; opened, what; and that they were opened is on the party's timeline.
    let page = app.case_entries(&actor(), case.id, None, 9).await.unwrap();
    let entries: Vec<_> = page
        .items
        .iter()
        .map(|e| (e.kind.as_str(), e.actor.as_str()))
        .collect();
    assert_eq!(entries, [("opened", "ana"), ("note", "ben")]);
    let said = texts(&app, case.id).await;
    assert_eq!(said[0].1, "she says: canary-zebra");
    assert_eq!(said[1].1, "a letter came: canary-gnu");
    let timeline = app.timeline(&actor(), party, None, 99).await.unwrap();
    let kinds: Vec<_> = timeline.items.iter().map(|i| i.kind.as_str()).collect();
    assert!(
        kinds.ends_with(&["case_opened", "case_noted", "opening"]),
        "{kinds:?}"
    );
    let first = app
        .open_case_entries(&actor(), case.id, None, 1)
        .await
        .unwrap();
    assert_eq!(first.next, Some(first.items[0].record.to_string()));
    let empty = app.note_case(&actor(), case.id, "  ").await.unwrap_err();
    assert!(matches!(empty, AppError::Invalid(_)), "{empty}");
    // The audit opens every entry and finds each in the ledger.
    assert_eq!(verified(&app).await, 0);
    let report = app.verify_entries(&actor(), |_, _| {}).await.unwrap();
    assert_eq!(report.findings, Vec::<String>::new());
}

#[tokio::test]
async fn a_case_about_nobody_holds_nothing_about_anybody() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    let case = app
        .open_case(&actor(), &operations("the disk of node 3 is nearly full"))
        .await
        .unwrap();
    for text in ["write to ana@example.org", "passport 12345678"] {
        let refused = app.note_case(&actor(), case.id, text).await.unwrap_err();
        assert!(refused.to_string().contains("about no party"), "{refused}");
        let refused = app
            .open_case(&actor(), &operations(text))
            .await
            .unwrap_err();
        assert!(refused.to_string().contains("about no party"), "{refused}");
    }
    app.note_case(&actor(), case.id, "ordered two more")
        .await
        .unwrap();
    assert_eq!(texts(&app, case.id).await[1].1, "ordered two more");
    let nobody = OpenCase {
        party: None,
        ..dispute(bonafide_model::PartyId::from_bits(1), "x")
    };
    let refused = app.open_case(&actor(), &nobody).await.unwrap_err();
    assert!(refused.to_string().contains("about a party"), "{refused}");
    assert_eq!(verified(&app).await, 0);
}

#[tokio::test]
async fn a_case_whose_clock_has_run_out_is_marked_once_and_can_be_given_time() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    let answer = signed_up(&app, "Wilhelmina Jansen", "w.jansen@example.net").await;
    let wanted = OpenCase {
        due_at: Some(at("2026-11-24T12:00:00Z")),
        ..dispute(answer.parties[0].id, "wrong birth date")
    };
    let case = app.open_case(&actor(), &wanted).await.unwrap();
    let mut runner = Runner::new(app.clone());
    place.clock.set(at("2026-11-24T11:59:59Z"));
    runner.run_until_idle().await.unwrap();
    assert!(!app.case(&actor(), case.id).await.unwrap().overdue);
    place.clock.set(at("2026-11-24T12:00:00Z"));
    runner.run_until_idle().await.unwrap();
    runner.run_until_idle().await.unwrap();
    assert!(app.case(&actor(), case.id).await.unwrap().overdue);
    let kinds = |said: Vec<(String, String)>| -> Vec<String> {
        said.into_iter().map(|(kind, _)| kind).collect()
    };
    assert_eq!(kinds(texts(&app, case.id).await), ["opened", "overdue"]);
    let counts = app.case_counts(&actor()).await.unwrap();
    assert!(
        counts
            .iter()
            .any(|c| c.kind == CaseKind::Dispute && c.late && c.cases == 1)
    );

    let past = CaseClock::until(at("2026-11-24T12:00:00Z"));
    let refused = app
        .set_case_clock(&actor(), case.id, past, "more time")
        .await;
    assert!(refused.unwrap_err().to_string().contains("past"));
    let later = CaseClock::until(at("2026-11-25T12:00:00Z"));
    let given = app
        .set_case_clock(&actor(), case.id, later, "more time")
        .await
        .unwrap();
    assert!(!given.overdue);
    place.clock.set(at("2026-11-25T12:00:00Z"));
    runner.run_until_idle().await.unwrap();
    assert_eq!(
        kinds(texts(&app, case.id).await),
        ["opened", "overdue", "clock", "overdue"]
    );
    assert_eq!(verified(&app).await, 0);
}

#[tokio::test]
async fn cases_are_erased_with_whom_they_are_about() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    let answer = signed_up(&app, "Wilhelmina Jansen", "w.jansen@example.net").await;
    let party = answer.parties[0].id;
    let case = app
        .open_case(&actor(), &dispute(party, "wrong birth date"))
        .await
        .unwrap();
    app.close_account(&actor(), answer.account).await.unwrap();
    // An erasure names the leaves that have their places.
    assert_eq!(verified(&app).await, 0);
    app.erase_party(&actor(), party, "GDPR 17(1)(a)")
        .await
        .unwrap();
    let gone = app.case(&actor(), case.id).await.unwrap_err();
    assert!(matches!(gone, AppError::NotFound { .. }), "{gone}");
    assert_eq!(all(&app, &Cases::default()).await, []);
    // Its timer went too, and there is nothing for the worker to stumble over.
    place.clock.set(at("2027-11-24T12:00:00Z"));
    let report = Runner::new(app.clone()).run_until_idle().await.unwrap();
    assert_eq!((report.failed, report.dead), (0, 0));
    assert_eq!(verified(&app).await, 0);
    let report = app.verify_entries(&actor(), |_, _| {}).await.unwrap();
    assert_eq!(report.findings, Vec::<String>::new());
}

#[tokio::test]
async fn restricted_cases_are_not_there_for_who_may_not_know_of_them() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    let wanted = OpenCase {
        restricted: true,
        ..operations("a secret exercise")
    };
    let case = app.open_case(&actor(), &wanted).await.unwrap();
    let roles = [Role::Reviewer].into();
    let key = Actor::staff("default", "rita", roles, Door::Api, Access::shipped());
    let hidden = app.case(&key, case.id).await.unwrap_err();
    assert!(matches!(hidden, AppError::NotFound { .. }), "{hidden}");
    let note = app.note_case(&key, case.id, "hello").await.unwrap_err();
    assert!(matches!(note, AppError::NotFound { .. }), "{note}");
    let listed = app.cases(&key, &Cases::default(), None, 9).await.unwrap();
    assert_eq!(listed.items, []);
    assert_eq!(app.case_counts(&key).await.unwrap(), []);
    assert_eq!(app.take_next_case(&key, None).await.unwrap(), None);
    assert_eq!(all(&app, &Cases::default()).await.len(), 1);
}
