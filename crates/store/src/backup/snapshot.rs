//! Reading every row of one instant, beside a service that goes on.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use bonafide_ledger::Hash;

use super::asked::{StaffFile, staff_file};
use super::format::{write_end, write_header, write_row};
use super::tables::{Table, tables};
use crate::StoreError;
use crate::database::{Database, DbError, Transaction};
use crate::migrate::applied;
use crate::postgres::PostgresDatabase;
use crate::row::Reader;
use crate::sqlite::SqliteDatabase;

/// One instant of a database.
pub struct Snapshot {
    database: Arc<dyn Database>,
    tx: Box<dyn Transaction>,
    schema: Vec<i64>,
    tables: Vec<Table>,
}

/// What a snapshot holds of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotTenant {
    /// Its name.
    pub tenant: String,
    /// The origin of its ledger.
    pub origin: String,
    /// Records that have their place.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// The last signed checkpoint, once there is one.
    pub checkpoint: Option<String>,
    /// Parties.
    pub parties: u64,
}

/// A table that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenTable {
    /// Its name.
    pub table: &'static str,
    /// Its rows.
    pub rows: u64,
}

impl Snapshot {
    /// Opens a snapshot of a file, whether or not a service holds it: a reader holds no head of the ledger, and SQLite's
    /// log lets it see one instant while another process writes.
    ///
    /// # Errors
    /// If it cannot be read, or has a schema that this program does not know.
    pub async fn open_sqlite(path: &Path) -> Result<Self, StoreError> {
        Self::open(Arc::new(SqliteDatabase::open_to_read(path).await?)).await
    }

    /// Opens a snapshot of a PostgreSQL database.
    ///
    /// # Errors
    /// If it cannot be reached, or has a schema that this program does not know.
    pub async fn open_postgres(url: &str) -> Result<Self, StoreError> {
        Self::open(Arc::new(PostgresDatabase::open(url).await?)).await
    }

    async fn open(database: Arc<dyn Database>) -> Result<Self, StoreError> {
        let dialect = database.dialect();
        let mut tx = database.snapshot().await?;
        let tables = tables(&mut *tx, dialect).await?;
        if tables.is_empty() {
            return Err(StoreError::Empty);
        }
        let schema = applied(&mut *tx, dialect).await?;
        Ok(Self {
            database,
            tx,
            schema,
            tables,
        })
    }

    /// The steps of the schema, by number.
    #[must_use]
    pub fn schema(&self) -> &[i64] {
        &self.schema
    }

    /// The name of the engine.
    #[must_use]
    pub fn engine(&self) -> &'static str {
        self.database.dialect().name()
    }

    /// The names of the tables.
    #[must_use]
    pub fn tables(&self) -> Vec<&'static str> {
        self.tables.iter().map(|table| table.name).collect()
    }

    /// The tenants and the heads of their ledgers.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn tenants(&mut self) -> Result<Vec<SnapshotTenant>, StoreError> {
        let sql = "SELECT t.tenant, t.origin, COALESCE(h.size, 0), h.root, \
                   (SELECT c.note FROM checkpoint c WHERE c.tenant = t.tenant ORDER BY c.size DESC LIMIT 1), \
                   (SELECT COUNT(*) FROM party p WHERE p.tenant = t.tenant) \
                   FROM tenant t LEFT JOIN head h ON h.tenant = t.tenant ORDER BY t.tenant";
        let rows = self.tx.fetch(sql.into(), Vec::new()).await?;
        let read = rows.into_iter().map(|row| {
            let mut row = Reader::new("tenant", row);
            Ok(SnapshotTenant {
                tenant: row.text("tenant")?,
                origin: row.text("origin")?,
                size: row.number("size")?,
                root: row.hash("root")?,
                checkpoint: row.opt_text("note")?,
                parties: row.number("parties")?,
            })
        });
        read.collect()
    }

    /// The staff of a tenant, and what says what they may do.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn staff(&mut self, tenant: &str) -> Result<StaffFile, StoreError> {
        staff_file(&mut *self.tx, &self.tables, tenant).await
    }

    /// The least epoch that a subject's keys are wrapped under, if there is a subject.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn least_epoch(&mut self) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT MIN(epoch) FROM key_row";
        let row = self.tx.fetch(sql.into(), Vec::new()).await?;
        let row = row.into_iter().next().unwrap_or_default();
        Reader::new("key_row", row).opt_int("epoch")
    }

    /// Writes one table.
    ///
    /// # Errors
    /// If the database fails or the file cannot be written.
    pub async fn write_table(
        &mut self,
        name: &'static str,
        mut out: impl Write + Send,
    ) -> Result<WrittenTable, StoreError> {
        let table = self.tables.iter().find(|table| table.name == name);
        let table = table.ok_or_else(|| StoreError::Refused(format!("no table `{name}`")))?;
        let unwritable = |e: std::io::Error| DbError::Unavailable(format!("`{name}`: {e}"));
        write_header(&mut out, table).map_err(unwritable)?;
        let sql = format!("SELECT {} FROM {name}", table.column_list());
        let mut rows = 0_u64;
        let mut each = |row: Vec<_>| {
            rows += 1;
            write_row(&mut out, &row).map_err(unwritable)
        };
        self.tx.each(sql.into(), &mut each).await?;
        write_end(&mut out, rows).map_err(unwritable)?;
        out.flush().map_err(unwritable)?;
        Ok(WrittenTable { table: name, rows })
    }

    /// Ends the snapshot.
    ///
    /// # Errors
    /// If the connection cannot be closed.
    pub async fn close(self) -> Result<(), StoreError> {
        self.tx.rollback().await?;
        Ok(self.database.close().await?)
    }
}
