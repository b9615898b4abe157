//! Holds, what is kept of a party, and the answer about somebody who was erased.

use bonafide_app::{Actor, Role};
use serde_json::{Value, json};

use crate::harness::{Answer, TestApi, ids};

#[tokio::test]
async fn a_hold_is_placed_shown_and_released() {
    let api = TestApi::start().await;
    let (account, party) = ids(&api.signed_up().await);
    let legal = api.key_for(Role::Legal).await;
    let hold = json!({
        "account": account, "fields": ["email"], "basis": "preservation request 7",
        "until": "2027-02-22T09:00:00Z",
    });
    api.post("/v1/holds", &hold)
        .await
        .is_problem(403, "forbidden");
    let placed = api.post_with(&legal, "/v1/holds", &hold).await;
    assert_eq!(placed.status, 201, "{}", placed.text);
    assert!(!placed.text.contains("preservation"), "{}", placed.text);
    let placed = placed.json();
    assert_eq!(
        (&placed["party"], &placed["state"]),
        (&json!(party), &json!("holds"))
    );

    let keeping = api
        .get_with(&legal, &format!("/v1/parties/{party}/keeping"))
        .await;
    let items = keeping.json()["items"].as_array().unwrap().clone();
    let causes = |field: &str| {
        let item = items.iter().find(|i| i["field"] == field).unwrap();
        item["must_until"]["causes"].as_array().unwrap().clone()
    };
    assert_eq!(causes("email")[0]["hold"], placed["id"]);
    assert!(causes("legal_name").iter().all(|c| c["hold"].is_null()));
    assert!(!keeping.text.contains("preservation"), "{}", keeping.text);

    let path = format!("/v1/holds/{}/release", placed["id"].as_str().unwrap());
    assert_eq!(api.post_with(&legal, &path, &json!({})).await.status, 204);
    api.post_with(&legal, &path, &json!({}))
        .await
        .is_problem(404, "not-found");
    let live = api.get_with(&legal, "/v1/holds").await.json();
    assert_eq!(live["items"], json!([]));
    let all = api
        .get_with(&legal, &format!("/v1/holds?state=all&party={party}"))
        .await;
    assert_eq!(all.json()["items"][0]["state"], "released", "{}", all.text);
    let nobody = json!({"basis": "x", "classes": ["identty"]});
    let refused = api.post_with(&legal, "/v1/holds", &nobody).await;
    refused.is_problem(422, "invalid");
    assert_eq!(refused.fields(), ["classes", "party"]);
}

#[tokio::test]
async fn who_was_erased_is_gone_with_instant_and_ground() {
    let api = TestApi::start().await;
    let (account, party) = ids(&api.signed_up().await);
    let operator = Actor::operator("default", "test");
    let id = account.parse().unwrap();
    api.app.close_account(&operator, id).await.unwrap();
    let id = party.parse().unwrap();
    let erased = api.app.erase_party(&operator, id, "GDPR 17(1)(a)").await;
    assert!(erased.unwrap().whole);
    for path in [
        format!("/v1/parties/{party}"),
        format!("/v1/parties/{party}/timeline"),
        format!("/v1/accounts/{account}/assessment"),
        format!("/v1/accounts/{account}/entitlements"),
    ] {
        let answer = api.get(&path).await;
        answer.is_problem(410, "gone");
        assert!(
            answer
                .text
                .contains("2026-11-24T09:30:00.000Z on ground: GDPR 17(1)(a)"),
            "{}",
            answer.text
        );
    }
}

/// Erases somebody who signed up for that and left.
pub(crate) async fn erase(api: &TestApi, body: &Value) -> Answer {
    let (account, party) = ids(&api.signed_up().await);
    let operator = Actor::operator("default", "test");
    let id = account.parse().unwrap();
    api.app.close_account(&operator, id).await.unwrap();
    let legal = api.key_for(Role::Legal).await;
    api.post_with(&legal, &format!("/v1/parties/{party}/erasure"), body)
        .await
}

#[tokio::test]
async fn an_erasure_goes_through_the_calculus_and_says_why_something_stays() {
    let api = TestApi::start().await;
    let (account, party) = ids(&api.signed_up().await);
    let legal = api.key_for(Role::Legal).await;
    let path = format!("/v1/parties/{party}/erasure");
    let body = json!({"ground": "GDPR 17(1)(a)"});
    api.post(&path, &body).await.is_problem(403, "forbidden");
    let empty = api.post_with(&legal, &path, &json!({"ground": " "})).await;
    empty.is_problem(422, "invalid");
    assert_eq!(empty.fields(), ["ground"]);

    // While the account is open everything must stay, and the refusal says so and is recorded.
    let refused = api.post_with(&legal, &path, &body).await;
    refused.is_problem(409, "refused");
    assert!(refused.text.contains("is open"), "{}", refused.text);
    let timeline = api.get(&format!("/v1/parties/{party}/timeline")).await;
    assert!(
        timeline.text.contains("erasure_refused"),
        "{}",
        timeline.text
    );

    let used = format!("/v1/accounts/{account}/accesses");
    let size = api.ledger_size().await;
    let day = json!({"at": "2026-11-20T10:00:00Z"});
    for (at, status) in [
        (day.clone(), 204),
        // The same day again says nothing new.
        (json!({"at": "2026-11-20T23:00:00Z"}), 204),
        (json!({"at": "2999-01-01T00:00:00Z"}), 422),
    ] {
        let noted = api.post(&used, &at).await;
        assert_eq!(noted.status, status, "{}", noted.text);
    }
    assert!(api.ledger_size().await > size);
    api.post(&used.replace("acc_", "pty_"), &day)
        .await
        .is_problem(404, "not-found");
    let id = account.parse().unwrap();
    let operator = Actor::operator("default", "test");
    api.app.close_account(&operator, id).await.unwrap();
    let erased = api.post_with(&legal, &path, &body).await;
    assert_eq!(erased.status, 200, "{}", erased.text);
    assert_eq!(
        (&erased.json()["whole"], &erased.json()["kept"]),
        (&json!(true), &json!([]))
    );
    api.post_with(&legal, &path, &body)
        .await
        .is_problem(410, "gone");
    api.post(&used, &day).await.is_problem(410, "gone");
}
