//! `Idempotency-Key`: the same again is the same answer; another request under the key is refused.

use bonafide_app::Role;
use serde_json::{Value, json};

use crate::harness::{TestApi, ids, sign_up};

#[tokio::test]
async fn a_replay_gives_the_same_bytes_and_does_nothing() {
    let api = TestApi::start().await;
    let first = api.post_once("/v1/sign-ups", &sign_up(), "k-1").await;
    assert_eq!(
        (first.status, first.header("idempotent-replayed")),
        (201, None),
        "{}",
        first.text
    );
    let size = api.ledger_size().await;
    let again = api.post_once("/v1/sign-ups", &sign_up(), "k-1").await;
    assert_eq!(
        (again.status, again.header("idempotent-replayed")),
        (201, Some("true"))
    );
    assert_eq!(
        (&again.text, again.header("content-type")),
        (&first.text, first.header("content-type"))
    );
    assert_eq!(api.ledger_size().await, size);
    let other = api.post_once("/v1/sign-ups", &sign_up(), "k-2").await;
    assert_ne!(other.text, first.text);
}

#[tokio::test]
async fn another_body_under_the_key_is_refused() {
    let api = TestApi::start().await;
    assert_eq!(
        api.post_once("/v1/sign-ups", &sign_up(), "k").await.status,
        201
    );
    let size = api.ledger_size().await;
    let mut other = sign_up();
    other["external_id"] = json!("order-1002");
    api.post_once("/v1/sign-ups", &other, "k")
        .await
        .is_problem(422, "idempotency-mismatch");
    assert_eq!(api.ledger_size().await, size);
}

#[tokio::test]
async fn a_key_is_good_for_one_path_of_one_subject() {
    let api = TestApi::start().await;
    let (_, one) = ids(&api.signed_up().await);
    let (_, two) = ids(&api.signed_up().await);
    let claims = json!({"claims": [{"attribute": "citizenship", "value": "PT"}]});
    let first = api
        .post_once(&format!("/v1/parties/{one}/claims"), &claims, "k")
        .await;
    let second = api
        .post_once(&format!("/v1/parties/{two}/claims"), &claims, "k")
        .await;
    assert_eq!((first.status, second.status), (201, 201), "{}", second.text);
    assert_ne!(first.text, second.text);
    assert_eq!(second.header("idempotent-replayed"), None);
}

#[tokio::test]
async fn a_refused_request_uses_no_key_up() {
    let api = TestApi::start().await;
    let mut wrong = sign_up();
    wrong["parties"][0]["kind"] = json!("cat");
    assert_eq!(api.post_once("/v1/sign-ups", &wrong, "k").await.status, 422);
    assert_eq!(
        api.post_once("/v1/sign-ups", &sign_up(), "k").await.status,
        201
    );
}

#[tokio::test]
async fn after_a_day_the_key_is_new_again() {
    let api = TestApi::start().await;
    let first = api.post_once("/v1/sign-ups", &sign_up(), "k").await;
    api.clock.set("2026-11-25T09:30:00.001Z".parse().unwrap());
    let later = api.post_once("/v1/sign-ups", &sign_up(), "k").await;
    assert_eq!(
        (later.status, later.header("idempotent-replayed")),
        (201, None),
        "{}",
        later.text
    );
    assert_ne!(later.text, first.text);
}

#[tokio::test]
async fn a_key_that_cannot_be_kept_is_refused() {
    let api = TestApi::start().await;
    for key in ["", "two words", "tab\there", &"x".repeat(129)] {
        let refused = api.post_once("/v1/sign-ups", &sign_up(), key).await;
        assert_eq!(
            refused.is_problem(422, "invalid").fields(),
            ["Idempotency-Key"],
            "{key}"
        );
    }
    let listed: Value = api.get("/v1/accounts").await.json();
    assert_eq!(listed["items"], json!([]));
}

#[tokio::test]
async fn a_case_is_opened_noted_and_contested_once() {
    let mut api = TestApi::start().await;
    let (_, party) = ids(&api.signed_up().await);
    api.key = api.staff_key("ana", &[Role::SeniorReviewer]).await;
    let open = json!({"kind": "dispute", "party": party, "grounds": "the date of birth is wrong"});
    // One about nobody is remembered too.
    let nobody = json!({"kind": "operations", "grounds": "the disk is nearly full"});
    for (body, key) in [(&open, "a"), (&nobody, "b")] {
        let first = api.post_once("/v1/cases", body, key).await;
        assert_eq!(first.status, 201, "{}", first.text);
        let size = api.ledger_size().await;
        let again = api.post_once("/v1/cases", body, key).await;
        assert_eq!(
            (
                again.status,
                again.header("idempotent-replayed"),
                &again.text
            ),
            (201, Some("true"), &first.text)
        );
        assert_eq!(api.ledger_size().await, size);
        let note = format!("/v1/cases/{}/notes", first.json()["id"].as_str().unwrap());
        let said = json!({"text": "asked for papers"});
        let noted = api.post_once(&note, &said, key).await;
        let size = api.ledger_size().await;
        let again = api.post_once(&note, &said, key).await;
        assert_eq!((noted.status, &noted.text), (201, &again.text));
        assert_eq!(api.ledger_size().await, size);
        api.post_once(&note, &json!({"text": "else"}), key)
            .await
            .is_problem(422, "idempotency-mismatch");
    }
    let cases = api.get("/v1/cases").await.json();
    let cases = cases["items"].as_array().unwrap();
    assert_eq!(cases.len(), 2);

    let dispute = cases.iter().find(|case| case["kind"] == "dispute").unwrap();
    let case = dispute["id"].as_str().unwrap();
    let decision = json!({"outcome": "reject", "grounds": "papers seen"});
    let decided = api
        .post(&format!("/v1/cases/{case}/decide"), &decision)
        .await;
    assert_eq!(decided.status, 200, "{}", decided.text);
    let (path, why) = (
        format!("/v1/cases/{case}/appeal"),
        json!({"grounds": "contested"}),
    );
    let appeal = api.post_once(&path, &why, "c").await;
    let again = api.post_once(&path, &why, "c").await;
    assert_eq!((appeal.status, &again.text), (201, &appeal.text));
    // Without the key it is another request, and refused.
    api.post(&path, &why).await.is_problem(409, "refused");
    // Whoever may not know of a restricted case is given no earlier answer about it.
    let legal = api.key_for(Role::Legal).await;
    let ana = std::mem::replace(&mut api.key, legal);
    let mut secret = open.clone();
    secret["restricted"] = json!(true);
    let opened = api.post_once("/v1/cases", &secret, "d").await;
    assert_eq!(opened.status, 201, "{}", opened.text);
    let id = opened.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/cases/{id}/notes");
    let noted = api.post_once(&path, &json!({"text": "x"}), "e").await;
    assert_eq!(noted.status, 201, "{}", noted.text);
    api.key = ana;
    api.post_once(&path, &json!({"text": "x"}), "e")
        .await
        .is_problem(404, "not-found");
    api.post_once("/v1/cases", &secret, "d")
        .await
        .is_problem(403, "forbidden");
}
