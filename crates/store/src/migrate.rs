//! Bringing the schema to what this program knows, in one transaction; each step is recorded with its checksum.
//!
//! Refuses: a schema with steps that this program does not know (it was made by a newer one), and one whose steps had
//! another text than those of this program.

use bonafide_ledger::sha256;

use crate::StoreError;
use crate::database::{Database, Transaction, params};
use crate::dialect::Dialect;
use crate::row::Reader;

pub(crate) async fn migrate(database: &dyn Database) -> Result<(), StoreError> {
    let dialect = database.dialect();
    let mut tx = database.begin().await?;
    if let Some(lock) = dialect.lock_schema() {
        tx.script(lock).await?;
    }
    tx.script(dialect.migration_table()).await?;
    migrate_in(&mut *tx, dialect, None).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes the steps that were not taken yet; only some of them where `only` names those.
pub(crate) async fn migrate_in(
    tx: &mut dyn Transaction,
    dialect: Dialect,
    only: Option<&[i64]>,
) -> Result<(), StoreError> {
    let applied = applied(tx, dialect).await?;
    for (number, name, text) in dialect.migrations() {
        let asked = only.is_none_or(|only| only.contains(number));
        if applied.contains(number) || !asked {
            continue;
        }
        tx.script(text).await?;
        let sql = "INSERT INTO migration (number, name, checksum) VALUES ($1, $2, $3)";
        let checksum = sha256(text.as_bytes()).to_string();
        tx.execute(sql.into(), params![*number, *name, checksum])
            .await?;
    }
    Ok(())
}

/// The steps that were taken, each of which is one that this program knows.
pub(crate) async fn applied(
    tx: &mut dyn Transaction,
    dialect: Dialect,
) -> Result<Vec<i64>, StoreError> {
    let sql = "SELECT number, checksum FROM migration ORDER BY number";
    let mut applied = Vec::new();
    for row in tx.fetch(sql.into(), Vec::new()).await? {
        let mut row = Reader::new("migration", row);
        let (number, checksum) = (row.int("number")?, row.text("checksum")?);
        check_known(dialect, &[number])?;
        let step = dialect.migrations().iter().find(|(n, _, _)| *n == number);
        if let Some((_, name, text)) = step
            && sha256(text.as_bytes()).to_string() != checksum
        {
            return Err(StoreError::Schema(format!(
                "step {number} (`{name}`) of the schema differs from that of this program: it was made by a development \
                 version; export the data there and start with an empty database"
            )));
        }
        applied.push(number);
    }
    Ok(applied)
}

/// Refuses steps that this program does not know.
pub(crate) fn check_known(dialect: Dialect, steps: &[i64]) -> Result<(), StoreError> {
    let known = dialect.migrations();
    match steps.iter().find(|n| known.iter().all(|(k, _, _)| k != *n)) {
        None => Ok(()),
        Some(number) => {
            let newest = known.last().map_or(0, |(n, _, _)| *n);
            Err(StoreError::Schema(format!(
                "the database has schema {number}, and this program knows {newest}: use the newer program that made it"
            )))
        }
    }
}
