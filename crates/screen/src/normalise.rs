//! Folds a name so that spellings which any reader takes for the same name become equal.
//!
//! In this order: what is invisible goes and look-alikes are undressed, every script becomes Latin letters by sound,
//! diacritics go, case goes, punctuation parts words, words that do not identify go (titles, legal forms), and the rest is
//! sorted. Sorting makes `SURNAME, Given` and `Given Surname` equal without knowing which is which.
//!
//! Repeated parts count (`Sirhan Sirhan` is not `Sirhan`).

mod clean;
mod forms;
mod script;

use crate::Kind;

use script::Word;

/// Longest name that is folded, in characters. The longest name in published lists has under 400; beyond a thousand it is
/// no name, and folding it would only cost time.
pub const MAX_NAME_CHARS: usize = 1_000;

/// One part of a name in Latin letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// Lower-case letters and digits.
    pub(crate) text: String,
    /// Whether it comes from a script that leaves vowels out.
    pub(crate) vowelless: bool,
    /// Whether it is one syllable of a script that does not part words.
    pub(crate) syllable: bool,
}

impl Part {
    #[cfg(test)]
    fn plain(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            vowelless: false,
            syllable: false,
        }
    }
}

/// The parts of a name in their order, without the words that do not identify. Nothing if no letter or digit is left, or the
/// name is longer than [`MAX_NAME_CHARS`].
pub(crate) fn parts(kind: Kind, name: &str) -> Option<Vec<Part>> {
    if name.len() > MAX_NAME_CHARS && name.chars().count() > MAX_NAME_CHARS {
        return None;
    }
    let mut parts = split(
        name,
        kind == Kind::Person,
        !matches!(kind, Kind::Person | Kind::Party),
    );
    match kind {
        Kind::Person => forms::drop_titles(&mut parts),
        Kind::Organisation => forms::drop_legal_forms(&mut parts),
        Kind::Vessel => forms::drop_vessel_prefixes(&mut parts),
        // A party may be a person or an organisation: it is folded as each of them, and here as neither.
        Kind::Aircraft | Kind::Party => {}
    }
    (!parts.is_empty()).then_some(parts)
}

/// The key under which a name of this kind is equal however it is written: its parts sorted. Nothing if no letter or digit
/// is left, or the name is longer than [`MAX_NAME_CHARS`].
#[must_use]
pub fn fold(kind: Kind, name: &str) -> Option<String> {
    let mut parts = parts(kind, name)?;
    parts.sort_unstable_by(|a, b| a.text.cmp(&b.text));
    Some(join(&parts))
}

/// The words of a text in their order: Latin letters and digits in lower case, one space between words.
#[must_use]
pub fn words(text: &str) -> String {
    join(&split(text, false, false))
}

fn join(parts: &[Part]) -> String {
    let texts: Vec<&str> = parts.iter().map(|p| p.text.as_str()).collect();
    texts.join(" ")
}

/// `SURNAME, Given Names` as `Given Names SURNAME`; nothing if the name is not written surname first.
#[must_use]
pub fn given_first(name: &str) -> Option<String> {
    let (surname, given) = name.split_once(',')?;
    let (surname, given) = (surname.trim(), given.trim());
    (!surname.is_empty() && !given.is_empty()).then(|| format!("{given} {surname}"))
}

/// Splits at everything that is neither letter nor digit and writes each word in Latin. With `joins_initials` a point
/// between two single letters joins them (`S.A.` is `sa`); for persons initials stay apart.
fn split(text: &str, person: bool, joins_initials: bool) -> Vec<Part> {
    if text.is_ascii() {
        return split_ascii(text, joins_initials);
    }
    let clean = clean::clean(text);
    if clean.is_ascii() {
        return split_ascii(&clean, joins_initials);
    }
    let mut words: Vec<Word> = Vec::new();
    let mut word = String::new();
    let mut chars = clean.chars().peekable();
    while let Some(c) = chars.next() {
        if is_apostrophe(c) {
        } else if c.is_alphanumeric() || script::is_within(c) {
            word.push(c);
        } else if c == '&' {
            script::write(&std::mem::take(&mut word), person, &mut words);
            script::write("and", person, &mut words);
        } else if let Some(letter) = letter_of_symbol(c, word.chars().last(), chars.peek().copied())
        {
            word.push(letter);
        } else if !(joins_initials && c == '.' && word.chars().count() == 1) {
            script::write(&std::mem::take(&mut word), person, &mut words);
        }
    }
    script::write(&word, person, &mut words);
    words.into_iter().map(part).collect()
}

fn part(word: Word) -> Part {
    Part {
        text: word.latin,
        vowelless: word.vowelless,
        syllable: word.syllable,
    }
}

/// The same for a text that is ASCII, which most are.
fn split_ascii(text: &str, joins_initials: bool) -> Vec<Part> {
    let bytes = text.as_bytes();
    let at = |at: usize| bytes.get(at).copied();
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
    let mut parts = Vec::with_capacity(6);
    let mut part = String::new();
    let mut end = |part: &mut String| {
        if !part.is_empty() {
            parts.push(Part {
                text: std::mem::take(part),
                vowelless: false,
                syllable: false,
            });
        }
    };
    for (place, byte) in bytes.iter().enumerate() {
        let c = char::from(*byte);
        let before = place.checked_sub(1).and_then(at).map(char::from);
        if c.is_ascii_alphanumeric() {
            part.push(c.to_ascii_lowercase());
        } else if is_apostrophe(c) || (c == '.' && joins(place)) {
        } else if c == '&' {
            end(&mut part);
            part.push_str("and");
            end(&mut part);
        } else if let Some(letter) = letter_of_symbol(c, before, at(place + 1).map(char::from)) {
            part.push(letter);
        } else {
            end(&mut part);
        }
    }
    end(&mut part);
    parts
}

/// Apostrophes join (`O'Brien`, `Sa'id`), and transliteration writes the glottal stop as one.
fn is_apostrophe(c: char) -> bool {
    matches!(
        c,
        '\'' | '`' | '\u{B4}' | '\u{2B0}'..='\u{2FF}' | '\u{2018}'..='\u{201B}' | '\u{2032}' | '\u{A78B}' | '\u{A78C}'
    )
}

/// A sign within a word that stands for the letter it looks like.
fn letter_of_symbol(c: char, before: Option<char>, after: Option<char>) -> Option<char> {
    let letter = match c {
        '@' => 'a',
        '$' => 's',
        '!' | '|' => 'i',
        '€' => 'e',
        _ => return None,
    };
    let within = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    (within(before) && within(after)).then_some(letter)
}

#[cfg(test)]
mod tests;
