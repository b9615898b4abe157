//! Filling an empty place, in one transaction.
//!
//! On SQLite the rows go into a file beside the database, which takes the database's name at the very end; on PostgreSQL
//! nobody sees anything before the commit. A restoration that fails leaves nothing behind.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bonafide_ledger::Hash;
use bonafide_model::{PartyId, Timestamp};

use super::asked::{StaffFile, TABLES, staff_file};
use super::format::{FormatError, TableReader, column_types};
use super::tables::{Table, tables};
use crate::StoreError;
use crate::apply::access::put_restoration;
use crate::database::{Database, Transaction, params};
use crate::dialect::Dialect;
use crate::migrate::{applied, check_known, migrate_in};
use crate::postgres::PostgresDatabase;
use crate::row::Reader;
use crate::rows::RestorationRow;
use crate::sqlite::{SqliteDatabase, lock};

/// Rows handed to the engine at once.
const ROWS_AT_ONCE: usize = 2048;
/// Bytes handed to the engine at once: lists are large.
const BYTES_AT_ONCE: usize = 4 << 20;

/// A place being filled.
pub struct Restoration {
    database: Arc<dyn Database>,
    pub(super) tx: Box<dyn Transaction>,
    tables: Vec<Table>,
    file: Option<Staged>,
}

/// The file that takes the database's name at the end, and the lock on that name.
struct Staged {
    path: PathBuf,
    target: PathBuf,
    _lock: File,
    placed: bool,
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.placed {
            // Nothing half-restored stays; that the file was not there is no fault.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Says that a tenant was restored and its ledger has not been reopened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoredRow {
    /// The tenant.
    pub tenant: String,
    /// When it was restored.
    pub at: Timestamp,
    /// The back-up.
    pub backup: String,
    /// When that was made.
    pub backup_at: Timestamp,
    /// Parties that were erased again.
    pub erased_again: u64,
}

impl Restoration {
    /// Begins to fill a new file with the steps of the schema that the back-up had.
    ///
    /// # Errors
    /// If there is a database already, another process is at it, or a step is not known.
    pub async fn begin_sqlite(target: &Path, schema: &[i64]) -> Result<Self, StoreError> {
        check_known(Dialect::Sqlite, schema)?;
        let held = lock(target)?;
        if target.exists() {
            return Err(StoreError::Refused(format!(
                "there is a database in `{}` already: restore into a new directory, or move that one away",
                target.display()
            )));
        }
        let path = target.with_extension("restoring");
        let left_over = fs::remove_file(&path);
        if let Err(error) = left_over
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(unwritable(&path, &error));
        }
        let file = Staged {
            path: path.clone(),
            target: target.to_owned(),
            _lock: held,
            placed: false,
        };
        let database = Arc::new(SqliteDatabase::open_to_fill(&path).await?);
        Self::begin(database, schema, Some(file)).await
    }

    /// Begins to fill an empty PostgreSQL database with the steps of the schema that the back-up had.
    ///
    /// # Errors
    /// If it holds data already, cannot be reached, or a step is not known.
    pub async fn begin_postgres(url: &str, schema: &[i64]) -> Result<Self, StoreError> {
        check_known(Dialect::Postgres, schema)?;
        let database = Arc::new(PostgresDatabase::open(url).await?);
        Self::begin(database, schema, None).await
    }

    async fn begin(
        database: Arc<dyn Database>,
        schema: &[i64],
        file: Option<Staged>,
    ) -> Result<Self, StoreError> {
        let dialect = database.dialect();
        let mut tx = database.begin().await?;
        if let Some(lock) = dialect.lock_schema() {
            tx.script(lock).await?;
        }
        tx.script(dialect.migration_table()).await?;
        let there = applied(&mut *tx, dialect).await?;
        let newer = there.iter().any(|number| !schema.contains(number));
        for table in tables(&mut *tx, dialect).await? {
            let sql = format!("SELECT 1 FROM {} LIMIT 1", table.name);
            let row = tx.fetch(
                format!("SELECT COUNT(*) FROM ({sql}) one").into(),
                Vec::new(),
            );
            let row = row.await?.into_iter().next().unwrap_or_default();
            if newer || Reader::new(table.name, row).int("count")? > 0 {
                return Err(StoreError::Refused(
                    "the database holds data already, or a later schema: name an empty one"
                        .to_owned(),
                ));
            }
        }
        migrate_in(&mut *tx, dialect, Some(schema)).await?;
        let tables = tables(&mut *tx, dialect).await?;
        Ok(Self {
            database,
            tx,
            tables,
            file,
        })
    }

