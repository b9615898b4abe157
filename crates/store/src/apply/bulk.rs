//! One statement for many rows.
//!
//! Rows are written in steps whose sizes are powers of two, so that there are few different statements and each stays
//! prepared.

use crate::database::{DbError, Param, Transaction};
use crate::dialect::Dialect;

/// Rows in one statement. Twice as many save nothing that can be measured.
const ROWS_MAX: usize = 256;

/// A statement with a list of rows in the middle, such as `INSERT INTO t (a, b) VALUES` … `ON CONFLICT DO NOTHING`.
pub(crate) struct Bulk {
    pub(crate) before: &'static str,
    pub(crate) after: &'static str,
    pub(crate) columns: usize,
}

impl Bulk {
    fn sql(&self, dialect: Dialect, rows: usize) -> String {
        // Six characters for each `$1234,` and a pair of brackets for each row, about.
        let mut sql = String::with_capacity(rows * (self.columns * 6 + 3) + 256);
        sql.push_str(self.before);
        for row in 0..rows {
            sql.push_str(if row == 0 { "(" } else { "), (" });
            for column in 0..self.columns {
                let comma = if column == 0 { "" } else { ", " };
                sql.push_str(comma);
                dialect.place(&mut sql, row * self.columns + column + 1);
            }
        }
        sql.push(')');
        sql.push_str(self.after);
        sql
    }
}

/// Runs a statement over rows of parameters; gives the number of rows it changed.
pub(crate) async fn run(
    tx: &mut dyn Transaction,
    bulk: &Bulk,
    rows: Vec<Vec<Param>>,
) -> Result<u64, DbError> {
    let mut left = rows.len();
    let mut rows = rows.into_iter();
    let mut changed = 0;
    while left > 0 {
        let step = (1 << left.ilog2()).min(ROWS_MAX);
        let params = rows.by_ref().take(step).flatten().collect();
        changed += tx
            .execute(bulk.sql(tx.dialect(), step).into(), params)
            .await?;
        left -= step;
    }
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_between_the_halves() {
        let bulk = Bulk {
            before: "INSERT INTO t (a, b) VALUES ",
            after: " ON CONFLICT DO NOTHING",
            columns: 2,
        };
        assert_eq!(
            bulk.sql(Dialect::Postgres, 2),
            "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4) ON CONFLICT DO NOTHING"
        );
        assert_eq!(
            bulk.sql(Dialect::Sqlite, 2),
            "INSERT INTO t (a, b) VALUES (?, ?), (?, ?) ON CONFLICT DO NOTHING"
        );
    }
}
