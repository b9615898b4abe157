//! What stands outside the tree, changed past the store.

use bonafide_app::{Actor, App};

use super::{Cell, Db, flipped, learn};

/// What an audit of the entries finds, one line each.
async fn entry_findings(app: &App) -> Vec<String> {
    let actor = Actor::operator("default", "test");
    let report = app.verify_entries(&actor, |_, _| {}).await.unwrap();
    assert!(report.parties > 0);
    report.findings
}

/// Outside the tree: everything that a table says about a subject is compared with what the tree commits to.
pub(crate) async fn outside(db: &Db) {
    let app = db.open().await.unwrap();
    let actor = Actor::operator("default", "test");
    app.ensure_tenant("default", &actor).await.unwrap();
    let pack = bonafide_app::PackText {
        name: "base-minimal.toml".into(),
        text: bonafide_policy::builtin::text("base-minimal")
            .unwrap()
            .into(),
        elected_by: None,
        active_since: None,
    };
    app.activate_pack(&actor, &pack).await.unwrap();
    learn(&app, 0, 3).await;
    assert_eq!(entry_findings(&app).await, [""; 0]);
    let first = "(SELECT MIN(party_id) FROM party)";
    let of_kind = |kind: &str| {
        format!("record_id = (SELECT MIN(record_id) FROM entry WHERE kind = '{kind}')")
    };
    let cases = [
        (
            "account",
            "UPDATE account SET decision = 'decline'".to_owned(),
            "`decision` of its row",
        ),
        (
            "account",
            "UPDATE account SET risk = 'other'".to_owned(),
            "`risk` of its row",
        ),
        (
            "account",
            "UPDATE account SET review_at = 5".to_owned(),
            "`review_at` of its row",
        ),
        (
            "account",
            "UPDATE account SET product = 'vps-large'".to_owned(),
            "`product` of its row",
        ),
        (
            "account",
            "UPDATE account SET state = 'closed'".to_owned(),
            "`state` of its row",
        ),
        (
            "account",
            "DELETE FROM account".to_owned(),
            "its row is gone",
        ),
        (
            "account_party",
            "DELETE FROM account_party".to_owned(),
            "is not linked to it",
        ),
        (
            "party",
            "UPDATE party SET kind = 'organisation'".to_owned(),
            "`kind` of its row",
        ),
        (
            "party",
            format!("DELETE FROM party WHERE party_id = {first}"),
            "was deleted, and no erasure names it",
        ),
        (
            "key_row",
            format!("DELETE FROM key_row WHERE party_id = {first}"),
            "its keys or one of its rows cannot be read",
        ),
        (
            "blind",
            "DELETE FROM blind".to_owned(),
            "its `email` is not in the index",
        ),
        (
            "blind",
            "UPDATE blind SET attribute = 'phone'".to_owned(),
            "with a value never recorded",
        ),
        (
            "entry",
            format!("DELETE FROM entry WHERE {}", of_kind("assessed")),
            "its entry (assessed) was deleted",
        ),
        (
            "entry",
            format!("DELETE FROM entry WHERE {}", of_kind("sign_up")),
            "its entry (sign_up) was deleted",
        ),
        (
            "entry",
            format!("DELETE FROM entry WHERE {}", of_kind("screened")),
            "its entry (screened) was deleted",
        ),
        (
            "entry",
            format!(
                "UPDATE entry SET kind = 'hold' WHERE {}",
                of_kind("assessed")
            ),
            "`kind` of its entry",
        ),
        (
            "entry",
            format!("UPDATE entry SET at = at + 1 WHERE {}", of_kind("assessed")),
            "`at` of its entry",
        ),
    ];
    for (table, change, named) in &cases {
        db.run(&format!("CREATE TABLE kept AS SELECT * FROM {table}"))
            .await;
        db.run(change).await;
        let found = entry_findings(&app).await;
        assert!(
            found.iter().any(|f| f.contains(named)),
            "{change}: {found:?} is not `{named}`"
        );
        assert!(
            !found.iter().any(|f| f.contains("example.org")),
            "{found:?}"
        );
        db.run(&format!(
            "DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept; DROP TABLE kept"
        ))
        .await;
        assert_eq!(entry_findings(&app).await, [""; 0], "{change}");
    }
    let cells = [
        (
            Cell::new(
                "entry",
                "envelope",
                "record_id = (SELECT MIN(record_id) FROM entry)",
            ),
            "its entry cannot be opened",
        ),
        (
            Cell::new(
                "key_row",
                "wrapped",
                "party_id = (SELECT MIN(party_id) FROM key_row)",
            ),
            "its keys cannot be unwrapped",
        ),
    ];
    for (cell, named) in cells {
        let good = db.hex(&cell).await;
        for byte in [good.len() / 4, good.len() / 2 - 1] {
            db.set_hex(&cell, &flipped(&good, byte)).await;
            let found = entry_findings(&app).await;
            assert!(
                found.iter().any(|f| f.contains(named)),
                "{byte}: {found:?} is not `{named}`"
            );
            let sample = app.verify_newest_entries(&actor, 100).await.unwrap();
            assert!(
                sample.findings.iter().any(|f| f.contains(named)),
                "{sample:?}"
            );
        }
        db.set_hex(&cell, &good).await;
    }
    app.close().await.unwrap();
}

