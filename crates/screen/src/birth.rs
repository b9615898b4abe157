//! A birth date as lists give it: a day, a month, a year, or a span of years.
//!
//! All of them are an interval of days. That makes comparing simple and honest: a year agrees with every day in it, and
//! says less than an equal day.

use std::fmt;
use std::str::FromStr;

use bonafide_model::Date;
use serde::{Deserialize, Serialize};

/// Years by which an approximate date (`circa`) is widened on each side. Authorities give no figure; one year keeps the
/// neighbouring years neutral without turning the date into a decade.
const CIRCA_YEARS: i16 = 1;

/// The days on which somebody may have been born.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BirthDate {
    earliest: Date,
    latest: Date,
}

impl BirthDate {
    /// One day.
    #[must_use]
    pub fn day(day: Date) -> Self {
        Self {
            earliest: day,
            latest: day,
        }
    }

    /// Any day of one year; `None` outside the years 1 to 9999.
    #[must_use]
    pub fn year(year: i16) -> Option<Self> {
        Self::years(year, year)
    }

    /// Any day of one month; `None` if there is no such month.
    #[must_use]
    pub fn month(year: i16, month: i8) -> Option<Self> {
        Some(Self {
            earliest: Date::new(year, month, 1)?,
            latest: (28..=31)
                .rev()
                .find_map(|day| Date::new(year, month, day))?,
        })
    }

    fn years(first: i16, last: i16) -> Option<Self> {
        Some(Self {
            earliest: Date::new(first, 1, 1)?,
            latest: Date::new(last, 12, 31)?,
        })
    }

    /// From the start of `self` to the end of `other`; `None` if that is before the start.
    #[must_use]
    pub fn through(self, other: Self) -> Option<Self> {
        (self.earliest <= other.latest).then_some(Self {
            earliest: self.earliest,
            latest: other.latest,
        })
    }

    /// The same, known only roughly: widened by a year on each side.
    #[must_use]
    pub fn circa(self) -> Option<Self> {
        Self::years(
            self.earliest.year().checked_sub(CIRCA_YEARS)?,
            self.latest.year().checked_add(CIRCA_YEARS)?,
        )
    }

    /// The first day it may have been.
    #[must_use]
    pub fn earliest(self) -> Date {
        self.earliest
    }

    /// The last day it may have been.
    #[must_use]
    pub fn latest(self) -> Date {
        self.latest
    }

    /// Whether two dates of birth can be of one person.
    #[must_use]
    pub fn compare(self, other: Self) -> Agreement {
        let days = self.earliest <= other.latest && other.earliest <= self.latest;
        let exact = self.earliest == self.latest && other.earliest == other.latest;
        let years = self.earliest.year() <= other.latest.year()
            && other.earliest.year() <= self.latest.year();
        match (days, exact, years) {
            (true, true, _) => Agreement::SameDay,
            (true, false, _) => Agreement::Compatible,
            (false, _, true) => Agreement::SameYearOtherDay,
            (false, _, false) => Agreement::OtherYear,
        }
    }
}

/// How two dates of birth stand to each other, the closest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Agreement {
    /// Both are days, and equal.
    SameDay,
    /// At least one is a month, year or span, and they overlap.
    Compatible,
    /// The year can be the same, the day cannot.
    SameYearOtherDay,
    /// Not even the year can be the same.
    OtherYear,
}

/// Text that is no date of birth.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a date of birth; write `1961-03-12`, `1961-03` or `1961`")]
pub struct BirthDateError(String);

impl FromStr for BirthDate {
    type Err = BirthDateError;

    fn from_str(text: &str) -> Result<Self, BirthDateError> {
        let read = || match text.len() {
            4 => Self::year(text.parse().ok()?),
            7 => {
                let (year, month) = text.split_once('-')?;
                Self::month(year.parse().ok()?, month.parse().ok()?)
            }
            _ => text.parse().ok().map(Self::day),
        };
        let digits = text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        digits
            .then(read)
            .flatten()
            .ok_or_else(|| BirthDateError(text.chars().take(64).collect()))
    }
}

impl fmt::Display for BirthDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.earliest == self.latest {
            write!(f, "{}", self.earliest)
        } else if Self::year(self.earliest.year()) == Some(*self) {
            write!(f, "{}", self.earliest.year())
        } else {
            write!(f, "{}/{}", self.earliest, self.latest)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn b(text: &str) -> BirthDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_year_agrees_with_every_day_in_it() {
        assert_eq!(b("1961-03-12").compare(b("1961-03-12")), Agreement::SameDay);
        assert_eq!(b("1961-03-12").compare(b("1961")), Agreement::Compatible);
        assert_eq!(b("1961").compare(b("1961")), Agreement::Compatible);
        assert_eq!(
            b("1961-03-12").compare(b("1961-12-03")),
            Agreement::SameYearOtherDay
        );
        assert_eq!(
            b("1961-02").compare(b("1961-03")),
            Agreement::SameYearOtherDay
        );
        assert_eq!(b("1961").compare(b("1962-01-01")), Agreement::OtherYear);
        assert_eq!(
            b("1961").circa().unwrap().compare(b("1962-01-01")),
            Agreement::Compatible
        );
    }

    #[test]
    fn text_that_is_no_date_is_refused() {
        for bad in [
            "",
            "61",
            "1961-13",
            "1961-02-30",
            "12 Mar 1961",
            "-961",
            "+961",
            "0000",
        ] {
            assert!(bad.parse::<BirthDate>().is_err(), "{bad}");
        }
        for good in ["1961", "1961-03-12"] {
            assert_eq!(b(good).to_string(), good);
        }
        assert_eq!(b("1960-02").to_string(), "1960-02-01/1960-02-29");
        assert_eq!(b("1962").through(b("1961")), None);
    }
}
