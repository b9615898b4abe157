//! The store: opening it, and what is neither a look-up nor a change.

use std::path::Path;
use std::sync::Arc;

use crate::StoreError;
use crate::database::Database;
use crate::key_memory::KeyMemory;
use crate::marks::Marks;
use crate::migrate::migrate;
use crate::postgres::PostgresDatabase;
use crate::sqlite::SqliteDatabase;
use crate::tile_cache::TileCache;

/// A database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) database: Arc<dyn Database>,
    pub(crate) tiles: Arc<TileCache>,
    pub(crate) marks: Arc<Marks>,
    pub(crate) keys: Arc<KeyMemory>,
}

impl Store {
    /// Opens one file, and makes it if it is not there. A second process on the same file is refused.
    ///
    /// # Errors
    /// If the file is held by another process, cannot be used, or has a schema that this program does not know.
    pub async fn open_sqlite(path: &Path) -> Result<Self, StoreError> {
        Self::open(Arc::new(SqliteDatabase::open(path).await?)).await
    }

    /// Opens a PostgreSQL database, which must exist.
    ///
    /// # Errors
    /// If it cannot be reached or has a schema that this program does not know.
    pub async fn open_postgres(url: &str) -> Result<Self, StoreError> {
        Self::open(Arc::new(PostgresDatabase::open(url).await?)).await
    }

    async fn open(database: Arc<dyn Database>) -> Result<Self, StoreError> {
        migrate(&*database).await?;
        Ok(Self {
            database,
            tiles: Arc::default(),
            marks: Arc::default(),
            keys: Arc::default(),
        })
    }

    /// Removes from the files what was deleted, as far as the engine can: SQLite overwrites deleted content at once, and
    /// here its write-ahead log is emptied; PostgreSQL vacuums the tables that erasure deletes from, and what its log
    /// archives still hold is unreadable once the epoch's key is destroyed.
    ///
    /// # Errors
    /// If readers kept it from happening.
    pub async fn scrub(&self) -> Result<(), StoreError> {
        Ok(self.database.scrub().await?)
    }

    /// Closes every connection; what is asked afterwards fails.
    ///
    /// # Errors
    /// If the database cannot be closed.
    pub async fn close(&self) -> Result<(), StoreError> {
        Ok(self.database.close().await?)
    }
}
