//! The denied persons list of the US Bureau of Industry and Security, `dpl.txt`: tab separated, all values quoted.
//!
//! As published: the list does not say who is a person and who an organisation, has no numbers, gives a party on several
//! rows where it has several addresses or orders, and cites the Federal Register. A party's number here is made of its name,
//! so that it stays the same from one day to the next. Source: 15 C.F.R. § 764.3(a)(2); bis.gov, "Denied persons list".

use std::io::BufRead;

use crate::draft::{Drafts, add_text, address, remark};
use crate::report::ListError;
use crate::table::{self, Row, Shape};
use crate::{Entry, Kind, List, LoadReport, Quality, Source, dates, normalise};

/// What the file is, and how it is told.
pub(crate) const SHAPE: Shape = Shape {
    file: "dpl.txt",
    expected: "the Bureau of Industry and Security's denied persons list, tab separated with a header",
    delimiter: b'\t',
    needed: NEEDED,
    ends_with_line: true,
};

/// The columns that tell the format.
const NEEDED: &[&[&str]] = &[
    &["Name"],
    &["Effective_Date", "Beginning_Date"],
    &["Standard_Order", "Denial_Order"],
];

/// What leads in further names within a name: `A, a/k/a B`.
const ALSO: [&str; 6] = [
    " A/K/A ", " AKA ", " A.K.A. ", " F/K/A ", " D/B/A ", " DBA ",
];

/// Reads the list.
///
/// # Errors
/// If it is not this format, is cut short, or is beyond a bound.
pub fn read(source: &mut dyn BufRead, about: Source) -> Result<(List, LoadReport), ListError> {
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
    let whole = row.get(&["Name"]);
    let mut entry = Entry::new(normalise::words(whole).replace(' ', "-"), Kind::Party);
    let (shown, within) = without_brackets(whole);
    for (at, name) in names(&shown).chain(within).enumerate() {
        let quality = match at {
            0 => Quality::Primary,
            _ => Quality::Strong,
        };
        drafts.name(&mut entry, name, quality, line);
    }
    drafts.country(&mut entry, row.get(&["Country"]));
    let parts = ["Street_Address", "City", "State", "Postal_Code", "Country"];
    address(&mut entry, parts.map(|part| row.get(&[part])));
    add_text(&mut entry.programs, "DPL");
    entry.listed_on = dates::us_day(row.get(&["Effective_Date", "Beginning_Date"]));
    let until = row.get(&["Expiration_Date", "Ending_Date"]);
    if !until.is_empty() {
        remark(&mut entry, &format!("denied until {until}"));
    }
    remark(&mut entry, row.get(&["FR_Citation"]));
    drafts.take_part(entry, line);
}

/// `A (A.K.A. B) C` is `A C`, and also `B`.
fn without_brackets(whole: &str) -> (String, Option<&str>) {
    let found = whole.split_once('(').and_then(|(before, rest)| {
        let (within, after) = rest.split_once(')')?;
        let also = within.trim().to_ascii_uppercase();
        let mark = ALSO.iter().find(|mark| also.starts_with(mark.trim()))?;
        let within = within.trim().get(mark.trim().len()..)?;
        Some((format!("{before} {after}"), Some(within)))
    });
    found.unwrap_or_else(|| (whole.to_owned(), None))
}

/// The names in a name.
fn names(whole: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(whole);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        let upper = text.to_ascii_uppercase();
        let found = ALSO
            .iter()
            .filter_map(|mark| Some((upper.find(mark)?, mark.len())));
        let Some((at, length)) = found.min() else {
            return Some(text.trim_matches([',', ' ']));
        };
        let (first, others) = text.split_at_checked(at)?;
        rest = others.get(length..);
        Some(first.trim_matches([',', ' ']))
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn further_names_within_a_name_are_aliases() {
        let names: Vec<_> = super::names("FIRST NAME, A/K/A SECOND NAME AKA THIRD").collect();
        assert_eq!(names, ["FIRST NAME", "SECOND NAME", "THIRD"]);
        assert_eq!(super::names("AKARI DBASE").count(), 1);
        let (shown, within) = super::without_brackets("PEARL (A.K.A. SECOND NAME) LI");
        assert_eq!(
            (shown.as_str(), within),
            ("PEARL   LI", Some(" SECOND NAME"))
        );
        assert_eq!(super::without_brackets("FIRST (HOLDING) NAME").1, None);
    }
}
