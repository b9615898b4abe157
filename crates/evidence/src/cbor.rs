//! CBOR as credentials must write it: one reading, or none.
//!
//! Items borrow from the input and remember their own bytes, since mobile documents hash and sign parts exactly as they
//! were sent. Written here because the readers at hand accept what two readers would understand differently. Refuses:
//! indefinite lengths, maps with a key twice, keys that are neither numbers nor text, reserved encodings, integers that
//! do not fit 64 bits with a sign, bignums, nesting and numbers of items beyond their bounds, truncated input, and bytes
//! after the end. Source: RFC 8949; ISO/IEC 18013-5, section 7.

mod write;

use std::collections::HashSet;
use std::fmt;

pub(crate) use write::Writer;

/// Levels of arrays, maps, tags: a device response of ISO 18013-5 has 12.
pub(crate) const DEPTH_MAX: usize = 32;
/// Items in one document: a mobile driving licence with every element has about 700.
pub(crate) const ITEMS_MAX: usize = 32_768;
/// Below this many keys a map is compared pair by pair, which is quicker than a set.
const SMALL_MAP: usize = 16;

/// Why CBOR was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CborError {
    /// The input ends inside an item.
    #[error("the CBOR is truncated: it ends inside an item")]
    Truncated,
    /// Bytes after the item.
    #[error("there are bytes after the end of the CBOR item")]
    Trailing,
    /// An item of indefinite length.
    #[error("an item of indefinite length: write the length")]
    Indefinite,
    /// A map with a key twice.
    #[error("a map has a key twice")]
    DuplicateKey,
    /// A key that is neither a number nor text.
    #[error("a map has a key that is neither a number nor text")]
    Key,
    /// Too many levels.
    #[error("the CBOR is nested more than {DEPTH_MAX} levels deep")]
    Depth,
    /// Too many items.
    #[error("the CBOR has more than {ITEMS_MAX} items")]
    Items,
    /// An integer beyond 64 bits with a sign.
    #[error("an integer does not fit 64 bits with a sign")]
    Integer,
    /// A text that is not UTF-8.
    #[error("a text is not UTF-8")]
    Utf8,
    /// An encoding that RFC 8949 reserves.
    #[error("an encoding that RFC 8949 reserves")]
    Reserved,
}

/// What an item is.
#[derive(Clone, PartialEq)]
pub(crate) enum Value<'a> {
    /// An integer.
    Integer(i64),
    /// Bytes.
    Bytes(&'a [u8]),
    /// Text.
    Text(&'a str),
    /// Items in order.
    Array(Vec<Item<'a>>),
    /// Pairs in the order of the input, no key twice.
    Map(Vec<(Item<'a>, Item<'a>)>),
    /// A tag and what it is on.
    Tag(u64, Box<Item<'a>>),
    /// True or false.
    Bool(bool),
    /// Null.
    Null,
    /// Undefined.
    Undefined,
    /// A number with a fraction.
    Float(f64),
    /// Another simple value.
    Simple(u8),
}

/// An item and the bytes it was read from.
#[derive(Clone)]
pub(crate) struct Item<'a> {
    /// What it is.
    pub(crate) value: Value<'a>,
    /// As it was sent.
    pub(crate) raw: &'a [u8],
}

impl PartialEq for Item<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl fmt::Debug for Item<'_> {
    /// The bytes alone: what they say may be personal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Item({} bytes)", self.raw.len())
    }
}

impl<'a> Item<'a> {
    /// The map's value under a text.
    pub(crate) fn get(&self, key: &str) -> Option<&Item<'a>> {
        let is_key = |k: &Item<'_>| matches!(k.value, Value::Text(text) if text == key);
        self.map()?.iter().find(|(k, _)| is_key(k)).map(|(_, v)| v)
    }

    /// The map's value under a number.
    pub(crate) fn at(&self, key: i64) -> Option<&Item<'a>> {
        let is_key = |k: &Item<'_>| matches!(k.value, Value::Integer(n) if n == key);
        self.map()?.iter().find(|(k, _)| is_key(k)).map(|(_, v)| v)
    }

    /// The pairs, if it is a map.
    pub(crate) fn map(&self) -> Option<&[(Item<'a>, Item<'a>)]> {
        match &self.value {
            Value::Map(pairs) => Some(pairs),
            _ => None,
        }
    }

    /// The items, if it is an array.
    pub(crate) fn array(&self) -> Option<&[Item<'a>]> {
        match &self.value {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The text, if it is one.
    pub(crate) fn text(&self) -> Option<&'a str> {
        match self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The bytes, if it is a byte string.
    pub(crate) fn bytes(&self) -> Option<&'a [u8]> {
        match self.value {
            Value::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The integer, if it is one.
    pub(crate) fn integer(&self) -> Option<i64> {
        match self.value {
            Value::Integer(n) => Some(n),
            _ => None,
        }
    }

    /// What the tag is on, if it is that tag.
    pub(crate) fn tagged(&self, tag: u64) -> Option<&Item<'a>> {
        match &self.value {
            Value::Tag(found, item) if *found == tag => Some(item),
            _ => None,
        }
    }

    /// The bytes in `#6.24(bstr)`, CBOR inside CBOR.
    pub(crate) fn embedded(&self) -> Option<&'a [u8]> {
        self.tagged(24)?.bytes()
    }
}

