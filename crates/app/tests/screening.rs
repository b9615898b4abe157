//! Screening as a use case: everybody the plan names is held against the lists, and the answer shows against which.

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
#[path = "screening/proof.rs"]
mod proof;
#[path = "screening/rescreen.rs"]
mod rescreen;
#[path = "screening/sync.rs"]
mod sync;

use std::fs;
use std::path::Path;

use bonafide_app::answers::{PartyAnswer, ScreeningSummary};
use bonafide_app::submission::SignUp;
use bonafide_app::{Addition, App, AppError, ListSummary};
use bonafide_model::PartyId;
use serde_json::{Value, json};

use place::{Place, actor, fresh, set_up, signed_up};

fn part(name: &str) -> (String, Vec<u8>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../screen/samples/ofac");
    let file = folder.join(format!("{name}.csv"));
    (name.to_owned(), fs::read(file).unwrap())
}

fn parts() -> Vec<(String, Vec<u8>)> {
    vec![part("sdn"), part("alt"), part("add")]
}

async fn load(app: &App) {
    app.load_list(&actor(), "ofac", None, parts())
        .await
        .unwrap();
}

async fn apply(app: &App, kind: &str, claims: Value) -> PartyId {
    let sign_up: SignUp = serde_json::from_value(json!({
        "account": {"product": "vps-small"},
        "parties": [{"ref": "a", "kind": kind, "claims": claims}],
        "roles": [{"party": "a", "kind": "holder"}],
    }))
    .unwrap();
    fresh(app.sign_up(&actor(), &sign_up, None).await.unwrap()).parties[0].id
}

async fn add(app: &App, party: PartyId, what: Value) {
    let read = |field: &str| what.get(field).cloned().unwrap_or(json!([]));
    let addition = Addition {
        claims: serde_json::from_value(read("claims")).unwrap(),
        evidence: serde_json::from_value(read("evidence")).unwrap(),
        checks: serde_json::from_value(read("checks")).unwrap(),
    };
    app.add_to_party(&actor(), party, &addition, None)
        .await
        .unwrap();
}

async fn read(app: &App, party: PartyId) -> PartyAnswer {
    app.party(&actor(), party).await.unwrap()
}

async fn last(app: &App, party: PartyId) -> ScreeningSummary {
    read(app, party).await.screenings.pop().unwrap()
}

#[tokio::test]
async fn a_listed_name_behind_many_others_is_found_and_shown_with_its_list() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    load(&app).await;
    let mut claims = vec![json!({"attribute": "legal_name", "value": "Harmless Hosting Customer"})];
    claims.extend(
        (0..30).map(|n| json!({"attribute": "trade_name", "value": format!("Trading Style {n}")})),
    );
    claims.push(json!({"attribute": "trade_name", "value": "Obsidian Heron Group"}));
    let party = apply(&app, "organisation", Value::Array(claims)).await;
    let screening = last(&app, party).await;
    assert_eq!(screening.hits.len(), 1, "{screening:?}");
    let hit = &screening.hits[0];
    assert_eq!(hit.list, "ofac");
    assert!(hit.score_bp >= screening.threshold_bp);
    assert!(!hit.entry.is_empty() && !hit.listed_name.is_empty());
    assert!(hit.explanation[0].ends_with("primary name is equal"));
    let used = &app.lists(&actor()).await.unwrap()[0];
    assert_eq!(screening.lists[0].digest, used.digest);
    assert_eq!(screening.lists[0].published_on, None);
    assert_eq!(screening.lists[0].loaded_at, used.loaded_at);
}

