//! Determinations and the end of provisional terms as use cases, on both databases (R-061 to R-066).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code,
    reason = "tests"
)]

#[path = "spine/place.rs"]
mod place;

use std::path::Path;

use bonafide_app::answers::SignUpAnswer;
use bonafide_app::submission::SignUp;
use bonafide_app::{
    Accounts, Addition, App, AppError, Location, NewDetermination, OpenFinding, PackText, Settle,
};
use bonafide_model::{AccountId, DeterminedOutcome, Ground, PartyId};
use serde_json::{Value, json};

use place::{Place, actor, at, fresh, verified};

/// A human looks at every hit; mail is due within two weeks; then the account is watched.
fn desk(on_expiry: &str) -> String {
    format!(
        r#"
[pack]
id = "desk"
version = "{on_expiry}"
title = "Desk"
summary = "Desk"
force = "voluntary"
regime = "general"
[[citation]]
id = "terms"
text = "The provider's own terms"
[[requirement]]
id = "screened"
subject = "party"
attribute = "list_screening"
assurance = "validated"
max_age = "P1Y"
while_missing = "refer"
citations = ["terms"]
why = "So that nobody listed is served."
[[requirement]]
id = "mail"
subject = "party"
attribute = "email"
assurance = "verified"
while_missing = "provisional"
citations = ["terms"]
why = "So that you can be reached."
[[rule]]
id = "hit"
subjects = ["party"]
when = 'subject.screening_score_bp >= 9000'
outcome = "refuse"
band = "high"
human_review = true
score_based = true
public_reason = "needs_review"
text = "A listed name."
[[rule]]
id = "outright"
subjects = ["party"]
when = '"KP" in subject.citizenship'
outcome = "refuse"
public_reason = "not_served"
text = "Not served."
[terms.provisional]
duration = "P14D"
on_expiry = "{on_expiry}"
citations = ["terms"]
[terms.provisional.entitlements]
instances_max = 1
"#
    )
}

async fn set_up(app: &App, on_expiry: &str) {
    app.ensure_tenant("default", &actor()).await.unwrap();
    activate(app, on_expiry).await;
    let part = |name: &str| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../screen/samples/ofac");
        let bytes = std::fs::read(folder.join(format!("{name}.csv"))).unwrap();
        (name.to_owned(), bytes)
    };
    let parts = vec![part("sdn"), part("alt"), part("add")];
    app.load_list(&actor(), "ofac", None, parts).await.unwrap();
}

async fn activate(app: &App, on_expiry: &str) {
    let pack = PackText {
        name: "desk".to_owned(),
        text: desk(on_expiry),
        elected_by: None,
        active_since: None,
    };
    app.activate_pack(&actor(), &pack).await.unwrap();
}

async fn applied(app: &App, name: &str, more: Value) -> SignUpAnswer {
    let mut claims = vec![
        json!({"attribute": "legal_name", "value": name}),
        json!({"attribute": "email", "value": "office@example.net"}),
    ];
    claims.extend(more.as_array().unwrap().iter().cloned());
    let kind = if claims.len() > 2 {
        "person"
    } else {
        "organisation"
    };
    let sign_up: SignUp = serde_json::from_value(json!({
        "account": {"product": "vps-small"},
        "parties": [{"ref": "a", "kind": kind, "claims": claims}],
        "roles": [{"party": "a", "kind": "holder"}],
    }))
    .unwrap();
    fresh(app.sign_up(&actor(), &sign_up, None).await.unwrap())
}

fn new(outcome: DeterminedOutcome, finding: &OpenFinding) -> NewDetermination {
    NewDetermination {
        outcome,
        settles: vec![Settle {
            rule: finding.rule.clone(),
            subject: finding.subject,
            seen: Some(finding.seen.clone()),
        }],
        grounds: vec![Ground::FalseMatch],
        text: "The listed company is another one.".to_owned(),
        decided_by: "reviewer-1".to_owned(),
        approved_by: Some("reviewer-2".to_owned()),
        expires_at: None,
        case: Some("cas_1".to_owned()),
    }
}

