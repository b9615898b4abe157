//! Files as they really arrive, and files that are not the list.

use bonafide_screen::ofac::{self, Files};
use bonafide_screen::{ListError, Quality};

use crate::{ADD, ALT, SDN, read_sdn, source};

/// An entry row with this number and name.
fn row(id: u32, name: &str) -> String {
    format!("{id},\"{name}\",\"individual\",\"SDGT\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ")
}

#[test]
fn marks_line_ends_and_blank_lines_do_not_matter() {
    let body = [row(1, "ALPHA, One"), String::new(), row(2, "BETA, Two")];
    let crlf = body.join("\r\n");
    for bytes in [
        format!("{crlf}\r\n"),
        format!("\u{FEFF}{crlf}\r\n"),
        format!("{crlf}\r\n\u{1a}"),
        format!("{crlf}\r\n\u{1a}\u{1a}\r\n"),
        format!("{}\n", body.join("\n")),
    ] {
        let (list, report) = read_sdn(bytes.as_bytes()).unwrap();
        assert_eq!(list.entries.len(), 2, "{bytes:?}");
        assert_eq!(list.entries[1].names[0].text, "BETA, Two");
        assert_eq!(report.skipped_rows, 0, "{report:?}");
    }
}

#[test]
fn latin_1_and_utf_8_bytes_are_both_read() {
    let mut bytes = row(1, "NU?EZ, Jos?").into_bytes();
    for (at, latin_1) in bytes
        .clone()
        .iter()
        .enumerate()
        .filter(|(_, b)| **b == b'?')
        .map(|(at, _)| at)
        .zip([0xd1, 0xe9])
    {
        bytes[at] = latin_1;
    }
    bytes.extend(format!("\n{}\n", row(2, "NUÑEZ, José")).bytes());
    let (list, _) = read_sdn(&bytes).unwrap();
    assert_eq!(list.entries[0].names[0].text, "NUÑEZ, José");
    assert_eq!(list.entries[1].names[0].text, "NUÑEZ, José");
}

#[test]
fn a_spoilt_row_is_reported_and_costs_no_other() {
    let good = |id| row(id, "GOOD, Row");
    let rows = [
        good(1),
        "2,\"CUT, Off\",\"individual\"".into(),
        good(3),
        row(4, "UNCLOSED\"\",").replacen("\",\"individual", ",individual", 1),
        good(5),
        row(6, "NUL\0"),
        good(7),
        good(1),
        row(8, "..."),
        good(9).replace("individual", "planet"),
        good(10),
        good(11).replacen("11", "x11", 1),
        row(12, &"A".repeat(1_001)),
        good(13),
    ];
    let (list, report) = read_sdn(format!("{}\r\n\u{1a}", rows.join("\r\n")).as_bytes()).unwrap();
    let ids: Vec<_> = list.entries.iter().map(|e| e.id.as_str()).collect();
    assert_eq!(ids, ["1", "3", "5", "7", "10", "13"]);
    assert_eq!(report.skipped_rows, 8);
    let skipped: Vec<_> = report
        .skipped
        .iter()
        .map(|n| (n.line, n.why.as_str()))
        .collect();
    assert_eq!(
        skipped[0],
        (
            2,
            "has 3 columns and not 12: `2,\"CUT, Off\",\"individual\"`"
        )
    );
    assert_eq!(skipped[1].0, 4);
    assert_eq!(skipped[2], (6, "holds a NUL byte"));
    assert_eq!(
        skipped[3],
        (8, "entry `1` was listed before; the first row is kept")
    );
    assert_eq!(skipped[4], (9, "name `...` has no letters or digits"));
    assert!(skipped[5].1.contains("`planet`"), "{skipped:?}");
    assert!(
        skipped[6].1.contains("`x11` and not an entry number"),
        "{skipped:?}"
    );
    assert!(
        skipped[7].1.contains("longer than 1000 characters"),
        "{skipped:?}"
    );
    assert!(report.skipped.iter().all(|n| n.file == "sdn.csv"));
}

#[test]
fn a_date_that_is_not_understood_keeps_the_entry_and_is_reported() {
    let text = row(1, "GOOD, Row").replace(
        "-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ",
        "-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,\"DOB 31 Feb 1961; nationality Atlantis.\"\n",
    );
    let (list, report) = read_sdn(text.as_bytes()).unwrap();
    assert!(list.entries[0].birth_dates.is_empty());
    assert_eq!(
        report.incomplete[0].why,
        "date of birth `31 Feb 1961` is not understood"
    );
    assert_eq!(report.unknown_countries["Atlantis"], 1);
}

#[test]
fn aliases_and_addresses_of_another_day_are_counted() {
    let sdn = row(900_001, "VOLKOV, Arkady Semyonovich") + "\n";
    let files = Files {
        sdn: sdn.as_bytes(),
        alt: Some(ALT),
        add: Some(ADD),
        comments: None,
    };
    let (list, report) = ofac::read(files, source()).unwrap();
    assert_eq!(list.entries[0].names.len(), 4);
    assert!(
        list.entries[0].names[1..]
            .iter()
            .all(|n| n.quality == Quality::Strong)
    );
    assert_eq!((report.aliases, report.unmatched_aliases), (3, 74));
    assert_eq!((report.addresses, report.unmatched_addresses), (1, 65));
    assert_eq!(report.skipped_rows, 0);
}

