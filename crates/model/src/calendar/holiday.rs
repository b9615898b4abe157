//! Rules for holidays, and the days they fall on.

use serde::Deserialize;

use crate::{Date, Span, Weekday};

/// A holiday as it is written; exactly one of `fixed`, `easter`, `nth` and `date` says when it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleFile {
    name: String,
    fixed: Option<String>,
    #[serde(default)]
    observed: Observed,
    easter: Option<i16>,
    nth: Option<i8>,
    weekday: Option<Weekday>,
    month: Option<i8>,
    date: Option<Date>,
    from: Option<i16>,
    to: Option<i16>,
}

/// What happens to a holiday on a free day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Observed {
    /// It is lost.
    #[default]
    No,
    /// Saturday goes to the day before, any other to the day after.
    Nearest,
    /// It goes to the next day that is not a free day of the week.
    Next,
}

/// When a holiday is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum When {
    Fixed {
        month: i8,
        day: i8,
        observed: Observed,
    },
    /// Days from Easter Sunday.
    Easter(i16),
    Nth {
        n: i8,
        weekday: Weekday,
        month: i8,
    },
    Once(Date),
}

/// A holiday.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    name: String,
    when: When,
    from: i16,
    to: i16,
}

impl RuleFile {
    /// The rule, or what is wrong with it.
    pub(super) fn read(self) -> Result<Rule, String> {
        let name = self.name;
        let wrong = |why: &str| format!("holiday `{name}`: {why}");
        let when = match (self.fixed, self.easter, self.nth, self.date) {
            (Some(text), None, None, None) => {
                let (month, day) = month_and_day(&text)
                    .ok_or_else(|| wrong("`fixed` is a day such as `12-25`"))?;
                When::Fixed {
                    month,
                    day,
                    observed: self.observed,
                }
            }
            (None, Some(days), None, None) if (-100..=100).contains(&days) => When::Easter(days),
            (None, None, Some(n), None) if (1..=5).contains(&n) || n == -1 => {
                let weekday = self.weekday.ok_or_else(|| wrong("`nth` needs `weekday`"))?;
                let month = self.month.filter(|m| (1..=12).contains(m));
                let month = month.ok_or_else(|| wrong("`nth` needs `month`, 1 to 12"))?;
                When::Nth { n, weekday, month }
            }
            (None, None, None, Some(date)) => When::Once(date),
            _ => {
                return Err(wrong(
                    "say with exactly one of `fixed`, `easter` (-100 to 100), `nth` (1 to 5 or -1) and `date` when it is",
                ));
            }
        };
        Ok(Rule {
            name,
            when,
            from: self.from.unwrap_or(i16::MIN),
            to: self.to.unwrap_or(i16::MAX),
        })
    }
}

impl Rule {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The one year that it is in, for a holiday that is listed by its date.
    pub(super) fn only_year(&self) -> Option<i16> {
        match self.when {
            When::Once(date) => Some(date.year()),
            _ => None,
        }
    }

    /// Whether it is kept on a day.
    pub(super) fn is_on(&self, day: Date, is_weekend: impl Fn(Date) -> bool) -> bool {
        let held = |date: Date| (self.from..=self.to).contains(&date.year());
        match &self.when {
            When::Once(date) => *date == day,
            When::Easter(days) => {
                held(day)
                    && easter(day.year()).and_then(|sunday| shifted(sunday, *days)) == Some(day)
            }
            When::Nth { n, weekday, month } => {
                held(day)
                    && day.month() == *month
                    && day.weekday() == *weekday
                    && match n {
                        -1 => shifted(day, 7).is_none_or(|d| d.month() != *month),
                        n => (day.day() - 1) / 7 + 1 == *n,
                    }
            }
            When::Fixed {
                month,
                day: of_month,
                observed,
            } => {
                // New Year's Day can be kept in December of the year before, and Christmas in January.
                let years = [day.previous().year(), day.year(), day.next().year()];
                let dates = years
                    .into_iter()
                    .filter_map(|year| Date::new(year, *month, *of_month));
                dates
                    .filter(|date| held(*date))
                    .any(|date| keeps(date, *observed, &is_weekend) == Some(day))
            }
        }
    }
}

/// The day on which a holiday of this date is kept; `None` when it is lost.
fn keeps(date: Date, observed: Observed, is_weekend: &impl Fn(Date) -> bool) -> Option<Date> {
    if !is_weekend(date) {
        return Some(date);
    }
    match observed {
        Observed::No => None,
        Observed::Nearest if date.weekday() == Weekday::Saturday => Some(date.previous()),
        Observed::Nearest => Some(date.next()),
        Observed::Next => {
            let mut day = date.next();
            // At most six days of a week are free.
            for _ in 0..7 {
                if !is_weekend(day) {
                    break;
                }
                day = day.next();
            }
            Some(day)
        }
    }
}

fn shifted(date: Date, days: i16) -> Option<Date> {
    let moved =
        (0..days.unsigned_abs()).fold(date, |d, _| if days < 0 { d.previous() } else { d.next() });
    (moved != date || days == 0).then_some(moved)
}

/// Easter Sunday of the western churches (the anonymous Gregorian computation published in Nature, 20 April 1876).
fn easter(year: i16) -> Option<Date> {
    let y = i32::from(year);
    let (a, b, c) = (y % 19, y / 100, y % 100);
    let (d, e) = (b / 4, b % 4);
    let f = (b + 8) / 25;
    let g = (b - f + 1) / 3;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    // `n / 31` is the month, 3 or 4, and `n % 31 + 1` the day.
    let days = (n / 31 - 3) * 31 + n % 31;
    Date::new(year, 3, 1).map(|first| first.plus(Span::days(days)))
}

fn month_and_day(text: &str) -> Option<(i8, i8)> {
    let (month, day) = text.split_once('-')?;
    if month.len() != 2 || day.len() != 2 {
        return None;
    }
    let (month, day) = (month.parse().ok()?, day.parse().ok()?);
    // A leap year, so that the 29th of February is a day.
    Date::new(2024, month, day).map(|_| (month, day))
}
