//! The CSV form.

use std::io::BufRead;

use crate::draft::{Drafts, address};
use crate::report::ListError;
use crate::table::{self, Row, Shape};
use crate::{Country, List, LoadReport, Source};

use super::{Party, made_id};

/// What the file is, and how it is told.
pub(crate) const SHAPE: Shape = Shape {
    file: "consolidated.csv",
    expected: "the US Consolidated Screening List, CSV with a header",
    delimiter: b',',
    needed: NEEDED,
    ends_with_line: true,
};

/// The columns that tell the format.
const NEEDED: &[&[&str]] = &[&["source"], &["name"], &["alt_names"], &["ids"]];

pub(super) fn read(
    source: &mut dyn BufRead,
    about: Source,
) -> Result<(List, LoadReport), ListError> {
    let mut drafts = Drafts::new(SHAPE.file);
    let mut report = LoadReport::default();
    table::each(
        SHAPE,
        source,
        &mut report,
        |_| (),
        |row, line, _| {
            party(row, line, &mut drafts);
        },
    )?;
    drafts.report.join_rows(report);
    drafts.finish_parties(about, SHAPE.expected)
}

fn party(row: &Row<'_>, line: usize, drafts: &mut Drafts) {
    // Older files have no `_id`, and parties of State and Commerce no number: theirs is made of list and name.
    let mut id = row.get(&["_id", "entity_number"]).to_owned();
    if id.is_empty() {
        id = made_id(row.get(&["source"]), row.get(&["name"]));
    }
    let identifiers = several(row, "ids");
    let said = Party {
        id: &id,
        source: row.get(&["source"]),
        kind: row.get(&["type"]),
        programs: several(row, "programs").collect(),
        name: row.get(&["name"]),
        alt_names: several(row, "alt_names").collect(),
        countries: ["citizenships", "nationalities", "vessel_flag"]
            .iter()
            .flat_map(|column| several(row, column))
            .collect(),
        births: several(row, "dates_of_birth").collect(),
        call_sign: row.get(&["call_sign"]),
        start_date: row.get(&["start_date"]),
        title: row.get(&["title"]),
        remarks: row.get(&["remarks"]),
        identifiers: identifiers.filter_map(identifier).collect(),
    };
    let mut entry = said.entry(line, drafts);
    for text in several(row, "addresses") {
        // The last part is the country's code, where it is known.
        let last = text.rsplit(',').next().unwrap_or_default().trim();
        if last.len() == 2 && last.parse::<Country>().is_ok() {
            drafts.country(&mut entry, last);
        }
        address(&mut entry, [text]);
    }
    drafts.take_part(entry, line);
}

/// The values of a column that are parted by semicolons.
fn several<'r>(row: &'r Row<'_>, column: &'r str) -> impl Iterator<Item = &'r str> {
    let values = row.get(&[column]).split("; ");
    values.map(str::trim).filter(|value| !value.is_empty())
}

/// `US, 80-0890696, Tax ID No.`: country, number, type; the country may be missing.
fn identifier(text: &str) -> Option<(&str, &str, Option<Country>)> {
    let (rest, label) = text.rsplit_once(", ")?;
    let (country, number) = match rest.split_once(", ") {
        Some((country, number)) if country.len() == 2 => (country.parse().ok(), number),
        _ => (None, rest),
    };
    Some((label, number, country))
}
