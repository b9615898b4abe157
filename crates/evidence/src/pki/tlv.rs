//! Tag, length, value: the distinguished encoding rules of ASN.1 (X.690), and the BER-TLV of chips, which is the same
//! with definite lengths.

use crate::verdict::{Code, Reason};

/// Tags.
pub(crate) const BOOLEAN: u32 = 0x01;
pub(crate) const INTEGER: u32 = 0x02;
pub(crate) const BIT_STRING: u32 = 0x03;
pub(crate) const OCTET_STRING: u32 = 0x04;
pub(crate) const OID: u32 = 0x06;
pub(crate) const UTC_TIME: u32 = 0x17;
pub(crate) const GENERALIZED_TIME: u32 = 0x18;
pub(crate) const SEQUENCE: u32 = 0x30;
pub(crate) const SET: u32 = 0x31;

/// The tag `[number]` of a constructed value.
pub(crate) const fn context(number: u32) -> u32 {
    0xa0 + number
}

/// Bytes that are not of this encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Broken(pub(crate) &'static str);

impl From<Broken> for Reason {
    fn from(broken: Broken) -> Self {
        Self::new(
            Code::Malformed,
            format!("{} is not encoded as it must be", broken.0),
        )
    }
}

/// One value with its tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tlv<'a> {
    /// Up to two bytes, as they are.
    pub(crate) tag: u32,
    /// The content.
    pub(crate) value: &'a [u8],
    /// All of it, with tag and length.
    pub(crate) raw: &'a [u8],
}

impl<'a> Tlv<'a> {
    /// What is inside.
    pub(crate) fn inside(self) -> Reader<'a> {
        Reader(self.value)
    }
}

/// Reads values one after the other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Refuses whatever is left.
    pub(crate) fn end(&self, what: &'static str) -> Result<(), Broken> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Broken(what))
        }
    }

    /// The tag of the next value, without reading it; 0 at the end.
    pub(crate) fn peek(&self) -> u32 {
        tag(self.0).map_or(0, |(tag, _)| tag)
    }

    /// The next value.
    pub(crate) fn next(&mut self, what: &'static str) -> Result<Tlv<'a>, Broken> {
        let start = self.0;
        let read = || {
            let (tag, rest) = tag(start)?;
            let (length, rest) = length(rest)?;
            let (value, rest) = rest.split_at_checked(length)?;
            let raw = start.get(..start.len() - rest.len())?;
            Some((Tlv { tag, value, raw }, rest))
        };
        let (tlv, rest) = read().ok_or(Broken(what))?;
        self.0 = rest;
        Ok(tlv)
    }

    /// The next value, which must have this tag.
    pub(crate) fn expect(&mut self, tag: u32, what: &'static str) -> Result<Tlv<'a>, Broken> {
        let tlv = self.next(what)?;
        if tlv.tag == tag {
            Ok(tlv)
        } else {
            Err(Broken(what))
        }
    }

    /// The next value, if it has this tag.
    pub(crate) fn optional(
        &mut self,
        tag: u32,
        what: &'static str,
    ) -> Result<Option<Tlv<'a>>, Broken> {
        if self.peek() == tag {
            self.next(what).map(Some)
        } else {
            Ok(None)
        }
    }

    /// What is inside the next value, which must have this tag.
    pub(crate) fn enter(&mut self, tag: u32, what: &'static str) -> Result<Self, Broken> {
        self.expect(tag, what).map(Tlv::inside)
    }

    /// The octets of a non-negative integer, without leading zeros.
    pub(crate) fn unsigned(&mut self, what: &'static str) -> Result<&'a [u8], Broken> {
        let value = self.expect(INTEGER, what)?.value;
        match value {
            [] | [0x80..=0xff, ..] | [0, 0..=0x7f, ..] => Err(Broken(what)),
            [0, rest @ ..] => Ok(rest),
            _ => Ok(value),
        }
    }

    /// A small non-negative integer.
    pub(crate) fn small(&mut self, what: &'static str) -> Result<u32, Broken> {
        let octets = self.unsigned(what)?;
        if octets.len() > 4 {
            return Err(Broken(what));
        }
        Ok(octets
            .iter()
            .fold(0, |sum, byte| sum << 8 | u32::from(*byte)))
    }
}

/// A tag of one or two bytes.
fn tag(bytes: &[u8]) -> Option<(u32, &[u8])> {
    match bytes {
        [first, second, rest @ ..] if first & 0x1f == 0x1f => {
            let long = u32::from(*first) << 8 | u32::from(*second);
            (second & 0x80 == 0 && *second >= 0x1f).then_some((long, rest))
        }
        [first, rest @ ..] if first & 0x1f != 0x1f => Some((u32::from(*first), rest)),
        _ => None,
    }
}

/// A definite length, as short as it can be written.
fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    if *first < 0x80 {
        return Some((usize::from(*first), rest));
    }
    let octets = usize::from(first & 0x7f);
    if octets == 0 || octets > 4 {
        return None;
    }
    let (octets, rest) = rest.split_at_checked(octets)?;
    let length = octets
        .iter()
        .fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
    let short = octets.first() == Some(&0) || length < 0x80;
    (!short).then_some((length, rest))
}

/// The octets of a bit string of whole octets.
pub(crate) fn bits<'a>(tlv: Tlv<'a>, what: &'static str) -> Result<&'a [u8], Broken> {
    match tlv.value {
        [0, octets @ ..] if tlv.tag == BIT_STRING => Ok(octets),
        _ => Err(Broken(what)),
    }
}

/// The only value in these bytes, which must have this tag.
pub(crate) fn single<'a>(bytes: &'a [u8], tag: u32, what: &'static str) -> Result<Tlv<'a>, Broken> {
    let mut reader = Reader::new(bytes);
    let tlv = reader.expect(tag, what)?;
    reader.end(what)?;
    Ok(tlv)
}
