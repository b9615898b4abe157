//! Bringing the schema to what this program knows, in one transaction; each step is recorded with its checksum.
//!
//! Refuses: a schema with steps that this program does not know (it was made by a newer one), and one whose steps had
//! another text than those of this program.

use bonafide_ledger::sha256;

use crate::StoreError;
use crate::database::{Database, params};
use crate::row::Reader;

pub(crate) async fn migrate(database: &dyn Database) -> Result<(), StoreError> {
    let dialect = database.dialect();
    let mut tx = database.begin().await?;
    if let Some(lock) = dialect.lock_schema() {
        tx.script(lock).await?;
    }
    tx.script(dialect.migration_table()).await?;
    let sql = "SELECT number, checksum FROM migration ORDER BY number";
    let mut applied = Vec::new();
    for row in tx.fetch(sql.into(), Vec::new()).await? {
        let mut row = Reader::new("migration", row);
        applied.push((row.int("number")?, row.text("checksum")?));
    }
    let known = dialect.migrations();
    for (number, checksum) in &applied {
        let Some((_, name, text)) = known.iter().find(|(n, _, _)| n == number) else {
            let newest = known.last().map_or(0, |(n, _, _)| *n);
            return Err(StoreError::Schema(format!(
                "the database has schema {number}, and this program knows {newest}: use the newer program that made it"
            )));
        };
        if sha256(text.as_bytes()).to_string() != *checksum {
            return Err(StoreError::Schema(format!(
                "step {number} (`{name}`) of the schema differs from that of this program: it was made by a development \
                 version; export the data there and start with an empty database"
            )));
        }
    }
    for (number, name, text) in known {
        if applied.iter().any(|(n, _)| n == number) {
            continue;
        }
        tx.script(text).await?;
        let sql = "INSERT INTO migration (number, name, checksum) VALUES ($1, $2, $3)";
        let checksum = sha256(text.as_bytes()).to_string();
        tx.execute(sql.into(), params![*number, *name, checksum])
            .await?;
    }
    tx.commit().await?;
    Ok(())
}
