//! The use cases on real storage: what is acknowledged is sealed, durable and provable, and what is erased is gone.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "spine/place.rs"]
mod place;

use std::fs;
use std::path::{Path, PathBuf};

use bonafide_app::answers::SignUpAnswer;
use bonafide_app::submission::SignUp;
use bonafide_app::{Accounts, Actor, Addition, AppError, Location, NewHold, Once, PackText, Reply};
use bonafide_model::PartyId;
use serde_json::json;

use place::{Place, actor, at, fresh, holds, set_up, sign_up, signed_up, verified};

#[tokio::test]
async fn a_sign_up_is_sealed_recorded_and_found_again_after_a_restart() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    let answer = signed_up(&app, "Canaria Quokka", "canary-quokka@example.org").await;
    assert_eq!(answer.assessment["decision"], "provisional");
    assert_eq!(verified(&app).await, 0);
    for canary in ["Quokka", "quokka", "canary-quokka"] {
        assert_eq!(
            holds(place.dir.path(), canary.as_bytes()),
            Vec::<PathBuf>::new(),
            "{canary}"
        );
    }
    app.close().await.unwrap();

    let app = place.open().await.unwrap();
    let party = answer.parties[0].id;
    assert_eq!(
        app.find_parties(
            &actor(),
            "email",
            "Canary-Quokka@Example.org",
            "duplicate_check"
        )
        .await
        .unwrap(),
        [party]
    );
    assert_eq!(
        app.find_parties(&actor(), "legal_name", "quokka canaria", "duplicate_check")
            .await
            .unwrap(),
        [party]
    );
    let judged = app
        .assessment(&actor(), answer.account, None)
        .await
        .unwrap();
    assert_eq!(judged.assessment, answer.assessment);
    let timeline = app.timeline(&actor(), party, None, 50).await.unwrap();
    assert!(timeline.items.iter().all(|i| i.leaf_index.is_some()) && timeline.items.len() >= 2);
    let page = app
        .accounts(&actor(), &Accounts::default(), None, 10)
        .await
        .unwrap();
    assert_eq!(page.items.len(), 1);
}

#[tokio::test]
async fn a_check_raises_assurance_and_changes_the_decision() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    let tenant = app.tenant("default").unwrap();
    assert!(tenant.engine().lists.lists().is_empty());
    let lists = |name: &str| {
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../screen/samples/ofac")
            .join(format!("{name}.csv"));
        (name.to_owned(), fs::read(file).unwrap())
    };
    app.load_list(
        &actor(),
        "ofac-sdn",
        None,
        vec![lists("sdn"), lists("alt"), lists("add")],
    )
    .await
    .unwrap();
    let answer = signed_up(&app, "Wilhelmina Jansen", "w.jansen@example.net").await;
    assert_eq!(
        answer.assessment["decision"], "provisional",
        "{}",
        answer.assessment
    );
    let party = answer.parties[0].id;
    let check = serde_json::from_value(json!({"method": "email-code", "outcome": "pass"})).unwrap();
    let addition = Addition {
        checks: vec![check],
        ..Addition::default()
    };
    let added = fresh(
        app.add_to_party(&actor(), party, &addition, None)
            .await
            .unwrap(),
    );
    assert_eq!(
        added.accounts[0].assessment["decision"], "approve",
        "{}",
        added.accounts[0].assessment
    );
    // A listed name is referred, and the record says against which version it was screened.
    let listed = signed_up(&app, "Arkady Volkov", "av@example.net").await;
    assert_ne!(listed.assessment["decision"], "approve");
    assert_eq!(verified(&app).await, 0);
}

#[tokio::test]
async fn attack_30_an_idempotency_key_with_another_body_is_refused() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    fn write(answer: &SignUpAnswer) -> (u16, Vec<u8>) {
        (201, serde_json::to_vec(answer).unwrap())
    }
    let once = |body: &'static [u8]| Once {
        route: "POST /v1/sign-ups",
        key: "k-1",
        body,
        write,
    };
    let first = fresh(
        app.sign_up(
            &actor(),
            &sign_up("A B", "a@example.org"),
            Some(&once(b"one")),
        )
        .await
        .unwrap(),
    );
    let again = app
        .sign_up(
            &actor(),
            &sign_up("A B", "a@example.org"),
            Some(&once(b"one")),
        )
        .await
        .unwrap();
    let Reply::Replayed { status: 201, body } = again else {
        panic!("not replayed")
    };
    assert_eq!(body, serde_json::to_vec(&first).unwrap());
    let other = app
        .sign_up(
            &actor(),
            &sign_up("C D", "c@example.org"),
            Some(&once(b"two")),
        )
        .await;
    assert!(matches!(other, Err(AppError::IdempotencyMismatch)));
    assert_eq!(
        app.accounts(&actor(), &Accounts::default(), None, 10)
            .await
            .unwrap()
            .items
            .len(),
        1
    );
    // A tenant cannot see another's record.
    let stranger = Actor::operator("other", "test");
    app.ensure_tenant("other", &stranger).await.unwrap();
    let refused = app.assessment(&stranger, first.account, None).await;
    assert!(matches!(refused, Err(AppError::NotFound { .. })));
    assert!(matches!(
        app.party(&stranger, first.parties[0].id).await,
        Err(AppError::NotFound { .. })
    ));
}

