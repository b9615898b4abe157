//! Where the blocks of one order are, and the first key of each: all of a segment that stays in memory.

use std::ops::Range;

use super::read_fence;
use crate::Address;
use crate::bits::take;

/// Blocks that a footer may name: of a segment at the bound on rows, with room.
const BLOCKS_MAX: usize = 1 << 22;

/// The first keys of blocks and where each begins.
#[derive(Debug, Default)]
pub(super) struct Fences {
    keys: Vec<Address>,
    times: Vec<i64>,
    /// Where each block ends, from the first on.
    ends: Vec<u32>,
    base: u64,
}

impl Fences {
    /// Takes the fences of one order off the front of a footer.
    pub(super) fn read(from: &mut &[u8], base: u64) -> Option<Self> {
        let count: usize = take(from)?;
        if count > BLOCKS_MAX {
            return None;
        }
        let mut fences = Self {
            keys: Vec::with_capacity(count),
            times: Vec::with_capacity(count),
            ends: Vec::with_capacity(count),
            base,
        };
        let (mut key, mut end) = (0, 0_u32);
        for _ in 0..count {
            let (next, at, size) = read_fence(from, key)?;
            key = next;
            end = end.checked_add(size)?;
            fences.keys.push(Address::from_bits(key));
            fences.times.push(at);
            fences.ends.push(end);
        }
        Some(fences)
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Where the last block ends in the file.
    pub(super) fn end(&self) -> u64 {
        self.base + u64::from(self.ends.last().copied().unwrap_or(0))
    }

    /// Where a block is, and its length.
    pub(super) fn place(&self, number: usize) -> Option<(u64, usize)> {
        let end = *self.ends.get(number)?;
        let before = number.checked_sub(1);
        let begin = before.map_or(Some(0), |n| self.ends.get(n).copied())?;
        Some((self.base + u64::from(begin), (end - begin) as usize))
    }

    fn key(&self, number: usize) -> (u128, i64) {
        let key = self.keys.get(number).map_or(u128::MAX, |k| k.bits());
        (key, self.times.get(number).copied().unwrap_or(i64::MAX))
    }

    /// The blocks that can hold something from `begin` to `end`, inclusive.
    pub(super) fn range(&self, begin: (u128, i64), end: (u128, i64)) -> Range<usize> {
        let below = |limit: (u128, i64), or_equal: bool| {
            let (mut low, mut high) = (0, self.len());
            while low < high {
                let middle = low.midpoint(high);
                let key = self.key(middle);
                if key < limit || (or_equal && key == limit) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            low
        };
        // Rows like the first of a block can be the last of the block before it.
        below(begin, false).saturating_sub(1)..below(end, true)
    }

    pub(super) fn memory(&self) -> usize {
        self.keys.capacity() * size_of::<Address>()
            + self.times.capacity() * size_of::<i64>()
            + self.ends.capacity() * size_of::<u32>()
    }
}
