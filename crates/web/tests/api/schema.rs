//! The document's shapes of judgements, held against judgements that the rules make.

use bonafide_app::Role;
use bonafide_web::schema::{AssessmentOut, EntitlementsOut};
use serde_json::Value;

use crate::harness::{TestApi, activate, is_refusal};

const SAMPLES: &str = include_str!("../../../cli/samples/sign-ups.jsonl");

#[tokio::test]
async fn every_judgement_of_the_samples_is_of_the_documented_shape() {
    let api = TestApi::start().await;
    for pack in ["us-iaas-cip", "eu-gdpr", "small-provider", "us-sanctions"] {
        activate(&api.app, "default", pack).await;
    }
    let mut judged = 0;
    for line in SAMPLES.lines() {
        let answer = api
            .post_bytes("/v1/sign-ups", line.as_bytes().to_vec())
            .await;
        if is_refusal(answer.status) {
            continue;
        }
        assert_eq!(answer.status, 201, "{}", answer.text);
        let assessment = answer.json()["assessment"].clone();
        let read: AssessmentOut = serde_json::from_value(assessment.clone())
            .unwrap_or_else(|e| panic!("{e}: {assessment}"));
        assert_eq!(
            serde_json::to_value(&read).unwrap(),
            assessment,
            "nothing is lost or made up in reading it"
        );
        serde_json::from_value::<EntitlementsOut>(assessment["entitlements"].clone()).unwrap();
        judged += 1;
    }
    assert!(judged > 150, "only {judged} of the samples were taken");
}

#[tokio::test]
async fn every_example_of_the_document_is_taken() {
    let document: Value = serde_json::from_str(&bonafide_web::openapi()).unwrap();
    let api = TestApi::start().await;
    let (account, party) = crate::harness::ids(&api.signed_up().await);
    let webhook = api.webhook().await;
    let mut sent = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let Some(example) = item.pointer("/post/requestBody/content/application~1json/example")
        else {
            continue;
        };
        let id = match path {
            _ if path.starts_with("/v1/accounts") => &account,
            _ if path.starts_with("/v1/webhooks") => &webhook,
            _ => &party,
        };
        let (asked, body) = (path.replace("{id}", id), of_account(example, &account));
        let answer = if is_of_legal(path) {
            let legal = api.key_for(Role::Legal).await;
            api.post_with(&legal, &asked, &body).await
        } else if path.contains("/openings") {
            crate::openings::ask(&api, path, Some(example)).await
        } else if path.ends_with("/erasure") {
            crate::keeping::erase(&api, example).await
        } else if path.starts_with("/v1/cases") {
            crate::cases::ask(&api, "post", path, Some(example)).await
        } else {
            api.post(&asked, &body).await
        };
        assert!(
            matches!(answer.status, 200 | 201 | 204),
            "{path}: {}",
            answer.text
        );
        sent += 1;
    }
    assert!(sent >= 6, "only {sent} examples were sent");
}

#[tokio::test]
async fn every_answer_of_the_document_has_an_example_of_the_form_that_the_service_gives() {
    let document: Value = serde_json::from_str(&bonafide_web::openapi()).unwrap();
    let api = TestApi::start().await;
    api.signed_up().await;
    let (account, party) = crate::harness::ids(&api.signed_up().await);
    api.ledger_size().await;
    let webhook = api.webhook().await;
    let timeline = api
        .get(&format!("/v1/parties/{party}/timeline?limit=2"))
        .await;
    let record = timeline.json()["items"][0]["record"].clone();
    let tenant = api.app.tenant("default").unwrap();
    let issuer = api.app.token_issuer(&tenant).unwrap();
    let issuer = issuer.rsplit(':').next().unwrap().to_owned();
    let mut compared = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let good = operation["responses"].as_object().unwrap().iter();
            let mut contents = good.filter(|(status, _)| status.starts_with('2'));
            let (_, response) = contents.next().unwrap();
            let Some(content) = response["content"].as_object() else {
                continue;
            };
            if path == "/openapi.json" {
                continue;
            }
            let (kind, content) = content.iter().next().unwrap();
            let example = &content["example"];
            assert!(!example.is_null(), "{method} {path} has no example");
            let judgements = [
                &example["assessment"],
                &example["accounts"][0]["assessment"],
            ];
            for judgement in judgements.into_iter().filter(|j| !j.is_null()) {
                serde_json::from_value::<AssessmentOut>(judgement.clone()).unwrap();
            }
            let id = match path {
                _ if path.starts_with("/v1/accounts") => &account,
                _ if path.starts_with("/v1/webhooks") => &webhook,
                _ => &party,
            };
            let asked = path
                .replace("{id}", id)
                .replace("{issuer}", &issuer)
                .replace("{record}", record.as_str().unwrap());
            let request = operation.pointer("/requestBody/content/application~1json/example");
            let answer = match request {
                Some(body) if is_of_legal(path) => {
                    let legal = api.key_for(Role::Legal).await;
                    api.post_with(&legal, &asked, &of_account(body, &account))
                        .await
                }
                None if is_of_legal(path) => {
                    let legal = api.key_for(Role::Legal).await;
                    api.get_with(&legal, &asked).await
                }
                Some(body) if path.ends_with("/erasure") => crate::keeping::erase(&api, body).await,
                body if path.contains("/openings") => crate::openings::ask(&api, path, body).await,
                None if path.ends_with("/verified-claims") => {
                    crate::openings::ask_verified(&api).await
                }
                body if path.starts_with("/v1/cases") => {
                    crate::cases::ask(&api, method, path, body).await
                }
                Some(body) => api.post(&asked, &of_account(body, &account)).await,
                None if path == "/v1/ledger/consistency" => {
                    api.get("/v1/ledger/consistency?from=1").await
                }
                None if path == "/v1/events" => api.get("/v1/events?limit=1").await,
                None if method == "post" => api.post(&asked, &Value::Null).await,
                None if path == "/v1/accounts" => api.get("/v1/accounts?limit=1").await,
                None if path.ends_with("/timeline") => api.get(&format!("{asked}?limit=2")).await,
                None if path.starts_with("/v1/jobs") => {
                    let administrator = api.key_for(Role::Administrator).await;
                    api.get_with(&administrator, &asked).await
                }
                None => api.get(&asked).await,
            };
            if kind == "application/json" {
                assert_eq!(names(example), names(&answer.json()), "{method} {path}");
            } else {
                assert_eq!(
                    form(example.as_str().unwrap()),
                    form(&answer.text),
                    "{path}: {}",
                    answer.text
                );
            }
            compared += 1;
        }
    }
    assert!(compared >= 19, "only {compared} answers have an example");
}

/// Whether the key that takes sign-ups is not enough, and one of the legal role is.
fn is_of_legal(path: &str) -> bool {
    path.starts_with("/v1/holds") || path.ends_with("/keeping")
}

/// An example that names an account, about one that there is.
fn of_account(example: &Value, account: &str) -> Value {
    let mut example = example.clone();
    if let Some(named) = example.get_mut("account").filter(|a| a.is_string()) {
        *named = account.into();
    }
    example
}

/// The names at the top of an object, sorted.
fn names(object: &Value) -> Vec<&String> {
    let mut names: Vec<&String> = object.as_object().unwrap().keys().collect();
    names.sort_unstable();
    names
}

/// Metrics begin with the help of one, which depends on what ran before; a checkpoint has an exact number of lines.
fn form(text: &str) -> Result<&str, usize> {
    let metrics = text
        .lines()
        .next()
        .and_then(|line| line.get(..7).filter(|start| *start == "# HELP "));
    metrics.ok_or(text.lines().count())
}
