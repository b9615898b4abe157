//! The EU's consolidated list of persons, groups and entities under financial sanctions: `xmlFullSanctionsList_1_1` and
//! `csvFullSanctionsList_1_1` (and the older `csvFullSanctionsList`).
//!
//! As published: every alias, date of birth, address, citizenship and identification is an element, or a row, of its own;
//! aliases that identify badly are marked `strong="false"` in the XML form; `00` stands for an unknown country; names are
//! given in several languages and scripts.
//!
//! Source: "Consolidated financial sanctions file 1.1, schema", European Commission (FISMA).

mod csv;
mod xml;

use std::io::BufRead;

use crate::draft::{Drafts, add_birth};
use crate::input::start;
use crate::report::ListError;
use crate::{BirthDate, Entry, IdentifierKind, Kind, List, LoadReport, Source, dates};

pub(crate) use csv::SHAPE as CSV;
pub(crate) use xml::ROOT;

/// Reads `csvFullSanctionsList_1_1`.
///
/// # Errors
/// If it is not this format, is cut short, or is beyond a bound.
pub fn read_csv(source: &mut dyn BufRead, about: Source) -> Result<(List, LoadReport), ListError> {
    csv::read(source, about)
}

/// Reads `xmlFullSanctionsList_1_1`.
///
/// # Errors
/// If it is not this format, is cut short, or is beyond a bound.
pub fn read_xml(source: &mut dyn BufRead, about: Source) -> Result<(List, LoadReport), ListError> {
    xml::read(source, about)
}

/// What an entry is, by its code (`person`, `enterprise`) or classification (`P`, `E`).
fn kind(code: &str, line: usize, drafts: &mut Drafts) -> Kind {
    match code.trim().to_ascii_lowercase().as_str() {
        "p" | "person" => Kind::Person,
        "e" | "enterprise" | "entity" => Kind::Organisation,
        "vessel" | "ship" | "v" => Kind::Vessel,
        other => {
            let why = format!("subject type `{}` is not known", start(other));
            drafts.note(line, why);
            Kind::Party
        }
    }
}

/// A whole name, or its parts where it is not given.
fn whole_name(whole: &str, parts: [&str; 3]) -> String {
    if whole.trim().is_empty() {
        let said = parts
            .iter()
            .map(|part| part.trim())
            .filter(|p| !p.is_empty());
        return said.collect::<Vec<_>>().join(" ");
    }
    whole.trim().to_owned()
}

/// What an identification is, by its code.
fn identifier_kind(code: &str) -> IdentifierKind {
    let code = code.trim().to_ascii_lowercase();
    let kinds = [
        ("passport", IdentifierKind::Passport),
        ("swift", IdentifierKind::Bic),
        ("bic", IdentifierKind::Bic),
        ("imo", IdentifierKind::Imo),
        ("mmsi", IdentifierKind::Mmsi),
        ("lei", IdentifierKind::Lei),
        ("fiscal", IdentifierKind::TaxId),
        ("tax", IdentifierKind::TaxId),
        ("vat", IdentifierKind::TaxId),
        ("reg", IdentifierKind::RegistrationNumber),
        ("trade", IdentifierKind::RegistrationNumber),
        ("ssn", IdentifierKind::NationalId),
        ("social", IdentifierKind::NationalId),
    ];
    let found = kinds.iter().find(|(word, _)| code.contains(word));
    match found {
        Some((_, kind)) => *kind,
        None if code == "id" || code.starts_with("id ") || code.contains("national") => {
            IdentifierKind::NationalId
        }
        None => IdentifierKind::Other,
    }
}

/// Reads a country; `00` and `UNKNOWN` are none.
fn country(code: &str, name: &str, entry: &mut Entry, drafts: &mut Drafts) {
    let text = if code.trim().is_empty() { name } else { code };
    if text.trim() != "00" {
        drafts.country(entry, text);
    }
}

/// What a date of birth is made of.
struct Birth<'a> {
    whole: &'a str,
    day: &'a str,
    month: &'a str,
    year: &'a str,
    from: &'a str,
    to: &'a str,
    circa: bool,
}

impl Birth<'_> {
    fn add(&self, entry: &mut Entry, line: usize, drafts: &mut Drafts) {
        let read = self.read();
        let read = if self.circa {
            read.and_then(BirthDate::circa)
        } else {
            read
        };
        match read {
            Some(birth) => add_birth(entry, birth),
            None if dates::says_nothing(self.whole) && self.year.trim().is_empty() => {}
            None => {
                let why = format!(
                    "date of birth `{}` is not understood",
                    start(&format!("{} {}", self.whole, self.year))
                );
                drafts.note(line, why);
            }
        }
    }

    fn read(&self) -> Option<BirthDate> {
        let year = |text: &str| text.trim().parse().ok().and_then(BirthDate::year);
        if let (Some(from), Some(to)) = (year(self.from), year(self.to)) {
            return from.through(to);
        }
        let parts = [self.year, self.month, self.day].map(|part| match part.trim() {
            "" => "00",
            part => part,
        });
        dates::read(self.whole).or_else(|| dates::read(&parts.join("-")))
    }
}
