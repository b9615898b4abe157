use proptest::prelude::*;

use super::*;
use crate::{Timestamp, Zone};

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn calendar(id: &str) -> Calendar {
    Calendars::builtin().get(id).unwrap().clone()
}

fn last(period: &str, event: &str, counting: Counting, of: &str) -> String {
    let period: Period = period.parse().unwrap();
    let last = period.last_day(day(event), counting, &calendar(of));
    last.to_string()
}

/// Published lists: the U.S. Office of Personnel Management's federal holidays of 2026 and 2027, and of 2021/22, where New
/// Year's Day was kept in the year before.
#[test]
fn federal_holidays_are_those_published() {
    let us = calendar("us-federal");
    let mut found = Vec::new();
    let mut at = day("2026-01-01");
    while at < day("2027-01-01") {
        if us.holiday(at).is_some() {
            found.push(at.to_string());
        }
        at = at.next();
    }
    assert_eq!(
        found,
        [
            "2026-01-01",
            "2026-01-19",
            "2026-02-16",
            "2026-05-25",
            "2026-06-19",
            "2026-07-03",
            "2026-09-07",
            "2026-10-12",
            "2026-11-11",
            "2026-11-26",
            "2026-12-25"
        ]
    );
    assert_eq!(us.holiday(day("2021-12-31")), Some("New Year's Day"));
    assert_eq!(us.holiday(day("2027-07-05")), Some("Independence Day"));
    assert_eq!(us.holiday(day("2020-06-19")), None);
}

/// Easter Sundays as published by the U.S. Naval Observatory.
#[test]
fn easter_moves_as_published() {
    let target = calendar("eu-target");
    for monday in [
        "2000-04-24",
        "2008-03-24",
        "2011-04-25",
        "2024-04-01",
        "2025-04-21",
        "2026-04-06",
        "2027-03-29",
        "2038-04-26",
    ] {
        assert_eq!(
            target.holiday(day(monday)),
            Some("Easter Monday"),
            "{monday}"
        );
    }
    assert!(!target.is_working_day(day("2026-04-03")));
    assert_eq!(
        calendar("de").holiday(day("2026-05-14")),
        Some("Christi Himmelfahrt")
    );
}

#[test]
fn working_days_jump_over_weekends_and_holidays() {
    let target = calendar("eu-target");
    // Maundy Thursday: Friday to Monday are free.
    assert_eq!(
        target.add_working_days(day("2026-04-02"), 1),
        day("2026-04-07")
    );
    assert_eq!(
        target.add_working_days(day("2026-12-23"), 2),
        day("2026-12-28")
    );
    // Christmas on a Friday, Saturday free anyway, New Year's Day on a Friday.
    assert_eq!(
        target.add_working_days(day("2026-12-24"), 5),
        day("2027-01-04")
    );
    let gulf = calendar("friday-saturday");
    assert_eq!(
        gulf.add_working_days(day("2026-11-26"), 1),
        day("2026-11-29")
    );
    assert_eq!(
        target.add_working_days(day("2026-04-04"), 0),
        day("2026-04-04")
    );
}

#[test]
fn terms_of_the_union_end_on_working_days() {
    use Counting::{Calendar as Plain, Eu1182 as Eu};
    let cases = [
        // One month from the last of January ends with February, and in a leap year a day later.
        ("1 month", "2026-01-31", Plain, "2026-02-28"),
        ("1 month", "2028-01-31", Plain, "2028-02-29"),
        ("1 year", "2028-02-29", Plain, "2029-02-28"),
        // (4): the 28th of February 2026 is a Saturday.
        ("1 month", "2026-01-31", Eu, "2026-03-02"),
        ("1 month", "2026-03-05", Eu, "2026-04-07"),
        ("14 days", "2026-03-20", Eu, "2026-04-07"),
        ("14 days", "2026-03-20", Plain, "2026-04-03"),
        ("2 weeks", "2026-11-24", Eu, "2026-12-08"),
        // (5): two days from Thursday before Easter would hold no working day but the last.
        ("2 days", "2026-04-02", Eu, "2026-04-08"),
        ("2 days", "2026-11-20", Eu, "2026-11-24"),
        ("1 day", "2026-11-20", Eu, "2026-11-23"),
        ("10 working days", "2026-12-18", Eu, "2027-01-05"),
    ];
    for (period, event, counting, expected) in cases {
        assert_eq!(
            last(period, event, counting, "eu-target"),
            expected,
            "{period} from {event}"
        );
    }
}

#[test]
fn a_term_is_over_at_the_end_of_its_last_day_in_its_zone() {
    let over = |period: &str, event: &str, counting, zone: &str| {
        let zone: Zone = zone.parse().unwrap();
        let period: Period = period.parse().unwrap();
        let event: Timestamp = event.parse().unwrap();
        let latest = period.latest(event, counting, &calendar("eu-target"), &zone);
        latest.to_string()
    };
    // Ten days over the change of clocks: the event was on the 24th in Berlin, late on the 23rd in UTC.
    assert_eq!(
        over(
            "10 days",
            "2026-10-23T22:30:00Z",
            Counting::Eu1182,
            "Europe/Berlin"
        ),
        "2026-11-03T23:00:00.000Z"
    );
    assert_eq!(
        over(
            "8 hours",
            "2026-11-24T09:30:00Z",
            Counting::Eu1182,
            "Europe/Berlin"
        ),
        "2026-11-24T18:00:00.000Z"
    );
    assert_eq!(
        over(
            "8 hours",
            "2026-11-24T09:30:00Z",
            Counting::Calendar,
            "Europe/Berlin"
        ),
        "2026-11-24T17:30:00.000Z"
    );
    // Hours pass, whatever clocks show: these eight cross the night in which they are set back.
    assert_eq!(
        over(
            "8 hours",
            "2026-10-24T22:00:00Z",
            Counting::Calendar,
            "Europe/Berlin"
        ),
        "2026-10-25T06:00:00.000Z"
    );
}

