//! Every path, as it should go and as it should fail.

use axum::body::Body;
use axum::http::{Method, Request};
use bonafide_app::{Role, Scope};
use serde_json::{Value, json};

use crate::harness::{TestApi, ids, redacted};

#[tokio::test]
async fn a_sign_up_is_recorded_judged_and_read_again() {
    let api = TestApi::start().await;
    let answer = api.signed_up().await;
    insta::assert_snapshot!("sign_up", redacted(answer.clone()));
    let (account, party) = ids(&answer);
    let read = api.get(&format!("/v1/accounts/{account}/assessment")).await;
    assert_eq!(
        (read.status, &read.json()["assessment"]),
        (200, &answer["assessment"])
    );
    let entitled = api
        .get(&format!("/v1/accounts/{account}/entitlements"))
        .await;
    insta::assert_snapshot!("entitlements", redacted(entitled.json()));
    let known = api.get(&format!("/v1/parties/{party}")).await;
    insta::assert_snapshot!("party", redacted(known.json()));
    assert!(
        !known.text.contains("Ferreira") && !known.text.contains("ana@"),
        "an answer carries no value"
    );
}

#[tokio::test]
async fn steps_lead_to_the_same_account() {
    let api = TestApi::start().await;
    let (account, party) = ids(&api.signed_up().await);
    let added = api
        .post(
            &format!("/v1/parties/{party}/claims"),
            &json!({"claims": [{"attribute": "citizenship", "value": "PT"}]}),
        )
        .await;
    assert_eq!(
        (added.status, &added.json()["accounts"][0]["account"]),
        (201, &json!(account)),
        "{}",
        added.text
    );
    let evidence = json!({"evidence": [{"kind": "passport", "strength": "strong", "reference": "X1", "issuing_country": "PT"}]});
    let added = api
        .post(&format!("/v1/parties/{party}/evidence"), &evidence)
        .await;
    assert_eq!(added.status, 201, "{}", added.text);
    let passport = added.json()["added"][0].clone();
    let checks = json!({"checks": [
        {"method": "email-code", "outcome": "pass"},
        {"method": "document-photo", "outcome": "pass", "evidence": [passport], "attributes": ["legal_name"]},
    ]});
    let added = api
        .post(&format!("/v1/parties/{party}/checks"), &checks)
        .await;
    assert_eq!(added.status, 201, "{}", added.text);
    let owner = json!({
        "parties": [{"ref": "p", "kind": "person", "claims": [{"attribute": "legal_name", "value": "Ifeoma Okafor"}]}],
        "roles": [{"party": "p", "kind": "payer"}],
    });
    let added = api
        .post(&format!("/v1/accounts/{account}/parties"), &owner)
        .await;
    assert_eq!(
        (added.status, &added.json()["account"]),
        (201, &json!(account)),
        "{}",
        added.text
    );
    let known = api.get(&format!("/v1/parties/{party}")).await.json();
    let counts = ["claims", "evidence", "checks"].map(|part| known[part].as_array().unwrap().len());
    assert!(
        counts[0] == 4 && counts[1] == 1 && counts[2] >= 2,
        "{known}"
    );
}

#[tokio::test]
async fn accounts_are_listed_by_page_and_filter() {
    let api = TestApi::start().await;
    let mut opened = Vec::new();
    for _ in 0..5 {
        opened.push(ids(&api.signed_up().await).0);
    }
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = api
            .get(&format!("/v1/accounts?limit=2{after}"))
            .await
            .json();
        seen.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|i| i["id"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["next"].as_str() else {
            break;
        };
        after = format!("&after={next}");
    }
    opened.sort_unstable();
    assert_eq!(seen, opened);
    let decision = api.get("/v1/accounts").await.json()["items"][0]["decision"]
        .as_str()
        .unwrap()
        .to_owned();
    for (query, count) in [
        (format!("decision={decision}"), 5),
        ("decision=refuse".to_owned(), 0),
        ("product=none".to_owned(), 0),
        ("product=vps-small".to_owned(), 5),
    ] {
        let page = api.get(&format!("/v1/accounts?{query}")).await.json();
        assert_eq!(page["items"].as_array().unwrap().len(), count, "{query}");
    }
    for (query, field) in [
        ("decision=maybe", "decision"),
        ("risk=", "risk"),
        ("limit=1000", "limit"),
        ("after=acc_1", "after"),
        ("page=2", "page"),
        ("review_before=soon", "review_before"),
    ] {
        let refused = api.get(&format!("/v1/accounts?{query}")).await;
        assert_eq!(
            refused.is_problem(422, "invalid").fields(),
            [field],
            "{query}"
        );
    }
}

