//! Tiles in memory. The first hashes of a tile never change once their head is committed, so a tile that was read is good
//! for ever for whoever asks for no more hashes than it has.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use bonafide_ledger::{Hash, TileId};

/// Tiles kept: 8 KiB each, 48 MiB in all, enough for every tile of a million and a half records.
const TILES_MAX: usize = 6_000;

/// The tiles of one tenant, by level and index.
type Tiles = HashMap<(u8, u64), Vec<u8>>;

#[derive(Debug, Default)]
pub(crate) struct TileCache(RwLock<HashMap<String, Tiles>>);

impl TileCache {
    /// The tile, or a wider one of its place.
    pub(crate) fn get(&self, tenant: &str, id: TileId) -> Option<Vec<u8>> {
        let tenants = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let tile = tenants.get(tenant)?.get(&(id.level, id.index))?;
        (tile.len() >= usize::from(id.width) * Hash::LEN).then(|| tile.clone())
    }

    /// Keeps a tile that was read from a committed head. When there are too many, the lowest level goes: the higher ones
    /// serve every proof.
    pub(crate) fn put(&self, tenant: &str, id: TileId, bytes: &[u8]) {
        let mut tenants = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if tenants.values().map(HashMap::len).sum::<usize>() >= TILES_MAX {
            for tiles in tenants.values_mut() {
                tiles.retain(|(level, _), _| *level > 0);
            }
        }
        let tiles = tenants.entry(tenant.to_owned()).or_default();
        let tile = tiles.entry((id.level, id.index)).or_default();
        if tile.len() < bytes.len() {
            *tile = bytes.to_vec();
        }
    }
}
