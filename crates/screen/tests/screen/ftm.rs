//! FollowTheMoney, as published and as it should not be.

use bonafide_model::Date;
use bonafide_screen::{
    Entry, Gender, IdentifierKind, Kind, List, ListError, LoadReport, Quality, ftm,
};

use crate::source;

const SAMPLE: &str = include_str!("../../samples/ftm/entities.ftm.json");

fn read(text: &str) -> Result<(List, LoadReport), ListError> {
    ftm::read(&mut text.as_bytes(), source())
}

fn entry<'a>(list: &'a List, id: &str) -> &'a Entry {
    list.entries.iter().find(|e| e.id == id).unwrap()
}

fn names(entry: &Entry) -> Vec<(&str, Quality)> {
    let names = entry.names.iter();
    names.map(|n| (n.text.as_str(), n.quality)).collect()
}

fn identifiers(entry: &Entry) -> Vec<(IdentifierKind, &str)> {
    let identifiers = entry.identifiers.iter();
    identifiers.map(|i| (i.kind, i.value.as_str())).collect()
}

#[test]
fn a_person_with_what_belongs_to_him() {
    let (list, report) = read(SAMPLE).unwrap();
    let volkov = entry(&list, "BF-volkov");
    assert_eq!(volkov.kind, Kind::Person);
    assert_eq!(
        names(volkov),
        [
            ("Arkady Semyonovich Volkov", Quality::Primary),
            ("VOLKOV, Arkady Semyonovich", Quality::Strong),
            ("Аркадий Семёнович Волков", Quality::Strong),
            ("Volkow, Arkadij", Quality::Strong),
            ("Arkady Semyonovich Medvedkov", Quality::Strong),
            ("Arka", Quality::Weak),
        ]
    );
    let births: Vec<_> = volkov.birth_dates.iter().map(ToString::to_string).collect();
    assert_eq!(births, ["1961-03-12", "1962"]);
    let countries: Vec<_> = volkov.countries.iter().map(|c| c.code()).collect();
    assert_eq!(countries, ["CY", "RU"]);
    assert_eq!(report.unknown_countries["suhh"], 1);
    assert_eq!(volkov.gender, Some(Gender::Male));
    assert_eq!(volkov.topics, ["sanction", "role.oligarch"]);
    assert_eq!(volkov.programs, ["US-SDGT", "Autonomous (Sample)"]);
    assert_eq!(volkov.listed_on, Date::new(2025, 3, 15));
    assert_eq!(volkov.addresses, ["Lenina 4, Kazan"]);
    assert_eq!(volkov.remarks, "Founder of Severny Export.");
    assert_eq!(
        identifiers(volkov),
        [
            (IdentifierKind::Passport, "719923407"),
            (IdentifierKind::TaxId, "770123456789"),
            (IdentifierKind::Passport, "B550012"),
        ]
    );
    assert_eq!(volkov.identifiers[2].country.unwrap().code(), "CY");
}

#[test]
fn every_kind_is_read_and_the_rest_is_counted() {
    let (list, report) = read(SAMPLE).unwrap();
    let kinds: Vec<_> = list
        .entries
        .iter()
        .map(|e| (e.id.as_str(), e.kind))
        .collect();
    assert_eq!(
        kinds,
        [
            ("BF-volkov", Kind::Person),
            ("BF-severny", Kind::Organisation),
            ("BF-brigade", Kind::Organisation),
            ("BF-eastern", Kind::Party),
            ("BF-vessel", Kind::Vessel),
            ("BF-plane", Kind::Aircraft),
            ("BF-parts", Kind::Person),
        ]
    );
    assert_eq!((report.entries, report.weak_aliases), (7, 3));
    assert_eq!(report.skipped_rows, 0, "{:?}", report.skipped);
    let aside: Vec<_> = report
        .set_aside
        .iter()
        .map(|(k, n)| (k.as_str(), *n))
        .collect();
    assert_eq!(aside, [("Ownership", 1), ("Security", 1)]);
    let severny = entry(&list, "BF-severny");
    assert_eq!(severny.birth_dates[0].to_string(), "1999-05-04");
    assert_eq!(
        identifiers(severny),
        [
            (IdentifierKind::RegistrationNumber, "1027700000001"),
            (IdentifierKind::Lei, "253400V1H6ART1UQ0N98"),
            (
                IdentifierKind::WalletAddress,
                "bc1qsampleaddressnotreal0000000000"
            ),
        ]
    );
    let vessel = entry(&list, "BF-vessel");
    assert_eq!(
        names(vessel),
        [
            ("SAMPLE STAR", Quality::Primary),
            ("SAMPLE MOON", Quality::Strong)
        ]
    );
    assert_eq!(
        identifiers(vessel),
        [
            (IdentifierKind::Imo, "IMO9000003"),
            (IdentifierKind::Mmsi, "273000001"),
            (IdentifierKind::CallSign, "UBXY7"),
        ]
    );
    assert_eq!(
        identifiers(entry(&list, "BF-plane")),
        [
            (IdentifierKind::TailNumber, "EP-SMP"),
            (IdentifierKind::AircraftSerial, "24403")
        ]
    );
    let parts = entry(&list, "BF-parts");
    assert_eq!(names(parts), [("Ada Beispiel", Quality::Primary)]);
    assert_eq!(parts.birth_dates[0].to_string(), "1970");
    assert_eq!(parts.gender, None, "two genders are none");
}

