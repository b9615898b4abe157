//! Cases over the API: by people with keys of their own, in the forms of the document.

use std::sync::atomic::{AtomicU32, Ordering};

use axum::body::Body;
use axum::http::Method;
use bonafide_app::{Actor, NewStaff, Role};
use serde_json::{Value, json};

use crate::harness::{Answer, TestApi, ids};

/// A key of a person with a role.
async fn person(api: &TestApi, handle: &str, role: Role) -> String {
    let operator = Actor::operator("default", "test");
    let new = NewStaff {
        handle: handle.to_owned(),
        name: None,
        email: None,
        roles: [role].into(),
    };
    api.app.add_staff(&operator, &new).await.unwrap();
    let all = std::collections::BTreeSet::new();
    let key = api.app.staff_key(&operator, handle, "desk", &all);
    key.await.unwrap()
}

async fn send(api: &TestApi, key: &str, method: Method, path: &str, body: Option<Value>) -> Answer {
    let request = axum::http::Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {key}"));
    let request = match body {
        Some(body) => request
            .header("content-type", "application/json")
            .body(Body::from(body.to_string())),
        None => request.body(Body::empty()),
    };
    api.send(request.unwrap()).await
}

async fn post(api: &TestApi, key: &str, path: &str, body: Value) -> Answer {
    send(api, key, Method::POST, path, Some(body)).await
}

