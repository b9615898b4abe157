//! The few spellings that the formats share: hexadecimal and decimal, read strictly so that every value has one form.

use std::fmt::Write as _;

/// The largest size, index or time accepted, 2^63 - 1: what other implementations and databases hold in a signed word.
pub(crate) const MAX_U63: u64 = i64::MAX as u64;

/// Lower case hexadecimal.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// From lower case hexadecimal of even length.
pub(crate) fn from_hex(text: &str) -> Option<Vec<u8>> {
    fn digit(c: u8) -> Option<u8> {
        match c {
            b'0'..=b'9' => Some(c - b'0'),
            b'a'..=b'f' => Some(c - b'a' + 10),
            _ => None,
        }
    }
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs
        .iter()
        .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?))
        .collect()
}

/// From ASCII decimal without sign, blanks or leading zeros, up to 2^63 - 1.
pub(crate) fn from_decimal(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
    let leading_zero = text.len() > 1 && text.starts_with('0');
    if !digits || leading_zero {
        return None;
    }
    text.parse().ok().filter(|n| *n <= MAX_U63)
}

/// Cuts what a stranger wrote to a length that fits a message.
pub(crate) fn quote(text: &str) -> String {
    const SHOWN_CHARS: usize = 80;
    text.chars().take(SHOWN_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_one_spelling() {
        assert_eq!(from_hex("00ff"), Some(vec![0, 255]));
        assert_eq!(to_hex(&[0, 255]), "00ff");
        for bad in ["0", "0F", "0g", " 00", "é"] {
            assert_eq!(from_hex(bad), None, "{bad}");
        }
        assert_eq!(from_decimal("0"), Some(0));
        assert_eq!(from_decimal("9223372036854775807"), Some(MAX_U63));
        for bad in [
            "",
            "00",
            "01",
            "+1",
            "-1",
            " 1",
            "1 ",
            "0x1",
            "1_0",
            "١",
            "9223372036854775808",
            "18446744073709551616",
        ] {
            assert_eq!(from_decimal(bad), None, "{bad}");
        }
    }
}
