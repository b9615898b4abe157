//! The published cases of cryptographic primitives: signatures through the kind `signature`; the cipher and the key
//! derivation that credentials use, of the library as they use it.

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use serde_json::{Value, json};

use crate::mdoc::hex;
use crate::vectors::{Tally, check, shared};

fn groups(file: &Value) -> impl Iterator<Item = (&Value, &Value)> {
    let groups = file["testGroups"].as_array().unwrap();
    groups.iter().flat_map(|group| {
        let tests = group["tests"].as_array().unwrap();
        tests.iter().map(move |test| (group, test))
    })
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

#[test]
fn published_signatures() {
    for (name, algorithm, at_least) in [
        ("ecdsa_secp256r1_sha256_test", "ES256", 200),
        ("ed25519_test", "EdDSA", 70),
        ("rsa_signature_2048_sha256_test", "RS256", 100),
    ] {
        let Some(file) = shared(&format!("crypto/{name}.json")) else {
            return;
        };
        let mut tally = Tally::default();
        for (group, test) in groups(&file) {
            // Acceptable is what some readers take and some refuse; either is right.
            if test["result"] == "acceptable" {
                continue;
            }
            let context = json!({
                "algorithm": algorithm,
                "public_key": group["publicKeyDer"],
                "signature": test["sig"],
            });
            let verdict = check("signature", &hex(text(test, "msg")), context);
            tally.count(
                &format!("{name} {}", test["tcId"]),
                test["result"] == "valid",
                &verdict,
            );
        }
        tally.assert(name, at_least, 0);
    }
}

#[test]
fn published_ciphertexts() {
    let Some(file) = shared("crypto/aes_gcm_test.json") else {
        return;
    };
    let mut seen = 0;
    for (group, test) in groups(&file) {
        let algorithm = match group["keySize"].as_u64() {
            Some(128) => &AES_128_GCM,
            Some(256) => &AES_256_GCM,
            _ => continue,
        };
        let iv = hex(text(test, "iv"));
        let (Ok(iv), Some(128)) = (iv.try_into(), group["tagSize"].as_u64()) else {
            continue;
        };
        let key = LessSafeKey::new(UnboundKey::new(algorithm, &hex(text(test, "key"))).unwrap());
        let mut sealed = hex(&format!("{}{}", text(test, "ct"), text(test, "tag")));
        let nonce = Nonce::assume_unique_for_key(iv);
        let opened = key.open_in_place(nonce, Aad::from(hex(text(test, "aad"))), &mut sealed);
        let held = opened.is_ok_and(|plain| plain == hex(text(test, "msg")));
        assert_eq!(held, test["result"] == "valid", "{}", test["tcId"]);
        seen += 1;
    }
    assert!(seen >= 60, "{seen}");
}

struct Bytes(usize);

impl KeyType for Bytes {
    fn len(&self) -> usize {
        self.0
    }
}

#[test]
fn published_derivations() {
    let Some(file) = shared("crypto/hkdf_sha256_test.json") else {
        return;
    };
    let mut seen = 0;
    for (_, test) in groups(&file) {
        let size = usize::try_from(test["size"].as_u64().unwrap()).unwrap();
        let info = hex(text(test, "info"));
        let key = Salt::new(HKDF_SHA256, &hex(text(test, "salt"))).extract(&hex(text(test, "ikm")));
        let mut out = vec![0; size];
        let derived = key
            .expand(&[&info], Bytes(size))
            .and_then(|okm| okm.fill(&mut out));
        let held = derived.is_ok() && out == hex(text(test, "okm"));
        assert_eq!(held, test["result"] == "valid", "{}", test["tcId"]);
        seen += 1;
    }
    assert!(seen >= 30, "{seen}");
}
