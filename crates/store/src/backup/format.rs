//! One table in one file: a line that says what it is, the rows, and their number at the end.
//!
//! ```text
//! bonafide-rows 1 TABLE COLUMN:TYPE COLUMN:TYPE …\n
//! row:  1 │ cell …          cell: 0 │ 1 int (8) │ 2 length (4) text │ 3 length (4) bytes
//! end:  0 │ number of rows (8)
//! ```
//!
//! Numbers are little-endian. Refuses: another version, a file that ends early or goes on after its end, a number of rows
//! that is not theirs, and cells longer than any row holds.

use std::io::{self, Read, Write};

use super::tables::{ColumnType, Table};
use crate::database::Cell;
use crate::row::Row;

const MAGIC: &str = "bonafide-rows 1";
/// The longest first line: a table of fifty columns with long names.
const HEADER_MAX_BYTES: usize = 8 * 1024;
/// The longest cell: a published list as a whole is the largest, and PostgreSQL holds at most 1 GiB.
const CELL_MAX_BYTES: u32 = 1 << 30;

const ROW: u8 = 1;
const END: u8 = 0;

/// Why a file of a back-up cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// The file could not be read at all.
    #[error("it could not be read: {0}")]
    Io(io::Error),
    /// Ends in the middle.
    #[error("it is cut short")]
    CutShort,
    /// Not such a file.
    #[error("it is not a table of a back-up that this program knows")]
    Unknown,
    /// Not of its form.
    #[error("it is damaged at row {0}")]
    Damaged(u64),
}

impl From<io::Error> for FormatError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::CutShort,
            _ => Self::Io(error),
        }
    }
}

/// Writes the first line.
pub(super) fn write_header(out: &mut impl Write, table: &Table) -> io::Result<()> {
    write!(out, "{MAGIC} {}", table.name)?;
    for (name, kind) in &table.columns {
        write!(out, " {name}:{}", kind.as_str())?;
    }
    writeln!(out)
}

/// Writes a row.
pub(super) fn write_row(out: &mut impl Write, row: &[Cell]) -> io::Result<()> {
    out.write_all(&[ROW])?;
    for cell in row {
        match cell {
            Cell::Null => out.write_all(&[0])?,
            Cell::Int(value) => {
                out.write_all(&[1])?;
                out.write_all(&value.to_le_bytes())?;
            }
            Cell::Text(text) => write_bytes(out, 2, text.as_bytes())?,
            Cell::Blob(bytes) => write_bytes(out, 3, bytes)?,
        }
    }
    Ok(())
}

fn write_bytes(out: &mut impl Write, tag: u8, bytes: &[u8]) -> io::Result<()> {
    let length = u32::try_from(bytes.len()).ok();
    let length = length.filter(|length| *length <= CELL_MAX_BYTES);
    let length = length.ok_or_else(|| io::Error::other("a cell is too long for a back-up"))?;
    out.write_all(&[tag])?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(bytes)
}

/// Writes the end.
pub(super) fn write_end(out: &mut impl Write, rows: u64) -> io::Result<()> {
    out.write_all(&[END])?;
    out.write_all(&rows.to_le_bytes())
}

/// Reads the file of one table.
#[derive(Debug)]
pub struct TableReader<R> {
    from: R,
    table: String,
    columns: Vec<(String, String)>,
    rows: u64,
    ended: bool,
}

impl<R: Read> TableReader<R> {
    /// Reads the first line.
    ///
    /// # Errors
    /// If it is not that of a table.
    pub fn new(mut from: R) -> Result<Self, FormatError> {
        let mut line = Vec::new();
        loop {
            let byte = byte(&mut from)?;
            if byte == b'\n' {
                break;
            }
            line.push(byte);
            if line.len() > HEADER_MAX_BYTES {
                return Err(FormatError::Unknown);
            }
        }
        let line = String::from_utf8(line).map_err(|_| FormatError::Unknown)?;
        let rest = line.strip_prefix(MAGIC).and_then(|l| l.strip_prefix(' '));
        let mut words = rest.ok_or(FormatError::Unknown)?.split(' ');
        let table = words.next().ok_or(FormatError::Unknown)?.to_owned();
        let columns = words.map(|word| {
            let (name, kind) = word.split_once(':')?;
            Some((name.to_owned(), kind.to_owned()))
        });
        let columns = columns.collect::<Option<Vec<_>>>();
        Ok(Self {
            from,
            table,
            columns: columns.ok_or(FormatError::Unknown)?,
            rows: 0,
            ended: false,
        })
    }

