//! The tables there are, from the migrations and the engine's catalogue.

use std::collections::BTreeMap;

use crate::StoreError;
use crate::database::Transaction;
use crate::dialect::Dialect;
use crate::row::Reader;

/// The type of a column, in either engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColumnType {
    Int,
    Text,
    Blob,
}

impl ColumnType {
    /// As a file of a back-up names it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Int => "int",
            Self::Text => "text",
            Self::Blob => "blob",
        }
    }

    fn of(declared: &str) -> Option<Self> {
        match declared.to_ascii_lowercase().as_str() {
            "integer" | "bigint" => Some(Self::Int),
            "text" => Some(Self::Text),
            "blob" | "bytea" => Some(Self::Blob),
            _ => None,
        }
    }
}

/// A table and its columns, in the engine's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) columns: Vec<(String, ColumnType)>,
}

impl Table {
    /// The names of the columns, for a statement.
    pub(crate) fn column_list(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| name.as_str()).collect();
        names.join(", ")
    }
}

/// The tables that the migrations make and that are there, by name.
pub(crate) async fn tables(
    tx: &mut dyn Transaction,
    dialect: Dialect,
) -> Result<Vec<Table>, StoreError> {
    let mut found: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for row in tx.fetch(dialect.catalogue().into(), Vec::new()).await? {
        let mut row = Reader::new("catalogue", row);
        let (table, column) = (row.text("table")?, row.text("column")?);
        found
            .entry(table)
            .or_default()
            .push((column, row.text("type")?));
    }
    let mut tables = Vec::new();
    for name in names(dialect) {
        let Some(columns) = found.remove(name) else {
            continue;
        };
        let typed = columns.into_iter().map(|(column, declared)| {
            let kind = ColumnType::of(&declared).ok_or_else(|| {
                StoreError::Schema(format!(
                    "column `{column}` of table `{name}` has type `{declared}`, which back-ups do not know"
                ))
            })?;
            Ok((column, kind))
        });
        let columns = typed.collect::<Result<_, StoreError>>()?;
        tables.push(Table { name, columns });
    }
    Ok(tables)
}

/// The names of the tables that the migrations make, sorted, each once.
fn names(dialect: Dialect) -> Vec<&'static str> {
    let texts = dialect.migrations().iter().map(|(_, _, text)| *text);
    let lines = texts.flat_map(str::lines);
    let made = lines.filter_map(|line| line.strip_prefix("CREATE TABLE "));
    let mut names: Vec<&str> = made
        .filter_map(|rest| rest.split([' ', '(']).next())
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_engines_make_the_same_tables() {
        let made = names(Dialect::Sqlite);
        assert_eq!(made, names(Dialect::Postgres));
        assert!(made.contains(&"key_row") && made.contains(&"incarnation"));
    }
}
