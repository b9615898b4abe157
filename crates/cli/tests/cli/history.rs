//! The plain contract of the histories of addresses: what is imported is what is answered, question by question.

use serde_json::{Value, json};

use super::{Place, values};

const ACCESSES: &str = "account,address,port,at,action
cust-1,192.0.2.7,40001,2026-03-01T10:00:00.000001Z,login
cust-2,192.0.2.7,40002,2026-03-01T10:00:01Z,login
cust-1,192.0.2.7,,2026-03-01T10:05:00Z,api
cust-3,2001:db8:1:2::5,5000,1772359200000000,login
";
const MORE: &str = r#"{"account":"cust-4","address":"198.51.100.9","port":1234,"at":"2026-03-02T01:00:00+01:00"}
{"account":"cust-4","address":"::ffff:198.51.100.9","port":null,"at":1772409601000000,"action":"login"}
"#;
const ASSIGNMENTS: &str = "account,address,prefix_len,port_from,port_to,resource,from,to
cust-1,203.0.113.5,,,,vm-1,2026-03-01T00:00:00Z,2026-03-02T00:00:00Z
cust-2,203.0.113.5,32,,,vm-2,2026-03-02T00:00:00Z,
cust-3,203.0.113.6,,1024,2047,nat-1,2026-03-01T00:00:00Z,2026-03-02T00:00:00Z
cust-4,203.0.113.6,,2048,4095,nat-1,2026-03-01T00:00:00Z,2026-03-02T00:00:00Z
cust-6,2001:db8:9::,48,,,net6,2026-03-01T12:00:00Z,2026-03-03T00:00:00Z
";
const QUESTIONS: &str = "id,address,port,at,within
width,192.0.2.7,,2026-03-01T10:00:00Z,60s
port,192.0.2.7,40001,2026-03-01T10:00:00Z,PT5M
default,192.0.2.7,,2026-03-01T10:00:00Z,
begins,203.0.113.5,,2026-03-02T00:00:00Z,
ends,203.0.113.5,,2026-03-01T23:59:59.999999Z,
nat,203.0.113.6,,2026-03-01T12:00:00Z,
block,203.0.113.6,2048,2026-03-01T12:00:00Z,
prefix,2001:db8:1:2::/64,,2026-03-01T10:00:00Z,5m
net,2001:db8:9:7::1,,1772409600000000,
none,9.9.9.9,,2026-03-01T10:00:00Z,
mapped,198.51.100.9,,2026-03-02T00:00:00Z,1s
";

fn accounts(answer: &Value, side: &str) -> Vec<String> {
    let list = answer[side].as_array().unwrap().iter();
    list.map(|c| c["account"].as_str().unwrap().to_owned())
        .collect()
}

fn set_up(place: &Place) {
    let accesses = place.file("accesses.csv", ACCESSES);
    let more = place.file("more.jsonl", MORE);
    let assignments = place.file("assignments.csv", ASSIGNMENTS);
    for _ in 0..2 {
        place.good(&["history", "import", "--kind", "accesses", &accesses, &more]);
        place.good(&["history", "import", "--kind", "assignments", &assignments]);
    }
}

#[test]
fn answers_are_those_of_the_rows() {
    let place = Place::new();
    set_up(&place);
    let questions = place.file("questions.csv", QUESTIONS);
    let answers = values(&place.good(&["history", "who", "--file", &questions]));
    let expected: [(&str, &str, &[&str], &[&str]); 11] = [
        ("width", "several", &["cust-1", "cust-2"], &[]),
        ("port", "one", &["cust-1"], &[]),
        ("default", "several", &["cust-1", "cust-2"], &[]),
        ("begins", "one", &[], &["cust-2"]),
        ("ends", "one", &[], &["cust-1"]),
        ("nat", "several", &[], &["cust-3", "cust-4"]),
        ("block", "one", &[], &["cust-4"]),
        ("prefix", "one", &["cust-3"], &[]),
        ("net", "one", &[], &["cust-6"]),
        ("none", "none", &[], &[]),
        ("mapped", "one", &["cust-4"], &[]),
    ];
    assert_eq!(answers.len(), expected.len());
    for (answer, (id, word, came, held)) in answers.iter().zip(expected) {
        assert_eq!(answer["id"], id);
        assert_eq!(answer["answer"], word, "{answer}");
        assert_eq!(accounts(answer, "accesses"), came, "{answer}");
        assert_eq!(accounts(answer, "assignments"), held, "{answer}");
        let keys: Vec<&String> = answer.as_object().unwrap().keys().collect();
        assert_eq!(
            keys,
            ["id", "answer", "accesses", "assignments", "covered_by"]
        );
    }
    let port = &answers[1]["accesses"][0];
    let expected = json!({
        "account": "cust-1", "rows": 2, "first": "2026-03-01T10:00:00.000001Z", "last": "2026-03-01T10:05:00.000000Z",
    });
    assert_eq!(port, &expected);
    let held = json!({
        "account": "cust-2", "resource": "vm-2", "from": "2026-03-02T00:00:00.000000Z", "to": null,
    });
    assert_eq!(answers[3]["assignments"][0], held);
    assert!(!answers[0]["covered_by"].as_array().unwrap().is_empty());
    assert_eq!(place.run(&["ledger", "verify"]).code, 0);
}

