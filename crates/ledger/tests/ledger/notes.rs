//! Vectors of notes, cosignatures, checkpoints, policies and proofs.

use bonafide_ledger::verify::{Code, KINDS, verify_line};
use bonafide_ledger::{Checkpoint, Note, TlogPolicy};
use serde_json::{Value, json};

use crate::{Case, ask, list, load, request, run};

fn names(answer: &Value) -> Vec<Value> {
    let signers = list(&answer["claims"]["signers"]).iter();
    signers.map(|s| s["name"].clone()).collect()
}

#[test]
fn notes_and_cosignatures() {
    for (file, count) in [("notes", 26), ("cosignatures", 7)] {
        let vectors = load(&format!("tlog-note/{file}.json"));
        let cases: Vec<Case> = list(&vectors["cases"])
            .iter()
            .map(|c| Case {
                name: c["name"].to_string(),
                valid: c["valid"] == true,
                request: request(
                    "note",
                    c["note_hex"].as_str().unwrap(),
                    "hex",
                    json!({"vkeys": c["vkeys"]}),
                ),
            })
            .collect();
        run(&cases, count);
        for (case, vector) in cases.iter().zip(list(&vectors["cases"])) {
            if case.valid {
                assert_eq!(names(&ask(&case.request)), list(&vector["verified_keys"]));
            }
        }
    }
}

#[test]
fn checkpoint_bodies() {
    let vectors = load("tlog-note/checkpoint_bodies.json");
    let cases: Vec<Case> = list(&vectors)
        .iter()
        .map(|c| Case {
            name: c["name"].to_string(),
            valid: c["valid"] == true,
            request: request(
                "checkpoint-body",
                c["body"].as_str().unwrap(),
                "utf8",
                json!({}),
            ),
        })
        .collect();
    run(&cases, 12);
}

#[test]
fn policies() {
    let vectors = load("tlog-note/policies.json");
    let vectors = list(&vectors["cases"]);
    let parse: Vec<Case> = vectors
        .iter()
        .map(|c| Case {
            name: format!("parse {}", c["name"]),
            valid: c["policy_parses"] == true,
            request: request("policy", c["policy"].as_str().unwrap(), "utf8", json!({})),
        })
        .collect();
    run(&parse, 16);
    let accept: Vec<Case> = vectors
        .iter()
        .map(|c| Case {
            name: format!("accept {}", c["name"]),
            valid: c["accept"] == true,
            request: request(
                "checkpoint",
                c["checkpoint"].as_str().unwrap(),
                "utf8",
                json!({"policy": c["policy"]}),
            ),
        })
        .collect();
    run(&accept, 16);
}

#[test]
fn proofs() {
    let vectors = load("tlog-note/proofs.json");
    let cases: Vec<Case> = list(&vectors["cases"])
        .iter()
        .map(|c| {
            let context = json!({"entry_utf8": c["entry_utf8"], "log_vkey": vectors["log_vkey"],
                "witness_vkeys": vectors["witness_vkeys"], "quorum": c["policy_quorum"],
                "origin": "ledger.public.example/records"});
            Case {
                name: c["name"].to_string(),
                valid: c["valid"] == true,
                request: request("tlog-proof", c["proof"].as_str().unwrap(), "utf8", context),
            }
        })
        .collect();
    run(&cases, 16);
    // Written again, a proof has the same bytes.
    for case in cases.iter().filter(|case| case.valid) {
        let text = case.request["input"].as_str().unwrap();
        let proof = bonafide_ledger::TlogProof::parse(text.as_bytes()).unwrap();
        assert_eq!(proof.to_text(), text);
    }
    // Attack 13: the same proofs under another pinned origin.
    for case in cases.iter().filter(|case| case.valid) {
        let mut request = case.request.clone();
        request["context"]["origin"] = json!("other.example");
        assert_eq!(ask(&request)["reasons"][0]["code"], "origin");
    }
}

