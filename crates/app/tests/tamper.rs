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

#[path = "tamper/outside.rs"]
mod beside;

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
    let actor = Actor::operator("default", "test");
    match app.verify_ledger(&actor, |_, _| {}).await {
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

use beside::{erased, expired, outside};

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

on_both! { bits columns start truncation outside erased expired }

/// An audit beside a service that records, sequences and signs all the time finds nothing: it looks at one instant.
async fn beside_work(db: &Db) {
    let app = db.open().await.unwrap();
    learn(&app, 0, 3).await;
    let working = {
        let app = app.clone();
        tokio::spawn(async move {
            let tenant = app.tenant("default").unwrap();
            for number in 10..150 {
                learn(&app, number, 1).await;
                app.sequence(&tenant).await.unwrap();
            }
        })
    };
    let mut audits = 0;
    while !working.is_finished() {
        assert_eq!(findings(&app).await, [""; 0], "after {audits} audits");
        audits += 1;
    }
    working.await.unwrap();
    assert!(audits > 10, "{audits} audits show nothing");
    app.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_audit_beside_work_finds_nothing_on_sqlite() {
    let db = Db::sqlite();
    beside_work(&db).await;
    db.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_audit_beside_work_finds_nothing_on_postgres() {
    let db = Db::postgres("tamper_beside_work").await;
    beside_work(&db).await;
    db.end().await;
}
