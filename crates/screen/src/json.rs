//! JSON lists, one object at a time: an array of objects, or an object with such an array under a key.
//!
//! The objects are cut out of the file by their brackets and handed over as bytes, so that memory does not grow with the
//! file, an object that is not understood costs no other, and each is known by its line.

use std::io::BufRead;

use crate::input::{Input, start};
use crate::report::ListError;

/// Largest object in bytes, as for the records of XML lists.
const MAX_OBJECT_BYTES: usize = 16 * 1024 * 1024;

/// Deepest nesting; below it an object is no list's.
const MAX_DEPTH: usize = 64;

/// Longest key at the top, in bytes.
const MAX_KEY_BYTES: usize = 256;

/// What a file should be.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    /// The file by the authority's name.
    pub(crate) file: &'static str,
    /// What it should be, for the error.
    pub(crate) expected: &'static str,
    /// The key of the array; nothing where the array is the whole file.
    pub(crate) key: Option<&'static str>,
}

/// Calls `take` with each object and the line on which it starts; `take` says why it leaves one out.
pub(crate) fn each(
    shape: Shape,
    source: &mut dyn BufRead,
    mut take: impl FnMut(&[u8], usize) -> Result<(), String>,
) -> Result<(), ListError> {
    let mut input = Input::new(source);
    let mut scan = Scan::new(shape);
    let (mut good, mut bad) = (0_usize, 0_usize);
    let mut first_problem = String::new();
    let mut line = 1;
    loop {
        let piece = match input.fill_buf() {
            Ok(piece) => piece.to_vec(),
            Err(error) => {
                return Err(ListError::Unreadable {
                    file: shape.file,
                    line,
                    why: error.to_string(),
                });
            }
        };
        if piece.is_empty() {
            break;
        }
        for byte in &piece {
            let whole = scan.byte(*byte, line)?;
            line += usize::from(*byte == b'\n');
            if whole {
                match take(&scan.object, scan.object_line) {
                    Ok(()) => good += 1,
                    Err(why) => {
                        bad += 1;
                        if first_problem.is_empty() {
                            first_problem = format!("line {}: {why}", scan.object_line);
                        }
                    }
                }
                scan.object.clear();
            }
        }
        input.consume(piece.len());
    }
    scan.end(line)?;
    if bad > good {
        return Err(scan.not_this(first_problem));
    }
    Ok(())
}

/// The reader's words without its line and column, which count within the object.
pub(crate) fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ")
        .next()
        .unwrap_or_default()
        .to_owned()
}

struct Scan {
    shape: Shape,
    /// The brackets that are open.
    open: Vec<u8>,
    in_text: bool,
    escaped: bool,
    /// The key last read at the top.
    key: Vec<u8>,
    /// The depth within which objects are cut out, once the array is open.
    array_at: Option<usize>,
    found: bool,
    object: Vec<u8>,
    object_line: usize,
    seen: bool,
    finished: bool,
}

impl Scan {
    fn new(shape: Shape) -> Self {
        Self {
            shape,
            open: Vec::new(),
            in_text: false,
            escaped: false,
            key: Vec::new(),
            array_at: None,
            found: false,
            object: Vec::new(),
            object_line: 0,
            seen: false,
            finished: false,
        }
    }

    /// Takes a byte; says whether it completes an object.
    fn byte(&mut self, byte: u8, line: usize) -> Result<bool, ListError> {
        let inside = self.array_at.is_some_and(|at| self.open.len() > at);
        if inside {
            self.object.push(byte);
            if self.object.len() > MAX_OBJECT_BYTES {
                let why = format!("starts an object longer than {MAX_OBJECT_BYTES} bytes");
                return Err(self.malformed(self.object_line, why));
            }
        }
        if self.in_text {
            self.text(byte);
            return Ok(false);
        }
        if byte.is_ascii_whitespace() {
            return Ok(false);
        }
        if self.finished {
            return Err(self.malformed(line, "goes on after the end of the list".to_owned()));
        }
        if !self.seen {
            self.seen = true;
            let wanted = if self.shape.key.is_some() { b'{' } else { b'[' };
            if byte != wanted {
                return Err(self.not_this(format!(
                    "line {line}: `{}` and not `{}`",
                    start(&char::from(byte).to_string()),
                    char::from(wanted)
                )));
            }
        }
        match byte {
            b'"' => {
                self.in_text = true;
                if self.open.len() == 1 {
                    self.key.clear();
                }
                Ok(false)
            }
            b'{' | b'[' => self.open(byte, line),
            b'}' | b']' => self.close(byte, line),
            _ => Ok(false),
        }
    }

