//! The features of a party: dates of birth, nationalities, addresses, flags, wallet addresses and the like.

use crate::draft::{Drafts, add_birth, remark};
use crate::xml::Element;
use crate::{BirthDate, Entry, Gender, IdentifierKind, Kind};

use super::tables::{Tables, point};
use crate::ofac::remarks;

/// Features that say which country an entry belongs to.
const COUNTRY_FEATURES: [&str; 5] = [
    "Nationality Country",
    "Citizenship Country",
    "Nationality of Registration",
    "Vessel Flag",
    "VESSEL FLAG",
];

/// Adds a feature to its entry.
pub(super) fn read(
    feature: &Element,
    tables: &Tables,
    entry: &mut Entry,
    drafts: &mut Drafts,
    line: usize,
) {
    let label = tables.value("FeatureType", feature.attribute("FeatureTypeID"));
    for version in feature.all("FeatureVersion") {
        let said = said(version, tables);
        match label {
            "Birthdate" => birth(version, entry, drafts, line),
            "Organization Established Date" if entry.kind == Kind::Organisation => {
                birth(version, entry, drafts, line);
            }
            "Gender" => entry.gender = entry.gender.or_else(|| Gender::read(said)),
            "Location" => {
                for place in version.all("VersionLocation") {
                    let country = tables.add_place(place.attribute("LocationID"), entry);
                    drafts.country(entry, &country);
                }
            }
            "Vessel Call Sign" => {
                drafts.identifier(entry, IdentifierKind::CallSign, said, None, line);
            }
            "Title" | "Place of Birth" | "Website" => remark(entry, said),
            label if COUNTRY_FEATURES.contains(&label) => {
                drafts.country(entry, said);
                for place in version.all("VersionLocation") {
                    let country = tables.country_of_place(place.attribute("LocationID"));
                    drafts.country(entry, country);
                }
            }
            label => {
                if let Some(found) = remarks::identifier(label, said, None) {
                    drafts.identifier(entry, found.kind, &found.value, None, line);
                }
            }
        }
    }
}

/// What a version says: its text, or the word that its number stands for.
fn said<'e>(version: &'e Element, tables: &'e Tables) -> &'e str {
    let Some(detail) = version.child("VersionDetail") else {
        return "";
    };
    match detail.text() {
        "" => tables.value("DetailReference", detail.attribute("DetailReferenceID")),
        text => text,
    }
}

/// A period from the start of its start to the end of its end.
fn birth(version: &Element, entry: &mut Entry, drafts: &mut Drafts, line: usize) {
    for period in version.all("DatePeriod") {
        let edge = |of: &str, at: &str| point(period.child(of)?.child(at)?);
        let first = edge("Start", "From").or_else(|| edge("Start", "To"));
        let last = edge("End", "To").or_else(|| edge("End", "From"));
        let read = match (first, last) {
            (Some(first), Some(last)) => first.through(last),
            (one, other) => one.or(other),
        };
        let roughly = ["Start", "End"]
            .iter()
            .any(|of| period.child(of).is_some_and(|e| e.is("Approximate")));
        let read = if roughly {
            read.and_then(BirthDate::circa)
        } else {
            read
        };
        match read {
            Some(birth) => add_birth(entry, birth),
            None => drafts.note(line, "a date of birth is not understood".to_owned()),
        }
    }
}
