//! Staff at the command line, and that every command asks whether they may.

use super::*;

/// Commands that touch no data of anybody: nothing is asked.
const FREE: [&str; 10] = [
    // The keys are public.
    "key jwks",
    "demo",
    "serve",
    "judge",
    "screen",
    "screen explain",
    "verify",
    "policy show",
    "config show",
    "config reference",
];

/// Every other command, with arguments that could be right.
fn guarded(file: &str) -> Vec<Vec<&str>> {
    let party = "pty_00000000000000000000000001";
    let account = "acc_00000000000000000000000001";
    let text = [
        "key create --label x",
        "key list",
        "key revoke key_00000000000000000000000001",
        "staff add eve --role legal",
        "staff list",
        "staff suspend operator",
        "staff grant nobody legal",
        "staff revoke operator legal",
        "staff key operator",
        "access policies",
        "access replace FILE",
        "access add FILE",
        "access reset",
        "policy list",
        "policy activate base-minimal",
        "policy deactivate base-minimal",
        "policy check",
        "policy render",
        "policy set provider FILE",
        "lists import x --sdn FILE",
        "lists sync",
        "lists status",
        "lists diff x",
        "lists sources",
        "party find email a@example.com --purpose review",
        "party open PARTY --purpose review --case cas_00000000000000000000000001 --field email",
        "openings list --by anna",
        "openings allow anna --more 5",
        "party timeline PARTY",
        "party prove-screening PARTY",
        "party erase PARTY --ground x",
        "account list",
        "account assessment ACCOUNT",
        "account replay ACCOUNT",
        "account close ACCOUNT",
        "order authorize --product x --account ACCOUNT",
        "ledger verify",
        "ledger prove rec_00000000000000000000000001 -o FILE.proof",
        "ledger checkpoint",
        "ledger key",
        "ledger export EMPTY",
        "keys rotate",
        "job list",
        "job retry job_00000000000000000000000001",
        "job discard job_00000000000000000000000001",
        "doctor",
        "history import --kind accesses FILE",
        "history who 192.0.2.1 --at 2026-01-01T00:00:00Z",
        "history account ACCOUNT",
        "import FILE --mapping crm",
        "import find crm 17 --purpose review",
        "import show ACCOUNT --purpose review --case CASE",
        "campaign open spring --first 2027-01-01 --deadline 2027-02-01",
        "campaign show",
        "party keeping PARTY",
        "party expire",
        "hold list",
        "hold place PARTY --basis x",
        "hold release hld_00000000000000000000000001",
        "case list",
        "case show CASE",
        "case counts",
        "case open dispute --party PARTY --grounds x",
        "case take",
        "case assign CASE eve",
        "case release CASE",
        "case note CASE text",
        "case clock CASE --due 2030-01-01T00:00:00Z --grounds x",
        "case propose CASE approve --grounds x",
        "case approve CASE --grounds x",
        "case return CASE --grounds x",
        "case decide CASE approve --grounds x",
        "case appeal CASE --grounds x",
        "case close CASE --grounds x",
        "webhook add https://example.org/hook",
        "webhook list",
        "webhook show HOOK",
        "webhook rotate HOOK",
        "webhook disable HOOK",
        "webhook enable HOOK",
        "webhook remove HOOK",
        "webhook test HOOK",
        "webhook deliveries HOOK",
        "webhook replay HOOK --dead",
        "mail brands FILE",
        "mail preview limited --brand x",
        "mail test a@example.org --from b@example.org",
        "key rotate-token",
        "keys epoch --days 7",
        "backup --to EMPTY",
    ];
    let fill = |word: &'static str| match word {
        "PARTY" => party,
        "ACCOUNT" => account,
        "FILE" => file,
        "CASE" => "cas_00000000000000000000000001",
        "HOOK" => "whk_00000000000000000000000001",
        other => other,
    };
    text.iter()
        .map(|t| t.split(' ').map(fill).collect())
        .collect()
}

