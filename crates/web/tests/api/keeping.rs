//! Holds, what is kept of a party, and the answer about somebody who was erased.

use bonafide_app::{Actor, Role};
use serde_json::json;

use crate::harness::{TestApi, ids};

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
