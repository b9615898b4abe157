//! How many cells of a terminal a text takes, and texts that a terminal cannot be tricked with.
//!
//! East Asian wide characters and pictures take two cells, combining marks none (Unicode Standard Annex 11, the ranges
//! that names and places use).

use unicode_normalization::char::is_combining_mark;

/// First and last of the ranges that take two cells.
const WIDE: [(u32, u32); 12] = [
    (0x1100, 0x115F),
    (0x2E80, 0x303E),
    (0x3041, 0x33FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xA000, 0xA4CF),
    (0xAC00, 0xD7A3),
    (0xF900, 0xFAFF),
    (0xFE30, 0xFE6F),
    (0xFF00, 0xFF60),
    (0xFFE0, 0xFFE6),
    (0x1F300, 0x3FFFD),
];

/// First and last of the ranges that are read from right to left.
const RIGHT_TO_LEFT: [(u32, u32); 4] = [
    (0x0590, 0x08FF),
    (0xFB1D, 0xFDFF),
    (0xFE70, 0xFEFC),
    (0x10800, 0x10FFF),
];

/// Makes a right-to-left name end before the next column.
const LEFT_TO_RIGHT_MARK: char = '\u{200E}';

/// Cells that a text takes.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(cells).sum()
}

fn cells(c: char) -> usize {
    if is_invisible(c) || is_combining_mark(c) {
        0
    } else if within(c, &WIDE) {
        2
    } else {
        1
    }
}

fn within(c: char, ranges: &[(u32, u32)]) -> bool {
    ranges
        .iter()
        .any(|(first, last)| (*first..=*last).contains(&u32::from(c)))
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{2064}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}')
}

/// The text without what a terminal obeys: control characters and reordering marks.
pub(super) fn shown(text: &str) -> String {
    let reorders = |c: char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let harmless = |c: char| {
        if c.is_control() || reorders(c) {
            '·'
        } else {
            c
        }
    };
    text.chars().map(harmless).collect()
}

/// The text, or as much of it as fits with an ellipsis.
pub(super) fn cut(text: &str, room: usize) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0;
    for c in text.chars() {
        if used + cells(c) > room.saturating_sub(1) {
            break;
        }
        used += cells(c);
        kept.push(c);
    }
    kept.push('…');
    kept
}

/// The text with spaces to a width.
pub(super) fn padded(text: &str, room: usize, right: bool) -> String {
    let space = " ".repeat(room.saturating_sub(width(text)));
    let mark = text.chars().any(|c| within(c, &RIGHT_TO_LEFT));
    let mark = mark.then_some(LEFT_TO_RIGHT_MARK);
    let mark = mark.map(String::from).unwrap_or_default();
    if right {
        format!("{space}{text}{mark}")
    } else {
        format!("{text}{mark}{space}")
    }
}
