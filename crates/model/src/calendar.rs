//! Working-day calendars and the counting of terms.
//!
//! Which days of the week and of the year are free is data ([`BUILTIN`] has some, a provider may bring its own). A term is
//! counted from an event ([`Period::latest`]) in one of three ways ([`Counting`]); what comes out is the first instant at
//! which it is over. Pure: the same calendar, zone and event give the same instant on every machine.
//!
//! Refuses: a calendar without a working day in every week, or with more than [`HOLIDAYS_MAX`] holidays a year, so that the
//! next working day is never far.

mod count;
mod holiday;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{Date, Weekday};
use holiday::{Rule, RuleFile};

pub use count::{Counting, PERIOD_MAX, Period, PeriodError, Unit};

/// The calendars shipped with the product.
pub const BUILTIN: &str = include_str!("../data/calendars.toml");
/// Holidays of one year: no country has more than thirty. Together with one working day a week this leaves at least twelve
/// working days in every year, so that counting always ends.
pub const HOLIDAYS_MAX: usize = 40;
/// Calendars in one file.
const CALENDARS_MAX: usize = 200;

/// A calendar that cannot be used, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("calendars: {0}")]
pub struct CalendarError(String);

/// Which days are free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    id: String,
    title: String,
    weekend: Vec<Weekday>,
    rules: Vec<Rule>,
}

/// Calendars by their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendars(BTreeMap<String, Calendar>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    calendar: Calendars,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CalendarFile {
    id: String,
    title: String,
    weekend: Vec<Weekday>,
    #[serde(default)]
    holiday: Vec<RuleFile>,
}

impl Calendars {
    /// The calendars shipped with the product.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "a constant of this crate, read by its tests"
    )]
    pub fn builtin() -> Self {
        Self::parse(BUILTIN).expect("the shipped calendars can be read")
    }

    /// Reads a file of calendars.
    ///
    /// # Errors
    /// If it is not of that form, names a calendar twice, or leaves too few working days.
    pub fn parse(text: &str) -> Result<Self, CalendarError> {
        let file: File = toml::from_str(text).map_err(|e| CalendarError(e.to_string()))?;
        Ok(file.calendar)
    }

    fn read(files: Vec<CalendarFile>) -> Result<Self, CalendarError> {
        if files.len() > CALENDARS_MAX {
            return Err(CalendarError(format!("at most {CALENDARS_MAX} calendars")));
        }
        let mut calendars = BTreeMap::new();
        for calendar in files {
            let calendar = Calendar::read(calendar)?;
            let id = calendar.id.clone();
            if calendars.insert(id.clone(), calendar).is_some() {
                return Err(CalendarError(format!("`{id}` is there twice")));
            }
        }
        Ok(Self(calendars))
    }

    /// These and others; where an id is in both, that of the others.
    #[must_use]
    pub fn with(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// The calendar of that id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Calendar> {
        self.0.get(id)
    }

    /// The ids, sorted.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// From a list of calendars, as in [`BUILTIN`].
impl<'de> Deserialize<'de> for Calendars {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Self::read(Vec::deserialize(d)?).map_err(serde::de::Error::custom)
    }
}

impl Calendar {
    fn read(file: CalendarFile) -> Result<Self, CalendarError> {
        let id = file.id;
        let wrong = |why: String| CalendarError(format!("`{id}`: {why}"));
        if id.is_empty()
            || !id
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        {
            return Err(wrong(
                "an id has small letters, digits and `-` alone".to_owned(),
            ));
        }
        let mut weekend = file.weekend;
        weekend.sort_unstable();
        weekend.dedup();
        if weekend.len() >= Weekday::ALL.len() {
            return Err(wrong(
                "at least one day of the week must be worked".to_owned(),
            ));
        }
        let rules: Result<Vec<Rule>, String> =
            file.holiday.into_iter().map(RuleFile::read).collect();
        let rules = rules.map_err(wrong)?;
        let mut in_year: BTreeMap<i16, usize> = BTreeMap::new();
        for year in rules.iter().filter_map(Rule::only_year) {
            *in_year.entry(year).or_default() += 1;
        }
        let yearly = rules.iter().filter(|r| r.only_year().is_none()).count();
        let most = in_year.values().max().copied().unwrap_or(0) + yearly;
        if most > HOLIDAYS_MAX {
            return Err(wrong(format!(
                "it has {most} holidays in one year: {HOLIDAYS_MAX} at most"
            )));
        }
        Ok(Self {
            id,
            title: file.title,
            weekend,
            rules,
        })
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it is called.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Whether this day of the week is free.
    fn is_weekend(&self, day: Date) -> bool {
        self.weekend.contains(&day.weekday())
    }

    /// The name of the holiday on a day, if it is one. A day off in the place of a holiday has that holiday's name.
    #[must_use]
    pub fn holiday(&self, day: Date) -> Option<&str> {
        self.rules
            .iter()
            .find(|rule| rule.is_on(day, |d| self.is_weekend(d)))
            .map(Rule::name)
    }

    /// Whether a day is worked: neither a free day of the week nor a holiday.
    #[must_use]
    pub fn is_working_day(&self, day: Date) -> bool {
        !self.is_weekend(day) && self.holiday(day).is_none()
    }

    /// The day itself when it is worked, else the next one that is; the last day there is when none is left.
    #[must_use]
    pub fn working_day_from(&self, day: Date) -> Date {
        let mut day = day;
        while !self.is_working_day(day) && day.next() != day {
            day = day.next();
        }
        day
    }

    /// The n-th working day after a day, which itself is not counted; the day itself for none.
    #[must_use]
    pub fn add_working_days(&self, day: Date, days: u16) -> Date {
        (0..days).fold(day, |day, _| self.working_day_from(day.next()))
    }

    /// How many days are worked from the first to the last, both included.
    #[must_use]
    pub fn working_days(&self, first: Date, last: Date) -> usize {
        let mut days = 0;
        let mut day = first;
        while day <= last {
            days += usize::from(self.is_working_day(day));
            if day.next() == day {
                break;
            }
            day = day.next();
        }
        days
    }
}

#[cfg(test)]
mod tests;
