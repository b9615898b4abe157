//! How many presentations a core verifies in a second, all checks made: issuer's chain, issuer's signature, digests, times
//! and the holder's proof.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code,
    reason = "a bench that shares the tests' wallet"
)]

use std::hint::black_box;

use bonafide_evidence::{Context, verify};
use criterion::{Criterion, criterion_group, criterion_main};
use serde_json::{Value, json};

#[path = "../tests/evidence/software_wallet.rs"]
mod wallet;

use wallet::{Issuer, Key, Profile, issue_mdoc, issue_sd_jwt, session};

/// 1 June 2026.
const NOW: i64 = 1_780_272_000;
const CLIENT: &str = "x509_san_dns:verifier.example";
const URI: &str = "https://verifier.example/response";

fn context(value: Value) -> Context {
    Context::new(value, "2026-06-01T00:00:00Z".parse().unwrap(), Vec::new()).unwrap()
}

fn presentations(c: &mut Criterion) {
    let holder = Key::new();
    let issuer = Issuer::new(&Profile::Host("issuer.example"));
    let claims = json!({"given_name": "Anna", "family_name": "Specimen", "birthdate": "1990-02-28",
        "nationality": "UT", "address": {"country": "UT", "locality": "Town"}, "email": "anna@example.com"});
    let plain =
        json!({"iss": "https://issuer.example", "vct": "urn:example:identity", "exp": NOW + 1000});
    let x5c = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        &issuer.certificate,
    );
    for (name, header, trust) in [
        (
            "sd-jwt-vc, known key",
            json!({"alg": "ES256", "typ": "dc+sd-jwt"}),
            json!({"issuer_jwk": issuer.key.jwk()}),
        ),
        (
            "sd-jwt-vc, x5c",
            json!({"alg": "ES256", "typ": "dc+sd-jwt", "x5c": [x5c]}),
            json!({"trust": issuer.trust()}),
        ),
    ] {
        let token = issue_sd_jwt(&issuer.key, &header, &plain, &claims, &holder);
        let names = ["given_name", "family_name", "birthdate"];
        let shown = token.present(&names, &holder, CLIENT, "n-1", NOW);
        let mut expected = json!({"audience": CLIENT, "nonce": "n-1"});
        for (key, value) in trust.as_object().unwrap() {
            expected[key] = value.clone();
        }
        let context = context(expected);
        assert!(verify("sd-jwt-vc", shown.as_bytes(), &context).valid);
        c.bench_function(name, |b| {
            b.iter(|| verify("sd-jwt-vc", black_box(shown.as_bytes()), &context));
        });
    }
    let issuer = Issuer::new(&Profile::Mdl);
    let elements = [
        ("given_name", "Anna"),
        ("family_name", "Specimen"),
        ("birth_date", "1990-02-28"),
        ("issuing_country", "UT"),
        ("document_number", "M1298921"),
        ("expiry_date", "2030-03-01"),
    ];
    let names = elements.map(|(name, _)| name);
    let licence = issue_mdoc(&issuer, &elements, &holder);
    let response = licence.present(&names, &holder, &session(CLIENT, "n-1", None, URI));
    let request = json!({"client_id": CLIENT, "nonce": "n-1", "response_uri": URI});
    let context = context(json!({"trust": issuer.trust(), "openid4vp": request}));
    assert!(verify("mdoc", &response, &context).valid);
    c.bench_function("mdoc", |b| {
        b.iter(|| verify("mdoc", black_box(&response), &context));
    });
}

criterion_group!(benches, presentations);
criterion_main!(benches);