async fn finding(app: &App, account: AccountId, rule: &str) -> OpenFinding {
    let found = app.findings(&actor(), account).await.unwrap();
    let mut found = found.into_iter().filter(|f| f.rule == rule);
    found.next().unwrap_or_else(|| panic!("no finding {rule}"))
}

async fn claim(app: &App, party: PartyId, attribute: &str, value: &str) {
    let claim = json!({"attribute": attribute, "value": value});
    let addition = Addition {
        claims: vec![serde_json::from_value(claim).unwrap()],
        ..Addition::default()
    };
    app.add_to_party(&actor(), party, &addition, None)
        .await
        .unwrap();
}

async fn standing(app: &App) -> String {
    let (actor, all) = (actor(), Accounts::default());
    let accounts = app.accounts(&actor, &all, None, 10).await.unwrap();
    accounts.items[0].standing.clone()
}

async fn a_hit_is_cleared_and_the_terms_end_by_themselves(location: Location) {
    let place = Place::new();
    let app = place
        .open_at(location.clone(), &place.keyring(), 7)
        .await
        .unwrap();
    set_up(&app, "monitor").await;
    let answer = applied(&app, "Obsidian Heron Group", json!([])).await;
    let account = answer.account;
    assert_eq!(answer.assessment["decision"], "refer");
    assert_eq!(standing(&app).await, "in_review");

    place.clock.set(at("2026-11-25T09:00:00Z"));
    let hit = finding(&app, account, "desk/hit").await;
    let cleared = app
        .determine_account(&actor(), account, &new(DeterminedOutcome::Approve, &hit))
        .await
        .unwrap();
    let (made, judged) = (cleared.0, cleared.1.assessment);
    assert_eq!(
        (&judged["decision"], &judged["risk"]),
        (&json!("provisional"), &json!("low"))
    );
    let reasons = judged["reasons"].as_array().unwrap();
    let settled = reasons.iter().find(|r| r["rule"] == "desk/hit").unwrap();
    assert_eq!(settled["determination"], json!(made.id));
    let again = finding(&app, account, "desk/hit").await;
    assert_eq!(again.determination, Some(made.id));

    // Screened again after a year at the latest, the same hit stays cleared; a new name is a new question.
    assert_eq!(standing(&app).await, "provisional");
    let end = at("2026-12-08T09:00:00Z");
    assert_eq!(judged["review_at"], json!(end));
    place.clock.set(end.plus_millis(-1));
    let early = app.judge_again("default", account).await.unwrap();
    assert!(!early.recorded);
    place.clock.set(end);
    let moved = app.judge_again("default", account).await.unwrap();
    assert_eq!(
        (&*moved.before, &*moved.after, moved.recorded),
        ("provisional", "monitored", true)
    );
    for _ in 0..2 {
        let idle = app.judge_again("default", account).await.unwrap();
        assert_eq!((&*idle.after, idle.recorded), ("monitored", false));
    }
    assert_eq!(standing(&app).await, "monitored");
    let entitled = app
        .entitlements(&actor(), account)
        .await
        .unwrap()
        .entitlements;
    assert_eq!(
        (&entitled["provision"], &entitled["instances_max"]),
        (&json!(true), &json!(1))
    );

    // It is all in the record, and comes out of it again.
    app.close().await.unwrap();
    let app = place.open_at(location, &place.keyring(), 8).await.unwrap();
    let replayed = app.replay(&actor(), account).await.unwrap();
    assert_eq!(replayed.len(), 3);
    assert!(
        replayed.iter().all(|r| r.same && r.why.is_none()),
        "{replayed:?}"
    );
    assert_eq!(verified(&app).await, 0);
    let report = app.verify_entries(&actor(), |_, _| {}).await.unwrap();
    assert!(report.is_clean(), "{:?}", report.findings);
    let timeline = app
        .timeline(&actor(), answer.parties[0].id, None, 100)
        .await
        .unwrap();
    assert!(timeline.items.iter().any(|i| i.kind == "determined"));
    app.close().await.unwrap();
}