#[test]
fn every_command_asks_whether_the_actor_may() {
    let place = Place::new();
    place.good(&["staff", "add", "nobody"]);
    let file = place.file("some.csv", "customer_id,created_at,first_name,last_name,email,country\n1,2024-01-01,Ana,Ferreira,ana@example.org,PT\n");
    let guarded = guarded(&file);
    let documented = include_str!("../../../../docs/cli.md");
    let mut named = 0;
    for line in documented
        .lines()
        .filter_map(|l| l.strip_prefix("| `bonafide "))
    {
        let command = line.split('`').next().unwrap();
        let is = |known: &str| command == known || command.starts_with(&format!("{known} "));
        let free = FREE.iter().any(|f| is(f));
        let asked = guarded
            .iter()
            .any(|g| is(&g[..2.min(g.len())].join(" ")) || is(g[0]));
        assert!(
            free || asked
                || ["restore", "ledger reopen", "import mapping NAME"]
                    .iter()
                    .any(|f| is(f)),
            "`{command}` is in no list of this test: does it ask whether the actor may?"
        );
        named += 1;
    }
    assert!(named > 40);
    let mut unasked = Vec::new();
    for command in &guarded {
        let ran = place.run(&[&["--actor", "nobody"][..], command].concat());
        let said = format!("{}{}", ran.out, ran.err);
        if ran.code != 1 || !said.contains("`nobody` with no role may not") {
            unasked.push(format!("{command:?}: {} {said}", ran.code));
        }
    }
    assert!(unasked.is_empty(), "{}", unasked.join("\n"));
    let stranger = place.run(&["--actor", "stranger", "ledger", "key"]);
    assert!(
        stranger
            .error()
            .contains("`stranger` is no active member of staff"),
        "{}",
        stranger.err
    );
    let listed = place.run(&["--json", "staff", "list"]).values();
    assert_eq!(listed.len(), 2, "{listed:?}");
}

#[test]
fn a_firm_of_one_begins_without_setting_anything_up() {
    let place = Place::new();
    let ran = place.run(&["key", "create", "--label", "portal"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.err.contains("`operator` is the first member of staff"),
        "{}",
        ran.err
    );
    let refused = place.run(&["staff", "suspend", "operator"]);
    assert!(
        refused.err.contains("is the last administrator"),
        "{}",
        refused.err
    );
    place.good(&[
        "staff",
        "add",
        "anna",
        "--role",
        "administrator",
        "--name",
        "Anna Canary",
        "--email",
        "canary@example.com",
    ]);
    place.good(&["staff", "suspend", "operator"]);
    let ran = place.run(&["key", "list"]);
    assert!(
        ran.error()
            .contains("`operator` is no active member of staff"),
        "{}",
        ran.err
    );
    let mut command = place.command(&["staff", "list", "--names"]);
    command.env("BONAFIDE_ACTOR", "anna");
    let listed = Ran::of(command.output().unwrap());
    assert!(
        listed.out.contains("Anna Canary"),
        "{}{}",
        listed.out,
        listed.err
    );
    let plain = place.good(&["--actor", "anna", "staff", "list"]);
    assert!(!plain.contains("Canary"), "{plain}");
    for entry in fs::read_dir(place.data()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = if path.is_file() {
            fs::read(&path).unwrap()
        } else {
            Vec::new()
        };
        let text = String::from_utf8_lossy(&bytes);
        assert!(
            !text.contains("Canary") && !text.contains("canary@"),
            "{}",
            path.display()
        );
    }
}

#[test]
fn policies_are_printed_added_to_and_cannot_lock_everybody_out() {
    let place = Place::new();
    let shipped = place.good(&["access", "policies"]);
    assert!(
        shipped.contains("@id(\"auditor-changes-nothing\")"),
        "{shipped}"
    );
    assert!(
        place
            .good(&["access", "policies", "--schema"])
            .contains("entity Member")
    );
    let file = place.file(
        "more.cedar",
        "@id(\"no-exports\") forbid (principal, action == Action::\"export_ledger\", resource);",
    );
    place.good(&["access", "add", &file]);
    let target = place.0.path().join("export").display().to_string();
    let refused = place.run(&["ledger", "export", &target]);
    assert_eq!(refused.code, 1);
    assert!(
        refused.error().contains("forbidden by policy `no-exports`"),
        "{}",
        refused.err
    );
    let wrong = place.file(
        "wrong.cedar",
        "@id(\"x\") permit (principal in Role::\"boss\", action, resource);",
    );
    let ran = place.run(&["access", "add", &wrong]);
    assert!(ran.code == 2 && ran.error().contains("boss"), "{}", ran.err);
    let closed = place.file("closed.cedar", "@id(\"x\") permit (principal in Role::\"legal\", action == Action::\"read_cases\", resource);");
    let ran = place.run(&["access", "replace", &closed]);
    assert!(
        ran.error()
            .contains("no member of staff could change them again"),
        "{}",
        ran.err
    );
    place.good(&["access", "reset"]);
    assert_eq!(place.good(&["access", "policies"]), shipped);
    place.good(&["ledger", "export", &target]);
}
