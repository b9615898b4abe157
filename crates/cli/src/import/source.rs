//! The file of an earlier system: looked through once, then read row by row.
//!
//! The first pass takes the digest and finds what a reader would trip over much later: bytes that are not of the
//! declared encoding, NUL bytes, lines without end. Nothing is guessed: a file that is not what it is said to be is refused
//! with its line and what to do.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, bail};
use bonafide_ledger::{Hash, Sha256};
use clap::ValueEnum;

/// Bytes of one row: the API takes no larger sign-up.
pub(crate) const ROW_MAX_BYTES: u64 = 1024 * 1024;
/// Bytes read at once.
const BUFFER_BYTES: usize = 1 << 16;
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// How the text of a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Encoding {
    /// UTF-8, with or without byte order mark
    Utf8,
    /// Latin-1, as Windows writes it (windows-1252)
    #[value(name = "latin-1", alias = "windows-1252")]
    Latin1,
}

/// A file that was looked through.
pub(crate) struct Scanned {
    /// SHA-256 of its bytes.
    pub(crate) digest: Hash,
    pub(crate) bytes: u64,
    /// Its first character that is no blank.
    pub(crate) first: Option<u8>,
    file: File,
    encoding: Encoding,
    has_mark: bool,
}

/// Looks through a file.
pub(crate) fn scan(path: &Path, encoding: Encoding) -> anyhow::Result<Scanned> {
    let mut file =
        File::open(path).with_context(|| format!("could not read {}", path.display()))?;
    let mut reader = BufReader::with_capacity(BUFFER_BYTES, &file);
    let (mut digest, mut bytes, mut line, mut in_line) = (Sha256::default(), 0_u64, 1_u64, 0_u64);
    let (mut has_mark, mut first) = (false, None);
    let mut tail: Vec<u8> = Vec::new();
    loop {
        let chunk = reader.fill_buf().context("could not read on")?;
        if chunk.is_empty() {
            break;
        }
        if bytes == 0 {
            refuse_wide(chunk)?;
            has_mark = chunk.starts_with(BYTE_ORDER_MARK);
        }
        digest.update(chunk);
        let text = if has_mark && bytes == 0 {
            chunk.get(BYTE_ORDER_MARK.len()..).unwrap_or_default()
        } else {
            chunk
        };
        first = first.or_else(|| text.iter().copied().find(|b| !b.is_ascii_whitespace()));
        for part in text.split_inclusive(|b| *b == b'\n') {
            if part.contains(&0) {
                bail!(
                    "line {line} holds a NUL byte: the file is damaged, or not text; export it again as CSV in UTF-8"
                );
            }
            tail.extend_from_slice(part);
            if encoding == Encoding::Utf8 {
                check_utf8(&mut tail, line)?;
            } else {
                check_latin1(part, line)?;
                tail.clear();
            }
            in_line += part.len() as u64;
            if in_line > ROW_MAX_BYTES {
                bail!(
                    "line {line} is longer than {ROW_MAX_BYTES} bytes: is it one line of a larger file, or another format?"
                );
            }
            if part.ends_with(b"\n") {
                (line, in_line) = (line + 1, 0);
            }
        }
        let read = chunk.len();
        bytes += read as u64;
        reader.consume(read);
    }
    if !tail.is_empty() {
        return Err(not_utf8(line));
    }
    file.rewind().context("could not read the file again")?;
    Ok(Scanned {
        digest: digest.finish(),
        bytes,
        first,
        file,
        encoding,
        has_mark,
    })
}

/// UTF-16 and UTF-32 begin with marks of their own.
fn refuse_wide(start: &[u8]) -> anyhow::Result<()> {
    if start.starts_with(b"\xFF\xFE") || start.starts_with(b"\xFE\xFF") {
        bail!("the file is in UTF-16: save it as `CSV UTF-8`");
    }
    Ok(())
}

/// Keeps what may be the beginning of a character that goes on in the next piece.
fn check_utf8(tail: &mut Vec<u8>, line: u64) -> anyhow::Result<()> {
    let (valid, whole) = match std::str::from_utf8(tail) {
        Ok(_) => (tail.len(), true),
        Err(error) if error.error_len().is_none() => (error.valid_up_to(), true),
        Err(error) => (error.valid_up_to(), false),
    };
    if !whole {
        return Err(not_utf8(line));
    }
    tail.drain(..valid);
    Ok(())
}

fn not_utf8(line: u64) -> anyhow::Error {
    anyhow::anyhow!(
        "line {line} is not UTF-8: save the file as `CSV UTF-8`, or say `--encoding latin-1` if that is what it is"
    )
}