async fn get(api: &TestApi, key: &str, path: &str) -> Value {
    let answer = send(api, key, Method::GET, path, None).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

/// A dispute about the holder of a new account, opened by the shop.
async fn dispute(api: &TestApi) -> (String, String) {
    let (account, _) = ids(&api.signed_up().await);
    let body = json!({"kind": "dispute", "account": account, "grounds": "wrong birth date"});
    let opened = api.post("/v1/cases", &body).await;
    assert_eq!(opened.status, 201, "{}", opened.text);
    (opened.json()["id"].as_str().unwrap().to_owned(), account)
}

#[tokio::test]
async fn a_case_goes_from_the_queue_to_its_appeal() {
    let api = TestApi::start().await;
    let (case, account) = dispute(&api).await;
    let ana = person(&api, "ana", Role::Reviewer).await;
    let ben = person(&api, "ben", Role::SeniorReviewer).await;
    let taken = post(&api, &ana, "/v1/cases/next", json!({})).await.json();
    assert_eq!(
        (&taken["case"]["id"], &taken["case"]["assignee"]),
        (&json!(case), &json!("ana"))
    );
    let none = post(&api, &ben, "/v1/cases/next", json!({"kind": "dispute"})).await;
    assert_eq!((none.status, none.json()), (200, json!({})));
    let at = |action: &str| format!("/v1/cases/{case}/{action}");
    let noted = post(&api, &ana, &at("notes"), json!({"text": "asked her"})).await;
    assert_eq!(noted.status, 201, "{}", noted.text);
    let decision = json!({"outcome": "reject", "grounds": "papers seen"});
    post(&api, &ben, &at("decide"), decision.clone())
        .await
        .is_problem(409, "refused");
    // What a person answers for is decided by a person: a key of the shop cannot.
    api.post(&at("decide"), &decision)
        .await
        .is_problem(403, "forbidden");
    let decided = post(&api, &ana, &at("decide"), decision).await;
    assert_eq!(decided.json()["state"], "decided", "{}", decided.text);
    assert_eq!(decided.json()["decided_by"], "ana");

    let appeal = api
        .post(&at("appeal"), &json!({"grounds": "a certificate came"}))
        .await;
    assert_eq!(appeal.status, 201, "{}", appeal.text);
    let appeal = appeal.json()["id"].as_str().unwrap().to_owned();
    let uphold = json!({"outcome": "uphold", "grounds": "it is of another person"});
    let decide = format!("/v1/cases/{appeal}/decide");
    post(&api, &ana, &decide, uphold.clone())
        .await
        .is_problem(403, "forbidden");
    assert_eq!(post(&api, &ben, &decide, uphold).await.status, 200);

    let entries = get(&api, &ana, &at("entries")).await;
    let kinds: Vec<_> = entries["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| &e["kind"])
        .collect();
    assert_eq!(
        kinds,
        ["opened", "assigned", "note", "decided", "contested"]
    );
    assert!(entries["items"][2]["text"].is_null());
    let opened = send(&api, &ana, Method::POST, &at("entries/open"), None)
        .await
        .json();
    assert_eq!(opened["items"][2]["text"], "asked her");
    let listed = get(
        &api,
        &ben,
        &format!("/v1/cases?kind=appeal&account={account}"),
    )
    .await;
    assert_eq!(listed["items"][0]["id"], json!(appeal));
    let counts = get(&api, &ben, "/v1/cases/counts").await;
    let counted = counts["counts"].as_array().unwrap();
    assert!(
        counted
            .iter()
            .any(|c| c["outcome"] == "uphold" && c["cases"] == 1),
        "{counts}"
    );
}

#[tokio::test]
async fn two_people_decide_and_can_send_back() {
    let api = TestApi::start().await;
    let (_, party) = ids(&api.signed_up().await);
    let ana = person(&api, "ana", Role::Reviewer).await;
    let ben = person(&api, "ben", Role::Reviewer).await;
    let body = json!({"kind": "match_review", "party": party, "grounds": "a like name"});
    let case = post(&api, &ana, "/v1/cases", body).await.json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let at = |action: &str| format!("/v1/cases/{case}/{action}");
    let answer = json!({"outcome": "no_match", "grounds": "another birth date"});
    post(&api, &ana, &at("decide"), answer.clone())
        .await
        .is_problem(409, "refused");
    let proposed = post(&api, &ana, &at("propose"), answer.clone()).await;
    assert_eq!(proposed.json()["state"], "proposed", "{}", proposed.text);
    let why = json!({"grounds": "which papers?"});
    post(&api, &ana, &at("approve"), why.clone())
        .await
        .is_problem(409, "refused");
    assert_eq!(
        post(&api, &ben, &at("return"), why.clone()).await.json()["state"],
        "open"
    );
    post(&api, &ana, &at("propose"), answer).await;
    let approved = post(&api, &ben, &at("approve"), why.clone()).await.json();
    assert_eq!(
        (&approved["second"], &approved["approved_by"]),
        (&json!("officer"), &json!("ben"))
    );
    assert_eq!(
        post(&api, &ben, &at("close"), why).await.json()["state"],
        "closed"
    );
}

#[tokio::test]
async fn mistakes_name_their_field() {
    let api = TestApi::start().await;
    let (case, account) = dispute(&api).await;
    let ana = person(&api, "ana", Role::SeniorReviewer).await;
    for (path, body, field) in [
        (
            "/v1/cases",
            json!({"kind": "review", "account": account, "grounds": "x"}),
            "kind",
        ),
        (
            "/v1/cases",
            json!({"kind": "disput", "account": account, "grounds": "x"}),
            "kind",
        ),
        (
            "/v1/cases",
            json!({"kind": "dispute", "grounds": "x"}),
            "party",
        ),
        (
            "/v1/cases",
            json!({"kind": "dispute", "account": account, "grounds": " "}),
            "grounds",
        ),
        (
            "/v1/cases",
            json!({"kind": "dispute", "account": account, "grounds": "x", "due_at": "2026-11-24T09:00:00Z"}),
            "due_at",
        ),
        (
            "/v1/cases",
            json!({"kind": "dispute", "party": "pty_00000000000000000000000001", "account": account, "grounds": "x"}),
            "party",
        ),
        (
            "/v1/cases",
            json!({"kind": "operations", "grounds": "ask a@example.org"}),
            "text",
        ),
    ] {
        let refused = post(&api, &ana, path, body.clone()).await;
        assert_eq!(
            refused.is_problem(422, "invalid").fields(),
            [field],
            "{body}"
        );
    }
    let decide = format!("/v1/cases/{case}/decide");
    for (body, field) in [
        (json!({"outcome": "approve", "grounds": "x"}), "outcome"),
        (
            json!({"outcome": "reject", "grounds": "x", "second": {}}),
            "second",
        ),
        (
            json!({"outcome": "reject", "grounds": "x", "second": {"outside": "letter"}}),
            "second",
        ),
    ] {
        let refused = post(&api, &ana, &decide, body.clone()).await;
        assert_eq!(
            refused.is_problem(422, "invalid").fields(),
            [field],
            "{body}"
        );
    }
    let assign = post(
        &api,
        &ana,
        &format!("/v1/cases/{case}/assign"),
        json!({"to": "Ana Ferreira"}),
    )
    .await;
    assert_eq!(assign.is_problem(422, "invalid").fields(), ["to"]);
    let unknown = send(
        &api,
        &ana,
        Method::GET,
        "/v1/cases/cas_00000000000000000000000001",
        None,
    )
    .await;
    unknown.is_problem(404, "not-found");
    let nobodys = api.get("/v1/cases").await;
    nobodys.is_problem(403, "forbidden");
}

/// Asks an operation on cases what its example asks, of a case in the state that it needs.
pub(crate) async fn ask(
    api: &TestApi,
    method: &str,
    path: &str,
    example: Option<&Value>,
) -> Answer {
    static PERSONS: AtomicU32 = AtomicU32::new(0);
    let number = PERSONS.fetch_add(2, Ordering::Relaxed);
    let ana = person(api, &format!("ana-{number}"), Role::SeniorReviewer).await;
    let ben = person(api, &format!("ben-{number}"), Role::SeniorReviewer).await;
    let (case, account) = dispute(api).await;
    let at = |action: &str| format!("/v1/cases/{case}/{action}");
    let answer = json!({"outcome": "reject", "grounds": "papers seen"});
    match path.rsplit_once('/').map(|(_, action)| action) {
        Some("approve" | "return") => post(api, &ben, &at("propose"), answer).await,
        Some("appeal") => post(api, &ben, &at("decide"), answer).await,
        _ => send(api, &ana, Method::POST, &at("take"), None).await,
    };
    if path == "/v1/cases/next" {
        send(api, &ana, Method::POST, &at("release"), None).await;
    }
    let mut example = example.cloned();
    if let Some(named) = example.as_mut().and_then(|e| e.get_mut("account")) {
        *named = account.into();
    }
    let method = method.to_uppercase().parse().unwrap();
    send(api, &ana, method, &path.replace("{id}", &case), example).await
}
