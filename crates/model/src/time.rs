//! Instants, dates, spans of time, and the [`Clock`] that supplies the present.
//!
//! Records use milliseconds (the histories of addresses use [`Micros`]); an instant is cut to that precision on entry, before
//! anything is judged by it, so that what was judged and what was recorded are the same number. The library that does
//! the calendar stays inside this module: nothing else in the product names it.

use std::fmt;
use std::str::FromStr;

use jiff::civil;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

mod micros;
mod weekday;
mod width;
mod zone;

pub use micros::{DAY_US, Micros, SECOND_US};
pub use weekday::Weekday;
pub use width::Width;
pub use zone::Zone;

/// Milliseconds in a day.
pub const DAY_MS: i64 = 86_400_000;

/// The earliest and latest instants accepted, years 1 to 9999, in milliseconds since 1970-01-01T00:00:00Z.
const RANGE_MS: std::ops::RangeInclusive<i64> = -62_135_596_800_000..=253_402_207_200_000;

/// Supplies the present. The binary owns the only real one; tests use [`FixedClock`].
pub trait Clock: Send + Sync {
    /// The present instant, cut to milliseconds.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the machine's clock"
    )]
    fn now(&self) -> Timestamp {
        Timestamp(jiff::Timestamp::now().as_millisecond())
    }
}

/// A clock that stands still until it is set. For tests and replays.
#[derive(Debug)]
pub struct FixedClock(std::sync::atomic::AtomicI64);

impl FixedClock {
    /// A clock that shows `at`.
    #[must_use]
    pub fn new(at: Timestamp) -> Self {
        Self(std::sync::atomic::AtomicI64::new(at.0))
    }

    /// Sets the clock to `at`.
    pub fn set(&self, at: Timestamp) {
        self.0.store(at.0, std::sync::atomic::Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(std::sync::atomic::Ordering::SeqCst))
    }
}

/// Text that is not an instant, a date or a span of time; says what was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {expected}")]
pub struct TimeError {
    text: String,
    expected: &'static str,
}

impl TimeError {
    fn new(text: &str, expected: &'static str) -> Self {
        Self {
            text: text.chars().take(64).collect(),
            expected,
        }
    }
}

/// An instant in UTC, in milliseconds since 1970-01-01T00:00:00Z. Written as RFC 3339 with three decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since 1970; `None` outside the years 1 to 9999.
    #[must_use]
    pub fn from_millis(millis: i64) -> Option<Self> {
        RANGE_MS.contains(&millis).then_some(Self(millis))
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub fn as_millis(self) -> i64 {
        self.0
    }

    /// The calendar date in UTC.
    #[must_use]
    pub fn date(self) -> Date {
        Date(self.zoned().date())
    }

    /// This instant plus a span, reckoned in the UTC calendar; saturates at the end of the year 9999.
    #[must_use]
    pub fn plus(self, span: Span) -> Self {
        let moved = self
            .zoned()
            .checked_add(span.to_jiff())
            .map(|z| z.timestamp().as_millisecond());
        Self(
            moved
                .unwrap_or(*RANGE_MS.end())
                .clamp(*RANGE_MS.start(), *RANGE_MS.end()),
        )
    }

    /// This instant moved by milliseconds, saturating at the ends of the range.
    #[must_use]
    pub fn plus_millis(self, millis: i64) -> Self {
        Self(
            self.0
                .saturating_add(millis)
                .clamp(*RANGE_MS.start(), *RANGE_MS.end()),
        )
    }

    fn zoned(self) -> jiff::ZonedDateTime {
        jiff::Timestamp::from_millisecond(self.0)
            .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
            .to_zoned_datetime(TimeZone::UTC)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let t = jiff::Timestamp::from_millisecond(self.0).map_err(|_| fmt::Error)?;
        write!(f, "{t:.3}")
    }
}

impl FromStr for Timestamp {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let expected = "an RFC 3339 instant such as `2026-11-24T09:30:00Z`";
        let parsed: jiff::Timestamp = text.parse().map_err(|_| TimeError::new(text, expected))?;
        Self::from_millis(parsed.as_millisecond()).ok_or_else(|| TimeError::new(text, expected))
    }
}

/// A calendar date, years 1 to 9999. Written as `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(civil::Date);

impl Date {
    /// From year, month and day; `None` if there is no such day.
    #[must_use]
    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        civil::Date::new(year, month, day)
            .ok()
            .filter(|d| d.year() >= 1)
            .map(Self)
    }

    /// The year.
    #[must_use]
    pub fn year(self) -> i16 {
        self.0.year()
    }

    /// Midnight UTC at the start of this day.
    #[must_use]
    pub fn start(self) -> Timestamp {
        let millis = self
            .0
            .to_zoned_datetime(TimeZone::UTC)
            .map_or(0, |z| z.timestamp().as_millisecond());
        Timestamp(millis)
    }

    /// This date plus a span; saturates at the end of the year 9999.
    #[must_use]
    pub fn plus(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.to_jiff()))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for Date {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let expected = "a calendar date such as `1984-02-29`";
        let shape = text.len() == 10
            && text.bytes().enumerate().all(|(i, b)| {
                if i == 4 || i == 7 {
                    b == b'-'
                } else {
                    b.is_ascii_digit()
                }
            });
        if !shape {
            return Err(TimeError::new(text, expected));
        }
        let parsed: civil::Date = text.parse().map_err(|_| TimeError::new(text, expected))?;
        if parsed.year() < 1 {
            Err(TimeError::new(text, expected))
        } else {
            Ok(Self(parsed))
        }
    }
}

