//! One tenant never sees or touches what is another's, whatever it knows of it (attack 30 of the ledger's list).

use axum::body::Body;
use axum::http::Request;
use bonafide_app::Scope;
use serde_json::{Value, json};

use crate::harness::{Answer, TestApi, ids, sign_up};

async fn as_other(
    api: &TestApi,
    key: &str,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> Answer {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {key}"));
    if body.is_some() {
        request = request
            .header("content-type", "application/json")
            .header("idempotency-key", "k");
    }
    let body = body.map_or_else(Body::empty, |b| b.to_string().into());
    api.send(request.body(body).unwrap()).await
}

#[tokio::test]
async fn what_is_another_tenants_is_not_there() {
    let api = TestApi::start().await;
    let mine = api.post_once("/v1/sign-ups", &sign_up(), "k").await.json();
    let (account, party) = ids(&mine);
    api.ledger_size().await;
    let record = api
        .get(&format!("/v1/parties/{party}/timeline"))
        .await
        .json()["items"][0]["record"]
        .as_str()
        .unwrap()
        .to_owned();
    let other = api.key_of("other", &Scope::ALL).await;
    for path in [
        format!("/v1/accounts/{account}/assessment"),
        format!("/v1/accounts/{account}/entitlements"),
        format!("/v1/parties/{party}"),
        format!("/v1/parties/{party}/timeline"),
        format!("/v1/ledger/records/{record}/proof"),
    ] {
        as_other(&api, &other, "GET", &path, None)
            .await
            .is_problem(404, "not-found");
    }
    let claims = json!({"claims": [{"attribute": "citizenship", "value": "PT"}]});
    let addition = json!({"parties": [], "roles": [{"party": party, "kind": "payer"}]});
    for (path, body) in [
        (format!("/v1/parties/{party}/claims"), &claims),
        (format!("/v1/accounts/{account}/parties"), &addition),
    ] {
        as_other(&api, &other, "POST", &path, Some(body))
            .await
            .is_problem(404, "not-found");
    }
    as_other(
        &api,
        &other,
        "POST",
        &format!("/v1/accounts/{account}/close"),
        None,
    )
    .await
    .is_problem(404, "not-found");
    let search = json!({"attribute": "email", "value": "ana@example.org", "purpose": "review"});
    let found = as_other(&api, &other, "POST", "/v1/parties/search", Some(&search)).await;
    assert_eq!(found.json(), json!({"parties": []}));
    assert_eq!(
        as_other(&api, &other, "GET", "/v1/accounts", None)
            .await
            .json()["items"],
        json!([])
    );
}

#[tokio::test]
async fn a_party_of_another_tenant_cannot_be_named_in_a_sign_up() {
    let api = TestApi::start().await;
    let (_, party) = ids(&api.signed_up().await);
    let other = api.key_of("other", &Scope::ALL).await;
    let mut reuse = sign_up();
    reuse["parties"][0]["id"] = json!(party);
    let refused = as_other(&api, &other, "POST", "/v1/sign-ups", Some(&reuse)).await;
    assert_eq!(
        refused.is_problem(422, "invalid").fields(),
        ["parties[0].id"]
    );
}

#[tokio::test]
async fn idempotency_keys_are_each_tenants_own() {
    let api = TestApi::start().await;
    let mine = api.post_once("/v1/sign-ups", &sign_up(), "k").await;
    let other = api.key_of("other", &Scope::ALL).await;
    let theirs = as_other(&api, &other, "POST", "/v1/sign-ups", Some(&sign_up())).await;
    assert_eq!(
        (theirs.status, theirs.header("idempotent-replayed")),
        (201, None),
        "{}",
        theirs.text
    );
    assert_ne!(theirs.text, mine.text);
}

#[tokio::test]
async fn ledgers_have_origins_and_keys_of_their_own() {
    let api = TestApi::start().await;
    let mine = api.get("/v1/ledger/key").await.text;
    let other = api.key_of("other", &Scope::ALL).await;
    assert_ne!(
        as_other(&api, &other, "GET", "/v1/ledger/key", None)
            .await
            .text,
        mine
    );
}
