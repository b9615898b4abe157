//! The CSV forms, parted by semicolons: the entry's columns on every row, and on each row one alias, address, date of
//! birth, identification or citizenship.

use std::io::BufRead;

use crate::draft::{Drafts, add_text, address, remark};
use crate::report::ListError;
use crate::table::{self, Row, Shape};
use crate::{Entry, Gender, List, LoadReport, Quality, Source, dates};

use super::{Birth, country, identifier_kind, kind, whole_name};

/// What the file is, and how it is told.
pub(crate) const SHAPE: Shape = Shape {
    file: "csvFullSanctionsList_1_1.csv",
    expected: "the EU's consolidated financial sanctions list, CSV with semicolons and a header",
    delimiter: b';',
    needed: NEEDED,
    ends_with_line: true,
};

/// The columns that tell the format, of version 1.1 or 1.0.
const NEEDED: &[&[&str]] = &[ID, &["NameAlias_WholeName", "Naal_wholename"], SUBJECT];

const ID: &[&str] = &["Entity_LogicalId"];
const SUBJECT: &[&str] = &[
    "Entity_SubjectType_ClassificationCode",
    "Entity_SubjectType",
    "Subject_type",
];

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
            let generated = row.get(&["fileGenerationDate", "Date_file"]);
            drafts.published_on = drafts.published_on.or_else(|| dates::day(generated));
            party(row, line, &mut drafts);
        },
    )?;
    drafts.report.join_rows(report);
    drafts.finish_parties(about, SHAPE.expected)
}

fn party(row: &Row<'_>, line: usize, drafts: &mut Drafts) {
    let mut entry = Entry::new(row.get(ID), kind(row.get(SUBJECT), line, drafts));
    let parts = [
        row.get(&["NameAlias_FirstName", "Naal_firstname"]),
        row.get(&["NameAlias_MiddleName", "Naal_middlename"]),
        row.get(&["NameAlias_LastName", "Naal_lastname"]),
    ];
    let name = whole_name(row.get(&["NameAlias_WholeName", "Naal_wholename"]), parts);
    drafts.name(&mut entry, &name, Quality::Strong, line);
    entry.gender = Gender::read(row.get(&["NameAlias_Gender", "Naal_gender"]));
    let birth = Birth {
        whole: row.get(&["BirthDate_BirthDate", "Birt_date"]),
        day: row.get(&["BirthDate_Day"]),
        month: row.get(&["BirthDate_Month"]),
        year: row.get(&["BirthDate_Year"]),
        from: row.get(&["BirthDate_YearRangeFrom"]),
        to: row.get(&["BirthDate_YearRangeTo"]),
        circa: row.get(&["BirthDate_Circa"]).eq_ignore_ascii_case("true"),
    };
    birth.add(&mut entry, line, drafts);
    country(
        row.get(&["Citizenship_CountryIso2Code", "Citi_country"]),
        row.get(&["Citizenship_CountryDescription"]),
        &mut entry,
        drafts,
    );
    place(row, &mut entry, drafts);
    identification(row, &mut entry, line, drafts);
    add_text(
        &mut entry.programs,
        row.get(&["Entity_Regulation_Programme", "Programme"]),
    );
    entry.listed_on = dates::day(row.get(&["Entity_DesignationDate"]));
    remark(
        &mut entry,
        row.get(&["Entity_EU_ReferenceNumber", "EU_ref_num"]),
    );
    remark(&mut entry, row.get(&["Entity_Remark", "Remark"]));
    drafts.take_part(entry, line);
}

fn place(row: &Row<'_>, entry: &mut Entry, drafts: &mut Drafts) {
    let name = row.get(&["Address_CountryDescription"]);
    let code = row.get(&["Address_CountryIso2Code", "Addr_country"]);
    country(code, name, entry, drafts);
    let parts = [
        row.get(&["Address_Street", "Addr_street"]),
        row.get(&["Address_PoBox"]),
        row.get(&["Address_ZipCode", "Addr_zipcode"]),
        row.get(&["Address_City", "Addr_city"]),
        row.get(&["Address_Region"]),
        row.get(&["Address_Place"]),
        name,
    ];
    address(entry, parts);
}

fn identification(row: &Row<'_>, entry: &mut Entry, line: usize, drafts: &mut Drafts) {
    let kind =
        identifier_kind(row.get(&["Identification_TypeCode", "Identification_TypeDescription"]));
    let issued_by = match row.get(&["Identification_CountryIso2Code", "Iden_country"]) {
        "00" => "",
        code => code,
    };
    let country = drafts.read_country(issued_by);
    for column in [
        "Identification_Number",
        "Identification_LatinNumber",
        "Iden_number",
    ] {
        drafts.identifier(entry, kind, row.get(&[column]), country, line);
    }
}
