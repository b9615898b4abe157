//! What both engines can do: run SQL with parameters, inside a transaction or outside.
//!
//! The SQL text is the same on both, with `$1` … `$n` and four types of value; where it cannot be, the fork is in
//! [`dialect`](crate::dialect).

use std::borrow::Cow;
use std::fmt::Debug;
use std::pin::Pin;

use crate::backup::Table;
use crate::dialect::Dialect;
use crate::row::Row;

/// What a call to an engine resolves to.
pub(crate) type Reply<'a, T> = Pin<Box<dyn Future<Output = Result<T, DbError>> + Send + 'a>>;

/// Text of a statement; never made from anything but constants of this crate.
pub(crate) type Sql = Cow<'static, str>;

/// A value of a parameter; `None` is NULL of that type.
#[derive(Debug, Clone)]
pub(crate) enum Param {
    Int(Option<i64>),
    Text(Option<String>),
    Blob(Option<Vec<u8>>),
}

/// A value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    Null,
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
}

impl Cell {
    /// Bytes it takes, about.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Null => 1,
            Self::Int(_) => 8,
            Self::Text(text) => text.len(),
            Self::Blob(bytes) => bytes.len(),
        }
    }
}

/// Why an engine refused a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DbError {
    /// A row of this table has that key already.
    Unique { table: String },
    /// The statement was refused: try the changes of a batch each by itself.
    Statement(String),
    /// Two transactions stood in each other's way and this one was given up: try again.
    Raced(String),
    /// No connection, or too busy, or no room.
    Unavailable(String),
    /// Durability is in doubt.
    Fatal(String),
}

impl From<DbError> for crate::StoreError {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Unique { table } => {
                Self::Refused(format!("there is one already in `{table}`"))
            }
            DbError::Statement(why) => {
                Self::Refused(format!("the database refused a statement: {why}"))
            }
            DbError::Raced(why) => Self::Conflict(why),
            DbError::Unavailable(why) => Self::Unavailable(why),
            DbError::Fatal(why) => Self::Fatal(why),
        }
    }
}

/// An engine.
pub(crate) trait Database: Debug + Send + Sync {
    /// How its SQL differs.
    fn dialect(&self) -> Dialect;

    /// Reads outside a transaction.
    fn fetch(&self, sql: Sql, params: Vec<Param>) -> Reply<'_, Vec<Row>>;

    /// Begins a transaction that reads one instant and writes nothing.
    fn snapshot(&self) -> Reply<'_, Box<dyn Transaction>>;

    /// Begins a transaction that writes.
    fn begin(&self) -> Reply<'_, Box<dyn Transaction>>;

    /// Begins a transaction that writes and whose reads all see one instant. Whoever changes what somebody else changed since
    /// then is given up.
    fn begin_repeatable(&self) -> Reply<'_, Box<dyn Transaction>>;

    /// Removes from the files what was deleted, as far as the engine can.
    fn scrub(&self) -> Reply<'_, ()>;

    /// Closes every connection.
    fn close(&self) -> Reply<'_, ()>;
}

/// A transaction; rolled back when dropped.
pub(crate) trait Transaction: Send {
    /// How its SQL differs.
    fn dialect(&self) -> Dialect;

    /// Runs a statement; gives the number of rows it changed.
    fn execute(&mut self, sql: Sql, params: Vec<Param>) -> Reply<'_, u64>;

    /// Runs a query.
    fn fetch(&mut self, sql: Sql, params: Vec<Param>) -> Reply<'_, Vec<Row>>;

    /// Runs a query without parameters and hands over each row as it comes, so that a table need not fit into memory.
    fn each<'a>(
        &'a mut self,
        sql: Sql,
        row: &'a mut (dyn FnMut(Row) -> Result<(), DbError> + Send),
    ) -> Reply<'a, ()>;

    /// Adds many rows to a table, as fast as the engine can.
    fn fill<'a>(&'a mut self, table: &'a Table, rows: Vec<Row>) -> Reply<'a, ()>;

    /// Runs several statements without parameters.
    fn script(&mut self, sql: &'static str) -> Reply<'_, ()>;

    /// Commits.
    fn commit(self: Box<Self>) -> Reply<'static, ()>;

    /// Rolls back.
    fn rollback(self: Box<Self>) -> Reply<'static, ()>;
}

impl From<i64> for Param {
    fn from(value: i64) -> Self {
        Self::Int(Some(value))
    }
}

impl From<&str> for Param {
    fn from(value: &str) -> Self {
        Self::Text(Some(value.to_owned()))
    }
}

impl From<String> for Param {
    fn from(value: String) -> Self {
        Self::Text(Some(value))
    }
}

impl From<Option<String>> for Param {
    fn from(value: Option<String>) -> Self {
        Self::Text(value)
    }
}

impl From<Option<Vec<u8>>> for Param {
    fn from(value: Option<Vec<u8>>) -> Self {
        Self::Blob(value)
    }
}

impl From<Vec<u8>> for Param {
    fn from(value: Vec<u8>) -> Self {
        Self::Blob(Some(value))
    }
}

impl From<bonafide_ledger::Hash> for Param {
    fn from(value: bonafide_ledger::Hash) -> Self {
        Self::Blob(Some(value.0.to_vec()))
    }
}

impl From<bonafide_model::Timestamp> for Param {
    fn from(value: bonafide_model::Timestamp) -> Self {
        Self::Int(Some(value.as_millis()))
    }
}

impl From<Option<bonafide_model::Timestamp>> for Param {
    fn from(value: Option<bonafide_model::Timestamp>) -> Self {
        Self::Int(value.map(bonafide_model::Timestamp::as_millis))
    }
}

macro_rules! ids {
    ($($name:ident)*) => {$(
        impl From<bonafide_model::$name> for Param {
            fn from(value: bonafide_model::$name) -> Self {
                Self::Text(Some(value.to_string()))
            }
        }

        impl From<Option<bonafide_model::$name>> for Param {
            fn from(value: Option<bonafide_model::$name>) -> Self {
                Self::Text(value.map(|id| id.to_string()))
            }
        }
    )*};
}

ids!(PartyId AccountId RecordId HoldId ApiKeyId CaseId JobId EventId EndpointId);

/// Parameters in order.
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        vec![$($crate::database::Param::from($value)),*]
    };
}
pub(crate) use params;
