//! Countries by ISO 3166-1 alpha-2 code, and the names that lists use for them (`data/countries.txt`).

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::normalise;

const TABLE: &str = include_str!("../data/countries.txt");

/// Folded names and codes to countries.
static BY_NAME: LazyLock<HashMap<String, Country>> = LazyLock::new(|| {
    let mut names = HashMap::new();
    for line in TABLE.lines().filter(|l| !l.starts_with('#')) {
        let Some((code, listed)) = line.split_once('\t') else {
            continue;
        };
        let [a, b] = *code.as_bytes() else { continue };
        let country = Country([a, b]);
        names.insert(normalise::words(code), country);
        for name in listed.split('|') {
            names.insert(normalise::words(name), country);
        }
    }
    names
});

/// A country, by its ISO 3166-1 alpha-2 code (`XK` for Kosovo).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

impl Country {
    /// The two-letter code, upper case.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("")
    }
}

/// Text that names no country.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a country; write a two-letter ISO 3166 code such as `KY`, or an English name"
)]
pub struct CountryError(String);

impl FromStr for Country {
    type Err = CountryError;

    /// Reads a code or an English name, in any case.
    fn from_str(text: &str) -> Result<Self, CountryError> {
        BY_NAME
            .get(&normalise::words(text))
            .copied()
            .ok_or_else(|| CountryError(text.chars().take(64).collect()))
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Country {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Country {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_listed_names_are_the_same_country() {
        for (text, code) in [
            ("Korea, North", "KP"),
            ("kp", "KP"),
            ("Burma", "MM"),
            ("Region: Gaza", "PS"),
            ("Cote d Ivoire", "CI"),
            ("Türkiye", "TR"),
            ("Kosovo", "XK"),
            ("RUSSIA", "RU"),
            ("Myanmar", "MM"),
            ("Korea, Democratic People's Republic of", "KP"),
            ("United Kingdom of Great Britain and Northern Ireland", "GB"),
        ] {
            assert_eq!(text.parse::<Country>().unwrap().code(), code, "{text}");
        }
        for bad in ["", "undetermined", "ZZ", "-"] {
            assert!(bad.parse::<Country>().is_err(), "{bad}");
        }
    }

    #[test]
    fn every_line_of_the_table_is_read() {
        let lines = TABLE.lines().filter(|l| !l.starts_with('#'));
        for line in lines {
            let (code, names) = line.split_once('\t').unwrap();
            for name in names.split('|').chain([code]) {
                assert_eq!(name.parse::<Country>().unwrap().code(), code, "{name}");
            }
        }
    }
}
