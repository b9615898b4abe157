//! Kind `wallet`. Keys are made for the tests; the signatures of Bitcoin are the basic ones of BIP-322.

use bitcoin::secp256k1::{Message, Secp256k1, SecretKey};
use bonafide_evidence::Code;
use serde_json::{Value, json};
use sha3::{Digest as _, Keccak256};

use crate::fuzz;
use crate::vectors::{Tally, check, hex, shared};

const ADDRESS: &str = "bc1q9vza2e8x573nczrlzms0wvx3gsqjx7vavgkx0l";
const EMPTY: &str = "AkcwRAIgM2gBAQqvZX15ZiysmKmQpDrG83avLIT492QBzLnQIxYCIBaTpOaD20qRlEylyxFSeEA2ba9YOixpX8z46TSDtS40ASECx/EgAxlkQpQ9hYjgGu6EBCPMVPwVIVJqO4XCsMvViHI=";

fn ethereum_address() -> String {
    let key = SecretKey::from_slice(&[7; 32]).unwrap();
    let public = key.public_key(&Secp256k1::new()).serialize_uncompressed();
    let hash = Keccak256::digest(&public[1..]);
    hash[12..]
        .iter()
        .fold("0x".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

fn sign(message: &[u8]) -> String {
    let mut hash = Keccak256::new();
    hash.update(format!("\x19Ethereum Signed Message:\n{}", message.len()));
    hash.update(message);
    let digest = Message::from_digest(hash.finalize().into());
    let key = SecretKey::from_slice(&[7; 32]).unwrap();
    let (recovery, octets) = Secp256k1::new()
        .sign_ecdsa_recoverable(&digest, &key)
        .serialize_compact();
    let text = octets
        .iter()
        .fold("0x".to_owned(), |text, byte| format!("{text}{byte:02x}"));
    format!("{text}{:02x}", 27 + recovery.to_i32())
}

/// The address in the mixed case of EIP-55, as the product writes it.
fn checked_address() -> String {
    let verdict = check(
        "wallet",
        b"m",
        json!({"address": ethereum_address(), "signature": sign(b"m")}),
    );
    verdict.claims["address"].as_str().unwrap().to_owned()
}

fn sign_in(change: impl Fn(String) -> String) -> (String, Value) {
    let address = checked_address();
    let message = change(format!(
        "example.org wants you to sign in with your Ethereum account:\n{address}\n\nI open an account.\n\nURI: https://example.org/w\nVersion: 1\nChain ID: 1\nNonce: abcdefgh12\nIssued At: 2026-06-01T00:00:00Z\nExpiration Time: 2026-06-01T00:10:00Z"
    ));
    let context = json!({
        "address": address, "signature": sign(message.as_bytes()), "domain": "example.org", "nonce": "abcdefgh12",
        "chain_id": 1, "at": "2026-06-01T00:01:00Z",
    });
    (message, context)
}

#[test]
fn a_signed_message_shows_control() {
    let context = json!({"address": ethereum_address(), "signature": sign(b"mine")});
    let verdict = check("wallet", b"mine", context.clone());
    assert!(verdict.valid, "{:?}", verdict.reasons);
    assert_eq!(verdict.strength, None);
    assert_eq!(verdict.claims["scheme"], "eip191");
    assert_eq!(
        check("wallet", b"thine", context).reasons[0].code,
        Code::BadSignature
    );
    let mixed = checked_address();
    let swapped: String = mixed
        .chars()
        .map(|c| {
            if c == 'a' {
                'A'
            } else if c == 'A' {
                'a'
            } else {
                c
            }
        })
        .collect();
    assert_ne!(mixed, swapped);
    assert_eq!(
        check(
            "wallet",
            b"mine",
            json!({"address": swapped, "signature": sign(b"mine")})
        )
        .reasons[0]
            .code,
        Code::Context
    );
}

#[test]
fn the_second_spelling_of_a_signature_is_refused() {
    let good = hex(&sign(b"mine"));
    let order = hex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
    let mut high = good.clone();
    let mut borrow = 0_i16;
    for at in (0..32).rev() {
        let mut digit = i16::from(order[at]) - i16::from(good[32 + at]) - borrow;
        borrow = i16::from(digit < 0);
        digit += 256 * borrow;
        high[32 + at] = u8::try_from(digit).unwrap();
    }
    high[64] = 27 + 28 - good[64];
    let text = high
        .iter()
        .fold("0x".to_owned(), |text, byte| format!("{text}{byte:02x}"));
    let verdict = check(
        "wallet",
        b"mine",
        json!({"address": ethereum_address(), "signature": text}),
    );
    assert_eq!(verdict.reasons[0].code, Code::BadSignature);
}

#[test]
fn a_sign_in_is_bound_to_what_was_asked() {
    let (message, context) = sign_in(|m| m);
    let verdict = check("wallet", message.as_bytes(), context.clone());
    assert!(verdict.valid, "{:?}", verdict.reasons);
    assert_eq!(verdict.claims["scheme"], "eip4361");
    for (key, value, code) in [
        ("domain", json!("example.com"), Code::Binding),
        ("nonce", json!("abcdefgh13"), Code::Binding),
        ("chain_id", json!(5), Code::Binding),
        ("at", json!("2026-06-01T00:10:00Z"), Code::Expired),
        ("at", json!("2026-05-31T23:00:00Z"), Code::NotYetValid),
        ("nonce", Value::Null, Code::Context),
        ("domain", Value::Null, Code::Context),
        ("colour", json!("red"), Code::Context),
    ] {
        let mut context = context.clone();
        context[key] = value;
        let verdict = check("wallet", message.as_bytes(), context);
        assert_eq!(verdict.reasons.first().map(|r| r.code), Some(code), "{key}");
    }
}

#[test]
fn a_sign_in_follows_its_grammar() {
    let changes: [(&str, &str); 9] = [
        ("Version: 1", "Version: 2"),
        ("Chain ID: 1\n", ""),
        ("Nonce: abcdefgh12", "Nonce: short"),
        ("\n\nI open", "\nI open"),
        ("I open an account.", "I öpen an account."),
        ("URI: https://example.org/w", "URI: example"),
        ("2026-06-01T00:00:00Z", "2026-06-01 00:00:00Z"),
        ("\n", "\r\n"),
        ("Expiration Time", "Expires"),
    ];
    for (from, to) in changes {
        let (message, context) = sign_in(|m| m.replace(from, to));
        let verdict = check("wallet", message.as_bytes(), context);
        assert_eq!(
            verdict.reasons.first().map(|r| r.code),
            Some(Code::Malformed),
            "{from}"
        );
    }
    for (from, to) in [
        ("I open an account.\n", ""),
        ("example.org wants", "https://example.org wants"),
        (
            "00:10:00Z",
            "00:10:00.5+00:00\nRequest ID: 7\nResources:\n- https://example.org/terms",
        ),
    ] {
        let (message, context) = sign_in(|m| m.replacen(from, to, 1));
        let verdict = check("wallet", message.as_bytes(), context);
        assert!(verdict.valid, "{message}: {:?}", verdict.reasons);
    }
}

#[test]
fn a_message_of_bitcoin_shows_control() {
    for signature in [EMPTY.to_owned(), format!("smp{EMPTY}")] {
        let verdict = check(
            "wallet",
            b"",
            json!({"address": ADDRESS, "signature": signature}),
        );
        assert!(verdict.valid, "{:?}", verdict.reasons);
        assert_eq!(verdict.claims["form"], "simple");
        let other = check(
            "wallet",
            b"other",
            json!({"address": ADDRESS, "signature": signature}),
        );
        assert_eq!(other.reasons[0].code, Code::BadSignature);
    }
    for signature in ["smpAA==", "fooAA==", "smp!", "", "ful", "pofcHNidP8="] {
        assert!(
            !check(
                "wallet",
                b"",
                json!({"address": ADDRESS, "signature": signature})
            )
            .valid,
            "{signature}"
        );
    }
}

#[test]
fn the_published_messages_of_ethereum_are_judged_as_published() {
    let Some(cases) = shared("wallet/eip191.json") else {
        return;
    };
    let mut tally = Tally::default();
    for case in cases.as_array().unwrap() {
        let context = json!({"address": case["address"], "signature": case["signature"]});
        let verdict = check(
            "wallet",
            &hex(case["message_hex"].as_str().unwrap()),
            context,
        );
        tally.count(
            case["name"].as_str().unwrap(),
            case["valid"] == true,
            &verdict,
        );
    }
    tally.assert("eip191", 9, 0);
    let mut tally = Tally::default();
    for case in shared("wallet/eip4361.json").unwrap().as_array().unwrap() {
        let mut context = case["expect"].clone();
        context["signature"] = case["signature"].clone();
        let verdict = check(
            "wallet",
            case["message"].as_str().unwrap().as_bytes(),
            context,
        );
        tally.count(
            case["name"].as_str().unwrap(),
            case["valid"] == true,
            &verdict,
        );
    }
    tally.assert("eip4361", 18, 0);
}

#[test]
fn the_published_messages_of_bitcoin_are_judged_as_published() {
    let Some(file) = shared("wallet/bip322.json") else {
        return;
    };
    let mut tally = Tally::default();
    for (group, cases) in file.as_object().unwrap() {
        for case in cases.as_array().unwrap() {
            let signatures: Vec<&Value> = match (&case["bip322_signatures"], &case["signature"]) {
                (Value::Array(list), _) => list.iter().collect(),
                (_, one @ Value::String(_)) => vec![one],
                _ => continue,
            };
            for signature in signatures {
                let context = json!({"address": case["address"], "signature": signature});
                let verdict = check(
                    "wallet",
                    case["message"].as_str().unwrap().as_bytes(),
                    context,
                );
                let name = format!("{group} {} {}", case["type"], case["description"]);
                tally.count(&name, !group.ends_with("error"), &verdict);
            }
        }
    }
    tally.assert("bip322", 28, 0);
}

/// Noise: see [`crate::fuzz`].
pub(crate) fn noise() {
    let (message, context) = sign_in(|m| m);
    fuzz::kind("wallet", &[message.into_bytes()], context);
    let mut samples: Vec<Vec<u8>> = vec![format!("smp{EMPTY}").into_bytes()];
    if let Some(file) = shared("wallet/bip322.json") {
        for group in ["generated_full", "generated_proof_of_funds"] {
            let cases = file[group].as_array().unwrap();
            samples.extend(cases.iter().map(|c| {
                c["bip322_signatures"][0]
                    .as_str()
                    .unwrap()
                    .as_bytes()
                    .to_vec()
            }));
        }
    }
    fuzz::parser(&samples, |bytes| {
        let signature = String::from_utf8_lossy(bytes);
        let context = json!({"address": ADDRESS, "signature": signature});
        let context = bonafide_evidence::Context::new(
            context,
            "2026-06-01T00:00:00Z".parse().unwrap(),
            Vec::new(),
        )
        .unwrap();
        let _ = bonafide_evidence::verify("wallet", b"", &context);
    });
}
