//! Western and northern Europe.

use crate::identifiers::arithmetic::{alphanumeric, at, digits, luhn, number, weighted};
use crate::identifiers::vat;
use crate::identifiers::{Checked, check_digit, checked, form};

/// Belgium, enterprise number: that of the tax. Source: Crossroads Bank for Enterprises.
pub(super) fn be_kbo(text: &str) -> Checked {
    vat::member("BE", text)
}

/// Switzerland, enterprise. Source: Federal Statistical Office, UID.
pub(super) fn ch_uid(text: &str) -> Checked {
    let number = text
        .strip_prefix("CHE")
        .ok_or_else(|| form("a Swiss number begins with CHE"))?;
    vat::swiss_enterprise(number)?;
    Ok(text.to_owned())
}

/// Denmark: that of the tax. Source: Danish Business Authority.
pub(super) fn dk_cvr(text: &str) -> Checked {
    vat::member("DK", text)
}

/// Estonia. Source: Centre of Registers and Information Systems.
pub(super) fn ee_registrikood(text: &str) -> Checked {
    let d = digits(text, &[8])?;
    if !matches!(at(&d, 0), 1 | 7 | 8 | 9) {
        return Err(form("the number begins with 1, 7, 8 or 9"));
    }
    let check = match weighted(&d, &[1, 2, 3, 4, 5, 6, 7]) % 11 {
        10 => weighted(&d, &[3, 4, 5, 6, 7, 8, 9]) % 11 % 10,
        other => other,
    };
    checked(check == at(&d, 7), text.to_owned())
}

/// Finland: that of the tax; seven digits of older numbers are filled up. Source: Finnish Patent and Registration Office.
pub(super) fn fi_ytunnus(text: &str) -> Checked {
    let padded = if text.len() == 7 {
        format!("0{text}")
    } else {
        text.to_owned()
    };
    vat::member("FI", &padded)
}

/// France, enterprise. Source: INSEE, Sirene.
pub(super) fn fr_siren(text: &str) -> Checked {
    checked(luhn(&digits(text, &[9])?) == 0, text.to_owned())
}

/// France, establishment. Source: INSEE, Sirene.
pub(super) fn fr_siret(text: &str) -> Checked {
    let d = digits(text, &[14])?;
    if luhn(d.get(..9).unwrap_or_default()) != 0 {
        return Err(check_digit());
    }
    // The post office has more establishments than Luhn's sum has numbers; theirs add up to a multiple of 5.
    if number(&d, 0, 9) == 356_000_000 && luhn(&d) != 0 {
        return checked(d.iter().sum::<u32>() % 5 == 0, text.to_owned());
    }
    checked(luhn(&d) == 0, text.to_owned())
}

/// United Kingdom: eight digits, or two letters of a register and six; they have no check digit. Source: Companies House.
pub(super) fn gb_crn(text: &str) -> Checked {
    const REGISTERS: &str = "AC BR CE CS CU FC FE FI FO GE GN GS IC IP LP NC NF NI NL NO NP NR NV NZ OC OE PC RC RO RS SA SC SE SF SG SI SL SO SP SR SZ ZC";
    alphanumeric(text, &[8])?;
    let (head, tail) = text.split_at_checked(2).unwrap_or_default();
    if head.chars().all(|c| c.is_ascii_digit()) {
        digits(text, &[8])?;
    } else {
        // Some older registers end with a letter for the society's kind.
        let body = tail.strip_suffix('R').unwrap_or(tail);
        digits(body, &[5, 6])?;
        if !REGISTERS.split(' ').any(|register| register == head) {
            return Err(form("the letters name no register"));
        }
    }
    Ok(text.to_owned())
}

/// Sweden, organisation: ten digits, the third from 2 on. Source: Swedish Companies Registration Office.
pub(super) fn se_orgnr(text: &str) -> Checked {
    let d = digits(text, &[10])?;
    if at(&d, 2) < 2 {
        return Err(form("the third digit of an organisation is 2 or more"));
    }
    checked(luhn(&d) == 0, text.to_owned())
}
