//! Folds a name so that spellings which any reader takes for the same name become equal.
//!
//! In this order: invisible and bidirectional characters go (they break words apart for a machine and not for the eye),
//! compatibility forms become plain ones (NFKC, Unicode Standard Annex 15), every script becomes Latin letters
//! (`any_ascii`), diacritics go, case goes, punctuation parts words, words that do not identify go (titles, legal forms),
//! and the rest is sorted. Sorting makes `SURNAME, Given` and `Given Surname` equal without knowing which is which.
//!
//! Repeated parts count (`Sirhan Sirhan` is not `Sirhan`).

mod forms;

use unicode_normalization::UnicodeNormalization as _;

use crate::Kind;

/// Longest name that is folded, in characters. The longest name in published lists has under 400; beyond a thousand it is
/// no name, and folding it would only cost time.
pub const MAX_NAME_CHARS: usize = 1_000;

/// The key under which a name of this kind is found: its parts sorted. Nothing if no letter or digit is left, or the name
/// is longer than [`MAX_NAME_CHARS`].
#[must_use]
pub fn fold(kind: Kind, name: &str) -> Option<String> {
    if name.len() > MAX_NAME_CHARS && name.chars().count() > MAX_NAME_CHARS {
        return None;
    }
    let joins_initials = !matches!(kind, Kind::Person | Kind::Party);
    let latin = latin(name);
    let mut parts: Vec<String> = split(&latin, joins_initials);
    match kind {
        Kind::Person => forms::drop_titles(&mut parts),
        Kind::Organisation => forms::drop_legal_forms(&mut parts),
        Kind::Vessel => forms::drop_vessel_prefixes(&mut parts),
        // A party may be a person or an organisation: it is folded as each of them, and here as neither.
        Kind::Aircraft | Kind::Party => {}
    }
    parts.sort_unstable();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// The words of a text in their order: Latin letters and digits in lower case, one space between words.
#[must_use]
pub fn words(text: &str) -> String {
    split(&latin(text), false).join(" ")
}

/// `SURNAME, Given Names` as `Given Names SURNAME`; nothing if the name is not written surname first.
#[must_use]
pub fn given_first(name: &str) -> Option<String> {
    let (surname, given) = name.split_once(',')?;
    let (surname, given) = (surname.trim(), given.trim());
    (!surname.is_empty() && !given.is_empty()).then(|| format!("{given} {surname}"))
}

/// The text in ASCII, lower case, without invisible characters, diacritics and apostrophes.
fn latin(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    if text.is_ascii() {
        text.chars().for_each(|c| push(&mut out, c));
        return out;
    }
    for c in text.chars().filter(|c| !is_invisible(*c)).nfkc() {
        if c.is_ascii() {
            push(&mut out, c);
        } else if !is_mark(c) {
            let ascii = any_ascii::any_ascii_char(c);
            ascii.chars().for_each(|c| push(&mut out, c));
        }
    }
    out
}

/// Apostrophes join (`O'Brien`, `Sa'id`), and transliteration writes the glottal stop as one; an ampersand is a word.
fn push(out: &mut String, c: char) {
    match c {
        '\'' | '`' => {}
        '&' => out.push_str(" and "),
        _ => out.push(c.to_ascii_lowercase()),
    }
}

/// Splits at everything that is neither letter nor digit. With `joins_initials` a point between two single letters joins
/// them (`S.A.` is `sa`); for persons initials stay apart.
fn split(latin: &str, joins_initials: bool) -> Vec<String> {
    let bytes = latin.as_bytes();
    let letter = |at: Option<usize>| {
        at.and_then(|at| bytes.get(at))
            .is_some_and(u8::is_ascii_alphanumeric)
    };
    let joins = |at: usize| {
        joins_initials
            && letter(at.checked_sub(1))
            && !letter(at.checked_sub(2))
            && letter(Some(at + 1))
            && !letter(Some(at + 2))
    };
    let mut parts = Vec::new();
    let mut part = String::new();
    for (at, c) in latin.char_indices() {
        let joined = c == '.' && joins(at);
        if c.is_ascii_alphanumeric() {
            part.push(c);
        } else if !joined && !part.is_empty() {
            parts.push(std::mem::take(&mut part));
        }
    }
    if !part.is_empty() {
        parts.push(part);
    }
    parts
}

/// Characters that show nothing: controls of writing direction, joiners, variation selectors, fillers, tags.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}')
}

/// Combining diacritics that no composed letter took up, the Arabic vowel signs with the lengthening stroke, and the
/// Hebrew points, all of which are written or left out at will. Vowel signs of Indic scripts are letters and stay.
fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{0300}'..='\u{036F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}'
        | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}'
        | '\u{0640}' | '\u{064B}'..='\u{065F}' | '\u{0670}' | '\u{06D6}'..='\u{06ED}'
        | '\u{0591}'..='\u{05BD}' | '\u{05BF}' | '\u{05C1}' | '\u{05C2}' | '\u{05C4}' | '\u{05C5}')
}

#[cfg(test)]
mod tests;
