//! The bytes inside a wrapped row: how many keys, then for each the purpose's code, the class's length and name, and the
//! key. Keys stand in order of purpose and class, so that equal keys give equal bytes.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::{KEYS_MAX, Purpose, RetentionClass};
use crate::cipher::KEY_BYTES;
use crate::{ContentKey, SealError, Secret};

type Keys = BTreeMap<(Purpose, RetentionClass), ContentKey>;

/// Writes the keys. The buffer is made large enough at once, so that no copy stays behind in freed memory.
pub(super) fn encode(keys: &Keys) -> Zeroizing<Vec<u8>> {
    let size = |(_, class): &(Purpose, RetentionClass)| 2 + class.as_str().len() + KEY_BYTES;
    let total = 1 + keys.keys().map(size).sum::<usize>();
    let mut bytes = Zeroizing::new(Vec::with_capacity(total));
    bytes.push(one_byte(keys.len()));
    for ((purpose, class), key) in keys {
        bytes.push(purpose.code());
        bytes.push(one_byte(class.as_str().len()));
        bytes.extend_from_slice(class.as_str().as_bytes());
        bytes.extend_from_slice(key.expose());
    }
    bytes
}

/// A count or length known to fit: there are at most [`KEYS_MAX`] keys and class names have at most 64 bytes.
fn one_byte(number: usize) -> u8 {
    const { assert!(KEYS_MAX <= u8::MAX as usize) };
    u8::try_from(number).unwrap_or(u8::MAX)
}

/// Reads what [`encode`] wrote, and nothing else.
pub(super) fn decode(bytes: &[u8]) -> Result<Keys, SealError> {
    let damaged =
        || SealError::Damaged("the subject's keys are not in the form they were written in");
    read(bytes).ok_or_else(damaged)
}

fn read(bytes: &[u8]) -> Option<Keys> {
    let (count, mut rest) = bytes.split_first()?;
    let mut keys = Keys::new();
    for _ in 0..*count {
        let ([purpose, length], tail) = rest.split_first_chunk::<2>()?;
        let (class, tail) = tail.split_at_checked(usize::from(*length))?;
        let (key, tail) = tail.split_at_checked(KEY_BYTES)?;
        let slot = (
            Purpose::from_code(*purpose)?,
            std::str::from_utf8(class).ok()?.parse().ok()?,
        );
        if keys.last_key_value().is_some_and(|(last, _)| *last >= slot) {
            return None;
        }
        keys.insert(slot, ContentKey::from_secret(Secret::from_slice(key)?));
        rest = tail;
    }
    rest.is_empty().then_some(keys)
}

#[cfg(test)]
mod tests {
    use bonafide_model::SeededEntropy;

    use super::*;

    #[test]
    fn only_the_written_form_is_read() {
        let entropy = SeededEntropy::new(1);
        let mut keys = Keys::new();
        for purpose in [Purpose::Identity, Purpose::Contact] {
            keys.insert(
                (purpose, "aml".parse().unwrap()),
                ContentKey::random(&entropy),
            );
        }
        let bytes = encode(&keys);
        assert_eq!(decode(&bytes).unwrap().len(), 2);
        assert_eq!(encode(&decode(&bytes).unwrap()), bytes);
        for cut in 0..bytes.len() {
            assert!(decode(&bytes[..cut]).is_err(), "cut at {cut}");
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        assert!(decode(&longer).is_err());
        let (head, body) = bytes.split_at(1);
        let (first, second) = body.split_at(body.len() / 2);
        assert!(
            decode(&[head, second, first].concat()).is_err(),
            "out of order"
        );
        assert!(decode(&[head, first, first].concat()).is_err(), "twice");
    }
}
