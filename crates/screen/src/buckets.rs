//! A multimap from 32-bit hashes to numbers, in two flat arrays: small, built by one sort, read without a branch too many.
//!
//! Two keys of one hash share their numbers; whoever reads compares what the numbers stand for.

/// Directory entries per held pair, as a shift: about four pairs a bucket.
const PAIRS_SHIFT: u32 = 2;

#[derive(Debug, Default)]
pub(crate) struct Buckets {
    /// Hash in the upper half, number in the lower; sorted.
    pairs: Vec<u64>,
    /// Where the pairs whose hash starts with these bits begin; one more at the end.
    starts: Vec<u32>,
    shift: u32,
}

impl Buckets {
    pub(crate) fn new(mut pairs: Vec<u64>) -> Self {
        pairs.sort_unstable();
        pairs.dedup();
        pairs.shrink_to_fit();
        let wanted = u32::try_from(pairs.len() >> PAIRS_SHIFT).unwrap_or(u32::MAX);
        let bits = (32 - wanted.leading_zeros()).clamp(4, 24);
        let shift = 32 - bits;
        let mut starts = vec![0_u32; (1 << bits) + 1];
        for pair in &pairs {
            let bucket = usize::try_from(hash_of(*pair) >> shift).unwrap_or(0);
            if let Some(count) = starts.get_mut(bucket + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        Self {
            pairs,
            starts,
            shift,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// The numbers held under a hash.
    pub(crate) fn get(&self, hash: u32) -> impl Iterator<Item = u32> {
        let bucket = usize::try_from(hash >> self.shift).unwrap_or(0);
        let at = |bucket: usize| {
            let start = self.starts.get(bucket).copied().unwrap_or(0);
            usize::try_from(start).unwrap_or(0)
        };
        let range = at(bucket)..at(bucket + 1);
        self.pairs
            .get(range)
            .unwrap_or(&[])
            .iter()
            .filter(move |pair| hash_of(**pair) == hash)
            .map(|pair| number_of(*pair))
    }
}

pub(crate) fn pair(hash: u32, number: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(number)
}

fn hash_of(pair: u64) -> u32 {
    (pair >> 32) as u32
}

fn number_of(pair: u64) -> u32 {
    pair as u32
}

/// A hash of a few bytes: multiply and mix, quick for short keys. Not for keys that an enemy chooses to collide: a
/// collision here costs one comparison.
pub(crate) fn hash(bytes: impl IntoIterator<Item = u8>) -> u32 {
    let mut state: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in bytes {
        state = (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    state ^= state >> 32;
    state = state.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash_of(state)
}
