//! The UK sanctions list of the Foreign, Commonwealth and Development Office, `UK-Sanctions-List.csv` and
//! `UK-Sanctions-List.xml`, and the older consolidated list of the Treasury, `ConList.csv`.
//!
//! As published: names in up to six parts, of which the sixth is the surname or the whole name; primary names, variations
//! of them, and aliases of good and low quality; names in other scripts apart; unknown parts of dates as `dd/mm`; several
//! values in one as `(1) Russia (2) Cyprus`. In the CSV form an entry is spread over rows.
//!
//! Source: gov.uk, "The UK sanctions list, format guide".

mod csv;
mod xml;

use std::io::BufRead;

use crate::draft::{Drafts, numbered};
use crate::input::start;
use crate::report::ListError;
use crate::{Entry, IdentifierKind, Kind, List, LoadReport, Quality, Source};

pub(crate) use csv::SHAPE as CSV;
pub(crate) use xml::ROOT;

/// Reads `UK-Sanctions-List.csv` or `ConList.csv`.
///
/// # Errors
/// If it is not this format, is cut short, or is beyond a bound.
pub fn read_csv(source: &mut dyn BufRead, about: Source) -> Result<(List, LoadReport), ListError> {
    csv::read(source, about)
}

/// Reads `UK-Sanctions-List.xml`.
///
/// # Errors
/// If it is not this format, is cut short, or is beyond a bound.
pub fn read_xml(source: &mut dyn BufRead, about: Source) -> Result<(List, LoadReport), ListError> {
    xml::read(source, about)
}

/// What an entry is, in the list's words.
fn kind(text: &str, line: usize, drafts: &mut Drafts) -> Kind {
    match text.trim().to_ascii_lowercase().as_str() {
        "individual" => Kind::Person,
        "entity" => Kind::Organisation,
        "ship" | "vessel" => Kind::Vessel,
        "aircraft" => Kind::Aircraft,
        other => {
            let why = format!(
                "type `{}` is none of `Individual`, `Entity`, `Ship`",
                start(other)
            );
            drafts.note(line, why);
            Kind::Party
        }
    }
}

/// The quality of a name, from its type and the strength of an alias, in any case.
fn quality(name_type: &str, strength: &str) -> Quality {
    let name_type = name_type.trim().to_ascii_lowercase();
    if strength.to_ascii_lowercase().contains("low") {
        Quality::Weak
    } else if name_type == "primary name" {
        Quality::Primary
    } else {
        Quality::Strong
    }
}

/// A name from its six parts, the surname last; the Treasury writes `0` for a part that is absent.
fn whole_name(parts: [&str; 6]) -> String {
    let [first, second, third, fourth, fifth, surname] = parts;
    let parts = [first, second, third, fourth, fifth, surname];
    let said = parts
        .iter()
        .map(|part| part.trim())
        .filter(|part| !is_blank(part));
    said.collect::<Vec<_>>().join(" ")
}

/// What the list writes for nothing.
fn is_blank(text: &str) -> bool {
    matches!(
        text.trim().to_ascii_lowercase().as_str(),
        "" | "0" | "-" | "n/a" | "na" | "unknown" | "not available"
    )
}

/// `(1) Russia (2) Cyprus` is two values, `Russia|Cyprus` too.
fn values(text: &str) -> impl Iterator<Item = &str> {
    let values = text.split('|').flat_map(numbered);
    values.filter(|value| !is_blank(value))
}

/// Adds identifiers of one kind.
fn identifiers(
    entry: &mut Entry,
    kind: IdentifierKind,
    text: &str,
    line: usize,
    drafts: &mut Drafts,
) {
    for value in values(text) {
        // `OGRN: 1147799000011`: what the number is stands before it.
        let value = match value.split_once(": ") {
            Some((_, number)) if kind != IdentifierKind::Email => number,
            _ => value,
        };
        if value.bytes().any(|b| b.is_ascii_digit()) || kind == IdentifierKind::Email {
            drafts.identifier(entry, kind, value, None, line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbered_values_are_several() {
        let values = |text| values(text).collect::<Vec<_>>();
        assert_eq!(
            values("(1) Russia (2) Cyprus (disputed)"),
            ["Russia", "Cyprus (disputed)"]
        );
        assert_eq!(values("Russia|Cyprus"), ["Russia", "Cyprus"]);
        assert_eq!(values("Kim (Il) Sung"), ["Kim (Il) Sung"]);
        assert!(values("N/A").is_empty());
    }

    #[test]
    fn names_are_put_together_with_the_surname_last() {
        assert_eq!(
            whole_name(["Ivan", "0", "Petrovich", "", "N/A", "SAMPLE"]),
            "Ivan Petrovich SAMPLE"
        );
        assert_eq!(quality("Primary name", ""), Quality::Primary);
        assert_eq!(quality("Primary Name Variation", ""), Quality::Strong);
        assert_eq!(quality("ALias", "Low quality a.k.a"), Quality::Weak);
    }
}
