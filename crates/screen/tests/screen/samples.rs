//! Golden reading of the samples.

use bonafide_screen::{Entry, IdentifierKind, Kind, Quality};

use crate::{SDN, read_sdn, samples};

fn entry(id: &str) -> Entry {
    let (list, _) = samples();
    list.entries.into_iter().find(|e| e.id == id).unwrap()
}

#[test]
fn everything_in_the_samples_is_read() {
    let (list, report) = samples();
    assert_eq!(report.entries, 60);
    assert_eq!(report.aliases, 77);
    assert_eq!(report.weak_aliases, 7);
    assert_eq!(report.addresses, 58);
    assert_eq!((report.skipped_rows, report.incomplete_rows), (0, 0));
    assert_eq!(
        (report.unmatched_aliases, report.unmatched_addresses),
        (0, 0)
    );
    assert!(report.unknown_countries.is_empty(), "{report:?}");
    assert_eq!(list.name, "sample-sdn");
    assert_eq!(list.version, "07".repeat(32));
    let count = |kind| list.entries.iter().filter(|e| e.kind == kind).count();
    assert_eq!(Kind::ALL.map(count), [28, 24, 5, 3]);
}

#[test]
fn a_person_in_full() {
    let person = serde_json::to_value(entry("900001")).unwrap();
    let expected = serde_json::json!({
        "id": "900001",
        "kind": "person",
        "programs": ["CYBER2"],
        "topics": [],
        "names": [
            {"text": "VOLKOV, Arkady Semyonovich", "quality": "primary"},
            {"text": "ARKASHA", "quality": "weak"},
            {"text": "VOLKOV, Arkady", "quality": "strong"},
            {"text": "WOLKOW, Arkadij", "quality": "strong"},
            {"text": "VOLKOV, Arkadiy Semenovich", "quality": "strong"},
        ],
        "countries": ["RU"],
        "birth_dates": [{"earliest": "1961-03-12", "latest": "1961-03-12"}],
        "gender": "male",
        "listed_on": null,
        "identifiers": [
            {"kind": "passport", "value": "719923407", "country": "RU"},
            {"kind": "email", "value": "a.volkov@northsea-marine.example", "country": null},
        ],
        "addresses": ["12 Naberezhnaya Street, Apt. 4, Kaliningrad, Russia"],
        "remarks": "DOB 12 Mar 1961; POB Kazan, Russia; nationality Russia; Gender Male; Passport 719923407 (Russia) expires 30 Dec 2029; Email Address a.volkov@northsea-marine.example; a.k.a. 'ARKASHA'.",
    });
    assert_eq!(person, expected);
}

#[test]
fn organisations_vessels_and_aircraft() {
    let organisation = entry("900004");
    assert_eq!(organisation.programs, ["CYBER2", "RUSSIA-EO14024"]);
    assert_eq!(organisation.names[1].text, "TST");
    assert_eq!(organisation.names[1].quality, Quality::Weak);
    let codes: Vec<_> = organisation.countries.iter().map(|c| c.code()).collect();
    assert_eq!(codes, ["CY", "RU"]);
    let identifiers = |e: &Entry| -> Vec<_> {
        e.identifiers
            .iter()
            .map(|i| (i.kind, i.value.clone()))
            .collect()
    };
    assert!(identifiers(&organisation).contains(&(
        IdentifierKind::WalletAddress,
        "1InventedSampLeAddressQ7xK2m9Tz".into()
    )));

    let vessel = entry("900051");
    assert_eq!(vessel.kind, Kind::Vessel);
    assert_eq!(vessel.countries[0].code(), "PA");
    assert_eq!(
        identifiers(&vessel),
        [
            (IdentifierKind::Imo, "9988139".into()),
            (IdentifierKind::Mmsi, "990123456".into()),
            (IdentifierKind::CallSign, "ZZPQ7".into()),
        ]
    );

    let aircraft = entry("900056");
    assert_eq!(aircraft.kind, Kind::Aircraft);
    assert!(identifiers(&aircraft).contains(&(IdentifierKind::TailNumber, "EP-ZQA".into())));
}

#[test]
fn alias_and_address_files_may_be_absent() {
    let (list, report) = read_sdn(SDN).unwrap();
    assert_eq!(list.entries.len(), 60);
    assert_eq!((report.aliases, report.addresses), (0, 0));
}
