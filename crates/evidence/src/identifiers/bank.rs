//! Account and bank numbers: IBAN with its national check digits, and BIC.
//!
//! The registry's forms and the check digits of ISO 13616 are those of the crate `iban_validate`; what it leaves out is
//! here: check digits inside of the national number, for countries where the rule is public and the same for all banks.
//! Source: ISO 13616-1:2020 and its registry; ISO 9362:2022; national rules as named.

use std::str::FromStr as _;

use iban::{BaseIban, Iban, IbanLike as _};

use super::arithmetic::{at, char_at, digits, luhn, mod_97, number, weighted};
use super::{check_digit, form};
use crate::verdict::{Code, Reason};

/// Checks an account number, and answers it with its country.
pub(super) fn iban(text: &str) -> Result<(String, String), Reason> {
    let base = BaseIban::from_str(text).map_err(|error| match error {
        iban::ParseBaseIbanError::InvalidChecksum => check_digit(),
        _ => form("this is not of the form of an IBAN: country, two digits, and up to 30 digits and letters"),
    })?;
    let wrong = || form("the number does not have the length and form that its country registered");
    let plain = base.electronic_str();
    let (country, bban) = (base.country_code(), plain.get(4..).unwrap_or_default());
    match Iban::try_from(base) {
        Ok(_) => {}
        Err(iban::ParseIbanError::UnknownCountry(_)) => match other_form(country) {
            None => return Err(Reason::new(Code::Scheme, "the country has no IBAN")),
            Some(parts) if !has_form(bban, parts) => return Err(wrong()),
            Some(_) => {}
        },
        Err(_) => return Err(wrong()),
    }
    match national(country, bban) {
        Some(false) => Err(Reason::new(
            Code::CheckDigit,
            "the check digits inside the national account number do not fit",
        )),
        _ => Ok((plain.to_owned(), country.to_owned())),
    }
}

/// Countries that the crate does not know: registered since, or with an IBAN by their central bank's rule and not in the
/// registry. A part is how many characters of which kind: n digits, a letters, c either.
fn other_form(country: &str) -> Option<&'static [(usize, char)]> {
    Some(match country {
        "HN" => &[(4, 'a'), (20, 'n')],
        "PK" => &[(4, 'a'), (16, 'c')],
        "AO" | "CV" | "MZ" => &[(21, 'n')],
        "DZ" | "IR" => &[(22, 'n')],
        "CF" | "CG" | "CM" | "GA" | "GQ" | "KM" | "MG" | "TD" => &[(23, 'n')],
        "MA" => &[(24, 'n')],
        "GW" => &[(2, 'c'), (19, 'n')],
        "BF" | "BJ" | "CI" | "ML" | "NE" | "SN" | "TG" => &[(2, 'c'), (22, 'n')],
        _ => return None,
    })
}

fn has_form(text: &str, parts: &[(usize, char)]) -> bool {
    let kinds = parts
        .iter()
        .flat_map(|(n, kind)| std::iter::repeat_n(*kind, *n));
    let fits = |(c, kind): (char, char)| match kind {
        'n' => c.is_ascii_digit(),
        'a' => c.is_ascii_uppercase(),
        _ => c.is_ascii_digit() || c.is_ascii_uppercase(),
    };
    text.len() == parts.iter().map(|(n, _)| n).sum::<usize>() && text.chars().zip(kinds).all(fits)
}

/// Whether the national check digits fit; nothing for countries without such a rule here.
fn national(country: &str, bban: &str) -> Option<bool> {
    let all = |lengths: &[usize]| digits(bban, lengths).ok();
    Some(match country {
        // Ten digits modulo 97 give the last two, 0 being 97.
        "BE" => {
            let d = all(&[12])?;
            let rest = number(&d, 0, 10) % 97;
            number(&d, 10, 12) == if rest == 0 { 97 } else { rest }
        }
        // Two digits for bank and branch, and account.
        "ES" => {
            let d = all(&[20])?;
            let digit = |digits: &[u32], weights: &[u32]| match 11 - weighted(digits, weights) % 11
            {
                11 => 0,
                10 => 1,
                other => other,
            };
            let weights = [1, 2, 4, 8, 5, 10, 9, 7, 3, 6];
            at(&d, 8) == digit(d.get(..8)?, weights.get(2..)?)
                && at(&d, 9) == digit(d.get(10..)?, &weights)
        }
        "NO" => {
            let d = all(&[11])?;
            let rest = weighted(&d, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
            (11 - rest) % 11 == at(&d, 10)
        }
        // Modulo 97 over the whole national number, as ISO/IEC 7064.
        "ME" | "RS" | "BA" | "MK" | "SI" | "PT" => mod_97(bban) == Some(1),
        "FR" | "MC" => rib_key(bban)?,
        "IT" | "SM" => cin(bban)?,
        "FI" => luhn(&all(&[14])?) == 0,
        _ => return None,
    })
}

/// The key of a French account: letters count as digits, and the weighted sum of the parts is a multiple of 97.
fn rib_key(bban: &str) -> Option<bool> {
    let as_digit = |c: char| match c.to_digit(36)? {
        digit @ 0..=9 => Some(digit),
        letter @ 10..=18 => Some(letter - 9),
        letter @ 19..=27 => Some(letter - 18),
        letter => Some(letter - 26),
    };
    let d: Vec<u32> = bban.chars().map(as_digit).collect::<Option<_>>()?;
    let sum = 89 * number(&d, 0, 5) + 15 * number(&d, 5, 10) + 3 * number(&d, 10, 21);
    Some((sum + number(&d, 21, 23)).is_multiple_of(97))
}

/// The letter before an Italian account: characters in odd places count by a table.
fn cin(bban: &str) -> Option<bool> {
    const ODD: [u32; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24,
        23,
    ];
    let value = |(place, c): (usize, char)| {
        let value = c.to_digit(10).or_else(|| Some(c.to_digit(36)? - 10))?;
        Some(if place % 2 == 0 {
            *ODD.get(value as usize)?
        } else {
            value
        })
    };
    let rest = bban.get(1..)?.chars().enumerate().map(value);
    let sum: u32 = rest.collect::<Option<Vec<u32>>>()?.iter().sum();
    Some(char_at(bban, 0).to_digit(36)? == sum % 26 + 10)
}

/// Checks a bank's code, and answers it with its country.
pub(super) fn bic(text: &str) -> Result<(String, String), Reason> {
    let letters =
        |part: Option<&str>| part.is_some_and(|p| p.chars().all(|c| c.is_ascii_uppercase()));
    let rest = |part: Option<&str>| {
        part.is_some_and(|p| {
            p.chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
        })
    };
    if !(matches!(text.len(), 8 | 11) && letters(text.get(..6)) && rest(text.get(6..))) {
        return Err(form(
            "a BIC has four letters, a country and two characters, with or without three of a branch",
        ));
    }
    let country = text.get(4..6).unwrap_or_default();
    if country != "XK" && !bonafide_model::country::is_known(country) {
        return Err(Reason::new(
            Code::Scheme,
            format!("`{country}` is no country"),
        ));
    }
    Ok((text.to_owned(), country.to_owned()))
}