#[tokio::test]
async fn r_062_on_sqlite_a_hit_is_cleared_and_the_terms_end_by_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let location = Location::Sqlite(folder.path().join("bonafide.db"));
    a_hit_is_cleared_and_the_terms_end_by_themselves(location).await;
}

#[tokio::test]
async fn r_062_on_postgres_a_hit_is_cleared_and_the_terms_end_by_themselves() {
    let url = std::env::var("BONAFIDE_TEST_POSTGRES")
        .expect("BONAFIDE_TEST_POSTGRES is not set: run `cargo xtask test`");
    let name = format!("determinations_{}", std::process::id());
    let psql = |sql: String| {
        let run = std::process::Command::new("psql")
            .args([&url, "-qc", &sql])
            .status();
        assert!(run.unwrap().success());
    };
    psql(format!("CREATE DATABASE {name}"));
    let (base, _) = url.rsplit_once('/').unwrap();
    let location = Location::Postgres(format!("{base}/{name}"));
    a_hit_is_cleared_and_the_terms_end_by_themselves(location).await;
    psql(format!("DROP DATABASE {name} WITH (FORCE)"));
}

#[tokio::test]
async fn r_062_the_terms_end_as_the_pack_says() {
    for (word, after) in [
        ("restrict", "restricted"),
        ("close", "closing"),
        ("refer", "in_review"),
        ("refuse", "refused"),
    ] {
        let place = Place::new();
        let app = place.open().await.unwrap();
        set_up(&app, word).await;
        let answer = applied(&app, "Harmless Hosting Customer", json!([])).await;
        assert_eq!(answer.assessment["standing"], "provisional");
        place.clock.set(at("2027-03-01T00:00:00Z"));
        let moved = app.judge_again("default", answer.account).await.unwrap();
        assert_eq!((&*moved.after, moved.recorded), (after, true), "{word}");
        assert!(
            !app.judge_again("default", answer.account)
                .await
                .unwrap()
                .recorded
        );
    }
}

#[tokio::test]
async fn a_pack_that_changes_nothing_for_an_account_is_recorded_once() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app, "refer").await;
    let answer = applied(&app, "Harmless Hosting Customer", json!([])).await;
    place.clock.set(at("2026-11-24T10:00:00Z"));
    activate(&app, "close").await;
    // The assessment names the packs that judged.
    assert!(
        app.judge_again("default", answer.account)
            .await
            .unwrap()
            .recorded
    );
    assert!(
        !app.judge_again("default", answer.account)
            .await
            .unwrap()
            .recorded
    );
    // The methods are not in it: other methods that change nothing leave nothing to record.
    let text = include_str!("../../policy/methods/builtin.toml");
    app.set_text(&actor(), "methods", text).await.unwrap();
    assert!(
        !app.judge_again("default", answer.account)
            .await
            .unwrap()
            .recorded
    );
}

async fn refused(app: &App, account: AccountId, new: &NewDetermination) -> String {
    let refused = app.determine_account(&actor(), account, new).await;
    match refused {
        Err(error @ (AppError::Invalid(_) | AppError::Refused(_))) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_determination_is_held_to_what_was_looked_at() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app, "refer").await;
    let answer = applied(&app, "Obsidian Heron Group", json!([])).await;
    let (account, party) = (answer.account, answer.parties[0].id);
    let mail = finding(&app, account, "desk/mail").await;
    place.clock.set(at("2026-11-24T10:00:00Z"));
    claim(&app, party, "email", "other@example.net").await;
    let why = refused(&app, account, &new(DeterminedOutcome::Approve, &mail)).await;
    assert!(why.contains("has changed since it was looked at"), "{why}");
    let mail = finding(&app, account, "desk/mail").await;
    let waived = new(DeterminedOutcome::Approve, &mail);
    app.determine_account(&actor(), account, &waived)
        .await
        .unwrap();
    let gone = Settle {
        rule: "desk/nothing".to_owned(),
        subject: None,
        seen: None,
    };
    let why = refused(
        &app,
        account,
        &NewDetermination {
            settles: vec![gone],
            ..waived
        },
    )
    .await;
    assert!(
        why.contains("settles[0]: the account has no finding `desk/nothing`"),
        "{why}"
    );
}

