//! Bad input: a clear 4xx that names the field, and nothing written.

use axum::http::Method;
use serde_json::{Value, json};

use crate::harness::{TestApi, ids, is_refusal, sign_up};

/// Puts a value at a pointer of the good sign-up.
fn with(pointer: &str, value: Value) -> Value {
    let mut body = sign_up();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = body.pointer_mut(parent).unwrap();
    match parent {
        Value::Object(entries) => drop(entries.insert(name.to_owned(), value)),
        Value::Array(items) => items[name.parse::<usize>().unwrap()] = value,
        _ => panic!("{pointer}"),
    }
    body
}

fn claim(attribute: &str, value: Value) -> Value {
    with(
        "/parties/0/claims/0",
        json!({"attribute": attribute, "value": value}),
    )
}

fn company(owners: &[(&str, &str, &str)]) -> Value {
    let mut parties = vec![
        json!({"ref": "co", "kind": "organisation", "claims": [{"attribute": "legal_name", "value": "Co"}]}),
    ];
    let mut roles = vec![json!({"party": "co", "kind": "holder"})];
    for (owner, of, share) in owners {
        if *owner != "co" && !parties.iter().any(|p| p["ref"] == *owner) {
            parties.push(json!({"ref": owner, "kind": "organisation", "claims": [{"attribute": "legal_name", "value": owner}]}));
        }
        roles.push(json!({"party": owner, "kind": "owner", "of": of, "share": share}));
    }
    json!({"account": {"product": "vps-small"}, "parties": parties, "roles": roles})
}

#[tokio::test]
async fn every_mistake_is_refused_by_field_and_nothing_is_written() {
    let api = TestApi::start().await;
    let size = api.ledger_size().await;
    let cases = [
        (with("/parties", json!("x")), "parties"),
        (with("/parties", json!([])), "parties"),
        (with("/parties/0/kind", json!(5)), "parties[0].kind"),
        (with("/parties/0/ref", json!("")), "parties[0].ref"),
        (with("/parties/0/colour", json!("red")), "parties[0].colour"),
        (
            with("/parties/0/id", json!("pty_00000000000000000000000001")),
            "parties[0].id",
        ),
        (with("/account", json!(["vps-small"])), "account"),
        (with("/account/trial", json!("yes")), "account.trial"),
        (
            with("/account/opening_method", json!("carrier pigeon")),
            "account.opening_method",
        ),
        (with("/external_id", json!("x".repeat(65))), "external_id"),
        (with("/external_id", Value::Null), "external_id"),
        (
            claim("birth_date", json!("2023-02-30")),
            "parties[0].claims[0].value",
        ),
        (
            claim("birth_date", json!(19840229)),
            "parties[0].claims[0].value",
        ),
        (
            claim("citizenship", json!("XX")),
            "parties[0].claims[0].value",
        ),
        (
            claim("citizenship", json!("Portugal")),
            "parties[0].claims[0].value",
        ),
        (
            claim("legal_name", json!("\u{202E}anA")),
            "parties[0].claims[0].value",
        ),
        (
            claim("legal_name", json!("Ana\u{7}")),
            "parties[0].claims[0].value",
        ),
        (
            claim("legal_name", json!("A\u{0}na")),
            "parties[0].claims[0].value",
        ),
        (claim("legal_name", json!("")), "parties[0].claims[0].value"),
        (
            claim("legal_name", json!("x".repeat(501))),
            "parties[0].claims[0].value",
        ),
        (
            claim("legal_name", json!({"$serde_json::private::RawValue": "1"})),
            "parties[0].claims[0].value.$serde_json::private::RawValue",
        ),
        (
            claim("intended_use", json!("card 4111 1111 1111 1111")),
            "parties[0].claims[0].value",
        ),
        (
            claim("shoe_size", json!(42)),
            "parties[0].claims[0].attribute",
        ),
        (
            claim("email", json!("not an address")),
            "parties[0].claims[0].value",
        ),
        (
            claim("residential_address", json!({"lines": [], "country": "ZZ"})),
            "parties[0].claims[0].value.country",
        ),
        (
            with(
                "/parties/0/evidence",
                json!([{"kind": "passport", "strength": "strong", "issuing_country": "XX"}]),
            ),
            "parties[0].evidence[0].issuing_country",
        ),
        (
            with(
                "/parties/0/evidence",
                json!([{"kind": "passport", "strength": "iron"}]),
            ),
            "parties[0].evidence[0].strength",
        ),
        (
            with(
                "/parties/0/evidence",
                json!([{"kind": "passport", "strength": "fair", "issued_on": "2024-01-02", "expires_on": "2024-01-01"}]),
            ),
            "parties[0].evidence[0].expires_on",
        ),
        (
            with(
                "/parties/0/checks",
                json!([{"method": "crystal-ball", "outcome": "pass"}]),
            ),
            "parties[0].checks[0].method",
        ),
        (
            with(
                "/parties/0/checks",
                json!([{"method": "email-code", "outcome": "pass", "at": "2030-01-01T00:00:00Z"}]),
            ),
            "parties[0].checks[0].at",
        ),
        (with("/roles/0/kind", json!("king")), "roles[0].kind"),
        (with("/roles/0/party", json!("bea")), "roles[0].party"),
        (with("/roles", json!([])), "roles"),
        (
            company(&[("a", "co", "60"), ("b", "co", "40.0001")]),
            "roles[2].share",
        ),
        (company(&[("a", "co", "100.0001")]), "roles[1].share"),
        (company(&[("a", "co", "-1")]), "roles[1].share"),
        (company(&[("co", "co", "10")]), "roles[1].party"),
    ];
    for (body, field) in cases {
        let refused = api.post("/v1/sign-ups", &body).await;
        assert!(
            refused
                .is_problem(422, "invalid")
                .fields()
                .iter()
                .any(|f| f == field),
            "{field}: {}",
            refused.text
        );
    }
    assert_eq!(api.get("/v1/accounts").await.json()["items"], json!([]));
    assert_eq!(api.ledger_size().await, size);
}

