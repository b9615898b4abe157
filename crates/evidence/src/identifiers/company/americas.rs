//! The Americas.

use crate::identifiers::arithmetic::{alphanumeric, digits, luhn, number};
use crate::identifiers::{Checked, check_digit, checked, form};

/// Brazil: twelve characters, letters since 2026, and two check digits. Source: Receita Federal, IN RFB 2.229/2024.
pub(super) fn br_cnpj(text: &str) -> Checked {
    alphanumeric(text, &[14])?;
    let values: Vec<u32> = text
        .bytes()
        .map(|b| u32::from(b) - u32::from(b'0'))
        .collect();
    digits(text.get(12..).unwrap_or_default(), &[2])?;
    if text.starts_with("000000000000") {
        return Err(form("the number is not all zeros"));
    }
    let check = |n: usize| {
        let weights = (2u32..=9).cycle();
        let sum: u32 = values
            .iter()
            .take(n)
            .rev()
            .zip(weights)
            .map(|(v, w)| v * w)
            .sum();
        (11 - sum % 11) % 11 % 10
    };
    let found = |n: usize| values.get(n).copied();
    checked(
        found(12) == Some(check(12)) && found(13) == Some(check(13)),
        text.to_owned(),
    )
}

/// Canada: nine digits, with or without the account of a programme for
/// businesses: corporation tax, import and export, payroll, goods and services tax. Source: Canada Revenue Agency.
pub(super) fn ca_bn(text: &str) -> Checked {
    let (head, tail) = text
        .split_at_checked(9)
        .ok_or_else(|| form("the number has nine digits or 15 characters"))?;
    if luhn(&digits(head, &[9])?) != 0 {
        return Err(check_digit());
    }
    if let Some((programme, account)) = tail.split_at_checked(2) {
        if !["RC", "RM", "RP", "RT"].contains(&programme) {
            return Err(form("the account is of no programme"));
        }
        digits(account, &[4])?;
    } else if !tail.is_empty() {
        return Err(form("the number has nine digits or 15 characters"));
    }
    Ok(text.to_owned())
}

/// United States, employer identification number: nine digits with a prefix that is in use. It has no check digit.
/// Source: Internal Revenue Service.
pub(super) fn us_ein(text: &str) -> Checked {
    let d = digits(text, &[9])?;
    let unused = [
        0, 7, 8, 9, 17, 18, 19, 28, 29, 49, 69, 70, 78, 79, 89, 96, 97,
    ];
    if unused.contains(&number(&d, 0, 2)) {
        return Err(form("the first two digits are in no use"));
    }
    Ok(text.to_owned())
}
