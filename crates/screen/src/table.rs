//! Lists in columns with a header: comma, semicolon or tab separated.
//!
//! Columns are found by their headings, whatever their order, in any case and spelling of blanks and punctuation; those
//! that are not asked for are passed over. Lines before the header (a report's date) are handed over as they are. A value
//! may hold line ends within quotation marks. A row of another length is left out and reported.
//!
//! Refuses: a file without the columns that the format needs, one whose last row is cut short, rows larger than any list
//! has them. Source: RFC 4180, as loosely as spreadsheets write it.

use std::io::BufRead;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use crate::input::{Input, decode, start};
use crate::report::{ListError, LoadReport};

/// Largest row in bytes. The largest published has about a hundred thousand.
const MAX_ROW_BYTES: usize = 1024 * 1024;

/// Most columns. The widest published list has 118.
const MAX_COLUMNS: usize = 1_024;

/// Most rows in a file, as for the lists without a header.
const MAX_ROWS: usize = 5_000_000;

/// How many lines may stand before the header.
const MAX_PREFACE_ROWS: usize = 5;

/// What a file should be.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    /// The file by the authority's name.
    pub(crate) file: &'static str,
    /// What it should be, for the error.
    pub(crate) expected: &'static str,
    /// What parts the values.
    pub(crate) delimiter: u8,
    /// The columns of which the format needs at least one each, by their headings.
    pub(crate) needed: &'static [&'static [&'static str]],
    /// Whether a file of this list always ends with a line end, so that one without is cut short.
    pub(crate) ends_with_line: bool,
}

/// A heading as compared: lower-case letters and digits.
pub(crate) fn heading(text: &str) -> String {
    let letters = text.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// Headings to places.
pub(crate) struct Header(Vec<String>);

impl Header {
    pub(crate) fn new<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        Self(values.into_iter().map(heading).collect())
    }

    fn place(&self, name: &str) -> Option<usize> {
        let name = heading(name);
        self.0.iter().position(|h| *h == name)
    }

    /// Whether one each of the needed columns is there.
    pub(crate) fn has(&self, needed: &[&[&str]]) -> bool {
        let any = |names: &[&str]| names.iter().any(|name| self.place(name).is_some());
        needed.iter().all(|names| any(names))
    }
}

/// One row.
pub(crate) struct Row<'a> {
    header: &'a Header,
    values: &'a [String],
}

impl Row<'_> {
    /// The value of the first of these columns that has one, without white space around it; else empty.
    pub(crate) fn get(&self, names: &[&str]) -> &str {
        let values = names.iter().filter_map(|name| self.header.place(name));
        values
            .filter_map(|at| self.values.get(at))
            .map(|value| value.trim())
            .find(|value| !value.is_empty())
            .unwrap_or("")
    }
}

/// Whether the beginning of a file has the header of a shape.
pub(crate) fn fits(shape: Shape, head: &[u8]) -> bool {
    let mut source = head;
    let mut rows = Rows::new(shape, &mut source);
    for _ in 0..=MAX_PREFACE_ROWS {
        let Ok(Some(row)) = rows.next() else {
            return false;
        };
        if Header::new(row.values.iter().map(String::as_str)).has(shape.needed) {
            return true;
        }
    }
    false
}

