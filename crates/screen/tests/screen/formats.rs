//! Every format, told by its content and read in full from a sample in the form in which the authority publishes it.

use std::fmt::Write as _;
use std::io::Read as _;

use bonafide_screen::{
    Entry, File, FilesError, Format, List, ListError, LoadReport, Quality, ofac, read,
};

use crate::{ADD, ALT, SDN, source};

/// A sample by its path.
pub(crate) fn sample(path: &str) -> Vec<u8> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    std::fs::read(folder.join(path)).unwrap()
}

/// The samples that are a list of their own, with their formats.
pub(crate) const SAMPLES: [(&str, Format); 14] = [
    ("ofac/sdn.csv", Format::Ofac(ofac::Part::Sdn)),
    ("ofac-xml/sdn.xml", Format::OfacXml),
    ("ofac-xml/sdn_advanced.xml", Format::OfacAdvanced),
    ("csl/consolidated.csv", Format::CslCsv),
    ("csl/consolidated.json", Format::CslJson),
    ("bis/dpl.txt", Format::Bis),
    ("un/consolidated.xml", Format::Un),
    ("uk/UK-Sanctions-List.csv", Format::UkCsv),
    ("uk/ConList.csv", Format::UkCsv),
    ("uk/UK-Sanctions-List.xml", Format::UkXml),
    ("eu/csvFullSanctionsList_1_1.csv", Format::EuCsv),
    ("eu/xmlFullSanctionsList_1_1.xml", Format::EuXml),
    ("ftm/entities.ftm.json", Format::FollowTheMoney),
    ("own/list.csv", Format::Own(b',')),
];

/// Reads bytes as a list.
pub(crate) fn load(name: &str, bytes: &[u8]) -> Result<(Format, List, LoadReport), FilesError> {
    let mut about = source();
    about.published_on = None;
    read(&[File { name, bytes }], about)
}

/// An entry on few lines.
fn show(entry: &Entry) -> String {
    let mut out = format!("{} {:?}", entry.id, entry.kind);
    for (what, values) in [("programs", &entry.programs), ("topics", &entry.topics)] {
        if !values.is_empty() {
            let _ = write!(out, " {what}={}", values.join("|"));
        }
    }
    let countries: Vec<_> = entry.countries.iter().map(|c| c.code()).collect();
    let _ = write!(out, " countries={}", countries.join(","));
    let births: Vec<_> = entry.birth_dates.iter().map(ToString::to_string).collect();
    let _ = write!(out, " births={}", births.join(","));
    if let Some(gender) = entry.gender {
        let _ = write!(out, " {gender:?}");
    }
    if let Some(day) = entry.listed_on {
        let _ = write!(out, " since {day}");
    }
    out.push('\n');
    for name in &entry.names {
        let mark = match name.quality {
            Quality::Primary => '*',
            Quality::Strong => '+',
            Quality::Weak => '-',
        };
        let _ = writeln!(out, "  {mark} {}", name.text);
    }
    for one in &entry.identifiers {
        let country = one.country.map_or_else(String::new, |c| format!(" ({c})"));
        let _ = writeln!(out, "  # {:?} {}{country}", one.kind, one.value);
    }
    for text in &entry.addresses {
        let _ = writeln!(out, "  @ {text}");
    }
    if !entry.remarks.is_empty() {
        let _ = writeln!(out, "  {}", entry.remarks);
    }
    out
}

fn shown(path: &str) -> String {
    let (_, list, report) = load(path, &sample(path)).unwrap();
    assert_eq!(report.skipped_rows, 0, "{:?}", report.skipped);
    assert_eq!(report.incomplete_rows, 0, "{:?}", report.incomplete);
    assert!(
        report.unknown_countries.is_empty(),
        "{:?}",
        report.unknown_countries
    );
    let published = list
        .published_on
        .map_or_else(String::new, |d| d.to_string());
    let entries: String = list.entries.iter().map(show).collect();
    format!("published {published}\n{entries}")
}

