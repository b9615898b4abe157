//! Webhooks against the vectors of the reference libraries, and every part of a message altered.

use bonafide_ledger::verify::verify;
use bonafide_ledger::webhook::{Message, SigningKey};
use proptest::prelude::*;
use serde_json::{Value, json};

const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const BODY: &str = r#"{"test": 2432232314}"#;
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const PRIVATE: &str = "whsk_VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk=";
// What the reference libraries sign, from their own tests (`TestSymmetricWebhookSign`, `TestAsymmetricWebhookSign`).
const SHARED_SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
const ED25519_SIGNATURE: &str =
    "v1a,tQ9V2XOqn7jL/DQenEFpqIugdBVtiMmER5mhSkXBNwM0mkATuDe6KYYUuxqtaiHeYGb7KaaBRdM5WqyeFiL8Ag==";

fn message() -> Message<'static> {
    Message {
        id: ID,
        timestamp: 1_614_265_330,
        body: BODY.as_bytes(),
    }
}

fn public() -> String {
    let key = SigningKey::parse(PRIVATE).unwrap().verifier().unwrap();
    key.to_text().to_string()
}

fn asked(body: &str, keys: &[&str], signature: &str, change: impl Fn(&mut Value)) -> Value {
    let headers = json!({"Webhook-Id": ID, "webhook-timestamp": "1614265330", "webhook-signature": signature,
        "content-type": "application/json"});
    let mut context = json!({"keys": keys, "headers": headers});
    change(&mut context);
    let verdict = verify("webhook", body.as_bytes(), &context);
    match verdict.reasons.first() {
        None => Value::Object(verdict.claims),
        Some(reason) => reason.code.as_str().into(),
    }
}

#[test]
fn signatures_are_those_of_the_reference_libraries() {
    let shared = SigningKey::parse(SECRET).unwrap();
    assert_eq!(shared.sign(&message()).unwrap(), SHARED_SIGNATURE);
    assert_eq!(*shared.to_text(), SECRET);
    let ed25519 = SigningKey::parse(PRIVATE).unwrap();
    assert_eq!(ed25519.sign(&message()).unwrap(), ED25519_SIGNATURE);
    assert_eq!(*ed25519.to_text(), PRIVATE);
    for bad in [
        "",
        "whsec_",
        "whsec_c2hvcnQ=",
        "whsk_c2hvcnQ=",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        &public(),
    ] {
        assert!(SigningKey::parse(bad).is_err(), "{bad}");
    }
    let dotted = Message {
        id: "a.1",
        ..message()
    };
    assert!(shared.sign(&dotted).is_err());
}

#[test]
fn one_good_signature_by_a_known_key_is_enough() {
    let public = public();
    let both = format!("v1,AAAA {SHARED_SIGNATURE} v9,AAAA {ED25519_SIGNATURE}");
    let claims = |scheme: &str| json!({"id": ID, "timestamp": 1_614_265_330, "scheme": scheme});
    let same = |_: &mut Value| ();
    assert_eq!(asked(BODY, &[SECRET], &both, same), claims("v1"));
    assert_eq!(asked(BODY, &[&public], &both, same), claims("v1a"));
    assert_eq!(
        asked(BODY, &[&public], SHARED_SIGNATURE, same),
        "no_known_key"
    );
    assert_eq!(asked(BODY, &[], &both, same), "no_known_key");
    let now = |now: u64| move |context: &mut Value| context["now"] = now.into();
    assert_eq!(
        asked(BODY, &[SECRET], &both, now(1_614_265_630)),
        claims("v1")
    );
    assert_eq!(asked(BODY, &[SECRET], &both, now(1_614_265_631)), "stale");
    assert_eq!(asked(BODY, &[SECRET], &both, now(1_614_265_029)), "stale");
}

#[test]
fn every_part_is_protected() {
    let public = public();
    for (key, signature) in [
        (SECRET, SHARED_SIGNATURE),
        (public.as_str(), ED25519_SIGNATURE),
    ] {
        for at in 0..BODY.len() {
            let mut body = BODY.as_bytes().to_vec();
            body[at] ^= 1;
            let body = String::from_utf8(body).unwrap();
            assert_eq!(asked(&body, &[key], signature, |_| ()), "bad_signature");
        }
        let header = |name: &'static str, text: &'static str| {
            move |context: &mut Value| context["headers"][name] = text.into()
        };
        assert_eq!(
            asked(BODY, &[key], signature, header("Webhook-Id", "msg_other")),
            "bad_signature"
        );
        assert_eq!(
            asked(
                BODY,
                &[key],
                signature,
                header("webhook-timestamp", "1614265331")
            ),
            "bad_signature"
        );
        for bad in ["", "01614265330", "+1614265330", "soon", "1614265330.5"] {
            assert_eq!(
                asked(BODY, &[key], signature, header("webhook-timestamp", bad)),
                "malformed"
            );
        }
        assert_eq!(
            asked(BODY, &[key], signature, header("Webhook-Id", "")),
            "malformed"
        );
        assert_eq!(
            asked(BODY, &[key], signature, header("webhook-id", ID)),
            "context"
        );
        assert_eq!(asked(BODY, &[key], "nonsense", |_| ()), "malformed");
        assert_eq!(asked(BODY, &[key], "", |_| ()), "no_known_key");
    }
    let misspelt = |context: &mut Value| context["nwo"] = 1.into();
    assert_eq!(
        asked(BODY, &[SECRET], SHARED_SIGNATURE, misspelt),
        "context"
    );
    let without = |context: &mut Value| {
        context["headers"]
            .as_object_mut()
            .unwrap()
            .remove("Webhook-Id");
    };
    assert_eq!(asked(BODY, &[SECRET], SHARED_SIGNATURE, without), "context");
    assert_eq!(
        asked(BODY, &["whsec_c2hvcnQ="], SHARED_SIGNATURE, |_| ()),
        "key"
    );
}

proptest! {
    #[test]
    fn what_is_signed_verifies(seed in any::<[u8; 32]>(), body in prop::collection::vec(any::<u8>(), 0..200), at in 0..1_u64 << 40) {
        let message = Message { id: ID, timestamp: at, body: &body };
        for key in [SigningKey::shared(&seed), SigningKey::ed25519(&seed)] {
            let signature = key.sign(&message).unwrap();
            let keys = [key.verifier().unwrap()];
            let held = bonafide_ledger::webhook::verify(&keys, ID, &at.to_string(), &signature, &body);
            prop_assert_eq!(held.unwrap().0, at);
        }
    }
}
