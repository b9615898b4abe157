//! The document's shapes of judgements, held against judgements that the rules make.

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
    let mut sent = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let Some(example) = item.pointer("/post/requestBody/content/application~1json/example")
        else {
            continue;
        };
        let id = if path.starts_with("/v1/accounts") {
            &account
        } else {
            &party
        };
        let answer = api.post(&path.replace("{id}", id), example).await;
        assert!(
            matches!(answer.status, 200 | 201),
            "{path}: {}",
            answer.text
        );
        sent += 1;
    }
    assert_eq!(sent, 6);
}
