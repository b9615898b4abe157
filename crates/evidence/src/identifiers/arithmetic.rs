//! The arithmetic of check digits.

use super::{Checked, form};

/// The digits, if there are digits alone and as many as allowed.
pub(super) fn digits(text: &str, lengths: &[usize]) -> Result<Vec<u32>, crate::Reason> {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(10)).collect();
    digits
        .filter(|digits| lengths.contains(&digits.len()))
        .ok_or_else(|| {
            let lengths: Vec<String> = lengths.iter().map(ToString::to_string).collect();
            form(&format!(
                "the number has {} digits and nothing else",
                lengths.join(" or ")
            ))
        })
}

/// A digit by its place; places are within lengths that were checked.
pub(super) fn at(digits: &[u32], place: usize) -> u32 {
    digits.get(place).copied().unwrap_or_default()
}

/// The digits from one place to another as a number.
pub(super) fn number(digits: &[u32], from: usize, to: usize) -> u64 {
    let range = digits.get(from..to).unwrap_or_default();
    range.iter().fold(0, |n, d| n * 10 + u64::from(*d))
}

/// The sum of the first digits times their weights.
pub(super) fn weighted(digits: &[u32], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(d, w)| d * w).sum()
}

/// Luhn's sum (ISO/IEC 7812-1, annex B), the last digit being the check digit.
pub(super) fn luhn(digits: &[u32]) -> u32 {
    let sum = |(place, digit): (usize, &u32)| {
        let twice = digit * 2;
        match place % 2 {
            0 => *digit,
            _ => twice / 10 + twice % 10,
        }
    };
    digits.iter().rev().enumerate().map(sum).sum::<u32>() % 10
}

/// ISO/IEC 7064, MOD 11,10.
pub(super) fn mod_11_10(digits: &[u32]) -> bool {
    let Some((last, first)) = digits.split_last() else {
        return false;
    };
    let check = first.iter().fold(10, |product, digit| {
        let sum = (product + digit) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (check + last) % 10 == 1
}

/// ISO/IEC 7064, MOD 97-10: the remainder, letters being 10 to 35.
pub(super) fn mod_97(text: &str) -> Option<u32> {
    text.chars().try_fold(0, |rest, c| {
        let value = c.to_digit(36)?;
        let shift = if value > 9 { 100 } else { 10 };
        Some((rest * shift + value) % 97)
    })
}

/// The digits and letters, if there are such alone and as many as allowed.
pub(super) fn alphanumeric(text: &str, lengths: &[usize]) -> Checked {
    let allowed = |c: char| c.is_ascii_digit() || c.is_ascii_uppercase();
    if text.chars().all(allowed) && lengths.contains(&text.len()) {
        return Ok(text.to_owned());
    }
    Err(form(
        "the number does not have the length of its kind, or has other characters than digits and letters",
    ))
}

/// A character by its place.
pub(super) fn char_at(text: &str, place: usize) -> char {
    text.chars().nth(place).unwrap_or_default()
}

/// The place of a character in an alphabet.
pub(super) fn index(alphabet: &str, c: char) -> Option<u32> {
    u32::try_from(alphabet.chars().position(|a| a == c)?).ok()
}
