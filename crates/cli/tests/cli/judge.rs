//! Judging a file.

use super::*;

const AT: &str = "2026-11-24T12:00:00Z";

#[test]
fn bad_lines_are_named_and_stop_nothing() {
    let place = Place::new();
    let good = sign_up().to_string();
    let unknown = with_claim(sign_up(), "citizenship", json!("XX")).to_string();
    let misspelt = good.replacen("\"account\"", "\"acount\"", 1);
    let kind = good.replacen("\"online\"", "\"on-line\"", 1);
    let text = [&*good, "{", &unknown, "", &misspelt, &kind, &good].join("\n");
    let file = place.file("sign-ups.jsonl", text);
    let ran = place.run(&["judge", &file, "--json", "--at", AT]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let values = ran.values();
    let lines: Vec<u64> = values.iter().map(|v| v["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [1, 2, 3, 5, 6, 7]);
    let field = |at: usize| {
        values[at]["errors"][0]["field"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert!(values[1]["errors"][0]["message"].is_string());
    assert!(field(2).starts_with("parties[0].claims["), "{}", field(2));
    assert!(
        values[3]["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("acount")
    );
    assert_eq!(field(4), "account.opening_method");
    for at in [0, 5] {
        assert!(
            values[at]["assessment"]["decision"].is_string(),
            "{}",
            values[at]
        );
    }
    assert!(ran.err.contains("2 sign-ups judged"), "{}", ran.err);
    assert!(ran.err.contains("could not be judged: 4"), "{}", ran.err);
    assert!(!place.data().exists());
}

#[test]
fn the_same_file_gives_the_same_answers_in_order() {
    let place = Place::new();
    let text = sample("sign-ups.jsonl").repeat(30);
    let file = place.file("many.jsonl", &text);
    let arguments = ["judge", &file, "--json", "--at", AT, "--list", &ofac("")];
    let (one, other) = (place.run(&arguments), place.run(&arguments));
    assert_eq!(one.code, 0, "{}", one.err);
    assert_eq!(one.out, other.out);
    let lines: Vec<u64> = one
        .values()
        .iter()
        .map(|v| v["line"].as_u64().unwrap())
        .collect();
    assert_eq!(lines, (1..=text.lines().count() as u64).collect::<Vec<_>>());
    let table = place.pipe(&["judge", "-", "--at", AT], &sample("sign-ups.jsonl"));
    assert_eq!(table.code, 0, "{}", table.err);
    assert!(table.out.contains("200 sign-ups judged"), "{}", table.out);
    assert!(table.out.contains("would be asked:"), "{}", table.out);
}

#[test]
fn a_table_says_the_same_as_json_lines() {
    let place = Place::new();
    let csv = "external_id,product,region,trial,kind,claim.legal_name,claim.citizenship,claim.email,\
               claim.residential_address.lines,claim.residential_address.city,claim.residential_address.country,\
               check.email-code\n\
               A-1,vps-small,us-east,true,person,Ada Sample,US;DE,ada@example.com,1 Sample Road;Flat 2,Old Harbour,US,pass\n\
               A-2,vps-small,us-east,maybe,person,Ada Sample,US,ada@example.com,,,,pass\n\
               A-3,vps-small,us-east,,person,Ada Sample,US;XX,ada@example.com,,,,pass\n\
               A-4,,us-east,,person,Ada Sample,US,ada@example.com,,,,pass\n\
               A-5,too,few\n\
               A-6,vps-small,us-east,,person,Ada Sample,US,ada@example.com,1 Sample Road,Old Harbour,XX,perhaps\n";
    let ran = place.pipe(&["judge", "-", "--json", "--at", AT], csv);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let values = ran.values();
    let field = |v: &Value| {
        v["errors"][0]["field"]
            .as_str()
            .unwrap_or("none")
            .to_owned()
    };
    let fields: Vec<String> = values.iter().map(field).collect();
    let expected = [
        "none",
        "trial",
        "claim.citizenship",
        "product",
        "",
        "check.email-code",
    ];
    assert_eq!(fields, expected);
    assert_eq!(values[4]["line"], 6);

    let line = json!({
        "external_id": "A-1",
        "account": {"product": "vps-small", "region": "us-east", "trial": true},
        "parties": [{
            "ref": "holder", "kind": "person",
            "claims": [
                {"attribute": "legal_name", "value": "Ada Sample"},
                {"attribute": "citizenship", "value": "US"},
                {"attribute": "citizenship", "value": "DE"},
                {"attribute": "email", "value": "ada@example.com"},
                {"attribute": "residential_address",
                 "value": {"lines": ["1 Sample Road", "Flat 2"], "city": "Old Harbour", "country": "US"}},
            ],
            "checks": [{"method": "email-code", "outcome": "pass"}],
        }],
        "roles": [{"party": "holder", "kind": "holder"}],
    });
    let same = place.pipe(&["judge", "-", "--json", "--at", AT], &format!("\n{line}"));
    assert_eq!(same.code, 0, "{}", same.err);
    assert_eq!(same.values()[0]["assessment"], values[0]["assessment"]);
}

#[test]
fn a_proposed_pack_is_a_dry_run_until_it_is_elected() {
    let place = Place::new();
    let run = |more: &[&str]| {
        let arguments = ["judge", "-", "--at", AT, "--pack", "us-iaas-cip"];
        let ran = place.pipe(&[&arguments, more].concat(), &sample("sign-ups.jsonl"));
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran.out
    };
    let (dry, elected) = (run(&[]), run(&["--elect"]));
    assert!(dry.contains("  approve: 200 (100.0 %)"), "{dry}");
    let would = dry.split("had an officer elected").nth(1).unwrap();
    let line = would.lines().find(|l| l.starts_with("  refer: ")).unwrap();
    assert!(
        elected.lines().any(|l| l == line),
        "{line} is not what election does: {elected}"
    );
    assert!(!elected.contains("had an officer elected"));
}

#[test]
fn a_header_with_a_mistake_is_refused() {
    let place = Place::new();
    for (header, hint) in [
        ("product,kind,claim.legl_name", "legal_name"),
        (
            "product,kind,claim.residential_address",
            "claim.residential_address.country",
        ),
        ("product,kind,check.email-cod", "check.email-code"),
        ("prodct,kind", "product"),
        ("product,claim.email", "kind"),
        ("product,kind,kind", "twice"),
    ] {
        let ran = place.pipe(&["judge", "-", "--format", "csv"], &format!("{header}\n"));
        assert_eq!(ran.code, 2, "{header}");
        assert!(ran.error().contains(hint), "{header}: {}", ran.err);
    }
    let ran = place.run(&["judge", "no-such-file"]);
    assert_eq!(ran.code, 2);
    assert!(ran.error().contains("no-such-file"));
    let ran = place.pipe(&["judge", "-", "--pack", "base-minimum"], "");
    assert_eq!(ran.code, 2);
    assert!(ran.error().contains("base-minimal"));
}

#[test]
fn lines_are_read_as_strictly_as_the_api_reads_them() {
    let place = Place::new();
    let bodies = [
        r#"[{"product":"vps"},[],[]]"#,
        r#"{"account":{"product":"vps","product":"x"},"parties":[],"roles":[]}"#,
        r#"{"account":{"product":null},"parties":[],"roles":[]}"#,
        r#"{"account":["vps"],"parties":[],"roles":[]}"#,
        r#"{"parties":[],"roles":[]}"#,
    ];
    let ran = place.pipe(
        &["judge", "-", "--format", "jsonl", "--json", "--at", AT],
        &bodies.join("\n"),
    );
    assert_eq!(ran.code, 1, "{}", ran.err);
    let fields: Vec<String> = ran
        .values()
        .iter()
        .map(|v| {
            v["errors"][0]["field"]
                .as_str()
                .unwrap_or("none")
                .to_owned()
        })
        .collect();
    assert_eq!(
        fields,
        [
            "",
            "account.product",
            "account.product",
            "account",
            "account"
        ]
    );
}
