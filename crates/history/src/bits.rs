//! Numbers in as few bits as they need: packed to a width, Rice-coded, or as variable-length integers.
//!
//! Reading never goes beyond what was written: a reader at its end answers that the block is damaged.
//!
//! Source: R. F. Rice, "Some Practical Universal Noiseless Coding Techniques" (1979); LEB128.

/// Unary bits of a Rice code after which the number stands as it is.
const ESCAPE: u32 = 24;
/// Bits that say how wide an escaped number is.
const WIDTH_BITS: u32 = 7;

/// Bits being written, least significant first.
#[derive(Debug, Default)]
pub(crate) struct BitWriter {
    bytes: Vec<u8>,
    held: u128,
    count: u32,
}

impl BitWriter {
    /// Writes the lowest bits of a number; at most 64.
    pub(crate) fn put(&mut self, value: u64, width: u32) {
        debug_assert!(width <= 64 && (width == 64 || value >> width == 0));
        self.held |= u128::from(value) << self.count;
        self.count += width;
        if self.count >= 64 {
            self.bytes.extend_from_slice(&low(self.held).to_le_bytes());
            self.held >>= 64;
            self.count -= 64;
        }
    }

    /// Writes a number that is probably not much above 2^k.
    pub(crate) fn put_rice(&mut self, value: u64, k: u32) {
        let above = value >> k;
        if above < u64::from(ESCAPE) {
            let above = above as u32;
            self.put((1 << above) - 1, above + 1);
            self.put(value & mask(k), k);
        } else {
            let width = width(value);
            self.put((1 << ESCAPE) - 1, ESCAPE);
            self.put(width.into(), WIDTH_BITS);
            self.put(value, width);
        }
    }

    /// Appends what was written to `to`, filled up to whole bytes.
    pub(crate) fn finish(mut self, to: &mut Vec<u8>) {
        let rest = self.held.to_le_bytes();
        let used = self.count.div_ceil(8) as usize;
        self.bytes
            .extend_from_slice(rest.get(..used).unwrap_or_default());
        to.extend_from_slice(&self.bytes);
    }
}

/// Bits that [`BitWriter::put_rice`] takes for a number.
pub(crate) fn rice_bits(value: u64, k: u32) -> u64 {
    let above = value >> k;
    if above < u64::from(ESCAPE) {
        above + 1 + u64::from(k)
    } else {
        u64::from(ESCAPE + WIDTH_BITS + width(value))
    }
}

/// Bits being read.
#[derive(Debug)]
pub(crate) struct BitReader<'a> {
    bytes: &'a [u8],
    /// The next bit.
    at: usize,
}

impl<'a> BitReader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// At least 57 bits from here, zeros behind the end.
    fn peek(&self) -> u64 {
        let from = self.at / 8;
        let word = match self.bytes.get(from..from + 8) {
            Some(bytes) => u64::from_le_bytes(bytes.try_into().unwrap_or_default()),
            None => {
                let rest = self.bytes.get(from..).unwrap_or_default();
                rest.iter()
                    .rev()
                    .fold(0, |word, b| (word << 8) | u64::from(*b))
            }
        };
        word >> (self.at % 8)
    }

    /// Whether more was read than was there.
    pub(crate) fn is_over(&self) -> bool {
        self.at > self.bytes.len() * 8
    }

    pub(crate) fn get(&mut self, width: u32) -> u64 {
        if width <= 56 {
            let value = self.peek() & mask(width);
            self.at += width as usize;
            return value;
        }
        let low = self.get(32);
        low | (self.get(width - 32) << 32)
    }

    pub(crate) fn get_rice(&mut self, k: u32) -> u64 {
        let ones = self.peek().trailing_ones();
        if ones < ESCAPE {
            self.at += ones as usize + 1;
            return (u64::from(ones) << k) | self.get(k);
        }
        self.at += ESCAPE as usize;
        let width = self.get(WIDTH_BITS) as u32;
        self.get(width.min(64))
    }
}

/// The lowest `width` bits.
pub(crate) fn mask(width: u32) -> u64 {
    match width {
        0 => 0,
        width => u64::MAX >> (64 - width.min(64)),
    }
}

/// Bits that a number needs.
pub(crate) fn width(value: u64) -> u32 {
    64 - value.leading_zeros()
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the lower half is what is meant"
)]
fn low(value: u128) -> u64 {
    value as u64
}

/// Appends an integer, seven bits a byte.
#[expect(clippy::cast_possible_truncation, reason = "seven bits at a time")]
pub(crate) fn put_varint(to: &mut Vec<u8>, mut value: u128) {
    while value >= 0x80 {
        to.push((value as u8) | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}

/// Takes an integer off the front; `None` where there is none.
pub(crate) fn take_varint(from: &mut &[u8]) -> Option<u128> {
    let mut value = 0_u128;
    let mut shift = 0;
    loop {
        let (first, rest) = from.split_first()?;
        *from = rest;
        if shift > 126 {
            return None;
        }
        value |= u128::from(first & 0x7F) << shift;
        if first & 0x80 == 0 {
            return Some(value);
        }
        shift += 7;
    }
}

/// The same, of a type that it must fit.
pub(crate) fn take<T: TryFrom<u128>>(from: &mut &[u8]) -> Option<T> {
    take_varint(from).and_then(|v| T::try_from(v).ok())
}

/// An instant as a number that is not negative and small near 1970.
pub(crate) fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

pub(crate) fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -((value & 1).cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        let numbers = [
            0,
            1,
            2,
            63,
            255,
            256,
            1 << 31,
            (1 << 57) - 1,
            1 << 60,
            u64::MAX,
        ];
        let mut writer = BitWriter::default();
        for value in numbers {
            writer.put(value, width(value));
            for k in [0, 5, 33, 60] {
                writer.put_rice(value, k);
            }
        }
        let mut bytes = Vec::new();
        writer.finish(&mut bytes);
        let mut reader = BitReader::new(&bytes);
        for value in numbers {
            assert_eq!(reader.get(width(value)), value);
            for k in [0, 5, 33, 60] {
                assert_eq!(reader.get_rice(k), value, "{k}");
            }
        }
        assert!(!reader.is_over());
        reader.get(9);
        assert!(reader.is_over());
        for value in [0, -1, 1, i64::MIN, i64::MAX] {
            assert_eq!(unzigzag(zigzag(value)), value);
        }
        for value in [0, 0x7F, 0x80, u128::from(u64::MAX), u128::MAX] {
            let mut bytes = Vec::new();
            put_varint(&mut bytes, value);
            assert_eq!(take_varint(&mut bytes.as_slice()), Some(value));
        }
        assert_eq!(take_varint(&mut [0x80_u8].as_slice()), None);
    }

    #[test]
    fn the_reckoned_size_is_the_size() {
        for value in [0, 1, 77, 1 << 20, 1 << 40] {
            for k in 0..50 {
                let mut writer = BitWriter::default();
                writer.put_rice(value, k);
                let bits = writer.bytes.len() as u64 * 8 + u64::from(writer.count);
                assert_eq!(bits, rice_bits(value, k), "{value} {k}");
            }
        }
    }
}
