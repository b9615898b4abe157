//! An installation over its life.

use super::*;

fn key(place: &Place) -> String {
    let arguments = ["key", "create", "--label", "test"];
    let scopes = [
        "--scope", "sign-ups", "--scope", "records", "--scope", "read", "--scope", "ledger",
    ];
    let out = place.good(&[&arguments[..], &scopes[..]].concat());
    assert_eq!(out.lines().count(), 1, "more than the key was printed");
    out.trim().to_owned()
}

#[test]
fn a_sign_up_over_http_is_found_held_erased_and_proved() {
    let place = Place::new();
    let key = key(&place);
    let server = Server::start(&place);
    let body = with_claim(sign_up(), "email", json!("canary@example.com")).to_string();
    let (status, answer) = server.ask("POST", "/v1/sign-ups", &key, &body);
    assert_eq!(status, 201, "{answer}");
    assert_eq!(
        server.ask("POST", "/v1/sign-ups", &key, &body),
        (201, answer.clone())
    );
    assert_eq!(server.ask("POST", "/v1/sign-ups", "no-key", &body).0, 401);

    // Without the socket a command has to open the database itself.
    fs::remove_file(place.data().join("control/socket")).unwrap();
    let beside = place.run(&["account", "list"]);
    assert_eq!(beside.code, 2, "a second process was let in");
    assert!(beside.error().contains("process"), "{}", beside.err);
    let doctor = place.run(&["doctor"]);
    assert!(
        doctor.out.contains("another process owns the database"),
        "{}",
        doctor.out
    );
    server.stop();

    let party = answer["parties"][0]["id"].as_str().unwrap();
    let account = answer["account"].as_str().unwrap();
    assert_eq!(
        place
            .good(&[
                "party",
                "find",
                "email",
                "Canary@example.com",
                "--purpose",
                "review"
            ])
            .trim(),
        party
    );
    assert_eq!(
        place.run(&["account", "list", "--json"]).values()[0]["id"],
        account
    );
    assert!(
        place
            .good(&["account", "assessment", account])
            .starts_with("decision: ")
    );
    let replayed = place.run(&["account", "replay", account, "--json"]);
    assert_eq!(replayed.code, 0, "{}{}", replayed.out, replayed.err);
    let assessments = replayed.values()[0]["assessments"].clone();
    assert_eq!(assessments.as_array().unwrap().len(), 1);
    assert_eq!(
        (&assessments[0]["same"], &assessments[0]["why"]),
        (&json!(true), &Value::Null)
    );
    let items = place.run(&["party", "timeline", party, "--json"]).values();
    let record = items[0]["record"].as_str().unwrap();
    assert!(items.iter().all(|i| i["leaf_index"].is_u64()), "{items:?}");
    prove(&place, record);

    let erase = ["party", "erase", party, "--ground", "GDPR 17(1)(b)"];
    assert_eq!(place.run(&erase).code, 1, "an open account was erased");
    place.good(&["account", "close", account]);
    let hold = place
        .run(&["hold", "place", party, "--basis", "a court asked", "--json"])
        .values();
    let held = place.run(&erase);
    assert_eq!(held.code, 1);
    let hold_id = hold[0]["id"].as_str().unwrap();
    assert!(held.error().contains(hold_id), "{}", held.err);
    assert!(!held.error().contains("a court asked"), "{}", held.err);
    let listed = place.run(&["hold", "list", "--json"]).values();
    assert_eq!(listed[0]["state"], "holds");
    let keeping = place.good(&["party", "keeping", party]);
    assert!(
        keeping.contains(hold_id) && keeping.contains("email"),
        "{keeping}"
    );
    place.good(&["hold", "release", hold_id]);
    assert!(place.good(&["hold", "list"]).contains("nothing is held"));
    assert!(
        place
            .good(&["party", "expire"])
            .contains("0 parties erased")
    );
    place.good(&erase);
    place.good(&["keys", "rotate"]);
    assert_eq!(
        place
            .run(&[
                "party",
                "find",
                "email",
                "canary@example.com",
                "--purpose",
                "review"
            ])
            .code,
        1
    );
    let gone = place.run(&["party", "timeline", party]);
    assert_eq!(gone.code, 1);
    assert!(gone.error().contains("GDPR 17(1)(b)"), "{}", gone.err);
    assert!(
        place
            .good(&["ledger", "verify", "--entries"])
            .contains("the ledger is good")
    );
}