#[test]
fn questions_come_in_three_forms() {
    let place = Place::new();
    set_up(&place);
    let lines = place.file(
        "questions.jsonl",
        "{\"id\":7,\"address\":\"192.0.2.7\",\"port\":40002,\"at\":\"2026-03-01T10:00:00Z\",\"within\":\"1m\"}\n\
         {\"id\":\"x\",\"address\":\"no address\",\"at\":0}\n",
    );
    let ran = place.run(&["history", "who", "--file", &lines]);
    assert_eq!(ran.code, 1, "a question that cannot be asked is told");
    let answers = ran.values();
    assert_eq!(
        (answers[0]["id"].as_i64(), &answers[0]["answer"]),
        (Some(7), &json!("one"))
    );
    assert!(answers[1]["error"].as_str().unwrap().contains("no address"));
    let report = json!({
        "xarf_version": "4.0.0", "report_id": "r-1", "timestamp": "2026-03-01T10:00:00Z",
        "source_identifier": "192.0.2.7", "source_port": 40001, "category": "connection", "type": "login_attack",
    });
    let pretty = place.file(
        "report.json",
        serde_json::to_string_pretty(&report).unwrap(),
    );
    let answers = values(&place.good(&["history", "who", "--file", &pretty, "--within", "60s"]));
    assert_eq!(
        (&answers[0]["id"], &answers[0]["answer"]),
        (&json!("r-1"), &json!("one"))
    );
}

#[test]
fn bad_rows_are_told_and_the_others_taken() {
    let place = Place::new();
    let bad = place.file(
        "bad.csv",
        "account,address,port,at,action\nok,192.0.2.1,,2026-03-01T10:00:00Z,login\nx,300.1.1.1,1,2026-03-01T10:00:00Z,\n\
         ,192.0.2.1,1,2026-03-01T10:00:00Z,\ny,192.0.2.1,70000,2026-03-01T10:00:00Z,\nz,192.0.2.1,1,yesterday,\n",
    );
    let ran = place.run(&["history", "import", "--kind", "accesses", &bad, "--json"]);
    assert_eq!(ran.code, 1);
    let report = &ran.values()[0];
    assert_eq!(
        (report["taken"].as_u64(), report["rejected"].as_u64()),
        (Some(1), Some(4))
    );
    assert!(ran.err.contains("bad.csv:3:"), "{}", ran.err);
    let clash = place.file(
        "clash.csv",
        "account,address,from,to\na,192.0.2.1,2026-03-01T00:00:00Z,2026-03-03T00:00:00Z\n\
         b,192.0.2.1,2026-03-02T00:00:00Z,2026-03-04T00:00:00Z\nb,192.0.2.1,2026-03-03T00:00:00Z,2026-03-04T00:00:00Z\n",
    );
    let ran = place.run(&["history", "import", "--kind", "assignments", &clash]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.out.contains("2 taken") && ran.out.contains("1 rejected"),
        "{}",
        ran.out
    );
    let headless = place.file("headless.csv", "cust,192.0.2.1\n");
    let ran = place.run(&["history", "import", "--kind", "accesses", &headless]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("no column `account`"), "{}", ran.err);
}