#[tokio::test]
async fn the_past_is_judged_by_what_was_known_then() {
    let api = TestApi::start().await;
    let (account, _) = ids(&api.signed_up().await);
    let before = api
        .get(&format!(
            "/v1/accounts/{account}/assessment?known_at=2020-01-01T00:00:00Z"
        ))
        .await;
    before.is_problem(404, "not-found");
    let then = api
        .get(&format!(
            "/v1/accounts/{account}/assessment?known_at=2026-11-24T09:30:00Z"
        ))
        .await;
    assert_eq!(then.status, 200, "{}", then.text);
}

#[tokio::test]
async fn a_party_is_found_by_an_exact_value_and_only_in_a_body() {
    let api = TestApi::start().await;
    let (_, party) = ids(&api.signed_up().await);
    let found = api
        .post(
            "/v1/parties/search",
            &json!({"attribute": "email", "value": "ANA@example.org", "purpose": "review"}),
        )
        .await;
    assert_eq!(
        (found.status, found.json()),
        (200, json!({"parties": [party]}))
    );
    let none = api
        .post(
            "/v1/parties/search",
            &json!({"attribute": "email", "value": "b@example.org", "purpose": "review"}),
        )
        .await;
    assert_eq!(none.json(), json!({"parties": []}));
    for (body, field) in [
        (
            json!({"attribute": "present_location", "value": "PT", "purpose": "review"}),
            "attribute",
        ),
        (
            json!({"attribute": "emial", "value": "x", "purpose": "review"}),
            "attribute",
        ),
        (
            json!({"attribute": "email", "value": "", "purpose": "review"}),
            "value",
        ),
        (json!({"attribute": "email", "purpose": "review"}), "value"),
    ] {
        let refused = api.post("/v1/parties/search", &body).await;
        assert_eq!(
            refused.is_problem(422, "invalid").fields(),
            [field],
            "{body}"
        );
    }
    assert_eq!(
        api.get("/v1/parties/search?attribute=email&value=ana@example.org")
            .await
            .status,
        405
    );
}

#[tokio::test]
async fn the_ledger_proves_a_record_and_its_own_growth() {
    let api = TestApi::start().await;
    let (_, party) = ids(&api.signed_up().await);
    let first = api.ledger_size().await;
    let timeline = api
        .get(&format!("/v1/parties/{party}/timeline?limit=1"))
        .await
        .json();
    let record = timeline["items"][0]["record"].as_str().unwrap().to_owned();
    assert!(
        timeline["next"].is_string() && timeline["items"][0]["leaf_index"].is_u64(),
        "{timeline}"
    );
    let proof = api
        .get(&format!("/v1/ledger/records/{record}/proof"))
        .await
        .json();
    assert!(
        proof["tlog_proof"]
            .as_str()
            .unwrap()
            .starts_with("c2sp.org/tlog-proof@v1\n"),
        "{proof}"
    );
    assert!(
        !proof["leaf"].as_str().unwrap().contains(&party),
        "a leaf names no party"
    );
    api.signed_up().await;
    let second = api.ledger_size().await;
    let grown = api
        .get(&format!("/v1/ledger/consistency?from={first}"))
        .await
        .json();
    assert!(
        second > first && !grown["proof"].as_array().unwrap().is_empty(),
        "{grown}"
    );
    let key = api.get("/v1/ledger/key").await.json();
    let name = key["verifier_key"]
        .as_str()
        .unwrap()
        .split('+')
        .next()
        .unwrap()
        .to_owned();
    assert!(
        grown["checkpoint"]
            .as_str()
            .unwrap()
            .starts_with(&format!("{name}\n{second}\n")),
        "{grown}"
    );
    let past = api
        .get(&format!("/v1/ledger/consistency?from={}", second + 1))
        .await;
    assert_eq!(past.is_problem(422, "invalid").fields(), ["from"]);
    assert_eq!(
        api.get("/v1/ledger/consistency")
            .await
            .is_problem(422, "invalid")
            .fields(),
        ["from"]
    );
}

