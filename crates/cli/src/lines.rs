//! Lines of a file one by one, with their numbers, each within a bound.

use std::io::{self, BufRead, Read as _};

/// A line.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// Its number, from 1.
    pub(crate) number: u64,
    /// Its bytes without the end of the line; `None` when it is longer than may be.
    pub(crate) bytes: Option<Vec<u8>>,
}

/// Reads lines.
pub(crate) struct Lines<R> {
    reader: R,
    number: u64,
    most_bytes: u64,
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(reader: R, most_bytes: u64) -> Self {
        Self {
            reader,
            number: 0,
            most_bytes,
        }
    }

    /// The next line that is not blank.
    pub(crate) fn next(&mut self) -> io::Result<Option<Line>> {
        loop {
            let mut bytes = Vec::new();
            let mut limited = self.reader.by_ref().take(self.most_bytes + 1);
            if limited.read_until(b'\n', &mut bytes)? == 0 {
                return Ok(None);
            }
            self.number += 1;
            let whole = bytes.ends_with(b"\n") || bytes.len() as u64 <= self.most_bytes;
            if !whole {
                self.reader.skip_until(b'\n')?;
                return Ok(Some(Line {
                    number: self.number,
                    bytes: None,
                }));
            }
            let line = bytes.trim_ascii();
            if !line.is_empty() {
                return Ok(Some(Line {
                    number: self.number,
                    bytes: Some(line.to_vec()),
                }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_too_long_is_one_line() {
        let mut lines = Lines::new(&b"\n0123456789abcdef\r\n\nab\n0123"[..], 8);
        let mut read = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            read.push((line.number, line.bytes));
        }
        assert_eq!(
            read,
            [
                (2, None),
                (4, Some(b"ab".to_vec())),
                (5, Some(b"0123".to_vec()))
            ]
        );
    }
}
