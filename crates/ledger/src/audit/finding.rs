//! What an audit found.

use std::fmt;

use super::MAX_FINDINGS;
use crate::tile::{BundleId, TileId};

/// One thing that is wrong, by its name in the store.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Finding {
    /// A bundle is not there.
    BundleMissing(BundleId),
    /// A bundle cannot be split into its entries.
    BundleBroken {
        /// Which bundle.
        bundle: BundleId,
        /// The first entry that is wrong.
        entry: u64,
    },
    /// An entry does not have the hash that its tile and its index row hold.
    Entry(u64),
    /// An entry has its hash and is not a leaf of this ledger.
    EntryForm {
        /// Which entry.
        index: u64,
        /// Why not.
        why: String,
    },
    /// A tile is not there.
    TileMissing(TileId),
    /// A tile has another length than its place in the tree.
    TileLength(TileId),
    /// A hash in a tile is not that of what lies below it.
    Tile {
        /// Which tile.
        tile: TileId,
        /// Which hash in it, from 0.
        hash: u16,
    },
    /// An index row is not there.
    RowMissing(u64),
    /// An index row is there twice, or outside the tree.
    RowExtra(u64),
    /// An index row states something else than its entry.
    Row {
        /// Which entry.
        index: u64,
        /// The column.
        column: &'static str,
    },
    /// The copies of an entry's hash differ, and no two of them agree.
    Undecided(u64),
    /// The number of index rows is not that of entries.
    RowCount {
        /// Rows found.
        found: u64,
        /// Entries.
        expected: u64,
    },
    /// The entries do not lead to the root of the head of this size.
    Head(u64),
    /// A kept checkpoint is not good.
    Checkpoint {
        /// Which one.
        label: String,
        /// Why.
        why: String,
    },
    /// A kept checkpoint signs more entries than there are.
    Truncated {
        /// Which one.
        label: String,
        /// Entries that it signs.
        signed: u64,
        /// Entries there are.
        size: u64,
    },
    /// The first entries do not lead to the root that a kept checkpoint signs.
    Rewritten {
        /// Which one.
        label: String,
        /// Entries that it signs.
        size: u64,
    },
    /// What says how the ledger was reopened is not good.
    Reopening {
        /// The entry that says so.
        index: u64,
        /// Why not.
        why: String,
    },
    /// The audit was ended early.
    Unfinished(u64),
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BundleMissing(id) => write!(f, "bundle `{id}` is missing"),
            Self::BundleBroken { bundle, entry } => {
                write!(f, "bundle `{bundle}` is broken from entry {entry} on")
            }
            Self::Entry(index) => write!(f, "entry {index} was changed"),
            Self::EntryForm { index, why } => {
                write!(f, "entry {index} is not a leaf of this ledger: {why}")
            }
            Self::TileMissing(id) => write!(f, "tile `{id}` is missing"),
            Self::TileLength(id) => write!(
                f,
                "tile `{id}` has another length than its place in the tree"
            ),
            Self::Tile { tile, hash } => write!(f, "tile `{tile}` was changed at hash {hash}"),
            Self::RowMissing(index) => write!(f, "index row {index} is missing"),
            Self::RowExtra(index) => {
                write!(f, "index row {index} is there twice or outside the tree")
            }
            Self::Row { index, column } => write!(f, "index row {index} was changed in `{column}`"),
            Self::Undecided(index) => write!(
                f,
                "entry {index}, its tile and its index row hold different hashes, and no two agree"
            ),
            Self::RowCount { found, expected } => {
                write!(f, "there are {found} index rows for {expected} entries")
            }
            Self::Head(size) => write!(f, "the {size} entries do not lead to the root of the head"),
            Self::Checkpoint { label, why } => write!(f, "checkpoint `{label}` is not good: {why}"),
            Self::Truncated {
                label,
                signed,
                size,
            } => write!(
                f,
                "checkpoint `{label}` signs {signed} entries and there are {size}: the ledger was cut off"
            ),
            Self::Rewritten { label, size } => write!(
                f,
                "the first {size} entries are not those that checkpoint `{label}` signs: the ledger was rewritten"
            ),
            Self::Reopening { index, why } => {
                write!(
                    f,
                    "the reopening of the ledger at entry {index} is not good: {why}"
                )
            }
            Self::Unfinished(reached) => write!(f, "the audit ended after entry {reached}"),
        }
    }
}

/// The outcome of an audit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// What is wrong, in the order found.
    pub findings: Vec<Finding>,
    /// How many more findings there were than are kept.
    pub more_findings: u64,
    /// Entries that were read.
    pub entries: u64,
    /// Kept checkpoints whose root was compared.
    pub checkpoints_compared: u64,
}

impl Report {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    pub(super) fn add(&mut self, finding: Finding) {
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(finding);
        } else {
            self.more_findings += 1;
        }
    }
}