    fn text(&mut self, byte: u8) {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = true,
            b'"' => self.in_text = false,
            _ => {
                if self.open.len() == 1 && self.key.len() < MAX_KEY_BYTES {
                    self.key.push(byte);
                }
            }
        }
    }

    fn open(&mut self, byte: u8, line: usize) -> Result<bool, ListError> {
        if self.open.len() >= MAX_DEPTH {
            return Err(self.malformed(line, format!("nests deeper than {MAX_DEPTH}")));
        }
        self.open.push(byte);
        let depth = self.open.len();
        match self.array_at {
            None if byte == b'[' => {
                let here = match self.shape.key {
                    None => depth == 1,
                    Some(key) => depth == 2 && self.key == key.as_bytes(),
                };
                if here {
                    self.array_at = Some(depth);
                    self.found = true;
                }
            }
            Some(at) if depth == at + 1 => {
                self.object_line = line;
                self.object.clear();
                self.object.push(byte);
            }
            _ => {}
        }
        Ok(false)
    }

    fn close(&mut self, byte: u8, line: usize) -> Result<bool, ListError> {
        let opened = self.open.pop();
        if !matches!((opened, byte), (Some(b'{'), b'}') | (Some(b'['), b']')) {
            let why = format!("closes with `{}` what is not open", char::from(byte));
            return Err(self.malformed(line, why));
        }
        let depth = self.open.len();
        let whole = self.array_at == Some(depth);
        if self.array_at.is_some_and(|at| depth < at) {
            self.array_at = None;
        }
        self.finished = depth == 0;
        Ok(whole)
    }

    fn end(&self, line: usize) -> Result<(), ListError> {
        if !self.seen {
            return Err(ListError::Empty {
                file: self.shape.file,
                expected: self.shape.expected,
            });
        }
        if !self.finished {
            return Err(ListError::Torn {
                file: self.shape.file,
                line,
            });
        }
        if !self.found {
            let key = self.shape.key.unwrap_or_default();
            return Err(self.not_this(format!("an object without an array `{key}`")));
        }
        Ok(())
    }

    fn malformed(&self, line: usize, why: String) -> ListError {
        ListError::Malformed {
            file: self.shape.file,
            line,
            why,
            expected: self.shape.expected,
        }
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
        file: "list.json",
        expected: "a list",
        key: Some("results"),
    };

    fn read(shape: Shape, text: &str) -> Result<Vec<(String, usize)>, ListError> {
        let mut found = Vec::new();
        each(shape, &mut text.as_bytes(), |bytes, line| {
            found.push((String::from_utf8_lossy(bytes).into_owned(), line));
            Ok(())
        })?;
        Ok(found)
    }

    #[test]
    fn objects_are_cut_out_by_their_brackets() {
        let text = "{\"total\": 2, \"sources\": [{\"no\": 1}],\n\"results\": [\n{\"a\": \"}\\\"]\", \"b\": [{}]},\n{\"c\": {}}],\n\"x\": [{}]}\n";
        let found = read(SHAPE, text).unwrap();
        assert_eq!(
            found,
            [
                ("{\"a\": \"}\\\"]\", \"b\": [{}]}".to_owned(), 3),
                ("{\"c\": {}}".to_owned(), 4)
            ]
        );
        let array = Shape { key: None, ..SHAPE };
        assert_eq!(read(array, " [{\"a\":1},\n{}]").unwrap().len(), 2);
        assert_eq!(read(array, "[]").unwrap().len(), 0);
    }

    #[test]
    fn what_is_cut_short_or_something_else_is_refused() {
        for cut in [
            "{",
            "{\"results\": [{\"a\"",
            "{\"results\": [{}]",
            "{\"results\": [{\"a\": \"x",
        ] {
            let torn = read(SHAPE, cut).unwrap_err();
            assert!(
                matches!(torn, ListError::Torn { line: 1, .. }),
                "{cut} {torn}"
            );
        }
        assert!(matches!(read(SHAPE, " \n"), Err(ListError::Empty { .. })));
        for other in ["[{}]", "<html>", "{\"result\": [{}]}", "PK"] {
            assert!(
                matches!(read(SHAPE, other), Err(ListError::NotThisList { .. })),
                "{other}"
            );
        }
        for bad in [
            "{\"results\": [{]}",
            "{\"results\": [{}]} {}",
            "{\"results\": []}]",
        ] {
            assert!(
                matches!(read(SHAPE, bad), Err(ListError::Malformed { .. })),
                "{bad}"
            );
        }
        let deep = format!("{{\"results\": {}", "[".repeat(100));
        assert!(
            read(SHAPE, &deep)
                .unwrap_err()
                .to_string()
                .contains("deeper than 64")
        );
        let long = format!("{{\"results\": [{{\"a\": \"{}\"", "a".repeat(17 << 20));
        assert!(
            read(SHAPE, &long)
                .unwrap_err()
                .to_string()
                .contains("longer than")
        );
    }
}
