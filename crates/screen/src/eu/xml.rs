//! The XML form: one element for each entry, facts in attributes.

use std::io::BufRead;

use crate::draft::{Drafts, add_text, address, remark};
use crate::report::ListError;
use crate::xml::{self, Element, Shape};
use crate::{Entry, Gender, List, LoadReport, Quality, Source, dates};

use super::{Birth, country, identifier_kind, kind, whole_name};

const SHAPE: Shape = Shape {
    file: "xmlFullSanctionsList_1_1.xml",
    expected: "the EU's consolidated financial sanctions list 1.1, XML with the root `export`",
    root: "export",
    records: &["sanctionEntity"],
};

/// The root, by which the format is told.
pub(crate) const ROOT: &str = SHAPE.root;

pub(super) fn read(
    source: &mut dyn BufRead,
    about: Source,
) -> Result<(List, LoadReport), ListError> {
    let mut drafts = Drafts::new(SHAPE.file);
    xml::each(SHAPE, source, |element, line| match element.name.as_str() {
        "sanctionEntity" => party(&element, line, &mut drafts),
        _ => {
            let generated = element.attribute("generationDate");
            drafts.published_on = dates::day(generated.split('T').next().unwrap_or_default());
        }
    })?;
    drafts.finish_parties(about, SHAPE.expected)
}

fn party(element: &Element, line: usize, drafts: &mut Drafts) {
    let subject = element.child("subjectType");
    let code = subject.map_or("", |s| match s.attribute("classificationCode") {
        "" => s.attribute("code"),
        code => code,
    });
    let kind = kind(code, line, drafts);
    let mut entry = Entry::new(element.attribute("logicalId"), kind);
    for alias in element.all("nameAlias") {
        let parts = ["firstName", "middleName", "lastName"].map(|part| alias.attribute(part));
        let name = whole_name(alias.attribute("wholeName"), parts);
        let weak = alias.attribute("strong").eq_ignore_ascii_case("false");
        let quality = if weak { Quality::Weak } else { Quality::Strong };
        drafts.name(&mut entry, &name, quality, line);
        entry.gender = entry
            .gender
            .or_else(|| Gender::read(alias.attribute("gender")));
        remark(&mut entry, alias.attribute("function"));
    }
    for one in element.all("birthdate") {
        let birth = Birth {
            whole: one.attribute("birthdate"),
            day: one.attribute("dayOfMonth"),
            month: one.attribute("monthOfYear"),
            year: one.attribute("year"),
            from: one.attribute("yearRangeFrom"),
            to: one.attribute("yearRangeTo"),
            circa: one.is("circa"),
        };
        birth.add(&mut entry, line, drafts);
    }
    for one in element.all("citizenship") {
        let (code, name) = (
            one.attribute("countryIso2Code"),
            one.attribute("countryDescription"),
        );
        country(code, name, &mut entry, drafts);
    }
    for one in element.all("address") {
        place(one, &mut entry, drafts);
    }
    for one in element.all("identification") {
        identification(one, &mut entry, line, drafts);
    }
    for one in element.all("regulation") {
        add_text(&mut entry.programs, one.attribute("programme"));
    }
    entry.listed_on = dates::day(element.attribute("designationDate"));
    remark(&mut entry, element.attribute("euReferenceNumber"));
    for one in element.all("remark") {
        remark(&mut entry, one.text());
    }
    drafts.take(entry, line);
}

fn place(one: &Element, entry: &mut Entry, drafts: &mut Drafts) {
    let name = one.attribute("countryDescription");
    country(one.attribute("countryIso2Code"), name, entry, drafts);
    let parts = ["street", "poBox", "zipCode", "city", "region", "place"];
    let said = parts.map(|part| one.attribute(part));
    address(entry, said.into_iter().chain([name]));
}

fn identification(one: &Element, entry: &mut Entry, line: usize, drafts: &mut Drafts) {
    // A document that is known to be false is still the one its bearer shows.
    let kind = identifier_kind(one.attribute("identificationTypeCode"));
    let issued_by = match one.attribute("countryIso2Code") {
        "00" => "",
        code => code,
    };
    let country = drafts.read_country(issued_by);
    for number in [one.attribute("number"), one.attribute("latinNumber")] {
        drafts.identifier(entry, kind, number, country, line);
    }
}
