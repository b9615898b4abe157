//! what was judged is judged again from what was recorded, and the same bytes come out.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::path::Path;
use std::sync::Arc;

use bonafide_app::answers::SignUpAnswer;
use bonafide_app::submission::SignUp;
use bonafide_app::{Actor, Addition, App, AppError, Config, Location, PackText, Replayed, Reply};
use bonafide_model::{AccountId, FixedClock, PartyId, SeededEntropy};
use serde_json::{Value, json};
use sqlx::{Connection as _, SqliteConnection};

struct Place {
    dir: tempfile::TempDir,
    clock: Arc<FixedClock>,
    app: App,
}

impl Place {
    async fn new(seed: u64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(FixedClock::new("2026-11-24T09:00:00Z".parse().unwrap()));
        let app = App::open(Config {
            location: Location::Sqlite(dir.path().join("bonafide.db")),
            keyring: dir.path().join("keyring"),
            clock: clock.clone(),
            entropy: Arc::new(SeededEntropy::new(seed)),
        })
        .await
        .unwrap();
        app.ensure_tenant("default", &actor()).await.unwrap();
        let place = Self { dir, clock, app };
        let text = bonafide_policy::builtin::text("base-minimal").unwrap();
        place.activate(text).await;
        place
    }

    fn clock(&self, at: &str) {
        self.clock.set(at.parse().unwrap());
    }

    async fn activate(&self, text: &str) {
        let pack = PackText {
            name: "base-minimal".to_owned(),
            text: text.to_owned(),
            elected_by: None,
            active_since: None,
        };
        self.app.activate_pack(&actor(), &pack).await.unwrap();
    }

    async fn load_list(&self) {
        let part = |name: &str| {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../screen/samples/ofac");
            let bytes = std::fs::read(folder.join(format!("{name}.csv"))).unwrap();
            (name.to_owned(), bytes)
        };
        let parts = vec![part("sdn"), part("alt"), part("add")];
        self.app
            .load_list(&actor(), "ofac-sdn", None, parts)
            .await
            .unwrap();
    }

    async fn sign_up(&self, sign_up: Value) -> SignUpAnswer {
        let sign_up: SignUp = serde_json::from_value(sign_up).unwrap();
        fresh(self.app.sign_up(&actor(), &sign_up, None).await.unwrap())
    }

    async fn check(&self, party: PartyId, method: &str) {
        let check = json!({"method": method, "outcome": "pass"});
        let addition = Addition {
            checks: vec![serde_json::from_value(check).unwrap()],
            ..Addition::default()
        };
        let added = self
            .app
            .add_to_party(&actor(), party, &addition, None)
            .await;
        fresh(added.unwrap());
    }

    async fn replay(&self, account: AccountId) -> Vec<Replayed> {
        self.app.replay(&actor(), account).await.unwrap()
    }
}

fn actor() -> Actor {
    Actor::operator("default", "test")
}

fn fresh<T>(reply: Reply<T>) -> T {
    match reply {
        Reply::Fresh(answer) => answer,
        Reply::Replayed { .. } => panic!("replayed"),
    }
}

fn person(id: Option<PartyId>) -> Value {
    let claims = json!([
        {"attribute": "payment_token", "value": "tok_1"},
        {"attribute": "legal_name", "value": "Wilhelmina Jansen"},
        {"attribute": "email", "value": "w.jansen@example.net"},
        {"attribute": "present_location", "value": "DE"},
    ]);
    let mut party = json!({"ref": "a", "kind": "person"});
    match id {
        Some(id) => party["id"] = json!(id),
        None => party["claims"] = claims,
    }
    json!({
        "account": {"product": "vps-small"},
        "parties": [party],
        "roles": [{"party": "a", "kind": "holder"}],
    })
}