    /// Fills a table; gives the number of its rows.
    ///
    /// # Errors
    /// If the file is damaged or of another schema, or the database fails.
    pub async fn load<R: Read + Send>(
        &mut self,
        mut from: TableReader<R>,
    ) -> Result<u64, StoreError> {
        let named = self.tables.iter().find(|t| t.name == from.table());
        let types = named.and_then(|t| column_types(t, from.columns()));
        let (Some(named), Some(types)) = (named, types) else {
            return Err(StoreError::Refused(format!(
                "table `{}` of the back-up is not one of its schema",
                from.table()
            )));
        };
        let columns = from.columns().iter().map(|(name, _)| name.clone());
        let table = Table {
            name: named.name,
            columns: columns.zip(types).collect(),
        };
        let damaged = |e: FormatError| StoreError::Refused(format!("table `{}`: {e}", table.name));
        loop {
            let (mut rows, mut bytes) = (Vec::with_capacity(ROWS_AT_ONCE), 0);
            while rows.len() < ROWS_AT_ONCE && bytes < BYTES_AT_ONCE {
                let Some(row) = from.next_row().map_err(damaged)? else {
                    break;
                };
                bytes += row.iter().map(crate::database::Cell::size).sum::<usize>();
                rows.push(row);
            }
            if rows.is_empty() {
                return Ok(from.rows());
            }
            self.tx.fill(&table, rows).await?;
        }
    }

    /// Whether a table says who may do what: those are loaded first, so that they can be asked before the rest is.
    #[must_use]
    pub fn is_of_staff(table: &str) -> bool {
        TABLES.contains(&table)
    }

    /// The staff of a tenant as it was loaded.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn staff(&mut self, tenant: &str) -> Result<StaffFile, StoreError> {
        staff_file(&mut *self.tx, &self.tables, tenant).await
    }

    /// Every party that was loaded, with its tenant.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn parties(&mut self) -> Result<Vec<(String, PartyId)>, StoreError> {
        let mut parties = Vec::new();
        let mut damaged = None;
        let mut each = |row: Vec<_>| {
            let mut row = Reader::new("party", row);
            match row
                .text("tenant")
                .and_then(|t| Ok((t, row.id("party_id")?)))
            {
                Ok(party) => parties.push(party),
                Err(error) => damaged = Some(error),
            }
            Ok(())
        };
        let sql = "SELECT tenant, party_id FROM party";
        self.tx.each(sql.into(), &mut each).await?;
        damaged.map_or(Ok(parties), Err)
    }

    /// The head of a tenant's ledger as it was loaded.
    ///
    /// # Errors
    /// If the database fails or the row is damaged.
    pub async fn head(&mut self, tenant: &str) -> Result<Option<(u64, Hash)>, StoreError> {
        let sql = crate::read::HEAD;
        let rows = self.tx.fetch(sql.into(), params![tenant]).await?;
        let head = rows
            .into_iter()
            .next()
            .map(crate::read::head_row)
            .transpose()?;
        Ok(head.map(|head| (head.size, head.root)))
    }

    /// Brings the schema to what this program knows. Nothing is loaded after it.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn migrate(&mut self) -> Result<(), StoreError> {
        migrate_in(&mut *self.tx, self.database.dialect(), None).await
    }

    /// Says which ledgers must be reopened and who restored them, and puts everything in its place.
    ///
    /// # Errors
    /// If the database or the disk fails; then nothing was restored.
    pub async fn finish(
        mut self,
        marks: &[RestoredRow],
        restorations: &[(String, RestorationRow)],
    ) -> Result<(), StoreError> {
        self.tx.script("DELETE FROM restored").await?;
        for mark in marks {
            let sql = "INSERT INTO restored (tenant, at, backup, backup_at, erased_again) VALUES ($1, $2, $3, $4, $5)";
            let again = i64::try_from(mark.erased_again).unwrap_or(i64::MAX);
            let (tenant, backup) = (mark.tenant.as_str(), mark.backup.as_str());
            let params = params![tenant, mark.at, backup, mark.backup_at, again];
            self.tx.execute(sql.into(), params).await?;
        }
        for (tenant, row) in restorations {
            put_restoration(&mut *self.tx, tenant, row).await?;
        }
        self.tx.commit().await?;
        self.database.close().await?;
        let Some(mut file) = self.file else {
            return Ok(());
        };
        let placed = File::open(&file.path)
            .and_then(|staged| staged.sync_all())
            .and_then(|()| fs::rename(&file.path, &file.target))
            .and_then(|()| File::open(file.target.parent().unwrap_or(Path::new(".")))?.sync_all());
        placed.map_err(|error| unwritable(&file.target, &error))?;
        file.placed = true;
        Ok(())
    }
}

fn unwritable(path: &Path, error: &io::Error) -> StoreError {
    StoreError::Unavailable(format!("cannot write `{}`: {error}", path.display()))
}
