//! The operator's own list, CSV with a header: whoever he does not want, with what he knows of them.
//!
//! | column | what |
//! |---|---|
//! | `name` | the name; the only column that is needed |
//! | `id` | the entry's number; without it, one is made of the name |
//! | `list` | where the file holds several lists, which one; the number is then `list/id` |
//! | `type` | `person`, `organization`, `vessel`, `aircraft`; else a person or an organisation |
//! | `aliases`, `weak_aliases` | further names, parted by `;` or `\|` |
//! | `birth_date` | a day, month, year or span; several parted by `;` or `\|` |
//! | `gender`, `country`, `nationality`, `citizenship`, `address`, `address_country`, `program`, `listed_on`, `remarks` | as they say |
//! | `passport`, `national_id`, `tax_id`, `registration_number`, `lei`, `bic`, `imo`, `mmsi`, `call_sign`, `tail_number`, `wallet`, `email` | identifiers, parted by `;` or `\|` |
//!
//! Comma, semicolon or tab separated; an entry may go on over several rows with the same number.

use std::io::BufRead;

use crate::draft::{Drafts, add_text, address, remark};
use crate::input::start;
use crate::report::ListError;
use crate::table::{self, Row, Shape};
use crate::{
    Entry, Gender, IdentifierKind, Kind, List, LoadReport, Quality, Source, dates, normalise,
};

/// What the file is, and how it is told.
pub(crate) const SHAPE: Shape = Shape {
    file: "list.csv",
    expected: "a list of one's own, CSV with a header that has the column `name`",
    delimiter: b',',
    needed: NEEDED,
    ends_with_line: false,
};

/// The column that tell the format, after all others.
const NEEDED: &[&[&str]] = &[NAME];

const NAME: &[&str] = &["name", "full_name"];
const ID: &[&str] = &["id", "entity_id", "number"];
const KIND: &[&str] = &["type", "kind", "entity_type"];

/// Columns of identifiers.
const IDENTIFIERS: [(&[&str], IdentifierKind); 13] = [
    (&["passport", "passport_number"], IdentifierKind::Passport),
    (&["national_id", "id_number"], IdentifierKind::NationalId),
    (&["tax_id", "tax_number"], IdentifierKind::TaxId),
    (
        &["registration_number", "company_number"],
        IdentifierKind::RegistrationNumber,
    ),
    (&["lei"], IdentifierKind::Lei),
    (&["bic", "swift"], IdentifierKind::Bic),
    (&["imo", "imo_number"], IdentifierKind::Imo),
    (&["mmsi"], IdentifierKind::Mmsi),
    (&["call_sign"], IdentifierKind::CallSign),
    (&["tail_number"], IdentifierKind::TailNumber),
    (&["wallet", "wallet_address"], IdentifierKind::WalletAddress),
    (&["email"], IdentifierKind::Email),
    (&["identifiers", "other_id"], IdentifierKind::Other),
];

/// Reads the list; `delimiter` is a comma, a semicolon or a tab.
///
/// # Errors
/// If it is not this format, is cut short, or is beyond a bound.
pub fn read(
    source: &mut dyn BufRead,
    delimiter: u8,
    about: Source,
) -> Result<(List, LoadReport), ListError> {
    let shape = Shape { delimiter, ..SHAPE };
    let mut drafts = Drafts::new(SHAPE.file);
    let mut report = LoadReport::default();
    table::each(
        shape,
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
    let name = row.get(NAME);
    let id = match (row.get(ID), row.get(&["list"])) {
        ("", "") => normalise::words(name).replace(' ', "-"),
        (id, "") => id.to_owned(),
        ("", list) => format!("{list}/{}", normalise::words(name).replace(' ', "-")),
        (id, list) => format!("{list}/{id}"),
    };
    let mut entry = Entry::new(id, kind(row.get(KIND), line, drafts));
    // The first row's name is the primary one; those of further rows are aliases.
    drafts.name(&mut entry, name, Quality::Strong, line);
    for (columns, quality) in [
        (&["aliases", "alias", "alt_names"], Quality::Strong),
        (&["weak_aliases", "weak_alias", "nicknames"], Quality::Weak),
    ] {
        for name in several(row.get(columns)) {
            drafts.name(&mut entry, name, quality, line);
        }
    }
    for text in several(row.get(&["birth_date", "date_of_birth", "dob", "yob", "birth_year"])) {
        drafts.birth(&mut entry, text, line);
    }
    let countries = [
        "country",
        "countries",
        "nationality",
        "citizenship",
        "address_country",
        "flag",
    ];
    for text in countries
        .iter()
        .flat_map(|column| several(row.get(&[column])))
    {
        drafts.country(&mut entry, text);
    }
    for (columns, kind) in IDENTIFIERS {
        for number in several(row.get(columns)) {
            drafts.identifier(&mut entry, kind, number, None, line);
        }
    }
    address(
        &mut entry,
        [
            row.get(&["address", "addresses"]),
            row.get(&["address_country"]),
        ],
    );
    add_text(&mut entry.programs, row.get(&["list"]));
    for program in several(row.get(&["program", "programs"])) {
        add_text(&mut entry.programs, program);
    }
    for topic in several(row.get(&["topic", "topics"])) {
        add_text(&mut entry.topics, topic);
    }
    entry.gender = Gender::read(row.get(&["gender"]));
    entry.listed_on = dates::day(row.get(&["listed_on", "date_added", "start_date"]));
    remark(&mut entry, row.get(&["remarks", "reason", "notes"]));
    drafts.take_part(entry, line);
}

fn several(text: &str) -> impl Iterator<Item = &str> {
    let values = text.split([';', '|']);
    values.map(str::trim).filter(|value| !value.is_empty())
}

fn kind(text: &str, line: usize, drafts: &mut Drafts) -> Kind {
    match text.trim().to_ascii_lowercase().as_str() {
        "person" | "individual" => Kind::Person,
        "organization" | "organisation" | "company" | "entity" | "enterprise" => Kind::Organisation,
        "vessel" | "ship" => Kind::Vessel,
        "aircraft" | "airplane" => Kind::Aircraft,
        "" | "party" | "legalentity" => Kind::Party,
        other => {
            let why = format!(
                "type `{}` is none of `person`, `organization`, `vessel`, `aircraft`; taken for a person or an organisation",
                start(other)
            );
            drafts.note(line, why);
            Kind::Party
        }
    }
}
