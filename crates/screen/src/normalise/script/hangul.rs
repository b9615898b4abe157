//! Korean, syllable by syllable, near McCune-Reischauer without marks, as lists write names from the peninsula; family names
//! in the spelling that lists use for them.

use super::Word;

const INITIALS: [&str; 19] = [
    "k", "kk", "n", "d", "tt", "r", "m", "p", "pp", "s", "ss", "", "j", "jj", "ch", "k", "t", "p",
    "h",
];
const VOWELS: [&str; 21] = [
    "a", "ae", "ya", "yae", "o", "e", "yo", "ye", "o", "wa", "wae", "oe", "yo", "u", "wo", "we",
    "wi", "yu", "u", "ui", "i",
];
const FINALS: [&str; 28] = [
    "", "k", "k", "k", "n", "n", "n", "t", "l", "k", "m", "l", "l", "l", "p", "l", "m", "p", "p",
    "t", "t", "ng", "t", "t", "k", "t", "p", "t",
];

/// First Hangul syllable.
const BASE: u32 = 0xAC00;

/// Family names whose Latin spelling does not follow the sounds.
const FAMILY: &[(char, &str)] = &[
    ('이', "ri"),
    ('리', "ri"),
    ('박', "pak"),
    ('최', "choe"),
    ('임', "rim"),
    ('유', "yu"),
    ('류', "ryu"),
    ('노', "no"),
    ('우', "u"),
    ('백', "paek"),
];

/// Each syllable is a word of its own: lists part and join them at will.
pub(super) fn syllables(run: &str, person: bool, out: &mut Vec<Word>) {
    for (at, c) in run.chars().enumerate() {
        let family = FAMILY
            .iter()
            .find(|(name, _)| person && at == 0 && *name == c)
            .map(|(_, latin)| (*latin).to_owned());
        out.push(Word {
            latin: family.unwrap_or_else(|| syllable(c)),
            vowelless: false,
            syllable: true,
        });
    }
}

fn syllable(c: char) -> String {
    let Some(number) = u32::from(c)
        .checked_sub(BASE)
        .and_then(|n| usize::try_from(n).ok())
    else {
        return super::ascii(c.encode_utf8(&mut [0; 4]));
    };
    let part = |list: &[&'static str], at: usize| list.get(at).copied().unwrap_or("");
    let initial = part(&INITIALS, number / (21 * 28));
    let vowel = part(&VOWELS, number / 28 % 21);
    let last = part(&FINALS, number % 28);
    format!("{initial}{vowel}{last}")
}
