//! The question: who or what is to be screened.

use serde::{Deserialize, Serialize};

use crate::{BirthDate, Country, Identifier, Kind};

/// Names in one query. A party with more spellings than this is a data error; sixteen covers former names and scripts.
pub const MAX_NAMES: usize = 16;
/// Identifiers in one query; as for names.
pub const MAX_IDENTIFIERS: usize = 32;

/// A party or thing to be screened. What is absent is neutral.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Query {
    /// What it is; `None` compares with every kind.
    pub kind: Option<Kind>,
    /// Its names: any order of parts, any script.
    pub names: Vec<String>,
    /// Birth date of a person.
    pub birth_date: Option<BirthDate>,
    /// Whether evidence stands behind the birth date. One that is merely asserted may raise a score and never lowers it:
    /// else whoever is listed clears himself by naming another year.
    pub birth_date_is_evidenced: bool,
    /// Nationalities, residence, place of organisation, flag.
    pub countries: Vec<Country>,
    /// Passports, registration numbers, e-mail and wallet addresses.
    pub identifiers: Vec<Identifier>,
}

/// Why a query cannot be answered. Never answered with "nothing found": that would be a false clearance.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// Neither a name nor an identifier.
    #[error("nothing to screen; give a name or an identifier")]
    Nothing,
    /// A name or identifier in which nothing can be compared.
    #[error("`{0}` has no letters or digits that can be compared; correct it or leave it out")]
    Unreadable(String),
    /// A name or identifier beyond the bound.
    #[error("`{start}…` is longer than {limit} characters; shorten it")]
    TooLong {
        /// The first characters.
        start: String,
        /// The bound in characters.
        limit: usize,
    },
    /// Too many names or identifiers.
    #[error("{count} {what} given, at most {limit} can be screened at once; split the query")]
    TooMany {
        /// `names` or `identifiers`.
        what: &'static str,
        /// How many were given.
        count: usize,
        /// The bound.
        limit: usize,
    },
}
