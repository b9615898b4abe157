//! What needs no data: verification of published vectors, packs checked and rendered.

use super::*;

/// Vectors as requests of the batch contract, each with the verdict that it must get.
fn requests() -> Vec<(Value, bool)> {
    let load = |name: &str| -> Value {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ledger/tests/vectors");
        serde_json::from_str(&fs::read_to_string(folder.join(name)).unwrap()).unwrap()
    };
    let mut requests = Vec::new();
    let mut add = |kind: &str, input: &Value, encoding: &str, context: Value, valid: bool| {
        let id = requests.len();
        let request = json!({"id": id, "kind": kind, "input": input, "encoding": encoding, "context": context});
        requests.push((request, valid));
    };
    for case in load("tlog-note/notes.json")["cases"].as_array().unwrap() {
        add(
            "note",
            &case["note_hex"],
            "hex",
            json!({"vkeys": case["vkeys"]}),
            case["valid"] == true,
        );
    }
    for case in load("tlog-note/checkpoint_bodies.json").as_array().unwrap() {
        add(
            "checkpoint-body",
            &case["body"],
            "utf8",
            json!({}),
            case["valid"] == true,
        );
    }
    for case in load("merkle/inclusion.json").as_array().unwrap() {
        let context = json!({
            "index": case["leafIdx"], "size": case["treeSize"], "root": case["root"], "proof": case["proof"],
            "leaf_hash": case["leafHash"],
        });
        add(
            "inclusion",
            &json!(""),
            "utf8",
            context,
            case["wantErr"] != true,
        );
    }
    requests
}

#[test]
fn a_batch_of_vectors_gets_its_verdicts() {
    let place = Place::new();
    let requests = requests();
    assert!(requests.len() > 50);
    let lines: Vec<String> = requests
        .iter()
        .map(|(request, _)| request.to_string())
        .collect();
    let file = place.file("batch.jsonl", lines.join("\n"));
    let ran = place.run(&["verify", "--batch", &file]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let answers = ran.values();
    assert_eq!(answers.len(), requests.len());
    for (answer, (request, valid)) in answers.iter().zip(&requests) {
        assert_eq!(
            (&answer["id"], &answer["valid"]),
            (&request["id"], &json!(valid)),
            "{request}"
        );
        assert_eq!(answer["reasons"].as_array().unwrap().is_empty(), *valid);
    }
    let good: Vec<&str> = lines
        .iter()
        .zip(&requests)
        .filter(|(_, (_, v))| *v)
        .map(|(l, _)| &**l)
        .collect();
    assert_eq!(
        place
            .pipe(&["verify", "--batch", "-"], &good.join("\n"))
            .code,
        0
    );
    assert_eq!(place.pipe(&["verify", "--batch", "-"], "no JSON").code, 1);
}

/// A passport of a fictional person, with its trust store in a folder, asked about on two days.
#[test]
fn evidence_is_verified_with_a_folder_of_anchors_at_an_instant() {
    let place = Place::new();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../evidence/tests/data/emrtd.json");
    let samples: Value = serde_json::from_str(&fs::read_to_string(samples).unwrap()).unwrap();
    let upload = json!({"sod": samples["cases"][0]["sod"], "data_groups": samples["data_groups"]});
    let chip = place.file("chip.json", upload.to_string());
    let trust = place.0.path().join("trust");
    fs::create_dir(&trust).unwrap();
    for (number, pem) in samples["trust"].as_array().unwrap().iter().enumerate() {
        fs::write(trust.join(format!("{number}.pem")), pem.as_str().unwrap()).unwrap();
    }
    let trust = trust.display().to_string();
    let ask = |more: &[&str]| {
        let first = ["verify", "--kind", "emrtd", "--json"];
        let arguments: Vec<&str> = first
            .iter()
            .chain(more)
            .copied()
            .chain([chip.as_str()])
            .collect();
        let ran = place.run(&arguments);
        (ran.code, ran.values().pop())
    };
    let at = samples["at"].as_str().unwrap();
    let (code, good) = ask(&["--trust", &trust, "--at", at]);
    let good = good.unwrap();
    assert_eq!(
        (code, &good["valid"], &good["strength"]),
        (0, &json!(true), &json!("superior")),
        "{good}"
    );
    assert_eq!(good["claims"]["surname"], "SPECIMEN");
    let keys: Vec<&String> = good.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        ["id", "kind", "valid", "strength", "claims", "reasons"]
    );
    let (code, late) = ask(&["--trust", &trust, "--at", "2049-01-01T00:00:00Z"]);
    assert_eq!(
        (code, &late.unwrap()["reasons"][0]["code"]),
        (1, &json!("expired"))
    );
    let (code, untrusted) = ask(&["--at", at]);
    assert_eq!(
        (code, &untrusted.unwrap()["reasons"][0]["code"]),
        (1, &json!("untrusted"))
    );
    assert_eq!(ask(&["--trust", "/nowhere/at/all"]).0, 2);
    assert_eq!(ask(&["--at", "noon"]).0, 2);
}

