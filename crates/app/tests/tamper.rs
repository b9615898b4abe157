//! Attacks on the stored ledger, past the store, on both databases: one bit changed in every kind of thing that is stored
//! is named (attack 1), a tail that was cut off consistently is refused at start (attack 3), and what stands outside the
//! tree (entries, keys, tokens, rows) is compared with it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::sync::Arc;

use bonafide_app::submission::SignUp;
use bonafide_app::{Actor, App, AppError, Config, Location};
use bonafide_model::FixedClock;
use bonafide_seal::SystemEntropy;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _, SqliteConnection};
use tempfile::TempDir;

/// Two records each: a full tile, a partial one, and one above them.
const SIGN_UPS: usize = 140;

/// A database, what opens it, and a way past the store.
struct Db {
    folder: TempDir,
    location: Location,
    server: Option<String>,
}

impl Db {
    fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::Sqlite(folder.path().join("bonafide.db"));
        Self {
            folder,
            location,
            server: None,
        }
    }

    async fn postgres(name: &str) -> Self {
        let server = std::env::var("BONAFIDE_TEST_POSTGRES")
            .expect("BONAFIDE_TEST_POSTGRES is not set: run `cargo xtask test`");
        let name = format!("tamper_{name}_{}", std::process::id());
        let mut connection = PgConnection::connect(&server).await.unwrap();
        let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
        sqlx::raw_sql(create)
            .execute(&mut connection)
            .await
            .unwrap();
        let (base, _) = server.rsplit_once('/').unwrap();
        Self {
            folder: tempfile::tempdir().unwrap(),
            location: Location::Postgres(format!("{base}/{name}")),
            server: Some(server),
        }
    }

    /// Opens it. A start that was refused lets go of the file only a little later.
    async fn open(&self) -> Result<App, AppError> {
        for _ in 0..500 {
            let opened = App::open(Config {
                location: self.location.clone(),
                keyring: self.folder.path().join("keyring"),
                clock: Arc::new(FixedClock::new("2026-11-24T09:00:00Z".parse().unwrap())),
                entropy: Arc::new(SystemEntropy),
            });
            match opened.await {
                Err(AppError::Refused(why)) if why.contains("held by another process") => {
                    tokio::time::sleep(std::time::Duration::from_millis(10)).await;
                }
                other => return other,
            }
        }
        panic!("the file is never let go of")
    }

    /// Why it cannot be opened.
    async fn refused(&self) -> String {
        let Err(error) = self.open().await else {
            panic!("the program started on a ledger that was tampered with")
        };
        format!("{error} {}", error.detail().unwrap_or_default())
    }

    async fn run(&self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        match &self.location {
            Location::Sqlite(path) => {
                let url = format!("sqlite://{}", path.display());
                let mut connection = SqliteConnection::connect(&url).await.unwrap();
                sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
            }
            Location::Postgres(url) => {
                let mut connection = PgConnection::connect(url).await.unwrap();
                sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
            }
        }
    }

    /// The bytes of one cell, in hexadecimal.
    async fn hex(&self, cell: &Cell) -> String {
        let Cell { table, column, row } = cell;
        match &self.location {
            Location::Sqlite(path) => {
                let sql = format!("SELECT hex({column}) FROM {table} WHERE {row}");
                let url = format!("sqlite://{}", path.display());
                let mut connection = SqliteConnection::connect(&url).await.unwrap();
                let found = sqlx::query(AssertSqlSafe(sql)).fetch_one(&mut connection);
                let hex: String = found.await.unwrap().get(0);
                connection.close().await.unwrap();
                hex
            }
            Location::Postgres(url) => {
                let sql = format!("SELECT encode({column}, 'hex') FROM {table} WHERE {row}");
                let mut connection = PgConnection::connect(url).await.unwrap();
                let found = sqlx::query(AssertSqlSafe(sql)).fetch_one(&mut connection);
                let hex: String = found.await.unwrap().get(0);
                connection.close().await.unwrap();
                hex
            }
        }
    }

    async fn set_hex(&self, cell: &Cell, hex: &str) {
        let Cell { table, column, row } = cell;
        let value = match &self.location {
            Location::Sqlite(_) => format!("x'{hex}'"),
            Location::Postgres(_) => format!("decode('{hex}', 'hex')"),
        };
        self.run(&format!(
            "UPDATE {table} SET {column} = {value} WHERE {row}"
        ))
        .await;
    }

    async fn end(self) {
        if let (Some(server), Location::Postgres(url)) = (self.server, self.location) {
            let (_, name) = url.rsplit_once('/').unwrap();
            let mut connection = PgConnection::connect(&server).await.unwrap();
            let drop = AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"));
            sqlx::raw_sql(drop).execute(&mut connection).await.unwrap();
        }
    }
}