/// A calendar span, ISO 8601: `P1Y6M`, `P14D`, `PT8H`. Years and months are kept apart from days, since a year is not a
/// number of days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span {
    months: i32,
    days: i32,
    seconds: i64,
}

impl Span {
    /// A span of whole months.
    #[must_use]
    pub const fn months(months: i32) -> Self {
        Self {
            months,
            days: 0,
            seconds: 0,
        }
    }

    /// A span of whole days.
    #[must_use]
    pub const fn days(days: i32) -> Self {
        Self {
            months: 0,
            days,
            seconds: 0,
        }
    }

    /// A length to compare terms by: months count 30.436875 days. Never used to compute a due instant.
    #[must_use]
    pub fn nominal_millis(self) -> i64 {
        i64::from(self.months) * 2_629_746_000 + i64::from(self.days) * DAY_MS + self.seconds * 1000
    }

    fn to_jiff(self) -> jiff::Span {
        jiff::Span::new()
            .months(self.months)
            .days(self.days)
            .seconds(self.seconds)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("P")?;
        for (n, unit) in [
            (self.months / 12, 'Y'),
            (self.months % 12, 'M'),
            (self.days, 'D'),
        ] {
            if n != 0 {
                write!(f, "{n}{unit}")?;
            }
        }
        let (h, m, s) = (
            self.seconds / 3600,
            self.seconds / 60 % 60,
            self.seconds % 60,
        );
        if self.seconds != 0 {
            f.write_str("T")?;
            for (n, unit) in [(h, 'H'), (m, 'M'), (s, 'S')] {
                if n != 0 {
                    write!(f, "{n}{unit}")?;
                }
            }
        }
        if *self == Self::default() {
            f.write_str("0D")
        } else {
            Ok(())
        }
    }
}

impl FromStr for Span {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let error = || TimeError::new(text, "an ISO 8601 duration such as `P2Y`, `P14D` or `PT8H`");
        let rest = text.strip_prefix('P').ok_or_else(error)?;
        let (date, time) = rest
            .split_once('T')
            .map_or((rest, None), |(d, t)| (d, Some(t)));
        let mut span = Self::default();
        let dates = read_units(date, &['Y', 'M', 'W', 'D']).ok_or_else(error)?;
        let times = read_units(time.unwrap_or(""), &['H', 'M', 'S']).ok_or_else(error)?;
        if (dates.is_empty() && times.is_empty()) || (time.is_some() && times.is_empty()) {
            return Err(error());
        }
        for (n, unit) in dates {
            match unit {
                'Y' => span.months += n * 12,
                'M' => span.months += n,
                'W' => span.days += n * 7,
                _ => span.days += n,
            }
        }
        for (n, unit) in times {
            span.seconds += i64::from(n)
                * match unit {
                    'H' => 3600,
                    'M' => 60,
                    _ => 1,
                };
        }
        Ok(span)
    }
}

/// Reads `12Y3M` as numbers with units, which must come in the order of `units`, each at most once and below 10,000.
fn read_units(text: &str, units: &[char]) -> Option<Vec<(i32, char)>> {
    let mut found = Vec::new();
    let mut left = units;
    let mut number = String::new();
    for c in text.chars() {
        if c.is_ascii_digit() {
            number.push(c);
            continue;
        }
        let at = left.iter().position(|u| *u == c)?;
        left = left.get(at + 1..)?;
        let n: i32 = number.parse().ok().filter(|n| *n < 10_000)?;
        found.push((n, c));
        number.clear();
    }
    number.is_empty().then_some(found)
}

macro_rules! as_text {
    ($($name:ty),*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    )*};
}

as_text!(Timestamp, Date, Span);

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn instants_are_cut_to_milliseconds_and_written_in_utc() {
        assert_eq!(
            at("2026-11-24T10:30:00.123987+01:00").to_string(),
            "2026-11-24T09:30:00.123Z"
        );
        assert!("2026-11-24 10:30".parse::<Timestamp>().is_err());
    }

    #[test]
    fn impossible_dates_are_refused() {
        for bad in [
            "2023-02-29",
            "2023-13-01",
            "2023-00-10",
            "23-1-1",
            "20230101",
            "0000-01-01",
            "+02023-01-01",
        ] {
            assert!(bad.parse::<Date>().is_err(), "{bad}");
        }
        assert_eq!(
            "2024-02-29".parse::<Date>().unwrap().to_string(),
            "2024-02-29"
        );
    }

    #[test]
    fn spans_follow_the_calendar() {
        assert_eq!(
            at("2024-02-29T00:00:00Z").plus("P1Y".parse().unwrap()),
            at("2025-02-28T00:00:00Z")
        );
        assert_eq!(
            at("2026-01-31T00:00:00Z").plus("P1M".parse().unwrap()),
            at("2026-02-28T00:00:00Z")
        );
        assert_eq!(
            at("2026-01-31T00:00:00Z").plus("P1W2DT3H".parse().unwrap()),
            at("2026-02-09T03:00:00Z")
        );
        for text in ["P1Y6M", "P14D", "PT8H", "P1Y2DT3H4M5S"] {
            assert_eq!(text.parse::<Span>().unwrap().to_string(), text);
        }
        for bad in [
            "", "P", "PT", "1Y", "P1X", "P1D1Y", "P-1D", "P1.5Y", "P99999Y",
        ] {
            assert!(bad.parse::<Span>().is_err(), "{bad}");
        }
    }
}