#[tokio::test]
async fn r_108_an_erased_party_is_gone_from_every_file_and_from_older_copies_after_the_epoch() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    let answer = signed_up(&app, "Canaria Quokka", "canary-quokka@example.org").await;
    let other = signed_up(&app, "Somebody Else", "else@example.org").await;
    let party = answer.parties[0].id;
    assert_eq!(verified(&app).await, 0);

    // While the account is open the party must be kept, and the refusal says why.
    let refused = app
        .erase_party(&actor(), party, "GDPR 17(1)(a)")
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("open"), "{refused}");
    app.close_account(&actor(), answer.account).await.unwrap();
    let new = NewHold {
        party: Some(party),
        basis: "preservation request 7".to_owned(),
        ..NewHold::default()
    };
    let hold = fresh(app.place_hold(&actor(), &new, None).await.unwrap()).id;
    let refused = app
        .erase_party(&actor(), party, "GDPR 17(1)(a)")
        .await
        .unwrap_err();
    // The hold is named; its basis may be a secret of the process that ordered it.
    assert!(refused.to_string().contains(&hold.to_string()), "{refused}");
    assert!(!refused.to_string().contains("preservation"), "{refused}");
    app.release_hold(&actor(), hold).await.unwrap();

    app.close().await.unwrap();
    let store = bonafide_store::Store::open_sqlite(&place.path())
        .await
        .unwrap();
    let wrapped = store
        .key_row("default", party)
        .await
        .unwrap()
        .unwrap()
        .wrapped;
    store.close().await.unwrap();
    drop(store);
    let backup = place.dir.path().with_extension("backup");
    fs::create_dir_all(&backup).unwrap();
    for name in ["bonafide.db", "bonafide.db-wal"] {
        if let Ok(bytes) = fs::read(place.dir.path().join(name)) {
            fs::write(backup.join(name), bytes).unwrap();
        }
    }
    let app = place.open().await.unwrap();
    let erased = app
        .erase_party(&actor(), party, "GDPR 17(1)(a)")
        .await
        .unwrap();
    assert!(erased.records > 0);
    assert_eq!(verified(&app).await, 0);
    assert_eq!(
        app.find_parties(
            &actor(),
            "email",
            "canary-quokka@example.org",
            "duplicate_check"
        )
        .await
        .unwrap(),
        Vec::<PartyId>::new()
    );
    // What is answered is when and on what ground it was erased, and never a part of what was.
    for gone in [
        app.party(&actor(), party).await.err(),
        app.timeline(&actor(), party, None, 9).await.err(),
        app.party_keeping(&actor(), party).await.err(),
        app.assessment(&actor(), answer.account, None).await.err(),
        app.replay(&actor(), answer.account).await.err(),
    ] {
        let Some(AppError::Gone(text)) = gone else {
            panic!("{gone:?}")
        };
        assert!(
            text.contains("2026-11-24T09:00:00.000Z") && text.contains("GDPR 17(1)(a)"),
            "{text}"
        );
    }
    assert!(app.party(&actor(), other.parties[0].id).await.is_ok());
    // The wrapped key is left in no file; of the subject there is only the tombstone.
    assert_eq!(holds(place.dir.path(), &wrapped), Vec::<PathBuf>::new());
    let erased = app.erased_parties(&actor(), None, 9).await.unwrap();
    assert_eq!(erased.len(), 1);
    assert_eq!(
        (erased[0].party, erased[0].ground.as_str()),
        (party, "GDPR 17(1)(a)")
    );
    assert!(
        !holds(&backup, &wrapped).is_empty(),
        "the copy from before has it, or the search finds nothing"
    );

    // Once the epoch after it has ended the copy from before opens nothing of the erased with the keys of today.
    place.clock.set(at("2026-12-02T09:00:00Z"));
    let rotated = app.rotate_keys(&actor()).await.unwrap();
    assert!(rotated.destroyed == 0 && rotated.rewrapped >= 1);
    place.clock.set(at("2026-12-09T09:00:00Z"));
    let rotated = app.rotate_keys(&actor()).await.unwrap();
    assert!(rotated.destroyed == 1 && rotated.rewrapped >= 1);
    assert!(app.party(&actor(), other.parties[0].id).await.is_ok());
    app.close().await.unwrap();
    let copy = tempfile::tempdir().unwrap();
    fs::create_dir_all(copy.path().join("heads")).unwrap();
    fs::copy(
        place.keyring().join("keyring.json"),
        copy.path().join("keyring.json"),
    )
    .unwrap();
    let old = place
        .open_at(Location::Sqlite(backup.join("bonafide.db")), copy.path(), 9)
        .await
        .unwrap();
    let gone = old.party(&actor(), party).await.unwrap_err();
    assert!(
        gone.detail().unwrap_or_default().contains("destroyed"),
        "{gone:?}"
    );
    fs::remove_dir_all(&backup).unwrap();
}

