//! The US Consolidated Screening List of the International Trade Administration: `consolidated.csv` and
//! `consolidated.json`.
//!
//! It puts together a dozen lists of Commerce, State and Treasury, some of which do not say who is a person and who an
//! organisation. The same facts in both forms; in the CSV form what is several is parted by semicolons. Where the source
//! list has numbers, an entry's number is that of the consolidated list, which stays from day to day.
//!
//! Source: trade.gov, "Consolidated screening list, data dictionary".

mod csv;
mod json;

use std::io::BufRead;

use crate::draft::{Drafts, add_text, remark};
use crate::input::start;
use crate::report::ListError;
use crate::{
    Country, Entry, IdentifierKind, Kind, List, LoadReport, Quality, Source, dates, normalise, ofac,
};

pub(crate) use csv::SHAPE as CSV;

/// Reads `consolidated.csv`.
///
/// # Errors
/// If it is not this format, is cut short, or is beyond a bound.
pub fn read_csv(source: &mut dyn BufRead, about: Source) -> Result<(List, LoadReport), ListError> {
    csv::read(source, about)
}

/// Reads `consolidated.json`.
///
/// # Errors
/// If it is not this format, is cut short, or is beyond a bound.
pub fn read_json(source: &mut dyn BufRead, about: Source) -> Result<(List, LoadReport), ListError> {
    json::read(source, about)
}

/// The number of a party that has none: made of the short name of its list, which stands in brackets (`Entity List (EL) -
/// Bureau …`), and its name.
fn made_id(source: &str, name: &str) -> String {
    let within = source
        .split_once('(')
        .and_then(|(_, rest)| rest.split_once(')'));
    let list = within.map_or(source, |(short, _)| short);
    normalise::words(&format!("{list} {name}")).replace(' ', "-")
}

/// What both forms say of one party.
#[derive(Default)]
struct Party<'a> {
    id: &'a str,
    source: &'a str,
    kind: &'a str,
    programs: Vec<&'a str>,
    name: &'a str,
    alt_names: Vec<&'a str>,
    countries: Vec<&'a str>,
    births: Vec<&'a str>,
    call_sign: &'a str,
    start_date: &'a str,
    title: &'a str,
    remarks: &'a str,
    identifiers: Vec<(&'a str, &'a str, Option<Country>)>,
}

impl Party<'_> {
    /// The entry, but for its addresses.
    fn entry(&self, line: usize, drafts: &mut Drafts) -> Entry {
        let kind = match self.kind.to_ascii_lowercase().as_str() {
            "individual" => Kind::Person,
            "entity" => Kind::Organisation,
            "vessel" => Kind::Vessel,
            "aircraft" => Kind::Aircraft,
            "" => Kind::Party,
            other => {
                drafts.note(line, format!("type `{}` is not known", start(other)));
                Kind::Party
            }
        };
        let mut entry = Entry::new(self.id, kind);
        drafts.name(&mut entry, self.name, Quality::Primary, line);
        for name in &self.alt_names {
            drafts.name(&mut entry, name, Quality::Strong, line);
        }
        for country in &self.countries {
            drafts.country(&mut entry, country);
        }
        for birth in &self.births {
            drafts.birth(&mut entry, birth, line);
        }
        drafts.identifier(
            &mut entry,
            IdentifierKind::CallSign,
            self.call_sign,
            None,
            line,
        );
        if kind == Kind::Aircraft {
            drafts.identifier(
                &mut entry,
                IdentifierKind::TailNumber,
                self.name,
                None,
                line,
            );
        }
        for (label, number, country) in &self.identifiers {
            if *label == "Gender" {
                entry.gender = crate::Gender::read(number);
            } else if let Some(found) = ofac::identifier(label, number, *country) {
                drafts.identifier(&mut entry, found.kind, &found.value, found.country, line);
            }
        }
        // `Entity List (EL) - Bureau of Industry and Security`: which of the lists it is on.
        add_text(&mut entry.programs, self.source);
        for program in &self.programs {
            add_text(&mut entry.programs, program);
        }
        entry.listed_on = dates::day(self.start_date);
        remark(&mut entry, self.title);
        remark(&mut entry, self.remarks);
        entry
    }
}
