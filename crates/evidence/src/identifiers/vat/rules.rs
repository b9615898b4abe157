//! The member states' rules; here those that have cases of their own.

use super::plain_sums as sums;
use crate::identifiers::arithmetic::{at, char_at, digits, index, luhn, mod_97, number, weighted};
use crate::identifiers::{Checked, check_digit, checked, form};

/// Checks a number, without the country before it.
pub(super) fn check(country: &str, text: &str) -> Checked {
    match country {
        "AT" => sums::austria(text),
        "BE" => sums::belgium(text),
        "BG" => bulgaria(text),
        "CY" => cyprus(text),
        "CZ" => czechia(text),
        "DE" => sums::germany(text),
        "DK" => sums::denmark(text),
        "EE" => sums::estonia(text),
        "EL" => sums::greece(text),
        "ES" => spain(text),
        "FI" => sums::finland(text),
        "FR" => france(text),
        "HR" => sums::croatia(text),
        "HU" => sums::hungary(text),
        "IE" => ireland(text),
        "IT" => sums::italy(text),
        "LT" => sums::lithuania(text),
        "LU" => sums::luxembourg(text),
        "LV" => latvia(text),
        "MT" => sums::malta(text),
        "NL" => netherlands(text),
        "PL" => sums::poland(text),
        "PT" => sums::portugal(text),
        "RO" => romania(text),
        "SE" => sums::sweden(text),
        "SI" => sums::slovenia(text),
        "SK" => sums::slovakia(text),
        _ => Err(form("the country is no member state")),
    }
}

/// Whether two digits of a month and two of a day can be a date.
fn is_day(month: u64, day: u64) -> bool {
    let last = match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1..=last).contains(&day)
}

