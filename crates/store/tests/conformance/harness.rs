//! A throw-away database on either engine, and a way to look past the store at what is really in it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use bonafide_store::Store;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _, SqliteConnection};
use tempfile::TempDir;

const SERVER: &str = "BONAFIDE_TEST_POSTGRES";

/// Makes a test of each function for each engine.
macro_rules! on_both {
    ($($name:ident)*) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let db = $crate::harness::Db::sqlite().await;
                super::$name(&db).await;
                db.end().await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let db = $crate::harness::Db::postgres().await;
                super::$name(&db).await;
                db.end().await;
            })*
        }
    };
}
pub(crate) use on_both;

/// A database and the store opened on it.
pub(crate) struct Db {
    pub(crate) store: Store,
    pub(crate) at: Place,
}

pub(crate) enum Place {
    Sqlite {
        folder: TempDir,
        file: PathBuf,
    },
    Postgres {
        server: String,
        url: String,
        name: String,
    },
}

pub(crate) fn server() -> String {
    std::env::var(SERVER).unwrap_or_else(|_| {
        panic!("{SERVER} is not set: run `cargo xtask test`, which starts a throw-away PostgreSQL for the tests")
    })
}

/// Runs a statement on a PostgreSQL server.
pub(crate) async fn on_server(url: &str, sql: String) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}

impl Db {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bonafide.db");
        Self {
            store: Store::open_sqlite(&file).await.unwrap(),
            at: Place::Sqlite { folder, file },
        }
    }

    pub(crate) async fn postgres() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let server = server();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("bonafide_store_{}_{number}", std::process::id());
        on_server(&server, format!("CREATE DATABASE {name}")).await;
        let (before, _) = server
            .rsplit_once('/')
            .expect("the address names a database");
        let url = format!("{before}/{name}");
        Self {
            store: Store::open_postgres(&url).await.unwrap(),
            at: Place::Postgres { server, url, name },
        }
    }

    /// Another store on the same database: on PostgreSQL what another process would have.
    pub(crate) async fn another(&self) -> Option<Store> {
        match &self.at {
            Place::Sqlite { .. } => None,
            Place::Postgres { url, .. } => Some(Store::open_postgres(url).await.unwrap()),
        }
    }

    /// The first column of a query, as text, past the store.
    pub(crate) async fn look(&self, sql: &str) -> Vec<String> {
        let sql = AssertSqlSafe(sql.to_owned());
        match &self.at {
            Place::Sqlite { file, .. } => {
                let url = format!("sqlite://{}", file.display());
                let mut connection = SqliteConnection::connect(&url).await.unwrap();
                let rows = sqlx::query(sql).fetch_all(&mut connection).await.unwrap();
                connection.close().await.unwrap();
                rows.iter().map(|row| row.get(0)).collect()
            }
            Place::Postgres { url, .. } => {
                let mut connection = PgConnection::connect(url).await.unwrap();
                let rows = sqlx::query(sql).fetch_all(&mut connection).await.unwrap();
                connection.close().await.unwrap();
                rows.iter().map(|row| row.get(0)).collect()
            }
        }
    }

    /// Changes the database past the store.
    pub(crate) async fn tamper(&self, sql: &str) {
        match &self.at {
            Place::Sqlite { file, .. } => {
                let url = format!("sqlite://{}", file.display());
                let mut connection = SqliteConnection::connect(&url).await.unwrap();
                let sql = AssertSqlSafe(sql.to_owned());
                sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
            }
            Place::Postgres { url, .. } => on_server(url, sql.to_owned()).await,
        }
    }

    /// Every text column of every table, as (table, column).
    pub(crate) async fn text_columns(&self) -> Vec<(String, String)> {
        let sql = match &self.at {
            Place::Sqlite { .. } => {
                "SELECT t.name || '.' || c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c \
                 WHERE t.type = 'table' AND c.type = 'TEXT'"
            }
            Place::Postgres { .. } => {
                "SELECT table_name || '.' || column_name FROM information_schema.columns \
                 WHERE table_schema = 'public' AND data_type = 'text'"
            }
        };
        let names = self.look(sql).await;
        let split = names.iter().map(|name| name.split_once('.').unwrap());
        split.map(|(t, c)| (t.to_owned(), c.to_owned())).collect()
    }

    /// The tables in which a text stands, in any text column.
    pub(crate) async fn tables_with(&self, text: &str) -> Vec<String> {
        let mut tables = Vec::new();
        for (table, column) in self.text_columns().await {
            let sql = format!(
                "SELECT CAST(COUNT(*) AS TEXT) FROM {table} WHERE {column} LIKE '%{text}%'"
            );
            if self.look(&sql).await != ["0"] {
                tables.push(table);
            }
        }
        tables.sort();
        tables.dedup();
        tables
    }

    pub(crate) async fn end(self) {
        self.store.close().await.unwrap();
        match self.at {
            Place::Sqlite { folder, .. } => folder.close().unwrap(),
            Place::Postgres { server, name, .. } => {
                on_server(&server, format!("DROP DATABASE {name} WITH (FORCE)")).await;
            }
        }
    }
}
