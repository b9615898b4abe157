//! Hiding commitments, one a field: what a leaf says about a value without saying the value.
//!
//! `SHA-256(len tag || tag || len origin || origin || len field || field || len r || r || len value || value)`, every
//! length a big-endian `u64`, the tag [`DOMAIN`], and `r` 64 random bytes that are kept only in the subject's sealed
//! envelope. With `r` twice as long as the hash almost every value has some `r` that fits, so once `r` is destroyed no
//! search through birth dates or document numbers can find the value. The lengths leave one way to split the bytes, so a
//! commitment has one opening; the origin and field name bind it to its ledger and its field.
//!
//! Refuses: to open for another ledger, field, value or `r`.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bonafide_model::Entropy;
use serde_json::{Value, json};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::hash::{Hash, sha256_of};
use crate::text::{from_hex, to_hex};

/// Separates these hashes from every other use of SHA-256.
pub const DOMAIN: &str = "bonafide-commit-v1";

/// Random bytes in a commitment: twice the hash, so that hiding does not rest on the hash being hard to invert.
pub const RANDOM_BYTES: usize = 64;

/// What opens a commitment: the field, the random bytes and the value. Wiped from memory when dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Opening {
    /// The name of the field within its record.
    pub field: String,
    /// The random bytes.
    pub random: [u8; RANDOM_BYTES],
    /// The value, as bytes.
    pub value: Vec<u8>,
}

impl Opening {
    /// An opening with fresh random bytes.
    pub fn new(
        field: impl Into<String>,
        value: impl Into<Vec<u8>>,
        entropy: &(impl Entropy + ?Sized),
    ) -> Self {
        let mut random = [0; RANDOM_BYTES];
        entropy.fill(&mut random);
        Self {
            field: field.into(),
            random,
            value: value.into(),
        }
    }

    /// As a disclosure shows it: `{"field", "random" (hexadecimal), "value" (base64)}`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "field": self.field,
            "random": to_hex(&self.random),
            "value": STANDARD.encode(&self.value),
        })
    }

    /// Reads what [`Opening::to_json`] writes; `None` for any other shape.
    #[must_use]
    pub fn from_json(value: &Value) -> Option<Self> {
        let map = value.as_object().filter(|map| map.len() == 3)?;
        let text = |key: &str| map.get(key).and_then(Value::as_str);
        Some(Self {
            field: text("field")?.to_owned(),
            random: from_hex(text("random")?)?.try_into().ok()?,
            value: STANDARD.decode(text("value")?).ok()?,
        })
    }
}

impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opening({}, sealed)", self.field)
    }
}

/// The commitment that `opening` opens in the ledger named `origin`.
#[must_use]
pub fn commit(origin: &str, opening: &Opening) -> Hash {
    let parts: [&[u8]; 5] = [
        DOMAIN.as_bytes(),
        origin.as_bytes(),
        opening.field.as_bytes(),
        &opening.random,
        &opening.value,
    ];
    let [tag, ledger, field, random, value] = parts;
    let [a, b, c, d, e] = parts.map(|part| (part.len() as u64).to_be_bytes());
    sha256_of(&[&a, tag, &b, ledger, &c, field, &d, random, &e, value])
}

/// Whether `opening` opens `commitment` in the ledger named `origin`.
#[must_use]
pub fn verify(origin: &str, commitment: &Hash, opening: &Opening) -> bool {
    commit(origin, opening) == *commitment
}

#[cfg(test)]
mod tests {
    use super::*;
    use bonafide_model::SeededEntropy;
    use std::collections::HashSet;

    const ORIGIN: &str = "ledger.example/records";

    fn opening(seed: u64, field: &str, value: &str) -> Opening {
        Opening::new(field, value, &SeededEntropy::new(seed))
    }