#[tokio::test]
async fn r_101_erasure_is_refused_with_the_citation_until_the_term_has_run() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    let text = bonafide_policy::builtin::text("us-iaas-cip")
        .unwrap()
        .to_owned();
    let elected_by = Some((
        "Jo Officer, compliance".to_owned(),
        at("2026-11-24T08:00:00Z"),
    ));
    let pack = PackText {
        name: "us-iaas-cip".to_owned(),
        text,
        elected_by,
        active_since: None,
    };
    app.activate_pack(&actor(), &pack).await.unwrap();
    let answer = signed_up(&app, "A B", "ab@example.org").await;
    let party = answer.parties[0].id;
    app.close_account(&actor(), answer.account).await.unwrap();
    let refused = app
        .erase_party(&actor(), party, "GDPR 17(1)(a)")
        .await
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("89 FR 5698") && refused.contains("2028-11-24"),
        "{refused}"
    );
    place.clock.set(at("2028-11-23T09:00:00Z"));
    assert!(
        app.erase_party(&actor(), party, "GDPR 17(1)(a)")
            .await
            .is_err()
    );
    place.clock.set(at("2028-11-25T09:00:00Z"));
    app.erase_party(&actor(), party, "GDPR 17(1)(a)")
        .await
        .unwrap();
    assert_eq!(verified(&app).await, 0);
}

#[tokio::test]
async fn attack_4_an_old_backup_that_would_fork_the_ledger_is_refused_at_start() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    signed_up(&app, "Before Backup", "before@example.org").await;
    assert_eq!(verified(&app).await, 0);
    app.close().await.unwrap();
    let backup = fs::read(place.path()).unwrap();
    let app = place.open().await.unwrap();
    signed_up(&app, "After Backup", "after@example.org").await;
    assert_eq!(verified(&app).await, 0);
    app.close().await.unwrap();
    fs::remove_file(place.dir.path().join("bonafide.db-wal")).ok();
    fs::write(place.path(), backup).unwrap();
    let refused = place.open().await.err().expect("refused");
    assert!(refused.to_string().contains("backup"), "{refused}");
}

#[tokio::test]
async fn r_008_what_was_known_on_a_day_stays_answerable_after_a_correction() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    let answer = signed_up(&app, "A B", "ab@example.org").await;
    let party = answer.parties[0].id;
    place.clock.set(at("2026-11-26T09:00:00Z"));
    let check = serde_json::from_value(json!({"method": "email-code", "outcome": "pass"})).unwrap();
    let addition = Addition {
        checks: vec![check],
        ..Addition::default()
    };
    app.add_to_party(&actor(), party, &addition, None)
        .await
        .unwrap();
    let then = app
        .assessment(&actor(), answer.account, Some(at("2026-11-25T09:00:00Z")))
        .await
        .unwrap();
    let now = app
        .assessment(&actor(), answer.account, None)
        .await
        .unwrap();
    let missing = |a: &serde_json::Value| {
        a["missing"]
            .as_array()
            .unwrap()
            .iter()
            .any(|m| m["attributes"][0]["attribute"] == "email")
    };
    assert!(missing(&then.assessment) && !missing(&now.assessment));
    let early = app
        .assessment(&actor(), answer.account, Some(at("2026-11-01T09:00:00Z")))
        .await;
    assert!(matches!(early, Err(AppError::NotFound { .. })));
}