fn check_latin1(part: &[u8], line: u64) -> anyhow::Result<()> {
    match part.iter().find(|b| latin1(**b).is_none()) {
        Some(byte) => bail!(
            "line {line} holds the byte 0x{byte:02X}, which is no character of Latin-1 (windows-1252)"
        ),
        None => Ok(()),
    }
}

/// windows-1252, the superset of Latin-1 that is in use: `None` for the five bytes without a character.
/// Source: WHATWG Encoding Standard, index windows-1252, without its C1 controls.
fn latin1(byte: u8) -> Option<char> {
    const HIGH: [u16; 32] = [
        0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039,
        0x0152, 0, 0x017D, 0, 0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC,
        0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178,
    ];
    match byte {
        0x80..=0x9F => {
            let found = HIGH.get(usize::from(byte - 0x80)).copied().unwrap_or(0);
            char::from_u32(u32::from(found)).filter(|c| *c != '\0')
        }
        other => Some(char::from(other)),
    }
}

impl Scanned {
    /// The text, in UTF-8 without mark.
    pub(crate) fn reader(self) -> anyhow::Result<Box<dyn Read + Send>> {
        let mut reader = BufReader::with_capacity(BUFFER_BYTES, self.file);
        if self.has_mark {
            reader.fill_buf().context("could not read the file again")?;
            reader.consume(BYTE_ORDER_MARK.len());
        }
        Ok(match self.encoding {
            Encoding::Utf8 => Box::new(reader),
            Encoding::Latin1 => Box::new(Decoded {
                inner: reader,
                ready: Vec::new(),
                at: 0,
            }),
        })
    }
}

/// Latin-1 read as UTF-8.
struct Decoded<R> {
    inner: R,
    ready: Vec<u8>,
    at: usize,
}

impl<R: BufRead> Read for Decoded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.ready.len() {
            let chunk = self.inner.fill_buf()?;
            let text: String = chunk
                .iter()
                .map(|b| latin1(*b).unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect();
            let read = chunk.len();
            self.inner.consume(read);
            (self.ready, self.at) = (text.into_bytes(), 0);
        }
        let left = self.ready.get(self.at..).unwrap_or_default();
        let count = left.len().min(out.len());
        for (to, from) in out.iter_mut().zip(left) {
            *to = *from;
        }
        self.at += count;
        Ok(count)
    }
}

/// Stops a reader that takes more than a row may have before a row ends: an open quote swallows the rest of a file.
pub(crate) struct Bounded<R> {
    pub(crate) inner: R,
    pub(crate) since_row: Arc<AtomicU64>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(out)?;
        let since = self.since_row.fetch_add(count as u64, Ordering::Relaxed);
        if since > ROW_MAX_BYTES + 2 * BUFFER_BYTES as u64 {
            let message = format!(
                "a row has more than {ROW_MAX_BYTES} bytes: a quote is opened in it and never closed"
            );
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scanned(bytes: &[u8], encoding: Encoding) -> anyhow::Result<String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let mut text = String::new();
        scan(file.path(), encoding)?
            .reader()?
            .read_to_string(&mut text)
            .unwrap();
        Ok(text)
    }

    #[test]
    fn what_is_not_as_declared_is_refused_with_its_line() {
        for (bytes, why) in [
            (&b"a\nb\xE9\n"[..], "line 2 is not UTF-8"),
            (&b"a\nb\xC3"[..], "line 2 is not UTF-8"),
            (&b"a\n\0\n"[..], "line 2 holds a NUL byte"),
            (&b"\xFF\xFEa\0"[..], "UTF-16"),
        ] {
            let error = scanned(bytes, Encoding::Utf8).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
        assert!(scanned(b"\x81", Encoding::Latin1).is_err());
    }

    #[test]
    fn marks_and_latin_1_are_read() {
        assert_eq!(
            scanned("\u{feff}id\n".as_bytes(), Encoding::Utf8).unwrap(),
            "id\n"
        );
        assert_eq!(
            scanned(b"caf\xE9 \x80", Encoding::Latin1).unwrap(),
            "caf\u{e9} \u{20ac}"
        );
        let long = "\u{e9}".repeat(BUFFER_BYTES) + "\n";
        assert_eq!(scanned(long.as_bytes(), Encoding::Utf8).unwrap(), long);
    }

    #[test]
    fn a_line_without_end_is_refused() {
        let long = vec![b'a'; usize::try_from(ROW_MAX_BYTES).unwrap() + 2];
        let error = scanned(&long, Encoding::Utf8).unwrap_err().to_string();
        assert!(error.contains("line 1 is longer than"), "{error}");
    }
}