/// What is read of the samples, entry by entry: `*` primary, `+` strong and `-` weak names, `#` identifiers, `@` addresses.
#[test]
fn every_sample_is_read_in_full() {
    let expected = include_str!("formats.txt");
    let own_tests = |path: &str| path == "ofac/sdn.csv" || path.starts_with("ftm");
    let shown: String = SAMPLES
        .iter()
        .filter(|(path, _)| !own_tests(path))
        .map(|(path, _)| format!("==== {path}\n{}", shown(path)))
        .collect();
    for (line, (shown, expected)) in shown.lines().zip(expected.lines()).enumerate() {
        assert_eq!(shown, expected, "line {} of formats.txt", line + 1);
    }
    assert_eq!(shown.lines().count(), expected.lines().count());
}

#[test]
fn every_sample_is_told_by_its_content() {
    for (path, format) in SAMPLES {
        let bytes = sample(path);
        assert_eq!(Format::detect(&bytes), Some(format), "{path}");
        let (read, _, _) = load(path, &bytes).unwrap();
        assert_eq!(read, format, "{path}");
    }
    for (bytes, part) in [
        (SDN, ofac::Part::Sdn),
        (ALT, ofac::Part::Alt),
        (ADD, ofac::Part::Add),
    ] {
        assert_eq!(Format::detect(bytes), Some(Format::Ofac(part)));
    }
    assert_eq!(
        Format::detect(b"900001,\"rest of the remarks\"\r\n"),
        Some(Format::Ofac(ofac::Part::Comments))
    );
}

