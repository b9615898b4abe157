//! A file of sign-ups, read in batches.

use std::io::{BufRead, BufReader, Read};

use ::csv::{ReaderBuilder, StringRecord, StringRecordsIntoIter};
use anyhow::Context as _;
use bonafide_app::submission::FieldError;
use bonafide_model::Registry;
use bonafide_policy::method::MethodSet;

use super::Format;
use super::csv::Columns;
use crate::lines::Lines;

/// Bytes of one sign-up; the API takes no more either.
const LINE_MAX_BYTES: u64 = 1024 * 1024;
/// What some programs write at the start of a file.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

type Source<'a> = BufReader<Box<dyn Read + 'a>>;

/// One sign-up as it stands in the file.
#[derive(Debug)]
pub(super) struct Item {
    /// Its line, from 1.
    pub(super) line: u64,
    pub(super) raw: Raw,
}

/// A sign-up, not read yet.
#[derive(Debug)]
pub(super) enum Raw {
    /// A line of JSON.
    Json(Vec<u8>),
    /// A row of CSV.
    Row(StringRecord),
    /// What cannot even be split from the rest.
    Bad(FieldError),
}

/// The file.
pub(super) enum Input<'a> {
    Jsonl(Lines<Source<'a>>),
    Csv {
        columns: Columns,
        rows: StringRecordsIntoIter<Source<'a>>,
    },
}

impl<'a> Input<'a> {
    /// Opens a file, and reads its header where it has one.
    pub(super) fn open(
        reader: Box<dyn Read + 'a>,
        format: Option<Format>,
        registry: &Registry,
        methods: &MethodSet,
    ) -> anyhow::Result<Self> {
        let mut reader = BufReader::with_capacity(1 << 16, reader);
        if reader.fill_buf()?.starts_with(BYTE_ORDER_MARK) {
            reader.consume(BYTE_ORDER_MARK.len());
        }
        let first = reader.fill_buf()?.trim_ascii_start().first().copied();
        let seen = if first.is_none_or(|c| c == b'{') {
            Format::Jsonl
        } else {
            Format::Csv
        };
        match format.unwrap_or(seen) {
            Format::Jsonl => Ok(Self::Jsonl(Lines::new(reader, LINE_MAX_BYTES))),
            Format::Csv => {
                let mut csv = ReaderBuilder::new().from_reader(reader);
                let header = csv
                    .headers()
                    .context("the header of the CSV cannot be read")?;
                let columns = Columns::read(header, registry, methods)?;
                Ok(Self::Csv {
                    columns,
                    rows: csv.into_records(),
                })
            }
        }
    }

    /// The columns of a CSV.
    pub(super) fn columns(&self) -> Option<&Columns> {
        match self {
            Self::Jsonl(_) => None,
            Self::Csv { columns, .. } => Some(columns),
        }
    }

    /// The next sign-ups, at most so many; none at the end.
    pub(super) fn batch(&mut self, most: usize) -> anyhow::Result<Vec<Item>> {
        let mut items = Vec::new();
        while items.len() < most {
            match self.next()? {
                Some(item) => items.push(item),
                None => break,
            }
        }
        Ok(items)
    }

    fn next(&mut self) -> anyhow::Result<Option<Item>> {
        match self {
            Self::Jsonl(lines) => {
                let too_long = || {
                    Raw::Bad(FieldError::new(
                        "",
                        format!("longer than {LINE_MAX_BYTES} bytes"),
                    ))
                };
                let line = lines.next()?;
                Ok(line.map(|l| Item {
                    line: l.number,
                    raw: l.bytes.map_or_else(too_long, Raw::Json),
                }))
            }
            Self::Csv { rows, .. } => {
                let Some(row) = rows.next() else {
                    return Ok(None);
                };
                let line_of = |p: Option<&::csv::Position>| p.map_or(0, ::csv::Position::line);
                match row {
                    Ok(row) => Ok(Some(Item {
                        line: line_of(row.position()),
                        raw: Raw::Row(row),
                    })),
                    Err(error) if error.is_io_error() => Err(error.into()),
                    Err(error) => {
                        let line = line_of(error.position());
                        Ok(Some(Item {
                            line,
                            raw: Raw::Bad(FieldError::new("", unreadable(&error))),
                        }))
                    }
                }
            }
        }
    }
}

fn unreadable(error: &::csv::Error) -> String {
    match error.kind() {
        ::csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => {
            format!("{len} cells, but the header has {expected_len}")
        }
        ::csv::ErrorKind::Utf8 { .. } => "a cell is not UTF-8".to_owned(),
        _ => error.to_string(),
    }
}
