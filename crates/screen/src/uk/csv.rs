//! The CSV forms: a line with the day of the report, a header, then one row for each name and address of an entry.

use std::io::BufRead;

use crate::draft::{Drafts, add_text, address, remark};
use crate::report::ListError;
use crate::table::{self, Row, Shape};
use crate::{Entry, Gender, IdentifierKind, List, LoadReport, Quality, Source, dates};

use super::{identifiers, is_blank, kind, quality, values, whole_name};

/// What the file is, and how it is told.
pub(crate) const SHAPE: Shape = Shape {
    file: "UK-Sanctions-List.csv",
    expected: "the UK sanctions list, CSV with a line before the header",
    delimiter: b',',
    needed: NEEDED,
    ends_with_line: true,
};

/// The columns that tell the format: those of the list, or those of the Treasury's older one.
const NEEDED: &[&[&str]] = &[ID, &["Name 6"], KIND];

const ID: &[&str] = &["Unique ID", "Group ID"];
const KIND: &[&str] = &["Individual, Entity, Ship", "Designation Type", "Group Type"];

pub(super) fn read(
    source: &mut dyn BufRead,
    about: Source,
) -> Result<(List, LoadReport), ListError> {
    let mut drafts = Drafts::new(SHAPE.file);
    let mut report = LoadReport::default();
    let mut published_on = None;
    table::each(
        SHAPE,
        source,
        &mut report,
        // `Report Date: 31-Oct-2025`, or `Last Updated,31/10/2025`.
        |values| {
            let texts = values.iter().flat_map(|v| v.rsplit(": "));
            published_on = texts.filter_map(dates::day).next().or(published_on);
        },
        |row, line, _| party(row, line, &mut drafts),
    )?;
    drafts.published_on = published_on;
    drafts.report.join_rows(report);
    drafts.finish_parties(about, SHAPE.expected)
}

fn party(row: &Row<'_>, line: usize, drafts: &mut Drafts) {
    let mut entry = Entry::new(row.get(ID), kind(row.get(KIND), line, drafts));
    let parts = ["Name 1", "Name 2", "Name 3", "Name 4", "Name 5", "Name 6"];
    let quality = quality(
        row.get(&["Name type", "Alias Type"]),
        row.get(&["Alias strength", "Alias Quality"]),
    );
    let name = whole_name(parts.map(|part| row.get(&[part])));
    drafts.name(&mut entry, &name, quality, line);
    let other_script = row.get(&["Name non-latin script"]);
    if !is_blank(other_script) {
        drafts.name(&mut entry, other_script, Quality::Strong, line);
    }
    countries(row, &mut entry, drafts);
    for text in values(row.get(&["D.O.B", "DOB", "Year Built"])) {
        drafts.birth(&mut entry, text, line);
    }
    for (kind, columns) in [
        (IdentifierKind::Passport, &["Passport number"] as &[&str]),
        (
            IdentifierKind::NationalId,
            &[
                "National Identifier number",
                "National Identification Number",
            ],
        ),
        (
            IdentifierKind::RegistrationNumber,
            &["Business registration number (s)"],
        ),
        (IdentifierKind::Imo, &["IMO number"]),
        (IdentifierKind::Email, &["Email address"]),
    ] {
        identifiers(&mut entry, kind, row.get(columns), line, drafts);
    }
    for regime in values(row.get(&["Regime Name", "Regime"])) {
        add_text(&mut entry.programs, regime);
    }
    entry.gender = Gender::read(row.get(&["Gender"]));
    entry.listed_on = dates::day(row.get(&[
        "Date Designated",
        "UK Sanctions List Date Designated",
        "Listed On",
    ]));
    for column in ["Title", "Position", "Other Information"] {
        let text = row.get(&[column]);
        if !is_blank(text) {
            remark(&mut entry, text);
        }
    }
    drafts.take_part(entry, line);
}

fn countries(row: &Row<'_>, entry: &mut Entry, drafts: &mut Drafts) {
    let lines = [
        &["Address Line 1", "Address 1"],
        &["Address Line 2", "Address 2"],
        &["Address Line 3", "Address 3"],
        &["Address Line 4", "Address 4"],
        &["Address Line 5", "Address 5"],
        &["Address Line 6", "Address 6"],
        &["Address Postal Code", "Post/Zip Code"],
        &["Address Country", "Country"],
    ];
    let said = lines.map(|columns| row.get(columns));
    address(entry, said.into_iter().filter(|part| !is_blank(part)));
    for columns in [
        &["Address Country", "Country"] as &[&str],
        &["Nationality(/ies)", "Nationality"],
        &["Current believed flag of ship"],
    ] {
        for text in values(row.get(columns)) {
            drafts.country(entry, text);
        }
    }
}
