//! The consolidated list of the United Nations Security Council, `consolidated.xml`.
//!
//! As published: names in up to four parts, aliases of good and low quality and sometimes several in one element, names in
//! the original script, dates of birth as days, years and spans, documents whose type is a free text.
//!
//! Source: "Security Council consolidated list, XML schema" (`sc-sanctions.xsd`, main.un.org/securitycouncil).

use std::io::BufRead;

use crate::draft::{Drafts, add_birth, add_text, address, remark};
use crate::input::start;
use crate::report::ListError;
use crate::xml::{self, Element, Shape};
use crate::{
    BirthDate, Entry, Gender, IdentifierKind, Kind, List, LoadReport, Quality, Source, dates,
};

const SHAPE: Shape = Shape {
    file: "consolidated.xml",
    expected: "the UN Security Council's consolidated list, XML with the root `CONSOLIDATED_LIST`",
    root: "CONSOLIDATED_LIST",
    records: &["INDIVIDUAL", "ENTITY"],
};

/// The root, by which the format is told.
pub(crate) const ROOT: &str = SHAPE.root;

/// What leads in a name in the original script within a note.
const SCRIPT_NOTES: [&str; 3] = ["original script:", "in Arabic script:", "in arabic script:"];

/// Reads the list.
///
/// # Errors
/// If it is not this format, is cut short, or is beyond a bound.
pub fn read(source: &mut dyn BufRead, about: Source) -> Result<(List, LoadReport), ListError> {
    let mut drafts = Drafts::new(SHAPE.file);
    xml::each(SHAPE, source, |element, line| match element.name.as_str() {
        "INDIVIDUAL" => party(&element, Kind::Person, line, &mut drafts),
        "ENTITY" => party(&element, Kind::Organisation, line, &mut drafts),
        _ => {
            let generated = element.attribute("dateGenerated");
            drafts.published_on = dates::day(generated.split('T').next().unwrap_or_default());
        }
    })?;
    drafts.finish_parties(about, SHAPE.expected)
}

fn party(element: &Element, kind: Kind, line: usize, drafts: &mut Drafts) {
    let mut entry = Entry::new(element.value("DATAID"), kind);
    if entry.id.is_empty() {
        entry.id = element.value("REFERENCE_NUMBER").to_owned();
    }
    let parts = ["FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME"];
    let name = parts.map(|part| element.value(part)).join(" ");
    drafts.name(&mut entry, &name, Quality::Primary, line);
    drafts.name(
        &mut entry,
        element.value("NAME_ORIGINAL_SCRIPT"),
        Quality::Strong,
        line,
    );
    let (prefix, aliases) = match kind {
        Kind::Person => ("INDIVIDUAL", element.all("INDIVIDUAL_ALIAS")),
        _ => ("ENTITY", element.all("ENTITY_ALIAS")),
    };
    for one in aliases {
        alias(one, &mut entry, line, drafts);
    }
    for value in values(element, "NATIONALITY") {
        drafts.country(&mut entry, value);
    }
    let addresses = element.within(&format!("{prefix}_ADDRESS"));
    for one in addresses {
        drafts.country(&mut entry, one.value("COUNTRY"));
        let parts = ["STREET", "CITY", "STATE_PROVINCE", "ZIP_CODE", "COUNTRY"];
        address(&mut entry, parts.map(|part| one.value(part)));
    }
    for one in element.all("INDIVIDUAL_DATE_OF_BIRTH") {
        birth(one, &mut entry, line, drafts);
    }
    for one in element.all("INDIVIDUAL_DOCUMENT") {
        document(one, &mut entry, line, drafts);
    }
    add_text(&mut entry.programs, element.value("UN_LIST_TYPE"));
    entry.gender = Gender::read(element.value("GENDER"));
    entry.listed_on = dates::day(element.value("LISTED_ON"));
    remark(&mut entry, element.value("REFERENCE_NUMBER"));
    for value in values(element, "DESIGNATION").chain(values(element, "TITLE")) {
        remark(&mut entry, value);
    }
    remark(&mut entry, element.value("COMMENTS1"));
    drafts.take(entry, line);
}

fn values<'e>(element: &'e Element, name: &'static str) -> impl Iterator<Item = &'e str> {
    let holders = element.all(name);
    holders.flat_map(|holder| holder.all("VALUE").map(Element::text))
}

/// An alias: one name, or several parted by semicolons; its note may hold the original script.
fn alias(element: &Element, entry: &mut Entry, line: usize, drafts: &mut Drafts) {
    let quality = match element.value("QUALITY").to_ascii_lowercase().as_str() {
        "low" => Quality::Weak,
        _ => Quality::Strong,
    };
    for name in element.value("ALIAS_NAME").split(';') {
        drafts.name(entry, name, quality, line);
    }
    let note = element.value("NOTE");
    let written = SCRIPT_NOTES.iter().find_map(|lead| note.strip_prefix(lead));
    if let Some(name) = written {
        drafts.name(entry, name, quality, line);
    }
    // An alias may come with a date of birth of its own, under which its bearer travels.
    drafts.birth(entry, element.value("DATE_OF_BIRTH"), line);
}

fn birth(element: &Element, entry: &mut Entry, line: usize, drafts: &mut Drafts) {
    let year = |name: &'static str| -> Option<BirthDate> {
        let text = element.value(name);
        text.parse().ok().and_then(BirthDate::year)
    };
    let read = match element.value("TYPE_OF_DATE").to_ascii_uppercase().as_str() {
        "BETWEEN" => year("FROM_YEAR")
            .zip(year("TO_YEAR"))
            .and_then(|(from, to)| from.through(to)),
        kind => {
            // Some dates stand in the note alone.
            let day = dates::read(element.value("DATE"))
                .or_else(|| year("YEAR"))
                .or_else(|| dates::read(element.value("NOTE")));
            match kind {
                "APPROXIMATELY" => day.and_then(BirthDate::circa),
                _ => day,
            }
        }
    };
    if let Some(birth) = read {
        add_birth(entry, birth);
        return;
    }
    let parts = ["DATE", "YEAR", "FROM_YEAR", "TO_YEAR", "NOTE"];
    let said = parts.map(|part| element.value(part)).join(" ");
    if !said.trim().is_empty() {
        let why = format!("date of birth `{}` is not understood", start(said.trim()));
        drafts.note(line, why);
    }
}

fn document(element: &Element, entry: &mut Entry, line: usize, drafts: &mut Drafts) {
    let number = element.value("NUMBER");
    if number.is_empty() {
        return;
    }
    let types = ["TYPE_OF_DOCUMENT", "TYPE_OF_DOCUMENT2"];
    let named = types.map(|t| element.value(t)).join(" ").to_lowercase();
    let kind = if ["passport", "passeport", "pasaporte"]
        .iter()
        .any(|word| named.contains(word))
    {
        IdentifierKind::Passport
    } else if named.contains("national") || named.contains("identi") {
        IdentifierKind::NationalId
    } else {
        IdentifierKind::Other
    };
    let countries = ["ISSUING_COUNTRY", "COUNTRY_OF_ISSUE"];
    let country = countries
        .iter()
        .find_map(|name| drafts.read_country(element.value(name)));
    drafts.identifier(entry, kind, number, country, line);
}
