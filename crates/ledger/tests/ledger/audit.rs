//! Attacks 1 to 3 on stored data: every class of flipped bit is named, and so are a truncated and a rewritten ledger.

use std::collections::BTreeMap;
use std::convert::Infallible;

use bonafide_ledger::audit::{Audit, Finding, IndexRow, Needs, Report, Source, Stored, run};
use bonafide_ledger::{
    Blob, BundleId, Checkpoint, Commitment, Edge, Hash, Kind, Leaf, LogKey, TileId, VerifierKey,
    parse_bundle, sha256,
};
use bonafide_model::Timestamp;

const ORIGIN: &str = "ledger.example/records";

fn leaf(i: u64, actor: &str) -> Leaf {
    Leaf {
        ledger: ORIGIN.into(),
        kind: if i == 0 {
            Kind::LedgerOpened
        } else {
            Kind::Assessed
        },
        at: Timestamp::from_millis(1_794_000_000_000 + i as i64).unwrap(),
        actor: actor.into(),
        policy: vec![],
        refs: vec![],
        commitments: vec![Commitment {
            field: "outcome".into(),
            hash: sha256(&i.to_be_bytes()),
        }],
        blob: Some(Blob {
            hash: sha256(b"sealed"),
            length: i,
        }),
    }
}

/// A ledger as a store holds it.
#[derive(Clone)]
struct Ledger {
    size: u64,
    root: Hash,
    tiles: BTreeMap<(u8, u64), Vec<u8>>,
    bundles: BTreeMap<u64, Vec<u8>>,
    rows: BTreeMap<u64, IndexRow>,
    kept: Vec<(String, Vec<u8>)>,
}

fn key() -> LogKey {
    LogKey::from_seed(ORIGIN, &[9; 32]).unwrap()
}

fn keys() -> [VerifierKey; 1] {
    [key().verifier().clone()]
}

impl Ledger {
    /// `batches` of entries, with a checkpoint kept after each.
    fn new(batches: &[u64], actor: impl Fn(u64) -> &'static str) -> Self {
        let mut ledger = Self {
            size: 0,
            root: bonafide_ledger::empty_root(),
            tiles: BTreeMap::new(),
            bundles: BTreeMap::new(),
            rows: BTreeMap::new(),
            kept: vec![],
        };
        let mut edge = Edge::empty();
        for batch in batches {
            let leaves: Vec<Leaf> = (ledger.size..ledger.size + batch)
                .map(|i| leaf(i, actor(i)))
                .collect();
            let entries: Vec<Vec<u8>> = leaves.iter().map(|leaf| leaf.encode().unwrap()).collect();
            let appended = edge.append(&entries).unwrap();
            for ((leaf, hash), index) in leaves.iter().zip(&appended.leaf_hashes).zip(ledger.size..)
            {
                let row = IndexRow {
                    index,
                    leaf_hash: *hash,
                    kind: leaf.kind.to_string(),
                    at_ms: leaf.at.as_millis(),
                };
                ledger.rows.insert(index, row);
            }
            ledger.tiles.extend(
                appended
                    .tiles
                    .into_iter()
                    .map(|(id, bytes)| ((id.level, id.index), bytes)),
            );
            ledger.bundles.extend(
                appended
                    .bundles
                    .into_iter()
                    .map(|(id, bytes)| (id.index, bytes)),
            );
            (ledger.size, ledger.root) = (appended.size, appended.root);
            let note = ledger.head().sign(&key()).unwrap();
            ledger
                .kept
                .push((format!("at {}", ledger.size), note.into_bytes()));
        }
        ledger
    }

    fn head(&self) -> Checkpoint {
        Checkpoint {
            origin: ORIGIN.into(),
            size: self.size,
            root: self.root,
        }
    }

    fn audit(&mut self, mut audit: Audit) -> Report {
        for (label, note) in self.kept.clone() {
            audit.keep(&label, &note, &keys());
        }
        let (root, rows) = (self.root, self.rows.len() as u64);
        let Ok(report) = run(audit, self, root, Some(rows));
        report
    }