#[test]
fn a_corrected_end_is_another_record_and_the_old_one_is_known() {
    let place = Place::new();
    let open = place.file(
        "open.csv",
        "account,address,from,to\na,192.0.2.1,2026-03-01T00:00:00Z,\n",
    );
    let ended = place.file(
        "ended.csv",
        "account,address,from,to\na,192.0.2.1,2026-03-01T00:00:00Z,2026-03-02T00:00:00Z\n",
    );
    place.good(&["history", "import", "--kind", "assignments", &open]);
    let ask = [
        "--json",
        "history",
        "who",
        "192.0.2.1",
        "--at",
        "2026-03-05T00:00:00Z",
    ];
    let word = |more: &[&str]| {
        let out = place.good(&[&ask[..], more].concat());
        values(&out)[0]["answer"].clone()
    };
    assert_eq!(word(&[]), "one");
    let before = place.good(&["--json", "history", "account", "a"]);
    assert!(before.contains("\"to\":null"), "{before}");
    std::thread::sleep(std::time::Duration::from_millis(20));
    let told = place.good(&["history", "import", "--kind", "assignments", &ended]);
    assert!(told.contains("1 corrected"), "{told}");
    assert_eq!(word(&[]), "none");
    let early = place.run(&[&ask[..], &["--known-at", "2999-01-01T00:00:00Z"]].concat());
    assert_eq!(early.code, 2, "nothing is known of the future");
    let again = place.good(&["history", "import", "--kind", "assignments", &ended]);
    assert!(again.contains("1 known"), "{again}");
}

#[test]
fn one_account_is_shown_with_both_sides() {
    let place = Place::new();
    set_up(&place);
    let shown = place.good(&["--json", "history", "account", "cust-1"]);
    let shown = &values(&shown)[0];
    assert_eq!(shown["accesses"].as_array().unwrap().len(), 2);
    assert_eq!(shown["accesses"][1]["port"], Value::Null);
    assert_eq!(shown["assignments"][0]["resource"], "vm-1");
    let ran = place.run(&["history", "account", "nobody"]);
    assert_eq!(ran.code, 1);
}

#[test]
fn logs_of_other_systems_are_read() {
    let place = Place::new();
    let trail = place.file(
        "trail.json",
        json!({"Records": [
            {"eventTime": "2026-03-01T10:00:00Z", "eventName": "ConsoleLogin", "eventID": "a",
             "sourceIPAddress": "192.0.2.9", "userIdentity": {"accountId": "123456789012"}},
            {"eventTime": "2026-03-01T10:00:00Z", "eventName": "ConsoleLogin", "eventID": "b",
             "sourceIPAddress": "192.0.2.9", "userIdentity": {"accountId": "123456789012"}},
            {"eventTime": "2026-03-01T10:00:00Z", "eventName": "AssumeRole", "eventID": "c",
             "sourceIPAddress": "ec2.amazonaws.com", "userIdentity": {"accountId": "123456789012"}},
        ]})
        .to_string(),
    );
    let told = place.good(&[
        "history",
        "import",
        "--kind",
        "accesses",
        "--format",
        "cloudtrail",
        &trail,
    ]);
    assert!(
        told.contains("2 taken") && told.contains("1 skipped"),
        "{told}"
    );
    // The clock shows whole seconds: what it noted at 10:00:00 may have been nine tenths later.
    let asked = [
        "--json",
        "history",
        "who",
        "192.0.2.9",
        "--within",
        "0s",
        "--at",
        "2026-03-01T10:00:00.9Z",
    ];
    let answer = &values(&place.good(&asked))[0];
    assert_eq!(answer["accesses"][0]["rows"], 2, "{answer}");
    assert_eq!(answer["accesses"][0]["precision_us"], 1_000_000);
    let leases = place.file(
        "dhcpd.leases",
        "lease 192.0.2.10 {\n starts 0 2026/03/01 10:00:00;\n ends 0 2026/03/01 12:00:00;\n binding state active;\n \
         hardware ethernet 00:16:3e:00:00:01;\n}\n",
    );
    place.good(&[
        "history",
        "import",
        "--kind",
        "assignments",
        "--format",
        "dhcpd",
        &leases,
    ]);
    let asked = [
        "--json",
        "history",
        "who",
        "192.0.2.10",
        "--at",
        "2026-03-01T11:59:59Z",
    ];
    let answer = &values(&place.good(&asked))[0];
    assert_eq!(answer["assignments"][0]["account"], "00:16:3e:00:00:01");
}

#[test]
fn the_service_answers_beside_the_command_line() {
    let place = Place::new();
    set_up(&place);
    let server = super::Server::start(&place);
    let questions = place.file("questions.csv", QUESTIONS);
    let answers = values(&place.good(&["history", "who", "--file", &questions]));
    assert_eq!(answers.len(), 11);
    set_up(&place);
    server.stop();
    let again = values(&place.good(&["history", "who", "--file", &questions]));
    let words = |a: &[Value]| a.iter().map(|v| v["answer"].clone()).collect::<Vec<_>>();
    assert_eq!(words(&answers), words(&again));
}