/// Reads exactly one item.
///
/// # Errors
/// For anything that this module refuses.
pub(crate) fn read(input: &[u8]) -> Result<Item<'_>, CborError> {
    let mut reader = Reader {
        rest: input,
        items: 0,
    };
    let item = reader.item(0)?;
    if reader.rest.is_empty() {
        Ok(item)
    } else {
        Err(CborError::Trailing)
    }
}

struct Reader<'a> {
    rest: &'a [u8],
    items: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8], CborError> {
        let (taken, rest) = self.rest.split_at_checked(n).ok_or(CborError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, CborError> {
        let (first, rest) = self.rest.split_first().ok_or(CborError::Truncated)?;
        self.rest = rest;
        Ok(*first)
    }

    /// The number that follows the first byte.
    fn argument(&mut self, info: u8) -> Result<u64, CborError> {
        let width = match info {
            0..=23 => return Ok(u64::from(info)),
            24 => 1,
            25 => 2,
            26 => 4,
            27 => 8,
            31 => return Err(CborError::Indefinite),
            _ => return Err(CborError::Reserved),
        };
        let bytes = self.take(width)?;
        Ok(bytes.iter().fold(0, |n, b| (n << 8) | u64::from(*b)))
    }

    /// A length, which can never exceed what is left of the input.
    fn length(&mut self, info: u8) -> Result<usize, CborError> {
        let n = self.argument(info)?;
        usize::try_from(n)
            .ok()
            .filter(|n| *n <= self.rest.len())
            .ok_or(CborError::Truncated)
    }

    fn item(&mut self, depth: usize) -> Result<Item<'a>, CborError> {
        self.items += 1;
        if self.items > ITEMS_MAX {
            return Err(CborError::Items);
        }
        if depth > DEPTH_MAX {
            return Err(CborError::Depth);
        }
        let start = self.rest;
        let first = self.byte()?;
        let value = self.value(first >> 5, first & 0x1f, depth)?;
        let raw = start
            .get(..start.len() - self.rest.len())
            .unwrap_or_default();
        Ok(Item { value, raw })
    }

    fn value(&mut self, major: u8, info: u8, depth: usize) -> Result<Value<'a>, CborError> {
        let integer = |n: u64| i64::try_from(n).map_err(|_| CborError::Integer);
        Ok(match major {
            0 => Value::Integer(integer(self.argument(info)?)?),
            1 => Value::Integer(-1 - integer(self.argument(info)?)?),
            2 => {
                let n = self.length(info)?;
                Value::Bytes(self.take(n)?)
            }
            3 => {
                let n = self.length(info)?;
                let text = std::str::from_utf8(self.take(n)?);
                Value::Text(text.map_err(|_| CborError::Utf8)?)
            }
            4 => {
                let n = self.length(info)?;
                let items: Result<_, _> = (0..n).map(|_| self.item(depth + 1)).collect();
                Value::Array(items?)
            }
            5 => Value::Map(self.pairs(info, depth)?),
            6 => match self.argument(info)? {
                2 | 3 => return Err(CborError::Integer),
                tag => Value::Tag(tag, Box::new(self.item(depth + 1)?)),
            },
            _ => self.simple(info)?,
        })
    }

    fn pairs(&mut self, info: u8, depth: usize) -> Result<Vec<(Item<'a>, Item<'a>)>, CborError> {
        let n = self.length(info)?;
        let mut pairs: Vec<(Item<'a>, Item<'a>)> = Vec::new();
        let mut seen = HashSet::new();
        for _ in 0..n {
            let key = self.item(depth + 1)?;
            let twice = match key.value {
                Value::Integer(_) | Value::Text(_) if n <= SMALL_MAP => {
                    pairs.iter().any(|(k, _)| *k == key)
                }
                Value::Integer(n) => !seen.insert((Some(n), "")),
                Value::Text(text) => !seen.insert((None, text)),
                _ => return Err(CborError::Key),
            };
            if twice {
                return Err(CborError::DuplicateKey);
            }
            pairs.push((key, self.item(depth + 1)?));
        }
        Ok(pairs)
    }

    fn simple(&mut self, info: u8) -> Result<Value<'a>, CborError> {
        Ok(match info {
            20 => Value::Bool(false),
            21 => Value::Bool(true),
            22 => Value::Null,
            23 => Value::Undefined,
            0..=19 => Value::Simple(info),
            24 => match self.byte()? {
                simple @ 32.. => Value::Simple(simple),
                _ => return Err(CborError::Reserved),
            },
            25 => Value::Float(half(self.argument(info)?)),
            26 => {
                let bits = u32::try_from(self.argument(info)?).map_err(|_| CborError::Reserved)?;
                Value::Float(f64::from(f32::from_bits(bits)))
            }
            27 => Value::Float(f64::from_bits(self.argument(info)?)),
            31 => return Err(CborError::Indefinite),
            _ => return Err(CborError::Reserved),
        })
    }
}

/// A number of half precision (RFC 8949, appendix D).
fn half(bits: u64) -> f64 {
    let exponent = i32::try_from((bits >> 10) & 0x1f).unwrap_or_default();
    let mantissa = f64::from(u16::try_from(bits & 0x3ff).unwrap_or_default());
    let size = match exponent {
        0 => mantissa * 2f64.powi(-24),
        31 if mantissa == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (mantissa + 1024.0) * 2f64.powi(exponent - 25),
    };
    if bits & 0x8000 == 0 { size } else { -size }
}
