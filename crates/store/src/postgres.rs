//! PostgreSQL: several processes on one database.
//!
//! A connection lost while committing leaves open whether the change was stored. The server itself stops when a sync
//! fails, so nothing here is fatal to this process.

mod copy;

use std::str::FromStr as _;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions, PgRow};
use sqlx::{AssertSqlSafe, Postgres, Row as _, TypeInfo as _, ValueRef as _};

use crate::StoreError;
use crate::backup::Table;
use crate::database::{Cell, Database, DbError, Param, Reply, Sql, Transaction};
use crate::dialect::Dialect;
use crate::row::Row;

/// How an address begins.
const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];
/// Connections of one process. A server takes a hundred by default, and there are several processes.
const CONNECTIONS: u32 = 8;
/// Statements kept prepared by a connection: every statement there is, bulk inserts in all their sizes included.
const STATEMENTS: usize = 400;
/// How long to wait for a free connection.
const ACQUIRE: Duration = Duration::from_secs(10);
/// The tables that erasure deletes from.
const ERASABLE: &str = "party, account, account_party, entry, key_row, blind, idempotency, hold, event, webhook_delivery, webhook_attempt";

#[derive(Debug)]
pub(crate) struct PostgresDatabase(PgPool);

impl PostgresDatabase {
    pub(crate) async fn open(url: &str) -> Result<Self, StoreError> {
        // The error of a bad address could repeat its password.
        let options = Some(url)
            .filter(|url| SCHEMES.iter().any(|scheme| url.starts_with(scheme)))
            .and_then(|url| PgConnectOptions::from_str(url).ok());
        let options = options.ok_or_else(|| {
            StoreError::Refused(
                "the address of the database is not one: write postgres://USER:PASSWORD@HOST:PORT/DATABASE".to_owned(),
            )
        })?;
        let options = options
            .application_name("bonafide")
            .statement_cache_capacity(STATEMENTS)
            .options([
                ("synchronous_commit", "on"),
                ("lock_timeout", "10s"),
                ("idle_in_transaction_session_timeout", "60s"),
            ]);
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(ACQUIRE)
            .test_before_acquire(false)
            .connect_with(options)
            .await
            .map_err(failed)?;
        Ok(Self(pool))
    }

    async fn begin_with(&self, sql: &'static str) -> Result<Box<dyn Transaction>, DbError> {
        let inner = self.0.begin_with(sql).await.map_err(failed)?;
        Ok(Box::new(PostgresTransaction(inner)))
    }
}

impl Database for PostgresDatabase {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn fetch(&self, sql: Sql, params: Vec<Param>) -> Reply<'_, Vec<Row>> {
        Box::pin(async move {
            let rows = query(sql, params).fetch_all(&self.0).await;
            rows.map_err(failed)?.iter().map(cells).collect()
        })
    }

    fn snapshot(&self) -> Reply<'_, Box<dyn Transaction>> {
        Box::pin(self.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"))
    }

    fn begin(&self) -> Reply<'_, Box<dyn Transaction>> {
        Box::pin(self.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED"))
    }

    fn begin_repeatable(&self) -> Reply<'_, Box<dyn Transaction>> {
        Box::pin(self.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ"))
    }

    /// Old versions of rows stay in the files until vacuumed, and in archives of the log for longer: what makes those
    /// unreadable is the end of the epoch whose key wraps the subject's keys.
    fn scrub(&self) -> Reply<'_, ()> {
        Box::pin(async move {
            let sql = format!("VACUUM (SKIP_LOCKED) {ERASABLE}");
            let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&self.0).await;
            done.map_err(failed).map(|_| ())
        })
    }

    fn close(&self) -> Reply<'_, ()> {
        Box::pin(async move {
            self.0.close().await;
            Ok(())
        })
    }
}

struct PostgresTransaction(sqlx::Transaction<'static, Postgres>);

impl Transaction for PostgresTransaction {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
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

    /// By `COPY` in its text format, PostgreSQL manual, "COPY", "File Formats".
    fn fill<'a>(&'a mut self, table: &'a Table, rows: Vec<Row>) -> Reply<'a, ()> {
        Box::pin(async move {
            let sql = format!("COPY {} ({}) FROM STDIN", table.name, table.column_list());
            let mut lines =
                Vec::with_capacity(rows.iter().flatten().map(|c| c.size() * 2 + 4).sum());
            for row in &rows {
                copy::line(&mut lines, row)?;
            }
            let mut copy = self.0.copy_in_raw(&sql).await.map_err(failed)?;
            copy.send(lines).await.map_err(failed)?;
            copy.finish().await.map_err(failed)?;
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
            let done = self.0.commit().await;
            done.map_err(|error| {
                DbError::Unavailable(format!("the outcome of a commit is not known: {error}"))
            })
        })
    }

    fn rollback(self: Box<Self>) -> Reply<'static, ()> {
        Box::pin(async move { self.0.rollback().await.map_err(failed) })
    }
}

fn query(
    sql: Sql,
    params: Vec<Param>,
) -> sqlx::query::Query<'static, Postgres, sqlx::postgres::PgArguments> {
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

fn cells(row: &PgRow) -> Result<Row, DbError> {
    (0..row.len())
        .map(|index| {
            let value = row.try_get_raw(index).map_err(failed)?;
            if value.is_null() {
                return Ok(Cell::Null);
            }
            let name = value.type_info();
            Ok(match name.name() {
                "INT8" => Cell::Int(row.try_get(index).map_err(failed)?),
                "TEXT" | "NAME" => Cell::Text(row.try_get(index).map_err(failed)?),
                "BYTEA" => Cell::Blob(row.try_get(index).map_err(failed)?),
                other => return Err(DbError::Statement(format!("unexpected type {other}"))),
            })
        })
        .collect()
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
    if inner.is_unique_violation() {
        let table = inner.table().unwrap_or_default().to_owned();
        return DbError::Unique { table };
    }
    let message = inner.message().to_owned();
    // Classes of SQLSTATE, PostgreSQL manual, appendix A: connection, authorisation, resources, operator's will, system,
    // and a lock that was waited for in vain.
    let code = inner.code().unwrap_or_default();
    let unavailable = ["08", "28", "53", "57", "58", "3D", "55P03"];
    if unavailable.iter().any(|class| code.starts_with(class)) {
        return DbError::Unavailable(message);
    }
    // Class 40 is transaction rollback: not serialisable, deadlock.
    if code.starts_with("40") {
        return DbError::Raced(message);
    }
    DbError::Statement(message)
}
