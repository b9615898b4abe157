//! Rows of CSV with a header or of JSON lines, as the cells of the columns that are wanted.
//!
//! Columns are found by their names, in any order; others are left alone. JSON numbers are taken as they are written, and
//! what is null or missing is an empty cell.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;

use anyhow::{Context as _, bail};
use csv::{ByteRecord, ReaderBuilder};
use indicatif::ProgressBar;
use serde_json::{Map, Value};

use crate::lines::Lines;
use crate::progress;

/// Bytes of one row: the longest report of abuse is a page.
const ROW_MAX_BYTES: u64 = 1024 * 1024;
const BUFFER_BYTES: usize = 1 << 18;
/// What some programs write at the start of a file.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

type Source = BufReader<Box<dyn Read + Send>>;

/// A row.
#[derive(Debug)]
pub(super) struct Row {
    /// Its line, from 1.
    pub(super) line: u64,
    /// Its cells in the order of the columns; or why it has none.
    pub(super) cells: Result<Vec<String>, String>,
}

/// The rows of a file.
pub(super) struct Rows {
    columns: &'static [&'static str],
    form: Form,
    pub(super) bar: ProgressBar,
}

enum Form {
    Csv {
        reader: Box<csv::Reader<Source>>,
        /// Where each wanted column is.
        places: Vec<Option<usize>>,
        record: ByteRecord,
    },
    Json(Lines<Source>),
}

/// Opens a file; gives its first character that is no blank, and it from the start, without a byte order mark.
pub(super) fn open(
    path: &Path,
    what: &'static str,
) -> anyhow::Result<(Option<u8>, Source, ProgressBar)> {
    let shown = || format!("could not read {}", path.display());
    let file = File::open(path).with_context(shown)?;
    let length = file.metadata().with_context(shown)?.len();
    let bar = progress::reading(Some(length), what);
    let reader: Box<dyn Read + Send> = Box::new(bar.wrap_read(file));
    let mut reader = BufReader::with_capacity(BUFFER_BYTES, reader);
    if reader
        .fill_buf()
        .with_context(shown)?
        .starts_with(BYTE_ORDER_MARK)
    {
        reader.consume(BYTE_ORDER_MARK.len());
    }
    let buffer = reader.fill_buf().with_context(shown)?;
    let first = buffer.iter().copied().find(|b| !b.is_ascii_whitespace());
    Ok((first, reader, bar))
}

impl Rows {
    /// Opens a file. `optional` columns need not be there.
    pub(super) fn open(
        path: &Path,
        columns: &'static [&'static str],
        optional: &[&str],
        what: &'static str,
    ) -> anyhow::Result<Self> {
        let (first, reader, bar) = open(path, what)?;
        let form = if first == Some(b'{') {
            Form::Json(Lines::new(reader, ROW_MAX_BYTES))
        } else {
            csv(reader, columns, optional).with_context(|| path.display().to_string())?
        };
        Ok(Self { columns, form, bar })
    }

    /// The next row.
    pub(super) fn next(&mut self) -> anyhow::Result<Option<Row>> {
        match &mut self.form {
            Form::Csv {
                reader,
                places,
                record,
            } => {
                let line = reader.position().line();
                match reader.read_byte_record(record) {
                    Ok(false) => return Ok(None),
                    Ok(true) => {}
                    Err(error) if matches!(error.kind(), csv::ErrorKind::Io(_)) => {
                        return Err(error).context("could not read on");
                    }
                    Err(error) => {
                        let cells = Err(error.to_string());
                        return Ok(Some(Row { line, cells }));
                    }
                }
                let line = record.position().map_or(line, csv::Position::line);
                let cell = |place: &Option<usize>| {
                    let bytes = place.and_then(|p| record.get(p)).unwrap_or_default();
                    String::from_utf8(bytes.trim_ascii().to_vec())
                };
                let cells = places.iter().map(cell).collect::<Result<_, _>>();
                let cells = cells.map_err(|_| "it is not UTF-8".to_owned());
                Ok(Some(Row { line, cells }))
            }
            Form::Json(lines) => {
                let Some(line) = lines.next().context("could not read on")? else {
                    return Ok(None);
                };
                let cells = match &line.bytes {
                    Some(bytes) => object(bytes, self.columns),
                    None => Err(format!("it is longer than {ROW_MAX_BYTES} bytes")),
                };
                let line = line.number;
                Ok(Some(Row { line, cells }))
            }
        }
    }
}

fn csv(
    reader: Source,
    columns: &'static [&'static str],
    optional: &[&str],
) -> anyhow::Result<Form> {
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(reader);
    let header = reader
        .headers()
        .context("its header could not be read")?
        .clone();
    let place = |name: &str| {
        let is_name = |c: &str| c.trim().eq_ignore_ascii_case(name);
        header.iter().position(is_name)
    };
    let places: Vec<Option<usize>> = columns.iter().map(|c| place(c)).collect();
    let missing = columns.iter().zip(&places);
    let missing = missing.filter(|(c, p)| p.is_none() && !optional.contains(c));
    let missing: Vec<&str> = missing.map(|(c, _)| *c).collect();
    if !missing.is_empty() {
        bail!(
            "its first line has no column `{}`: a header such as `{}` is needed",
            missing.join("`, `"),
            columns.join(",")
        );
    }
    Ok(Form::Csv {
        reader: Box::new(reader),
        places,
        record: ByteRecord::new(),
    })
}

/// The cells of a line of JSON.
fn object(bytes: &[u8], columns: &[&str]) -> Result<Vec<String>, String> {
    let object: Map<String, Value> =
        serde_json::from_slice(bytes).map_err(|e| format!("it is not an object of JSON: {e}"))?;
    let cell = |name: &&str| match object.get(*name) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.trim().to_owned()),
        Some(Value::Number(number)) => Ok(number.to_string()),
        Some(_) => Err(format!("`{name}` is neither text nor a number")),
    };
    columns.iter().map(cell).collect()
}
