//! A list as every format yields it, and the reference to a list that every answer carries.
//!
//! Texts are kept as the authority published them; folding happens in the index, so that a reviewer always sees the
//! listed spelling.

use std::fmt::Write as _;

use bonafide_model::{DAY_MS, Date, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{BirthDate, Country, Identifier};

/// One published list, read at one instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct List {
    /// The name the operator gave it, such as `ofac-sdn`.
    pub name: String,
    /// SHA-256 of the source bytes, in lower-case hexadecimal.
    pub version: String,
    /// The day the authority published it, where known.
    pub published_on: Option<Date>,
    /// When it was read.
    pub loaded_at: Timestamp,
    /// The listed parties, in the order of the source.
    pub entries: Vec<Entry>,
}

impl List {
    /// A list of `entries` read from `source`.
    #[must_use]
    pub fn new(source: Source, entries: Vec<Entry>) -> Self {
        let mut version = String::with_capacity(64);
        for byte in source.digest {
            // Writing to a `String` cannot fail.
            let _ = write!(version, "{byte:02x}");
        }
        Self {
            name: source.name,
            version,
            published_on: source.published_on,
            loaded_at: source.loaded_at,
            entries,
        }
    }

    /// The reference that goes into every answer.
    #[must_use]
    pub fn reference(&self) -> ListRef {
        ListRef {
            name: self.name.clone(),
            version: self.version.clone(),
            published_on: self.published_on,
            loaded_at: self.loaded_at,
        }
    }
}

/// What the caller knows about the bytes: this crate neither hashes nor reads a clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The name the operator gave the list.
    pub name: String,
    /// SHA-256 of the source bytes; for a list of several files, of their bytes in the order the format names them.
    pub digest: [u8; 32],
    /// The day of publication, where the caller knows it.
    pub published_on: Option<Date>,
    /// The present.
    pub loaded_at: Timestamp,
}

/// Which list, in which version, an answer was given from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListRef {
    /// The list's name.
    pub name: String,
    /// SHA-256 of the source bytes, in lower-case hexadecimal.
    pub version: String,
    /// The day of publication, where known.
    pub published_on: Option<Date>,
    /// When it was read.
    pub loaded_at: Timestamp,
}

impl ListRef {
    /// Whole days since publication, or since loading where the day of publication is unknown; never negative.
    #[must_use]
    pub fn age_days(&self, now: Timestamp) -> i64 {
        let since = self.published_on.map_or(self.loaded_at, Date::start);
        ((now.as_millis() - since.as_millis()) / DAY_MS).max(0)
    }
}

/// One listed party or thing: the same for every format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The authority's own number, unique within the list.
    pub id: String,
    /// What is listed.
    pub kind: Kind,
    /// The sanctions programmes it is listed under.
    pub programs: Vec<String>,
    /// Why it is listed, in the words of the list: FollowTheMoney's topics such as `sanction` or `role.pep`. Empty where
    /// the list has one reason for all.
    #[serde(default)]
    pub topics: Vec<String>,
    /// Its names, the primary one first; those in the original script among them.
    pub names: Vec<ListedName>,
    /// Nationalities, citizenships, flag and countries of its addresses; sorted.
    pub countries: Vec<Country>,
    /// Dates or spans of birth that the list gives, several where the authority is unsure; of an organisation, of its
    /// founding; of a vessel or aircraft, of its building.
    pub birth_dates: Vec<BirthDate>,
    /// A person's gender, where the list gives one and no other.
    #[serde(default)]
    pub gender: Option<Gender>,
    /// The day on which it was listed, where known.
    #[serde(default)]
    pub listed_on: Option<Date>,
    /// Passports, registration numbers, wallet addresses and the like.
    pub identifiers: Vec<Identifier>,
    /// Addresses, one line each, for the reviewer.
    pub addresses: Vec<String>,
    /// The authority's remarks as published, for the reviewer.
    pub remarks: String,
}

