//! Text for paper: groups of five characters that cannot be taken for one another, with a check at the end.
//!
//! Crockford's base 32: no I, L, O and U; read without regard to case, `O` as 0 and `I` and `L` as 1. The check is the first
//! four bytes of SHA-256 over the kind of the text and its content.

use aws_lc_rs::digest;
use zeroize::Zeroizing;

use super::EscrowError;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CHECK_BYTES: usize = 4;
const GROUP: usize = 5;

/// A kind of text: what it is called, and what it begins with.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) prefix: &'static str,
}

impl Kind {
    /// Writes bytes as text.
    pub(super) fn write(self, bytes: &[u8]) -> Zeroizing<String> {
        let mut whole = Zeroizing::new(bytes.to_vec());
        whole.extend_from_slice(&self.check(bytes));
        let digits = Zeroizing::new(digits(&whole));
        let mut text = Zeroizing::new(String::with_capacity(digits.len() * 2 + self.prefix.len()));
        text.push_str(self.prefix);
        for group in digits.chunks(GROUP) {
            text.push('-');
            text.extend(group.iter().copied().map(char::from));
        }
        text
    }

    /// Reads text; spaces, line ends and hyphens do not matter.
    pub(super) fn read(self, text: &str) -> Result<Zeroizing<Vec<u8>>, EscrowError> {
        let form = EscrowError::Form(self.name, self.prefix);
        let rest = text.trim();
        let begins = rest.get(..self.prefix.len());
        if !begins.is_some_and(|b| b.eq_ignore_ascii_case(self.prefix)) {
            return Err(form);
        }
        let rest = rest.get(self.prefix.len()..).unwrap_or_default();
        let (mut bytes, mut held, mut bits) = (Zeroizing::new(Vec::new()), 0_u32, 0);
        for c in rest
            .bytes()
            .filter(|c| !c.is_ascii_whitespace() && *c != b'-')
        {
            let c = match c.to_ascii_uppercase() {
                b'O' => b'0',
                b'I' | b'L' => b'1',
                other => other,
            };
            let digit = ALPHABET.iter().position(|a| *a == c);
            let digit = digit.and_then(|d| u32::try_from(d).ok());
            held = (held << 5) | digit.ok_or(EscrowError::Check(self.name))?;
            bits += 5;
            if bits >= 8 {
                bits -= 8;
                bytes.push(((held >> bits) & 0xff) as u8);
            }
        }
        // What is left over of the last character says nothing.
        let content = bytes.len().checked_sub(CHECK_BYTES).ok_or(form)?;
        let (content, check) = bytes.split_at(content);
        if check != self.check(content) || held & ((1 << bits) - 1) != 0 {
            return Err(EscrowError::Check(self.name));
        }
        Ok(Zeroizing::new(content.to_vec()))
    }

    fn check(self, bytes: &[u8]) -> [u8; CHECK_BYTES] {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(self.prefix.as_bytes());
        context.update(&[0]);
        context.update(bytes);
        let digest = context.finish();
        digest.as_ref().first_chunk().copied().unwrap_or_default()
    }
}

fn digits(bytes: &[u8]) -> Vec<u8> {
    let (mut digits, mut held, mut bits) = (Vec::with_capacity(bytes.len() * 2), 0_u32, 0);
    for byte in bytes {
        held = (held << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            digits.extend(ALPHABET.get(((held >> bits) & 31) as usize));
        }
    }
    if bits > 0 {
        digits.extend(ALPHABET.get(((held << (5 - bits)) & 31) as usize));
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: Kind = Kind {
        name: "test",
        prefix: "bft1",
    };

    #[test]
    fn text_reads_back_however_it_is_spaced_and_no_other_character_does() {
        for length in 0..70_usize {
            let bytes: Vec<u8> = (0..length).map(|n| (n * 37 + length) as u8).collect();
            let text = KIND.write(&bytes);
            assert_eq!(**KIND.read(&text).unwrap(), *bytes);
            let spaced = text.to_lowercase().replace('-', " \n");
            assert_eq!(**KIND.read(&spaced).unwrap(), *bytes);
        }
        let text = KIND.write(b"a secret of thirty-two bytes long");
        for (place, c) in text.char_indices().skip(4).filter(|(_, c)| *c != '-') {
            for other in ALPHABET.iter().map(|a| char::from(*a)).filter(|a| *a != c) {
                let mut changed: Vec<char> = text.chars().collect();
                changed[place] = other;
                let changed: String = changed.into_iter().collect();
                assert!(KIND.read(&changed).is_err(), "{place} {other}");
            }
        }
        assert!(KIND.read("bft1").is_err() && KIND.read("").is_err());
        assert_eq!(
            KIND.read("bfx1-00000").unwrap_err(),
            EscrowError::Form("test", "bft1")
        );
    }
}