#[test]
fn a_batch_may_mix_kinds_and_encodings() {
    let place = Place::new();
    let lines = [
        json!({"id": 1, "kind": "email", "input": "Jo@Example.com", "context": {}}),
        json!({"id": 2, "kind": "phone", "input": "KzQ0MjA3MDMxMzAwMA==", "encoding": "base64"}),
        json!({"id": 3, "kind": "email", "input": "4A6F", "encoding": "hex"}),
        json!({"id": 4, "kind": "policy", "input": "quorum none\n"}),
        json!({"id": 5, "kind": "email", "input": "a@example.com", "context": {"colour": "red"}}),
        json!({"id": 6, "kind": "horoscope", "input": ""}),
    ];
    let text = lines.map(|line| line.to_string()).join("\n");
    let ran = place.pipe(
        &["verify", "--batch", "-", "--at", "2026-06-01T00:00:00Z"],
        &text,
    );
    let answers = ran.values();
    let codes: Vec<&str> = answers
        .iter()
        .map(|a| a["reasons"][0]["code"].as_str().unwrap_or(""))
        .collect();
    assert_eq!(codes, ["", "", "malformed", "", "context", "unknown_kind"]);
    assert_eq!(answers[1]["claims"]["e164"], "+442070313000");
    assert_eq!(
        (&answers[3]["strength"], &answers[2]["claims"]),
        (&Value::Null, &json!({}))
    );
}

#[test]
fn a_misuse_is_refused_with_what_to_write() {
    let place = Place::new();
    for arguments in [
        &["verify"][..],
        &["verify", "--kind", "nota", "x"],
        &["verify", "x"],
        &["frobnicate"],
        &[],
    ] {
        assert_eq!(place.run(arguments).code, 2, "{arguments:?}");
    }
    assert_eq!(place.run(&["--help"]).code, 0);
    assert!(place.good(&["--help"]).contains("Exit codes"));
    let ran = place.run(&[
        "party",
        "find",
        "email",
        "a@example.com",
        "--purpose",
        "review",
    ]);
    assert_eq!(ran.code, 2);
    assert!(ran.error().contains("there is no data in"));
    let mut command = place.command(&["key", "list", "--database-url", "mysql://x"]);
    assert_eq!(Ran::of(command.output().unwrap()).code, 2);
}

#[test]
fn a_clash_of_packs_is_told_with_both_citations() {
    let place = Place::new();
    let ran = place.run(&["policy", "check", "us-iaas-cip", "eu-dsa-trader"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    let start = ran.out.find("contradiction: ").expect("a contradiction");
    let told = ran.out.get(start..).unwrap();
    assert!(told.contains("us-iaas-cip retention/"), "{told}");
    assert!(told.contains("proposed 15 CFR 7.302"), "{told}");
    assert!(told.contains("eu-dsa-trader retention/"), "{told}");
    assert!(told.contains("2022/2065"), "{told}");
    let ran = place.run(&["policy", "check", "us-iaas-cip", "eu-dsa-trader", "--json"]);
    let clash = ran
        .values()
        .into_iter()
        .find(|f| f["kind"] == "term_clash")
        .unwrap();
    assert_eq!(clash["sides"].as_array().unwrap().len(), 2);
    assert_eq!(place.run(&["policy", "check", "base-minimal"]).code, 0);
}

#[test]
fn packs_are_listed_shown_and_rendered_without_data() {
    let place = Place::new();
    let listed = place.run(&["policy", "list", "--json"]).values();
    assert!(
        listed
            .iter()
            .any(|p| p["id"] == "us-iaas-cip" && p["force"] == "proposed" && p["in_use"] == false)
    );
    let text = place.good(&["policy", "show", "base-minimal"]);
    let own = place.file(
        "own.toml",
        text.replace("id = \"base-minimal\"", "id = \"my-own\""),
    );
    assert_eq!(place.run(&["policy", "check", &own]).code, 0);
    let broken = place.file(
        "broken.toml",
        text.replace("attribute = \"legal_name\"", "attribute = \"legl_name\""),
    );
    let ran = place.run(&["policy", "check", &broken]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.error().contains("legal_name") && ran.error().contains("broken.toml"),
        "{}",
        ran.err
    );
    assert!(
        place
            .good(&["policy", "render", "us-iaas-cip"])
            .starts_with("# ")
    );
    let html = place.0.path().join("cip.html").display().to_string();
    place.good(&[
        "policy",
        "render",
        "--format",
        "html",
        "-o",
        &html,
        "us-iaas-cip",
    ]);
    assert!(
        fs::read_to_string(html)
            .unwrap()
            .starts_with("<!doctype html>")
    );
    assert_eq!(place.run(&["policy", "show", "no-such"]).code, 1);
    assert!(!place.data().exists());
}