/// Proves a record offline, from files alone, and that another leaf is refused.
fn prove(place: &Place, record: &str) {
    let proof = place.0.path().join("proof").display().to_string();
    place.good(&["ledger", "prove", record, "-o", &proof]);
    let vkey = place.good(&["ledger", "key"]);
    let leaf = fs::read_to_string(format!("{proof}.leaf")).unwrap();
    let context = |leaf: &str| {
        let context =
            json!({"entry_utf8": leaf, "log_vkey": vkey.trim(), "witness_vkeys": [], "quorum": 0});
        place.file("context.json", context.to_string())
    };
    place.good(&[
        "verify",
        "--kind",
        "tlog-proof",
        "--context",
        &context(&leaf),
        &proof,
    ]);
    let other = leaf.replacen("\"at\":", "\"at\":1", 1);
    assert_ne!(other, leaf);
    let ran = place.run(&[
        "verify",
        "--kind",
        "tlog-proof",
        "--context",
        &context(&other),
        &proof,
    ]);
    assert_eq!(ran.code, 1, "{}", ran.out);
    let export = place.0.path().join("export");
    place.good(&["ledger", "export", export.to_str().unwrap()]);
    assert_eq!(
        fs::read_to_string(export.join("checkpoint"))
            .unwrap()
            .trim(),
        place.good(&["ledger", "checkpoint"]).trim()
    );
    assert!(export.join("tile/0").is_dir() && export.join("tile/entries").is_dir());
    assert_eq!(
        place
            .run(&["ledger", "export", export.to_str().unwrap()])
            .code,
        2
    );
}

#[test]
fn keys_are_listed_and_revoked() {
    let place = Place::new();
    let text = key(&place);
    let listed = place.run(&["key", "list", "--json"]);
    assert!(!listed.out.contains(&text));
    let id = listed.values()[0]["id"].as_str().unwrap().to_owned();
    place.good(&["key", "revoke", &id]);
    assert_eq!(place.run(&["key", "revoke", &id]).code, 1);
    let server = Server::start(&place);
    assert_eq!(server.ask("GET", "/v1/accounts", &text, "").0, 401);
    assert_eq!(
        place
            .run(&["key", "create", "--label", "x", "--scope", "everything"])
            .code,
        2
    );
}

#[test]
fn rules_and_lists_are_changed_one_by_one() {
    let place = Place::new();
    place.good(&[
        "policy",
        "activate",
        "us-iaas-cip",
        "--elect-by",
        "Ada Sample, compliance",
    ]);
    let active = || -> Vec<Value> {
        let listed = place.run(&["policy", "list", "--json"]).values();
        listed.into_iter().filter(|p| p["in_use"] == true).collect()
    };
    assert_eq!(active()[0]["elected_by"], "Ada Sample, compliance");
    place.good(&["policy", "activate", "eu-dsa-trader"]);
    assert_eq!(place.run(&["policy", "check"]).code, 1);
    place.good(&["policy", "deactivate", "eu-dsa-trader"]);
    assert_eq!(
        place.run(&["policy", "deactivate", "eu-dsa-trader"]).code,
        1
    );
    assert_eq!(active().len(), 1);
    let catalogue = place.file("catalogue.toml", sample("catalogue.toml"));
    place.good(&["policy", "set", "catalogue", &catalogue]);
    let wrong = place.file("wrong.toml", "[[product]]\nid = 1\n");
    assert_eq!(place.run(&["policy", "set", "catalogue", &wrong]).code, 2);
    assert!(
        place
            .good(&["policy", "render"])
            .contains("Ada Sample, compliance")
    );

    let published = place.run(&[
        "lists",
        "import",
        "ofac",
        "--sdn",
        &ofac("sdn.csv"),
        "--alt",
        &ofac("alt.csv"),
        "--add",
        &ofac("add.csv"),
        "--published",
        "2026-11-23",
        "--json",
    ]);
    assert_eq!(published.code, 0, "{}", published.err);
    assert!(published.values()[0]["report"]["entries"].as_u64().unwrap() > 0);
    let cut = place.file("cut.csv", "this is no list");
    assert_eq!(
        place.run(&["lists", "import", "ofac", "--sdn", &cut]).code,
        2
    );
    let status = place.run(&["lists", "status", "--json"]).values();
    assert_eq!(
        (status.len(), &status[0]["published_on"]),
        (1, &json!("2026-11-23"))
    );
    assert!(
        place
            .good(&["ledger", "verify"])
            .contains("the ledger is good")
    );
}

