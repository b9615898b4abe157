//! The tree against a naive reference, for random sizes and batches.

use std::collections::BTreeMap;

use bonafide_ledger::proof::{
    ProofError, build_consistency, build_inclusion, verify_consistency, verify_inclusion,
};
use bonafide_ledger::tree::{
    bundle_for_append, root, tiles_for_append, tiles_for_consistency, tiles_for_inclusion,
    tiles_for_root,
};
use bonafide_ledger::verify::{KINDS, verify, verify_line};
use bonafide_ledger::witness::AddCheckpoint;
use bonafide_ledger::{
    BundleId, Edge, Hash, Leaf, TileId, TileMap, TileReader, empty_root, leaf_hash, node_hash,
    parse_bundle,
};
use proptest::prelude::*;

/// RFC 9162, section 2.1, word for word.
mod naive {
    use super::*;

    fn split(n: usize) -> usize {
        (1..n).rev().find(|k| k.is_power_of_two()).unwrap()
    }

    pub(super) fn root(d: &[Hash]) -> Hash {
        match d {
            [] => empty_root(),
            [leaf] => *leaf,
            _ => {
                let (left, right) = d.split_at(split(d.len()));
                node_hash(&root(left), &root(right))
            }
        }
    }

    pub(super) fn path(m: usize, d: &[Hash]) -> Vec<Hash> {
        if d.len() == 1 {
            return Vec::new();
        }
        let k = split(d.len());
        let (mut path, beside) = match m < k {
            true => (path(m, &d[..k]), root(&d[k..])),
            false => (path(m - k, &d[k..]), root(&d[..k])),
        };
        path.push(beside);
        path
    }

    pub(super) fn proof(m: usize, d: &[Hash], whole: bool) -> Vec<Hash> {
        if m == d.len() {
            return if whole { Vec::new() } else { vec![root(d)] };
        }
        let k = split(d.len());
        let (mut proof, beside) = match m <= k {
            true => (proof(m, &d[..k], whole), root(&d[k..])),
            false => (proof(m - k, &d[k..], false), root(&d[..k])),
        };
        proof.push(beside);
        proof
    }
}

/// What a store would hold: one row a tile and a bundle, the widest.
#[derive(Default)]
struct Store {
    tiles: BTreeMap<(u8, u64), Vec<u8>>,
    bundles: BTreeMap<u64, Vec<u8>>,
    hashes: Vec<Hash>,
}

impl Store {
    fn load(&self, ids: impl IntoIterator<Item = TileId>) -> TileMap {
        ids.into_iter()
            .map(|id| (id, self.tiles[&(id.level, id.index)].clone()))
            .collect()
    }

