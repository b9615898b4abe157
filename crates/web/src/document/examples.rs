//! Examples of requests and answers, and how answers lead to the next request. A test sends every request, and holds
//! every answer against one that the service gives.

use serde_json::{Map, Value, json};

use super::set;

mod cases;

/// Answers as a service gave them to the requests below, by method and path.
const ANSWERS: &str = include_str!("answers.json");

/// Adds examples and links.
pub(super) fn add(document: &mut Value) {
    for (path, example) in all().into_iter().chain(cases::all()) {
        let place = [
            "paths",
            path,
            "post",
            "requestBody",
            "content",
            "application/json",
            "example",
        ];
        set(document, &place, example);
    }
    add_answers(document);
    let account = "$response.body#/account";
    let party = "$response.body#/parties/0/id";
    let links = json!({
        "assessment": { "operationId": "read_assessment", "parameters": { "id": account } },
        "entitlements": { "operationId": "read_entitlements", "parameters": { "id": account } },
        "more parties": { "operationId": "add_parties", "parameters": { "id": account } },
        "order": { "operationId": "authorize_order", "requestBody": { "account": account, "product": "vps-small" } },
        "end": { "operationId": "close_account", "parameters": { "id": account } },
        "party": { "operationId": "read_party", "parameters": { "id": party } },
        "timeline": { "operationId": "read_timeline", "parameters": { "id": party } },
        "more claims": { "operationId": "add_claims", "parameters": { "id": party } },
        "more evidence": { "operationId": "add_evidence", "parameters": { "id": party } },
        "more checks": { "operationId": "add_checks", "parameters": { "id": party } },
    });
    set(
        document,
        &["paths", "/v1/sign-ups", "post", "responses", "201", "links"],
        links,
    );
    let proof = json!({
        "proof": { "operationId": "prove_record", "parameters": { "record": "$response.body#/items/0/record" } },
    });
    set(
        document,
        &[
            "paths",
            "/v1/parties/{id}/timeline",
            "get",
            "responses",
            "200",
            "links",
        ],
        proof,
    );
}

/// Sets the example of every answer that says something.
fn add_answers(document: &mut Value) {
    let answers: Map<String, Value> = serde_json::from_str(ANSWERS).unwrap_or_default();
    for (operation, answer) in answers {
        let Some((method, path)) = operation.split_once(' ') else {
            continue;
        };
        let place = ["paths", path, &method.to_lowercase(), "responses"];
        let responses = place
            .iter()
            .try_fold(&mut *document, |at, name| at.get_mut(name));
        let responses = responses.and_then(Value::as_object_mut);
        let contents = responses
            .into_iter()
            .flatten()
            .filter_map(|(status, response)| {
                let good = status.starts_with('2');
                response
                    .get_mut("content")
                    .filter(|_| good)?
                    .as_object_mut()
            });
        for (_, content) in contents.flatten() {
            set(content, &["example"], answer.clone());
        }
    }
}

/// An example for every body, by path.
fn all() -> Vec<(&'static str, Value)> {
    vec![
        ("/v1/sign-ups", sign_up()),
        (
            "/v1/accounts/{id}/parties",
            json!({
                "parties": [{
                    "ref": "payer", "kind": "person",
                    "claims": [{ "attribute": "legal_name", "value": "Ifeoma Okafor" }],
                }],
                "roles": [{ "party": "payer", "kind": "payer" }],
            }),
        ),
        (
            "/v1/accounts/{id}/accesses",
            json!({ "at": "2026-11-23T18:30:00Z" }),
        ),
        (
            "/v1/parties/{id}/erasure",
            json!({ "ground": "GDPR 17(1)(a)" }),
        ),
        (
            "/v1/parties/{id}/claims",
            json!({ "claims": [{ "attribute": "email", "value": "ana@example.org" }] }),
        ),
        (
            "/v1/parties/{id}/evidence",
            json!({ "evidence": [{
                "kind": "passport", "strength": "strong", "issuing_country": "PT", "reference": "X123456",
                "issued_on": "2021-03-01", "expires_on": "2031-03-01",
            }] }),
        ),
        (
            "/v1/parties/{id}/checks",
            json!({ "checks": [{ "method": "email-code", "attributes": ["email"], "outcome": "pass" }] }),
        ),
        (
            "/v1/parties/search",
            json!({ "attribute": "email", "value": "ana@example.org", "purpose": "duplicate_check" }),
        ),
        (
            "/v1/parties/{id}/openings",
            json!({ "purpose": "dispute", "case": "cas_01m86ch3m00000000000000000", "fields": ["legal_name", "email"] }),
        ),
        (
            "/v1/openings/allowances",
            json!({ "actor": "ben", "more": 50 }),
        ),
        (
            "/v1/holds",
            json!({
                "account": "acc_01m86ch3m00000000000000000", "fields": ["email"],
                "basis": "preservation request of 24 November",
            }),
        ),
        (
            "/v1/webhooks",
            json!({
                "url": "https://203.0.114.7/hooks", "description": "the provisioner",
                "events": ["decision.changed", "entitlements.changed", "account.closed"],
            }),
        ),
        ("/v1/webhooks/{id}/rotate", json!({ "overlap_hours": 24 })),
        (
            "/v1/webhooks/{id}/replay",
            json!({ "from": "2026-11-24T09:00:00Z", "to": "2026-11-24T10:00:00Z" }),
        ),
        (
            "/v1/orders/authorize",
            json!({
                "account": "acc_01m874n93r60regs04a01snr4f", "product": "vps-small", "quantity": 1,
                "price": { "currency": "USD", "minor": 500 },
                "in_use": { "instances": 0, "spend": [{ "currency": "USD", "minor": 0 }] },
            }),
        ),
    ]
}

fn sign_up() -> Value {
    json!({
        "external_id": "order-1001",
        "account": { "product": "vps-small", "region": "eu-central" },
        "parties": [{
            "ref": "ana", "kind": "person",
            "claims": [
                { "attribute": "legal_name", "value": "Ana Ferreira da Conceição" },
                { "attribute": "citizenship", "value": "PT" },
                { "attribute": "present_location", "value": "PT" },
                { "attribute": "email", "value": "ana@example.org" },
                { "attribute": "payment_token", "value": "tok_3f9a" },
            ],
        }],
        "roles": [{ "party": "ana", "kind": "holder" }],
    })
}