/// Calls `preface` with each row before the header and `take` with each row after it, and the line on which it starts.
pub(crate) fn each(
    shape: Shape,
    source: &mut dyn BufRead,
    report: &mut LoadReport,
    mut preface: impl FnMut(&[String]),
    mut take: impl FnMut(&Row<'_>, usize, &mut LoadReport),
) -> Result<(), ListError> {
    let mut rows = Rows::new(shape, source);
    let mut prefaced = 0;
    let header = loop {
        let Some(row) = rows.next()? else {
            return Err(rows.no_header(prefaced));
        };
        let header = Header::new(row.values.iter().map(String::as_str));
        if header.has(shape.needed) {
            break header;
        }
        prefaced += 1;
        if prefaced > MAX_PREFACE_ROWS {
            return Err(rows.no_header(prefaced));
        }
        preface(&row.values);
    };
    let width = header.0.len();
    let mut last_is_short = false;
    let (mut good, mut bad) = (0_usize, 0_usize);
    while let Some(row) = rows.next()? {
        let extra = row.values.get(width..).unwrap_or_default();
        last_is_short = row.values.len() < width;
        if last_is_short || extra.iter().any(|value| !value.trim().is_empty()) {
            bad += 1;
            let first = row.values.first().map_or("", String::as_str);
            let why = format!(
                "has {} columns and not {width}: `{}`",
                row.values.len(),
                start(first)
            );
            report.skip(shape.file, row.line, why);
            continue;
        }
        good += 1;
        let found = Row {
            header: &header,
            values: &row.values,
        };
        take(&found, row.line, report);
    }
    if last_is_short || rows.open || (shape.ends_with_line && !rows.ended) {
        return Err(ListError::Torn {
            file: shape.file,
            line: rows.input.line(),
        });
    }
    if bad > good {
        let found = format!(
            "{bad} of {} rows have another number of columns than the header",
            bad + good
        );
        return Err(rows.not_this(found));
    }
    if good == 0 {
        return Err(rows.not_this("a header and no row".to_owned()));
    }
    Ok(())
}

struct Rows<'a> {
    shape: Shape,
    input: Input<'a>,
    reader: Reader,
    count: usize,
    /// The row being read, and where its values end.
    bytes: Vec<u8>,
    ends: Vec<usize>,
    /// Whether a line end stands last.
    ended: bool,
    /// Whether that was a line feed.
    newline: bool,
    /// Whether the file ended within quotation marks.
    open: bool,
    finished: bool,
}

struct RowRead {
    values: Vec<String>,
    line: usize,
}

impl<'a> Rows<'a> {
    fn new(shape: Shape, source: &'a mut dyn BufRead) -> Self {
        Self {
            shape,
            input: Input::new(source),
            reader: ReaderBuilder::new().delimiter(shape.delimiter).build(),
            count: 0,
            bytes: vec![0; MAX_ROW_BYTES],
            ends: vec![0; MAX_COLUMNS],
            ended: true,
            newline: false,
            open: false,
            finished: false,
        }
    }

    /// The next row that is not blank.
    fn next(&mut self) -> Result<Option<RowRead>, ListError> {
        loop {
            let Some(values) = self.read()? else {
                return Ok(None);
            };
            // The reader stops behind the first character of a line end, and passes over blank lines when it goes on.
            let within: usize = values.iter().map(|v| v.matches('\n').count()).sum();
            let line = self.input.line() - usize::from(self.newline) - within;
            let blank = values.iter().all(|v| v.trim().is_empty());
            // A control-Z ends files from the days of CP/M.
            if blank
                || matches!(values.as_slice(), [only] if only.trim_matches(['\u{1a}', ' ']).is_empty())
            {
                continue;
            }
            self.count += 1;
            if self.count > MAX_ROWS {
                return Err(ListError::TooManyRows {
                    file: self.shape.file,
                    limit: MAX_ROWS,
                    expected: self.shape.expected,
                });
            }
            return Ok(Some(RowRead { values, line }));
        }
    }