#[test]
fn files_that_cannot_be_used_say_why() {
    let wrong = |body: &str| {
        let text = format!("[[calendar]]\nid = \"x\"\ntitle = \"X\"\n{body}");
        Calendars::parse(&text).unwrap_err().to_string()
    };
    let all = "weekend = [\"monday\",\"tuesday\",\"wednesday\",\"thursday\",\"friday\",\"saturday\",\"sunday\"]";
    assert!(wrong(all).contains("at least one day"));
    let rule = |rule: &str| {
        wrong(&format!(
            "weekend = []\nholiday = [{{ name = \"H\", {rule} }}]"
        ))
    };
    assert!(rule("fixed = \"02-30\"").contains("`fixed` is a day"));
    assert!(rule("nth = 1, weekday = \"monday\"").contains("`month`"));
    assert!(rule("fixed = \"01-01\", easter = 1").contains("exactly one"));
    assert!(rule("nth = 0, weekday = \"monday\", month = 1").contains("exactly one"));
    let many: Vec<String> = (1..=30)
        .flat_map(|d| [1, 3].map(|m| format!("{{ name = \"H\", date = \"2026-0{m}-{d:02}\" }}")))
        .collect();
    let many = wrong(&format!("weekend = []\nholiday = [{}]", many.join(", ")));
    assert!(many.contains("60 holidays in one year"), "{many}");
    let twice = "[[calendar]]\nid = \"x\"\ntitle = \"X\"\nweekend = []\n".repeat(2);
    assert!(
        Calendars::parse(&twice)
            .unwrap_err()
            .to_string()
            .contains("twice")
    );
}

#[test]
fn terms_are_read_as_they_are_written() {
    for text in [
        "8 hours",
        "10 days",
        "1 working day",
        "2 weeks",
        "1 month",
        "1 year",
    ] {
        assert_eq!(text.parse::<Period>().unwrap().to_string(), text);
    }
    for bad in [
        "",
        "0 days",
        "4001 days",
        "-1 days",
        "1",
        "days",
        "1 fortnight",
    ] {
        assert!(bad.parse::<Period>().is_err(), "{bad}");
    }
}

fn some_day() -> impl Strategy<Value = Date> {
    (1950_i16..2100, 1_i8..=12, 1_i8..=31).prop_filter_map("a day", |(y, m, d)| Date::new(y, m, d))
}

fn some_calendar() -> impl Strategy<Value = Calendar> {
    let calendars = Calendars::builtin();
    let all: Vec<Calendar> = calendars.ids().map(calendar).collect();
    proptest::sample::select(all)
}

fn some_zone() -> impl Strategy<Value = Zone> {
    let names = [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "America/Santiago",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Africa/Casablanca",
    ];
    proptest::sample::select(names.map(|n| n.parse::<Zone>().unwrap()).to_vec())
}

fn some_period() -> impl Strategy<Value = Period> {
    let units = [
        Unit::Hours,
        Unit::Days,
        Unit::WorkingDays,
        Unit::Weeks,
        Unit::Months,
        Unit::Years,
    ];
    (1_u16..60, proptest::sample::select(units.to_vec()))
        .prop_map(|(amount, unit)| Period::new(amount, unit).unwrap())
}

proptest! {
    #[test]
    fn as_many_days_are_worked_as_were_added(from in some_day(), days in 1_u16..300, of in some_calendar()) {
        let end = of.add_working_days(from, days);
        prop_assert!(of.is_working_day(end) && end > from);
        prop_assert_eq!(of.working_days(from.next(), end), usize::from(days));
    }

    #[test]
    fn adding_in_two_steps_is_adding_at_once(from in some_day(), a in 0_u16..100, b in 0_u16..100, of in some_calendar()) {
        let twice = of.add_working_days(of.add_working_days(from, a), b);
        prop_assert_eq!(twice, of.add_working_days(from, a + b));
    }

    #[test]
    fn days_of_a_zone_follow_each_other_without_a_gap(from in some_day(), zone in some_zone()) {
        let (start, end) = (zone.start_of_day(from), zone.end_of_day(from));
        prop_assert!(start <= end);
        prop_assert!(end >= zone.start_of_day(from.next()));
        prop_assert!(end.as_millis() - start.as_millis() <= 26 * 3_600_000);
        if start < end {
            prop_assert_eq!(zone.date_at(start), from);
            prop_assert_eq!(zone.date_at(end.plus_millis(-1)), from);
        }
    }

    #[test]
    fn a_term_ends_after_its_event_and_a_longer_one_no_earlier(
        from in some_day(), period in some_period(), more in 0_u16..40, of in some_calendar(), zone in some_zone(),
        eu in any::<bool>(), millis in 0_i64..86_400_000,
    ) {
        let counting = if eu { Counting::Eu1182 } else { Counting::Calendar };
        let event = from.start().plus_millis(millis);
        let latest = period.latest(event, counting, &of, &zone);
        prop_assert!(latest > event);
        let longer = Period::new(period.amount() + more, period.unit()).unwrap();
        prop_assert!(longer.latest(event, counting, &of, &zone) >= latest);
        if eu && period.unit() != Unit::Hours {
            let last = period.last_day(zone.date_at(event), counting, &of);
            prop_assert!(of.is_working_day(last));
            prop_assert_eq!(zone.end_of_day(last), latest);
            // (4) never makes a term shorter.
            prop_assert!(last >= period.last_day(zone.date_at(event), Counting::Calendar, &of));
        }
    }
}
