//! Takes off what the eye does not see, and undresses letters that pass for others.
//!
//! Invisible and bidirectional characters go; compatibility forms become plain ones (NFKC, Unicode Standard Annex 15);
//! diacritics that may be left out go. A letter of another script that only looks like its neighbours (Unicode Technical
//! Standard 39, confusables) becomes the letter it passes for: within a word that mixes scripts, and for a whole word of
//! look-alikes in a name that is otherwise Latin.

use unicode_normalization::UnicodeNormalization as _;
use unicode_security::confusable_detection::skeleton;

/// Lower-case letters that pass for Latin ones in print and that the standard's table, which compares shapes exactly, leaves
/// out.
const LOOSE: &[(char, char)] = &[
    ('в', 'b'),
    ('к', 'k'),
    ('м', 'm'),
    ('н', 'h'),
    ('т', 't'),
    ('ѵ', 'v'),
    ('α', 'a'),
    ('β', 'b'),
    ('ε', 'e'),
    ('η', 'n'),
    ('ι', 'i'),
    ('κ', 'k'),
    ('ν', 'v'),
    ('ρ', 'p'),
    ('τ', 't'),
    ('υ', 'u'),
    ('χ', 'x'),
    ('ω', 'w'),
];

/// Latin letters and the Cyrillic ones that they pass for.
const CYRILLIC: &[(char, char)] = &[
    ('a', 'а'),
    ('e', 'е'),
    ('o', 'о'),
    ('p', 'р'),
    ('c', 'с'),
    ('y', 'у'),
    ('x', 'х'),
    ('k', 'к'),
    ('i', 'і'),
    ('j', 'ј'),
    ('s', 'ѕ'),
    ('b', 'в'),
    ('h', 'н'),
    ('m', 'м'),
    ('t', 'т'),
    ('u', 'и'),
    ('n', 'п'),
    ('r', 'г'),
];

/// The text without what is invisible, in plain forms, with look-alikes undressed.
pub(super) fn clean(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    plain.extend(
        text.chars()
            .filter(|c| !is_invisible(*c))
            .map(|c| match c {
                // The plain form of a lunate sigma is another letter than it passes for.
                '\u{3F2}' => 'c',
                '\u{3F9}' => 'C',
                _ => c,
            })
            .nfkc()
            .filter(|c| !is_mark(*c) && !is_invisible(*c)),
    );
    if plain.is_ascii() {
        return plain;
    }
    let (mut latin, mut other) = (0_usize, 0_usize);
    for c in plain.chars().filter(|c| c.is_alphabetic()) {
        *if is_latin(c) { &mut latin } else { &mut other } += 1;
    }
    if other == 0 || (latin == 0 && !mixes_foreign(&plain)) {
        return plain;
    }
    let words = || plain.split_inclusive(|c: char| !c.is_alphanumeric());
    let latin_name = latin > other || words().any(is_dressed);
    let mut out = String::with_capacity(plain.len());
    for word in words() {
        undress(word, latin_name, &mut out);
    }
    out
}

/// Whether a word mixes Latin letters with others that all pass for Latin ones.
fn is_dressed(word: &str) -> bool {
    let letters = || word.chars().filter(|c| c.is_alphabetic());
    letters().any(is_latin) && !letters().all(is_latin) && letters().all(|c| as_latin(c).is_some())
}

/// Whether Greek and Cyrillic letters stand in one word, which no writing does.
fn mixes_foreign(text: &str) -> bool {
    let greek = |c: char| matches!(c, '\u{370}'..='\u{3FF}');
    let cyrillic = |c: char| matches!(c, '\u{400}'..='\u{52F}');
    text.split(|c: char| !c.is_alphanumeric())
        .any(|word| word.contains(greek) && word.contains(cyrillic))
}

/// One word. A word of one script stays, unless the name is Latin and every letter of the word passes for a Latin one.
fn undress(word: &str, latin_name: bool, out: &mut String) {
    let letters = || word.chars().filter(|c| c.is_alphabetic());
    let foreign = letters().filter(|c| !is_latin(*c)).count();
    if foreign == 0 {
        return out.push_str(word);
    }
    let mixed = foreign < letters().count() || mixes_foreign(word);
    let to_latin: Option<String> = word.chars().map(as_latin).collect();
    match to_latin {
        Some(latin) if mixed || latin_name => out.push_str(&latin),
        _ if mixed => out.extend(word.chars().map(as_cyrillic)),
        _ => out.push_str(word),
    }
}

/// The Latin letter that a character is or passes for; whatever is no letter stays.
fn as_latin(c: char) -> Option<char> {
    if is_latin(c) || !c.is_alphabetic() {
        return Some(c);
    }
    let mut buffer = [0_u8; 4];
    let mut shape = skeleton(c.encode_utf8(&mut buffer));
    if let (Some(like), None) = (shape.next(), shape.next())
        && like.is_ascii_alphanumeric()
    {
        // The table's shape for a capital I is a small L.
        return Some(if like == 'l' && c.is_uppercase() {
            'I'
        } else {
            like
        });
    }
    let lower = c.to_lowercase().next()?;
    LOOSE
        .iter()
        .find(|(from, _)| *from == lower)
        .map(|(_, to)| *to)
}

fn as_cyrillic(c: char) -> char {
    let lower = c.to_ascii_lowercase();
    CYRILLIC
        .iter()
        .find(|(from, _)| *from == lower)
        .map_or(c, |(_, to)| *to)
}

/// Letters of the Latin blocks.
fn is_latin(c: char) -> bool {
    c.is_ascii_alphabetic()
        || matches!(c, '\u{AA}' | '\u{BA}' | '\u{C0}'..='\u{24F}' | '\u{250}'..='\u{2AF}' | '\u{2B0}'..='\u{2FF}' | '\u{1E00}'..='\u{1EFF}'
            | '\u{2C60}'..='\u{2C7F}' | '\u{A720}'..='\u{A7FF}' | '\u{AB30}'..='\u{AB6F}')
}

/// Characters that show nothing: controls of writing direction, joiners, variation selectors, fillers, tags.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{0}'..='\u{8}' | '\u{E}'..='\u{1F}' | '\u{7F}'..='\u{84}' | '\u{86}'..='\u{9F}'
        | '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
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
mod tests {
    use super::*;

    #[test]
    fn look_alikes_become_what_they_pass_for() {
        for (dressed, plain) in [
            ("Vоlkоv Аrkаdy", "Volkov Arkady"),
            ("VOLKOV АРКА", "VOLKOV APKA"),
            ("Βοlkοv", "Bolkov"),
            ("ΕР-ΙFA", "EP-IFA"),
            ("Petroνiϲh", "Petrovich"),
            ("Аркадий", "Аркадий"),
            ("Аpкадий", "Аркадий"),
            ("Иван Petrovsky", "Иван Petrovsky"),
        ] {
            assert_eq!(clean(dressed), plain, "{dressed}");
        }
    }

    #[test]
    fn what_is_invisible_goes() {
        assert_eq!(clean("\u{202E}Vol\u{200B}kov\u{FEFF}\u{E0041}"), "Volkov");
        assert_eq!(clean("מוֹשֶׁה"), "מושה");
    }
}
