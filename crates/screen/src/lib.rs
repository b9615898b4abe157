//! Screening against lists of sanctioned and denied parties.
//!
//! Three things kept apart, so that each can grow alone:
//! - **formats** turn the bytes that an authority publishes into a [`List`] and a [`LoadReport`] ([`read`], [`Format`]);
//! - the **index** holds lists and finds candidates by folded name or identifier ([`Index`], [`normalise`]);
//! - **matching** scores a candidate and explains the score ([`Hit`], [`Step`]).
//!
//! Pure: bytes in, answers out. No file, no network, no clock; the digest of the source and the instant of loading are
//! the caller's. Every answer carries the name, version and dates of the lists it was given from.

mod birth;
pub mod bis;
mod buckets;
mod compare;
mod country;
pub mod csl;
mod dates;
mod delta;
mod draft;
pub mod eu;
mod format;
pub mod ftm;
mod identifier;
mod index;
mod input;
mod json;
mod likeness;
mod list;
mod matching;
mod name;
pub mod normalise;
pub mod ofac;
pub mod own;
mod query;
mod report;
mod score;
mod spelling;
mod table;
pub mod uk;
pub mod un;
mod variants;
mod vocabulary;
mod weight;
mod xml;

/// The version of the matching. It goes up by one in every release in which the same question to the same lists can have
/// another answer: a way of folding names, a weight, a threshold.
pub const ENGINE: &str = "bonafide-screen/2";

pub use birth::{Agreement, BirthDate, BirthDateError};
pub use country::{Country, CountryError};
pub use delta::{Delta, differences};
pub use format::{File, FilesError, Format, HEAD_BYTES, detect, read};
pub use identifier::{Identifier, IdentifierKind};
pub use index::{Index, MAX_HITS, SHOWN_FROM_BP, Wanted};
pub use list::{Entry, Gender, Kind, List, ListRef, ListedName, Quality, Source};
pub use matching::{
    ALERT_THRESHOLD_BP, FULL_BP, Features, Hit, Matched, NameFeatures, Outcome, Reason, Step,
};
pub use query::{MAX_IDENTIFIERS, MAX_NAMES, Query, QueryError};
pub use report::{ListError, LoadReport, MAX_NOTES, RowNote};