    fn whole(&mut self) -> Vec<Finding> {
        self.audit(Audit::whole(ORIGIN, self.size)).findings
    }

    fn tail(&mut self, bundles: u64) -> Vec<Finding> {
        let (_, ids) = Audit::tail_needs(self.size, bundles);
        let tiles = ids
            .into_iter()
            .map(|id| (id, self.tiles[&(id.level, id.index)].clone()))
            .collect();
        self.audit(Audit::tail(ORIGIN, self.size, bundles, &tiles).unwrap())
            .findings
    }

    fn tile(&self, level: u8, index: u64) -> TileId {
        TileId::in_tree(level, index, self.size).unwrap()
    }
}

impl Source for Ledger {
    type Error = Infallible;

    fn load(&mut self, needs: &Needs) -> Result<Stored, Infallible> {
        let tile = |id: &TileId| Some((*id, self.tiles.get(&(id.level, id.index))?.clone()));
        Ok(Stored {
            bundle: self.bundles.get(&needs.bundle.index).cloned(),
            rows: self
                .rows
                .range(needs.rows.clone())
                .map(|(_, row)| row.clone())
                .collect(),
            tiles: needs.tiles.iter().filter_map(tile).collect(),
        })
    }
}

fn flip(bytes: &mut [u8], bit: usize) {
    bytes[bit / 8] ^= 1 << (bit % 8);
}

/// The entry that a byte of a bundle belongs to, counted from the first of the bundle.
fn entry_of(bundle: &[u8], byte: usize, width: u16) -> u64 {
    let mut end = 0;
    let entries = parse_bundle(bundle, width).unwrap();
    entries
        .iter()
        .take_while(|entry| {
            end += entry.len() + 2;
            end <= byte
        })
        .count() as u64
}

#[test]
fn a_sound_ledger_is_clean() {
    for batches in [
        vec![],
        vec![1],
        vec![255, 1],
        vec![256, 1],
        vec![100, 200, 300],
        vec![512],
    ] {
        let mut ledger = Ledger::new(&batches, |_| "system");
        assert_eq!(ledger.whole(), []);
        for bundles in 0..4 {
            assert_eq!(ledger.tail(bundles), []);
        }
        let report = ledger.audit(Audit::whole(ORIGIN, ledger.size));
        assert_eq!(
            (report.entries, report.checkpoints_compared),
            (ledger.size, batches.len() as u64)
        );
    }
}

/// Attack 1: every bit of every entry, and the bits sampled from longer bundles, full and partial.
#[test]
fn every_flipped_bit_of_an_entry_is_named() {
    for (batches, step) in [(vec![2, 1], 1), (vec![300], 12_007)] {
        let good = Ledger::new(&batches, |_| "system");
        for (index, bundle) in &good.bundles {
            let width = (good.size - index * 256).min(256) as u16;
            for bit in (0..bundle.len() * 8).step_by(step) {
                let mut bad = good.clone();
                flip(bad.bundles.get_mut(index).unwrap(), bit);
                let entry = index * 256 + entry_of(bundle, bit / 8, width);
                let bundle = BundleId {
                    index: *index,
                    width,
                };
                let findings = bad.whole();
                let broken = [Finding::BundleBroken { bundle, entry }];
                assert!(
                    findings == [Finding::Entry(entry)] || findings == broken,
                    "{bit}: {findings:?}"
                );
                assert_eq!(bad.tail(2), findings);
            }
        }
    }
}

