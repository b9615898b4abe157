//! The right edge of the tree: all that is needed to append, and nothing of what lies to its left.
//!
//! [`Edge::append`] returns the tiles and bundles to store with the new root. Nothing is durable until the caller stores
//! them together with the new head in one transaction, comparing the old size and root; on failure drop the edge and load
//! it again.
//!
//! Refuses: to load an edge whose bundle and tile disagree, and to grow beyond 2^63 - 1 entries.

use std::collections::BTreeMap;

use crate::bundle::{BundleError, parse_bundle, push_entry};
use crate::hash::{Hash, empty_root, leaf_hash, node_hash};
use crate::text::MAX_U63;
use crate::tile::{
    BundleId, MAX_LEVEL, TILE_WIDTH, TileError, TileId, TileMap, complete_root, find,
};
use crate::tree::{bundle_for_append, tiles_for_append};

/// The partial tiles and the partial bundle at the end of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    size: u64,
    levels: Vec<Vec<Hash>>,
    bundle: Vec<u8>,
}

/// What an append changed: store all of it, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The number of entries in the new tree.
    pub size: u64,
    /// The root of the new tree.
    pub root: Hash,
    /// The hash of every entry appended, in order.
    pub leaf_hashes: Vec<Hash>,
    /// New and widened tiles; a widened one replaces the narrower one of its place.
    pub tiles: TileMap,
    /// New and widened entry bundles.
    pub bundles: BTreeMap<BundleId, Vec<u8>>,
}

/// Why an edge cannot be loaded or grow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EdgeError {
    /// A tile is missing or short.
    #[error(transparent)]
    Tile(#[from] TileError),
    /// An entry or the last bundle is not of its form.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The last bundle was not handed in.
    #[error("bundle `{0}` is missing")]
    MissingBundle(BundleId),
    /// An entry of the last bundle does not have the hash that the last tile gives it.
    #[error("entry {0} does not have the hash that its tile holds: check the whole ledger")]
    Differs(u64),
    /// No more entries fit.
    #[error("the tree is full")]
    Full,
}

impl Edge {
    /// The edge of the empty tree.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            size: 0,
            levels: vec![Vec::new(); usize::from(MAX_LEVEL) + 1],
            bundle: Vec::new(),
        }
    }

    /// The edge of a stored tree, from the tiles of [`tiles_for_append`] and the bundle of [`bundle_for_append`]. Compare
    /// [`Edge::root`] with the stored head before appending.
    ///
    /// # Errors
    /// If a tile or the bundle is missing, not of its form, or they disagree.
    pub fn load(size: u64, tiles: &TileMap, bundle: Option<&[u8]>) -> Result<Self, EdgeError> {
        let mut edge = Self::of_tiles(size, tiles)?;
        let Some(id) = bundle_for_append(size) else {
            return Ok(edge);
        };
        let bytes = bundle.ok_or(EdgeError::MissingBundle(id))?;
        let entries = parse_bundle(bytes, id.width)?;
        let first = id.index * u64::from(TILE_WIDTH);
        let hashes = edge.levels.first().into_iter().flatten();
        for ((entry, hash), index) in entries.into_iter().zip(hashes).zip(first..) {
            if leaf_hash(entry) != *hash {
                return Err(EdgeError::Differs(index));
            }
        }
        edge.bundle = bytes.to_vec();
        Ok(edge)
    }

    /// The edge without its bundle: enough for roots, not for appending to a tree whose last bundle is partial.
    pub(crate) fn of_tiles(size: u64, tiles: &TileMap) -> Result<Self, EdgeError> {
        let mut edge = Self::empty();
        edge.size = size;
        for id in tiles_for_append(size) {
            let bytes = find(tiles, id).ok_or(TileError::Missing(id))?;
            let hashes = id.hashes(bytes)?.iter().map(|hash| Hash(*hash)).collect();
            if let Some(level) = edge.levels.get_mut(usize::from(id.level)) {
                *level = hashes;
            }
        }
        Ok(edge)
    }

    /// Entries in the tree.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut root: Option<Hash> = None;
        for level in &self.levels {
            let mut rest = level.as_slice();
            while !rest.is_empty() {
                let smallest = 1 << rest.len().trailing_zeros();
                let Some((before, last)) = rest.split_at_checked(rest.len() - smallest) else {
                    break;
                };
                let left = complete_root(last.to_vec());
                root = Some(root.map_or(left, |right| node_hash(&left, &right)));
                rest = before;
            }
        }
        root.unwrap_or_else(empty_root)
    }

    /// Appends entries in order.
    ///
    /// # Errors
    /// If an entry is too long for a bundle or the tree is full; the edge is then as before.
    pub fn append<T: AsRef<[u8]>>(&mut self, entries: &[T]) -> Result<Appended, EdgeError> {
        let mut next = self.clone();
        let mut tiles = TileMap::new();
        let mut bundles = BTreeMap::new();
        let mut leaf_hashes = Vec::with_capacity(entries.len());
        for entry in entries {
            let entry = entry.as_ref();
            push_entry(&mut next.bundle, entry)?;
            let hash = leaf_hash(entry);
            leaf_hashes.push(hash);
            tiles.extend(next.push_hash(hash)?);
            if next.size.is_multiple_of(u64::from(TILE_WIDTH)) {
                let index = next.size / u64::from(TILE_WIDTH) - 1;
                let width = TILE_WIDTH;
                bundles.insert(BundleId { index, width }, std::mem::take(&mut next.bundle));
            }
        }
        if !entries.is_empty() {
            tiles.extend(next.partial_tiles(self.size));
            bundles.extend(bundle_for_append(next.size).map(|id| (id, next.bundle.clone())));
        }
        *self = next;
        Ok(Appended {
            size: self.size,
            root: self.root(),
            leaf_hashes,
            tiles,
            bundles,
        })
    }

    /// Adds one leaf hash; returns the tiles that it completed, from the bottom up.
    pub(crate) fn push_hash(&mut self, leaf: Hash) -> Result<Vec<(TileId, Vec<u8>)>, EdgeError> {
        if self.size >= MAX_U63 {
            return Err(EdgeError::Full);
        }
        self.size += 1;
        let mut done = Vec::new();
        let mut carry = leaf;
        let mut count = self.size;
        for (level, hashes) in (0..).zip(&mut self.levels) {
            hashes.push(carry);
            if hashes.len() < usize::from(TILE_WIDTH) {
                break;
            }
            count /= u64::from(TILE_WIDTH);
            let id = TileId {
                level,
                index: count - 1,
                width: TILE_WIDTH,
            };
            let full = std::mem::take(hashes);
            done.push((id, bytes_of(&full)));
            carry = complete_root(full);
        }
        Ok(done)
    }

    /// The partial tiles that are not the same as in the tree of `before` entries.
    pub(crate) fn partial_tiles(&self, before: u64) -> TileMap {
        let old = tiles_for_append(before);
        tiles_for_append(self.size)
            .into_iter()
            .filter(|id| !old.contains(id))
            .filter_map(|id| {
                let hashes = self.levels.get(usize::from(id.level))?;
                Some((id, bytes_of(hashes)))
            })
            .collect()
    }
}

fn bytes_of(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}
