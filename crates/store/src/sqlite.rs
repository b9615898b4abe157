//! SQLite: one file, one process, one writer.
//!
//! A file beside the database is locked for as long as it is open, since two processes would each hold a head of the
//! ledger. WAL with `synchronous=FULL`: a commit that returned is on the disk. `secure_delete` overwrites what is deleted;
//! [`Database::scrub`] then empties the WAL, which still has it.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::TryStreamExt as _;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqliteLockingMode, SqlitePool, SqlitePoolOptions,
    SqliteRow, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, Row as _, Sqlite, TypeInfo as _, ValueRef as _};

use crate::StoreError;
use crate::backup::Table;
use crate::database::{Cell, Database, DbError, Param, Reply, Sql, Transaction};
use crate::dialect::Dialect;
use crate::row::Row;

/// Connections that read. More than a few only wait for the same disk.
const READERS: u32 = 4;
/// Statements kept compiled by a connection: every statement there is, bulk inserts in all their sizes included.
const STATEMENTS: usize = 400;
/// Memory for pages of each connection: a negative number is KiB, so 32 MiB.
const CACHE: &str = "-32768";
/// The same for a file being filled, which has the machine for itself: 256 MiB.
const FILL_CACHE: &str = "-262144";
/// Pages in the write-ahead log before they are moved into the file: 16 MiB, so that a busy hour does not sync twice.
const WAL_PAGES: &str = "4000";
/// Rows in one statement when filling. Twice as many save nothing that can be measured.
const FILL_ROWS: usize = 128;
/// How long a connection waits for a lock. Only checkpoints and other programs can hold one.
const BUSY: Duration = Duration::from_secs(10);
/// How long emptying the log waits for readers, all of which but a back-up are quicker.
const SCRUB_BUSY: Duration = Duration::from_millis(200);
/// How long to wait for a free connection.
const ACQUIRE: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(crate) struct SqliteDatabase {
    writer: SqlitePool,
    readers: SqlitePool,
    /// Holds the lock; released when closed or dropped. One that only reads has none, and a file being filled needs none.
    lock: Option<File>,
}

impl SqliteDatabase {
    pub(crate) async fn open(path: &Path) -> Result<Self, StoreError> {
        let lock = lock(path)?;
        open_private(path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(false)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY)
            .statement_cache_capacity(STATEMENTS)
            .pragma("secure_delete", "ON")
            .pragma("temp_store", "MEMORY")
            .pragma("cache_size", CACHE)
            .pragma("wal_autocheckpoint", WAL_PAGES)
            .pragma("cell_size_check", "ON")
            .pragma("trusted_schema", "OFF");
        let pool = |max| {
            SqlitePoolOptions::new()
                .max_connections(max)
                .acquire_timeout(ACQUIRE)
                .idle_timeout(None)
                .max_lifetime(None)
                .test_before_acquire(false)
        };
        let writer = pool(1)
            .connect_with(options.clone())
            .await
            .map_err(failed)?;
        let readers = options.pragma("query_only", "ON");
        let readers = pool(READERS).connect_with(readers).await.map_err(failed)?;
        Ok(Self {
            writer,
            readers,
            lock: Some(lock),
        })
    }

    /// Opens a file to read it as it is at one instant, beside the process that holds it.
    pub(crate) async fn open_to_read(path: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .read_only(true)
            .busy_timeout(BUSY)
            .pragma("query_only", "ON")
            .pragma("temp_store", "MEMORY")
            .pragma("cache_size", CACHE)
            .pragma("cell_size_check", "ON")
            .pragma("trusted_schema", "OFF");
        Self::single(options).await
    }

    /// Makes a file to fill it. A crash may leave any part of it, since it is thrown away then; what is deleted while it is
    /// filled is overwritten.
    pub(crate) async fn open_to_fill(path: &Path) -> Result<Self, StoreError> {
        open_private(path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(false)
            .journal_mode(SqliteJournalMode::Off)
            .synchronous(SqliteSynchronous::Off)
            .locking_mode(SqliteLockingMode::Exclusive)
            .statement_cache_capacity(STATEMENTS)
            .pragma("secure_delete", "ON")
            .pragma("temp_store", "MEMORY")
            .pragma("cache_size", FILL_CACHE)
            .pragma("trusted_schema", "OFF");
        Self::single(options).await
    }

    async fn single(options: SqliteConnectOptions) -> Result<Self, StoreError> {
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(ACQUIRE)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false);
        let pool = pool.connect_with(options).await.map_err(failed)?;
        Ok(Self {
            writer: pool.clone(),
            readers: pool,
            lock: None,
        })
    }
}

