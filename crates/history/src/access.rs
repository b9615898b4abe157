//! One access: who, from where, when, and how that is known.

use std::cmp::Ordering;

use crate::Address;

/// One access, as it is kept. The order of its fields is the order of rows by address and time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Access {
    /// Where it came from.
    pub address: Address,
    /// When, in microseconds since 1970.
    pub at: i64,
    /// The number that stands for the account; who that is, is kept elsewhere and can be forgotten.
    pub slot: u32,
    /// Its source port; 0 where it is not known (RFC 6056 section 3.2: port 0 is none).
    pub port: u16,
    /// The code of what was done.
    pub action: u16,
    /// Tells accesses apart that are alike in everything that is kept of them; 0 where nothing does.
    pub mark: u16,
    /// The code of what recorded it.
    pub source: u8,
}

impl Access {
    /// The order of rows by account and time.
    #[must_use]
    pub fn by_account(&self, other: &Self) -> Ordering {
        let key = |a: &Self| (a.slot, a.at);
        key(self).cmp(&key(other)).then_with(|| self.cmp(other))
    }
}

/// What recorded accesses, and what it knows of them.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Source {
    /// What it is called.
    pub name: String,
    /// Its clock shows multiples of so many microseconds: an access happened within that after the time that was noted.
    pub precision_us: i64,
    /// Whether it notes source ports.
    pub has_port: bool,
}

/// The two orders that rows are kept in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By address, then time.
    Address,
    /// By account, then time.
    Account,
}

impl Order {
    pub(crate) fn compare(self, a: &Access, b: &Access) -> Ordering {
        match self {
            Self::Address => a.cmp(b),
            Self::Account => a.by_account(b),
        }
    }
}
