//! Dates of a zone: six characters without a century, of which day and month may be unknown.
//!
//! Century rules, for a day `today`:
//! - a date of birth is the latest one with these digits that is not after `today`;
//! - a date of expiry is the one that lies from 50 years before `today` to 50 years after it.
//!
//! Where the day does not exist in that century (29 February 1900), the neighbouring century is taken.

use std::fmt;

use bonafide_model::Date;

use crate::verdict::{Code, Reason};

/// Years of the window around today in which a date of expiry lies: no document is good for longer.
const EXPIRY_WINDOW_YEARS: i16 = 50;

/// A date of which parts may be unknown. Written as ISO 8601 writes reduced precision: `1984-02-29`, `1984-02`, `1984`;
/// empty if nothing is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Partial {
    /// Nothing is known.
    Unknown,
    /// The year alone.
    Year(i16),
    /// Year and month.
    Month(i16, i8),
    /// The whole date.
    Day(Date),
}

impl Partial {
    /// The earliest day that it can be.
    #[must_use]
    pub fn first_day(self) -> Option<Date> {
        match self {
            Self::Unknown => None,
            Self::Year(year) => Date::new(year, 1, 1),
            Self::Month(year, month) => Date::new(year, month, 1),
            Self::Day(date) => Some(date),
        }
    }

    /// The latest day that it can be.
    #[must_use]
    pub fn last_day(self) -> Option<Date> {
        match self {
            Self::Unknown => None,
            Self::Year(year) => Date::new(year, 12, 31),
            Self::Month(year, month) => (28..=31).rev().find_map(|day| Date::new(year, month, day)),
            Self::Day(date) => Some(date),
        }
    }
}

impl fmt::Display for Partial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => Ok(()),
            Self::Year(year) => write!(f, "{year:04}"),
            Self::Month(year, month) => write!(f, "{year:04}-{month:02}"),
            Self::Day(date) => write!(f, "{date}"),
        }
    }
}

/// Two digits, or two fillers, or neither.
enum Pair {
    Number(i8),
    Filler,
}

fn pair(pair: [u8; 2]) -> Option<Pair> {
    match pair {
        [b'<', b'<'] => Some(Pair::Filler),
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => {
            i8::try_from((tens - b'0') * 10 + (ones - b'0'))
                .ok()
                .map(Pair::Number)
        }
        _ => None,
    }
}

/// Reads six characters in a year of some century.
fn in_century(text: [u8; 6], century: i16) -> Option<Partial> {
    let [y1, y2, m1, m2, d1, d2] = text;
    let year = |year: i8| century + i16::from(year);
    match (pair([y1, y2])?, pair([m1, m2])?, pair([d1, d2])?) {
        (Pair::Filler, Pair::Filler, Pair::Filler) => Some(Partial::Unknown),
        (Pair::Number(y), Pair::Filler, Pair::Filler) => Some(Partial::Year(year(y))),
        (Pair::Number(y), Pair::Number(m @ 1..=12), Pair::Filler) => {
            Some(Partial::Month(year(y), m))
        }
        (Pair::Number(y), Pair::Number(m), Pair::Number(d)) => {
            Date::new(year(y), m, d).map(Partial::Day)
        }
        _ => None,
    }
}

/// The first century, from the latest down, in which these characters are a date that `fits`.
fn resolve(
    field: &str,
    text: [u8; 6],
    today: Date,
    fits: impl Fn(Partial) -> bool,
) -> Result<Partial, Reason> {
    let this = today.year() - today.year() % 100;
    let mut other = None;
    for century in [this + 100, this, this - 100] {
        let Some(found) = in_century(text, century) else {
            continue;
        };
        if fits(found) {
            return Ok(found);
        }
        if century <= this {
            other = other.or(Some(found));
        }
    }
    other.ok_or_else(|| {
        let text = format!(
            "the {field} `{}` is not a date",
            String::from_utf8_lossy(&text)
        );
        Reason::new(Code::Date, text)
    })
}

/// A date of birth.
///
/// # Errors
/// If the characters are no date in any century.
pub fn birth_date(text: [u8; 6], today: Date) -> Result<Partial, Reason> {
    resolve("date of birth", text, today, |date| {
        date.first_day().is_none_or(|first| first <= today)
    })
}

/// A date of expiry; unknown where a document does not expire.
///
/// # Errors
/// If the characters are no date in any century.
pub fn expiry_date(text: [u8; 6], today: Date) -> Result<Partial, Reason> {
    let window = today.year() - EXPIRY_WINDOW_YEARS..today.year() + EXPIRY_WINDOW_YEARS;
    resolve("date of expiry", text, today, |date| {
        date.first_day()
            .is_none_or(|first| window.contains(&first.year()))
    })
}