impl Entry {
    /// An entry of which nothing is known but what it is.
    #[must_use]
    pub fn new(id: impl Into<String>, kind: Kind) -> Self {
        Self {
            id: id.into(),
            kind,
            programs: Vec::new(),
            topics: Vec::new(),
            names: Vec::new(),
            countries: Vec::new(),
            birth_dates: Vec::new(),
            gender: None,
            listed_on: None,
            identifiers: Vec::new(),
            addresses: Vec::new(),
            remarks: String::new(),
        }
    }

    /// The primary name, or nothing if the entry has no names.
    #[must_use]
    pub fn primary_name(&self) -> Option<&ListedName> {
        self.names.first()
    }

    /// Adds a name unless the entry already has that text; says whether it did.
    pub fn add_name(&mut self, text: &str, quality: Quality) -> bool {
        let new = !self.names.iter().any(|n| n.text == text);
        if new {
            self.names.push(ListedName {
                text: text.to_owned(),
                quality,
            });
        }
        new
    }

    /// Adds a country, keeping them sorted and each once.
    pub fn add_country(&mut self, country: Country) {
        if let Err(at) = self.countries.binary_search(&country) {
            self.countries.insert(at, country);
        }
    }
}

/// What is listed or asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A natural person.
    Person,
    /// A company, authority, group or other organisation.
    #[serde(alias = "organization")]
    Organisation,
    /// A ship.
    Vessel,
    /// An aircraft.
    Aircraft,
    /// A person or an organisation: the list does not say which (denied persons, FollowTheMoney's `LegalEntity`).
    Party,
}

impl Kind {
    /// The kinds that a thing really is; [`Kind::Party`] is one of the first two.
    pub const ALL: [Self; 4] = [
        Self::Person,
        Self::Organisation,
        Self::Vessel,
        Self::Aircraft,
    ];

    /// What a thing of this kind may be: itself, and for [`Kind::Party`] a person or an organisation.
    #[must_use]
    pub const fn possible(self) -> &'static [Self] {
        match self {
            Self::Person => &[Self::Person],
            Self::Organisation => &[Self::Organisation],
            Self::Vessel => &[Self::Vessel],
            Self::Aircraft => &[Self::Aircraft],
            Self::Party => &[Self::Person, Self::Organisation],
        }
    }

    /// Whether a thing of this kind and one of the other can be the same.
    #[must_use]
    pub fn may_be(self, other: Self) -> bool {
        self.possible().iter().any(|k| other.possible().contains(k))
    }
}

/// A person's gender, as lists give it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gender {
    /// Female.
    Female,
    /// Male.
    Male,
    /// Another.
    Other,
}

impl Gender {
    /// Reads `Male`, `female`, `M`, `F`, `other`, in any case; nothing where the text says none of them.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "f" | "female" => Some(Self::Female),
            "m" | "male" => Some(Self::Male),
            "x" | "other" => Some(Self::Other),
            _ => None,
        }
    }
}

/// A name as the list spells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedName {
    /// The text as published.
    pub text: String,
    /// How much it identifies.
    pub quality: Quality,
}

/// How much a listed name identifies its bearer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// The name the entry is listed under.
    Primary,
    /// An alias that identifies as well as the primary name.
    Strong,
    /// A nickname, acronym or other broad alias, which the authority does not expect to be screened alone.
    Weak,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn age_counts_from_publication_and_falls_back_to_loading() {
        let loaded_at: Timestamp = "2026-11-24T09:00:00Z".parse().unwrap();
        let source = |published_on| Source {
            name: "l".into(),
            digest: [0xab; 32],
            published_on,
            loaded_at,
        };
        let now: Timestamp = "2026-11-27T08:00:00Z".parse().unwrap();
        let published = List::new(source(Date::new(2026, 11, 20)), Vec::new());
        assert_eq!(published.version, "ab".repeat(32));
        assert_eq!(published.reference().age_days(now), 7);
        let unknown = List::new(source(None), Vec::new()).reference();
        assert_eq!(unknown.age_days(now), 2);
        assert_eq!(unknown.age_days("2026-11-01T00:00:00Z".parse().unwrap()), 0);
    }
}
