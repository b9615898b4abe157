//! The check digit of Doc 9303 part 3, section 4.9: weights 7, 3, 1, modulo 10.

/// Weights in their order.
const WEIGHTS: [u32; 3] = [7, 3, 1];

/// The value of a character: a digit counts itself, `A` to `Z` 10 to 35, the filler 0; nothing else has a value.
const fn value(byte: u8) -> Option<u32> {
    match byte {
        b'0'..=b'9' => Some((byte - b'0') as u32),
        b'A'..=b'Z' => Some((byte - b'A') as u32 + 10),
        b'<' => Some(0),
        _ => None,
    }
}

/// The check digit of these characters, as the digit that is printed; `None` if one of them cannot stand in a zone.
#[must_use]
pub fn check_digit(bytes: &[u8]) -> Option<u8> {
    digit_of(bytes.iter().copied())
}

/// [`check_digit`] of characters from several fields.
pub(super) fn digit_of(bytes: impl Iterator<Item = u8>) -> Option<u8> {
    let mut sum = 0_u32;
    for (byte, weight) in bytes.zip(WEIGHTS.into_iter().cycle()) {
        sum += value(byte)? * weight;
    }
    u8::try_from(sum % 10).ok().map(|digit| b'0' + digit)
}

/// Whether `printed` is the check digit of `bytes`.
pub(super) fn fits(bytes: &[u8], printed: u8) -> bool {
    check_digit(bytes) == Some(printed)
}
