//! One step of an audit: 256 entries, their hashes in the lowest tile, their index rows, and the tiles that end here.

use std::collections::BTreeMap;

use super::{Audit, Finding, IndexRow, Needs, Stored};
use crate::hash::{Hash, leaf_hash};
use crate::leaf::Leaf;
use crate::tile::{TileId, TileMap};

/// The copies of one entry's hash: of the entry itself, in the tile, in the index row.
struct Copies {
    entry: Option<Hash>,
    tile: Option<Hash>,
    row: Option<Hash>,
}

impl Copies {
    /// The hash that two copies agree on, or the only one there is.
    fn agreed(&self) -> Option<Hash> {
        match (self.entry, self.tile, self.row) {
            (Some(a), Some(b), _) if a == b => Some(a),
            (Some(a), _, Some(c)) if a == c => Some(a),
            (_, Some(b), Some(c)) if b == c => Some(b),
            (Some(only), None, None) | (None, Some(only), None) | (None, None, Some(only)) => {
                Some(only)
            }
            _ => None,
        }
    }

    fn any(&self) -> Option<Hash> {
        self.entry.or(self.tile).or(self.row)
    }
}

impl Audit {
    /// Checks what was loaded for the last [`Audit::needs`].
    pub fn check(&mut self, needs: &Needs, stored: &Stored) {
        self.compare_kept();
        let tile = self.lowest_tile(needs, stored);
        let rows = self.rows(needs, &stored.rows);
        let entries = self.entries(needs, stored, &tile, &rows);
        for (offset, index) in (0_u16..).zip(needs.rows.clone()) {
            let at = usize::from(offset);
            let entry = entries.get(at).copied().flatten();
            let row = rows.get(&index).copied();
            let copies = Copies {
                entry: entry.map(leaf_hash),
                tile: tile.get(at).copied(),
                row: row.map(|row| row.leaf_hash),
            };
            let hash = self.settle(index, &copies);
            if copies.tile.is_some_and(|tile| tile != hash)
                && let Some(tile) = needs.tiles.first().copied()
                && copies.agreed().is_some()
            {
                self.report.add(Finding::Tile { tile, hash: offset });
            }
            if let Some(entry) = entry.filter(|_| copies.entry == Some(hash)) {
                self.form(index, entry, row);
            }
            let Ok(done) = self.edge.push_hash(hash) else {
                return;
            };
            for (id, bytes) in done.into_iter().filter(|(id, _)| id.level > 0) {
                self.compare_tile(id, &bytes, &stored.tiles);
            }
            self.compare_kept();
        }
        if self.edge.size() == self.size {
            for (id, bytes) in self.edge.partial_tiles(0) {
                if id.level > 0 {
                    self.compare_tile(id, &bytes, &stored.tiles);
                }
            }
        }
    }

    /// The hash to go on with, having named the copies that differ from it.
    fn settle(&mut self, index: u64, copies: &Copies) -> Hash {
        let Some(hash) = copies.agreed() else {
            self.report.add(Finding::Undecided(index));
            return copies.any().unwrap_or(Hash([0; Hash::LEN]));
        };
        if copies.entry.is_some_and(|entry| entry != hash) {
            self.report.add(Finding::Entry(index));
        }
        if copies.row.is_some_and(|row| row != hash) {
            let column = "leaf_hash";
            self.report.add(Finding::Row { index, column });
        }
        hash
    }

    /// Whether an entry is a leaf of this ledger, and its row says of it what it says.
    fn form(&mut self, index: u64, entry: &[u8], row: Option<&IndexRow>) {
        let leaf = match Leaf::parse(entry) {
            Ok(leaf) if self.is_origin_at(index, &leaf.ledger) => leaf,
            Ok(leaf) => {
                let why = format!("it is of `{}`", leaf.ledger);
                return self.report.add(Finding::EntryForm { index, why });
            }
            Err(error) => {
                let why = error.to_string();
                return self.report.add(Finding::EntryForm { index, why });
            }
        };
        let Some(row) = row else {
            return;
        };
        let columns = [
            ("kind", row.kind == leaf.kind.as_str()),
            ("at", row.at_ms == leaf.at.as_millis()),
        ];
        for (column, _) in columns.into_iter().filter(|(_, same)| !same) {
            self.report.add(Finding::Row { index, column });
        }
    }

    fn lowest_tile(&mut self, needs: &Needs, stored: &Stored) -> Vec<Hash> {
        let Some(id) = needs.tiles.first() else {
            return Vec::new();
        };
        let Some(bytes) = stored.tiles.get(id) else {
            self.report.add(Finding::TileMissing(*id));
            return Vec::new();
        };
        let (hashes, rest) = bytes.as_chunks::<{ Hash::LEN }>();
        if hashes.len() != usize::from(id.width) || !rest.is_empty() {
            self.report.add(Finding::TileLength(*id));
        }
        let width = usize::from(id.width);
        hashes.iter().take(width).map(|hash| Hash(*hash)).collect()
    }

    fn rows<'a>(&mut self, needs: &Needs, rows: &'a [IndexRow]) -> BTreeMap<u64, &'a IndexRow> {
        let mut map = BTreeMap::new();
        for row in rows {
            if !needs.rows.contains(&row.index) || map.insert(row.index, row).is_some() {
                self.report.add(Finding::RowExtra(row.index));
            }
        }
        for index in needs.rows.clone() {
            if !map.contains_key(&index) {
                self.report.add(Finding::RowMissing(index));
            }
        }
        map
    }

    /// The entries of the bundle; after a place where it is broken, none.
    fn entries<'a>(
        &mut self,
        needs: &Needs,
        stored: &'a Stored,
        tile: &[Hash],
        rows: &BTreeMap<u64, &IndexRow>,
    ) -> Vec<Option<&'a [u8]>> {
        let Some(bytes) = stored.bundle.as_deref() else {
            self.report.add(Finding::BundleMissing(needs.bundle));
            return Vec::new();
        };
        if let Ok(entries) = crate::bundle::parse_bundle(bytes, needs.bundle.width) {
            return entries.into_iter().map(Some).collect();
        }
        let known = |offset: usize, index: &u64, hash: &Hash| {
            tile.get(offset) == Some(hash) || rows.get(index).is_some_and(|r| r.leaf_hash == *hash)
        };
        let mut entries = Vec::new();
        let mut rest = bytes;
        for index in needs.rows.clone() {
            let split = rest.split_first_chunk::<2>().and_then(|(length, after)| {
                after.split_at_checked(usize::from(u16::from_be_bytes(*length)))
            });
            match split {
                Some((entry, after)) if known(entries.len(), &index, &leaf_hash(entry)) => {
                    entries.push(Some(entry));
                    rest = after;
                }
                _ => break,
            }
        }
        let entry = needs.rows.start + entries.len() as u64;
        let bundle = needs.bundle;
        self.report.add(Finding::BundleBroken { bundle, entry });
        entries
    }

    fn compare_tile(&mut self, id: TileId, expected: &[u8], tiles: &TileMap) {
        let Some(bytes) = tiles.get(&id) else {
            return self.report.add(Finding::TileMissing(id));
        };
        if bytes.len() != expected.len() {
            return self.report.add(Finding::TileLength(id));
        }
        let (found, _) = bytes.as_chunks::<{ Hash::LEN }>();
        let (expected, _) = expected.as_chunks::<{ Hash::LEN }>();
        for ((found, expected), hash) in found.iter().zip(expected).zip(0..) {
            if found != expected {
                self.report.add(Finding::Tile { tile: id, hash });
            }
        }
    }
}
