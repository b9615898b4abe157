//! The files of the US Office of Foreign Assets Control: `sdn.csv`, `alt.csv`, `add.csv`, `sdn_comments.csv`, and
//! the consolidated list's `cons_prim.csv`, `cons_alt.csv`, `cons_add.csv`, `cons_comments.csv`, which have the same columns.
//!
//! As published: no header, `-0-` for an absent value, CRLF, a final control-Z; dates of birth, nationalities, identifiers
//! and weak aliases stand in the remarks, which are cut at 1,000 characters and go on in the comments file. The further files may be absent or of another day: rows whose entry is
//! not in the list are counted, not fatal.
//!
//! Refuses a file that is not the list it should be. Source: "Specially Designated Nationals List, data formats and data
//! schemas" (OFAC, `dat_spec.txt`).

pub mod advanced;
mod remarks;
mod rows;
pub mod xml;

use std::collections::HashMap;

use crate::draft;
use crate::input::start;
use crate::report::{ListError, LoadReport};
use crate::{Country, Entry, Identifier, IdentifierKind, Kind, List, Quality, Source};

pub(crate) use remarks::identifier;
use rows::Shape;

const SDN: Shape<12> = Shape {
    file: "sdn.csv",
    expected: "OFAC's list of entries, CSV without a header, 12 columns: number, name, type, program, title, call sign, vessel type, tonnage, gross tonnage, flag, owner, remarks",
};
const ALT: Shape<5> = Shape {
    file: "alt.csv",
    expected: "OFAC's list of aliases, CSV without a header, 5 columns: entry number, alias number, type, name, remarks",
};
const ADD: Shape<6> = Shape {
    file: "add.csv",
    expected: "OFAC's list of addresses, CSV without a header, 6 columns: entry number, address number, street, city, country, remarks",
};
const COMMENTS: Shape<2> = Shape {
    file: "sdn_comments.csv",
    expected: "OFAC's continued remarks, CSV without a header, 2 columns: entry number, rest of the remarks",
};

/// Which of the files one is that begins so.
pub(crate) fn part_of(head: &[u8]) -> Option<Part> {
    if rows::fits::<12>(head) {
        Some(Part::Sdn)
    } else if rows::fits::<5>(head) {
        Some(Part::Alt)
    } else if rows::fits::<6>(head) {
        Some(Part::Add)
    } else if rows::fits::<2>(head) {
        Some(Part::Comments)
    } else {
        None
    }
}

/// One of the files of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// `sdn.csv`, `cons_prim.csv`.
    Sdn,
    /// `alt.csv`, `cons_alt.csv`.
    Alt,
    /// `add.csv`, `cons_add.csv`.
    Add,
    /// `sdn_comments.csv`, `cons_comments.csv`.
    Comments,
}

/// The authority cuts remarks at this many characters, in the middle of a word if need be.
const REMARKS_CUT_CHARS: usize = 1_000;

/// The files of one list, as bytes.
#[derive(Debug, Clone, Copy)]
pub struct Files<'a> {
    /// `sdn.csv` (or `cons_prim.csv`): the entries.
    pub sdn: &'a [u8],
    /// `alt.csv`: the strong aliases.
    pub alt: Option<&'a [u8]>,
    /// `add.csv`: the addresses.
    pub add: Option<&'a [u8]>,
    /// `sdn_comments.csv`: the rest of remarks that were cut.
    pub comments: Option<&'a [u8]>,
}

/// Reads the list. The digest in `source` is over the files' bytes in the order `sdn`, `alt`, `add`, `comments`.
///
/// # Errors
/// If a file is not what it should be; the list in service is then better kept.
pub fn read(files: Files<'_>, source: Source) -> Result<(List, LoadReport), ListError> {
    let mut report = LoadReport::default();
    let mut reader = Reader::default();
    if let Some(comments) = files.comments {
        rows::each(COMMENTS, comments, &mut report, |[id, rest], _, _| {
            reader.comments.entry(id).or_default().push_str(&rest);
            Ok(())
        })?;
    }
    rows::each(SDN, files.sdn, &mut report, |row, line, report| {
        reader.entry(row, line, report)
    })?;
    if let Some(alt) = files.alt {
        rows::each(ALT, alt, &mut report, |row, _, report| {
            reader.alias(row, report)
        })?;
    }
    if let Some(add) = files.add {
        rows::each(ADD, add, &mut report, |row, _, report| {
            reader.address(row, report)
        })?;
    }
    report.entries = reader.entries.len();
    report.unmatched_comments = reader.comments.len();
    Ok((List::new(source, reader.entries), report))
}

#[derive(Default)]
struct Reader {
    entries: Vec<Entry>,
    /// Entry numbers to places in `entries`.
    places: HashMap<String, usize>,
    /// Entry numbers to the rest of their remarks, until the entry is read.
    comments: HashMap<String, String>,
}

