//! Which hashes an operation needs, which tiles hold them, and how they fold into the hash of a range.
//!
//! Every hash in a proof, and every root, is the hash of a range of entries; a range at the right edge is folded from
//! complete subtrees, each of which lies in one tile. So one list of ranges gives both the tiles to load and the answer.
//! Source: RFC 9162, sections 2.1.1 to 2.1.4; the subtree form of consistency from draft-ietf-plants-merkle-tree-certs.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::hash::{Hash, empty_root, node_hash};
use crate::tile::{BundleId, MAX_LEVEL, TILE_HEIGHT, TILE_WIDTH, TileError, TileId, TileMap, find};

/// The tiles that the proof of inclusion of entry `index` in a tree of `size` entries is built from.
#[must_use]
pub fn tiles_for_inclusion(index: u64, size: u64) -> BTreeSet<TileId> {
    tiles_for(&inclusion_ranges(index, size), size)
}

/// The tiles that the proof of consistency of the trees of `size1` and `size2` entries is built from.
#[must_use]
pub fn tiles_for_consistency(size1: u64, size2: u64) -> BTreeSet<TileId> {
    tiles_for(&consistency_ranges(0..size1, size2), size2)
}

/// The tiles that the root of a tree of `size` entries is folded from.
#[must_use]
pub fn tiles_for_root(size: u64) -> BTreeSet<TileId> {
    tiles_for(std::slice::from_ref(&(0..size)), size)
}

/// The partial tiles at the right edge of a tree of `size` entries, which appending continues.
#[must_use]
pub fn tiles_for_append(size: u64) -> BTreeSet<TileId> {
    (0..=MAX_LEVEL)
        .filter_map(|level| {
            let hashes = size.checked_shr(u32::from(level) * TILE_HEIGHT)?;
            TileId::in_tree(level, hashes / u64::from(TILE_WIDTH), size)
        })
        .collect()
}

/// The partial entry bundle at the right edge, which appending continues.
#[must_use]
pub fn bundle_for_append(size: u64) -> Option<BundleId> {
    let width = (size % u64::from(TILE_WIDTH)) as u16;
    (width > 0).then_some(BundleId {
        index: size / u64::from(TILE_WIDTH),
        width,
    })
}

/// The root of the tree of `size` entries.
///
/// # Errors
/// If a tile of [`tiles_for_root`] is missing or too short.
pub fn root(tiles: &TileMap, size: u64) -> Result<Hash, TileError> {
    hash_range(tiles, 0..size, size)
}

/// The largest power of two below `n`, where the tree of `n` entries is split; `n` is at least 2.
pub(crate) fn split(n: u64) -> u64 {
    1 << (63 - n.saturating_sub(1).max(1).leading_zeros())
}

/// The ranges whose hashes make the proof of inclusion, from the leaf's sibling upwards.
pub(crate) fn inclusion_ranges(index: u64, size: u64) -> Vec<Range<u64>> {
    let mut ranges = Vec::new();
    let mut tree = 0..size;
    while index < size && tree.end - tree.start > 1 {
        let middle = tree.start + split(tree.end - tree.start);
        let (inside, beside) = if index < middle {
            (tree.start..middle, middle..tree.end)
        } else {
            (middle..tree.end, tree.start..middle)
        };
        ranges.push(beside);
        tree = inside;
    }
    ranges.reverse();
    ranges
}

/// The ranges whose hashes make the proof that `part` is consistent with the tree of `size` entries.
pub(crate) fn consistency_ranges(mut part: Range<u64>, size: u64) -> Vec<Range<u64>> {
    let mut ranges = Vec::new();
    let mut tree = 0..size;
    let mut known = true;
    if part.is_empty() || part.end > size {
        return ranges;
    }
    while part != tree {
        let middle = tree.start + split(tree.end - tree.start);
        if part.end <= middle {
            ranges.push(middle..tree.end);
            tree.end = middle;
        } else {
            if part.start < middle {
                part.start = middle;
                known = false;
            }
            ranges.push(tree.start..middle);
            tree.start = middle;
        }
    }
    if !known {
        ranges.push(tree);
    }
    ranges.reverse();
    ranges
}

/// The complete subtrees of a range, from left to right, as (height, place at that height).
fn nodes(range: Range<u64>) -> Vec<(u32, u64)> {
    let mut nodes = Vec::new();
    let mut start = range.start;
    while start < range.end {
        let height = 63 - (range.end - start).leading_zeros();
        nodes.push((height, start >> height));
        start += 1 << height;
    }
    nodes
}

/// Where a complete subtree lies: tile, first hash, number of hashes.
fn place(height: u32, index: u64, size: u64) -> Option<(TileId, u16, u16)> {
    let (level, within) = (height / TILE_HEIGHT, height % TILE_HEIGHT);
    let first = index << within;
    let tile = TileId::in_tree(level as u8, first / u64::from(TILE_WIDTH), size)?;
    let offset = (first % u64::from(TILE_WIDTH)) as u16;
    Some((tile, offset, 1 << within))
}

fn tiles_for(ranges: &[Range<u64>], size: u64) -> BTreeSet<TileId> {
    ranges
        .iter()
        .flat_map(|range| nodes(range.clone()))
        .filter_map(|(height, index)| place(height, index, size))
        .map(|(tile, _, _)| tile)
        .collect()
}

/// The hash of a range of a tree of `size` entries.
pub(crate) fn hash_range(tiles: &TileMap, range: Range<u64>, size: u64) -> Result<Hash, TileError> {
    let mut right: Option<Hash> = None;
    for (height, index) in nodes(range).into_iter().rev() {
        let Some((id, offset, count)) = place(height, index, size) else {
            continue;
        };
        let bytes = find(tiles, id).ok_or(TileError::Missing(id))?;
        let left = id.subtree(bytes, offset, count)?;
        right = Some(right.map_or(left, |right| node_hash(&left, &right)));
    }
    Ok(right.unwrap_or_else(empty_root))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_follow_the_examples_of_rfc_9162() {
        // Section 2.1.5: the tree of seven entries.
        assert_eq!(inclusion_ranges(0, 7), [1..2, 2..4, 4..7]);
        assert_eq!(inclusion_ranges(3, 7), [2..3, 0..2, 4..7]);
        assert_eq!(inclusion_ranges(4, 7), [5..6, 6..7, 0..4]);
        assert_eq!(inclusion_ranges(6, 7), [4..6, 0..4]);
        assert_eq!(consistency_ranges(0..3, 7), [2..3, 3..4, 0..2, 4..7]);
        assert_eq!(consistency_ranges(0..4, 7), vec![4..7; 1]);
        assert_eq!(consistency_ranges(0..6, 7), [4..6, 6..7, 0..4]);
        assert_eq!(consistency_ranges(0..7, 7), []);
        assert_eq!(inclusion_ranges(7, 7), []);
        assert_eq!(inclusion_ranges(0, 0), []);
    }

    #[test]
    fn an_append_needs_only_the_right_edge() {
        let ids: Vec<String> = tiles_for_append(70_000)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            ids,
            ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"]
        );
        assert!(tiles_for_append(0).is_empty());
        assert_eq!(tiles_for_append(256).len(), 1);
        assert_eq!(bundle_for_append(512), None);
        assert_eq!(
            bundle_for_append(513),
            Some(BundleId { index: 2, width: 1 })
        );
    }
}
