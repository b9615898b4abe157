//! Bytes of a list as text: the encoding found out, lines bounded.
//!
//! Authorities publish UTF-8 with and without a byte-order mark, and some files have been through a spreadsheet and are
//! UTF-16 or Windows-1252. UTF-16 is told by its mark and turned into UTF-8 as it is read; what is not UTF-8 otherwise is
//! Windows-1252, which every byte is. Nothing is read that is compressed: what comes out of an archive is the operator's
//! choice, not this crate's.

use std::borrow::Cow;
use std::io::{self, BufRead, Read};

/// How a reported text is cut, in characters.
const SHOWN_CHARS: usize = 40;

/// How many bytes are looked at for a mark or an XML declaration, which stands first and is short.
const HEAD_BYTES: usize = 256;

/// Most bytes given out at once, so that one item that is too long is noticed before all of it is in memory.
const PIECE_BYTES: usize = 64 * 1024;

/// What Windows-1252 has in place of the control characters 0x80 to 0x9f; what it leaves open stays as it is.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// UTF-8 where it is that, else Windows-1252.
pub(crate) fn decode(raw: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(raw) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(raw.iter().map(|b| windows_1252(*b)).collect()),
    }
}

fn windows_1252(byte: u8) -> char {
    let at = usize::from(byte).checked_sub(0x80);
    at.and_then(|at| WINDOWS_1252.get(at))
        .copied()
        .unwrap_or(char::from(byte))
}

/// The encoding that an XML declaration names, where that is one of a byte a character.
fn declared(head: &[u8]) -> Mark {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let declaration = head
        .strip_prefix("<?xml")
        .and_then(|rest| rest.split_once("?>"))
        .map_or("", |(declaration, _)| declaration);
    let narrow = [
        "iso-8859-1",
        "iso-8859-15",
        "windows-1252",
        "cp1252",
        "latin1",
    ];
    if narrow.iter().any(|name| declaration.contains(name)) {
        Mark::Windows1252
    } else {
        Mark::Utf8
    }
}

/// The beginning of a text, fit for a message: control characters replaced.
pub(crate) fn start(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(SHOWN_CHARS)
        .map(|c| if c.is_control() { '\u{FFFD}' } else { c })
        .collect();
    if text.chars().nth(SHOWN_CHARS).is_some() {
        shown.push('…');
    }
    shown
}

/// A source of bytes without its byte-order mark, UTF-16 turned into UTF-8, that counts lines as they are consumed.
pub(crate) struct Input<'a> {
    source: &'a mut dyn BufRead,
    mark: Mark,
    /// What is turned into UTF-8 and not yet consumed, from `at`.
    turned: Vec<u8>,
    at: usize,
    /// The first half of a UTF-16 unit whose other half is not read yet.
    half: Option<u8>,
    /// A leading surrogate whose partner is not read yet.
    surrogate: Option<u16>,
    line: usize,
    /// Bytes given out since the last [`Input::budget`], and how many may be.
    given: usize,
    budget: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Unread,
    Utf8,
    Utf16 { little: bool },
    Windows1252,
}

impl<'a> Input<'a> {
    pub(crate) fn new(source: &'a mut dyn BufRead) -> Self {
        Self {
            source,
            mark: Mark::Unread,
            turned: Vec::new(),
            at: 0,
            half: None,
            surrogate: None,
            line: 1,
            given: 0,
            budget: usize::MAX,
        }
    }

    /// The line that is being read, from 1.
    pub(crate) fn line(&self) -> usize {
        self.line
    }

    /// Allows so many bytes until it is called again; reading more is [`is_over_budget`]. So that one item cannot take
    /// all memory.
    pub(crate) fn budget(&mut self, bytes: usize) {
        self.given = 0;
        self.budget = bytes;
    }

