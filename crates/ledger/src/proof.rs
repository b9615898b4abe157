//! Proofs that an entry is in a tree, and that one tree is the beginning of another.
//!
//! Both are verified by walking down the tree as its definition splits it, taking one hash of the proof at each split and
//! refusing one too few or too many; so every element of a proof is hashed into the root that is compared.
//! Source: RFC 9162, sections 2.1.3 and 2.1.4; consistency of a subtree from draft-ietf-plants-merkle-tree-certs.
//!
//! Refuses: an index that is not below the size, a proof of another length than the place in the tree has, a smaller tree
//! that claims to continue a larger one, and from the empty tree any proof but the empty one.

use std::ops::Range;

use crate::hash::{Hash, empty_root, node_hash};
use crate::tile::{TileError, TileMap};
use crate::tree::{consistency_ranges, hash_range, inclusion_ranges, split};

/// Hashes in the longest proof of consistency, one more than the levels of the highest tree.
pub const MAX_PROOF_HASHES: usize = 64;

/// Why a proof is refused or cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The index is not below the size.
    #[error("there is no entry {index} in a tree of {size} entries")]
    Index {
        /// The index asked for.
        index: u64,
        /// The size of the tree.
        size: u64,
    },
    /// The sizes are the wrong way round, or the range is not a subtree.
    #[error("the range from {start} to {end} is not a subtree of a tree of {size} entries")]
    Range {
        /// The first entry.
        start: u64,
        /// One past the last entry.
        end: u64,
        /// The size of the tree.
        size: u64,
    },
    /// Too many or too few hashes.
    #[error("the proof has {0} hashes, more or fewer than this place in the tree has")]
    Length(usize),
    /// The proof leads to another root.
    #[error("the proof leads to another root than the one given")]
    Root,
    /// The proof leads to another root of the smaller tree.
    #[error("the proof leads to another root of the earlier tree than the one given")]
    EarlierRoot,
    /// A tile is missing or short.
    #[error(transparent)]
    Tile(#[from] TileError),
}

/// Builds the proof that entry `index` is in the tree of `size` entries.
///
/// # Errors
/// If there is no such entry, or a tile of [`crate::tree::tiles_for_inclusion`] is missing.
pub fn build_inclusion(tiles: &TileMap, index: u64, size: u64) -> Result<Vec<Hash>, ProofError> {
    if index >= size {
        return Err(ProofError::Index { index, size });
    }
    build(tiles, inclusion_ranges(index, size), size)
}

/// Builds the proof that the tree of `size1` entries is the beginning of the tree of `size2`.
///
/// # Errors
/// If `size1` is larger, or a tile of [`crate::tree::tiles_for_consistency`] is missing.
pub fn build_consistency(tiles: &TileMap, size1: u64, size2: u64) -> Result<Vec<Hash>, ProofError> {
    build_subtree_consistency(tiles, 0..size1, size2)
}

/// Builds the proof that the subtree over `part` is part of the tree of `size` entries.
///
/// # Errors
/// If `part` is not a subtree of it, or a tile is missing.
pub fn build_subtree_consistency(
    tiles: &TileMap,
    part: Range<u64>,
    size: u64,
) -> Result<Vec<Hash>, ProofError> {
    check_subtree(&part, size)?;
    build(tiles, consistency_ranges(part, size), size)
}

fn build(tiles: &TileMap, ranges: Vec<Range<u64>>, size: u64) -> Result<Vec<Hash>, ProofError> {
    ranges
        .into_iter()
        .map(|range| hash_range(tiles, range, size).map_err(ProofError::from))
        .collect()
}

/// Checks that the entry with hash `leaf` is entry `index` of the tree of `size` entries with this root.
///
/// # Errors
/// Says why it is not proved.
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::Index { index, size });
    }
    let mut rest = proof;
    let found = climb(*leaf, index, size, &mut rest).filter(|_| rest.is_empty());
    match found {
        None => Err(ProofError::Length(proof.len())),
        Some(found) if found != *root => Err(ProofError::Root),
        Some(_) => Ok(()),
    }
}

