//! Who may do what, asked of every path.

use axum::body::Body;
use axum::http::Request;
use bonafide_app::{Actor, Role};
use serde_json::Value;

use crate::harness::{Answer, TestApi, ids};

/// Asks every operation under `/v1` with a key; calls `check` with each and its answer, and gives how many there were.
async fn ask_all(api: &TestApi, key: &str, mut check: impl FnMut(&str, &Answer)) -> usize {
    let document: Value = serde_json::from_str(&bonafide_web::openapi()).unwrap();
    let mut asked = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        if !path.starts_with("/v1/") {
            continue;
        }
        for (method, operation) in item.as_object().unwrap() {
            let mut filled = path.clone();
            let mut query = Vec::new();
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let name = parameter["name"].as_str().unwrap();
                let pattern = parameter["schema"]["pattern"].as_str().unwrap_or_default();
                // Ids that are well formed and that nobody has: whoever may not must not learn even that.
                let prefix: String = pattern.chars().skip(1).take(3).collect();
                let value = match parameter["schema"]["type"].as_str() {
                    Some("integer") => "1".to_owned(),
                    _ => format!("{prefix}_00000000000000000000000001"),
                };
                match parameter["in"].as_str() {
                    Some("path") => filled = filled.replace(&format!("{{{name}}}"), &value),
                    Some("query") if parameter["required"] == true => {
                        query.push(format!("{name}={value}"));
                    }
                    _ => {}
                }
            }
            let example = &operation["requestBody"]["content"]["application/json"]["example"];
            let body = if example.is_null() {
                Body::empty()
            } else {
                Body::from(example.to_string())
            };
            let request = Request::builder()
                .method(method.to_ascii_uppercase().as_str())
                .uri(format!("{filled}?{}", query.join("&")))
                .header("authorization", format!("Bearer {key}"))
                .header("content-type", "application/json");
            let answer = api.send(request.body(body).unwrap()).await;
            check(&format!("{method} {path}"), &answer);
            asked += 1;
        }
    }
    asked
}

/// A new path that asks nobody whether the caller may fails here.
#[tokio::test]
async fn every_path_asks_whether_the_caller_may() {
    let api = TestApi::start().await;
    let nobody = api.staff_key("nobody", &[]).await;
    let asked = ask_all(&api, &nobody, |what, answer| {
        assert_eq!(answer.status, 403, "{what}: {}", answer.text);
        answer.is_problem(403, "forbidden");
        assert!(
            answer.text.contains("`nobody` with no role"),
            "{what}: {}",
            answer.text
        );
    });
    assert!(asked.await >= 19);
}

#[tokio::test]
async fn an_auditor_reads_and_changes_nothing() {
    let api = TestApi::start().await;
    let auditor = api.staff_key("audrey", &[Role::Auditor]).await;
    let operator = Actor::operator("default", "test");
    let before = api.ledger_size().await;
    let mut reads = 0;
    ask_all(&api, &auditor, |what, answer| {
        reads += usize::from(answer.status != 403);
        let changes = !what.starts_with("get ");
        assert!(!changes || answer.status == 403, "{what}: {}", answer.text);
    })
    .await;
    assert!(reads >= 8, "{reads}");
    assert_eq!(api.ledger_size().await, before);
    // Not even as an administrator beside.
    let app = &api.app;
    app.grant_role(&operator, "audrey", Role::Administrator, None)
        .await
        .unwrap();
    let closed = "/v1/accounts/acc_00000000000000000000000001/close";
    let request = Request::post(closed).header("authorization", format!("Bearer {auditor}"));
    api.send(request.body(Body::empty()).unwrap())
        .await
        .is_problem(403, "forbidden");
}

#[tokio::test]
async fn a_revoked_grant_and_a_suspension_count_from_the_next_request() {
    let api = TestApi::start().await;
    let operator = Actor::operator("default", "test");
    let (account, _) = ids(&api.signed_up().await);
    let path = format!("/v1/accounts/{account}/assessment");
    let key = api.staff_key("anna", &[Role::Reviewer]).await;
    assert_eq!(api.get_with(&key, &path).await.status, 200);
    api.app
        .revoke_role(&operator, "anna", Role::Reviewer)
        .await
        .unwrap();
    api.get_with(&key, &path).await.is_problem(403, "forbidden");
    let until = api.app.now().plus_millis(1000);
    let granted = api
        .app
        .grant_role(&operator, "anna", Role::Auditor, Some(until));
    granted.await.unwrap();
    assert_eq!(api.get_with(&key, &path).await.status, 200);
    api.clock.set(until);
    api.get_with(&key, &path).await.is_problem(403, "forbidden");
    api.app
        .grant_role(&operator, "anna", Role::Reviewer, None)
        .await
        .unwrap();
    assert_eq!(api.get_with(&key, &path).await.status, 200);
    api.app
        .suspend_staff(&operator, "anna", true)
        .await
        .unwrap();
    api.get_with(&key, &path)
        .await
        .is_problem(401, "unauthenticated");
    api.app
        .suspend_staff(&operator, "anna", false)
        .await
        .unwrap();
    assert_eq!(api.get_with(&key, &path).await.status, 200);
}