/// Locks the file beside the database.
pub(crate) fn lock(path: &Path) -> Result<File, StoreError> {
    let beside: PathBuf = path.with_extension("lock");
    let lock = open_private(&beside)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(StoreError::InUse(path.to_owned())),
        Err(TryLockError::Error(error)) => return Err(unusable(&beside, &error)),
    }
    Ok(lock)
}

/// Opens a file, and makes it if it is not there: then nobody but its owner may read it. SQLite gives its other files the
/// same permissions.
fn open_private(path: &Path) -> Result<File, StoreError> {
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| unusable(path, &error))
}

fn unusable(path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::Unavailable(format!(
        "cannot open `{}`: {error}; its folder must exist and be writable",
        path.display()
    ))
}

impl Database for SqliteDatabase {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn fetch(&self, sql: Sql, params: Vec<Param>) -> Reply<'_, Vec<Row>> {
        Box::pin(async move {
            let rows = query(sql, params).fetch_all(&self.readers).await;
            rows.map_err(failed)?.iter().map(cells).collect()
        })
    }

    fn snapshot(&self) -> Reply<'_, Box<dyn Transaction>> {
        Box::pin(async move {
            let inner = self.readers.begin().await.map_err(failed)?;
            Ok(Box::new(SqliteTransaction(inner)) as Box<dyn Transaction>)
        })
    }

    fn begin(&self) -> Reply<'_, Box<dyn Transaction>> {
        Box::pin(async move {
            let inner = self.writer.begin_with("BEGIN IMMEDIATE").await;
            Ok(Box::new(SqliteTransaction(inner.map_err(failed)?)) as Box<dyn Transaction>)
        })
    }

    /// There is one writer, so nobody else changes anything meanwhile.
    fn begin_repeatable(&self) -> Reply<'_, Box<dyn Transaction>> {
        self.begin()
    }

    fn scrub(&self) -> Reply<'_, ()> {
        Box::pin(async move {
            // Whoever writes waits meanwhile: a long reader, such as a back-up, is not waited for.
            let mut writer = self.writer.acquire().await.map_err(failed)?;
            let patience = |wait: Duration| format!("PRAGMA busy_timeout = {}", wait.as_millis());
            let short = sqlx::raw_sql(AssertSqlSafe(patience(SCRUB_BUSY)));
            short.execute(&mut *writer).await.map_err(failed)?;
            let rows = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
                .fetch_all(&mut *writer)
                .await;
            let long = sqlx::raw_sql(AssertSqlSafe(patience(BUSY)));
            long.execute(&mut *writer).await.map_err(failed)?;
            let rows = rows.map_err(failed)?;
            let rows = rows.iter().map(cells).collect::<Result<Vec<_>, _>>()?;
            match rows.first().and_then(|row| row.first()) {
                Some(Cell::Int(0)) => Ok(()),
                _ => Err(DbError::Unavailable(
                    "a reader kept the write-ahead log from being emptied: try again".to_owned(),
                )),
            }
        })
    }

    fn close(&self) -> Reply<'_, ()> {
        Box::pin(async move {
            self.readers.close().await;
            self.writer.close().await;
            match &self.lock {
                Some(lock) => lock
                    .unlock()
                    .map_err(|e| DbError::Unavailable(e.to_string())),
                None => Ok(()),
            }
        })
    }
}

