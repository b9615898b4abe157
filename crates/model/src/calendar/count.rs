//! Counting a term from an event to the instant at which it is over.
//!
//! The rules of the European Union are those of Regulation (EEC, Euratom) No 1182/71, article 3:
//! (1) the day (for hours: the hour) of the event is not counted; (2) a term runs to the expiry of the last hour of its last
//! day, for weeks, months and years of the day with the same name or date as that from which it runs, or of the last day of
//! the month; (3) free days are counted, unless the term is in working days; (4) a term other than in hours that would end
//! on a free day ends with the next working day; (5) a term of two days or more has at least two working days in it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Calendar;
use crate::{Date, Timestamp, Zone};

/// The longest term in any unit: fifteen years of working days, and no loop over days that anybody waits for.
pub const PERIOD_MAX: u16 = 4_000;

/// How a term is counted.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Counting {
    /// As the calendar hangs on the wall: whole days after that of the event, over at the end of the last; hours to the
    /// millisecond.
    #[default]
    Calendar,
    /// As Regulation 1182/71 says.
    Eu1182,
}

/// What a term is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// Hours that pass.
    Hours,
    /// Days, free ones too.
    Days,
    /// Days that are worked.
    WorkingDays,
    /// Weeks.
    Weeks,
    /// Months.
    Months,
    /// Years.
    Years,
}

/// A term: `8 hours`, `10 days`, `5 working days`, `2 weeks`, `1 month`, `1 year`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    /// How many, 1 to [`PERIOD_MAX`].
    amount: u16,
    unit: Unit,
}

/// Text that is no term.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a term: write `8 hours`, `10 days`, `5 working days`, `2 weeks`, `1 month` or `1 year`, at most 4000"
)]
pub struct PeriodError(String);

impl Period {
    /// A term; `None` for nothing and for more than [`PERIOD_MAX`].
    #[must_use]
    pub fn new(amount: u16, unit: Unit) -> Option<Self> {
        (1..=PERIOD_MAX)
            .contains(&amount)
            .then_some(Self { amount, unit })
    }

    /// How many.
    #[must_use]
    pub fn amount(self) -> u16 {
        self.amount
    }

    /// Of what.
    #[must_use]
    pub fn unit(self) -> Unit {
        self.unit
    }

    /// The first instant at which a term that runs from an event is over.
    #[must_use]
    pub fn latest(
        self,
        event: Timestamp,
        counting: Counting,
        calendar: &Calendar,
        zone: &Zone,
    ) -> Timestamp {
        let hours = i64::from(self.amount) * 3_600_000;
        match (self.unit, counting) {
            (Unit::Hours, Counting::Calendar) => event.plus_millis(hours),
            (Unit::Hours, Counting::Eu1182) => zone.next_hour(event).plus_millis(hours),
            _ => zone.end_of_day(self.last_day(zone.date_at(event), counting, calendar)),
        }
    }

    /// The last day of a term that runs from a day; of hours the day itself.
    #[must_use]
    pub fn last_day(self, event: Date, counting: Counting, calendar: &Calendar) -> Date {
        let plain = match self.unit {
            Unit::Hours => return event,
            Unit::WorkingDays => calendar.add_working_days(event, self.amount),
            _ => event.plus(self.span()),
        };
        if counting == Counting::Calendar {
            return plain;
        }
        let mut last = calendar.working_day_from(plain);
        if self.amount >= 2 || !matches!(self.unit, Unit::Days | Unit::WorkingDays) {
            while calendar.working_days(event.next(), last) < 2 && last.next() != last {
                last = calendar.working_day_from(last.next());
            }
        }
        last
    }

    fn span(self) -> crate::Span {
        let amount = i32::from(self.amount);
        match self.unit {
            Unit::Hours | Unit::Days | Unit::WorkingDays => crate::Span::days(amount),
            Unit::Weeks => crate::Span::days(amount * 7),
            Unit::Months => crate::Span::months(amount),
            Unit::Years => crate::Span::months(amount * 12),
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            Unit::Hours => "hour",
            Unit::Days => "day",
            Unit::WorkingDays => "working day",
            Unit::Weeks => "week",
            Unit::Months => "month",
            Unit::Years => "year",
        };
        let many = if self.amount == 1 { "" } else { "s" };
        write!(f, "{} {unit}{many}", self.amount)
    }
}

impl FromStr for Period {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, PeriodError> {
        let error = || PeriodError(text.chars().take(64).collect());
        let (amount, unit) = text.trim().split_once(' ').ok_or_else(error)?;
        let unit = match unit.trim() {
            "hour" | "hours" => Unit::Hours,
            "day" | "days" => Unit::Days,
            "working day" | "working days" => Unit::WorkingDays,
            "week" | "weeks" => Unit::Weeks,
            "month" | "months" => Unit::Months,
            "year" | "years" => Unit::Years,
            _ => return Err(error()),
        };
        let amount = amount.parse().map_err(|_| error())?;
        Self::new(amount, unit).ok_or_else(error)
    }
}

impl Serialize for Period {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
