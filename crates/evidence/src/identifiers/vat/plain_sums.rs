//! Member states whose check is one weighted sum.

use crate::identifiers::arithmetic::{at, digits, luhn, mod_11_10, number, weighted};
use crate::identifiers::{Checked, checked, form};

fn no_leading_zero(text: &str) -> Result<(), crate::Reason> {
    if text.starts_with('0') {
        return Err(form("the number does not begin with 0"));
    }
    Ok(())
}

/// Austria.
pub(super) fn austria(text: &str) -> Checked {
    let rest = text
        .strip_prefix('U')
        .ok_or_else(|| form("an Austrian number begins with U"))?;
    let d = digits(rest, &[8])?;
    // Luhn's sum of the first seven, with 4 added.
    let sum = luhn(d.get(..7).unwrap_or_default()) + 4;
    checked((10 - sum % 10) % 10 == at(&d, 7), text.to_owned())
}

/// Belgium: ten digits, or nine of the time before.
pub(super) fn belgium(text: &str) -> Checked {
    let padded = if text.len() == 9 {
        format!("0{text}")
    } else {
        text.to_owned()
    };
    let d = digits(&padded, &[10])?;
    if at(&d, 0) > 1 {
        return Err(form("a Belgian number begins with 0 or 1"));
    }
    checked(97 - number(&d, 0, 8) % 97 == number(&d, 8, 10), padded)
}

/// Germany.
pub(super) fn germany(text: &str) -> Checked {
    no_leading_zero(text)?;
    checked(mod_11_10(&digits(text, &[9])?), text.to_owned())
}

/// Denmark.
pub(super) fn denmark(text: &str) -> Checked {
    no_leading_zero(text)?;
    let d = digits(text, &[8])?;
    checked(
        weighted(&d, &[2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11),
        text.to_owned(),
    )
}

/// Estonia.
pub(super) fn estonia(text: &str) -> Checked {
    let d = digits(text, &[9])?;
    checked(
        weighted(&d, &[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_multiple_of(10),
        text.to_owned(),
    )
}

/// Greece: nine digits, or eight of the time before.
pub(super) fn greece(text: &str) -> Checked {
    let padded = if text.len() == 8 {
        format!("0{text}")
    } else {
        text.to_owned()
    };
    let d = digits(&padded, &[9])?;
    let sum = weighted(&d, &[256, 128, 64, 32, 16, 8, 4, 2]);
    checked(sum % 11 % 10 == at(&d, 8), padded)
}

/// Finland.
pub(super) fn finland(text: &str) -> Checked {
    let d = digits(text, &[8])?;
    checked(
        weighted(&d, &[7, 9, 10, 5, 8, 4, 2, 1]).is_multiple_of(11),
        text.to_owned(),
    )
}

/// Croatia.
pub(super) fn croatia(text: &str) -> Checked {
    checked(mod_11_10(&digits(text, &[11])?), text.to_owned())
}

/// Hungary.
pub(super) fn hungary(text: &str) -> Checked {
    let d = digits(text, &[8])?;
    checked(
        weighted(&d, &[9, 7, 3, 1, 9, 7, 3, 1]).is_multiple_of(10),
        text.to_owned(),
    )
}

/// Italy: seven digits, the office's three, and Luhn.
pub(super) fn italy(text: &str) -> Checked {
    let d = digits(text, &[11])?;
    let office = number(&d, 7, 10);
    if number(&d, 0, 7) == 0 || !matches!(office, 1..=100 | 120 | 121 | 888 | 999) {
        return Err(form("the number names no tax office"));
    }
    checked(luhn(&d) == 0, text.to_owned())
}

/// Luxembourg.
pub(super) fn luxembourg(text: &str) -> Checked {
    let d = digits(text, &[8])?;
    checked(number(&d, 0, 6) % 89 == number(&d, 6, 8), text.to_owned())
}

/// Malta.
pub(super) fn malta(text: &str) -> Checked {
    no_leading_zero(text)?;
    let d = digits(text, &[8])?;
    checked(
        weighted(&d, &[3, 4, 6, 7, 8, 9, 10, 1]).is_multiple_of(37),
        text.to_owned(),
    )
}

/// Poland.
pub(super) fn poland(text: &str) -> Checked {
    let d = digits(text, &[10])?;
    checked(
        weighted(&d, &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 == at(&d, 9),
        text.to_owned(),
    )
}

/// Portugal.
pub(super) fn portugal(text: &str) -> Checked {
    no_leading_zero(text)?;
    let d = digits(text, &[9])?;
    let check = (11 - weighted(&d, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11 % 10;
    checked(check == at(&d, 8), text.to_owned())
}

/// Sweden: the organisation's ten digits and 01.
pub(super) fn sweden(text: &str) -> Checked {
    let d = digits(text, &[12])?;
    if number(&d, 10, 12) != 1 {
        return Err(form("a Swedish number ends with 01"));
    }
    checked(luhn(d.get(..10).unwrap_or_default()) == 0, text.to_owned())
}

/// Slovenia.
pub(super) fn slovenia(text: &str) -> Checked {
    no_leading_zero(text)?;
    let d = digits(text, &[8])?;
    let rest = 11 - weighted(&d, &[8, 7, 6, 5, 4, 3, 2]) % 11;
    checked(rest != 11 && rest % 10 == at(&d, 7), text.to_owned())
}

/// Slovakia.
pub(super) fn slovakia(text: &str) -> Checked {
    no_leading_zero(text)?;
    let d = digits(text, &[10])?;
    if !matches!(at(&d, 2), 2 | 3 | 4 | 7 | 8 | 9) {
        return Err(form("the third digit is 2, 3, 4, 7, 8 or 9"));
    }
    checked(number(&d, 0, 10).is_multiple_of(11), text.to_owned())
}

/// Lithuania: nine digits, or twelve for those registered for a time.
pub(super) fn lithuania(text: &str) -> Checked {
    let d = digits(text, &[9, 12])?;
    if at(&d, d.len() - 2) != 1 {
        return Err(form("the last but one digit is 1"));
    }
    let sum = |shift: usize| -> u32 {
        let body = d.iter().take(d.len() - 1).enumerate();
        body.map(|(i, digit)| digit * (u32::try_from((i + shift) % 9).unwrap_or_default() + 1))
            .sum()
    };
    let check = match sum(0) % 11 {
        10 => sum(2) % 11 % 10,
        other => other,
    };
    checked(check == at(&d, d.len() - 1), text.to_owned())
}