/// Attack 1: tiles, full and partial, at each level.
#[test]
fn every_flipped_bit_of_a_tile_is_named() {
    for (batches, step) in [(vec![3], 1), (vec![600], 2003)] {
        let good = Ledger::new(&batches, |_| "system");
        for ((level, index), bytes) in &good.tiles {
            for bit in (0..bytes.len() * 8).step_by(if *level == 0 { step } else { step.min(7) }) {
                let mut bad = good.clone();
                flip(bad.tiles.get_mut(&(*level, *index)).unwrap(), bit);
                let tile = good.tile(*level, *index);
                let hash = (bit / 256) as u16;
                assert_eq!(bad.whole(), [Finding::Tile { tile, hash }]);
                // At the right edge the tail may only be able to say that something there is wrong; it says that.
                let tail = bad.tail(1);
                let last = level + 1 == 2 || *index == good.size.div_ceil(256) - 1;
                assert_eq!(tail.is_empty(), !last, "{tail:?}");
            }
        }
    }
}

/// Attack 1: the columns of index rows.
#[test]
fn every_flipped_bit_of_an_index_row_is_named() {
    let good = Ledger::new(&[3], |_| "system");
    for index in 0..3 {
        let row = |column| vec![Finding::Row { index, column }];
        for bit in 0..256 {
            let mut bad = good.clone();
            flip(&mut bad.rows.get_mut(&index).unwrap().leaf_hash.0, bit);
            assert_eq!(bad.whole(), row("leaf_hash"));
        }
        for bit in 0..64 {
            let mut bad = good.clone();
            bad.rows.get_mut(&index).unwrap().at_ms ^= 1 << bit;
            assert_eq!(bad.whole(), row("at"));
        }
        let mut bad = good.clone();
        bad.rows.get_mut(&index).unwrap().kind = "erasure".into();
        assert_eq!(bad.whole(), row("kind"));
        let mut bad = good.clone();
        bad.rows.remove(&index);
        let count = Finding::RowCount {
            found: 2,
            expected: 3,
        };
        assert_eq!(bad.whole(), [Finding::RowMissing(index), count]);
    }
    let mut bad = good.clone();
    let extra = IndexRow {
        index: 3,
        ..bad.rows[&2].clone()
    };
    bad.rows.insert(3, extra);
    assert_eq!(
        bad.whole(),
        [Finding::RowCount {
            found: 4,
            expected: 3
        }]
    );
}

/// Attack 1: kept checkpoints and the head.
#[test]
fn every_flipped_bit_of_a_checkpoint_or_head_is_named() {
    let good = Ledger::new(&[2, 1], |_| "system");
    for which in 0..2 {
        for bit in 0..good.kept[which].1.len() * 8 {
            let mut bad = good.clone();
            flip(&mut bad.kept[which].1, bit);
            let findings = bad.whole();
            let named = matches!(&findings[..], [Finding::Checkpoint { label, .. }] if *label == good.kept[which].0);
            assert!(named, "{bit}: {findings:?}");
        }
    }
    for bit in 0..256 {
        let mut bad = good.clone();
        flip(&mut bad.root.0, bit);
        assert_eq!(bad.whole(), [Finding::Head(3)]);
        assert_eq!(bad.tail(1), [Finding::Head(3)]);
    }
}

#[test]
fn what_is_missing_or_of_another_length_is_named() {
    let good = Ledger::new(&[300], |_| "system");
    for (level, index) in good.tiles.keys() {
        let tile = good.tile(*level, *index);
        let mut bad = good.clone();
        bad.tiles.remove(&(*level, *index));
        assert_eq!(bad.whole(), [Finding::TileMissing(tile)]);
        let mut bad = good.clone();
        bad.tiles.get_mut(&(*level, *index)).unwrap().push(0);
        assert_eq!(bad.whole(), [Finding::TileLength(tile)]);
    }
    let mut bad = good.clone();
    bad.bundles.remove(&1);
    let bundle = BundleId {
        index: 1,
        width: 44,
    };
    assert_eq!(bad.whole(), [Finding::BundleMissing(bundle)]);
    let mut bad = good.clone();
    bad.bundles.get_mut(&1).unwrap().extend([0, 0]);
    assert_eq!(bad.whole(), [Finding::BundleBroken { bundle, entry: 300 }]);
}

