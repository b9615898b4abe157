//! SD-JWT VC: the published cases.

use serde_json::{Value, json};

use crate::vectors::{Tally, check, shared};

#[test]
fn published_presentations() {
    let Some(file) = shared("sd-jwt-vc/generated.json") else {
        return;
    };
    let mut tally = Tally::default();
    for case in file["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let context = json!({
            "issuer_jwk": file["issuer_jwk"],
            "now": file["now"],
            "verifier": file["verifier"],
            "nonce": file["nonce"],
            "key_binding_required": case["key_binding_required"],
        });
        let input = case["presentation"].as_str().unwrap();
        let verdict = check("sd-jwt-vc", input.as_bytes(), context);
        println!("{name}: {:?}", verdict.reasons);
        tally.count(name, case["valid"] == json!(true), &verdict);
        if verdict.valid {
            let mut claims = Value::Object(verdict.claims);
            claims.as_object_mut().unwrap().shift_remove("credential");
            assert_eq!(claims, case["claims"], "{name}");
        }
    }
    tally.assert("sd-jwt-vc", 20, 0);
}

/// The examples of RFC 9901, which are of other types of token than SD-JWT VC.
#[test]
fn examples_of_the_standard() {
    let Some(file) = shared("sd-jwt-vc/rfc_examples.json") else {
        return;
    };
    let mut tally = Tally::default();
    for (n, case) in file["examples"].as_array().unwrap().iter().enumerate() {
        let input = case["sd_jwt"].as_str().unwrap();
        let bound = !input.ends_with('~');
        let context = json!({
            "issuer_jwk": file["issuer_jwk"],
            "at": 1_748_454_271,
            "typ": ["example+sd-jwt", "dc+sd-jwt"],
            "audience": "https://verifier.example.org",
            "nonce": "1234567890",
            "key_binding_required": bound,
        });
        let verdict = check("sd-jwt-vc", input.as_bytes(), context);
        tally.count(&format!("example {n}"), true, &verdict);
    }
    tally.assert("sd-jwt-vc/rfc", 4, 0);
}

#[test]
fn published_status_lists() {
    let Some(file) = shared("sd-jwt-vc/status_lists.json") else {
        return;
    };
    for case in file.as_array().unwrap() {
        let input = json!({"bits": case["bits"], "lst": case["lst"]}).to_string();
        let verdict = check("status-list", input.as_bytes(), json!({}));
        assert!(verdict.valid, "{:?}", verdict.reasons);
        assert_eq!(verdict.claims["values"], case["values"]);
    }
}