struct SqliteTransaction(sqlx::Transaction<'static, Sqlite>);

impl Transaction for SqliteTransaction {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn execute(&mut self, sql: Sql, params: Vec<Param>) -> Reply<'_, u64> {
        Box::pin(async move {
            let done = query(sql, params).execute(&mut *self.0).await;
            Ok(done.map_err(failed)?.rows_affected())
        })
    }

    fn fetch(&mut self, sql: Sql, params: Vec<Param>) -> Reply<'_, Vec<Row>> {
        Box::pin(async move {
            let rows = query(sql, params).fetch_all(&mut *self.0).await;
            rows.map_err(failed)?.iter().map(cells).collect()
        })
    }

    fn each<'a>(
        &'a mut self,
        sql: Sql,
        row: &'a mut (dyn FnMut(Row) -> Result<(), DbError> + Send),
    ) -> Reply<'a, ()> {
        Box::pin(async move {
            let mut rows = query(sql, Vec::new()).fetch(&mut *self.0);
            while let Some(next) = rows.try_next().await.map_err(failed)? {
                row(cells(&next)?)?;
            }
            Ok(())
        })
    }

    fn fill<'a>(&'a mut self, table: &'a Table, rows: Vec<Row>) -> Reply<'a, ()> {
        Box::pin(async move {
            let mut left = rows.len();
            let mut rows = rows.into_iter();
            while left > 0 {
                let step = (1 << left.ilog2()).min(FILL_ROWS);
                let mut query = sqlx::query(AssertSqlSafe(insert(table, step)));
                for cell in rows.by_ref().take(step).flatten() {
                    query = match cell {
                        Cell::Null => query.bind(None::<i64>),
                        Cell::Int(value) => query.bind(value),
                        Cell::Text(value) => query.bind(value),
                        Cell::Blob(value) => query.bind(value),
                    };
                }
                query.execute(&mut *self.0).await.map_err(failed)?;
                left -= step;
            }
            Ok(())
        })
    }

    fn script(&mut self, sql: &'static str) -> Reply<'_, ()> {
        Box::pin(async move {
            let done = sqlx::raw_sql(sql).execute(&mut *self.0).await;
            done.map_err(failed).map(|_| ())
        })
    }

    fn commit(self: Box<Self>) -> Reply<'static, ()> {
        Box::pin(async move {
            // Whether a commit that failed is on the disk cannot be known from here.
            let done = self.0.commit().await;
            done.map_err(|error| DbError::Fatal(error.to_string()))
        })
    }

    fn rollback(self: Box<Self>) -> Reply<'static, ()> {
        Box::pin(async move { self.0.rollback().await.map_err(failed) })
    }
}

/// A statement that adds so many rows.
fn insert(table: &Table, rows: usize) -> String {
    let places = format!("({})", vec!["?"; table.columns.len()].join(", "));
    let places = vec![places.as_str(); rows].join(", ");
    format!(
        "INSERT INTO {} ({}) VALUES {places}",
        table.name,
        table.column_list()
    )
}

fn query(
    sql: Sql,
    params: Vec<Param>,
) -> sqlx::query::Query<'static, Sqlite, sqlx::sqlite::SqliteArguments> {
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for param in params {
        query = match param {
            Param::Int(value) => query.bind(value),
            Param::Text(value) => query.bind(value),
            Param::Blob(value) => query.bind(value),
        };
    }
    query
}

fn cells(row: &SqliteRow) -> Result<Row, DbError> {
    (0..row.len())
        .map(|index| {
            let value = row.try_get_raw(index).map_err(failed)?;
            if value.is_null() {
                return Ok(Cell::Null);
            }
            let name = value.type_info();
            Ok(match name.name() {
                "INTEGER" => Cell::Int(row.try_get_unchecked(index).map_err(failed)?),
                "TEXT" => Cell::Text(row.try_get_unchecked(index).map_err(failed)?),
                "BLOB" => Cell::Blob(row.try_get_unchecked(index).map_err(failed)?),
                other => return Err(DbError::Statement(format!("unexpected type {other}"))),
            })
        })
        .collect()
}

/// Primary result codes, <https://www.sqlite.org/rescode.html>.
mod code {
    pub(super) const BUSY: i32 = 5;
    pub(super) const LOCKED: i32 = 6;
    pub(super) const IOERR: i32 = 10;
    pub(super) const CORRUPT: i32 = 11;
    pub(super) const FULL: i32 = 13;
    pub(super) const CANTOPEN: i32 = 14;
    pub(super) const NOTADB: i32 = 26;
}

fn failed(error: sqlx::Error) -> DbError {
    let sqlx::Error::Database(inner) = &error else {
        return match error {
            sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } | sqlx::Error::Encode(_) => {
                DbError::Statement(error.to_string())
            }
            other => DbError::Unavailable(other.to_string()),
        };
    };
    let message = inner.message().to_owned();
    if inner.is_unique_violation() {
        // "UNIQUE constraint failed: entry.tenant, entry.party_id"
        let columns = message.rsplit("failed: ").next().unwrap_or_default();
        let table = columns.split('.').next().unwrap_or_default().to_owned();
        return DbError::Unique { table };
    }
    let extended = inner.code().and_then(|code| code.parse::<i32>().ok());
    match extended.map(|code| code & 0xff) {
        Some(code::BUSY | code::LOCKED | code::FULL | code::CANTOPEN) => {
            DbError::Unavailable(message)
        }
        Some(code::IOERR | code::CORRUPT | code::NOTADB) => DbError::Fatal(message),
        _ => DbError::Statement(message),
    }
}