#[tokio::test]
async fn what_is_refused_outright_is_not_lifted_and_says_so() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app, "refer").await;
    let born = json!([{"attribute": "citizenship", "value": "KP"}]);
    let answer = applied(&app, "Harmless Customer", born).await;
    let (account, party) = (answer.account, answer.parties[0].id);
    assert_eq!(answer.assessment["decision"], "refuse");
    let found = app.findings(&actor(), account).await.unwrap();
    assert!(found.iter().all(|f| f.rule != "desk/outright"), "{found:?}");
    let outright = OpenFinding {
        rule: "desk/outright".to_owned(),
        subject: Some(party),
        ..finding(&app, account, "desk/mail").await
    };
    let why = refused(&app, account, &new(DeterminedOutcome::Approve, &outright)).await;
    assert!(why.contains("no determination lifts"), "{why}");
}

#[tokio::test]
async fn every_mistake_in_a_determination_is_named_at_once() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app, "refer").await;
    let answer = applied(&app, "Obsidian Heron Group", json!([])).await;
    let wrong = NewDetermination {
        outcome: DeterminedOutcome::Refuse,
        settles: Vec::new(),
        grounds: Vec::new(),
        text: "x".repeat(4001),
        decided_by: "reviewer-1".to_owned(),
        approved_by: Some("reviewer-1 ".to_owned()),
        expires_at: Some(at("2026-11-24T09:00:00Z")),
        case: None,
    };
    let why = refused(&app, answer.account, &wrong).await;
    for field in [
        "settles:",
        "grounds:",
        "text:",
        "approved_by:",
        "expires_at:",
    ] {
        assert!(why.contains(field), "{field} in {why}");
    }
}

#[tokio::test]
async fn r_004_a_pack_that_comes_into_use_gives_old_accounts_its_whole_time() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    app.ensure_tenant("default", &actor()).await.unwrap();
    let answer = applied(&app, "Harmless Hosting Customer", json!([])).await;
    assert_eq!(answer.assessment["decision"], "approve");
    place.clock.set(at("2027-06-01T00:00:00Z"));
    set_up(&app, "refuse").await;
    let moved = app.judge_again("default", answer.account).await.unwrap();
    assert_eq!((&*moved.before, &*moved.after), ("active", "provisional"));
    let judged = app
        .assessment(&actor(), answer.account, None)
        .await
        .unwrap();
    let end = at("2027-06-15T00:00:00Z");
    assert_eq!(judged.assessment["entitlements"]["expires_at"], json!(end));
    // Another version of it starts no clock anew.
    place.clock.set(at("2027-06-10T00:00:00Z"));
    activate(&app, "close").await;
    let judged = app
        .assessment(&actor(), answer.account, None)
        .await
        .unwrap();
    assert_eq!(judged.assessment["entitlements"]["expires_at"], json!(end));
    place.clock.set(end);
    let moved = app.judge_again("default", answer.account).await.unwrap();
    assert_eq!(moved.after, "closing");
    let replayed = app.replay(&actor(), answer.account).await.unwrap();
    assert_eq!(replayed.len(), 4);
    assert!(
        replayed.iter().all(|r| r.same && r.why.is_none()),
        "{replayed:?}"
    );
}
