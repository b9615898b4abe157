//! A length of time to the microsecond: how far from an instant something may lie. `60s`, `5m`, `PT1M30S`.
//!
//! Unlike [`Span`](super::Span) it has no calendar in it: a day has 24 hours, and months and years are refused.

use std::fmt;
use std::str::FromStr;

use super::{DAY_US, SECOND_US, TimeError};

const EXPECTED: &str = "a length of time such as `60s`, `5m`, `1h` or `PT1M30S`";

/// A length of time in microseconds, not negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Width(i64);

impl Width {
    /// From microseconds; `None` below zero.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Option<Self> {
        if micros < 0 { None } else { Some(Self(micros)) }
    }

    /// Microseconds.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Width {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            us if us % SECOND_US == 0 => write!(f, "{}s", us / SECOND_US),
            us if us % 1000 == 0 => write!(f, "{}ms", us / 1000),
            us => write!(f, "{us}us"),
        }
    }
}

impl FromStr for Width {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let micros = match text.strip_prefix(['P', 'p']) {
            Some(rest) => iso(rest),
            None => short(text),
        };
        micros
            .map(Self)
            .ok_or_else(|| TimeError::new(text, EXPECTED))
    }
}

/// A number with at most six decimals, in units of so many microseconds.
fn scaled(number: &str, unit: i64) -> Option<i64> {
    let (whole, part) = number.split_once(['.', ',']).unwrap_or((number, "0"));
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() > 6 {
        return None;
    }
    let scale = 10_i64.checked_pow(u32::try_from(part.len()).ok()?)?;
    let part = part.parse::<i64>().ok()?.checked_mul(unit)?;
    let whole = whole.parse::<i64>().ok()?.checked_mul(unit)?;
    (part % scale == 0).then(|| whole.checked_add(part / scale))?
}

fn short(text: &str) -> Option<i64> {
    let at = text
        .find(|c: char| c.is_ascii_alphabetic())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(at)?;
    let unit = match unit {
        "us" => 1,
        "ms" => 1000,
        // A number by itself is of seconds.
        "s" | "" => SECOND_US,
        "m" | "min" => 60 * SECOND_US,
        "h" => 3600 * SECOND_US,
        "d" => DAY_US,
        _ => return None,
    };
    scaled(number.trim_end(), unit)
}

fn iso(rest: &str) -> Option<i64> {
    let (date, time) = match rest.split_once(['T', 't']) {
        Some((_, "")) => return None,
        Some((date, time)) => (date, time),
        None => (rest, ""),
    };
    let date = designated(date, &[('W', 7 * DAY_US), ('D', DAY_US)])?;
    let units = [
        ('H', 3600 * SECOND_US),
        ('M', 60 * SECOND_US),
        ('S', SECOND_US),
    ];
    let time = designated(time, &units)?;
    (!rest.is_empty()).then(|| date.checked_add(time))?
}

/// Numbers with their designators, each at most once and in order.
fn designated(mut text: &str, mut units: &[(char, i64)]) -> Option<i64> {
    let mut sum = 0_i64;
    while !text.is_empty() {
        let at = text.find(|c: char| c.is_ascii_alphabetic())?;
        let (number, rest) = text.split_at_checked(at)?;
        let designator = rest.chars().next()?.to_ascii_uppercase();
        let place = units.iter().position(|(d, _)| *d == designator)?;
        let (_, unit) = units.get(place)?;
        sum = sum.checked_add(scaled(number, *unit)?)?;
        units = units.get(place + 1..)?;
        text = rest.get(1..)?;
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_read() {
        for (text, micros) in [
            ("60s", 60_000_000),
            ("5m", 300_000_000),
            ("0s", 0),
            ("1h", 3_600_000_000),
            ("1d", 86_400_000_000),
            ("250ms", 250_000),
            ("7us", 7),
            ("30", 30_000_000),
            ("1.5s", 1_500_000),
            ("PT1M", 60_000_000),
            ("PT1H30M", 5_400_000_000),
            ("PT0.000001S", 1),
            ("P1D", 86_400_000_000),
            ("P1DT12H", 129_600_000_000),
            ("P2W", 1_209_600_000_000),
        ] {
            assert_eq!(text.parse::<Width>().unwrap().as_micros(), micros, "{text}");
        }
        for bad in [
            "",
            "s",
            "-1s",
            "1y",
            "P",
            "PT",
            "P1M",
            "P1Y",
            "PT1S1M",
            "PT1",
            "1 week",
            "1.0000001s",
        ] {
            assert!(bad.parse::<Width>().is_err(), "{bad}");
        }
    }
}
