//! A row as a line of `COPY`: tabs between cells, `\N` for null, bytes in hexadecimal.
//!
//! Source: PostgreSQL manual, "COPY", text format. Refuses text with a NUL, which the engine cannot store.

use crate::database::{Cell, DbError};

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Appends a row.
pub(super) fn line(out: &mut Vec<u8>, row: &[Cell]) -> Result<(), DbError> {
    for (place, cell) in row.iter().enumerate() {
        if place > 0 {
            out.push(b'\t');
        }
        match cell {
            Cell::Null => out.extend_from_slice(br"\N"),
            Cell::Int(value) => out.extend_from_slice(value.to_string().as_bytes()),
            Cell::Text(value) => text(out, value)?,
            Cell::Blob(bytes) => {
                out.extend_from_slice(br"\\x");
                for byte in bytes {
                    let digits = [byte >> 4, byte & 15].map(|d| HEX.get(usize::from(d)));
                    out.extend(digits.into_iter().flatten());
                }
            }
        }
    }
    out.push(b'\n');
    Ok(())
}

fn text(out: &mut Vec<u8>, value: &str) -> Result<(), DbError> {
    for byte in value.bytes() {
        match byte {
            0 => {
                return Err(DbError::Statement(
                    "text with a NUL cannot be stored".to_owned(),
                ));
            }
            b'\\' => out.extend_from_slice(br"\\"),
            b'\n' => out.extend_from_slice(br"\n"),
            b'\r' => out.extend_from_slice(br"\r"),
            b'\t' => out.extend_from_slice(br"\t"),
            other => out.push(other),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_meaning_is_escaped() {
        let mut out = Vec::new();
        let row = [
            Cell::Int(-3),
            Cell::Null,
            Cell::Text("a\tb\\N\n".into()),
            Cell::Blob(vec![0, 0x1f, 0xa0]),
        ];
        line(&mut out, &row).unwrap();
        assert_eq!(out, b"-3\t\\N\ta\\tb\\\\N\\n\t\\\\x001fa0\n");
        assert!(line(&mut out, &[Cell::Text("\0".into())]).is_err());
    }
}
