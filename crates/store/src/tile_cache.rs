//! Full tiles in memory. A full tile never changes once its head is committed, so nothing here can be out of date; partial
//! tiles are always read from the database.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use bonafide_ledger::TileId;

/// Tiles kept: 8 KiB each, 48 MiB in all, enough for every tile of a million and a half records.
const TILES_MAX: usize = 6_000;

/// The tiles of one tenant, by level and index.
type Tiles = HashMap<(u8, u64), Vec<u8>>;

#[derive(Debug, Default)]
pub(crate) struct TileCache(RwLock<HashMap<String, Tiles>>);

impl TileCache {
    pub(crate) fn get(&self, tenant: &str, id: TileId) -> Option<Vec<u8>> {
        let tenants = self.0.read().unwrap_or_else(PoisonError::into_inner);
        tenants.get(tenant)?.get(&(id.level, id.index)).cloned()
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
        tiles.insert((id.level, id.index), bytes.to_vec());
    }
}
