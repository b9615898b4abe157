use bonafide_model::ApiKeyId;
use bonafide_seal::{ApiKey, ApiKeyError, KeyedHash};

use super::{TENANT, altered, entropy, keyring, start};

#[test]
fn an_api_key_is_known_by_its_keyed_hash_alone() {
    let chance = entropy(1);
    let keyring = keyring(&chance);
    let hasher = keyring.tenant(TENANT).unwrap().api_key_hash_key();
    let id = ApiKeyId::new(start(), &chance);
    let key = ApiKey::generate(id, &chance);
    let stored = KeyedHash::from_bytes(*hasher.hash(&key).as_bytes());

    let presented = ApiKey::parse(key.expose()).unwrap();
    assert_eq!(presented.id(), id);
    assert_eq!(presented.expose(), key.expose());
    assert!(hasher.verify(&presented, &stored));
    assert!(
        !hasher.verify(&ApiKey::generate(id, &chance), &stored),
        "same id, other secret"
    );
    let stranger = keyring.tenant("zenith").unwrap().api_key_hash_key();
    assert!(!stranger.verify(&presented, &stored), "another tenant");

    for (i, bytes) in altered(key.expose().as_bytes()) {
        let Ok(text) = String::from_utf8(bytes) else {
            continue;
        };
        let accepted = ApiKey::parse(&text).is_ok_and(|k| hasher.verify(&k, &stored));
        assert!(!accepted, "byte {i}");
    }
}

#[test]
fn other_shapes_are_refused_without_repeating_them() {
    let key = ApiKey::generate(ApiKeyId::from_bits(1), &entropy(2));
    let text = key.expose();
    assert_eq!(text.len(), 3 + 26 + 1 + 52);
    assert!(text.starts_with("bf_00000000000000000000000001_"));
    let long = format!("{text}0");
    for bad in [
        "",
        "bf_",
        &text[1..],
        &text[..text.len() - 1],
        &long,
        &text.to_uppercase(),
        &text.replace("bf_", "bf__"),
    ] {
        assert_eq!(ApiKey::parse(bad).unwrap_err(), ApiKeyError, "{bad}");
    }
    assert!(!ApiKeyError.to_string().contains(&text[30..]));
}

#[test]
fn a_repeated_request_is_told_from_another() {
    let keyring = keyring(&entropy(3));
    let hasher = keyring.tenant(TENANT).unwrap().body_mac_key();
    let first = hasher.hash("POST /v1/sign-ups", "k1", b"{}");
    assert_eq!(first, hasher.hash("POST /v1/sign-ups", "k1", b"{}"));
    assert_ne!(first, hasher.hash("POST /v1/sign-ups", "k1", b"{ }"));
    assert_ne!(first, hasher.hash("POST /v1/sign-ups", "k2", b"{}"));
    assert_ne!(first, hasher.hash("POST /v1/parties", "k1", b"{}"));
    assert_ne!(first, hasher.hash("POST /v1/sign-upsk", "1", b"{}"));
    assert_ne!(
        first,
        keyring
            .tenant("zenith")
            .unwrap()
            .body_mac_key()
            .hash("POST /v1/sign-ups", "k1", b"{}")
    );
    assert_eq!(format!("{first:?}"), "KeyedHash([sealed])");
}