#[test]
fn the_doctor_says_what_is_wrong_and_what_to_do() {
    let place = Place::new();
    let nothing = place.run(&["doctor"]);
    assert_eq!(nothing.code, 1);
    assert!(nothing.out.contains("WRONG  database"), "{}", nothing.out);
    key(&place);
    let bare = place.run(&["doctor"]);
    assert_eq!(bare.code, 1);
    for wrong in ["WRONG  packs", "WRONG  lists"] {
        assert!(bare.out.contains(wrong), "{}", bare.out);
    }
    place.good(&["policy", "activate", "base-minimal"]);
    place.good(&["lists", "import", "ofac", "--sdn", &ofac("sdn.csv")]);
    let well = place.run(&["doctor", "--json"]);
    assert_eq!(well.code, 0, "{}", well.out);
    assert!(well.values().iter().all(|f| f["state"] != "wrong"));
    fs::rename(
        place.data().join("keyring/keyring.json"),
        place.data().join("lost"),
    )
    .unwrap();
    let lost = place.run(&["doctor"]);
    assert_eq!(lost.code, 1);
    assert!(lost.out.contains("WRONG  keyring"), "{}", lost.out);
}

#[test]
fn a_restored_database_is_refused() {
    let place = Place::new();
    key(&place);
    let backup = place.0.path().join("backup");
    fs::create_dir(&backup).unwrap();
    let copy = |from: &Path, to: &Path| {
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_file() {
                fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
            }
        }
    };
    copy(&place.data(), &backup);
    place.good(&["policy", "activate", "base-minimal"]);
    fs::read_dir(place.data())
        .unwrap()
        .map(Result::unwrap)
        .filter(|e| e.path().is_file())
        .for_each(|e| fs::remove_file(e.path()).unwrap());
    copy(&backup, &place.data());
    let ran = place.run(&["account", "list"]);
    assert_eq!(ran.code, 2);
    assert!(ran.error().contains("rolled back"), "{}", ran.err);
    let doctor = place.run(&["doctor"]);
    assert_eq!(doctor.code, 1);
    assert!(doctor.out.contains("WRONG  opening"), "{}", doctor.out);
}

#[test]
fn a_keyring_that_cannot_be_read_is_named() {
    let place = Place::new();
    assert_eq!(place.run(&["policy", "activate", "base-minimal"]).code, 0);
    let path = place.data().join("keyring").join("keyring.json");
    std::fs::write(&path, "{").unwrap();
    let doctor = place.run(&["doctor"]);
    assert_eq!(doctor.code, 1, "{}", doctor.out);
    assert!(doctor.out.contains("WRONG  keyring"), "{}", doctor.out);
}

#[test]
fn an_election_needs_an_officer_and_another_text_another_version() {
    let place = Place::new();
    let nobody = place.run(&[
        "policy",
        "activate",
        "us-eo13984-prevention",
        "--elect-by",
        " ",
    ]);
    assert_ne!(nobody.code, 0);
    assert!(nobody.err.contains("officer"), "{}", nobody.err);
    assert_eq!(place.run(&["policy", "activate", "base-minimal"]).code, 0);
    assert_eq!(place.run(&["policy", "activate", "base-minimal"]).code, 0);
    let text = place.run(&["policy", "show", "base-minimal"]).out;
    let file = place.data().join("other.toml");
    std::fs::write(&file, format!("{text}\n# changed\n")).unwrap();
    let other = place.run(&["policy", "activate", &file.display().to_string()]);
    assert_ne!(other.code, 0);
    assert!(other.err.contains("change the version"), "{}", other.err);
}

#[test]
fn the_ledger_is_verified_with_and_without_what_stands_outside() {
    let place = Place::new();
    assert_eq!(place.run(&["policy", "activate", "base-minimal"]).code, 0);
    let whole = place.run(&["ledger", "verify", "--entries"]);
    assert_eq!(whole.code, 0, "{}{}", whole.out, whole.err);
    assert!(
        whole.out.contains("outside the tree agrees"),
        "{}",
        whole.out
    );
    let tree = place.run(&["ledger", "verify"]);
    assert_eq!(tree.code, 0);
    assert!(!tree.out.contains("outside the tree"), "{}", tree.out);
}
