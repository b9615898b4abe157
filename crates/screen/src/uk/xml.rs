//! The XML form: one element for each entry, with everything that belongs to it.

use std::io::BufRead;

use crate::draft::{Drafts, add_text, address, remark};
use crate::report::ListError;
use crate::xml::{self, Element, Shape};
use crate::{Entry, Gender, IdentifierKind, List, LoadReport, Quality, Source, dates};

use super::{identifiers, is_blank, kind, quality, values, whole_name};

const SHAPE: Shape = Shape {
    file: "UK-Sanctions-List.xml",
    expected: "the UK sanctions list, XML with the root `Designations`",
    root: "Designations",
    records: &["DateGenerated", "Designation"],
};

/// The root, by which the format is told.
pub(crate) const ROOT: &str = SHAPE.root;

pub(super) fn read(
    source: &mut dyn BufRead,
    about: Source,
) -> Result<(List, LoadReport), ListError> {
    let mut drafts = Drafts::new(SHAPE.file);
    xml::each(SHAPE, source, |element, line| match element.name.as_str() {
        "Designation" => party(&element, line, &mut drafts),
        "DateGenerated" => drafts.published_on = dates::day(element.text()),
        _ => {}
    })?;
    drafts.finish_parties(about, SHAPE.expected)
}

fn party(element: &Element, line: usize, drafts: &mut Drafts) {
    let kind = kind(element.value("IndividualEntityShip"), line, drafts);
    let mut entry = Entry::new(element.value("UniqueID"), kind);
    for name in element.within("Name") {
        let parts = ["Name1", "Name2", "Name3", "Name4", "Name5", "Name6"];
        let whole = whole_name(parts.map(|part| name.value(part)));
        let quality = quality(name.value("NameType"), name.value("AliasStrength"));
        drafts.name(&mut entry, &whole, quality, line);
    }
    for name in element.within("NameNonLatinScript") {
        if !is_blank(name.text()) {
            drafts.name(&mut entry, name.text(), Quality::Strong, line);
        }
    }
    for one in element.within("Address") {
        let parts = [
            "AddressLine1",
            "AddressLine2",
            "AddressLine3",
            "AddressLine4",
            "AddressLine5",
            "AddressLine6",
            "AddressPostalCode",
            "AddressCountry",
        ];
        let said = parts.map(|part| one.value(part));
        address(&mut entry, said.into_iter().filter(|part| !is_blank(part)));
    }
    for name in ["AddressCountry", "Nationality", "CurrentBelievedFlagOfShip"] {
        for text in texts(element, name) {
            drafts.country(&mut entry, text);
        }
    }
    for text in texts(element, "DOB")
        .into_iter()
        .chain(texts(element, "YearBuilt"))
    {
        drafts.birth(&mut entry, text, line);
    }
    for (kind, name) in [
        (IdentifierKind::Passport, "PassportNumber"),
        (IdentifierKind::NationalId, "NationalIdentifierNumber"),
        (
            IdentifierKind::RegistrationNumber,
            "BusinessRegistrationNumber",
        ),
        (IdentifierKind::Imo, "IMONumber"),
        (IdentifierKind::Email, "EmailAddress"),
    ] {
        for one in element.within(name) {
            identifiers(&mut entry, kind, one.text(), line, drafts);
        }
    }
    add_text(&mut entry.programs, element.value("RegimeName"));
    let genders = element.within("Gender");
    entry.gender = match genders.as_slice() {
        [one] => Gender::read(one.text()),
        _ => None,
    };
    entry.listed_on = dates::day(element.value("DateDesignated"));
    for name in ["Title", "Position", "OtherInformation"] {
        for text in texts(element, name) {
            remark(&mut entry, text);
        }
    }
    drafts.take(entry, line);
}

/// The values of all elements of that name, those that say nothing left out.
fn texts<'e>(element: &'e Element, name: &str) -> Vec<&'e str> {
    let found = element.within(name).into_iter();
    found.flat_map(|one| values(one.text())).collect()
}