/// The root over entry `index` of `size`, taking the hashes beside its path from the end of the proof.
fn climb(leaf: Hash, index: u64, size: u64, proof: &mut &[Hash]) -> Option<Hash> {
    if size == 1 {
        return Some(leaf);
    }
    let middle = split(size);
    let beside = take_last(proof)?;
    if index < middle {
        let left = climb(leaf, index, middle, proof)?;
        Some(node_hash(&left, &beside))
    } else {
        let right = climb(leaf, index - middle, size - middle, proof)?;
        Some(node_hash(&beside, &right))
    }
}

/// Checks that the tree of `size1` entries with `root1` is the beginning of the tree of `size2` entries with `root2`.
///
/// # Errors
/// Says why it is not proved.
pub fn verify_consistency(
    size1: u64,
    size2: u64,
    proof: &[Hash],
    root1: &Hash,
    root2: &Hash,
) -> Result<(), ProofError> {
    verify_subtree_consistency(0..size1, size2, proof, root1, root2)
}

/// Checks that `entry` with hash `leaf` is in the subtree over `part` with hash `root`.
///
/// # Errors
/// Says why it is not proved.
pub fn verify_subtree_inclusion(
    leaf: &Hash,
    index: u64,
    part: Range<u64>,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    check_subtree(&part, part.end)?;
    if !part.contains(&index) {
        return Err(ProofError::Index {
            index,
            size: part.end,
        });
    }
    verify_inclusion(leaf, index - part.start, part.end - part.start, proof, root)
}

/// Checks that the subtree over `part` with hash `root1` is part of the tree of `size` entries with `root2`. The empty
/// subtree is part of every tree.
///
/// # Errors
/// Says why it is not proved.
pub fn verify_subtree_consistency(
    part: Range<u64>,
    size: u64,
    proof: &[Hash],
    root1: &Hash,
    root2: &Hash,
) -> Result<(), ProofError> {
    check_subtree(&part, size)?;
    if part.is_empty() {
        if !proof.is_empty() {
            return Err(ProofError::Length(proof.len()));
        }
        if *root1 != empty_root() {
            return Err(ProofError::EarlierRoot);
        }
        if size == 0 && *root2 != empty_root() {
            return Err(ProofError::Root);
        }
        return Ok(());
    }
    let mut rest = proof;
    let found = descend(part, 0..size, Some(*root1), &mut rest).filter(|_| rest.is_empty());
    match found {
        None => Err(ProofError::Length(proof.len())),
        Some((earlier, _)) if earlier != *root1 => Err(ProofError::EarlierRoot),
        Some((_, later)) if later != *root2 => Err(ProofError::Root),
        Some(_) => Ok(()),
    }
}

/// The hashes of `part` and of `tree`; `known` is the hash of `part` as long as no split has gone through it.
fn descend(
    part: Range<u64>,
    tree: Range<u64>,
    known: Option<Hash>,
    proof: &mut &[Hash],
) -> Option<(Hash, Hash)> {
    if part == tree {
        let hash = match known {
            Some(hash) => hash,
            None => take_last(proof)?,
        };
        return Some((hash, hash));
    }
    let middle = tree.start + split(tree.end - tree.start);
    let beside = take_last(proof)?;
    if part.end <= middle {
        let (earlier, left) = descend(part, tree.start..middle, known, proof)?;
        Some((earlier, node_hash(&left, &beside)))
    } else if middle <= part.start {
        let (earlier, right) = descend(part, middle..tree.end, known, proof)?;
        Some((earlier, node_hash(&beside, &right)))
    } else {
        let (earlier, right) = descend(middle..part.end, middle..tree.end, None, proof)?;
        Some((node_hash(&beside, &earlier), node_hash(&beside, &right)))
    }
}

/// A subtree starts at a multiple of the least power of two that is not below its length.
fn check_subtree(part: &Range<u64>, size: u64) -> Result<(), ProofError> {
    let length = part.end.checked_sub(part.start);
    let aligned = length
        .and_then(u64::checked_next_power_of_two)
        .is_some_and(|step| part.start.is_multiple_of(step));
    if !aligned || part.end > size {
        return Err(ProofError::Range {
            start: part.start,
            end: part.end,
            size,
        });
    }
    Ok(())
}

fn take_last(proof: &mut &[Hash]) -> Option<Hash> {
    let (last, before) = proof.split_last()?;
    *proof = before;
    Some(*last)
}
