//! Eastern Europe, and Morocco.

use crate::identifiers::arithmetic::{
    alphanumeric, at, char_at, digits, index, mod_11_10, number, weighted,
};
use crate::identifiers::{Checked, checked, form};

/// Belarus, payer number; the first two places may be letters. Source: Ministry of Taxes and Duties.
pub(super) fn by_unp(text: &str) -> Checked {
    let text = text
        .strip_prefix("UNP")
        .or_else(|| text.strip_prefix("УНП"))
        .unwrap_or(text);
    alphanumeric(text, &[9])?;
    if !matches!(
        char_at(text, 0),
        '1'..='7' | 'A' | 'B' | 'C' | 'E' | 'H' | 'K' | 'M'
    ) {
        return Err(form("the first place names no region"));
    }
    let tail = digits(text.get(2..).unwrap_or_default(), &[7])?;
    let first = index("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", char_at(text, 0)).unwrap_or_default();
    let second = char_at(text, 1);
    let second = second
        .to_digit(10)
        .or_else(|| index("ABCEHKMOPT", second))
        .ok_or_else(|| {
            form("the second place is a digit or a letter of those that Cyrillic shares")
        })?;
    let mut values = vec![first, second];
    values.extend(tail);
    let check = weighted(&values, &[29, 23, 19, 17, 13, 7, 5, 3]) % 11;
    checked(check == at(&values, 8), text.to_owned())
}

/// Morocco, common identifier of an enterprise. Source: Direction générale des impôts.
pub(super) fn ma_ice(text: &str) -> Checked {
    let d = digits(text, &[15])?;
    checked(number(&d, 0, 15).is_multiple_of(97), text.to_owned())
}

/// Moldova. Source: Public Services Agency.
pub(super) fn md_idno(text: &str) -> Checked {
    let d = digits(text, &[13])?;
    if at(&d, 0) != 1 {
        return Err(form("an organisation's number begins with 1"));
    }
    let sum = weighted(&d, &[7, 3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1]);
    checked(sum % 10 == at(&d, 12), text.to_owned())
}

/// Poland, statistical number: nine digits, fourteen for a unit. Source: Statistics Poland.
pub(super) fn pl_regon(text: &str) -> Checked {
    let d = digits(text, &[9, 14])?;
    let short = weighted(&d, &[8, 9, 2, 3, 4, 5, 6, 7]) % 11 % 10 == at(&d, 8);
    let long = [2, 4, 8, 5, 0, 9, 7, 3, 6, 1, 2, 4, 8];
    let unit = d.len() == 9 || weighted(&d, &long) % 11 % 10 == at(&d, 13);
    checked(short && unit, text.to_owned())
}

/// Romania, trade register: kind, county, number and year with or without its day; since 2024 fourteen characters in one.
/// Source: National Trade Register Office.
pub(super) fn ro_onrc(text: &str) -> Checked {
    const FIRST_YEAR: u64 = 1990;
    // The year in which the form changed.
    const LAST_OLD_YEAR: u64 = 2024;
    let county = |n: u64| matches!(n, 1..=40 | 51 | 52);
    let refuse = || form("the number is a kind (J, F or C), a county, a number and a year");
    let kind = char_at(text, 0);
    let rest = text.get(1..).unwrap_or_default();
    if !matches!(kind, 'J' | 'F' | 'C') {
        return Err(refuse());
    }
    if text.len() == 14 && !rest.contains(['/', '.']) && rest.chars().all(|c| c.is_ascii_digit()) {
        let d = digits(rest, &[13])?;
        if number(&d, 0, 4) < FIRST_YEAR || !(county(number(&d, 10, 12)) || number(&d, 10, 12) == 0)
        {
            return Err(refuse());
        }
        let sum: u32 = d.iter().take(12).sum::<u32>() + u32::from(kind);
        return checked(sum % 10 == at(&d, 12), text.to_owned());
    }
    // People write blanks and strokes between the parts, also both.
    let parts: Vec<&str> = rest
        .split(['/', ' '])
        .filter(|part| !part.is_empty())
        .collect();
    let [place, serial, date] = parts.as_slice() else {
        return Err(refuse());
    };
    let place = digits(place, &[1, 2])?;
    let serial = digits(serial, &[1, 2, 3, 4, 5])?;
    let year = match date.split('.').collect::<Vec<_>>().as_slice() {
        [year] => digits(year, &[4])?,
        [day, month, year] => {
            let day = number(&digits(day, &[1, 2])?, 0, 2);
            let month = number(&digits(month, &[1, 2])?, 0, 2);
            if !(1..=31).contains(&day) || !(1..=12).contains(&month) {
                return Err(refuse());
            }
            digits(year, &[4])?
        }
        _ => return Err(refuse()),
    };
    let year = number(&year, 0, 4);
    if !county(number(&place, 0, place.len()))
        || number(&serial, 0, serial.len()) == 0
        || !(FIRST_YEAR..=LAST_OLD_YEAR).contains(&year)
    {
        return Err(refuse());
    }
    Ok(format!("{kind}{}", parts.join("/")))
}

/// Serbia, tax number. Source: Tax Administration.
pub(super) fn rs_pib(text: &str) -> Checked {
    checked(mod_11_10(&digits(text, &[9])?), text.to_owned())
}

/// Russia, state registration: thirteen digits for companies, fifteen for entrepreneurs. Source: Federal Tax Service.
pub(super) fn ru_ogrn(text: &str) -> Checked {
    let d = digits(text, &[13, 15])?;
    let body = d.len() - 1;
    let divisor = if d.len() == 13 { 11 } else { 13 };
    let allowed = if d.len() == 13 {
        matches!(at(&d, 0), 1..=9) && !matches!(at(&d, 0), 3 | 4)
    } else {
        matches!(at(&d, 0), 3 | 4)
    };
    if !allowed {
        return Err(form("the first digit is not one of this kind of number"));
    }
    checked(
        number(&d, 0, body) % divisor % 10 == u64::from(at(&d, body)),
        text.to_owned(),
    )
}

/// Slovenia, registration number: seven digits, ten for a unit. Source: AJPES.
pub(super) fn si_maticna(text: &str) -> Checked {
    let body = text.get(..7).unwrap_or_default();
    let d = digits(body, &[7])?;
    alphanumeric(text, &[7, 10])?;
    if text.len() == 10 {
        alphanumeric(text.get(7..).unwrap_or_default(), &[3])?;
        digits(text.get(8..).unwrap_or_default(), &[2])?;
    }
    let rest = weighted(&d, &[7, 6, 5, 4, 3, 2]) % 11;
    checked(rest != 0 && (11 - rest) % 10 == at(&d, 6), text.to_owned())
}

/// Ukraine. Source: State Statistics Service.
pub(super) fn ua_edrpou(text: &str) -> Checked {
    let d = digits(text, &[8])?;
    let middle = (30_000_000..=60_000_000).contains(&number(&d, 0, 8));
    let weights: [u32; 7] = if middle {
        [7, 1, 2, 3, 4, 5, 6]
    } else {
        [1, 2, 3, 4, 5, 6, 7]
    };
    let check = match weighted(&d, &weights) % 11 {
        10 => weighted(&d, &weights.map(|w| w + 2)) % 11 % 10,
        other => other,
    };
    checked(check == at(&d, 7), text.to_owned())
}
