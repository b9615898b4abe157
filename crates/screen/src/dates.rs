//! Dates as lists write them: `1961-03-12`, `12/03/1961`, `12 Mar 1961`, `March 1961`, `circa 1961`, `1960 to 1965`,
//! `00/00/1961` and their mixtures.
//!
//! Days come before months where digits leave it open: every list that writes slashes and no ISO dates is European, but
//! for the US ones, whose readers ask for [`us_day`].

use bonafide_model::Date;

use crate::BirthDate;

/// Longest text that is looked at. The longest published date is a span of about forty characters.
const MAX_CHARS: usize = 80;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// What lists write before a date that is known roughly.
const ROUGHLY: [&str; 9] = [
    "circa",
    "approximately",
    "approx.",
    "approx",
    "about",
    "around",
    "c.",
    "ca.",
    "~",
];

/// What stands between the two ends of a span.
const SPAN: [&str; 6] = [" to ", " - ", " – ", " through ", "between ", "/"];

/// Reads a date, month, year or span.
pub(crate) fn read(text: &str) -> Option<BirthDate> {
    let text = text.trim().trim_end_matches('.').trim();
    if text.is_empty() || text.len() > MAX_CHARS {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    for rough in ROUGHLY {
        if let Some(rest) = lower.strip_prefix(rough) {
            return read(rest)?.circa();
        }
    }
    if let Some(birth) = point(&lower) {
        return Some(birth);
    }
    let lower = lower.strip_prefix("between ").unwrap_or(&lower);
    for between in SPAN.into_iter().chain([" and ", "-"]) {
        if let Some((from, to)) = lower.split_once(between)
            && let (Some(from), Some(to)) = (point(from.trim()), point(to.trim()))
        {
            return from.through(to);
        }
    }
    None
}

/// Whether a text stands for a date that is not known.
pub(crate) fn says_nothing(text: &str) -> bool {
    let text = text.trim().to_ascii_lowercase();
    matches!(
        text.as_str(),
        "" | "-" | "unknown" | "na" | "n/a" | "not known" | "unavailable"
    ) || text.bytes().all(|b| matches!(b, b'0' | b'/' | b'-' | b'.'))
}

/// Reads one day, as a date of listing or publication is.
pub(crate) fn day(text: &str) -> Option<Date> {
    let birth = read(text)?;
    (birth.earliest() == birth.latest()).then(|| birth.earliest())
}

/// Reads one day that is written the American way, `06/29/2056`.
pub(crate) fn us_day(text: &str) -> Option<Date> {
    let parts: Vec<&str> = text.trim().split('/').collect();
    match parts.as_slice() {
        [month, day, year] => Date::new(year_of(year)?, number(month)?, number(day)?),
        _ => day(text),
    }
}

/// One day, month or year.
fn point(text: &str) -> Option<BirthDate> {
    // What follows a `T` is the time of day, which lists write as midnight.
    let text = match text.split_once('t') {
        Some((date, time)) if date.len() == 10 && time.contains(':') => date,
        _ => text.split_once(" 00:00").map_or(text, |(date, _)| date),
    };
    let parts: Vec<&str> = text
        .split([' ', '-', '/', '.', ',', '\u{a0}'])
        .filter(|part| !part.is_empty())
        .collect();
    let (year, month, day) = match *parts.as_slice() {
        [year] => (year, "", ""),
        [a, b] if year_of(a).is_some() => (a, b, ""),
        [a, b] => (b, a, ""),
        [a, b, c] if year_of(a).is_some() => (a, b, c),
        [a, b, c] if month_named(a).is_some() => (c, a, b),
        [a, b, c] => (c, b, a),
        _ => return None,
    };
    let year = year_of(year)?;
    if is_blank(month) {
        return BirthDate::year(year);
    }
    let month = month_named(month).or_else(|| number(month))?;
    if is_blank(day) {
        return BirthDate::month(year, month);
    }
    Some(BirthDate::day(Date::new(year, month, number(day)?)?))
}

/// Whether a part is left open: absent, zeros, or the letters of a pattern (`dd/mm/1961`).
fn is_blank(part: &str) -> bool {
    part.bytes().all(|b| b == b'0') || matches!(part, "dd" | "mm" | "xx")
}

fn month_named(text: &str) -> Option<i8> {
    if text.len() < 3 {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    let at = MONTHS.iter().position(|m| m.starts_with(lower.as_str()))?;
    i8::try_from(at + 1).ok()
}

fn number(text: &str) -> Option<i8> {
    let plain = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

fn year_of(text: &str) -> Option<i16> {
    let plain = text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit());
    plain
        .then(|| text.parse().ok())
        .flatten()
        .filter(|y| *y > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_lists_write_them() {
        for (text, first, last) in [
            ("1961-03-12", "1961-03-12", "1961-03-12"),
            ("1961-03-12T00:00:00", "1961-03-12", "1961-03-12"),
            ("12/03/1961", "1961-03-12", "1961-03-12"),
            ("12/03/1961 00:00:00", "1961-03-12", "1961-03-12"),
            ("12.3.1961", "1961-03-12", "1961-03-12"),
            ("12 Mar 1961", "1961-03-12", "1961-03-12"),
            ("12 March 1961", "1961-03-12", "1961-03-12"),
            ("March 12, 1961", "1961-03-12", "1961-03-12"),
            ("12-Mar-1961", "1961-03-12", "1961-03-12"),
            ("00/03/1961", "1961-03-01", "1961-03-31"),
            ("00/00/1961", "1961-01-01", "1961-12-31"),
            ("dd/mm/1961", "1961-01-01", "1961-12-31"),
            ("dd/03/1961", "1961-03-01", "1961-03-31"),
            ("--/--/1961", "1961-01-01", "1961-12-31"),
            ("1961-03", "1961-03-01", "1961-03-31"),
            ("03/1961", "1961-03-01", "1961-03-31"),
            ("Feb 1960", "1960-02-01", "1960-02-29"),
            ("1961", "1961-01-01", "1961-12-31"),
            ("circa 1961", "1960-01-01", "1962-12-31"),
            ("Approximately 1961", "1960-01-01", "1962-12-31"),
            ("1960 to 1962", "1960-01-01", "1962-12-31"),
            ("1960-1962", "1960-01-01", "1962-12-31"),
            ("between 1960 and 1962", "1960-01-01", "1962-12-31"),
            ("circa 1960-1962", "1959-01-01", "1963-12-31"),
            ("01 Jan 1961 to 02 Feb 1961", "1961-01-01", "1961-02-02"),
            ("1960-01-01/1962-12-31", "1960-01-01", "1962-12-31"),
        ] {
            let birth = read(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(birth.earliest().to_string(), first, "{text}");
            assert_eq!(birth.latest().to_string(), last, "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_not_guessed() {
        for bad in [
            "",
            "61",
            "31 Feb 1961",
            "Foo 1961",
            "1962 to 1961",
            "+961",
            "circa",
            "spring 1963",
            "0000",
            "12/34/1961",
            "1961-13",
            "ma 1961",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
        for nothing in ["", "-", "00/00/0000", "Unknown"] {
            assert!(says_nothing(nothing), "{nothing}");
        }
        assert_eq!(us_day("06/29/2056"), Date::new(2056, 6, 29));
        assert_eq!(us_day("2056-06-29"), Date::new(2056, 6, 29));
        assert_eq!(day("1961"), None);
    }
}
