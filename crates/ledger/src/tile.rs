//! Tiles: the Merkle tree as files or rows of up to 256 hashes.
//!
//! The tile `n` at level `l` holds the hashes of the complete subtrees of 256^l entries from the `256 n`-th on; at the
//! right edge of the tree a tile may be partial. A wider tile begins with every narrower one of its place, so a store may
//! keep only the widest. Source: C2SP tlog-tiles.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::hash::{Hash, node_hash};

/// Hashes in a full tile.
pub const TILE_WIDTH: u16 = 256;

/// Binary levels in a tile.
pub(crate) const TILE_HEIGHT: u32 = 8;

/// The highest level that a tree of less than 2^63 entries has.
pub(crate) const MAX_LEVEL: u8 = 7;

/// Which tile, and how wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    /// 0 for leaf hashes; each level up spans 256 times as many entries.
    pub level: u8,
    /// The place within the level.
    pub index: u64,
    /// Hashes in it: 256, or fewer at the right edge.
    pub width: u16,
}

/// Which entry bundle, and how many entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BundleId {
    /// The place of the bundle; it starts at entry `256 * index`.
    pub index: u64,
    /// Entries in it: 256, or fewer at the right edge.
    pub width: u16,
}

/// Loaded tiles, by what was asked for; the bytes may be those of a wider tile of the same place.
pub type TileMap = BTreeMap<TileId, Vec<u8>>;

/// Something that has tiles at hand.
pub trait TileReader {
    /// What can go wrong when reading.
    type Error;

    /// The first `width` or more hashes of a tile, or `None` if it has no such tile.
    ///
    /// # Errors
    /// Whatever reading can meet.
    fn tile(&self, level: u8, index: u64, width: u16) -> Result<Option<Vec<u8>>, Self::Error>;

    /// Loads the tiles named; those that are missing are left out.
    ///
    /// # Errors
    /// The first error met.
    fn tiles(&self, ids: impl IntoIterator<Item = TileId>) -> Result<TileMap, Self::Error>
    where
        Self: Sized,
    {
        let mut map = TileMap::new();
        for id in ids {
            if let Some(bytes) = self.tile(id.level, id.index, id.width)? {
                map.insert(id, bytes);
            }
        }
        Ok(map)
    }
}

/// The tile under its own id or that of a wider one of its place.
pub(crate) fn find(tiles: &TileMap, id: TileId) -> Option<&[u8]> {
    let widest = TileId {
        width: TILE_WIDTH,
        ..id
    };
    tiles
        .range(id..=widest)
        .next()
        .map(|(_, bytes)| bytes.as_slice())
}

/// Finds a tile under its own id or that of a wider one.
impl TileReader for TileMap {
    type Error = std::convert::Infallible;

    fn tile(&self, level: u8, index: u64, width: u16) -> Result<Option<Vec<u8>>, Self::Error> {
        let id = TileId {
            level,
            index,
            width,
        };
        Ok(find(self, id).map(<[u8]>::to_vec))
    }
}

/// Tiles that are not there, or not tiles.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TileError {
    /// A tile that was needed and not handed in.
    #[error("tile `{0}` is missing")]
    Missing(TileId),
    /// A tile with fewer bytes than its width asks for, or half a hash.
    #[error("tile `{id}` has {bytes} bytes: it must have 32 for each of its hashes")]
    Length {
        /// Which tile.
        id: TileId,
        /// The bytes found.
        bytes: usize,
    },
    /// Text that is not the path of a tile.
    #[error("`{0}` is not the path of a tile, such as `tile/0/x001/234` or `tile/1/000.p/5`")]
    Path(String),
}

impl TileId {
    /// The tile at this place in a tree of `size` entries, as wide as it is there; `None` if it is empty there.
    #[must_use]
    pub fn in_tree(level: u8, index: u64, size: u64) -> Option<Self> {
        let hashes = size
            .checked_shr(u32::from(level) * TILE_HEIGHT)
            .unwrap_or(0);
        let width = hashes.checked_sub(index.checked_mul(u64::from(TILE_WIDTH))?)?;
        let width = width.min(u64::from(TILE_WIDTH)) as u16;
        (width > 0).then_some(Self {
            level,
            index,
            width,
        })
    }

    /// Whether it has all 256 hashes.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.width == TILE_WIDTH
    }

    /// The hash of `count` (a power of two) hashes from `offset` on.
    pub(crate) fn subtree(&self, bytes: &[u8], offset: u16, count: u16) -> Result<Hash, TileError> {
        let hashes = self.hashes(bytes)?;
        let (from, to) = (usize::from(offset), usize::from(offset + count));
        let part = hashes.get(from..to).ok_or(TileError::Length {
            id: *self,
            bytes: bytes.len(),
        })?;
        Ok(complete_root(part.iter().map(|hash| Hash(*hash)).collect()))
    }

    /// The hashes of the tile: exactly `width`, cut from `bytes`.
    pub(crate) fn hashes<'a>(&self, bytes: &'a [u8]) -> Result<&'a [[u8; Hash::LEN]], TileError> {
        let (hashes, rest) = bytes.as_chunks::<{ Hash::LEN }>();
        hashes
            .get(..usize::from(self.width))
            .filter(|_| rest.is_empty())
            .ok_or(TileError::Length {
                id: *self,
                bytes: bytes.len(),
            })
    }
}

