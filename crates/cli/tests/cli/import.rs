//! Taking over customers from files, good and bad.

use super::*;

const HEADER: &str =
    "id,firstname,lastname,companyname,email,country,phonenumber,datecreated,status";

fn begun() -> Place {
    let place = Place::new();
    place.good(&["key", "create", "--label", "t", "--scope", "read"]);
    place.good(&["policy", "activate", "base-minimal"]);
    place
}

fn rows(count: usize) -> String {
    let mut text = HEADER.to_owned();
    for n in 0..count {
        text.push_str(&format!(
            "\n{n},Given{n},Family{n},,customer{n}@example.org,DE,+49305550{n:04},2015-03-01,Active"
        ));
    }
    text + "\n"
}

fn import_sample(name: &str) -> String {
    format!("{}/samples/import/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn tally(ran: &Ran) -> Value {
    ran.values().remove(0)
}

/// Imports a text and gives the error.
fn refused(text: impl AsRef<[u8]>, more: &[&str]) -> String {
    let place = begun();
    let file = place.file("clients.csv", text);
    let mut arguments = vec!["import", &file];
    arguments.extend(more);
    let ran = place.run(&arguments);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    let accounts = place.good(&["account", "list", "--json"]);
    assert_eq!(accounts, "", "something was stored");
    let error = ran.err.lines().find(|l| l.starts_with("error: "));
    error.unwrap().to_owned()
}

/// Where a customer came from, shown in a case about them.
fn origin(place: &Place, source: &str, id: &str) -> String {
    let find = [
        "import",
        "find",
        source,
        id,
        "--purpose",
        "support",
        "--json",
    ];
    let found = values(&place.good(&find)).remove(0);
    let (party, account) = (found["party"].as_str(), found["account"].as_str().unwrap());
    let open = ["case", "open", "dispute", "--party", party.unwrap()];
    let opened = place.good(&[&open[..], &["--grounds", "asked", "--json"]].concat());
    let case = values(&opened)[0]["id"].as_str().unwrap().to_owned();
    let show = ["import", "show", account, "--purpose", "dispute", "--case"];
    place.good(&[&show[..], &[&case, "--json"]].concat())
}

#[test]
fn the_samples_are_imported_and_a_second_time_changes_nothing() {
    let place = begun();
    let (clients, rejects) = (import_sample("whmcs-clients.csv"), place.file("x", ""));
    fs::remove_file(&rejects).unwrap();
    let trial = place.run(&["import", &clients, "--dry-run", "--json"]);
    let real = place.run(&["import", &clients, "--rejects", &rejects, "--json"]);
    for (ran, dry_run) in [(&trial, true), (&real, false)] {
        let tally = tally(ran);
        assert_eq!((ran.code, &tally["dry_run"]), (1, &json!(dry_run)));
        assert_eq!(
            (&tally["read"], &tally["imported"], &tally["rejected"]),
            (&json!(8), &json!(7), &json!(1))
        );
        assert_eq!(tally["duplicates"], json!({"email": 1, "phone": 1}));
        assert_eq!(tally["missing"]["email verified (not sure enough)"], 7);
    }
    let again = tally(&place.run(&["import", &clients, "--json"]));
    assert_eq!(
        (&again["unchanged"], &again["imported"]),
        (&json!(7), &json!(0))
    );

    let text = fs::read_to_string(&rejects).unwrap();
    assert!(text.contains("rejected_because"), "{text}");
    fs::write(&rejects, text.replace("(at)", "@")).unwrap();
    let mended = tally(&place.run(&["import", &rejects, "--json"]));
    assert_eq!(
        (&mended["imported"], &mended["rejected"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(mended["columns_ignored"].as_object().unwrap().len(), 3);

    let shown = origin(&place, "whmcs", "6");
    assert_eq!(values(&shown)[0]["external_id"], "6");
    let openings = values(&place.good(&["openings", "list", "--by", "operator", "--json"]));
    assert_eq!(openings[0]["fields"], json!(["origin"]));
    for [source, id] in [["whmcs", "999"], ["crm", "6"]] {
        let none = place.run(&["import", "find", source, id, "--purpose", "support"]);
        assert_eq!(none.code, 1);
    }
    place.good(&["ledger", "verify", "--entries"]);
}

#[test]
fn original_dates_are_kept_and_a_changed_row_is_recorded() {
    let place = begun();
    let file = place.file("clients.csv", rows(2));
    place.good(&["import", &file]);
    let opened = values(&place.good(&["account", "list", "--json"]))[0]["opened_at"].clone();
    assert_eq!(opened, "2015-03-01T00:00:00.000Z");
    let changed = rows(2)
        .replace("customer1@", "moved@")
        .replace("Active\n", "Closed\n");
    let changed = place.file("later.csv", changed);
    let tally = tally(&place.run(&["import", &changed, "--json"]));
    assert_eq!(
        (&tally["changed"], &tally["imported"]),
        (&json!(2), &json!(0)),
        "{tally}"
    );
    let found = place.good(&[
        "party",
        "find",
        "email",
        "moved@example.org",
        "--purpose",
        "review",
    ]);
    assert!(found.contains("pty_"), "{found}");
    place.good(&[
        "party",
        "find",
        "email",
        "customer0@example.org",
        "--purpose",
        "review",
    ]);
    place.good(&["ledger", "verify", "--entries"]);
}

#[test]
fn duplicates_are_reported_linked_or_skipped() {
    let text = rows(1)
        + "7,Given0,Family0,,CUSTOMER0@example.org,DE,+49 30 9990000,2016-01-01,Active\n\
           8,Other,Person,,other@example.org,DE,+49 30 5550 0000,2016-01-01,Active\n";
    for (how, imported, linked, skipped) in
        [("report", 3, 0, 0), ("link", 2, 1, 0), ("skip", 1, 0, 2)]
    {
        let place = begun();
        let file = place.file("clients.csv", &text);
        let dry = tally(&place.run(&["import", &file, "--duplicates", how, "--dry-run", "--json"]));
        let real = tally(&place.run(&["import", &file, "--duplicates", how, "--json"]));
        for tally in [dry, real] {
            let counts = ["imported", "linked", "skipped"].map(|c| tally[c].as_u64().unwrap());
            assert_eq!(counts, [imported, linked, skipped], "{how} {tally}");
            assert_eq!(
                tally["duplicates"],
                json!({"email": 1, "phone": 1}),
                "{how}"
            );
        }
        place.good(&["ledger", "verify", "--entries"]);
    }
}

#[test]
fn two_rows_of_one_customer_are_told() {
    let place = begun();
    let text = rows(2) + "1,Another,Name,,another@example.org,DE,,2016-01-01,Active\n";
    let file = place.file("clients.csv", text);
    for arguments in [&["--dry-run"][..], &[], &[]] {
        let mut all = vec!["import", &file, "--json"];
        all.extend(arguments);
        let ran = place.run(&all);
        assert_eq!(
            (ran.code, &tally(&ran)["rejected"]),
            (1, &json!(1)),
            "{}",
            ran.out
        );
    }
    let out = place.run(&["import", &file]).out;
    assert!(out.contains("has the same id"), "{out}");
}

#[test]
fn verdicts_of_others_are_evidence_as_declared() {
    let place = begun();
    let mapping = import_sample("crm-verified.toml");
    let customers = import_sample("crm-customers.jsonl");
    let tally = tally(&place.run(&["import", &customers, "--mapping", &mapping, "--json"]));
    assert_eq!(
        (&tally["imported"], &tally["rejected"]),
        (&json!(3), &json!(0)),
        "{tally}"
    );
    let shown = origin(&place, "crm", "A-1001");
    assert!(shown.contains("A-1001"), "{shown}");

    let text = fs::read_to_string(&mapping).unwrap();
    let more = text.replace("method = \"document-photo\"", "method = \"email-code\"");
    for (changed, why) in [
        (more.as_str(), "shows nothing of `legal_name`"),
        (
            &text.replace("assurance = \"validated\"", "assurance = \"asserted\""),
            "more than the asserted declared",
        ),
        (
            &text.replace("strength = \"fair\"", "strength = \"superior\""),
            "not as strong",
        ),
        (
            &text.replace("contract = \"Agr", "contract = \"\"\n# \"Agr"),
            "cite the `contract`",
        ),
        (
            &text.replace("document-photo", "document-foto"),
            "did you mean `document-photo`?",
        ),
        (
            &text.replace("attribute = \"phone\"", "attribute = \"fone\""),
            "did you mean `phone`?",
        ),
        (
            &text.replace("as = \"phone\"", "as = \"fone\""),
            "unknown variant `fone`",
        ),
        (
            &text.replace("[\"YYYY-MM-DD\", \"DD.MM.YYYY\"]", "[\"YY-MM\"]"),
            "no format of dates",
        ),
        (
            &text.replace("[ignore]", "[ignored]"),
            "unknown field `ignored`",
        ),
    ] {
        assert_ne!(changed, text, "{why}");
        let file = place.file("changed.toml", changed);
        let ran = place.run(&["import", &customers, "--mapping", &file]);
        assert_eq!(ran.code, 2, "{why}: {}", ran.out);
        let line = ran
            .error()
            .split("changed.toml:")
            .nth(1)
            .map(|rest| rest.split(':').next().unwrap().parse::<u32>());
        assert!(
            matches!(line, Some(Ok(1..))) && ran.err.contains(why),
            "{why}: {}",
            ran.err
        );
    }
}

#[test]
fn shipped_mappings_are_printed_and_good() {
    let place = begun();
    for name in ["whmcs", "crm"] {
        let text = place.good(&["import", "mapping", name]);
        let mapping = place.file("own.toml", text);
        let file = place.file("none.jsonl", "{}\n");
        let ran = place.run(&[
            "import",
            &file,
            "--mapping",
            &mapping,
            "--dry-run",
            "--json",
        ]);
        assert_eq!(tally(&ran)["rejected"], 1, "{}", ran.err);
    }
    assert_eq!(place.run(&["import", "mapping", "sap"]).code, 2);
}

#[test]
fn files_that_are_not_what_they_should_be_are_refused() {
    let semicolons = rows(2).replace(',', ";");
    let place = begun();
    for (text, more, why) in [
        (
            semicolons.clone().into_bytes(),
            &[][..],
            "--delimiter \";\"",
        ),
        (
            rows(2).replace("id,", "id,ID,").into_bytes(),
            &[],
            "both called `ID`",
        ),
        (
            rows(2).replace("email,", "mail,").into_bytes(),
            &[],
            "no column `email` (is it `mail`?)",
        ),
        (
            rows(2).replace("customer1", "cust\0mer1").into_bytes(),
            &[],
            "line 3 holds a NUL byte",
        ),
        (
            rows(2)
                .replace("Given1", "Andr\u{e9}")
                .chars()
                .map(|c| c as u8)
                .collect(),
            &[],
            "line 3 is not UTF-8",
        ),
        (Vec::new(), &[], "the file is empty"),
        (b"\n\n\n".to_vec(), &[], "the file is empty"),
        (
            rows(2).into_bytes(),
            &["--verify-by", "2020-01-01"],
            "is over",
        ),
        (
            rows(2).into_bytes(),
            &["--mapping", "none.toml"],
            "none.toml",
        ),
        (
            rows(2).into_bytes(),
            &["--delimiter", "ab"],
            "is no delimiter",
        ),
    ] {
        let error = refused(&text, more);
        assert!(error.contains(why), "{why}: {error}");
    }
    for (name, text, more) in [
        (
            "semicolons",
            semicolons.into_bytes(),
            &["--delimiter", ";"][..],
        ),
        (
            "latin",
            rows(2)
                .replace("Given1", "Andr\u{e9}")
                .chars()
                .map(|c| c as u8)
                .collect(),
            &["--encoding", "latin-1"],
        ),
        ("mark", format!("\u{feff}{}", rows(2)).into_bytes(), &[]),
        ("windows", rows(2).replace('\n', "\r\n").into_bytes(), &[]),
    ] {
        let file = place.file(name, text);
        let mut all = vec!["import", &file, "--dry-run", "--json"];
        all.extend(more);
        assert_eq!(tally(&place.run(&all))["imported"], 2, "{name}");
    }
}

#[test]
fn a_line_of_a_hundred_megabytes_and_an_open_quote_are_refused() {
    let mut long = rows(1).into_bytes();
    long.resize(100 << 20, b'a');
    assert!(refused(&long, &[]).contains("line 3 is longer than"));
    // Every line is short, but the quote swallows them all.
    let open = rows(1) + "1,\"Given" + &rows(40_000);
    let place = begun();
    let file = place.file("open.csv", open);
    let ran = place.run(&["import", &file]);
    assert_eq!(ran.code, 2, "{}", ran.out);
    assert!(
        ran.err.contains("a quote is opened in it and never closed"),
        "{}",
        ran.err
    );
}

#[test]
fn rows_that_are_torn_or_wrong_are_told_with_line_and_column() {
    let place = begun();
    let text = rows(1)
        + "5,Too,Few\n\
           6,Bad,Date,,a6@example.org,DE,,2015-13-01,Active\n\
           ,No,Id,,a7@example.org,DE,,2015-01-01,Active\n\
           8,Future,Date,,a8@example.org,DE,,2999-01-01,Active\n\
           9,,,,a9@example.org,Atlantis,,2015-01-01,Active\n\
           10,\"=cmd()\",+Family,,bad,DE,,2015-01-01,Active\n\
           11,Torn,\"Quote,,a11@example.org";
    let file = place.file("clients.csv", text);
    let rejects = place.0.path().join("rejects.csv").display().to_string();
    let ran = place.run(&["import", &file, "--rejects", &rejects]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    for (line, words) in [
        ("3", "3 cells, and the header has 9"),
        ("4", "`2015-13-01` is not a date"),
        ("5", "has no id in the earlier system"),
        ("6", "is in the future"),
        ("8", "`bad` is not an e-mail address"),
        ("9", "a quote not closed"),
    ] {
        let told = ran
            .out
            .lines()
            .any(|l| l.trim_start().starts_with(line) && l.contains(words));
        assert!(told, "{line} {words}: {}", ran.out);
    }
    // The seventh has no name and an unknown country: the country is left out, which the report says.
    assert!(
        ran.out.contains("country: … is not a country"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("2 imported, 6 rejected"), "{}", ran.out);
    let told = fs::read_to_string(&rejects).unwrap();
    assert!(told.contains("'=cmd(),'+Family,"), "{told}");
    assert!(
        !told
            .lines()
            .any(|l| l.split(',').any(|c| c.starts_with(['=', '+', '-', '@']))),
        "{told}"
    );
    // It comes back: what was not mended is rejected again, with its own line.
    let again = tally(&place.run(&["import", &rejects, "--json"]));
    assert_eq!(
        (&again["read"], &again["rejected"]),
        (&json!(6), &json!(6)),
        "{again}"
    );
    let mended = told
        .replace(",bad,", ",good@example.org,")
        .replace(",8,email,`bad` is not an e-mail address", ",,,");
    let mended = place.file("mended.csv", mended);
    let back = tally(&place.run(&["import", &mended, "--json"]));
    assert_eq!(back["imported"], 1, "{back}");
    // The name kept its sign: the guard was taken off.
    let found = place.run(&[
        "party",
        "find",
        "legal_name",
        "=cmd() +Family",
        "--purpose",
        "review",
    ]);
    assert_eq!(found.code, 0, "{}", found.err);
}

/// Killed in the middle, and run again: every customer once, and the same as after one run.
#[test]
fn an_import_that_is_killed_is_simply_run_again() {
    const ROWS: usize = 2000;
    // Half a thousand rows in a debug build, which are a few seconds.
    const STEP_BYTES: u64 = 6 << 20;
    let place = begun();
    let file = place.file("clients.csv", rows(ROWS));
    let size = || -> u64 {
        let of = |name: &str| fs::metadata(place.data().join(name)).map_or(0, |m| m.len());
        of("bonafide.db") + of("bonafide.db-wal")
    };
    let mut rounds = 0;
    // Each round is killed some way further, until one comes to its end.
    loop {
        let before = size();
        let mut child = place
            .command(&["import", &file, "--json"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let ended = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break Some(status);
            }
            if size() > before + STEP_BYTES {
                break None;
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        };
        if let Some(status) = ended {
            assert!(status.success());
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        rounds += 1;
        assert!(rounds < 50, "the import never ends");
    }
    assert!(rounds > 0, "nothing was killed");
    let again = tally(&place.run(&["import", &file, "--json"]));
    assert_eq!(again["unchanged"], ROWS, "{again}");
    let accounts = values(&place.good(&["account", "list", "--json", "--limit", "100000"]));
    assert_eq!(accounts.len(), ROWS);
    for n in [0, 17, ROWS - 1] {
        let email = format!("customer{n}@example.org");
        let found = place.good(&[
            "party",
            "find",
            "email",
            &email,
            "--purpose",
            "review",
            "--json",
        ]);
        assert_eq!(values(&found).len(), 1, "{email}");
    }
    place.good(&["ledger", "verify"]);
}
