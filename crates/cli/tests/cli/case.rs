//! Cases at the command line, by people with names.

use crate::{Place, Server, sign_up};

#[test]
fn a_case_is_opened_taken_decided_and_contested() {
    let place = Place::new();
    let server = Server::start(&place);
    let made = place.good(&[
        "key", "create", "--label", "shop", "--scope", "sign-ups", "--json",
    ]);
    let made: serde_json::Value = serde_json::from_str(&made).unwrap();
    let key = made["key"].as_str().unwrap();
    let (status, answer) = server.ask("POST", "/v1/sign-ups", key, &sign_up().to_string());
    assert_eq!(status, 201, "{answer}");
    let party = answer["parties"][0]["id"].as_str().unwrap().to_owned();
    server.stop();
    for (who, role) in [
        ("clerk", "reviewer"),
        ("ana", "senior_reviewer"),
        ("ben", "senior_reviewer"),
    ] {
        place.good(&["staff", "add", who, "--role", role]);
    }
    let as_actor = |who: &str, arguments: &[&str]| {
        let mut all = vec!["--actor", who, "--json", "case"];
        all.extend(arguments);
        place.run(&all)
    };
    let opened = as_actor(
        "clerk",
        &[
            "open",
            "dispute",
            "--party",
            &party,
            "--grounds",
            "wrong birth date",
        ],
    );
    assert_eq!(opened.code, 0, "{}", opened.err);
    let case = opened.values()[0]["id"].as_str().unwrap().to_owned();
    let taken = as_actor("ana", &["take"]);
    assert_eq!(taken.values()[0]["assignee"], "ana");
    let none = as_actor("ben", &["take"]);
    assert_eq!((none.code, none.values()[0]["case"].is_null()), (1, true));
    let theirs = as_actor(
        "ben",
        &["decide", &case, "reject", "--grounds", "papers seen"],
    );
    assert_eq!(theirs.code, 1, "{}", theirs.err);
    assert!(theirs.error().contains("is with `ana`"), "{}", theirs.err);
    assert_eq!(
        as_actor("ana", &["note", &case, "asked her for a certificate"]).code,
        0
    );
    let wrong = as_actor("ana", &["decide", &case, "approve", "--grounds", "x"]);
    assert!(wrong.error().contains("correct, reject"), "{}", wrong.err);
    let decided = as_actor(
        "ana",
        &["decide", &case, "reject", "--grounds", "papers seen"],
    );
    assert_eq!(decided.values()[0]["state"], "decided");
    let appeal = as_actor("clerk", &["appeal", &case, "--grounds", "she contests it"]);
    let appeal = appeal.values()[0]["id"].as_str().unwrap().to_owned();
    let same = as_actor("ana", &["decide", &appeal, "uphold", "--grounds", "x"]);
    assert_eq!(same.code, 1, "{}", same.err);
    assert!(same.error().contains("somebody else"), "{}", same.err);
    assert_eq!(
        as_actor("ben", &["decide", &appeal, "uphold", "--grounds", "right"]).code,
        0
    );
    assert_eq!(
        as_actor("ben", &["close", &appeal, "--grounds", "told her"]).code,
        0
    );

    let shown = as_actor("ben", &["show", &case]).values();
    let said: Vec<_> = shown[0]["entries"].as_array().unwrap().iter().collect();
    let kinds: Vec<_> = said.iter().map(|e| e["kind"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        ["opened", "assigned", "note", "decided", "contested"]
    );
    assert_eq!(said[2]["text"], "asked her for a certificate");
    let text = place.good(&["case", "show", &case]);
    assert!(text.contains("asked her for a certificate"), "{text}");
    let listed = as_actor("ben", &["list", "--kind", "appeal", "--state", "closed"]);
    assert_eq!(listed.values()[0]["id"], appeal);
    let counts = place.good(&["case", "counts"]);
    assert!(counts.contains("uphold"), "{counts}");
    let unknown = place.run(&["case", "list", "--kind", "reveiw"]);
    assert_eq!(unknown.code, 2);
    assert!(
        unknown.err.contains("use review, appeal"),
        "{}",
        unknown.err
    );
    place.good(&["ledger", "verify", "--entries"]);
}
