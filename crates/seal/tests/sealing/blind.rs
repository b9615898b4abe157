use std::collections::BTreeSet;

use bonafide_seal::blind::VALUE_MAX_BYTES;
use bonafide_seal::{AttributeKind, BlindError, Keyring, Token};
use proptest::prelude::*;

use super::{TENANT, entropy, keyring};

const KINDS: [AttributeKind; 6] = [
    AttributeKind::Email,
    AttributeKind::Telephone,
    AttributeKind::DocumentNumber,
    AttributeKind::NationalId,
    AttributeKind::AccountId,
    AttributeKind::Name,
];

fn tokens(keyring: &Keyring, kind: AttributeKind, value: &str) -> Vec<Token> {
    keyring
        .tenant(TENANT)
        .unwrap()
        .index_key()
        .tokens_for(kind, value)
        .unwrap()
}

#[test]
fn spellings_of_one_value_give_one_token() {
    let keyring = keyring(&entropy(1));
    let same = |kind, a: &str, b: &str| {
        assert_eq!(
            tokens(&keyring, kind, a),
            tokens(&keyring, kind, b),
            "{a} {b}"
        )
    };
    same(AttributeKind::Name, "\u{DC}nal", "U\u{308}nal");
    same(AttributeKind::Name, "JOSÉ GARCÍA", "garcía josé");
    same(AttributeKind::Name, "JOSÉ GARCÍA", "Garcia, Jose");
    same(AttributeKind::Email, "Ana@Example.org", " ana@example.ORG ");
    same(
        AttributeKind::Telephone,
        "+44 (0)20 7946 0958",
        "00442079460958",
    );
    same(AttributeKind::DocumentNumber, "l 898-902 c", "L898902C<");
    same(AttributeKind::AccountId, "ACC-17", "acc-17");
}

#[test]
fn a_name_part_is_found_alone_and_others_are_not() {
    let keyring = keyring(&entropy(2));
    let all: BTreeSet<_> = tokens(&keyring, AttributeKind::Name, "José María García")
        .into_iter()
        .collect();
    assert_eq!(all.len(), 3);
    assert!(all.contains(&tokens(&keyring, AttributeKind::Name, "garcia")[0]));
    assert!(
        !all.contains(&tokens(&keyring, AttributeKind::Name, "garci")[0]),
        "no prefix search"
    );
    assert_eq!(tokens(&keyring, AttributeKind::Name, "Ana ANA").len(), 1);
}

#[test]
fn tokens_of_two_tenants_or_two_kinds_never_match() {
    let keyring = keyring(&entropy(3));
    let value = "+442079460958@example";
    let mut seen = BTreeSet::new();
    let mut count = 0;
    for tenant in keyring.tenants() {
        for kind in KINDS {
            // One text that several kinds accept as it is.
            if let Ok(tokens) = tenant.index_key().tokens_for(kind, "a1234567") {
                count += tokens.len();
                seen.extend(tokens);
            }
            if let Ok(tokens) = tenant.index_key().tokens_for(kind, value) {
                count += tokens.len();
                seen.extend(tokens);
            }
        }
    }
    assert!(count >= 16, "{count}");
    assert_eq!(seen.len(), count);
}

#[test]
fn tokens_stay_what_they_were_stored_as() {
    // A change of these bytes makes every stored index unfindable. Computed apart with HMAC-SHA256 over the framed
    // domain, kind and value.
    let keyring = keyring(&entropy(4));
    let key = index_key_bytes(&keyring);
    let mut message = Vec::new();
    for part in ["bonafide-blind-v1", "email", "ana@example.org"] {
        message.extend_from_slice(&(part.len() as u64).to_be_bytes());
        message.extend_from_slice(part.as_bytes());
    }
    let mac = aws_lc_rs::hmac::sign(
        &aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &key),
        &message,
    );
    assert_eq!(
        tokens(&keyring, AttributeKind::Email, "Ana@example.org")[0].as_bytes(),
        &mac.as_ref()[..16]
    );
}

fn index_key_bytes(keyring: &Keyring) -> Vec<u8> {
    use base64::Engine;
    let json: serde_json::Value =
        serde_json::from_slice(keyring.to_bytes().unwrap().expose()).unwrap();
    base64::engine::general_purpose::STANDARD
        .decode(json["tenants"][0]["index_key"].as_str().unwrap())
        .unwrap()
}

#[test]
fn what_cannot_be_normalised_is_refused_without_repeating_it() {
    let keyring = keyring(&entropy(5));
    let refused = |kind, value: &str| {
        keyring
            .tenant(TENANT)
            .unwrap()
            .index_key()
            .tokens_for(kind, value)
            .unwrap_err()
    };
    assert_eq!(refused(AttributeKind::Email, "ana"), BlindError::Email);
    assert_eq!(
        refused(AttributeKind::Telephone, "020 7946"),
        BlindError::Telephone
    );
    assert_eq!(refused(AttributeKind::Name, "…"), BlindError::Empty);
    assert_eq!(
        refused(AttributeKind::Name, &"a".repeat(VALUE_MAX_BYTES + 1)),
        BlindError::TooLong
    );
    assert!(
        !refused(AttributeKind::Telephone, "020 7946")
            .to_string()
            .contains("7946")
    );
    let token = tokens(&keyring, AttributeKind::Name, "Ana")[0];
    assert_eq!(format!("{token:?}"), "Token([sealed])");
}

proptest! {
    #[test]
    fn any_text_is_answered_and_name_order_is_free(a in "\\PC{0,60}", b in "\\PC{0,60}") {
        let keyring = keyring(&entropy(6));
        let key = keyring.tenant(TENANT).unwrap().index_key();
        for kind in KINDS {
            let _ = key.tokens_for(kind, &a);
        }
        let (ab, ba) = (format!("{a} {b}"), format!("{b} {a}"));
        prop_assert_eq!(key.tokens_for(AttributeKind::Name, &ab), key.tokens_for(AttributeKind::Name, &ba));
    }
}