    /// Appends by loading only what the library says it needs.
    fn append(&mut self, entries: &[Vec<u8>]) -> Hash {
        let size = self.hashes.len() as u64;
        let bundle =
            bundle_for_append(size).map(|BundleId { index, .. }| self.bundles[&index].clone());
        let tiles = self.load(tiles_for_append(size));
        let mut edge = Edge::load(size, &tiles, bundle.as_deref()).unwrap();
        let appended = edge.append(entries).unwrap();
        assert_eq!(appended.size, size + entries.len() as u64);
        for (id, bytes) in appended.tiles {
            assert_eq!(bytes.len(), 32 * usize::from(id.width));
            self.tiles.insert((id.level, id.index), bytes);
        }
        for (id, bytes) in appended.bundles {
            parse_bundle(&bytes, id.width).unwrap();
            self.bundles.insert(id.index, bytes);
        }
        self.hashes.extend(appended.leaf_hashes);
        appended.root
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_tree_is_the_naive_tree(batches in prop::collection::vec(0_usize..400, 1..8), picks in any::<[prop::sample::Index; 6]>()) {
        let mut store = Store::default();
        let mut naive = Vec::new();
        for batch in batches {
            let entries: Vec<Vec<u8>> = (0..batch).map(|i| format!("{}/{i}", naive.len()).into_bytes()).collect();
            naive.extend(entries.iter().map(|entry| leaf_hash(entry)));
            let appended = store.append(&entries);
            prop_assert_eq!(appended, naive::root(&naive));
        }
        prop_assert_eq!(&store.hashes, &naive);
        let size = naive.len() as u64;
        let tiles = store.load(tiles_for_root(size));
        prop_assert_eq!(root(&tiles, size).unwrap(), naive::root(&naive));
        if naive.is_empty() {
            return Ok(());
        }
        for pick in picks {
            let m = pick.index(naive.len());
            let old = naive::root(&naive[..m]);
            let head = naive::root(&naive);
            let tiles = store.load(tiles_for_inclusion(m as u64, size));
            let proof = build_inclusion(&tiles, m as u64, size).unwrap();
            prop_assert_eq!(&proof, &naive::path(m, &naive));
            verify_inclusion(&naive[m], m as u64, size, &proof, &head).unwrap();
            broken(&proof, |proof| verify_inclusion(&naive[m], m as u64, size, proof, &head));

            let tiles = store.load(tiles_for_consistency(m as u64, size));
            let proof = build_consistency(&tiles, m as u64, size).unwrap();
            if m > 0 {
                prop_assert_eq!(&proof, &naive::proof(m, &naive, true));
            }
            verify_consistency(m as u64, size, &proof, &old, &head).unwrap();
            broken(&proof, |proof| verify_consistency(m as u64, size, proof, &old, &head));
        }
    }
}

proptest! {
    /// Whatever is asked is answered, and random bytes are never good (an entry of an empty path apart, which needs a
    /// root that is its hash).
    #[test]
    fn random_input_is_refused_and_never_stops_the_verifier(
        input in prop::collection::vec(any::<u8>(), 0..300),
        line in "[\\PC\n]{0,200}",
        index in any::<u64>(),
    ) {
        let number = index.to_string();
        let hash = leaf_hash(b"x").to_string();
        let context = serde_json::json!({"index": index, "size": index, "size1": number, "size2": index, "start": 0,
            "end": index, "root": hash, "root1": hash, "root2": hash, "proof": [hash]});
        for kind in KINDS {
            prop_assert!(!verify(kind, &input, &serde_json::json!({})).valid, "{kind}");
            prop_assert!(!verify(kind, &input, &context).valid, "{kind}");
            prop_assert!(!verify(kind, line.as_bytes(), &serde_json::json!({"vkeys": []})).valid, "{kind}");
        }
        let answer = verify_line(&line);
        prop_assert!(answer.contains("\"valid\":false"));
        let _ = Leaf::parse(&input);
        let _ = AddCheckpoint::parse(&input);
        let _ = parse_bundle(&input, 3);
        let _ = line.parse::<TileId>();
    }
}

/// Attacks 11 and 12: every element of a proof is checked, and so are its number and order.
fn broken(proof: &[Hash], verify: impl Fn(&[Hash]) -> Result<(), ProofError>) {
    let longer = [proof, &[empty_root()]].concat();
    let earlier = [&[empty_root()], proof].concat();
    assert!(verify(&longer).is_err() && verify(&earlier).is_err());
    for i in 0..proof.len() {
        let mut bad = proof.to_vec();
        bad[i].0[i % 32] ^= 1 << (i % 8);
        assert!(verify(&bad).is_err());
        let mut short = proof.to_vec();
        short.remove(i);
        assert!(verify(&short).is_err());
        let mut doubled = proof.to_vec();
        doubled.insert(i, proof[i]);
        assert!(verify(&doubled).is_err());
        if i > 0 && proof[i] != proof[i - 1] {
            let mut swapped = proof.to_vec();
            swapped.swap(i, i - 1);
            assert!(verify(&swapped).is_err());
        }
    }
}

/// Attack 11, in a tree of seven.
#[test]
fn confusions_of_leaves_indexes_and_sizes_are_refused() {
    let entries: Vec<Vec<u8>> = (0..7_u8).map(|i| vec![i]).collect();
    let tree = Edge::empty().append(&entries).unwrap();
    let (tiles, root) = (tree.tiles, tree.root);
    let proof = build_inclusion(&tiles, 2, 7).unwrap();
    let leaf = leaf_hash(&[2]);
    let verify = |leaf: &Hash, index, size, proof: &[Hash]| {
        verify_inclusion(leaf, index, size, proof, &root)
    };
    verify(&leaf, 2, 7, &proof).unwrap();

    let inner = node_hash(&leaf_hash(&[2]), &leaf_hash(&[3]));
    assert!(
        verify(&inner, 2, 7, &proof[1..]).is_err(),
        "an inner node as leaf"
    );
    let preimage = [leaf_hash(&[2]).0, leaf_hash(&[3]).0].concat();
    assert!(verify(&leaf_hash(&preimage), 1, 4, &proof[1..]).is_err());
    let prefixed = [&[1_u8], preimage.as_slice()].concat();
    assert!(verify(&leaf_hash(&prefixed), 1, 4, &proof[1..]).is_err());
    for size in [0, 1, 2, 3, 14, 16, u64::MAX] {
        assert!(verify(&leaf, 2, size, &proof).is_err(), "size {size}");
    }
    for index in [0, 1, 3, 4, 7, 8, u64::MAX] {
        assert!(verify(&leaf, index, 7, &proof).is_err(), "index {index}");
    }
    let last = leaf_hash(&[6]);
    let path = build_inclusion(&tiles, 6, 7).unwrap();
    verify(&last, 6, 7, &path).unwrap();
    let twice = [&[last], path.as_slice()].concat();
    assert!(
        verify(&last, 7, 8, &twice).is_err(),
        "the last leaf doubled"
    );

    assert!(build_inclusion(&tiles, 7, 7).is_err());
    assert!(build_consistency(&tiles, 8, 7).is_err());
    assert!(matches!(
        build_inclusion(&TileMap::new(), 2, 7),
        Err(ProofError::Tile(_))
    ));
}

#[test]
fn from_the_empty_tree_only_the_empty_proof_leads() {
    let root = leaf_hash(b"x");
    verify_consistency(0, 1, &[], &empty_root(), &root).unwrap();
    verify_consistency(0, 0, &[], &empty_root(), &empty_root()).unwrap();
    assert!(verify_consistency(0, 1, &[root], &empty_root(), &root).is_err());
    assert!(verify_consistency(0, 1, &[], &root, &root).is_err());
    assert!(verify_consistency(0, 0, &[], &empty_root(), &root).is_err());
    assert!(verify_consistency(2, 1, &[], &root, &root).is_err());
}

#[test]
fn an_edge_whose_bundle_and_tile_disagree_is_refused() {
    let tree = Edge::empty().append(&[b"one", b"two"]).unwrap();
    let bundle = tree.bundles.values().next().unwrap();
    assert!(Edge::load(2, &tree.tiles, Some(bundle)).is_ok());
    assert!(Edge::load(2, &tree.tiles, None).is_err());
    assert!(Edge::load(2, &TileMap::new(), Some(bundle)).is_err());
    let mut bad = bundle.clone();
    bad[3] ^= 1;
    assert!(Edge::load(2, &tree.tiles, Some(&bad)).is_err());
    let Ok(found) = tree.tiles.tile(0, 0, 1);
    assert!(found.is_some(), "a wider tile serves for a narrower one");
    // An entry that does not fit leaves the edge as it was.
    let mut edge = Edge::load(2, &tree.tiles, Some(bundle)).unwrap();
    let before = edge.clone();
    assert!(edge.append(&[vec![0; 10], vec![0; 70_000]]).is_err());
    assert_eq!(edge, before);
}
