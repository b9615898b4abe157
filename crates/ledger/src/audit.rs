//! The audit of a stored tree: everything is computed again from the entries, and what is wrong is named.
//!
//! An entry, its hash in the lowest tile and its hash in the index row are three copies of one statement; when one of them
//! differs from the other two, it is the one that is wrong, and the audit goes on with the other two, so that one flipped
//! bit gives one finding. Higher tiles are compared with what was computed, the last root with the head, and every kept
//! checkpoint with the root at its size: that, and not the copies, is what finds a history that was rewritten as a whole.
//!
//! It streams: [`Audit::needs`] says what to load for the next 256 entries, [`Audit::check`] takes it, and nothing else is
//! held. [`Audit::whole`] starts at the first entry; [`Audit::tail`] at the last few bundles, for a start-up check.

mod finding;
mod group;

use std::collections::VecDeque;
use std::ops::Range;

pub use finding::{Finding, Report};

use crate::checkpoint::Checkpoint;
use crate::edge::Edge;
use crate::hash::Hash;
use crate::key::VerifierKey;
use crate::tile::{BundleId, MAX_LEVEL, TILE_WIDTH, TileError, TileId, TileMap};
use crate::tree::tiles_for_append;

const WIDTH: u64 = TILE_WIDTH as u64;

/// Findings that are kept; a store that is worse is not repaired by reading a longer list.
pub const MAX_FINDINGS: usize = 1000;

/// What a store keeps about an entry beside the tree, to look it up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexRow {
    /// The index of the entry.
    pub index: u64,
    /// The hash of its leaf.
    pub leaf_hash: Hash,
    /// Its kind, as the leaf writes it.
    pub kind: String,
    /// Its time, in milliseconds since 1970.
    pub at_ms: i64,
}

/// What the next step of an audit reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needs {
    /// The entry bundle.
    pub bundle: BundleId,
    /// The index rows of these entries.
    pub rows: Range<u64>,
    /// The tiles: the lowest, and those above it that end here.
    pub tiles: Vec<TileId>,
}

/// What a store holds of it. Leave out what is missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stored {
    /// The bundle.
    pub bundle: Option<Vec<u8>>,
    /// The rows, in any order.
    pub rows: Vec<IndexRow>,
    /// The tiles, with the bytes that are stored.
    pub tiles: TileMap,
}

/// A store that is read without waiting.
pub trait Source {
    /// What can go wrong when reading.
    type Error;

    /// Loads what is needed.
    ///
    /// # Errors
    /// If reading fails; what is merely not there is left out.
    fn load(&mut self, needs: &Needs) -> Result<Stored, Self::Error>;
}

/// An audit under way.
#[derive(Debug)]
pub struct Audit {
    origin: String,
    former: Vec<Former>,
    size: u64,
    start: u64,
    edge: Edge,
    kept: VecDeque<Kept>,
    report: Report,
}

/// A ledger whose first entries are those of this one: it ended when that was reopened under another origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Former {
    /// Its origin.
    pub origin: String,
    /// The entries that are left of it, which are the first of the next.
    pub size: u64,
    /// Records after the one that reopened it, which had been recorded under this origin.
    pub carried: u64,
}

#[derive(Debug)]
struct Kept {
    label: String,
    size: u64,
    root: Hash,
}

impl Audit {
    /// An audit of all `size` entries.
    #[must_use]
    pub fn whole(origin: &str, size: u64) -> Self {
        Self::from_edge(origin, size, Edge::empty())
    }

    /// The first entry of the last `bundles` (at least one) bundles of a tree, and the tiles that [`Audit::tail`] takes.
    #[must_use]
    pub fn tail_needs(size: u64, bundles: u64) -> (u64, Vec<TileId>) {
        let start = size.div_ceil(WIDTH).saturating_sub(bundles.max(1)) * WIDTH;
        (start, tiles_for_append(start).into_iter().collect())
    }

    /// An audit of the last `bundles` bundles and of the right edge: that they lead to the head.
    ///
    /// # Errors
    /// If a tile of [`Audit::tail_needs`] is missing or too short.
    pub fn tail(origin: &str, size: u64, bundles: u64, tiles: &TileMap) -> Result<Self, TileError> {
        let (start, _) = Self::tail_needs(size, bundles);
        let edge = Edge::of_tiles(start, tiles).map_err(|error| match error {
            crate::edge::EdgeError::Tile(error) => error,
            other => TileError::Path(other.to_string()),
        })?;
        Ok(Self::from_edge(origin, size, edge))
    }

    fn from_edge(origin: &str, size: u64, edge: Edge) -> Self {
        Self {
            origin: origin.to_owned(),
            former: Vec::new(),
            size,
            start: edge.size(),
            edge,
            kept: VecDeque::new(),
            report: Report::default(),
        }
    }

    /// Says which ledgers this one goes on from, oldest first. Call it before [`Audit::keep`].
    #[must_use]
    pub fn after(mut self, former: Vec<Former>) -> Self {
        self.former = former;
        self
    }