    /// The name of the table.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.table
    }

    pub(super) fn columns(&self) -> &[(String, String)] {
        &self.columns
    }

    /// Rows that were read.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The next row; `None` at the end.
    pub(super) fn next_row(&mut self) -> Result<Option<Row>, FormatError> {
        if self.ended {
            return Ok(None);
        }
        match byte(&mut self.from)? {
            ROW => {}
            END => return self.end(),
            _ => return Err(FormatError::Damaged(self.rows)),
        }
        let mut row = Vec::with_capacity(self.columns.len());
        for _ in 0..self.columns.len() {
            row.push(self.cell()?);
        }
        self.rows += 1;
        Ok(Some(row))
    }

    fn end(&mut self) -> Result<Option<Row>, FormatError> {
        let mut count = [0; 8];
        self.from.read_exact(&mut count)?;
        let more = self.from.read(&mut [0])? > 0;
        if u64::from_le_bytes(count) != self.rows || more {
            return Err(FormatError::Damaged(self.rows));
        }
        self.ended = true;
        Ok(None)
    }

    fn cell(&mut self) -> Result<Cell, FormatError> {
        Ok(match byte(&mut self.from)? {
            0 => Cell::Null,
            1 => {
                let mut value = [0; 8];
                self.from.read_exact(&mut value)?;
                Cell::Int(i64::from_le_bytes(value))
            }
            2 => {
                let text = String::from_utf8(self.bytes()?);
                Cell::Text(text.map_err(|_| FormatError::Damaged(self.rows))?)
            }
            3 => Cell::Blob(self.bytes()?),
            _ => return Err(FormatError::Damaged(self.rows)),
        })
    }

    fn bytes(&mut self) -> Result<Vec<u8>, FormatError> {
        let mut length = [0; 4];
        self.from.read_exact(&mut length)?;
        let length = u32::from_le_bytes(length);
        if length > CELL_MAX_BYTES {
            return Err(FormatError::Damaged(self.rows));
        }
        // Not allocated before it is read: a damaged length would ask for a gigabyte.
        let mut bytes = Vec::new();
        let read = self
            .from
            .by_ref()
            .take(length.into())
            .read_to_end(&mut bytes)?;
        match u32::try_from(read) == Ok(length) {
            true => Ok(bytes),
            false => Err(FormatError::CutShort),
        }
    }
}

fn byte(from: &mut impl Read) -> io::Result<u8> {
    let mut byte = [0];
    from.read_exact(&mut byte)?;
    let [byte] = byte;
    Ok(byte)
}

/// Whether the columns of a file are those of a table, in any order; gives for each column of the file its type.
pub(super) fn column_types(table: &Table, columns: &[(String, String)]) -> Option<Vec<ColumnType>> {
    let known = |(name, kind): &(String, String)| {
        let (_, found) = table.columns.iter().find(|(column, _)| column == name)?;
        (found.as_str() == kind).then_some(*found)
    };
    columns.iter().map(known).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> Vec<u8> {
        let table = Table {
            name: "t",
            columns: vec![
                ("a".into(), ColumnType::Int),
                ("b".into(), ColumnType::Blob),
            ],
        };
        let mut bytes = Vec::new();
        write_header(&mut bytes, &table).unwrap();
        write_row(&mut bytes, &[Cell::Int(-7), Cell::Blob(vec![1, 2])]).unwrap();
        write_row(&mut bytes, &[Cell::Null, Cell::Text("x".into())]).unwrap();
        write_end(&mut bytes, 2).unwrap();
        bytes
    }

    fn read(bytes: &[u8]) -> Result<Vec<Row>, FormatError> {
        let mut reader = TableReader::new(bytes)?;
        let mut rows = Vec::new();
        while let Some(row) = reader.next_row()? {
            rows.push(row);
        }
        Ok(rows)
    }

    #[test]
    fn rows_read_back_and_no_shorter_or_longer_file_does() {
        let bytes = file();
        let rows = read(&bytes).unwrap();
        assert_eq!(rows[0], [Cell::Int(-7), Cell::Blob(vec![1, 2])]);
        assert_eq!(rows[1], [Cell::Null, Cell::Text("x".into())]);
        for length in 0..bytes.len() {
            assert!(read(&bytes[..length]).is_err(), "cut at {length}");
        }
        assert!(read(&[bytes.as_slice(), &[0]].concat()).is_err());
    }

    #[test]
    fn a_length_beyond_the_file_asks_for_no_memory() {
        let mut bytes = b"bonafide-rows 1 t a:blob\n\x01\x03".to_vec();
        bytes.extend_from_slice(&0x3fff_ffff_u32.to_le_bytes());
        assert!(matches!(read(&bytes), Err(FormatError::CutShort)));
    }
}
