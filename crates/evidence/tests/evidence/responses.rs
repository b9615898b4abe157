//! Responses of a software wallet to a request: what holds, and each way in which it must not.

use bonafide_evidence::Code;
use bonafide_model::Strength;
use serde_json::{Value, json};

use crate::credentials::{CLIENT, URI, VCT, World, refused, with};
use crate::software_wallet::{Key, MDL, MDL_NAMESPACE, b64, encrypt, session, thumbprint};
use crate::vectors::check;

fn query() -> Value {
    json!({"credentials": [
        {"id": "pid", "format": "dc+sd-jwt", "meta": {"vct_values": [VCT]}, "claims": [{"path": ["given_name"]}]},
        {"id": "mdl", "format": "mso_mdoc", "meta": {"doctype_value": MDL},
            "claims": [{"path": [MDL_NAMESPACE, "given_name"]}]},
    ], "credential_sets": [{"options": [["pid"], ["mdl"]]}]})
}

fn request(world: &World) -> Value {
    json!({
        "dcql_query": query(), "nonce": "n-1", "client_id": CLIENT, "response_uri": URI,
        "trust": [world.issuer.trust(), world.licences.trust()],
    })
}

#[test]
fn a_response_holds_in_each_form() {
    let world = World::new();
    let token = json!({"vp_token": {"pid": [world.present()]}});
    let licence = json!({"vp_token": {"mdl": [b64(world.response())]}});
    let both = json!({"vp_token": {"pid": [world.present()], "mdl": [b64(world.response())]}});
    for answer in [&token, &licence, &both] {
        let verdict = check("oid4vp", answer.to_string().as_bytes(), request(&world));
        assert!(verdict.valid, "{:?}", verdict.reasons);
        assert_eq!(verdict.claims["given_name"], "Anna");
        assert_eq!(verdict.strength, Some(Strength::Superior));
    }
    let form = format!(
        "vp_token={}&state=s-1",
        percent(&token["vp_token"].to_string())
    );
    let context = with(
        request(&world),
        json!({"state": "s-1", "response_mode": "direct_post"}),
    );
    assert!(check("oid4vp", form.as_bytes(), context.clone()).valid);
    let other = with(context, json!({"state": "s-2"}));
    refused(&check("oid4vp", form.as_bytes(), other), Code::Nonce);
}

fn percent(text: &str) -> String {
    text.bytes().map(|b| format!("%{b:02X}")).collect()
}

#[test]
fn an_encrypted_response_is_bound_to_its_key() {
    let world = World::new();
    let key = Key::new();
    let context = with(
        request(&world),
        json!({"response_mode": "direct_post.jwt", "decryption_jwk": key.private_jwk(), "state": "s-1"}),
    );
    let session = session(CLIENT, "n-1", Some(&thumbprint(&key.jwk())), URI);
    let licence = world
        .licence
        .present(&["given_name"], &world.holder, &session);
    let answer = json!({"vp_token": {"mdl": [b64(licence)]}, "state": "s-1"});
    let sealed = encrypt(&answer, &key.jwk());
    for input in [
        sealed.clone(),
        format!("response={sealed}"),
        json!({"response": sealed}).to_string(),
    ] {
        let verdict = check("oid4vp", input.as_bytes(), context.clone());
        assert!(verdict.valid, "{:?}", verdict.reasons);
    }
    // To another key; not encrypted although asked for; a device that answered without the key.
    let other = encrypt(&answer, &Key::new().jwk());
    refused(
        &check("oid4vp", other.as_bytes(), context.clone()),
        Code::Decryption,
    );
    refused(
        &check("oid4vp", answer.to_string().as_bytes(), context.clone()),
        Code::Decryption,
    );
    let relayed = json!({"vp_token": {"mdl": [b64(world.response())]}, "state": "s-1"});
    let relayed = encrypt(&relayed, &key.jwk());
    refused(
        &check("oid4vp", relayed.as_bytes(), context.clone()),
        Code::KeyBinding,
    );
    let mut altered = sealed.into_bytes();
    let last = altered.len() - 3;
    altered[last] = if altered[last] == b'A' { b'B' } else { b'A' };
    refused(&check("oid4vp", &altered, context), Code::Decryption);
}

#[test]
fn a_response_must_be_what_was_asked_for() {
    let world = World::new();
    let judge = |answer: Value, changes: Value| {
        check(
            "oid4vp",
            answer.to_string().as_bytes(),
            with(request(&world), changes),
        )
    };
    let shown = world.present();
    let good = json!({"vp_token": {"pid": [shown]}});
    for (answer, code) in [
        (json!({"error": "access_denied"}), Code::Unsatisfied),
        (json!({}), Code::Malformed),
        (json!({"vp_token": {}}), Code::Unsatisfied),
        (json!({"vp_token": {"pid": []}}), Code::Malformed),
        (
            json!({"vp_token": {"pid": [shown, shown]}}),
            Code::Unsatisfied,
        ),
        (json!({"vp_token": {"other": [shown]}}), Code::Unsatisfied),
        (json!({"vp_token": {"mdl": [shown]}}), Code::Malformed),
        (json!({"vp_token": {"pid": [5]}}), Code::Malformed),
    ] {
        refused(&judge(answer, json!({})), code);
    }
    for (changes, code) in [
        (json!({"nonce": "n-2"}), Code::Nonce),
        (
            json!({"client_id": "x509_san_dns:evil.example"}),
            Code::Audience,
        ),
        (json!({"used_nonces": ["n-1"]}), Code::Replayed),
        (json!({"dcql_query": {"credentials": []}}), Code::Query),
        (json!({"client_id": null}), Code::Context),
    ] {
        refused(&judge(good.clone(), changes), code);
    }
    let mut asked = query();
    asked["credentials"][0]["claims"] = json!([{"path": ["family_name"]}]);
    refused(
        &judge(good.clone(), json!({"dcql_query": asked})),
        Code::Unsatisfied,
    );
    asked["credentials"][0]["meta"]["vct_values"] = json!(["urn:example:other"]);
    refused(&judge(good, json!({"dcql_query": asked})), Code::Type);
}