fn company() -> Value {
    json!({
        "account": {"product": "vps-small"},
        "parties": [
            {"ref": "c", "kind": "organisation", "claims": [
                {"attribute": "legal_name", "value": "Jansen Tulpen BV"},
                {"attribute": "email", "value": "office@example.net"},
                {"attribute": "place_of_organisation", "value": "NL"}]},
            {"ref": "p", "kind": "person", "claims": [{"attribute": "legal_name", "value": "Wilhelmina Jansen"}]},
            {"ref": "q", "kind": "person", "claims": [{"attribute": "legal_name", "value": "Pieter Jansen"}]},
        ],
        "roles": [
            {"party": "c", "kind": "holder"},
            {"party": "p", "kind": "owner", "of": "c", "share": "60"},
            {"party": "q", "kind": "owner", "of": "c", "share": "40"},
            {"party": "p", "kind": "representative"},
        ],
    })
}

/// Everything came out the same, and the digest of each dossier was met.
fn assert_exact(replayed: &[Replayed], count: usize) {
    assert_eq!(replayed.len(), count, "{replayed:?}");
    assert!(
        replayed.iter().all(|r| r.same && r.why.is_none()),
        "{replayed:?}"
    );
}

#[tokio::test]
async fn a_sign_up_and_a_later_check_give_the_same_bytes() {
    let place = Place::new(1).await;
    place.load_list().await;
    let answer = place.sign_up(person(None)).await;
    let party = answer.parties[0].id;
    assert_exact(&place.replay(answer.account).await, 1);
    place.clock("2026-11-24T10:00:00Z");
    place.check(party, "email-code").await;
    place.clock("2026-11-26T10:00:00Z");
    place.check(party, "email-code").await;
    let replayed = place.replay(answer.account).await;
    assert_exact(&replayed, 3);
    assert!(replayed.is_sorted_by_key(|r| r.at));
}

#[tokio::test]
async fn changes_of_one_instant_are_told_apart_by_the_digest() {
    for seed in 1..5 {
        let place = Place::new(seed).await;
        let answer = place.sign_up(person(None)).await;
        place.check(answer.parties[0].id, "email-code").await;
        assert_exact(&place.replay(answer.account).await, 2);
    }
}

#[tokio::test]
async fn a_company_with_its_owners_gives_the_same_bytes() {
    for seed in 1..5 {
        let place = Place::new(seed).await;
        place.load_list().await;
        let answer = place.sign_up(company()).await;
        place.clock("2026-11-24T10:00:00Z");
        place.check(answer.parties[0].id, "email-code").await;
        let replayed = place.replay(answer.account).await;
        assert_eq!(replayed.len(), 2);
        assert!(replayed.iter().all(|r| r.same), "{replayed:?}");
    }
}

#[tokio::test]
async fn a_second_account_of_a_known_party_gives_the_same_bytes() {
    let place = Place::new(1).await;
    let first = place.sign_up(person(None)).await;
    let party = first.parties[0].id;
    place.clock("2026-11-24T10:00:00Z");
    let second = place.sign_up(person(Some(party))).await;
    place.clock("2026-11-24T11:00:00Z");
    place.check(party, "email-code").await;
    assert_exact(&place.replay(first.account).await, 2);
    assert_exact(&place.replay(second.account).await, 2);
}

#[tokio::test]
async fn old_assessments_replay_under_the_pack_of_their_time() {
    let place = Place::new(1).await;
    let answer = place.sign_up(person(None)).await;
    place.clock("2026-11-25T09:00:00Z");
    let old = bonafide_policy::builtin::text("base-minimal").unwrap();
    let version = old.lines().find(|l| l.starts_with("version = ")).unwrap();
    let new = old.replacen(version, "version = \"99.0.0\"", 1);
    assert_ne!(old, new);
    place.activate(&new).await;
    let judged = place.app.assessment(&actor(), answer.account, None).await;
    let judged = judged.unwrap().assessment;
    assert_ne!(judged, answer.assessment, "the new pack says nothing new");
    assert_exact(&place.replay(answer.account).await, 2);
}

