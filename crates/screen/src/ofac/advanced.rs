//! `sdn_advanced.xml` and `cons_advanced.xml` of the US Office of Foreign Assets Control: OFAC's full data model, in which
//! an entry is put together from tables by number.
//!
//! The only one of OFAC's files with names in their original script. Tables, places and documents come before the parties,
//! so that a party can be put together when it is read and the file need not be held in memory; a file in another order is
//! refused. Source: "Advanced Sanctions Data Standard", ofac.treasury.gov, after the
//! UN's "Advanced Sanctions Data Model".

mod features;
mod names;
mod tables;

use std::collections::HashMap;
use std::io::BufRead;

use bonafide_model::Date;

use crate::draft::{Drafts, add_text};
use crate::report::ListError;
use crate::xml::{self, Element, Shape};
use crate::{Entry, Kind, List, LoadReport, Source};

use super::remarks;
use tables::Tables;

const SHAPE: Shape = Shape {
    file: "sdn_advanced.xml",
    expected: "OFAC's list in the advanced format, XML with the root `Sanctions`",
    root: "Sanctions",
    records: &[
        "DateOfIssue",
        "ReferenceValueSets",
        "Location",
        "IDRegDocument",
        "DistinctParty",
        "SanctionsEntry",
    ],
};

/// The root, by which the format is told.
pub(crate) const ROOT: &str = SHAPE.root;

/// Reads the list.
///
/// # Errors
/// If it is not this format, is cut short, or is beyond a bound.
pub fn read(source: &mut dyn BufRead, about: Source) -> Result<(List, LoadReport), ListError> {
    let mut reader = Reader {
        drafts: Drafts::new(SHAPE.file),
        tables: Tables::default(),
        documents: HashMap::new(),
        profiles: HashMap::new(),
        measures: HashMap::new(),
        late: None,
    };
    xml::each(SHAPE, source, |element, line| reader.record(element, line))?;
    reader.finish(about)
}

struct Reader {
    drafts: Drafts,
    tables: Tables,
    /// Documents by the identity that they are of.
    documents: HashMap<String, Vec<Element>>,
    /// Entry numbers by profile.
    profiles: HashMap<String, String>,
    /// Programmes and day of listing by profile.
    measures: HashMap<String, (Vec<String>, Option<Date>)>,
    /// A table that comes after the parties that need it.
    late: Option<(String, usize)>,
}

impl Reader {
    fn record(&mut self, element: Element, line: usize) {
        let table = matches!(
            element.name.as_str(),
            "ReferenceValueSets" | "Location" | "IDRegDocument"
        );
        if table && !self.profiles.is_empty() {
            self.late.get_or_insert((element.name, line));
            return;
        }
        match element.name.as_str() {
            "DateOfIssue" => self.drafts.published_on = tables::day(&element),
            "ReferenceValueSets" => self.tables.take_values(&element),
            "Location" => self.tables.take_location(&element),
            "IDRegDocument" => {
                let identity = element.attribute("IdentityID").to_owned();
                self.documents.entry(identity).or_default().push(element);
            }
            "DistinctParty" => {
                for profile in element.all("Profile") {
                    self.party(&element, profile, line);
                }
            }
            "SanctionsEntry" => self.sanctions(&element),
            _ => {}
        }
    }

    fn sanctions(&mut self, element: &Element) {
        let profile = element.attribute("ProfileID").to_owned();
        let (programs, listed_on) = self.measures.entry(profile).or_default();
        // A measure's comment is a programme where its type says so; other measures have words of their own there.
        for measure in element.all("SanctionsMeasure") {
            let kind = self
                .tables
                .value("SanctionsType", measure.attribute("SanctionsTypeID"));
            if kind.is_empty() || kind == "Program" {
                add_text(programs, measure.value("Comment"));
            }
        }
        let dates = element
            .all("EntryEvent")
            .filter_map(|event| tables::day(event.child("Date")?));
        *listed_on = dates.chain(*listed_on).min();
    }

    fn finish(mut self, about: Source) -> Result<(List, LoadReport), ListError> {
        if let Some((name, line)) = self.late {
            return Err(ListError::Malformed {
                file: SHAPE.file,
                line,
                why: format!("has a `{name}` after the parties that need it"),
                expected: SHAPE.expected,
            });
        }
        for (profile, (programs, listed_on)) in self.measures {
            let id = self.profiles.get(&profile);
            if let Some(entry) = id.and_then(|id| self.drafts.find(id)) {
                programs
                    .iter()
                    .for_each(|program| add_text(&mut entry.programs, program));
                entry.listed_on = listed_on.into_iter().chain(entry.listed_on).min();
            }
        }
        self.drafts.finish_parties(about, SHAPE.expected)
    }

    fn party(&mut self, party: &Element, profile: &Element, line: usize) {
        let kind = self.kind(profile, line);
        let id = match party.attribute("FixedRef") {
            "" => profile.attribute("ID"),
            fixed => fixed,
        };
        let mut entry = Entry::new(id, kind);
        for identity in profile.all("Identity") {
            names::read(identity, &self.tables, &mut entry, &mut self.drafts, line);
        }
        for identity in profile.all("Identity") {
            let documents = self.documents.remove(identity.attribute("ID"));
            for document in documents.into_iter().flatten() {
                self.document(&document, &mut entry, line);
            }
        }
        for feature in profile.all("Feature") {
            features::read(feature, &self.tables, &mut entry, &mut self.drafts, line);
        }
        self.profiles
            .insert(profile.attribute("ID").to_owned(), entry.id.clone());
        self.drafts.take(entry, line);
    }

    fn kind(&mut self, profile: &Element, line: usize) -> Kind {
        match self.tables.party_kind(profile.attribute("PartySubTypeID")) {
            Some(kind) => kind,
            None => {
                let why = format!(
                    "party type `{}` is not in the file's tables",
                    crate::input::start(profile.attribute("PartySubTypeID"))
                );
                self.drafts.note(line, why);
                Kind::Party
            }
        }
    }

    fn document(&mut self, document: &Element, entry: &mut Entry, line: usize) {
        let label = self
            .tables
            .value("IDRegDocType", document.attribute("IDRegDocTypeID"));
        let issued_by = self
            .tables
            .country(document.attribute("IssuedBy-CountryID"));
        let country = self.drafts.read_country(&issued_by);
        let number = document.value("IDRegistrationNo");
        if let Some(found) = remarks::identifier(label, number, country) {
            self.drafts
                .identifier(entry, found.kind, &found.value, found.country, line);
        }
    }
}
