//! Writes a word of any script in Latin letters.
//!
//! Cyrillic, Greek, Arabic, Hebrew, Hangul and Kana have tables of their own, because authorities and machines write names
//! from them by sound and not letter by letter; everything else goes by `any_ascii`. Scripts that leave vowels out are
//! marked, so that the comparison does not ask for what was never written.

mod abjad;
mod cyrillic;
mod greek;
mod han;
mod hangul;
mod kana;

/// A run of letters and digits of one writing, in ASCII.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    /// Lower case, letters and digits.
    pub(crate) latin: String,
    /// Whether the script leaves vowels out.
    pub(crate) vowelless: bool,
    /// Whether it is one syllable of a script that does not part words.
    pub(crate) syllable: bool,
}

/// How a character is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writing {
    Latin,
    Cyrillic,
    Greek,
    Arabic,
    Hebrew,
    Hangul,
    Kana,
    Han,
    /// Another script that leaves out vowels, or whose letters give consonants alone.
    Vowelless,
    Other,
}

fn writing(c: char) -> Writing {
    match c {
        '\u{0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}' => Writing::Latin,
        '\u{370}'..='\u{3FF}' | '\u{1F00}'..='\u{1FFF}' => Writing::Greek,
        '\u{400}'..='\u{52F}' | '\u{1C80}'..='\u{1C8F}' | '\u{2DE0}'..='\u{2DFF}' => {
            Writing::Cyrillic
        }
        '\u{590}'..='\u{5FF}' => Writing::Hebrew,
        '\u{600}'..='\u{6FF}' | '\u{750}'..='\u{77F}' | '\u{8A0}'..='\u{8FF}' => Writing::Arabic,
        '\u{700}'..='\u{74F}'
        | '\u{780}'..='\u{7BF}'
        | '\u{900}'..='\u{109F}'
        | '\u{1780}'..='\u{17FF}' => Writing::Vowelless,
        '\u{3040}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' => Writing::Kana,
        '\u{3005}'
        | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{3134F}' => Writing::Han,
        '\u{AC00}'..='\u{D7AF}' => Writing::Hangul,
        _ => Writing::Other,
    }
}

/// Whether a character that is no letter stands within a word of its script: vowel killers, tone marks.
pub(super) fn is_within(c: char) -> bool {
    writing(c) == Writing::Vowelless
        && !c.is_whitespace()
        && !matches!(
            c,
            '\u{964}' | '\u{965}' | '\u{E2F}' | '\u{E5A}' | '\u{E5B}' | '\u{104A}' | '\u{104B}'
        )
}

/// Writes one word, cut where the writing changes. `person` tells how a script without spaces is parted.
pub(super) fn write(word: &str, person: bool, out: &mut Vec<Word>) {
    let mut rest = word;
    while let Some(first) = rest.chars().next() {
        let kind = writing(first);
        let end = rest
            .char_indices()
            .find(|(_, c)| !continues(kind, *c))
            .map_or(rest.len(), |(at, _)| at);
        let (run, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        write_run(kind, run, person, out);
        rest = after;
    }
}

/// Whether a character goes on with a run. Digits and letters without a table of their own go with their neighbours.
fn continues(kind: Writing, c: char) -> bool {
    let next = writing(c);
    next == kind || (c.is_ascii_digit() && !matches!(kind, Writing::Han | Writing::Hangul))
}

fn write_run(kind: Writing, run: &str, person: bool, out: &mut Vec<Word>) {
    let plain = |latin: String, vowelless: bool| Word {
        latin,
        vowelless,
        syllable: false,
    };
    match kind {
        Writing::Cyrillic => out.push(plain(cyrillic::latin(run), false)),
        Writing::Greek => out.push(plain(greek::latin(run), false)),
        Writing::Arabic => abjad::arabic(run, out),
        Writing::Hebrew => out.push(plain(abjad::hebrew(run), true)),
        Writing::Hangul => hangul::syllables(run, person, out),
        Writing::Kana => out.push(plain(kana::latin(run), false)),
        Writing::Han => han::syllables(run, person, out),
        Writing::Vowelless => out.push(plain(ascii(run), true)),
        Writing::Latin | Writing::Other => out.push(plain(ascii(run), false)),
    }
    out.retain(|word| !word.latin.is_empty());
}

/// Letter by letter, lower case, letters and digits alone.
fn ascii(run: &str) -> String {
    run.chars()
        .flat_map(|c| any_ascii::any_ascii_char(c).chars())
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(word: &str) -> String {
        let mut out = Vec::new();
        write(word, true, &mut out);
        let latin: Vec<_> = out.into_iter().map(|w| w.latin).collect();
        latin.join(" ")
    }

    #[test]
    fn every_script_has_its_sound() {
        for (native, latin) in [
            ("Хрущёв", "khrushchev"),
            ("Евгений", "yevgeniy"),
            ("Юрій", "yuriy"),
            ("Ђоковић", "djokovic"),
            ("Παπαδόπουλος", "papadopoulos"),
            ("Μπουτάρης", "boutaris"),
            ("Ευάγγελος", "evangelos"),
            ("محمد", "mhmd"),
            ("عبدالرحمن", "abd rhmn"),
            ("יוסף", "ywsf"),
            ("김정은", "kim jong un"),
            ("리설주", "ri sol ju"),
            ("シャルル", "sharuru"),
            ("きょうこ", "kyouko"),
            ("习近平", "xi jin ping"),
            ("欧阳锋", "ouyang feng"),
        ] {
            assert_eq!(written(native), latin, "{native}");
        }
    }
}
