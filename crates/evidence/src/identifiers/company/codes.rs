//! Codes of no country: securities, payment references, energy.

use crate::identifiers::arithmetic::{alphanumeric, char_at, digits, index, luhn, mod_97};
use crate::identifiers::{Checked, checked, form};

/// German securities: six characters without I and O; they have no check digit. Source: WM Datenservice.
pub(super) fn wkn(text: &str) -> Checked {
    alphanumeric(text, &[6])?;
    if text.contains(['I', 'O']) {
        return Err(form("the code has neither I nor O"));
    }
    Ok(text.to_owned())
}

/// Luhn's digits of a code with letters, 10 to 35.
fn expanded(text: &str) -> Vec<u32> {
    let mut out = Vec::new();
    for value in text.chars().filter_map(|c| c.to_digit(36)) {
        if value > 9 {
            out.push(value / 10);
        }
        out.push(value % 10);
    }
    out
}

/// Securities. Source: ISO 6166.
pub(super) fn isin(text: &str) -> Checked {
    /// Prefixes that are no country's: clearing systems, the European Union, agencies, and Kosovo.
    const OTHERS: &str = "AN EU QS QT XA XB XC XD XF XK XS XT";
    alphanumeric(text, &[12])?;
    let prefix = text.get(..2).unwrap_or_default();
    let known = bonafide_model::country::is_known(prefix) || OTHERS.split(' ').any(|o| o == prefix);
    if !known || !char_at(text, 11).is_ascii_digit() {
        return Err(form("the code begins with a country and ends with a digit"));
    }
    checked(luhn(&expanded(text)) == 0, text.to_owned())
}

/// Financial instruments. Source: OMG, Financial Instrument Global Identifier.
pub(super) fn figi(text: &str) -> Checked {
    alphanumeric(text, &[12])?;
    let prefix = text.get(..2).unwrap_or_default();
    let reserved = ["BS", "BM", "GG", "GB", "GH", "KY", "VG"].contains(&prefix);
    let letters = prefix.chars().all(|c| c.is_ascii_uppercase());
    if text.contains(['A', 'E', 'I', 'O', 'U']) || reserved || !letters || char_at(text, 2) != 'G' {
        return Err(form(
            "the code begins with two letters of a provider and G, and has no vowels",
        ));
    }
    let check = char_at(text, 11)
        .to_digit(10)
        .ok_or_else(|| form("the code ends with a digit"))?;
    let sum: u32 = text
        .chars()
        .take(11)
        .enumerate()
        .filter_map(|(i, c)| {
            let value = c.to_digit(36)?;
            let value = if i % 2 == 1 { value * 2 } else { value };
            Some(value / 10 + value % 10)
        })
        .sum();
    checked((10 - sum % 10) % 10 == check, text.to_owned())
}

/// References of creditors. Source: ISO 11649.
pub(super) fn creditor_reference(text: &str) -> Checked {
    let lengths: Vec<usize> = (5..=25).collect();
    alphanumeric(text, &lengths)?;
    let digits = text.get(2..4).unwrap_or_default();
    if !text.starts_with("RF") || !digits.chars().all(|c| c.is_ascii_digit()) {
        return Err(form("a reference begins with RF and two digits"));
    }
    let turned = format!(
        "{}{}",
        text.get(4..).unwrap_or_default(),
        text.get(..4).unwrap_or_default()
    );
    checked(mod_97(&turned) == Some(1), text.to_owned())
}

/// Parties and places in the energy market. Source: ENTSO-E, Energy Identification Codes.
pub(super) fn eic(text: &str) -> Checked {
    const ALPHABET: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-";
    digits(text.get(..2).unwrap_or_default(), &[2])?;
    if text.len() != 16 || !matches!(char_at(text, 2), 'A' | 'T' | 'V' | 'W' | 'X' | 'Y' | 'Z') {
        return Err(form("the code has 16 characters, the third being its type"));
    }
    let values: Option<Vec<u32>> = text.chars().map(|c| index(ALPHABET, c)).collect();
    let values = values.ok_or_else(|| form("the code has digits, letters and - alone"))?;
    let sum: u32 = values
        .iter()
        .take(15)
        .zip((2..=16).rev())
        .map(|(v, w)| v * w)
        .sum();
    let check = 36 - (sum + 36) % 37;
    checked(
        check != 36 && values.get(15) == Some(&check),
        text.to_owned(),
    )
}
