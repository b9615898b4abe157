//! Tokens of entitlements: the key of RFC 8037, and every way in which libraries for tokens have been fooled.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bonafide_ledger::jwt::TokenKey;
use bonafide_ledger::verify::{ENTITLEMENTS_TYPE, verify};
use proptest::prelude::*;
use serde_json::{Value, json};

/// The private key of RFC 8037, appendix A.1.
const SEED: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
const NOW: u64 = 1_800_000_000;

fn key(seed: &str) -> TokenKey {
    let seed = URL_SAFE_NO_PAD.decode(seed).unwrap();
    TokenKey::from_seed(&seed.try_into().unwrap()).unwrap()
}

fn claims() -> Value {
    json!({
        "iss": "urn:x:1", "aud": "racks", "sub": "acc_1", "iat": NOW, "nbf": NOW, "exp": NOW + 900,
        "entitlements": {"provision": true, "blocked_ports": [25]},
    })
}

fn token() -> String {
    key(SEED).sign(ENTITLEMENTS_TYPE, &claims()).unwrap()
}

fn context() -> Value {
    let keys = json!({"keys": [key(SEED).public().to_json()]});
    json!({"jwks": keys, "iss": "urn:x:1", "aud": "racks", "now": NOW + 1})
}

fn asked(token: &str, context: &Value) -> String {
    let verdict = verify("entitlements-token", token.as_bytes(), context);
    match verdict.reasons.first() {
        None => "good".to_owned(),
        Some(reason) => reason.code.as_str().to_owned(),
    }
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

#[test]
fn a_key_is_named_and_written_as_rfc_8037_has_it() {
    let key = key(SEED);
    // Appendices A.2 and A.3.
    assert_eq!(
        key.public().to_json()["x"],
        "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    );
    assert_eq!(
        key.public().kid(),
        "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    );
}

#[test]
fn a_good_token_gives_its_claims_and_no_other_is_good() {
    let verdict = verify("entitlements-token", token().as_bytes(), &context());
    assert_eq!(
        Value::Object(verdict.claims),
        claims(),
        "{:?}",
        verdict.reasons
    );
    assert_eq!(asked(&format!("{}\n", token()), &context()), "good");
    let with = |name: &str, value: Value| {
        let mut context = context();
        context[name] = value;
        asked(&token(), &context)
    };
    assert_eq!(with("now", (NOW + 900).into()), "expired");
    assert_eq!(with("now", (NOW - 1).into()), "claims");
    assert_eq!(with("iss", "urn:x:2".into()), "claims");
    assert_eq!(with("aud", "mail".into()), "claims");
    assert_eq!(with("jwks", json!({"keys": []})), "no_known_key");
    assert_eq!(with("jwks", json!([])), "context");
    let stranger = key("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    assert_eq!(
        with("jwks", json!({"keys": [stranger.public().to_json()]})),
        "no_known_key"
    );
    // The stranger's key under our id.
    let mut posed = stranger.public().to_json();
    posed["kid"] = key(SEED).public().kid().into();
    assert_eq!(with("jwks", json!({"keys": [posed]})), "bad_signature");
}

#[test]
fn a_header_chooses_among_the_known_keys_and_nothing_else() {
    let good = token();
    let (_, rest) = good.split_once('.').unwrap();
    let kid = key(SEED).public().kid();
    let own = key(SEED).public().to_json();
    for header in [
        json!({"alg": "none", "kid": kid, "typ": ENTITLEMENTS_TYPE}),
        json!({"alg": "HS256", "kid": kid, "typ": ENTITLEMENTS_TYPE}),
        json!({"alg": "EdDSA", "kid": kid, "typ": "JWT"}),
        json!({"alg": "EdDSA", "typ": ENTITLEMENTS_TYPE}),
        json!({"alg": "EdDSA", "kid": kid, "typ": ENTITLEMENTS_TYPE, "jwk": own}),
        json!({"alg": "EdDSA", "kid": kid, "typ": ENTITLEMENTS_TYPE, "crit": ["b64"]}),
    ] {
        assert_eq!(
            asked(&format!("{}.{rest}", part(&header)), &context()),
            "malformed",
            "{header}"
        );
    }
    let unsigned = format!("{}.{}.", part(&json!({"alg": "none"})), part(&claims()));
    assert_eq!(asked(&unsigned, &context()), "malformed");
    let twice = URL_SAFE_NO_PAD.encode(format!(
        r#"{{"alg":"EdDSA","alg":"none","kid":"{kid}","typ":"{ENTITLEMENTS_TYPE}"}}"#
    ));
    assert_eq!(asked(&format!("{twice}.{rest}"), &context()), "malformed");
    for shape in [
        "",
        ".",
        "..",
        "a.b",
        &format!("{good}.x"),
        &format!("{good}="),
    ] {
        assert_eq!(asked(shape, &context()), "malformed", "{shape}");
    }
}

proptest! {
    #[test]
    fn a_token_with_any_character_altered_is_refused(at in 0_usize..500, to in "[A-Za-z0-9_.-]") {
        let good = token();
        let at = at % good.len();
        let mut altered = good.clone();
        altered.replace_range(at..=at, &to);
        prop_assume!(altered != good);
        prop_assert_ne!(asked(&altered, &context()), "good");
    }
}
