//! `sdn.xml` and `consolidated.xml` of the US Office of Foreign Assets Control: the same facts as in the CSV files, each in
//! a field of its own, with strong and weak aliases told apart.
//!
//! The file says how many records it has; one that has fewer is cut short. Source: "SDN.XSD", ofac.treasury.gov.

use std::io::BufRead;

use crate::draft::{Drafts, add_text, address, remark};
use crate::input::start;
use crate::report::ListError;
use crate::xml::{self, Element, Shape};
use crate::{Entry, Gender, IdentifierKind, Kind, List, LoadReport, Quality, Source, dates};

use super::remarks;

const SHAPE: Shape = Shape {
    file: "sdn.xml",
    expected: "OFAC's list, XML with the root `sdnList`",
    root: "sdnList",
    records: &["publshInformation", "sdnEntry"],
};

/// The root, by which the format is told.
pub(crate) const ROOT: &str = SHAPE.root;

/// Reads the list.
///
/// # Errors
/// If it is not this format, is cut short, or is beyond a bound.
pub fn read(source: &mut dyn BufRead, about: Source) -> Result<(List, LoadReport), ListError> {
    let mut drafts = Drafts::new(SHAPE.file);
    let (mut stated, mut found) = (0_usize, 0_usize);
    xml::each(SHAPE, source, |element, line| match element.name.as_str() {
        "sdnEntry" => {
            found += 1;
            entry(&element, line, &mut drafts);
        }
        "publshInformation" => {
            drafts.published_on = dates::us_day(element.value("Publish_Date"));
            stated = element.value("Record_Count").parse().unwrap_or(0);
        }
        _ => {}
    })?;
    if found < stated {
        return Err(ListError::NotThisList {
            file: SHAPE.file,
            expected: SHAPE.expected,
            found: format!("{found} entries, though the file says it has {stated}; fetch it again"),
        });
    }
    drafts.finish_parties(about, SHAPE.expected)
}

fn entry(element: &Element, line: usize, drafts: &mut Drafts) {
    let kind = match element.value("sdnType").to_ascii_lowercase().as_str() {
        "individual" => Kind::Person,
        "entity" => Kind::Organisation,
        "vessel" => Kind::Vessel,
        "aircraft" => Kind::Aircraft,
        other => {
            let why = format!(
                "type `{}` is none of `Individual`, `Entity`, `Vessel`, `Aircraft`",
                start(other)
            );
            drafts.note(line, why);
            Kind::Party
        }
    };
    let mut entry = Entry::new(element.value("uid"), kind);
    drafts.name(&mut entry, &name(element), Quality::Primary, line);
    for aka in element.within("aka") {
        let weak = aka.value("category").eq_ignore_ascii_case("weak");
        let quality = if weak { Quality::Weak } else { Quality::Strong };
        drafts.name(&mut entry, &name(aka), quality, line);
    }
    for program in element.within("program") {
        add_text(&mut entry.programs, program.text());
    }
    for id in element.within("id") {
        identifier(id, &mut entry, line, drafts);
    }
    for of in ["nationality", "citizenship"] {
        for one in element.within(of) {
            drafts.country(&mut entry, one.value("country"));
        }
    }
    for one in element.within("address") {
        drafts.country(&mut entry, one.value("country"));
        let parts = [
            "address1",
            "address2",
            "address3",
            "city",
            "stateOrProvince",
            "postalCode",
            "country",
        ];
        address(&mut entry, parts.map(|part| one.value(part)));
    }
    for one in element.within("dateOfBirthItem") {
        drafts.birth(&mut entry, one.value("dateOfBirth"), line);
    }
    if let Some(vessel) = element.child("vesselInfo") {
        drafts.country(&mut entry, vessel.value("vesselFlag"));
        let call_sign = vessel.value("callSign");
        drafts.identifier(&mut entry, IdentifierKind::CallSign, call_sign, None, line);
    }
    if kind == Kind::Aircraft {
        let mark = element.value("lastName");
        drafts.identifier(&mut entry, IdentifierKind::TailNumber, mark, None, line);
    }
    remark(&mut entry, element.value("title"));
    remark(&mut entry, element.value("remarks"));
    drafts.take(entry, line);
}

/// `LAST, First` as the CSV files write it.
fn name(element: &Element) -> String {
    let (last, first) = (element.value("lastName"), element.value("firstName"));
    match (last.is_empty(), first.is_empty()) {
        (false, false) => format!("{last}, {first}"),
        (true, _) => first.to_owned(),
        (_, true) => last.to_owned(),
    }
}

fn identifier(id: &Element, entry: &mut Entry, line: usize, drafts: &mut Drafts) {
    let (label, number) = (id.value("idType"), id.value("idNumber"));
    if label == "Gender" {
        entry.gender = Gender::read(number);
        return;
    }
    if label == "Nationality of Registration" {
        drafts.country(entry, number);
        return;
    }
    let country = drafts.read_country(id.value("idCountry"));
    if let Some(found) = remarks::identifier(label, number, country) {
        drafts.identifier(entry, found.kind, &found.value, found.country, line);
    }
}
