//! Time zones by their IANA names, from a database that is part of the program: the same on every machine, and there
//! without a network.
//!
//! A day begins with its first instant and ends with the first instant that is no longer in it, so that a day on which
//! clocks are changed has 23 or 25 hours and no instant is between two days.

use std::fmt;
use std::str::FromStr;

use jiff::civil;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Date, TimeError, Timestamp};

/// A time zone of the IANA database, such as `Europe/Berlin`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    name: String,
    rules: TimeZone,
}

impl Zone {
    /// Coordinated Universal Time.
    #[must_use]
    pub fn utc() -> Self {
        Self {
            name: "UTC".to_owned(),
            rules: TimeZone::UTC,
        }
    }

    /// The date that calendars of the zone show at an instant.
    #[must_use]
    pub fn date_at(&self, at: Timestamp) -> Date {
        Date(self.civil(at).date())
    }

    /// The first instant of a day.
    #[must_use]
    pub fn start_of_day(&self, day: Date) -> Timestamp {
        let midnight = self.rules.to_ambiguous_zoned_datetime(day.0.at(0, 0, 0, 0));
        let start = midnight.compatible();
        start.map_or_else(|_| day.start(), |z| at(z.timestamp()))
    }

    /// The first instant after a day: what must be done on that day must be done before it. Where clocks are set back over
    /// midnight it is the later of the two midnights.
    #[must_use]
    pub fn end_of_day(&self, day: Date) -> Timestamp {
        let midnight = self
            .rules
            .to_ambiguous_zoned_datetime(day.next().0.at(0, 0, 0, 0));
        let end = midnight.later();
        end.map_or_else(|_| day.next().start(), |z| at(z.timestamp()))
    }

    /// The first instant of the next full hour that clocks of the zone show; an instant on the hour gives the one after.
    #[must_use]
    pub fn next_hour(&self, from: Timestamp) -> Timestamp {
        let shown = self.civil(from);
        let gone = i64::from(shown.minute()) * 60_000
            + i64::from(shown.second()) * 1_000
            + i64::from(shown.millisecond());
        from.plus_millis(3_600_000 - gone)
    }

    fn civil(&self, at: Timestamp) -> civil::DateTime {
        let at = jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        self.rules.to_datetime(at)
    }
}

fn at(at: jiff::Timestamp) -> Timestamp {
    Timestamp(at.as_millisecond()).plus_millis(0)
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl FromStr for Zone {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let unknown = || {
            TimeError::new(
                text,
                "a time zone of the IANA database such as `Europe/Berlin`",
            )
        };
        let rules = TimeZoneDatabase::bundled()
            .get(text)
            .map_err(|_| unknown())?;
        let name = rules.iana_name().ok_or_else(unknown)?.to_owned();
        Ok(Self { name, rules })
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn hours(zone: &str, date: &str) -> i64 {
        let zone: Zone = zone.parse().unwrap();
        let (start, end) = (zone.start_of_day(day(date)), zone.end_of_day(day(date)));
        (end.as_millis() - start.as_millis()) / 3_600_000
    }

    #[test]
    fn days_on_which_clocks_change_are_shorter_or_longer() {
        assert_eq!(hours("Europe/Berlin", "2026-03-29"), 23);
        assert_eq!(hours("Europe/Berlin", "2026-10-25"), 25);
        assert_eq!(hours("Europe/Berlin", "2026-10-26"), 24);
        assert_eq!(hours("America/New_York", "2026-03-08"), 23);
        // Clocks jump from midnight to one: the day begins at one.
        assert_eq!(hours("America/Santiago", "2026-09-06"), 23);
        // Samoa went over the date line and had no 30th of December.
        assert_eq!(hours("Pacific/Apia", "2011-12-30"), 0);
        assert_eq!(hours("UTC", "2026-10-25"), 24);
    }

    #[test]
    fn a_day_ends_where_the_zone_says() {
        let berlin: Zone = "Europe/Berlin".parse().unwrap();
        let end = berlin.end_of_day(day("2026-11-24"));
        assert_eq!(end.to_string(), "2026-11-24T23:00:00.000Z");
        assert_eq!(berlin.date_at(end), day("2026-11-25"));
        assert_eq!(berlin.date_at(end.plus_millis(-1)), day("2026-11-24"));
    }

    #[test]
    fn hours_are_those_that_clocks_show() {
        let kathmandu: Zone = "Asia/Kathmandu".parse().unwrap();
        let at: Timestamp = "2026-11-24T09:30:00Z".parse().unwrap(); // 15:15 there
        assert_eq!(
            kathmandu.next_hour(at).to_string(),
            "2026-11-24T10:15:00.000Z"
        );
    }

    #[test]
    fn names_are_those_of_the_database() {
        assert_eq!("utc".parse::<Zone>().unwrap().to_string(), "UTC");
        for bad in ["", "Berlin", "Europe/Bonn", "+01:00", "CET-1CEST"] {
            assert!(bad.parse::<Zone>().is_err(), "{bad}");
        }
    }
}