#[tokio::test]
async fn closing_again_changes_nothing() {
    let api = TestApi::start().await;
    let (account, party) = ids(&api.signed_up().await);
    let path = format!("/v1/accounts/{account}/close");
    assert_eq!(api.post(&path, &Value::Null).await.status, 204);
    let timeline = format!("/v1/parties/{party}/timeline");
    let records = api.get(&timeline).await.json()["items"]
        .as_array()
        .unwrap()
        .len();
    // In the same millisecond: records of one instant keep their order.
    assert_eq!(api.post(&path, &Value::Null).await.status, 204);
    assert_eq!(
        api.get(&timeline).await.json()["items"]
            .as_array()
            .unwrap()
            .len(),
        records
    );
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_of_its_kind() {
    let api = TestApi::start().await;
    let (nobody, nothing) = (
        "pty_00000000000000000000000000",
        "acc_00000000000000000000000000",
    );
    for path in [
        "/v1/nope".to_owned(),
        "/v1/parties/x".to_owned(),
        "/v1/parties/%ff".to_owned(),
        format!("/v1/parties/{nothing}"),
        format!("/v1/parties/{nobody}"),
        format!("/v1/parties/{nobody}/timeline"),
        format!("/v1/accounts/{nothing}/assessment"),
        format!("/v1/accounts/{nothing}/entitlements"),
        "/v1/ledger/records/rec_00000000000000000000000000/proof".to_owned(),
    ] {
        api.get(&path).await.is_problem(404, "not-found");
    }
    let claims = json!({"claims": [{"attribute": "email", "value": "a@example.org"}]});
    api.post(&format!("/v1/parties/{nobody}/claims"), &claims)
        .await
        .is_problem(404, "not-found");
    let delete = api
        .send(
            api.request(Method::DELETE, "/v1/sign-ups")
                .body(Body::empty())
                .unwrap(),
        )
        .await;
    delete.is_problem(405, "method-not-allowed");
    assert_eq!(delete.header("allow"), Some("POST"));
}

#[tokio::test]
async fn a_key_opens_what_its_scopes_say() {
    let api = TestApi::start().await;
    let (account, _) = ids(&api.signed_up().await);
    let asking = |key: String, path: String| {
        let request = Request::get(path)
            .header("authorization", format!("Bearer {key}"))
            .body(Body::empty())
            .unwrap();
        api.send(request)
    };
    let reader = api.key_of("default", &[Scope::Read]).await;
    let auditor = api.key_of("default", &[Scope::Ledger]).await;
    let assessment = format!("/v1/accounts/{account}/assessment");
    assert_eq!(asking(reader.clone(), assessment.clone()).await.status, 200);
    asking(auditor.clone(), assessment.clone())
        .await
        .is_problem(403, "forbidden");
    asking(reader.clone(), "/v1/ledger/checkpoint".to_owned())
        .await
        .is_problem(403, "forbidden");
    let wrong = format!(
        "{}{}",
        &reader[..reader.len() - 1],
        if reader.ends_with('0') { '1' } else { '0' }
    );
    for bad in [
        wrong,
        String::new(),
        "bf_x".to_owned(),
        reader.to_uppercase(),
    ] {
        let refused = asking(bad, assessment.clone()).await;
        assert!(
            refused
                .is_problem(401, "unauthenticated")
                .header("www-authenticate")
                .is_some()
        );
    }
    let bare = api
        .send(Request::get(&assessment).body(Body::empty()).unwrap())
        .await;
    bare.is_problem(401, "unauthenticated");
    let basic = Request::get(&assessment)
        .header("authorization", format!("Basic {}", api.key))
        .body(Body::empty())
        .unwrap();
    api.send(basic).await.is_problem(401, "unauthenticated");
}

#[tokio::test]
async fn operation_is_open_and_says_nothing_of_anybody() {
    let api = TestApi::start().await;
    let (account, party) = ids(&api.signed_up().await);
    for path in [
        "/healthz",
        "/readyz",
        "/openapi.json",
        "/docs/",
        "/docs/swagger-ui-bundle.js",
    ] {
        let answer = api
            .send(Request::get(path).body(Body::empty()).unwrap())
            .await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert!(
            answer.header("content-security-policy").is_some()
                && answer.header("x-request-id").is_some()
        );
    }
    api.get(&format!("/v1/parties/{party}")).await;
    let metrics = api
        .send(Request::get("/metrics").body(Body::empty()).unwrap())
        .await
        .text;
    assert!(metrics.contains(r#"route="/v1/parties/{id}""#), "{metrics}");
    assert!(!metrics.contains(&party) && !metrics.contains(&account));
    let request = Request::get("/healthz")
        .header("x-request-id", "abc-1")
        .body(Body::empty())
        .unwrap();
    assert_eq!(
        api.send(request).await.header("x-request-id"),
        Some("abc-1")
    );
}

#[tokio::test]
async fn jobs_are_listed_and_only_those_given_up_can_be_retried() {
    let mut api = TestApi::start().await;
    assert_eq!(api.get("/v1/jobs").await.status, 403);
    api.key = api.key_for(Role::Administrator).await;
    let page = api.get("/v1/jobs?state=dead").await;
    assert_eq!((page.status, &page.json()["items"]), (200, &json!([])));
    assert_eq!(api.get("/v1/jobs?state=lost").await.status, 422);
    let unknown = "/v1/jobs/job_00000000000000000000000001";
    for act in ["retry", "discard"] {
        let answer = api.post(&format!("{unknown}/{act}"), &json!({})).await;
        assert_eq!(answer.status, 404, "{}", answer.text);
    }
}

#[tokio::test]
async fn a_webhook_is_added_tried_replaced_and_removed() {
    let api = TestApi::start().await;
    let refused = api
        .post(
            "/v1/webhooks",
            &json!({"url": "http://10.0.0.1/", "events": ["decision.chnaged"]}),
        )
        .await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    let id = api.webhook().await;
    let shown = api.get(&format!("/v1/webhooks/{id}")).await;
    assert_eq!(shown.json()["state"], "enabled");
    assert!(!shown.text.contains("whsec_"), "{}", shown.text);
    let act = |what: &str| format!("/v1/webhooks/{id}/{what}");
    let test = api.post(&act("test"), &json!({})).await;
    assert_eq!((test.status, &test.json()["arrived"]), (200, &json!(false)));
    let rotated = api.post(&act("rotate"), &json!({"overlap_hours": 1})).await;
    assert!(rotated.text.contains("whsec_"), "{}", rotated.text);
    let keys = api.get(&format!("/v1/webhooks/{id}")).await.json()["keys"].clone();
    assert_eq!(keys.as_array().unwrap().len(), 2);
    for (what, status) in [("disable", 204), ("enable", 204)] {
        assert_eq!(api.post(&act(what), &json!({})).await.status, status);
    }
    for (body, status) in [
        (json!({"dead": true}), 200),
        (json!({"from": "2026-11-24T00:00:00Z"}), 200),
        (json!({}), 422),
        (json!({"dead": true, "from": "2026-11-24T00:00:00Z"}), 422),
        (json!({"event": "evt_00000000000000000000000001"}), 404),
    ] {
        let answer = api.post(&act("replay"), &body).await;
        assert_eq!(answer.status, status, "{body} {}", answer.text);
    }
    api.signed_up().await;
    let feed = api.get("/v1/events?limit=1").await.json();
    assert_eq!(feed["items"][0]["type"], "decision.changed");
    let after = format!("/v1/events?after={}", feed["next"].as_str().unwrap());
    assert_eq!(
        api.get(&after).await.json()["items"][0]["type"],
        "entitlements.changed"
    );
    assert_eq!(
        api.get(&act("deliveries?state=dead")).await.json()["items"],
        json!([])
    );
    let remove = api.request(axum::http::Method::DELETE, &format!("/v1/webhooks/{id}"));
    let gone = api.send(remove.body(Body::empty()).unwrap()).await;
    assert_eq!(gone.status, 204, "{}", gone.text);
    assert_eq!(api.get(&format!("/v1/webhooks/{id}")).await.status, 404);
}
