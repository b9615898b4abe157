//! Names as a zone spells them: the recommended transliterations of Doc 9303 part 3, section 6, Latin and Cyrillic.
//!
//! Where the standard leaves a choice (`Ä` as `AE` or `A`) the first is taken. Latin letters that are not named lose
//! their marks. Other scripts have no spelling here, since it depends on the state: the answer is `None`, never a guess.

use unicode_normalization::UnicodeNormalization as _;

/// Latin letters that are more than a letter with a mark, in upper case.
const LATIN: &[(char, &str)] = &[
    ('Ä', "AE"),
    ('Å', "AA"),
    ('Æ', "AE"),
    ('Ð', "D"),
    ('Đ', "D"),
    ('Ħ', "H"),
    ('I', "I"),
    ('İ', "I"),
    ('Ĳ', "IJ"),
    ('ĸ', "Q"),
    ('Ł', "L"),
    ('Ŀ', "L"),
    ('ŉ', "N"),
    ('Ŋ', "N"),
    ('Ö', "OE"),
    ('Ø', "OE"),
    ('Œ', "OE"),
    ('ẞ', "SS"),
    ('ß', "SS"),
    ('Þ', "TH"),
    ('Ŧ', "T"),
    ('Ü', "UE"),
];

/// Cyrillic letters in upper case; the exceptions of single languages are left to those who know the language.
const CYRILLIC: &[(char, &str)] = &[
    ('А', "A"),
    ('Б', "B"),
    ('В', "V"),
    ('Г', "G"),
    ('Д', "D"),
    ('Е', "E"),
    ('Ё', "E"),
    ('Ж', "ZH"),
    ('З', "Z"),
    ('И', "I"),
    ('Й', "I"),
    ('К', "K"),
    ('Л', "L"),
    ('М', "M"),
    ('Н', "N"),
    ('О', "O"),
    ('П', "P"),
    ('Р', "R"),
    ('С', "S"),
    ('Т', "T"),
    ('У', "U"),
    ('Ф', "F"),
    ('Х', "KH"),
    ('Ц', "TS"),
    ('Ч', "CH"),
    ('Ш', "SH"),
    ('Щ', "SHCH"),
    ('Ъ', "IE"),
    ('Ы', "Y"),
    ('Ь', ""),
    ('Э', "E"),
    ('Ю', "IU"),
    ('Я', "IA"),
    ('І', "I"),
    ('Ї', "I"),
    ('Є', "IE"),
    ('Ґ', "G"),
    ('Ў', "U"),
    ('Ђ', "D"),
    ('Ѓ', "G"),
    ('Ѕ', "DZ"),
    ('Ј', "J"),
    ('Љ', "LJ"),
    ('Њ', "NJ"),
    ('Ћ', "C"),
    ('Ќ', "K"),
    ('Џ', "DZ"),
    ('Ѵ', "Y"),
    ('Ѳ', "F"),
    ('Ѫ', "U"),
];

/// A name as a zone spells it: `A` to `Z`, with one `<` between its parts; apostrophes and full stops are left out.
/// `None` if a letter has no spelling here, or nothing is left.
#[must_use]
pub fn transliterate(name: &str) -> Option<String> {
    let mut out = String::new();
    for character in name.nfc() {
        if character.is_whitespace() || matches!(character, '-' | '\u{2010}' | '\u{2011}' | ',') {
            if !out.is_empty() && !out.ends_with('<') {
                out.push('<');
            }
        } else if !matches!(
            character,
            '\'' | '\u{2019}' | '\u{2bc}' | '`' | '\u{b4}' | '.'
        ) {
            spell(character, &mut out)?;
        }
    }
    while out.ends_with('<') {
        out.pop();
    }
    Some(out).filter(|text| !text.is_empty())
}

fn spell(character: char, out: &mut String) -> Option<()> {
    let named = |letter: char| {
        let mut tables = LATIN.iter().chain(CYRILLIC);
        tables
            .find(|(known, _)| *known == letter)
            .map(|(_, text)| *text)
    };
    if let Some(text) = named(character) {
        out.push_str(text);
        return Some(());
    }
    for upper in character.to_uppercase() {
        if let Some(text) = named(upper) {
            out.push_str(text);
            continue;
        }
        let base = upper.nfd().next()?;
        if !base.is_ascii_uppercase() {
            return None;
        }
        out.push(base);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_spelt_as_in_a_zone() {
        for (name, zone) in [
            ("Térèse Ångström", "TERESE<AANGSTROEM"),
            ("van der Müller-Weiß", "VAN<DER<MUELLER<WEISS"),
            ("O’Connor", "OCONNOR"),
            ("Łukasz Ćwikła", "LUKASZ<CWIKLA"),
            ("Юлия Щербакова", "IULIIA<SHCHERBAKOVA"),
            ("  D.  J.  ", "D<J"),
            ("ıslak", "ISLAK"),
            ("e\u{301}", "E"),
        ] {
            assert_eq!(transliterate(name).as_deref(), Some(zone), "{name}");
        }
        for name in ["محمد", "王", "", "-", "4"] {
            assert_eq!(transliterate(name), None, "{name}");
        }
    }
}