/// The root over hashes whose number is a power of two.
pub(crate) fn complete_root(mut hashes: Vec<Hash>) -> Hash {
    while hashes.len() > 1 {
        hashes = hashes
            .as_chunks::<2>()
            .0
            .iter()
            .map(|[left, right]| node_hash(left, right))
            .collect();
    }
    hashes
        .first()
        .copied()
        .unwrap_or_else(crate::hash::empty_root)
}

/// As the published path of the tile, `tile/<level>/<index>[.p/<width>]`.
impl fmt::Display for TileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tile/{}/", self.level)?;
        write_place(f, self.index, self.width)
    }
}

/// As the published path of the bundle, `tile/entries/<index>[.p/<width>]`.
impl fmt::Display for BundleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tile/entries/")?;
        write_place(f, self.index, self.width)
    }
}

impl FromStr for TileId {
    type Err = TileError;

    fn from_str(path: &str) -> Result<Self, TileError> {
        let parse = || {
            let (level, place) = path.strip_prefix("tile/")?.split_once('/')?;
            let level = crate::text::from_decimal(level)?;
            let (index, width) = parse_place(place)?;
            let level = u8::try_from(level).ok().filter(|l| *l <= 63)?;
            Some(Self {
                level,
                index,
                width,
            })
        };
        parse().ok_or_else(|| TileError::Path(crate::text::quote(path)))
    }
}

impl FromStr for BundleId {
    type Err = TileError;

    fn from_str(path: &str) -> Result<Self, TileError> {
        path.strip_prefix("tile/entries/")
            .and_then(parse_place)
            .map(|(index, width)| Self { index, width })
            .ok_or_else(|| TileError::Path(crate::text::quote(path)))
    }
}

fn write_place(f: &mut fmt::Formatter<'_>, index: u64, width: u16) -> fmt::Result {
    let mut groups = vec![index % 1000];
    let mut rest = index / 1000;
    while rest > 0 {
        groups.push(rest % 1000);
        rest /= 1000;
    }
    for (i, group) in groups.iter().enumerate().rev() {
        match i {
            0 => write!(f, "{group:03}")?,
            _ => write!(f, "x{group:03}/")?,
        }
    }
    if width < TILE_WIDTH {
        write!(f, ".p/{width}")?;
    }
    Ok(())
}

fn parse_place(place: &str) -> Option<(u64, u16)> {
    let (number, width) = match place.split_once(".p/") {
        None => (place, TILE_WIDTH),
        Some((number, width)) => {
            let width = crate::text::from_decimal(width)?;
            let partial = (1..u64::from(TILE_WIDTH)).contains(&width);
            (number, partial.then_some(width as u16)?)
        }
    };
    let mut index = 0_u64;
    let groups: Vec<&str> = number.split('/').collect();
    for (i, group) in groups.iter().enumerate() {
        let last = i + 1 == groups.len();
        let digits = if last {
            group
        } else {
            &group.strip_prefix('x')?
        };
        let three = digits.len() == 3 && digits.bytes().all(|c| c.is_ascii_digit());
        let value: u64 = digits.parse().ok().filter(|_| three)?;
        let padded = !last && i == 0 && value == 0;
        if padded {
            return None;
        }
        index = index.checked_mul(1000)?.checked_add(value)?;
    }
    Some((index, width))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_follow_the_specification() {
        let full = |level, index| TileId {
            level,
            index,
            width: TILE_WIDTH,
        };
        for (id, path) in [
            (full(0, 0), "tile/0/000"),
            (full(3, 1_234_067), "tile/3/x001/x234/067"),
            (full(0, 1000), "tile/0/x001/000"),
        ] {
            assert_eq!(id.to_string(), path);
            assert_eq!(path.parse(), Ok(id));
        }
        let partial = BundleId {
            index: 273,
            width: 112,
        };
        assert_eq!(partial.to_string(), "tile/entries/273.p/112");
        assert_eq!("tile/entries/273.p/112".parse(), Ok(partial));
        for bad in [
            "tile/0/0",
            "tile/00/000",
            "tile/64/000",
            "tile/0/x000/001",
            "tile/0/000.p/256",
            "tile/0/000.p/0",
            "tile/0/000.p/01",
            "tile/0/001/000",
            "tile/0/x001",
            "tile/0/-01",
            "tile/0/+01",
            "tile/entries/000",
            "tile/0/",
        ] {
            assert!(bad.parse::<TileId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn widths_follow_the_example_of_the_specification() {
        let width = |level, index| TileId::in_tree(level, index, 70_000).map(|id| id.width);
        assert_eq!(width(0, 272), Some(256));
        assert_eq!(width(0, 273), Some(112));
        assert_eq!(width(0, 274), None);
        assert_eq!(width(1, 0), Some(256));
        assert_eq!(width(1, 1), Some(17));
        assert_eq!(width(2, 0), Some(1));
        assert_eq!(width(3, 0), None);
    }

    #[test]
    fn short_tiles_are_refused() {
        let id = TileId {
            level: 0,
            index: 0,
            width: 2,
        };
        assert!(id.hashes(&[0; 63]).is_err());
        assert!(id.hashes(&[0; 65]).is_err());
        assert_eq!(id.hashes(&[0; 96]).unwrap().len(), 2);
    }
}
