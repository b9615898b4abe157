//! What can be done with a cell: a small closed set.

use std::collections::BTreeMap;

use bonafide_model::{Date, Timestamp};
use bonafide_screen::Country;

use super::calling;
use super::columns::shown;

/// What is done with a cell, after it was trimmed.
#[derive(Debug, Clone)]
pub(crate) enum Transform {
    /// Nothing.
    Text,
    /// A date in one of these formats, the first that fits.
    Date(Vec<DateFormat>),
    /// A country's code or English name becomes its code.
    Country,
    /// A telephone number in international form; of the country in that column where it has no country code.
    Phone(Option<String>),
    /// One of these words, whatever its case, becomes another.
    Words(BTreeMap<String, String>),
}

impl Transform {
    pub(crate) fn words(words: &BTreeMap<String, String>) -> Self {
        let folded = words
            .iter()
            .map(|(w, v)| (w.trim().to_lowercase(), v.clone()));
        Self::Words(folded.collect())
    }

    /// The cell read; nothing where it holds a date of zeros, which some databases write for none.
    pub(crate) fn apply(
        &self,
        cell: &str,
        country: Option<&str>,
    ) -> Result<Option<String>, String> {
        match self {
            Self::Text => Ok(Some(cell.to_owned())),
            Self::Country => country_code(cell).map(Some),
            Self::Phone(_) => {
                let country = country.and_then(|c| country_code(c).ok());
                calling::international(cell, country.as_deref()).map(Some)
            }
            Self::Words(words) => {
                let found = words.get(&cell.to_lowercase()).cloned();
                found.map(Some).ok_or_else(|| {
                    let known: Vec<&str> = words.keys().map(String::as_str).collect();
                    format!("`{}` is not one of {}", shown(cell), known.join(", "))
                })
            }
            Self::Date(_) => Ok(self.time(cell)?.map(|t| t.date().to_string())),
        }
    }

    /// The cell read as an instant, UTC; at midnight where it is a date alone.
    pub(crate) fn time(&self, cell: &str) -> Result<Option<Timestamp>, String> {
        let Self::Date(formats) = self else {
            return Err("this is not read as a date".to_owned());
        };
        let zeros = |c: char| c == '0' || !c.is_ascii_digit();
        if cell.chars().all(zeros) && !cell.chars().any(char::is_alphabetic) {
            return Ok(None);
        }
        let read = formats.iter().find_map(|f| f.read(cell));
        read.map(Some).ok_or_else(|| {
            let known: Vec<&str> = formats.iter().map(|f| f.text.as_str()).collect();
            format!(
                "`{}` is not a date such as {}",
                shown(cell),
                known.join(", ")
            )
        })
    }
}

fn country_code(cell: &str) -> Result<String, String> {
    if cell.eq_ignore_ascii_case("UK") {
        return Ok("GB".to_owned());
    }
    let country: Result<Country, _> = cell.parse();
    country
        .map(|c| c.code().to_owned())
        .map_err(|e| e.to_string())
}

/// How a date is written: `YYYY`, `MM`, `DD`, `hh`, `mm`, `ss` with two digits, `M` and `D` with one or two, anything else
/// as it stands; or `unix`, seconds since 1970.
#[derive(Debug, Clone)]
pub(crate) struct DateFormat {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Number {
        of: usize,
        digits: usize,
        fewer: bool,
    },
    Literal(char),
    Unix,
}

/// Year, month, day, hour, minute, second.
const NAMES: [(&str, usize, usize, bool); 8] = [
    ("YYYY", 0, 4, false),
    ("MM", 1, 2, false),
    ("DD", 2, 2, false),
    ("hh", 3, 2, false),
    ("mm", 4, 2, false),
    ("ss", 5, 2, false),
    ("M", 1, 2, true),
    ("D", 2, 2, true),
];