/// Where bytes stand.
struct Cell {
    table: &'static str,
    column: &'static str,
    row: &'static str,
}

impl Cell {
    const fn new(table: &'static str, column: &'static str, row: &'static str) -> Self {
        Self { table, column, row }
    }
}

fn flipped(hex: &str, byte: usize) -> String {
    let at = byte * 2..byte * 2 + 2;
    let value = u8::from_str_radix(hex.get(at.clone()).unwrap(), 16).unwrap() ^ 1;
    let (before, after) = (hex.get(..at.start).unwrap(), hex.get(at.end..).unwrap());
    format!("{before}{value:02x}{after}")
}

async fn learn(app: &App, from: usize, count: usize) {
    let actor = Actor::operator("default", "test");
    let tenant = app.ensure_tenant("default", &actor).await.unwrap();
    for number in from..from + count {
        let sign_up: SignUp = serde_json::from_value(json!({
            "account": {"product": "vps-small"},
            "parties": [{"ref": "a", "kind": "person", "claims": [
                {"attribute": "email", "value": format!("person.{number}@example.org")},
            ]}],
            "roles": [{"party": "a", "kind": "holder"}],
        }))
        .unwrap();
        app.sign_up(&actor, &sign_up, None).await.unwrap();
        if number % 50 == 0 {
            app.sequence(&tenant).await.unwrap();
        }
    }
    app.sequence(&tenant).await.unwrap();
}

/// What an audit finds, one line each.
async fn findings(app: &App) -> Vec<String> {
    let tenant = app.tenant("default").unwrap();
    match app.verify_ledger(&tenant, |_, _| {}).await {
        Ok(report) => report.findings.iter().map(ToString::to_string).collect(),
        Err(error) => vec![format!("{error} {}", error.detail().unwrap_or_default())],
    }
}

async fn size(app: &App) -> u64 {
    let note = app
        .checkpoint(&Actor::operator("default", "test"))
        .await
        .unwrap();
    note.lines().nth(1).unwrap().parse().unwrap()
}

/// Attack 1 on bytes: a bit of the first, a middle and the last byte of each kind of thing.
async fn bits(db: &Db) {
    let app = db.open().await.unwrap();
    learn(&app, 0, SIGN_UPS).await;
    let size = size(&app).await;
    assert!(size > 256 && size < 512, "{size}");
    assert_eq!(findings(&app).await, [""; 0]);
    let cells = [
        (Cell::new("bundle", "bytes", "idx = 0"), "entr"),
        (Cell::new("bundle", "bytes", "idx = 1"), "entr"),
        (
            Cell::new("tile", "bytes", "level = 0 AND idx = 0"),
            "tile `tile/0/000`",
        ),
        (
            Cell::new("tile", "bytes", "level = 0 AND idx = 1"),
            "tile `tile/0/001.p/",
        ),
        (
            Cell::new("tile", "bytes", "level = 1 AND idx = 0"),
            "tile `tile/1/000.p/1`",
        ),
        (
            Cell::new("record", "leaf_hash", "leaf_index = 0"),
            "index row 0 was changed in `leaf_hash`",
        ),
        (
            Cell::new("record", "leaf_hash", "leaf_index = 260"),
            "index row 260 was changed in `leaf_hash`",
        ),
        (
            Cell::new("head", "root", "size > 0"),
            "do not lead to the root of the head",
        ),
    ];
    for (cell, named) in cells {
        let good = db.hex(&cell).await;
        let length = good.len() / 2;
        // The first two bytes of a bundle are the length of its first entry.
        for byte in [0, 1, 2, 40, length / 2, length - 1] {
            if byte >= length {
                continue;
            }
            db.set_hex(&cell, &flipped(&good, byte)).await;
            let found = findings(&app).await;
            assert!(!found.is_empty(), "byte {byte} of {}", cell.table);
            assert!(
                found.iter().any(|f| f.contains(named)),
                "{byte} {found:?} is not `{named}`"
            );
            db.set_hex(&cell, &good).await;
        }
    }
    assert_eq!(findings(&app).await, [""; 0]);
    app.close().await.unwrap();
}

