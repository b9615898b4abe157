//! Lines and columns. A row is a line, always: an unclosed quotation mark spoils one row and not the rest of the file.

use crate::input::{decode, start};
use crate::report::{ListError, LoadReport};

/// Longest line in bytes. The longest published has 1,132; far beyond that it is not this list.
pub(super) const MAX_ROW_BYTES: usize = 64 * 1024;

/// Most rows in a file. The largest published has 25,000; a million bounds memory to a few hundred megabytes.
pub(super) const MAX_ROWS: usize = 1_000_000;

/// Written by the authority for an absent value.
const ABSENT: &str = "-0-";

/// The control-Z that ends a published file, from the days of CP/M.
const END_OF_FILE: u8 = 0x1a;

/// What a file should look like: `N` columns, the first a number.
#[derive(Clone, Copy)]
pub(super) struct Shape<const N: usize> {
    /// The file by the authority's name.
    pub(super) file: &'static str,
    /// What it should be, for the error.
    pub(super) expected: &'static str,
}

/// Calls `take` with each row, absent values empty, and reports the rows that have another shape or that it rejects.
pub(super) fn each<const N: usize>(
    shape: Shape<N>,
    bytes: &[u8],
    report: &mut LoadReport,
    mut take: impl FnMut([String; N], usize, &mut LoadReport) -> Result<(), String>,
) -> Result<(), ListError> {
    let Shape { file, expected } = shape;
    let ended = ends(bytes);
    let bytes = body(bytes);
    if bytes.is_empty() {
        return Err(ListError::Empty { file, expected });
    }
    let (mut shaped, mut misshaped) = (0_usize, 0_usize);
    let mut first_problem = String::new();
    let mut last_is_open = false;
    let mut last = 0;
    for (at, raw) in bytes.split(|b| *b == b'\n').enumerate() {
        let line = at + 1;
        if raw.len() > MAX_ROW_BYTES {
            return Err(ListError::RowTooLong {
                file,
                line,
                limit: MAX_ROW_BYTES,
                expected,
            });
        }
        if at >= MAX_ROWS {
            return Err(ListError::TooManyRows {
                file,
                limit: MAX_ROWS,
                expected,
            });
        }
        let raw = raw.trim_ascii();
        if raw.is_empty() {
            continue;
        }
        let text = decode(raw);
        last_is_open = text.matches('"').count() % 2 == 1;
        last = line;
        match columns(&text) {
            Ok(row) => {
                shaped += 1;
                if let Err(why) = take(row, line, report) {
                    report.skip(file, line, why);
                }
            }
            Err(why) => {
                misshaped += 1;
                if first_problem.is_empty() {
                    first_problem = format!("line {line}: {why}");
                }
                report.skip(file, line, why);
            }
        }
    }
    if misshaped > shaped || shaped == 0 {
        return Err(ListError::NotThisList {
            file,
            expected,
            found: first_problem,
        });
    }
    if !ended || last_is_open {
        return Err(ListError::Torn { file, line: last });
    }
    Ok(())
}

/// Whether a line end or a control-Z stands last, as the authority writes it. A file without is cut short, and how many rows
/// it lost cannot be told.
fn ends(bytes: &[u8]) -> bool {
    matches!(bytes.last(), Some(b'\n' | b'\r' | &END_OF_FILE))
}

/// The bytes without a byte-order mark and without what ends the file.
fn body(bytes: &[u8]) -> &[u8] {
    let mut bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    while let [rest @ .., last] = bytes {
        if *last != END_OF_FILE && !last.is_ascii_whitespace() {
            break;
        }
        bytes = rest;
    }
    bytes
}

/// Rows at the beginning of a file that are looked at, in case the first is spoilt.
const LOOKED_AT: usize = 5;

/// Whether a file begins with rows of `N` columns, the first a number.
pub(super) fn fits<const N: usize>(head: &[u8]) -> bool {
    let body = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let mut rows = body
        .split(|b| *b == b'\n')
        .map(<[u8]>::trim_ascii)
        .filter(|line| !line.is_empty())
        .take(LOOKED_AT);
    rows.any(|line| columns::<N>(&decode(line)).is_ok())
}

/// Splits a line into exactly `N` columns, the first a number.
fn columns<const N: usize>(line: &str) -> Result<[String; N], String> {
    if line.contains('\0') {
        return Err("holds a NUL byte".to_owned());
    }
    let fields = fields(line)?;
    let count = fields.len();
    let row: [String; N] = fields
        .try_into()
        .map_err(|_| format!("has {count} columns and not {N}: `{}`", start(line)))?;
    let id = row.first().map_or("", String::as_str);
    if id.is_empty() || !id.bytes().all(|b| b.is_ascii_digit()) {
        return Err(format!(
            "the first column is `{}` and not an entry number",
            start(id)
        ));
    }
    Ok(row)
}

/// Comma-separated values by RFC 4180, with white space around a value allowed. White space within quotation marks stays:
/// remarks are cut there and go on in another file.
fn fields(line: &str) -> Result<Vec<String>, String> {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let after = if let Some(quoted) = rest.trim_start().strip_prefix('"') {
            let (value, after) = quoted_field(quoted)?;
            fields.push(value);
            after
        } else {
            let (value, after) = rest
                .split_at_checked(rest.find(',').unwrap_or(rest.len()))
                .unwrap_or((rest, ""));
            fields.push(value.trim().to_owned());
            after
        };
        if let Some(value) = fields.last_mut().filter(|value| value.trim() == ABSENT) {
            value.clear();
        }
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None => return Ok(fields),
        }
    }
}

/// A value after its opening quotation mark, and what follows the closing one: a comma or nothing.
fn quoted_field(text: &str) -> Result<(String, &str), String> {
    let mut value = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('"') {
        value.push_str(before);
        match after.strip_prefix('"') {
            Some(after) => {
                value.push('"');
                rest = after;
            }
            None => {
                let after = after.trim_start();
                return if after.is_empty() || after.starts_with(',') {
                    Ok((value, after))
                } else {
                    Err(format!(
                        "text after a closing quotation mark: `{}`",
                        start(after)
                    ))
                };
            }
        }
    }
    Err(format!("a quotation mark is not closed: `{}`", start(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_may_be_quoted_doubled_and_absent() {
        let row: [String; 5] = columns(r#"7, "A ""B"", C" ,-0- ,"","x""#).unwrap();
        assert_eq!(row, ["7", "A \"B\", C", "", "", "x"]);
    }

    #[test]
    fn a_misshaped_row_says_what_is_wrong() {
        let why = |line| columns::<2>(line).unwrap_err();
        assert_eq!(why(r#"7,"A"#), "a quotation mark is not closed: `A`");
        assert_eq!(why(r#"7,"A"B"#), "text after a closing quotation mark: `B`");
        assert_eq!(why("7"), "has 1 columns and not 2: `7`");
        assert_eq!(
            why("x,A"),
            "the first column is `x` and not an entry number"
        );
        assert_eq!(why("7,A\0"), "holds a NUL byte");
    }
}