#[tokio::test]
async fn r_073_a_second_account_of_a_known_party_asks_nothing_again() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    let first = signed_up(&app, "A B", "ab@example.org").await;
    let again: SignUp = serde_json::from_value(json!({
        "account": {"product": "vps-small"},
        "parties": [{"ref": "a", "kind": "person", "id": first.parties[0].id}],
        "roles": [{"party": "a", "kind": "holder"}],
    }))
    .unwrap();
    let second = fresh(app.sign_up(&actor(), &again, None).await.unwrap());
    assert_eq!(second.parties[0].id, first.parties[0].id);
    assert_eq!(second.assessment["missing"], first.assessment["missing"]);
    assert_ne!(second.account, first.account);
    // What was learned with the first account still counts when the second is judged again.
    let check = serde_json::from_value(json!({"method": "email-code", "outcome": "pass"})).unwrap();
    let addition = Addition {
        checks: vec![check],
        ..Addition::default()
    };
    let party = first.parties[0].id;
    let added = fresh(
        app.add_to_party(&actor(), party, &addition, None)
            .await
            .unwrap(),
    );
    assert_eq!(added.accounts.len(), 2);
    assert_eq!(
        added.accounts[0].assessment["missing"],
        added.accounts[1].assessment["missing"]
    );
    assert_eq!(added.accounts[1].assessment["decision"], "provisional");
    assert_eq!(verified(&app).await, 0);
}

#[tokio::test]
async fn attack_5_two_processes_on_one_database_never_sign_two_heads_of_one_size() {
    let url = std::env::var("BONAFIDE_TEST_POSTGRES")
        .expect("BONAFIDE_TEST_POSTGRES is not set: run `cargo xtask test`");
    let name = format!("spine_{}", std::process::id());
    let psql = |sql: String| {
        assert!(
            std::process::Command::new("psql")
                .args([&url, "-qc", &sql])
                .status()
                .unwrap()
                .success()
        )
    };
    psql(format!("CREATE DATABASE {name}"));
    let (base, _) = url.rsplit_once('/').unwrap();
    let location = Location::Postgres(format!("{base}/{name}"));
    let place = Place::new();
    let one = place
        .open_at(location.clone(), &place.keyring(), 1)
        .await
        .unwrap();
    set_up(&one).await;
    let again = location.clone();
    let two = place.open_at(location, &place.keyring(), 2).await.unwrap();
    let mut tasks = Vec::new();
    for (number, app) in [one.clone(), two.clone()].into_iter().enumerate() {
        tasks.push(tokio::spawn(async move {
            let mut heads = Vec::new();
            let tenant = app.tenant("default").unwrap();
            for n in 0..20 {
                signed_up(
                    &app,
                    &format!("Person {number} {n}"),
                    &format!("p{number}.{n}@example.org"),
                )
                .await;
                app.sequence(&tenant).await.unwrap();
                heads.push(app.checkpoint(&actor()).await.unwrap());
            }
            heads
        }));
    }
    let mut heads = std::collections::BTreeMap::new();
    for task in tasks {
        for note in task.await.unwrap() {
            let mut lines = note.lines().skip(1);
            let (size, root) = (
                lines.next().unwrap().to_owned(),
                lines.next().unwrap().to_owned(),
            );
            let known = heads.entry(size.clone()).or_insert_with(|| root.clone());
            assert_eq!(*known, root, "two heads of size {size}");
        }
    }
    assert!(heads.len() > 1);
    assert_eq!(verified(&one).await, 0);
    assert_eq!(
        one.accounts(&actor(), &Accounts::default(), None, 100)
            .await
            .unwrap()
            .items
            .len(),
        40
    );
    // One process rotates the epoch keys; the other, which does not know, must not write under the destroyed epoch.
    one.rotate_keys(&actor()).await.unwrap();
    let after = signed_up(&two, "After Rotation", "after@example.org").await;
    let party = after.parties[0].id;
    assert!(two.party(&actor(), party).await.is_ok() && one.party(&actor(), party).await.is_ok());
    let again = place.open_at(again, &place.keyring(), 3).await.unwrap();
    assert!(again.party(&actor(), party).await.is_ok());
    again.close().await.unwrap();
    one.close().await.unwrap();
    two.close().await.unwrap();
    psql(format!("DROP DATABASE {name} WITH (FORCE)"));
}