    /// The origins that the leaf at a place may name.
    fn is_origin_at(&self, index: u64, origin: &str) -> bool {
        let holds = self.former.iter().find(|f| index < f.size);
        if origin == holds.map_or(self.origin.as_str(), |f| f.origin.as_str()) {
            return true;
        }
        self.former
            .iter()
            .any(|f| f.origin == origin && index > f.size && index - f.size <= f.carried)
    }

    /// Whether a ledger of that origin can have signed that size, or why not.
    fn check_signed(&self, checkpoint: &Checkpoint) -> Result<(), String> {
        let ended = self.former.iter().find(|f| f.origin == checkpoint.origin);
        if let Some(former) = ended {
            return if checkpoint.size <= former.size {
                Ok(())
            } else {
                Err(format!(
                    "it signs {} entries of `{}`, of which {} are left",
                    checkpoint.size, former.origin, former.size
                ))
            };
        }
        checkpoint
            .expect_origin(&self.origin)
            .map_err(|e| e.to_string())?;
        match self.former.last() {
            Some(last) if checkpoint.size <= last.size => {
                Err("it signs what was there before the ledger was reopened".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// Adds a checkpoint that was kept anywhere, under a label that findings will name. Add all of them before the first
    /// [`Audit::check`]. One below the start of a tail is not compared; [`Report::checkpoints_compared`] counts the others.
    pub fn keep(&mut self, label: &str, note: &[u8], keys: &[VerifierKey]) {
        let opened = Checkpoint::open(note, keys).map_err(|e| e.to_string());
        let opened =
            opened.and_then(|opened| self.check_signed(&opened.checkpoint).map(|()| opened));
        let label = label.to_owned();
        match opened {
            Err(why) => self.report.add(Finding::Checkpoint { label, why }),
            Ok(opened) if opened.checkpoint.size > self.size => {
                self.report.add(Finding::Truncated {
                    label,
                    signed: opened.checkpoint.size,
                    size: self.size,
                });
            }
            Ok(opened) => {
                let Checkpoint { size, root, .. } = opened.checkpoint;
                let place = self.kept.partition_point(|kept| kept.size <= size);
                self.kept.insert(place, Kept { label, size, root });
            }
        }
    }

    /// What to load for the next step; `None` at the end.
    #[must_use]
    pub fn needs(&self) -> Option<Needs> {
        let first = self.edge.size();
        if first >= self.size {
            return None;
        }
        let end = self.size.min(first + WIDTH);
        let bundle = BundleId {
            index: first / WIDTH,
            width: (end - first) as u16,
        };
        let mut tiles: Vec<TileId> = TileId::in_tree(0, bundle.index, self.size)
            .into_iter()
            .collect();
        let mut full = end;
        for level in 0..=MAX_LEVEL {
            if !full.is_multiple_of(WIDTH) {
                break;
            }
            full /= WIDTH;
            if level > 0 {
                tiles.extend(TileId::in_tree(level, full - 1, self.size));
            }
        }
        if end == self.size {
            let edge = tiles_for_append(self.size).into_iter();
            tiles.extend(edge.filter(|id| id.level > 0));
        }
        Some(Needs {
            bundle,
            rows: first..end,
            tiles,
        })
    }

    /// Ends the audit: compares the head that the store holds, and the number of index rows where it is known.
    #[must_use]
    pub fn finish(mut self, head: Hash, rows: Option<u64>) -> Report {
        self.compare_kept();
        if self.edge.size() < self.size {
            let reached = self.edge.size();
            self.report.add(Finding::Unfinished(reached));
        } else if self.edge.root() != head {
            self.report.add(Finding::Head(self.size));
        }
        if let Some(found) = rows.filter(|rows| *rows != self.size) {
            let expected = self.size;
            self.report.add(Finding::RowCount { found, expected });
        }
        self.report.entries = self.edge.size() - self.start;
        self.report
    }

    /// Compares the checkpoints that were signed at the size reached.
    fn compare_kept(&mut self) {
        let reached = self.edge.size();
        while let Some(kept) = self.kept.pop_front_if(|kept| kept.size <= reached) {
            if kept.size < reached {
                continue;
            }
            self.report.checkpoints_compared += 1;
            if kept.root != self.edge.root() {
                let Kept { label, size, .. } = kept;
                self.report.add(Finding::Rewritten { label, size });
            }
        }
    }
}

/// Runs an audit over a source and ends it; see [`Audit::finish`].
///
/// # Errors
/// The first error of the source.
pub fn run<S: Source>(
    mut audit: Audit,
    source: &mut S,
    head: Hash,
    rows: Option<u64>,
) -> Result<Report, S::Error> {
    while let Some(needs) = audit.needs() {
        let stored = source.load(&needs)?;
        audit.check(&needs, &stored);
    }
    Ok(audit.finish(head, rows))
}