/// Bulgaria: nine digits for companies; ten for persons, foreigners and others.
fn bulgaria(text: &str) -> Checked {
    let d = digits(text, &[9, 10])?;
    if d.len() == 9 {
        let check = match weighted(&d, &[1, 2, 3, 4, 5, 6, 7, 8]) % 11 {
            10 => weighted(&d, &[3, 4, 5, 6, 7, 8, 9, 10]) % 11 % 10,
            other => other,
        };
        return checked(check == at(&d, 8), text.to_owned());
    }
    // The month of a birth has 20 or 40 added for the centuries before and after.
    let month = number(&d, 2, 4);
    let person = month < 60
        && is_day(month % 20, number(&d, 4, 6))
        && weighted(&d, &[2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10 == at(&d, 9);
    let foreigner = weighted(&d, &[21, 19, 17, 13, 11, 9, 7, 3, 1]) % 10 == at(&d, 9);
    let other = (11 - weighted(&d, &[4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11 == at(&d, 9);
    checked(person || foreigner || other, text.to_owned())
}

/// Cyprus: eight digits and a letter.
fn cyprus(text: &str) -> Checked {
    let (head, letter) = text
        .split_at_checked(8)
        .ok_or_else(|| form("the number has eight digits and a letter"))?;
    let d = digits(head, &[8])?;
    if head.starts_with("12") {
        return Err(form("the number does not begin with 12"));
    }
    const ODD: [u32; 10] = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21];
    let value = |(i, digit): (usize, &u32)| {
        if i % 2 == 0 {
            ODD.get(*digit as usize).copied().unwrap_or_default()
        } else {
            *digit
        }
    };
    let sum: u32 = d.iter().enumerate().map(value).sum();
    let expected = char::from_u32(u32::from('A') + sum % 26);
    checked(
        letter.len() == 1 && letter.chars().next() == expected,
        text.to_owned(),
    )
}

/// Czechia: eight digits for companies; nine or ten for persons.
fn czechia(text: &str) -> Checked {
    let d = digits(text, &[8, 9, 10])?;
    if d.len() == 8 {
        if at(&d, 0) == 9 {
            return Err(form("a company's number does not begin with 9"));
        }
        let check = (11 - weighted(&d, &[8, 7, 6, 5, 4, 3, 2]) % 11) % 11;
        let check = if check == 0 { 1 } else { check % 10 };
        return checked(check == at(&d, 7), text.to_owned());
    }
    if d.len() == 9 && at(&d, 0) == 6 {
        let rest = 11 - weighted(d.get(1..).unwrap_or_default(), &[8, 7, 6, 5, 4, 3, 2]) % 11;
        return checked((29 - rest) % 10 == at(&d, 8), text.to_owned());
    }
    // The month of a birth has 50 added for women, and 20 more where numbers ran out.
    if !is_day(number(&d, 2, 4) % 50 % 20, number(&d, 4, 6)) {
        return Err(form("the number does not begin with a date"));
    }
    // Nine digits are of births from 1880 to 1953 and have no check digit.
    let fits = d.len() == 9 || u64::from(at(&d, 9)) == number(&d, 0, 9) % 11 % 10;
    checked(
        fits && (d.len() == 10 || !(54..80).contains(&number(&d, 0, 2))),
        text.to_owned(),
    )
}

/// Spain: persons, foreigners and entities, by their letters.
fn spain(text: &str) -> Checked {
    const LETTERS: &str = "TRWAGMYFPDXBNJZSQVHLCKE";
    if text.len() != 9 {
        return Err(form("the number has nine characters"));
    }
    let (first, last) = (char_at(text, 0), char_at(text, 8));
    let letter = |body: &str| -> Checked {
        let d = digits(body, &[7, 8])?;
        let place = usize::try_from(number(&d, 0, d.len()) % 23).unwrap_or_default();
        checked(char_at(LETTERS, place) == last, text.to_owned())
    };
    let body = text.get(1..8).unwrap_or_default();
    match first {
        '0'..='9' => letter(text.get(..8).unwrap_or_default()),
        'K' | 'L' | 'M' => letter(body),
        'X' => letter(&format!("0{body}")),
        'Y' => letter(&format!("1{body}")),
        'Z' => letter(&format!("2{body}")),
        _ => {
            let d = digits(body, &[7])?;
            let mut with_check = d.clone();
            with_check.push(0);
            let check = (10 - luhn(&with_check)) % 10;
            let as_letter = char_at("JABCDEFGHI", usize::try_from(check).unwrap_or_default());
            let fits = match first {
                'A' | 'B' | 'E' | 'H' => last.to_digit(10) == Some(check),
                'N' | 'P' | 'Q' | 'R' | 'S' | 'W' => last == as_letter,
                'C' | 'D' | 'F' | 'G' | 'J' | 'U' | 'V' => {
                    last == as_letter || last.to_digit(10) == Some(check)
                }
                _ => return Err(form("the first character names no kind of taxpayer")),
            };
            checked(fits, text.to_owned())
        }
    }
}

/// France and Monaco: two characters of a key and the enterprise's nine digits.
fn france(text: &str) -> Checked {
    /// Without I and O, which look like digits.
    const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let (key, siren) = text
        .split_at_checked(2)
        .ok_or_else(|| form("the number has eleven characters"))?;
    let d = digits(siren, &[9])?;
    // Monaco's numbers begin with 000 and are no enterprise's.
    if !siren.starts_with("000") && luhn(&d) != 0 {
        return Err(check_digit());
    }
    let (Some(first), Some(second)) = (
        index(ALPHABET, char_at(key, 0)),
        index(ALPHABET, char_at(key, 1)),
    ) else {
        return Err(form("the key has digits and letters but I and O"));
    };
    if first < 10 && second < 10 {
        let key = u64::from(first * 10 + second);
        return checked((number(&d, 0, 9) * 100 + 12) % 97 == key, text.to_owned());
    }
    let value = if first < 10 {
        i64::from(first) * 24 + i64::from(second) - 10
    } else {
        i64::from(first) * 34 + i64::from(second) - 100
    };
    let siren = i64::try_from(number(&d, 0, 9)).unwrap_or_default();
    checked(
        (siren + 1 + value.div_euclid(11)).rem_euclid(11) == value.rem_euclid(11),
        text.to_owned(),
    )
}

/// Ireland: seven digits and one or two letters, or the older form with a sign in the second place.
fn ireland(text: &str) -> Checked {
    const ALPHABET: &str = "WABCDEFGHIJKLMNOPQRSTUV";
    let weigh = |head: &str, extra: char| -> Option<char> {
        let d = digits(head, &[7]).ok()?;
        let extra = if extra == '\0' {
            0
        } else {
            index(ALPHABET, extra)?
        };
        let sum = weighted(&d, &[8, 7, 6, 5, 4, 3, 2]) + 9 * extra;
        Some(char_at(ALPHABET, usize::try_from(sum % 23).ok()?))
    };
    if !matches!(text.len(), 8 | 9) {
        return Err(form("the number has eight or nine characters"));
    }
    let head = text.get(..7).unwrap_or_default();
    let check = char_at(text, 7);
    let fits = if head.chars().all(|c| c.is_ascii_digit()) {
        let extra = char_at(text, 8);
        if extra != '\0' && !('A'..='W').contains(&extra) {
            return Err(form("the number ends with a letter from A to W"));
        }
        weigh(head, extra) == Some(check)
    } else {
        let second = char_at(text, 1);
        if text.len() != 8 || !(second.is_ascii_uppercase() || second == '+' || second == '*') {
            return Err(form("the second place is a letter, + or *"));
        }
        let moved = format!(
            "0{}{}",
            text.get(2..7).unwrap_or_default(),
            char_at(text, 0)
        );
        weigh(&moved, '\0') == Some(check)
    };
    checked(fits, text.to_owned())
}

/// Latvia: companies from 4 on, persons below.
fn latvia(text: &str) -> Checked {
    let d = digits(text, &[11])?;
    if at(&d, 0) > 3 {
        let sum = weighted(&d, &[9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1]);
        return checked(sum % 11 == 3, text.to_owned());
    }
    // Persons registered since July 2017 have a number without a date, from 32 on.
    let with_date = is_day(number(&d, 2, 4), number(&d, 0, 2));
    if !with_date && !text.starts_with("32") {
        return Err(form("the number does not begin with a date"));
    }
    let sum = weighted(&d, &[10, 5, 8, 4, 2, 1, 6, 3, 7, 9]);
    checked((1 + sum) % 11 % 10 == at(&d, 10), text.to_owned())
}

/// The Netherlands: nine digits, B and two digits; by the older rule of eleven, or since 2020 by modulo 97.
fn netherlands(text: &str) -> Checked {
    let (head, tail) = text
        .split_once('B')
        .ok_or_else(|| form("the number has nine digits, B and two digits"))?;
    // Numbers that lost their leading zeros in a table are filled up.
    let head = format!("{head:0>9}");
    let text = &format!("{head}B{tail}");
    let d = digits(&head, &[9])?;
    if number(&digits(tail, &[2])?, 0, 2) == 0 || number(&d, 0, 9) == 0 {
        return Err(form("neither part of the number is zero"));
    }
    let sum = weighted(&d, &[9, 8, 7, 6, 5, 4, 3, 2]);
    let older = sum % 11 == at(&d, 8);
    checked(
        older || mod_97(&format!("NL{text}")) == Some(1),
        text.to_owned(),
    )
}

/// Romania: two to ten digits for companies, thirteen for persons.
fn romania(text: &str) -> Checked {
    if text.len() == 13 {
        let d = digits(text, &[13])?;
        let dated = at(&d, 0) != 0 && is_day(number(&d, 3, 5), number(&d, 5, 7));
        let sum = weighted(&d, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
        let check = if sum == 10 { 1 } else { sum };
        return checked(dated && check == at(&d, 12), text.to_owned());
    }
    let d = digits(text, &[2, 3, 4, 5, 6, 7, 8, 9, 10])?;
    if at(&d, 0) == 0 {
        return Err(form("the number does not begin with 0"));
    }
    let mut padded = vec![0; 10 - d.len()];
    padded.extend(&d);
    let sum = weighted(&padded, &[7, 5, 3, 2, 1, 7, 5, 3, 2]);
    checked(sum * 10 % 11 % 10 == at(&padded, 9), text.to_owned())
}