#[tokio::test]
async fn what_is_no_such_request_is_refused_before_it_is_read() {
    let api = TestApi::start().await;
    let size = api.ledger_size().await;
    let good = sign_up().to_string();
    for (body, field) in [
        (
            good.replace(r#""kind":"person""#, r#""kind":"person","kind":"person""#),
            "parties[0].kind",
        ),
        (
            good.replace("Ana Ferreira", r"Ana \ud83d"),
            "parties[0].claims[0].value",
        ),
        (
            format!("{}{}{}", "[".repeat(5000), 1, "]".repeat(5000)),
            "[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]",
        ),
        (good.clone() + "x", ""),
    ] {
        let refused = api.post_bytes("/v1/sign-ups", body.into_bytes()).await;
        assert_eq!(refused.is_problem(400, "malformed").fields(), [field]);
    }
    let mut latin = good.clone().into_bytes();
    let at = good.find("Ferreira").unwrap();
    latin[at] = 0xE9;
    api.post_bytes("/v1/sign-ups", latin)
        .await
        .is_problem(400, "malformed");
    api.post_bytes("/v1/sign-ups", vec![b' '; 10 * 1024 * 1024])
        .await
        .is_problem(413, "too-large");
    for kind in [
        None,
        Some("text/plain"),
        Some("application/json; charset=latin1"),
        Some("application/jsonp"),
    ] {
        let mut request = api.request(Method::POST, "/v1/sign-ups");
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        api.send(request.body(good.clone().into()).unwrap())
            .await
            .is_problem(415, "unsupported-media-type");
    }
    let request = api
        .request(Method::POST, "/v1/sign-ups")
        .header("content-type", "Application/JSON; charset=UTF-8");
    assert_eq!(
        api.send(request.body(good.into()).unwrap()).await.status,
        201
    );
    assert!(api.ledger_size().await > size);
}

#[tokio::test]
async fn ownership_in_circles_ends_and_chains_without_end_are_refused() {
    let api = TestApi::start().await;
    let circle = company(&[("a", "co", "60"), ("b", "a", "60"), ("co", "b", "60")]);
    assert_eq!(api.post("/v1/sign-ups", &circle).await.status, 201);
    let names: Vec<String> = (0..1000).map(|i| format!("p{i}")).collect();
    let chain: Vec<(&str, &str, &str)> = names
        .iter()
        .enumerate()
        .map(|(i, n)| {
            (
                n.as_str(),
                if i == 0 { "co" } else { names[i - 1].as_str() },
                "100",
            )
        })
        .collect();
    let refused = api.post("/v1/sign-ups", &company(&chain)).await;
    assert!(
        is_refusal(refused.status) && refused.fields().iter().any(|f| f == "parties"),
        "{}",
        refused.text
    );
    let longest: Vec<_> = chain.into_iter().take(99).collect();
    assert_eq!(
        api.post("/v1/sign-ups", &company(&longest)).await.status,
        201
    );
}

#[tokio::test]
async fn a_half_wrong_addition_adds_nothing() {
    let api = TestApi::start().await;
    let (_, party) = ids(&api.signed_up().await);
    let before = api.get(&format!("/v1/parties/{party}")).await.text;
    let claims = json!({"claims": [{"attribute": "citizenship", "value": "PT"}, {"attribute": "birth_date", "value": "1984-13-01"}]});
    let refused = api
        .post(&format!("/v1/parties/{party}/claims"), &claims)
        .await;
    assert_eq!(
        refused.is_problem(422, "invalid").fields(),
        ["claims[1].value"]
    );
    for (part, body) in [
        ("claims", json!({"claims": []})),
        ("evidence", json!({"evidence": []})),
        ("checks", json!({})),
    ] {
        let refused = api
            .post(&format!("/v1/parties/{party}/{part}"), &body)
            .await;
        refused.is_problem(422, "invalid");
    }
    assert_eq!(api.get(&format!("/v1/parties/{party}")).await.text, before);
}
