//! Reading a row column by column; what is not of its form is named by table, column and row.

use std::str::FromStr;

use bonafide_ledger::Hash;
use bonafide_model::{Date, Timestamp};

use crate::StoreError;
use crate::database::Cell;

/// A row as an engine gives it.
pub(crate) type Row = Vec<Cell>;

/// A row being read, from the first column on.
pub(crate) struct Reader {
    table: &'static str,
    id: String,
    cells: std::vec::IntoIter<Cell>,
}

impl Reader {
    pub(crate) fn new(table: &'static str, row: Row) -> Self {
        let id = match row.first() {
            Some(Cell::Text(text)) => text.clone(),
            Some(Cell::Int(number)) => number.to_string(),
            _ => String::new(),
        };
        Self {
            table,
            id,
            cells: row.into_iter(),
        }
    }

    pub(crate) fn corrupt(&self, column: &'static str, why: impl ToString) -> StoreError {
        StoreError::Corrupt {
            table: self.table,
            column,
            id: self.id.clone(),
            why: why.to_string(),
        }
    }

    fn wrong(&self, column: &'static str, expected: &str, found: Option<&Cell>) -> StoreError {
        let found = match found {
            None => "no column",
            Some(Cell::Null) => "null",
            Some(Cell::Int(_)) => "a number",
            Some(Cell::Text(_)) => "text",
            Some(Cell::Blob(_)) => "bytes",
        };
        self.corrupt(column, format!("it holds {found} instead of {expected}"))
    }

    pub(crate) fn opt_int(&mut self, column: &'static str) -> Result<Option<i64>, StoreError> {
        match self.cells.next() {
            Some(Cell::Int(value)) => Ok(Some(value)),
            Some(Cell::Null) => Ok(None),
            other => Err(self.wrong(column, "a number", other.as_ref())),
        }
    }

    pub(crate) fn int(&mut self, column: &'static str) -> Result<i64, StoreError> {
        let value = self.opt_int(column)?;
        value.ok_or_else(|| self.wrong(column, "a number", Some(&Cell::Null)))
    }

    pub(crate) fn opt_text(&mut self, column: &'static str) -> Result<Option<String>, StoreError> {
        match self.cells.next() {
            Some(Cell::Text(value)) => Ok(Some(value)),
            Some(Cell::Null) => Ok(None),
            other => Err(self.wrong(column, "text", other.as_ref())),
        }
    }

    pub(crate) fn text(&mut self, column: &'static str) -> Result<String, StoreError> {
        let value = self.opt_text(column)?;
        value.ok_or_else(|| self.wrong(column, "text", Some(&Cell::Null)))
    }

    pub(crate) fn opt_blob(&mut self, column: &'static str) -> Result<Option<Vec<u8>>, StoreError> {
        match self.cells.next() {
            Some(Cell::Blob(value)) => Ok(Some(value)),
            Some(Cell::Null) => Ok(None),
            other => Err(self.wrong(column, "bytes", other.as_ref())),
        }
    }

    pub(crate) fn blob(&mut self, column: &'static str) -> Result<Vec<u8>, StoreError> {
        match self.cells.next() {
            Some(Cell::Blob(value)) => Ok(value),
            other => Err(self.wrong(column, "bytes", other.as_ref())),
        }
    }

    /// An id, or anything else that is read from text.
    pub(crate) fn id<T: FromStr<Err: ToString>>(
        &mut self,
        column: &'static str,
    ) -> Result<T, StoreError> {
        let text = self.text(column)?;
        text.parse()
            .map_err(|e: T::Err| self.corrupt(column, e.to_string()))
    }

    pub(crate) fn opt_id<T: FromStr<Err: ToString>>(
        &mut self,
        column: &'static str,
    ) -> Result<Option<T>, StoreError> {
        let text = self.opt_text(column)?;
        let parsed = text.map(|t| t.parse()).transpose();
        parsed.map_err(|e: T::Err| self.corrupt(column, e.to_string()))
    }

    pub(crate) fn opt_time(
        &mut self,
        column: &'static str,
    ) -> Result<Option<Timestamp>, StoreError> {
        let Some(millis) = self.opt_int(column)? else {
            return Ok(None);
        };
        let time = Timestamp::from_millis(millis);
        time.map(Some)
            .ok_or_else(|| self.corrupt(column, format!("{millis} is not an instant")))
    }

    pub(crate) fn time(&mut self, column: &'static str) -> Result<Timestamp, StoreError> {
        let time = self.opt_time(column)?;
        time.ok_or_else(|| self.wrong(column, "an instant", Some(&Cell::Null)))
    }

    pub(crate) fn opt_date(&mut self, column: &'static str) -> Result<Option<Date>, StoreError> {
        self.opt_id(column)
    }

    /// A size or an index.
    pub(crate) fn number(&mut self, column: &'static str) -> Result<u64, StoreError> {
        let value = self.int(column)?;
        u64::try_from(value).map_err(|_| self.corrupt(column, format!("{value} is negative")))
    }

    pub(crate) fn opt_number(&mut self, column: &'static str) -> Result<Option<u64>, StoreError> {
        let value = self.opt_int(column)?.map(u64::try_from).transpose();
        value.map_err(|_| self.corrupt(column, "it is negative"))
    }

    pub(crate) fn hash(&mut self, column: &'static str) -> Result<Hash, StoreError> {
        let bytes = self.blob(column)?;
        Hash::from_slice(&bytes).ok_or_else(|| {
            self.corrupt(column, format!("a hash has 32 bytes, not {}", bytes.len()))
        })
    }
}