    /// The next line without its end; cut one byte behind `limit` where it is longer. Nothing at the end.
    pub(crate) fn next_line(&mut self, limit: usize) -> io::Result<Option<Line>> {
        let number = self.line;
        let mut bytes = Vec::new();
        let mut any = false;
        loop {
            let piece = self.fill_buf()?;
            any |= !piece.is_empty();
            let end = piece.iter().position(|b| *b == b'\n');
            let taken = piece.get(..end.unwrap_or(piece.len())).unwrap_or(piece);
            let room = (limit + 1).saturating_sub(bytes.len());
            bytes.extend_from_slice(taken.get(..room).unwrap_or(taken));
            let used = taken.len() + usize::from(end.is_some());
            let over = piece.is_empty() || end.is_some() || bytes.len() > limit;
            self.consume(used);
            if over {
                return Ok(any.then_some(Line { number, bytes }));
            }
        }
    }

    fn find_mark(&mut self) -> io::Result<()> {
        // A source may give its first bytes one at a time.
        let mut head = Vec::with_capacity(HEAD_BYTES);
        while head.len() < HEAD_BYTES {
            let piece = self.source.fill_buf()?;
            let wanted = piece.len().min(HEAD_BYTES - head.len());
            let Some(piece) = piece.get(..wanted).filter(|p| !p.is_empty()) else {
                break;
            };
            head.extend_from_slice(piece);
            self.source.consume(wanted);
        }
        let body = match head.as_slice() {
            [0xef, 0xbb, 0xbf, body @ ..] => {
                self.mark = Mark::Utf8;
                body
            }
            [0xff, 0xfe, body @ ..] => {
                self.mark = Mark::Utf16 { little: true };
                body
            }
            [0xfe, 0xff, body @ ..] => {
                self.mark = Mark::Utf16 { little: false };
                body
            }
            body => {
                self.mark = declared(body);
                body
            }
        };
        self.take(body);
        Ok(())
    }

    /// Adds bytes to what is turned, as the encoding asks.
    fn take(&mut self, bytes: &[u8]) {
        match self.mark {
            Mark::Utf16 { little } => self.turn(bytes, little),
            Mark::Windows1252 => {
                let mut buffer = [0; 4];
                for byte in bytes {
                    let c = windows_1252(*byte).encode_utf8(&mut buffer);
                    self.turned.extend_from_slice(c.as_bytes());
                }
            }
            Mark::Unread | Mark::Utf8 => self.turned.extend_from_slice(bytes),
        }
    }

    /// Adds UTF-16 to what is turned; a surrogate without its partner becomes U+FFFD.
    fn turn(&mut self, bytes: &[u8], little: bool) {
        let mut push = |c: char| {
            let mut buffer = [0; 4];
            self.turned
                .extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
        };
        for byte in bytes {
            let Some(first) = self.half.take() else {
                self.half = Some(*byte);
                continue;
            };
            let unit = if little {
                u16::from_le_bytes([first, *byte])
            } else {
                u16::from_be_bytes([first, *byte])
            };
            let units = self.surrogate.take().into_iter().chain([unit]);
            for decoded in char::decode_utf16(units) {
                match decoded {
                    Ok(c) => push(c),
                    Err(e)
                        if (0xd800..0xdc00).contains(&e.unpaired_surrogate())
                            && e.unpaired_surrogate() == unit =>
                    {
                        self.surrogate = Some(unit);
                    }
                    Err(_) => push(char::REPLACEMENT_CHARACTER),
                }
            }
        }
    }
}

/// One line.
pub(crate) struct Line {
    /// Its number, from 1.
    pub(crate) number: usize,
    /// Its bytes without the line end; one more than the limit where it is longer.
    pub(crate) bytes: Vec<u8>,
}

/// Whether an error says that an item was longer than its budget.
pub(crate) fn is_over_budget(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::FileTooLarge
}