impl DateFormat {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        if text == "unix" {
            parts.push(Part::Unix);
            rest = "";
        }
        while let Some(first) = rest.chars().next() {
            if let Some((name, of, digits, fewer)) =
                NAMES.into_iter().find(|(name, ..)| rest.starts_with(name))
            {
                parts.push(Part::Number { of, digits, fewer });
                rest = rest.strip_prefix(name).unwrap_or_default();
                continue;
            }
            if first.is_ascii_alphanumeric() && first != 'T' && first != 'Z' {
                return Err(format!(
                    "`{}` is no format of dates: it is made of YYYY, MM, DD, M, D, hh, mm, ss and what stands between, or `unix`",
                    shown(text)
                ));
            }
            parts.push(Part::Literal(first));
            rest = rest.strip_prefix(first).unwrap_or_default();
        }
        let has = |wanted: usize| {
            let mut numbers = parts.iter();
            numbers.any(|p| matches!(p, Part::Number { of, .. } if *of == wanted))
        };
        if !(parts.contains(&Part::Unix) || has(0) && has(1) && has(2)) {
            return Err(format!("`{}` lacks a year, a month or a day", shown(text)));
        }
        Ok(Self {
            text: text.to_owned(),
            parts,
        })
    }

    fn read(&self, cell: &str) -> Option<Timestamp> {
        let mut values = [0_i64; 6];
        let mut rest = cell;
        for part in &self.parts {
            match part {
                Part::Unix => {
                    return Timestamp::from_millis(cell.parse::<i64>().ok()?.checked_mul(1000)?);
                }
                Part::Literal(c) => rest = rest.strip_prefix(*c)?,
                Part::Number { of, digits, fewer } => {
                    let found = rest
                        .bytes()
                        .take(*digits)
                        .take_while(u8::is_ascii_digit)
                        .count();
                    if found == 0 || (!fewer && found < *digits) {
                        return None;
                    }
                    let (number, after) = rest.split_at_checked(found)?;
                    *values.get_mut(*of)? = number.parse().ok()?;
                    rest = after;
                }
            }
        }
        let [year, month, day, hour, minute, second] = values;
        let in_day = hour < 24 && minute < 60 && second < 60;
        if !rest.is_empty() || !in_day {
            return None;
        }
        let date = Date::new(
            year.try_into().ok()?,
            month.try_into().ok()?,
            day.try_into().ok()?,
        )?;
        Some(
            date.start()
                .plus_millis(((hour * 60 + minute) * 60 + second) * 1000),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dates(formats: &[&str]) -> Transform {
        Transform::Date(
            formats
                .iter()
                .map(|f| DateFormat::parse(f).unwrap())
                .collect(),
        )
    }

    #[test]
    fn dates_in_the_formats_named_and_no_others() {
        let read = dates(&["YYYY-MM-DD hh:mm:ss", "YYYY-MM-DD", "D/M/YYYY", "unix"]);
        for (cell, expected) in [
            ("2014-02-28", "2014-02-28T00:00:00.000Z"),
            ("2014-02-28 13:05:09", "2014-02-28T13:05:09.000Z"),
            ("1/12/2014", "2014-12-01T00:00:00.000Z"),
            ("1417392000", "2014-12-01T00:00:00.000Z"),
        ] {
            assert_eq!(
                read.time(cell).unwrap().unwrap().to_string(),
                expected,
                "{cell}"
            );
        }
        assert_eq!(read.time("0000-00-00 00:00:00").unwrap(), None);
        for bad in [
            "2014-02-30",
            "2014-2-28",
            "28.02.2014",
            "12/31/2014",
            "2014-02-28 24:00:00",
            "soon",
            "2014-02-28x",
        ] {
            assert!(read.time(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_format_without_a_year_or_with_other_letters_is_refused() {
        for bad in ["DD.MM", "YY-MM-DD", "dd/mm/yyyy", ""] {
            assert!(DateFormat::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn countries_by_code_or_name() {
        for (cell, code) in [
            ("de", "DE"),
            ("Germany", "DE"),
            ("UK", "GB"),
            ("United States", "US"),
        ] {
            assert_eq!(Transform::Country.apply(cell, None).unwrap().unwrap(), code);
        }
        assert!(Transform::Country.apply("Atlantis", None).is_err());
    }

    #[test]
    fn words_in_any_case() {
        let words = BTreeMap::from([("Yes".to_owned(), "true".to_owned())]);
        let words = Transform::words(&words);
        assert_eq!(words.apply("YES", None).unwrap().unwrap(), "true");
        assert_eq!(
            words.apply("no", None).unwrap_err(),
            "`no` is not one of yes"
        );
    }
}