/// Attack 1 on numbers and texts.
async fn columns(db: &Db) {
    let app = db.open().await.unwrap();
    learn(&app, 0, 4).await;
    let size = size(&app).await;
    let last = size - 1;
    let at = |sql: &str| sql.replace("LAST", &last.to_string());
    let cases = [
        // (change, back, what is named)
        (
            "UPDATE record SET at = at + 1 WHERE leaf_index = 2",
            "UPDATE record SET at = at - 1 WHERE leaf_index = 2",
            "index row 2 was changed in `at`",
        ),
        (
            "UPDATE record SET kind = 'erasure' WHERE leaf_index = 0",
            "UPDATE record SET kind = 'ledger_opened' WHERE leaf_index = 0",
            "index row 0 was changed in `kind`",
        ),
        (
            "UPDATE record SET leaf_index = 900 WHERE leaf_index = 3",
            "UPDATE record SET leaf_index = 3 WHERE leaf_index = 900",
            "index row 3 is missing",
        ),
        (
            "UPDATE head SET size = size - 1",
            "UPDATE head SET size = size + 1",
            "the ledger was cut off",
        ),
        (
            "UPDATE head SET size = size + 1",
            "UPDATE head SET size = size - 1",
            "LAST_PLUS_1",
        ),
        (
            "UPDATE checkpoint SET note = replace(note, 'bonafide', 'bonafjde')",
            "UPDATE checkpoint SET note = replace(note, 'bonafjde', 'bonafide')",
            "is not good",
        ),
        (
            "UPDATE checkpoint SET note = replace(note, 'SIZE', 'OTHER')",
            "UPDATE checkpoint SET note = replace(note, 'OTHER', 'SIZE')",
            "is not good",
        ),
        (
            "UPDATE tile SET idx = 5",
            "UPDATE tile SET idx = 0",
            "tile `tile/0/000.p/",
        ),
        (
            "UPDATE bundle SET idx = 5",
            "UPDATE bundle SET idx = 0",
            "bundle `tile/entries/000.p/",
        ),
    ];
    for (change, back, named) in cases {
        let word = |sql: &str| {
            at(sql)
                .replace("SIZE", &format!("\n{size}\n"))
                .replace("OTHER", &format!("\n{last}\n"))
        };
        db.run(&word(change)).await;
        let found = findings(&app).await;
        let named = named.replace("LAST_PLUS_1", &size.to_string());
        assert!(
            found.iter().any(|f| f.contains(&named)),
            "{change}: {found:?} is not `{named}`"
        );
        db.run(&word(back)).await;
        assert_eq!(findings(&app).await, [""; 0], "{back}");
    }
    signature(db, &app).await;
    app.close().await.unwrap();
}

/// A checkpoint whose signature is another one's.
async fn signature(db: &Db, app: &App) {
    learn(app, 60, 1).await;
    db.run("CREATE TABLE kept AS SELECT * FROM checkpoint")
        .await;
    let tail = "(SELECT substr(note, length(note) - 40) FROM kept ORDER BY size LIMIT 1)";
    db.run(&format!(
        "UPDATE checkpoint SET note = substr(note, 1, length(note) - 41) || {tail}"
    ))
    .await;
    let found = findings(app).await;
    assert!(found.iter().any(|f| f.contains("is not good")), "{found:?}");
    db.run("DELETE FROM checkpoint; INSERT INTO checkpoint SELECT * FROM kept; DROP TABLE kept")
        .await;
    assert_eq!(findings(app).await, [""; 0]);
}

