//! Where the SQL of the two engines differs. Nothing else in this crate asks which engine it talks to.

use std::fmt::Write as _;

/// How an engine's SQL differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

/// A migration: its number, its name, its text.
pub(crate) type Migration = (i64, &'static str, &'static str);

const SQLITE: &[Migration] = &[
    (
        1,
        "initial",
        include_str!("../migrations/sqlite/0001_initial.sql"),
    ),
    (
        2,
        "work",
        include_str!("../migrations/sqlite/0002_work.sql"),
    ),
    (
        3,
        "cases",
        include_str!("../migrations/sqlite/0003_cases.sql"),
    ),
    (
        4,
        "access",
        include_str!("../migrations/sqlite/0004_access.sql"),
    ),
    (
        5,
        "webhooks",
        include_str!("../migrations/sqlite/0005_webhooks.sql"),
    ),
    (
        6,
        "keeping",
        include_str!("../migrations/sqlite/0006_keeping.sql"),
    ),
    (
        7,
        "import",
        include_str!("../migrations/sqlite/0007_import.sql"),
    ),
    (
        8,
        "backup",
        include_str!("../migrations/sqlite/0008_backup.sql"),
    ),
    (
        9,
        "determinations",
        include_str!("../migrations/sqlite/0009_determinations.sql"),
    ),
    (
        10,
        "history",
        include_str!("../migrations/sqlite/0010_history.sql"),
    ),
    (
        11,
        "screening",
        include_str!("../migrations/sqlite/0011_screening.sql"),
    ),
    (
        13,
        "restorations",
        include_str!("../migrations/sqlite/0013_restorations.sql"),
    ),
];

const POSTGRES: &[Migration] = &[
    (
        1,
        "initial",
        include_str!("../migrations/postgres/0001_initial.sql"),
    ),
    (
        2,
        "work",
        include_str!("../migrations/postgres/0002_work.sql"),
    ),
    (
        3,
        "cases",
        include_str!("../migrations/postgres/0003_cases.sql"),
    ),
    (
        4,
        "access",
        include_str!("../migrations/postgres/0004_access.sql"),
    ),
    (
        5,
        "webhooks",
        include_str!("../migrations/postgres/0005_webhooks.sql"),
    ),
    (
        6,
        "keeping",
        include_str!("../migrations/postgres/0006_keeping.sql"),
    ),
    (
        7,
        "import",
        include_str!("../migrations/postgres/0007_import.sql"),
    ),
    (
        8,
        "backup",
        include_str!("../migrations/postgres/0008_backup.sql"),
    ),
    (
        9,
        "determinations",
        include_str!("../migrations/postgres/0009_determinations.sql"),
    ),
    (
        10,
        "history",
        include_str!("../migrations/postgres/0010_history.sql"),
    ),
    (
        11,
        "screening",
        include_str!("../migrations/postgres/0011_screening.sql"),
    ),
    (
        13,
        "restorations",
        include_str!("../migrations/postgres/0013_restorations.sql"),
    ),
];

impl Dialect {
    /// Writes the place of a statement's n-th parameter, from 1. On SQLite they have no numbers, and must stand in order:
    /// a number is a name there that is looked up in a list, which for thousands of them is most of the work.
    pub(crate) fn place(self, sql: &mut String, n: usize) {
        match self {
            Self::Sqlite => sql.push('?'),
            Self::Postgres => {
                // Writing to a `String` cannot fail.
                let _ = write!(sql, "${n}");
            }
        }
    }

    /// The migrations, from the first on; numbered alike on both engines.
    pub(crate) fn migrations(self) -> &'static [Migration] {
        match self {
            Self::Sqlite => SQLITE,
            Self::Postgres => POSTGRES,
        }
    }

    /// The name of the engine.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }

    /// Every column there is: its table, its name, its type, in the order of the columns.
    pub(crate) fn catalogue(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "SELECT m.name, c.name, c.type FROM sqlite_master m JOIN pragma_table_info(m.name) c \
                 WHERE m.type = 'table' ORDER BY m.name, c.cid"
            }
            Self::Postgres => {
                "SELECT table_name::TEXT, column_name::TEXT, data_type::TEXT FROM information_schema.columns \
                 WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position"
            }
        }
    }

    /// Keeps two processes from migrating at once. SQLite has one process.
    pub(crate) fn lock_schema(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            // Any number will do, as long as nobody else uses it: the letters `bonafide`.
            Self::Postgres => Some("SELECT pg_advisory_xact_lock(7093009302740886629)"),
        }
    }

    /// The table that says which migrations were applied.
    pub(crate) fn migration_table(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "CREATE TABLE IF NOT EXISTS migration (number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, \
                 checksum TEXT NOT NULL) STRICT"
            }
            Self::Postgres => {
                "CREATE TABLE IF NOT EXISTS migration (number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, \
                 checksum TEXT NOT NULL)"
            }
        }
    }

    /// Locks the rows that a query with the table alias `p` read, until the transaction ends. On SQLite the transaction
    /// itself is the lock.
    pub(crate) fn lock_rows(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE OF p",
        }
    }

    /// Keeps the rows that a query with the table alias `p` read as they are until the transaction ends; others may do the
    /// same. On SQLite the transaction itself is the lock.
    pub(crate) fn share_rows(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR SHARE OF p",
        }
    }

    /// Locks the rows that a query with the table alias `p` read and leaves out those that somebody else has locked. On
    /// SQLite the transaction itself is the lock.
    pub(crate) fn lock_free_rows(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE OF p SKIP LOCKED",
        }
    }

    /// Asks for the right to sequence a tenant, so that two processes do not do the same work; gives 1 or 0. It is not what
    /// keeps the ledger safe: that is the compare-and-swap of the head.
    pub(crate) fn try_sequencer_lock(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT CASE WHEN $1 IS NULL THEN 0 ELSE 1 END",
            Self::Postgres => {
                "SELECT CASE WHEN pg_try_advisory_xact_lock(hashtextextended($1, 9162)) THEN 1::BIGINT ELSE 0::BIGINT END"
            }
        }
    }
}