    #[test]
    fn the_form_is_fixed() {
        let opening = Opening {
            field: "name".into(),
            random: [7; RANDOM_BYTES],
            value: b"Ada".to_vec(),
        };
        let mut bytes = Vec::new();
        for part in [
            b"bonafide-commit-v1".as_slice(),
            b"ledger.example/records",
            b"name",
            &[7; 64],
            b"Ada",
        ] {
            bytes.extend((part.len() as u64).to_be_bytes());
            bytes.extend(part);
        }
        assert_eq!(commit(ORIGIN, &opening), crate::hash::sha256(&bytes));
    }

    /// Attack 14: another value, field, ledger, random, length split or entry.
    #[test]
    fn there_is_no_second_opening() {
        let good = opening(1, "name", "Ada Lovelace");
        let commitment = commit(ORIGIN, &good);
        assert!(verify(ORIGIN, &commitment, &good));
        assert!(!verify("ledger.example/other", &commitment, &good));

        let change = |edit: &dyn Fn(&mut Opening)| {
            let mut changed = good.clone();
            edit(&mut changed);
            assert!(!verify(ORIGIN, &commitment, &changed));
        };
        change(&|o| o.value = b"Ada Lovelac".to_vec());
        change(&|o| o.field = "name2".into());
        change(&|o| o.random = *opening(2, "", "").random.first_chunk().unwrap());
        for byte in 0..RANDOM_BYTES {
            for bit in 0..8 {
                change(&|o| o.random[byte] ^= 1 << bit);
            }
        }
        // The last letter of the field moved into the random bytes, and the last random byte into the value.
        change(&|o| {
            let moved = o.field.pop().unwrap() as u8;
            o.value.insert(0, o.random[RANDOM_BYTES - 1]);
            o.random.copy_within(..RANDOM_BYTES - 1, 1);
            o.random[0] = moved;
        });
        // The end of the origin moved into the field.
        let mut shifted = good.clone();
        shifted.field = format!("records{}", good.field);
        assert!(!verify("ledger.example/", &commitment, &shifted));

        let other_entry = opening(2, "name", "Ada Lovelace");
        assert!(!verify(ORIGIN, &commit(ORIGIN, &other_entry), &good));
    }

    /// Attack 15: all birth dates of a century, without `r` but with everything else that a stolen database holds.
    #[test]
    fn guessing_the_value_without_the_random_bytes_finds_nothing() {
        let entropy = SeededEntropy::new(15);
        let real = Opening::new("date_of_birth", "1984-02-29", &entropy);
        let commitment = commit(ORIGIN, &real);
        let dates: Vec<String> = (1930..2010)
            .flat_map(|y| {
                (1..=12).flat_map(move |m| (1..=31).map(move |d| format!("{y}-{m:02}-{d:02}")))
            })
            .collect();
        let randoms = [
            [0; RANDOM_BYTES],
            [255; RANDOM_BYTES],
            opening(16, "", "").random,
        ];
        let hits = |random: [u8; RANDOM_BYTES]| -> Vec<&String> {
            let guess = |date: &&String| {
                let guess = Opening {
                    field: real.field.clone(),
                    random,
                    value: date.as_bytes().to_vec(),
                };
                verify(ORIGIN, &commitment, &guess)
            };
            dates.iter().filter(guess).collect()
        };
        for random in randoms {
            assert!(hits(random).is_empty());
        }
        // The attack itself works: with `r` it finds the one date.
        assert_eq!(hits(real.random), ["1984-02-29"]);
        // Equal values do not look equal.
        let same: HashSet<Hash> = (0..100)
            .map(|_| commit(ORIGIN, &Opening::new("outcome", "pass", &entropy)))
            .collect();
        assert_eq!(same.len(), 100);
    }

    #[test]
    fn disclosures_read_back_and_debug_hides_the_value() {
        let good = opening(3, "name", "Grace");
        assert_eq!(Opening::from_json(&good.to_json()), Some(good.clone()));
        assert!(!format!("{good:?}").contains("Grace"));
        let mut extra = good.to_json();
        extra["more"] = 1.into();
        assert_eq!(Opening::from_json(&extra), None);
    }
}
