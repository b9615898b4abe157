//! Parts that stand for each other: given names, their short forms and their forms in other languages (`data/variants.txt`),
//! and words of organisations in several languages (`data/words.txt`).
//!
//! Found by fold, so that a variant need not be spelt as in the file.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::buckets::hash;
use crate::spelling::Spelling;

/// What a variant differs by, in twentieths of a slip: as much as a slip of the pen that is seldom made.
pub(crate) const COST: u16 = 14;

static GROUPS: LazyLock<HashMap<Vec<u8>, Vec<u32>>> = LazyLock::new(|| {
    let mut groups: HashMap<Vec<u8>, Vec<u32>> = HashMap::new();
    let given = include_str!("../data/variants.txt").lines();
    let lines = given.chain(include_str!("../data/words.txt").lines());
    for (number, line) in (0_u32..).zip(lines.filter(|l| !l.starts_with('#') && !l.is_empty())) {
        for name in line.split(' ') {
            let fold = Spelling::new(name.as_bytes(), false).fold;
            let of_name = groups.entry(fold).or_default();
            let group = hash(number.to_le_bytes());
            if !of_name.contains(&group) {
                of_name.push(group);
            }
        }
    }
    groups
});

/// The groups that a fold belongs to, as hashes.
pub(crate) fn groups(fold: &[u8]) -> &'static [u32] {
    GROUPS.get(fold).map_or(&[], Vec::as_slice)
}