#[test]
fn the_files_of_one_list_come_in_any_order_and_others_are_refused() {
    let file = |name, bytes| File { name, bytes };
    let (format, list, report) =
        read(&[file("a", ADD), file("b", ALT), file("c", SDN)], source()).unwrap();
    assert_eq!(format, Format::Ofac(ofac::Part::Sdn));
    assert_eq!((list.entries.len(), report.aliases), (60, 77));
    let refused = |files: &[File<'_>]| read(files, source()).unwrap_err().to_string();
    assert_eq!(refused(&[]), "no file; give the files of one list");
    assert_eq!(
        refused(&[file("alt.txt", ALT)]),
        "`alt.txt` is OFAC aliases (CSV), and the file of entries (`sdn.csv`) is missing; give both"
    );
    let un = sample("un/consolidated.xml");
    for two in [
        [file("a", SDN), file("u", &un)],
        [file("u", &un), file("a", SDN)],
    ] {
        assert!(refused(&two).contains("give the files of one list"));
    }
    assert!(
        refused(&[file("a", SDN), file("b", SDN)]).contains("`a` is OFAC entries (CSV) and `b` is")
    );
    let torn = refused(&[
        file("dir/alt.csv", &ALT[..ALT.len() - 9]),
        file("dir/sdn.csv", SDN),
    ]);
    assert!(
        torn.starts_with("`dir/alt.csv`: `alt.csv` is cut short"),
        "{torn}"
    );
    for (bytes, hint) in [
        (&b""[..], "it is empty"),
        (b"\x1f\x8b\x08\0", "it is compressed"),
        (b"PK\x03\x04", "it is compressed"),
        (b"<!DOCTYPE html><html></html>", "it is a web page"),
        (b"hello\n", "these can: OFAC"),
    ] {
        let why = refused(&[file("x", bytes)]);
        assert!(
            why.starts_with("`x` is no list") && why.contains(hint),
            "{why}"
        );
    }
}

#[test]
fn re_encoded_files_are_read_as_before() {
    for (path, format) in SAMPLES.iter().skip(1) {
        let bytes = sample(path);
        let text = String::from_utf8(bytes.clone()).unwrap();
        let (_, list, _) = load(path, &bytes).unwrap();
        for little in [true, false] {
            let units = [0xfeff]
                .into_iter()
                .chain(text.trim_start_matches('\u{FEFF}').encode_utf16());
            let wide: Vec<u8> = units
                .flat_map(|u: u16| {
                    if little {
                        u.to_le_bytes()
                    } else {
                        u.to_be_bytes()
                    }
                })
                .collect();
            let (read, again, _) = load(path, &wide).unwrap();
            assert_eq!(read, *format, "{path}");
            assert_eq!(again.entries, list.entries, "{path}");
        }
        let crlf = text.replace("\r\n", "\n").replace('\n', "\r\n");
        assert_eq!(
            load(path, crlf.as_bytes()).unwrap().1.entries.len(),
            list.entries.len()
        );
    }
}

/// Wherever a file is cut, it is refused, or it is complete: a list is never silently shorter.
#[test]
fn a_cut_file_is_refused_wherever_it_is_cut() {
    for (path, format) in SAMPLES {
        let bytes = sample(path);
        let whole = load(path, &bytes).unwrap().1.entries.len();
        let lines_only = matches!(format, Format::FollowTheMoney | Format::Own(_));
        for keep in (1..bytes.len()).step_by(bytes.len() / 400 + 1) {
            let cut = &bytes[..keep];
            let Ok((_, list, _)) = load(path, cut) else {
                continue;
            };
            // Lists in lines without a count cannot tell a cut between two lines, nor their own CSV one in a last value.
            let between =
                matches!(bytes[keep - 1], b'\n' | b'\r') || matches!(bytes[keep], b'\n' | b'\r');
            let excused = match format {
                Format::Own(_) => true,
                _ if lines_only => between,
                Format::OfacXml
                | Format::OfacAdvanced
                | Format::CslJson
                | Format::Un
                | Format::UkXml
                | Format::EuXml => list.entries.len() == whole,
                _ => between,
            };
            assert!(excused, "{path} cut at {keep} of {}", bytes.len());
        }
    }
}

/// A line of 100 MB: the readers stop at their bounds and never hold it.
#[test]
fn long_lines_are_refused_with_their_number() {
    for (path, format) in SAMPLES.into_iter().skip(1) {
        let bytes = sample(path);
        let at = bytes.len() * 2 / 3;
        let line = bytes[..at].iter().filter(|b| **b == b'\n').count() + 1;
        let long = std::io::repeat(b'A').take(100_000_000);
        let mut file = std::io::BufReader::new(bytes[..at].chain(long).chain(&bytes[at..]));
        let error = format.read(&mut file, source()).unwrap_err();
        let named = match &error {
            ListError::RowTooLong { line, .. } | ListError::Malformed { line, .. } => *line,
            other => panic!("{path}: {other}"),
        };
        // A value may have begun on an earlier line.
        assert!(
            (line.saturating_sub(60)..=line).contains(&named),
            "{path} {line} {error}"
        );
        let left =
            file.buffer().len() + std::io::copy(&mut file, &mut std::io::sink()).unwrap() as usize;
        assert!(left > 80_000_000, "{path} read on for {left}");
    }
}

#[test]
fn long_names_are_left_out_and_reported() {
    let name = "A".repeat(10_000);
    let own = format!("name,id\n{name},1\nSomebody,2\n");
    let (_, list, report) = load("own", own.as_bytes()).unwrap();
    assert_eq!(list.entries.len(), 1);
    assert!(
        report.incomplete[0]
            .why
            .contains("longer than 1000 characters")
    );
    assert_eq!(report.skipped[0].why, "entry `1` has no name");
}

#[test]
fn bombs_are_refused_in_every_xml_list() {
    for (path, _) in SAMPLES.iter().filter(|(p, _)| p.ends_with(".xml")) {
        let text = String::from_utf8(sample(path)).unwrap();
        let (head, body) = text.split_once("?>").unwrap();
        let root = body.trim_start().trim_start_matches('<');
        let root = root.split([' ', '>']).next().unwrap();
        let bomb = format!(
            "{head}?>\n<!DOCTYPE {root} [<!ENTITY a \"aaaaaaaaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\"><!ENTITY x SYSTEM \"file:///etc/passwd\">]>{body}"
        );
        let why = load(path, bomb.as_bytes()).unwrap_err();
        assert!(
            matches!(
                &why,
                FilesError::Refused {
                    why: ListError::Malformed { .. },
                    ..
                }
            ),
            "{why}"
        );
        assert!(
            why.to_string().contains("document type declaration"),
            "{why}"
        );
        let entity = text.replacen("VOLKOV", "&lol;", 1);
        if entity != text {
            assert!(
                load(path, entity.as_bytes())
                    .unwrap_err()
                    .to_string()
                    .contains("lol")
            );
        }
    }
}