/// Who was erased leaves leaves without entries, and that is not wrong; one more that is deleted later is.
pub(crate) async fn erased(db: &Db) {
    let app = db.open().await.unwrap();
    learn(&app, 0, 2).await;
    let actor = Actor::operator("default", "test");
    let found = app
        .find_parties(&actor, "email", "person.0@example.org", "duplicate_check")
        .await
        .unwrap();
    let answer = app.party(&actor, found[0]).await.unwrap();
    app.close_account(&actor, answer.accounts[0]).await.unwrap();
    // What was recorded last still waits for its place, and is named all the same.
    app.erase_party(&actor, found[0], "GDPR 17(1)(a)")
        .await
        .unwrap();
    assert_eq!(entry_findings(&app).await, [""; 0], "the erasure waits");
    learn(&app, 10, 1).await;
    learn(&app, 11, 1).await;
    assert_eq!(entry_findings(&app).await, [""; 0]);
    db.run("DELETE FROM entry WHERE record_id = (SELECT MAX(record_id) FROM entry)")
        .await;
    let found = entry_findings(&app).await;
    assert!(
        found
            .iter()
            .any(|f| f.contains("was deleted, and no erasure")),
        "{found:?}"
    );
    app.close().await.unwrap();
}

/// What expired is accounted for by the leaf that names it; a row alone excuses nothing, and without it something is gone.
pub(crate) async fn expired(db: &Db) {
    let app = db.open().await.unwrap();
    learn(&app, 0, 2).await;
    let actor = Actor::operator("default", "test");
    let pack = bonafide_app::PackText {
        name: "at-once".to_owned(),
        text: AT_ONCE.to_owned(),
        elected_by: None,
        active_since: None,
    };
    app.activate_pack(&actor, &pack).await.unwrap();
    while app.expire_due(&actor, 10).await.unwrap().more {}
    let found = app.find_parties(&actor, "email", "person.0@example.org");
    assert_eq!(found.await.unwrap(), []);
    assert_eq!(entry_findings(&app).await, [""; 0], "its leaf waits");
    let tenant = app.tenant("default").unwrap();
    app.sequence(&tenant).await.unwrap();
    assert_eq!(entry_findings(&app).await, [""; 0]);

    let least = "(SELECT MIN(record_id) FROM expired)";
    db.run("CREATE TABLE good AS SELECT * FROM expired").await;
    let other = "(SELECT MIN(record_id) FROM entry)";
    let forge = format!("UPDATE expired SET record_id = {other} WHERE record_id = {least}");
    let mine = "DELETE FROM expired WHERE record_id = (SELECT MAX(record_id) FROM expired)";
    for change in [forge.as_str(), mine, "UPDATE expired SET at = at + 1"] {
        db.run(change).await;
        let found = entry_findings(&app).await;
        assert!(
            found
                .iter()
                .any(|f| f.contains("do not have as many fields")),
            "{change}: {found:?}"
        );
        db.run("DELETE FROM expired; INSERT INTO expired SELECT * FROM good")
            .await;
        assert_eq!(entry_findings(&app).await, [""; 0], "{change}");
    }
    // A record that expired in part is not excused when its entry is deleted.
    db.run("DELETE FROM entry WHERE record_id = (SELECT MIN(record_id) FROM entry)")
        .await;
    let found = entry_findings(&app).await;
    assert!(
        found
            .iter()
            .any(|f| f.contains("was deleted, and no erasure")),
        "{found:?}"
    );
    app.close().await.unwrap();
}

/// A pack under which an address may not be kept at all.
const AT_ONCE: &str = r#"
[pack]
id = "at-once"
version = "1"
title = "At once"
summary = "A pack of the tests."
force = "in_force"
regime = "general"

[[citation]]
id = "c"
text = "Example Act, section 1"

[[retention]]
class = "contact"
anchor = "recorded"
max = "P0D"
citations = ["c"]
"#;