/// What changes at the right edge is refused at start already.
async fn start(db: &Db) {
    let app = db.open().await.unwrap();
    learn(&app, 0, SIGN_UPS).await;
    app.close().await.unwrap();
    let edge = [
        Cell::new("head", "root", "size > 0"),
        Cell::new("tile", "bytes", "level = 0 AND idx = 1"),
        Cell::new("tile", "bytes", "level = 1 AND idx = 0"),
        Cell::new("bundle", "bytes", "idx = 1"),
    ];
    for cell in edge {
        let good = db.hex(&cell).await;
        db.set_hex(&cell, &flipped(&good, good.len() / 2 - 1)).await;
        let why = db.refused().await;
        assert!(
            why.contains("the ledger of tenant `default`"),
            "{}: {why}",
            cell.table
        );
        db.set_hex(&cell, &good).await;
    }
    for change in ["size + 1", "size - 1"] {
        db.run(&format!("UPDATE head SET size = {change}")).await;
        let why = db.refused().await;
        assert!(
            why.contains("the ledger of tenant `default`"),
            "{change}: {why}"
        );
        let back = if change == "size + 1" {
            "size - 1"
        } else {
            "size + 1"
        };
        db.run(&format!("UPDATE head SET size = {back}")).await;
    }
    db.open().await.unwrap().close().await.unwrap();
}

/// Attack 3: the last records are cut off so that everything that is left agrees.
async fn truncation(db: &Db) {
    const TABLES: [&str; 5] = ["head", "tile", "bundle", "checkpoint", "record"];
    let app = db.open().await.unwrap();
    learn(&app, 0, 10).await;
    let before = size(&app).await;
    for table in TABLES {
        db.run(&format!(
            "CREATE TABLE old_{table} AS SELECT * FROM {table}"
        ))
        .await;
    }
    learn(&app, 60, 5).await;
    let after = size(&app).await;
    app.close().await.unwrap();
    for table in TABLES {
        db.run(&format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM old_{table}; DROP TABLE old_{table}")).await;
    }
    let why = db.refused().await;
    assert!(
        why.contains(&format!(
            "has {before} records, but a head of {after} was signed"
        )),
        "{why}"
    );
    // The rest agrees with itself: it is the kept head, and nothing else, that finds this.
    let heads = db.folder.path().join("keyring").join("heads");
    let kept = heads.with_file_name("heads.kept");
    std::fs::rename(&heads, &kept).unwrap();
    let app = db.open().await.unwrap();
    assert_eq!(findings(&app).await, [""; 0]);
    app.close().await.unwrap();
    std::fs::remove_dir_all(&heads).ok();
    std::fs::rename(&kept, &heads).unwrap();
    assert!(db.refused().await.contains("was signed"));
}

/// What an audit of the entries finds, one line each.
async fn entry_findings(app: &App) -> Vec<String> {
    let tenant = app.tenant("default").unwrap();
    let report = app.verify_entries(&tenant, |_, _| {}).await.unwrap();
    assert!(report.parties > 0);
    report.findings
}

/// Outside the tree: everything that a table says about a subject is compared with what the tree commits to.
async fn outside(db: &Db) {
    let app = db.open().await.unwrap();
    let actor = Actor::operator("default", "test");
    app.ensure_tenant("default", &actor).await.unwrap();
    let pack = bonafide_app::PackText {
        name: "base-minimal.toml".into(),
        text: bonafide_policy::builtin::text("base-minimal")
            .unwrap()
            .into(),
        elected_by: None,
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
            let tenant = app.tenant("default").unwrap();
            let sample = app.verify_newest_entries(&tenant, 100).await.unwrap();
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
async fn erased(db: &Db) {
    let app = db.open().await.unwrap();
    learn(&app, 0, 2).await;
    let actor = Actor::operator("default", "test");
    let found = app
        .find_parties(&actor, "email", "person.0@example.org")
        .await
        .unwrap();
    let answer = app.party(&actor, found[0]).await.unwrap();
    app.close_account(&actor, answer.accounts[0]).await.unwrap();
    let tenant = app.tenant("default").unwrap();
    app.sequence(&tenant).await.unwrap();
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

macro_rules! on_both {
    ($($name:ident)*) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                let db = super::Db::sqlite();
                super::$name(&db).await;
                db.end().await;
            })*
        }
        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                let db = super::Db::postgres(stringify!($name)).await;
                super::$name(&db).await;
                db.end().await;
            })*
        }
    };
}

on_both! { bits columns start truncation outside erased }