impl BufRead for Input<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.given > self.budget {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        if self.mark == Mark::Unread {
            self.find_mark()?;
        }
        while self.at >= self.turned.len() {
            self.turned.clear();
            self.at = 0;
            let piece = self.source.fill_buf()?;
            let piece = piece.get(..PIECE_BYTES).unwrap_or(piece);
            if self.mark == Mark::Utf8 {
                // Asked again for the borrow; nothing is read twice.
                let piece = self.source.fill_buf()?;
                return Ok(piece.get(..PIECE_BYTES).unwrap_or(piece));
            }
            if piece.is_empty() {
                break;
            }
            let bytes = piece.to_vec();
            self.source.consume(bytes.len());
            self.take(&bytes);
        }
        Ok(self.turned.get(self.at..).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        let own = self.turned.get(self.at..).unwrap_or_default();
        let from_source = own.is_empty();
        let piece = if from_source {
            // Already filled: this gives the same bytes again and reads nothing.
            self.source.fill_buf().unwrap_or_default()
        } else {
            own
        };
        let used = piece.get(..amount).unwrap_or(piece);
        self.line += used.iter().filter(|b| **b == b'\n').count();
        self.given = self.given.saturating_add(amount);
        if from_source {
            self.source.consume(amount);
        } else {
            self.at += amount;
        }
    }
}

impl Read for Input<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let piece = self.fill_buf()?;
        let amount = piece.len().min(out.len());
        for (to, from) in out.iter_mut().zip(piece) {
            *to = *from;
        }
        self.consume(amount);
        Ok(amount)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<String> {
        for room in [1, 2, 3, 7, 8_192] {
            let mut source = io::BufReader::with_capacity(room, bytes);
            let mut input = Input::new(&mut source);
            let mut lines = Vec::new();
            while let Some(line) = input.next_line(10_000).unwrap() {
                assert_eq!(line.number, lines.len() + 1);
                lines.push(decode(&line.bytes).into_owned());
            }
            if room == 8_192 {
                return lines;
            }
        }
        Vec::new()
    }

    #[test]
    fn every_encoding_gives_the_same_lines() {
        let text = "Jos\u{e9}\nМария\n\u{1f6a2}";
        let wide = |little: bool| {
            let mark = [0xfeff_u16].into_iter().chain(text.encode_utf16());
            mark.flat_map(move |u| {
                if little {
                    u.to_le_bytes()
                } else {
                    u.to_be_bytes()
                }
            })
            .collect::<Vec<u8>>()
        };
        let marked = ["\u{FEFF}".as_bytes(), text.as_bytes()].concat();
        for bytes in [text.as_bytes(), &marked, &wide(true), &wide(false)] {
            assert_eq!(lines(bytes).join("\n"), text);
        }
        assert_eq!(lines(b"Jos\xe9 \x80\x93").concat(), "José €“");
        let declared = b"<?xml version='1.0' encoding='ISO-8859-1'?>\n\xe9";
        assert_eq!(lines(declared)[1].as_bytes(), "é".as_bytes());
        assert!(lines(b"").is_empty());
        assert_eq!(lines(b"\n\na").len(), 3);
    }

    #[test]
    fn half_a_character_is_replaced_and_not_lost_in_silence() {
        assert_eq!(lines(b"\xff\xfea\0\x3d\xd8b\0").concat(), "a\u{FFFD}b");
    }

    #[test]
    fn a_long_line_is_cut_and_a_long_item_refused() {
        let bytes = vec![b'a'; 1_000];
        let mut source = bytes.as_slice();
        let mut input = Input::new(&mut source);
        let line = input.next_line(10).unwrap().unwrap();
        assert_eq!(line.bytes.len(), 11);
        let bytes = vec![b'a'; 100_000];
        let mut source = io::BufReader::new(bytes.as_slice());
        let mut input = Input::new(&mut source);
        input.budget(10_000);
        let mut all = Vec::new();
        assert!(is_over_budget(&input.read_to_end(&mut all).unwrap_err()));
    }
}