    fn read(&mut self) -> Result<Option<Vec<String>>, ListError> {
        let line = self.input.line();
        let (mut written, mut columns) = (0, 0);
        let mut quotes = 0_usize;
        loop {
            let piece = match self.input.fill_buf() {
                _ if self.finished => &[],
                Ok(piece) => piece,
                Err(error) => {
                    return Err(ListError::Unreadable {
                        file: self.shape.file,
                        line,
                        why: error.to_string(),
                    });
                }
            };
            self.finished = piece.is_empty();
            let (result, used, bytes, ends) = self.reader.read_record(
                piece,
                self.bytes.get_mut(written..).unwrap_or_default(),
                self.ends.get_mut(columns..).unwrap_or_default(),
            );
            let taken = piece.get(..used).unwrap_or(piece);
            quotes += taken.iter().filter(|b| **b == b'"').count();
            if let Some(last) = taken.last() {
                self.ended = matches!(last, b'\n' | b'\r' | 0x1a);
                self.newline = *last == b'\n';
            }
            let at_end = piece.is_empty();
            self.input.consume(used);
            written += bytes;
            columns += ends;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    return Err(ListError::RowTooLong {
                        file: self.shape.file,
                        line,
                        limit: MAX_ROW_BYTES,
                        expected: self.shape.expected,
                    });
                }
                ReadRecordResult::Record => {
                    // A row that only the end of the file ends, though a line end stands before it, is within marks.
                    self.open = at_end && (self.newline || quotes % 2 == 1);
                    return Ok(Some(self.values(columns)));
                }
                ReadRecordResult::End => return Ok(None),
            }
        }
    }

    fn values(&self, columns: usize) -> Vec<String> {
        let mut from = 0;
        let ends = self.ends.iter().take(columns);
        ends.map(|end| {
            let value = self.bytes.get(from..*end).unwrap_or_default();
            from = *end;
            decode(value).replace('\0', "\u{FFFD}")
        })
        .collect()
    }

    fn no_header(&self, prefaced: usize) -> ListError {
        if prefaced == 0 {
            return ListError::Empty {
                file: self.shape.file,
                expected: self.shape.expected,
            };
        }
        let needed: Vec<String> = self
            .shape
            .needed
            .iter()
            .filter_map(|names| names.first())
            .map(|name| format!("`{name}`"))
            .collect();
        self.not_this(format!("no header with the columns {}", needed.join(", ")))
    }

    fn not_this(&self, found: String) -> ListError {
        ListError::NotThisList {
            file: self.shape.file,
            expected: self.shape.expected,
            found,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape {
        file: "list.csv",
        expected: "a list",
        delimiter: b';',
        needed: &[&["Id"], &["Name 1", "Whole name"]],
        ends_with_line: true,
    };

    fn read(text: &[u8]) -> Result<(Vec<(String, usize)>, LoadReport), ListError> {
        let (mut rows, mut report) = (Vec::new(), LoadReport::default());
        each(
            SHAPE,
            &mut &*text,
            &mut report,
            |_| (),
            |row, line, _| {
                rows.push((
                    format!("{}={}", row.get(&["id"]), row.get(&["name1"])),
                    line,
                ));
            },
        )?;
        Ok((rows, report))
    }

    #[test]
    fn columns_are_found_by_their_headings() {
        let text =
            "\u{FEFF}Report of;today\n\nNAME 1;x;ID\r\n\"A;\n\"\"B\"\"\";;1\r\nC;;2;;\n\u{1a}";
        let (rows, report) = read(text.as_bytes()).unwrap();
        let rows: Vec<_> = rows.iter().map(|(r, line)| (r.as_str(), *line)).collect();
        assert_eq!(rows, [("1=A;\n\"B\"", 4), ("2=C", 6)]);
        assert_eq!(report.skipped_rows, 0);
    }

    #[test]
    fn a_spoilt_row_is_reported_and_costs_no_other() {
        let (rows, report) = read(b"id;name 1\n1;A\n2\n3;B;C\n4;Jos\xe9\n").unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[1].0, "4=José");
        let lines: Vec<_> = report.skipped.iter().map(|n| n.line).collect();
        assert_eq!(lines, [3, 4]);
    }

    #[test]
    fn what_is_cut_short_or_something_else_is_refused() {
        for cut in [
            "id;name 1\n1;A\n2",
            "id;name 1\n1;A\n2;B",
            "id;name 1\n1;A\n2;\"B\nC;D\n",
        ] {
            let torn = read(cut.as_bytes()).unwrap_err();
            assert!(
                matches!(torn, ListError::Torn { line: 2.., .. }),
                "{cut} {torn}"
            );
        }
        for empty in ["", "\n\n", "\u{FEFF}", "\u{1a}"] {
            assert!(
                matches!(read(empty.as_bytes()), Err(ListError::Empty { .. })),
                "{empty}"
            );
        }
        for other in ["<html>\n", "id;nam\n1;2\n", "id;name 1\n"] {
            assert!(
                matches!(read(other.as_bytes()), Err(ListError::NotThisList { .. })),
                "{other}"
            );
        }
        let long = format!("id;name 1\n1;\"{}", "a".repeat(2 << 20));
        assert!(matches!(
            read(long.as_bytes()),
            Err(ListError::RowTooLong { line: 2, .. })
        ));
        let wide = format!("id;name 1\n1;{}\n", ";".repeat(2_000));
        assert!(matches!(
            read(wide.as_bytes()),
            Err(ListError::RowTooLong { line: 2, .. })
        ));
    }
}