#[tokio::test]
async fn rules_that_are_not_kept_are_named_and_not_guessed() {
    let place = Place::new(1).await;
    let catalogue = |region: &str| {
        format!(
            "[[product]]\nid = \"vps-small\"\ntitle = \"Server\"\ncategory = \"compute\"\nregions = [\"{region}\"]\nin_scope = true\nreason = \"a server\"\n"
        )
    };
    let set = async |text: &str| {
        place
            .app
            .set_text(&actor(), "catalogue", text)
            .await
            .unwrap()
    };
    set(&catalogue("eu")).await;
    let answer = place.sign_up(person(None)).await;
    assert_exact(&place.replay(answer.account).await, 1);
    set(&catalogue("us")).await;
    let replayed = place.replay(answer.account).await;
    assert!(!replayed[0].same);
    let why = replayed[0].why.as_deref().unwrap();
    assert!(
        why.contains("no pack") && why.contains("is kept any more"),
        "{why}"
    );
    set(&catalogue("eu")).await;
    assert_exact(&place.replay(answer.account).await, 1);
}

#[tokio::test]
async fn r_040_elections_and_activations_since_do_not_change_what_was_judged() {
    let place = Place::new(1).await;
    let text = bonafide_policy::builtin::text("us-iaas-cip").unwrap();
    let activate = async |elected: bool| {
        let pack = PackText {
            name: "us-iaas-cip".to_owned(),
            text: text.to_owned(),
            elected_by: elected.then(|| ("officer".to_owned(), place.app.now())),
            active_since: None,
        };
        place.app.activate_pack(&actor(), &pack).await.unwrap();
    };
    activate(false).await;
    let answer = place.sign_up(person(None)).await;
    assert_exact(&place.replay(answer.account).await, 1);
    place.clock("2026-11-25T09:00:00Z");
    activate(true).await;
    assert_exact(&place.replay(answer.account).await, 1);
    let judged = place.app.assessment(&actor(), answer.account, None).await;
    assert_ne!(judged.unwrap().assessment, answer.assessment);
    place.clock("2026-11-26T09:00:00Z");
    activate(false).await;
    let again = place.app.assessment(&actor(), answer.account, None).await;
    again.unwrap();
    assert_exact(&place.replay(answer.account).await, 3);
}

#[tokio::test]
async fn a_pack_that_was_changed_in_the_database_judges_nothing() {
    let place = Place::new(1).await;
    let answer = place.sign_up(person(None)).await;
    let url = format!(
        "sqlite://{}",
        place.dir.path().join("bonafide.db").display()
    );
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    let changed =
        sqlx::query("UPDATE pack SET text = text || '# and more'").execute(&mut connection);
    assert_eq!(changed.await.unwrap().rows_affected(), 1);
    let replayed = place.replay(answer.account).await;
    let why = replayed[0].why.as_deref().unwrap();
    assert!(
        !replayed[0].same && why.contains("changed in the database"),
        "{why}"
    );
}

#[tokio::test]
async fn after_an_erasure_there_is_no_partial_answer() {
    let place = Place::new(1).await;
    let answer = place.sign_up(person(None)).await;
    let company = place.sign_up(company()).await;
    for account in [answer.account, company.account] {
        place.app.close_account(&actor(), account).await.unwrap();
    }
    // Past every term of keeping.
    place.clock("2046-11-24T09:00:00Z");
    let owner = company
        .parties
        .iter()
        .find(|p| p.reference == "q")
        .unwrap()
        .id;
    for party in [answer.parties[0].id, owner] {
        let erased = place
            .app
            .erase_party(&actor(), party, "GDPR 17(1)(a)")
            .await;
        erased.unwrap();
    }
    let gone = place.app.replay(&actor(), answer.account).await;
    assert!(matches!(gone, Err(AppError::Gone(_))), "{gone:?}");
    let replayed = place.replay(company.account).await;
    assert!(!replayed.is_empty());
    for one in replayed {
        let why = one.why.unwrap();
        assert!(
            !one.same
                && why.contains(&owner.to_string())
                && why.contains("erased at 2046-11-24T09:00:00.000Z on ground: GDPR 17(1)(a)"),
            "{why}"
        );
    }
    let stranger = Actor::operator("other", "test");
    place.app.ensure_tenant("other", &stranger).await.unwrap();
    let refused = place.app.replay(&stranger, company.account).await;
    assert!(matches!(refused, Err(AppError::NotFound { .. })));
}