#[test]
fn a_file_that_is_cut_short_is_refused() {
    for cut in [1, 2, 3, 10, 100, 1_000] {
        let torn = read_sdn(&SDN[..SDN.len() - 3 - cut]).unwrap_err();
        assert!(
            matches!(
                torn,
                ListError::Torn {
                    file: "sdn.csv",
                    line: 50..
                }
            ),
            "{cut} {torn}"
        );
        assert!(torn.to_string().contains("cut short"), "{torn}");
    }
    let open = format!("{}\n2,\"BETA, Tw\n\u{1a}", row(1, "ALPHA, One"));
    let error = read_sdn(open.as_bytes()).unwrap_err();
    let expected = ListError::Torn {
        file: "sdn.csv",
        line: 2,
    };
    assert_eq!(error, expected);
    let alt = Files {
        sdn: SDN,
        alt: Some(&ALT[..ALT.len() - 9]),
        add: None,
        comments: None,
    };
    let error = ofac::read(alt, source()).unwrap_err();
    assert!(
        matches!(
            error,
            ListError::Torn {
                file: "alt.csv",
                line: 70..
            }
        ),
        "{error}"
    );
}

#[test]
fn what_is_not_the_list_is_refused() {
    let refused = |bytes: &[u8]| read_sdn(bytes).unwrap_err();
    for empty in [&b""[..], b"\r\n\r\n", b"\x1a", b"\xef\xbb\xbf"] {
        assert!(matches!(
            refused(empty),
            ListError::Empty {
                file: "sdn.csv",
                ..
            }
        ));
    }
    let utf_16: Vec<u8> = row(1, "A, B")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for other in [
        &b"<!DOCTYPE html>\n<html><body>503</body></html>"[..],
        b"{\"entities\": []}",
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03abc",
        b"PK\x03\x04",
        ALT,
        ADD,
        &utf_16,
    ] {
        let error = refused(other);
        assert!(matches!(error, ListError::NotThisList { .. }), "{error}");
        assert!(
            error.to_string().contains("12 columns: number, name"),
            "{error}"
        );
    }
    assert_eq!(
        refused(ALT).to_string().split("; expected").next().unwrap(),
        "`sdn.csv` is not the list it should be: line 1: has 5 columns and not 12: `900001,5001,\"aka\",\"VOLKOV, Arkady\",-0-`"
    );
    let swapped = Files {
        sdn: SDN,
        alt: Some(ADD),
        add: None,
        comments: None,
    };
    assert!(matches!(
        ofac::read(swapped, source()),
        Err(ListError::NotThisList {
            file: "alt.csv",
            ..
        })
    ));
}

#[test]
fn a_line_of_ten_megabytes_is_refused() {
    let mut bytes = row(1, "GOOD, Row").into_bytes();
    bytes.push(b'\n');
    bytes.resize(10_000_000, b'A');
    let error = read_sdn(&bytes).unwrap_err();
    assert!(
        matches!(
            error,
            ListError::RowTooLong {
                file: "sdn.csv",
                line: 2,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn more_rows_than_any_list_has_are_refused() {
    let bytes = b"1\n".repeat(1_000_001);
    assert!(matches!(
        read_sdn(&bytes),
        Err(ListError::TooManyRows { .. })
    ));
}

#[test]
fn remarks_cut_in_a_word_go_on_in_the_comments() {
    let mut remarks = "Passport 719923407 (Russia); POB ".to_owned();
    remarks.push_str(&"x".repeat(1_000 - remarks.len() - 15));
    remarks.push_str("; a.k.a. 'ARKA ");
    assert_eq!(remarks.len(), 1_000);
    let sdn = row(1, "VOLKOV, Arkady");
    let sdn = format!("{}\"{remarks}\"\n", sdn.strip_suffix("-0- ").unwrap());
    let files = |comments| Files {
        sdn: sdn.as_bytes(),
        alt: None,
        add: None,
        comments,
    };

    let comments = b"1,\"BELLA'; DOB 12 Mar 1961.\"\r\n2,\"of nobody.\"\r\n\x1a";
    let (list, report) = ofac::read(files(Some(comments)), source()).unwrap();
    assert_eq!(list.entries[0].names[1].text, "ARKA BELLA");
    assert_eq!(list.entries[0].birth_dates[0].to_string(), "1961-03-12");
    assert_eq!((report.incomplete_rows, report.unmatched_comments), (0, 1));

    let (list, report) = ofac::read(files(None), source()).unwrap();
    assert_eq!(list.entries[0].names.len(), 1);
    assert_eq!(list.entries[0].identifiers.len(), 1);
    assert_eq!(report.incomplete_rows, 1);
    assert!(
        report.incomplete[0].why.contains("load `sdn_comments.csv`"),
        "{report:?}"
    );
}
