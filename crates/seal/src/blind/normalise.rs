//! How a value is brought to one form before it is hashed. Two spellings that a person would call the same must come out
//! the same; what comes out is hashed and never shown.
//!
//! A change here makes stored tokens unfindable: it needs a rebuilt index.
//!
//! Known gaps: an internationalised domain in Unicode and in `xn--` form are two values; a name in Chinese characters is
//! one part, in Latin letters two.

use any_ascii::any_ascii_char;
use unicode_normalization::UnicodeNormalization;

use super::{BlindError, NAME_PARTS_MAX};

/// E.164: at most 15 digits; the shortest international numbers have 7.
const TELEPHONE_DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// Trimmed, NFKC, lower case on both sides of the last `@`, no dot at the end of the domain. The local part is folded
/// although a mail server may tell case apart (RFC 5321, section 2.4): hardly any does, and people do not.
pub(super) fn email(value: &str) -> Result<String, BlindError> {
    let folded = fold(value.trim());
    let (local, domain) = folded.rsplit_once('@').ok_or(BlindError::Email)?;
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    let odd = |c: char| c.is_whitespace() || c.is_control();
    if local.is_empty() || domain.is_empty() || local.contains(odd) || domain.contains(odd) {
        return Err(BlindError::Email);
    }
    Ok(format!("{local}@{domain}"))
}

/// The digits of an international number, without `+` or `00`. Spaces, dots, dashes, slashes and brackets are dropped,
/// and the national `(0)`.
pub(super) fn telephone(value: &str) -> Result<String, BlindError> {
    let plain: String = value
        .trim()
        .nfkc()
        .map(|c| {
            if c.is_numeric() {
                any_ascii_char(c).to_owned()
            } else {
                c.to_string()
            }
        })
        .collect();
    let plain = plain.replace("(0)", "");
    let filler = |c: char| c.is_whitespace() || is_dash(c) || ".()/".contains(c);
    let bare: String = plain.chars().filter(|c| !filler(*c)).collect();
    let digits = bare
        .strip_prefix('+')
        .or_else(|| bare.strip_prefix("00"))
        .ok_or(BlindError::Telephone)?;
    let good = TELEPHONE_DIGITS.contains(&digits.len())
        && digits.bytes().all(|b| b.is_ascii_digit())
        && !digits.starts_with('0');
    if good {
        Ok(digits.to_owned())
    } else {
        Err(BlindError::Telephone)
    }
}

/// Document and national numbers: NFKC, upper case, letters and digits alone. Spaces, dashes, dots, slashes and the
/// filler `<` of machine-readable zones are dropped.
pub(super) fn number(value: &str) -> Result<String, BlindError> {
    let upper: String = value.nfkc().flat_map(char::to_uppercase).nfkc().collect();
    not_empty(upper.chars().filter(|c| c.is_alphanumeric()).collect())
}

/// Account ids: trimmed, NFKC, lower case; everything inside counts.
pub(super) fn account_id(value: &str) -> Result<String, BlindError> {
    not_empty(fold(value.trim()))
}

/// The parts of a name in lower-case ASCII: `JOSÉ García-López` gives `jose`, `garcia`, `lopez`. Apostrophes are dropped
/// (`O'Brien`, `OBrien`); everything else that is neither letter nor digit separates. A letter that has no
/// transliteration stays as it is, so that no part is lost.
pub(super) fn name_parts(value: &str) -> Result<Vec<String>, BlindError> {
    let mut latin = String::with_capacity(value.len());
    for c in value.nfkc() {
        match any_ascii_char(c) {
            "" if c.is_alphanumeric() => latin.extend(c.to_lowercase()),
            text => latin.push_str(text),
        }
    }
    let folded: String = latin
        .chars()
        .filter(|c| !"'`".contains(*c))
        .flat_map(char::to_lowercase)
        .collect();
    let parts: Vec<String> = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect();
    match parts.len() {
        0 => Err(BlindError::Empty),
        n if n > NAME_PARTS_MAX => Err(BlindError::TooManyParts),
        _ => Ok(parts),
    }
}

/// NFKC and lower case, then NFKC again, since lower case can leave its form.
fn fold(value: &str) -> String {
    value.nfkc().flat_map(char::to_lowercase).nfkc().collect()
}

fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

fn not_empty(value: String) -> Result<String, BlindError> {
    if value.contains(char::is_alphanumeric) {
        Ok(value)
    } else {
        Err(BlindError::Empty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails_fold_both_sides() {
        for same in [
            "Ana.Silva@Example.ORG",
            " ana.silva@example.org ",
            "ana.silva@example.org.",
            "ａna.silva@example.org",
        ] {
            assert_eq!(email(same).unwrap(), "ana.silva@example.org");
        }
        assert_eq!(email("a@b@example.org").unwrap(), "a@b@example.org");
        for bad in [
            "",
            "ana",
            "@example.org",
            "ana@",
            "ana@.",
            "ana silva@example.org",
            "ana@exa mple.org",
        ] {
            assert_eq!(email(bad), Err(BlindError::Email), "{bad}");
        }
    }

    #[test]
    fn telephones_come_out_in_e164() {
        for same in [
            "+44 (0)20 7946-0958",
            "0044 20 7946 0958",
            "+442079460958",
            "+٤٤ ٢٠ ٧٩٤٦ ٠٩٥٨",
            "+44.20/7946–0958",
        ] {
            assert_eq!(telephone(same).unwrap(), "442079460958", "{same}");
        }
        for bad in [
            "",
            "+",
            "020 7946 0958",
            "+44 20 x",
            "+123456",
            "+1234567890123456",
            "+044 20 7946 0958",
        ] {
            assert_eq!(telephone(bad), Err(BlindError::Telephone), "{bad}");
        }
    }

    #[test]
    fn numbers_keep_letters_and_digits() {
        for same in ["l898902c<", "L 898-902 C", "L898902C", "Ｌ898902Ｃ"] {
            assert_eq!(number(same).unwrap(), "L898902C");
        }
        assert_eq!(number(" - "), Err(BlindError::Empty));
        assert_eq!(account_id(" ACC-1 ").unwrap(), "acc-1");
        assert_eq!(account_id("--"), Err(BlindError::Empty));
    }

    #[test]
    fn names_fall_into_folded_parts() {
        assert_eq!(
            name_parts("JOSÉ García-López").unwrap(),
            ["jose", "garcia", "lopez"]
        );
        assert_eq!(
            name_parts("O’Brien").unwrap(),
            name_parts("O'BRIEN").unwrap()
        );
        assert_eq!(
            name_parts("Straße Øre Łódź").unwrap(),
            ["strasse", "ore", "lodz"]
        );
        assert_eq!(name_parts("İstanbul").unwrap(), ["istanbul"]);
        assert_eq!(name_parts("Пётр").unwrap(), name_parts("ПЁТР").unwrap());
        assert_eq!(name_parts("…"), Err(BlindError::Empty));
        assert_eq!(
            name_parts(&"a ".repeat(NAME_PARTS_MAX + 1)),
            Err(BlindError::TooManyParts)
        );
    }
}