#[tokio::test]
async fn a_birth_date_clears_a_listed_name_only_once_it_is_evidenced() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    let claims = json!([
        {"attribute": "legal_name", "value": "Arkady Volkov"},
        {"attribute": "birth_date", "value": "1990-05-05"},
    ]);
    let asserted = apply(&app, "person", claims.clone()).await;
    let shown = apply(&app, "person", claims).await;
    let seen =
        json!({"method": "document-in-person", "outcome": "pass", "attributes": ["birth_date"]});
    add(&app, shown, json!({"checks": [seen]})).await;
    // A later date without evidence does not take the place of the one that was shown.
    let later = json!({"attribute": "birth_date", "value": "1961-03-12"});
    add(&app, shown, json!({"claims": [later]})).await;
    load(&app).await;
    let email = json!({"claims": [{"attribute": "email", "value": "a@example.org"}]});
    for party in [asserted, shown] {
        add(&app, party, email.clone()).await;
    }
    let screening = last(&app, asserted).await;
    assert_eq!(screening.hits.len(), 1, "{screening:?}");
    let why = &screening.hits[0].explanation[1];
    assert!(
        why.starts_with("+0 another year of birth, merely asserted"),
        "{why}"
    );
    assert_eq!(last(&app, shown).await.hits, []);
}

#[tokio::test]
async fn a_screening_without_lists_is_recorded_once_and_made_good_as_soon_as_one_is_loaded() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    let party = signed_up(&app, "Arkady Volkov", "av@example.net")
        .await
        .parties[0]
        .id;
    let runs = async || {
        let known = read(&app, party).await;
        let runs = known.checks.iter().filter(|c| c.method == "list-screening");
        (runs.count(), known.screenings.len())
    };
    assert_eq!(runs().await, (1, 0));
    for n in 0..3 {
        let claim = json!({"attribute": "email", "value": format!("a{n}@example.org")});
        add(&app, party, json!({"claims": [claim]})).await;
    }
    assert_eq!(runs().await, (1, 0));
    load(&app).await;
    let claim = json!({"attribute": "email", "value": "later@example.org"});
    add(&app, party, json!({"claims": [claim]})).await;
    assert_eq!(runs().await, (1, 1));
    assert_eq!(last(&app, party).await.hits.len(), 1);
}

#[tokio::test]
async fn a_list_that_shrinks_is_refused_unless_forced() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    load(&app).await;
    let before = app.lists(&actor()).await.unwrap()[0].digest.clone();
    let (name, whole) = part("sdn");
    let rows: Vec<&[u8]> = whole.split_inclusive(|b| *b == b'\n').collect();
    let first = |count: usize| rows[..count].concat();
    let short = vec![(name.clone(), first(40)), part("alt"), part("add")];
    let refused = app.load_list(&actor(), "ofac", None, short.clone()).await;
    let Err(AppError::Refused(why)) = refused else {
        panic!("{refused:?}");
    };
    assert!(why.contains("from 60 to 40 entries"), "{why}");
    assert!(why.contains("--force"), "{why}");
    // The aliases alone missing is as bad.
    let bare = app
        .load_list(&actor(), "ofac", None, vec![part("sdn")])
        .await;
    assert!(
        matches!(&bare, Err(AppError::Refused(why)) if why.contains("names")),
        "{bare:?}"
    );
    assert_eq!(app.lists(&actor()).await.unwrap()[0].digest, before);
    let nearly = vec![(name, first(55)), part("alt"), part("add")];
    app.load_list(&actor(), "ofac", None, nearly).await.unwrap();
    app.replace_list(&actor(), "ofac", None, short, true)
        .await
        .unwrap();
    assert_ne!(app.lists(&actor()).await.unwrap()[0].digest, before);
}

#[test]
fn a_list_of_unknown_publication_has_no_age() {
    let mut list = ListSummary {
        name: "ofac".into(),
        digest: String::new(),
        published_on: None,
        loaded_at: place::at("2026-11-24T09:00:00Z"),
        age_days: 0,
        entries: 0,
        checked_at: None,
        problem: None,
        rescreening: None,
    };
    assert_eq!(list.known_age_days(), None);
    assert_eq!(list.age(), "loaded 0 days ago; publication date unknown");
    list.published_on = Some("2026-11-24".parse().unwrap());
    assert_eq!(list.known_age_days(), Some(0));
    assert_eq!(list.age(), "published 0 days ago");
}