impl Reader {
    /// A row of `sdn.csv`; says why it is left out.
    fn entry(
        &mut self,
        row: [String; 12],
        line: usize,
        report: &mut LoadReport,
    ) -> Result<(), String> {
        let [
            id,
            name,
            kind,
            program,
            _title,
            call_sign,
            _type,
            _tonnage,
            _gross,
            flag,
            _owner,
            remarks,
        ] = row;
        if self.places.contains_key(&id) {
            return Err(format!(
                "entry `{id}` was listed before; the first row is kept"
            ));
        }
        let mut entry = Entry::new(id, kind_of(&kind)?);
        entry.programs = programs(&program);
        entry.add_name(&name_of(&name)?, Quality::Primary);
        let remarks = self.whole_remarks(&entry.id, remarks, line, report);
        let found = remarks::read(&remarks);
        for alias in found.weak_aliases {
            match name_of(alias) {
                Ok(alias) => {
                    report.weak_aliases += usize::from(entry.add_name(&alias, Quality::Weak))
                }
                Err(why) => report.note(SDN.file, line, why),
            }
        }
        for text in found.unread_births {
            report.note(
                SDN.file,
                line,
                format!("date of birth `{text}` is not understood"),
            );
        }
        entry.birth_dates = found.births;
        entry.gender = found.gender;
        entry.identifiers = found.identifiers;
        if !call_sign.is_empty() {
            entry.identifiers.push(Identifier {
                kind: IdentifierKind::CallSign,
                value: call_sign,
                country: None,
            });
        }
        if entry.kind == Kind::Aircraft {
            entry.identifiers.push(Identifier {
                kind: IdentifierKind::TailNumber,
                value: name,
                country: None,
            });
        }
        for text in found.countries.into_iter().chain([flag.as_str()]) {
            add_country(&mut entry, text, report);
        }
        entry.remarks = remarks;
        self.places.insert(entry.id.clone(), self.entries.len());
        self.entries.push(entry);
        Ok(())
    }

    /// The remarks with their rest from the comments file. If that is missing, the last item, which is cut and would be a
    /// wrong alias or number, goes, and the row is reported.
    fn whole_remarks(
        &mut self,
        id: &str,
        mut remarks: String,
        line: usize,
        report: &mut LoadReport,
    ) -> String {
        if remarks.chars().count() != REMARKS_CUT_CHARS || remarks.ends_with('.') {
            return remarks;
        }
        if let Some(rest) = self.comments.remove(id) {
            remarks.push_str(&rest);
            return remarks;
        }
        let why = format!(
            "remarks are cut at {REMARKS_CUT_CHARS} characters and their rest is missing; load `{}` of the same day",
            COMMENTS.file
        );
        report.note(SDN.file, line, why);
        let whole = remarks.rfind(';').unwrap_or(0);
        remarks.truncate(whole);
        remarks
    }

    /// A row of `alt.csv`.
    fn alias(&mut self, row: [String; 5], report: &mut LoadReport) -> Result<(), String> {
        let [id, _number, _type, name, _remarks] = row;
        let name = name_of(&name)?;
        match self.find(&id) {
            Some(entry) => report.aliases += usize::from(entry.add_name(&name, Quality::Strong)),
            None => report.unmatched_aliases += 1,
        }
        Ok(())
    }

    /// A row of `add.csv`. An address with the country alone adds the country.
    fn address(&mut self, row: [String; 6], report: &mut LoadReport) -> Result<(), String> {
        let [id, _number, street, city, country, _remarks] = row;
        let Some(entry) = self.find(&id) else {
            report.unmatched_addresses += 1;
            return Ok(());
        };
        add_country(entry, &country, report);
        let parts = [street, city, country];
        let lines: Vec<&str> = parts
            .iter()
            .map(|part| part.trim())
            .filter(|p| !p.is_empty())
            .collect();
        if !lines.is_empty() {
            entry.addresses.push(lines.join(", "));
            report.addresses += 1;
        }
        Ok(())
    }

    fn find(&mut self, id: &str) -> Option<&mut Entry> {
        let place = *self.places.get(id)?;
        self.entries.get_mut(place)
    }
}

fn kind_of(text: &str) -> Result<Kind, String> {
    match text.trim() {
        "" | "entity" => Ok(Kind::Organisation),
        "individual" => Ok(Kind::Person),
        "vessel" => Ok(Kind::Vessel),
        "aircraft" => Ok(Kind::Aircraft),
        other => Err(format!(
            "type `{}` is none of `individual`, `vessel`, `aircraft`, `-0-`",
            start(other)
        )),
    }
}

fn name_of(text: &str) -> Result<String, String> {
    draft::name_of(text)?.ok_or_else(|| "has no name".to_owned())
}

/// `SDGT] [IRGC] [IFSR` is three programmes.
fn programs(text: &str) -> Vec<String> {
    text.split(['[', ']'])
        .map(str::trim)
        .filter(|program| !program.is_empty())
        .map(str::to_owned)
        .collect()
}

fn add_country(entry: &mut Entry, text: &str, report: &mut LoadReport) {
    let text = text.trim();
    match text.parse::<Country>() {
        Ok(country) => entry.add_country(country),
        Err(_) if text.is_empty() || text == "None Identified" => {}
        Err(_) => report.unknown_country(text),
    }
}