#[test]
fn the_order_of_the_lines_does_not_matter() {
    let turned: Vec<&str> = SAMPLE.lines().rev().collect();
    let (turned, _) = read(&(turned.join("\n") + "\n")).unwrap();
    let (list, _) = read(SAMPLE).unwrap();
    for one in &list.entries {
        assert_eq!(one, entry(&turned, &one.id));
    }
}

#[test]
fn the_same_id_again_joins_what_it_says() {
    let text = r#"{"id":"a","schema":"LegalEntity","properties":{"name":["One Name"]}}
{"id":"a","schema":"Person","properties":{"name":["Other Name"],"birthDate":["1970"]}}
{"id":"a","schema":"Vessel","properties":{"name":["SHIP"]}}
"#;
    let (list, report) = read(text).unwrap();
    assert_eq!(list.entries.len(), 1);
    assert_eq!(list.entries[0].kind, Kind::Person);
    assert_eq!(
        names(&list.entries[0]),
        [
            ("One Name", Quality::Primary),
            ("Other Name", Quality::Strong)
        ]
    );
    assert_eq!(report.incomplete_rows, 2);
    assert!(report.incomplete[1].why.contains("as something else"));
}

#[test]
fn a_spoilt_line_is_reported_and_costs_no_other() {
    let good = |id: usize| {
        format!(r#"{{"id":"{id}","schema":"Person","properties":{{"name":["Good Line"]}}}}"#)
    };
    let rows = [
        good(1),
        "{\"id\":\"2\",".to_owned(),
        good(3),
        r#"{"id":"4","schema":"Person"}"#.to_owned(),
        good(5),
        r#"{"id":"6","schema":"Person","properties":{"name":["..."]}}"#.to_owned(),
        r#"{"id":"7","schema":"Person","properties":{"name":[null,{"id":"x"},7,["Deep Name"]],"birthDate":["31 Feb"]}}"#.to_owned(),
        format!(r#"{{"id":"8","schema":"Person","properties":{{"name":["{}","Short Name"]}}}}"#, "A".repeat(10_000)),
    ];
    let (list, report) = read(&rows.join("\r\n")).unwrap();
    let ids: Vec<_> = list.entries.iter().map(|e| e.id.as_str()).collect();
    assert_eq!(ids, ["1", "3", "5", "7", "8"]);
    let skipped: Vec<_> = report
        .skipped
        .iter()
        .map(|n| (n.line, n.why.as_str()))
        .collect();
    assert_eq!(skipped.len(), 3);
    assert_eq!(skipped[0].0, 2);
    assert!(skipped[1].1.contains("without `properties`"), "{skipped:?}");
    assert_eq!(skipped[2], (6, "entry `6` has no name"));
    assert_eq!(names(entry(&list, "8")), [("Short Name", Quality::Primary)]);
    assert!(
        report
            .incomplete
            .iter()
            .any(|n| n.line == 8 && n.why.contains("longer than 1000 characters"))
    );
}

#[test]
fn what_is_not_the_list_is_refused() {
    for empty in ["", "\n\n", "\u{FEFF}"] {
        assert!(matches!(read(empty), Err(ListError::Empty { .. })));
    }
    for other in ["<html>\n", "[1,2]\n", "\u{1f}\u{8b}\n", "1,\"A\"\n"] {
        assert!(
            matches!(read(other), Err(ListError::NotThisList { .. })),
            "{other}"
        );
    }
    let cut = SAMPLE.trim_end();
    let torn = read(cut.get(..cut.len() - 7).unwrap()).unwrap_err();
    assert_eq!(
        torn,
        ListError::Torn {
            file: "entities.ftm.json",
            line: 13,
        }
    );
    let change = format!(
        "{{\"op\":\"ADD\",\"entity\":{}}}",
        SAMPLE.lines().next().unwrap()
    );
    let error = read(&change).unwrap_err().to_string();
    assert!(error.contains("line 1: is a change"), "{error}");
    let long = format!("{{\"id\":\"{}\"", "A".repeat(17 << 20));
    assert!(matches!(
        read(&long),
        Err(ListError::RowTooLong { line: 1, .. })
    ));
}