#[test]
fn examples_of_the_specifications() {
    let vectors = load("tlog-note/c2sp_examples.json");
    let example = &vectors["signed_note_example"];
    let note = request(
        "note",
        example["note"].as_str().unwrap(),
        "utf8",
        json!({"vkeys": [example["vkey"]]}),
    );
    assert_eq!(ask(&note)["valid"], true);
    let cosigned = vectors["cosigned_checkpoint_example_parse_only"]
        .as_str()
        .unwrap();
    let note = Note::parse(cosigned.as_bytes()).unwrap();
    assert_eq!(note.signatures.len(), 2);
    assert_eq!(Checkpoint::parse(&note.text).unwrap().size, 20_852_163);
    let text = vectors["witness_request_example_parse_only"]
        .as_str()
        .unwrap();
    let parsed = bonafide_ledger::witness::AddCheckpoint::parse(text.as_bytes()).unwrap();
    assert_eq!((parsed.old_size, parsed.proof.len()), (20_852_014, 4));
    assert_eq!(parsed.origin().unwrap(), "example.com/behind-the-sofa");
    assert_eq!(parsed.to_text(), text);
}

/// Whatever the request leaves out or misspells is said, and never taken as good.
#[test]
fn requests_are_strict() {
    let vectors = load("tlog-note/policies.json");
    let good = &list(&vectors["cases"])[1];
    let (note, policy) = (good["checkpoint"].as_str().unwrap(), &good["policy"]);
    TlogPolicy::parse(policy.as_str().unwrap().as_bytes()).unwrap();
    let code = |context: Value| {
        ask(&request("checkpoint", note, "utf8", context))["reasons"][0]["code"].clone()
    };
    assert_eq!(code(json!({"policy": policy})), Value::Null);
    assert_eq!(code(json!({})), "no_known_key");
    assert_eq!(code(json!({"policy": policy, "orgin": "x"})), "context");
    assert_eq!(code(json!({"policy": policy, "origin": "x"})), "origin");
    assert_eq!(code(json!({"policy": 1})), "context");
    assert_eq!(code(json!([])), "context");
    assert_eq!(code(json!({"vkeys": ["no key"]})), "key");
    for line in [
        "",
        "[]",
        "{\"kind\":\"policy\",\"kind\":\"policy\",\"input\":\"quorum none\\n\"}",
        "{\"kind\":\"policy\",\"input\":\"quorum none\\n\",\"encoding\":\"utf16\"}",
        "{\"kind\":\"policy\",\"input\":\"0G\",\"encoding\":\"hex\"}",
        "{\"kind\":\"policy\"}",
        "{\"kind\":\"policy\",\"input\":\"quorum none\\n\",\"extra\":1}",
        "{\"kind\":\"horoscope\",\"input\":\"\"}",
    ] {
        let answer = verify_line(line);
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer["valid"], false, "{line}");
        assert_eq!(list(&answer["reasons"]).len(), 1);
    }
    let answer = ask(&request("policy", "quorum none\n", "utf8", json!({})));
    assert_eq!(answer["valid"], true);
}

/// The published contract names every kind and every code, and its example is what is answered.
#[test]
fn the_document_of_the_contract_is_complete() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/verify.md");
    let text = std::fs::read_to_string(path).unwrap();
    for kind in KINDS {
        assert!(text.contains(&format!("\n| `{kind}` |")), "{kind}");
    }
    for code in Code::ALL {
        assert!(text.contains(&format!("`{}`", code.as_str())), "{code:?}");
    }
    let ours = r#"    {"id": "2", "kind": "policy""#;
    let mut lines = text.lines().skip_while(|line| !line.starts_with(ours));
    let (question, answer) = (lines.next().unwrap(), lines.next().unwrap());
    let mut given: Value = serde_json::from_str(&verify_line(question.trim())).unwrap();
    // The command says of every kind how strong it is as evidence of identity; these are none.
    given["strength"] = Value::Null;
    let expected: Value = serde_json::from_str(answer.trim()).unwrap();
    assert_eq!(given, expected);
}