/// Attack 2: an entry rewritten with everything recomputed and signed with the log's own key.
#[test]
fn a_rewritten_history_is_found_by_any_kept_checkpoint() {
    let good = Ledger::new(&[100, 200, 300], |_| "system");
    let mut bad = Ledger::new(
        &[100, 200, 300],
        |i| if i == 150 { "nobody" } else { "system" },
    );
    assert_eq!(bad.whole(), [], "by itself the forgery is perfect");
    bad.kept = good.kept.clone();
    let rewritten = |size: u64| Finding::Rewritten {
        label: format!("at {size}"),
        size,
    };
    assert_eq!(
        bad.whole(),
        [rewritten(300), rewritten(600)],
        "and the first wrong one says since when"
    );
    assert_eq!(bad.tail(1), [rewritten(600)]);
}

/// Attack 3: the last entries cut off, and the smaller tree signed again.
#[test]
fn a_truncated_ledger_is_found_by_a_newer_checkpoint() {
    let good = Ledger::new(&[100, 200, 300], |_| "system");
    let mut bad = Ledger::new(&[100, 200], |_| "system");
    bad.kept = good.kept;
    let cut = Finding::Truncated {
        label: "at 600".into(),
        signed: 600,
        size: 300,
    };
    assert_eq!(bad.whole(), std::slice::from_ref(&cut));
    assert_eq!(bad.tail(1), [cut]);
}

#[test]
fn leaves_of_another_ledger_and_other_bytes_are_named() {
    let mut ledger = Ledger::new(&[1], |_| "system");
    let (mut foreign, mut edge) = (leaf(1, "system"), Edge::empty());
    foreign.ledger = "other.example".into();
    let entries = [
        leaf(0, "system").encode().unwrap(),
        foreign.encode().unwrap(),
        b"{}".to_vec(),
    ];
    let tree = edge.append(&entries).unwrap();
    for (index, hash) in (0..).zip(&tree.leaf_hashes) {
        let row = IndexRow {
            index,
            leaf_hash: *hash,
            ..ledger.rows[&0].clone()
        };
        ledger.rows.insert(index, row);
    }
    (ledger.size, ledger.root) = (3, tree.root);
    ledger.tiles = tree
        .tiles
        .into_iter()
        .map(|(id, bytes)| ((id.level, id.index), bytes))
        .collect();
    ledger.bundles = tree
        .bundles
        .into_iter()
        .map(|(id, bytes)| (id.index, bytes))
        .collect();
    let findings = ledger.whole();
    let form = |i: usize| matches!(&findings[i], Finding::EntryForm { index, .. } if *index == i as u64 + 1);
    assert!(findings.len() == 2 && form(0) && form(1), "{findings:?}");
}

/// A tree with a full tile at level 1: three levels, several things wrong at once, each named once.
#[test]
fn several_faults_in_a_deep_tree_are_each_named_once() {
    let mut ledger = Ledger::new(&[65_536, 300], |_| "system");
    assert_eq!(ledger.tail(3), []);
    flip(ledger.tiles.get_mut(&(1, 0)).unwrap(), 17 * 256 + 5);
    flip(ledger.tiles.get_mut(&(2, 0)).unwrap(), 0);
    flip(ledger.tiles.get_mut(&(0, 200)).unwrap(), 3 * 256);
    flip(ledger.bundles.get_mut(&100).unwrap(), 100);
    ledger.rows.get_mut(&65_600).unwrap().kind = "hold".into();
    let tile = |level, index, hash| Finding::Tile {
        tile: ledger.tile(level, index),
        hash,
    };
    let expected = [
        Finding::Entry(25_600),
        tile(0, 200, 3),
        tile(1, 0, 17),
        Finding::Row {
            index: 65_600,
            column: "kind",
        },
        tile(2, 0, 0),
    ];
    assert_eq!(ledger.whole(), expected);
}
