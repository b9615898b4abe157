//! Kind `emrtd`. The samples in `tests/data/emrtd.json` are specimens of fictional persons, made with OpenSSL; their keys were
//! thrown away.

use bonafide_evidence::Code;
use bonafide_model::Strength;
use serde_json::{Value, json};

use crate::fuzz;
use crate::vectors::{Tally, check, hex, shared};

fn samples() -> Value {
    serde_json::from_str(include_str!("../data/emrtd.json")).unwrap()
}

fn upload(samples: &Value, case: &Value) -> Value {
    let groups = if case["dgs"].is_null() {
        &samples["data_groups"]
    } else {
        &case["dgs"]
    };
    json!({"sod": case["sod"], "data_groups": groups})
}

fn context(samples: &Value) -> Value {
    json!({"at": samples["at"], "trust": samples["trust"]})
}

#[test]
fn passports_of_every_algorithm_hold_and_broken_ones_do_not() {
    let samples = samples();
    let mut tally = Tally::default();
    for case in samples["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let verdict = check(
            "emrtd",
            upload(&samples, case).to_string().as_bytes(),
            context(&samples),
        );
        tally.count(name, case["valid"] == true, &verdict);
        if let Some(code) = case["code"].as_str().filter(|_| !verdict.valid) {
            assert_eq!(
                verdict.reasons[0].code.as_str(),
                code,
                "{name}: {}",
                verdict.reasons[0].text
            );
        }
    }
    tally.assert("emrtd samples", 30, 0);
}

#[test]
fn a_genuine_chip_is_superior_with_its_portrait_and_strong_without() {
    let samples = samples();
    let case = &samples["cases"][0];
    let verdict = check(
        "emrtd",
        upload(&samples, case).to_string().as_bytes(),
        context(&samples),
    );
    assert_eq!(verdict.strength, Some(Strength::Superior));
    assert_eq!(verdict.claims["surname"], "SPECIMEN");
    assert_eq!(verdict.claims["data_groups"], json!([1, 2]));
    let portrait = samples["data_groups"]["2"].as_str().unwrap();
    assert!(!Value::Object(verdict.claims).to_string().contains(portrait));
}

#[test]
fn the_object_alone_takes_its_data_groups_from_the_context() {
    let samples = samples();
    let case = &samples["cases"][0];
    let mut context = context(&samples);
    context["data_groups"] = samples["data_groups"].clone();
    let sod = hex(case["sod"].as_str().unwrap());
    assert!(check("emrtd", &sod, context.clone()).valid);
    context["data_groups"] = json!({"DG1": samples["data_groups"]["1"]});
    let verdict = check("emrtd", &sod, context.clone());
    assert!(verdict.valid);
    assert_eq!(verdict.claims["data_groups"], json!([1]));
    context["data_groups"] = json!({"17": "00"});
    assert_eq!(check("emrtd", &sod, context).reasons[0].code, Code::Context);
}

#[test]
fn a_master_list_brings_its_authorities() {
    let samples = samples();
    let case = json!({"sod": samples["master_case"]});
    let upload = upload(&samples, &case).to_string();
    let list = samples["master_list"].as_str().unwrap();
    let at = &samples["at"];
    let without = check(
        "emrtd",
        upload.as_bytes(),
        json!({"at": at, "trust": samples["trust"]}),
    );
    assert_eq!(without.reasons[0].code, Code::Untrusted);
    let with = check(
        "emrtd",
        upload.as_bytes(),
        json!({"at": at, "trust": [list]}),
    );
    assert!(with.valid, "{:?}", with.reasons);
    let mut broken = list.as_bytes().to_vec();
    let last = broken.len() - 12;
    broken[last] = if broken[last] == b'A' { b'B' } else { b'A' };
    let broken = String::from_utf8(broken).unwrap();
    assert!(
        !check(
            "emrtd",
            upload.as_bytes(),
            json!({"at": at, "trust": [broken]})
        )
        .valid
    );
}

/// Every third byte of a security object, altered in turn, is refused, but for those that no signature covers and that say
/// nothing: the list of hash functions beside the signer's own, and how the signer's name is spelt where it is referred to.
#[test]
fn an_altered_byte_is_refused() {
    let samples = samples();
    let case = &samples["cases"][0];
    let mut context = context(&samples);
    context["data_groups"] = samples["data_groups"].clone();
    let sod = hex(case["sod"].as_str().unwrap());
    let honest = check("emrtd", &sod, context.clone());
    let mut unnoticed = 0;
    for at in (0..sod.len()).step_by(3) {
        let mut altered = sod.clone();
        altered[at] ^= 1;
        let verdict = check("emrtd", &altered, context.clone());
        if verdict.valid {
            assert_eq!(verdict.claims, honest.claims, "byte {at}");
            unnoticed += 1;
        }
    }
    assert!(unnoticed <= 8, "{unnoticed} altered bytes were not noticed");
}

#[test]
fn the_published_passports_are_judged_as_published() {
    let Some(file) = shared("emrtd/generated.json") else {
        return;
    };
    let mut tally = Tally::default();
    for case in file["cases"].as_array().unwrap() {
        let sod = hex(case["sod_hex"].as_str().unwrap());
        let context = json!({
            "at": case["check_at"],
            "trust": file["trust"],
            "data_groups": case["data_groups_hex"],
            "certificates": case["dsc_pem"],
            "crls": case["crl_pem"],
        });
        let name = case["name"].as_str().unwrap();
        let verdict = check("emrtd", &sod, context);
        tally.count(name, case["expect"] == "genuine", &verdict);
    }
    tally.assert("emrtd", 16, 0);
}

#[test]
fn the_reference_data_set_of_the_bsi_holds() {
    let Some(set) = shared("emrtd/bsi_tr03105_5_reference.json") else {
        return;
    };
    let sod = hex(set["sod_hex"].as_str().unwrap());
    let with = |groups: Value| {
        let context = json!({"at": "2014-06-01T00:00:00Z", "trust": set["dsc_der_b64"], "data_groups": groups});
        check("emrtd", &sod, context)
    };
    let verdict = with(json!({"1": set["dg1_hex"], "14": set["dg14_hex"]}));
    assert!(verdict.valid, "{:?}", verdict.reasons);
    assert_eq!(verdict.strength, Some(Strength::Strong));
    assert_eq!(verdict.claims["signer_country"], "DE");
    let extra = with(json!({"1": set["dg1_hex"], "15": set["dg15_not_in_sod_hex"]}));
    assert_eq!(extra.reasons[0].code, Code::Digest);
}

/// Noise: see [`crate::fuzz`].
pub(crate) fn noise() {
    let samples = samples();
    let mut context = context(&samples);
    context["data_groups"] = samples["data_groups"].clone();
    let cases = samples["cases"].as_array().unwrap();
    let sods: Vec<Vec<u8>> = cases
        .iter()
        .step_by(5)
        .map(|case| hex(case["sod"].as_str().unwrap()))
        .collect();
    fuzz::kind("emrtd", &sods, context);
    let uploads: Vec<Vec<u8>> = vec![upload(&samples, &cases[0]).to_string().into_bytes()];
    fuzz::kind("emrtd", &uploads, self::context(&samples));
    // A trust store is read from files, and those can be noise too.
    fuzz::parser(&sods, |bytes| {
        let anchors = bonafide_evidence::Anchor::read(bytes).unwrap_or_default();
        let at = "2027-06-01T00:00:00Z".parse().unwrap();
        if let Ok(context) = bonafide_evidence::Context::new(json!({}), at, anchors) {
            let _ = bonafide_evidence::verify("emrtd", &uploads[0], &context);
        }
    });
}
