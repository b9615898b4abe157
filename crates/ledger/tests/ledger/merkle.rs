//! Public and generated vectors of hashing, proofs, tiles and bundles.

use bonafide_ledger::proof::{
    build_consistency, build_inclusion, build_subtree_consistency, verify_subtree_consistency,
};
use bonafide_ledger::tree::root;
use bonafide_ledger::{Edge, Hash, TileId, TileMap, empty_root, sha256};
use serde_json::{Value, json};

use crate::{Case, list, load, request, run};

fn case(c: &Value, kind: &str, context: Value) -> Case {
    Case {
        name: format!("{} ({})", c["source"], c["desc"]),
        valid: c["wantErr"] == false,
        request: request(kind, "", "utf8", context),
    }
}

#[test]
fn published_inclusion_proofs() {
    let cases: Vec<Case> = list(&load("merkle/inclusion.json"))
        .iter()
        .map(|c| {
            let context = json!({"index": c["leafIdx"], "size": c["treeSize"], "root": c["root"],
                "leaf_hash": c["leafHash"], "proof": c["proof"]});
            case(c, "inclusion", context)
        })
        .collect();
    run(&cases, 45);
}

#[test]
fn published_consistency_proofs() {
    let cases: Vec<Case> = list(&load("merkle/consistency.json"))
        .iter()
        .map(|c| {
            let context = json!({"size1": c["size1"], "size2": c["size2"], "root1": c["root1"],
                "root2": c["root2"], "proof": c["proof"]});
            case(c, "consistency", context)
        })
        .collect();
    run(&cases, 48);
}

#[test]
fn published_subtree_inclusion_proofs() {
    let cases: Vec<Case> = list(&load("merkle/subtreeinclusion.json"))
        .iter()
        .map(|c| {
            let context = json!({"index": c["leafIdx"], "start": c["start"], "end": c["end"],
                "root": c["root"], "leaf_hash": c["leafHash"], "proof": c["proof"]});
            case(c, "subtree-inclusion", context)
        })
        .collect();
    run(&cases, 96);
}

#[test]
fn published_subtree_consistency_proofs() {
    let cases: Vec<Case> = list(&load("merkle/subtreeconsistency.json"))
        .iter()
        .map(|c| {
            let context = json!({"start": c["start"], "end": c["end"], "size": c["size"],
                "root1": c["root1"], "root2": c["root2"], "proof": c["proof"]});
            case(c, "subtree-consistency", context)
        })
        .collect();
    run(&cases, 63);
}

#[test]
fn published_roots() {
    let vectors = load("merkle/rfc6962_roots.json");
    let mut edge = Edge::empty();
    let roots = list(&vectors["roots_by_size_hex"]);
    assert_eq!(roots[0], edge.root().to_string());
    for (leaf, root) in list(&vectors["leaves_hex"]).iter().zip(&roots[1..]) {
        let tree = edge.append(&[unhex(leaf)]).unwrap();
        assert_eq!(*root, tree.root.to_string());
    }
    assert_eq!(edge.size(), 8);
}

fn unhex(value: &Value) -> Vec<u8> {
    let (pairs, rest) = value.as_str().unwrap().as_bytes().as_chunks::<2>();
    assert!(rest.is_empty());
    let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    pairs.iter().map(|pair| byte(pair.as_slice())).collect()
}

/// The two trees of the generated vectors.
fn tree(vectors: &Value, name: &str) -> Vec<Vec<u8>> {
    match name {
        "small" => list(&vectors["small_leaves_hex"])
            .iter()
            .map(unhex)
            .collect(),
        _ => (0..140_000_u64).map(big_leaf).collect(),
    }
}

fn big_leaf(i: u64) -> Vec<u8> {
    [i.to_be_bytes(), 0x5eed_u64.to_be_bytes()].concat()
}

fn stored(leaves: &[Vec<u8>]) -> TileMap {
    Edge::empty().append(leaves).unwrap().tiles
}

#[test]
fn generated_roots_at_every_size() {
    let vectors = load("merkle/generated.json");
    let leaves = tree(&vectors, "small");
    let mut edge = Edge::empty();
    let mut roots = vec![empty_root()];
    for leaf in &leaves {
        roots.push(edge.append(&[leaf]).unwrap().root);
    }
    let expected = list(&vectors["roots_small"]);
    assert_eq!(expected.len(), 34);
    for case in expected {
        let size = case["size"].as_u64().unwrap() as usize;
        assert_eq!(case["root"], roots[size].to_string(), "{size}");
    }
}

/// Verified through the contract, and the good ones also built here from tiles, to the byte.
#[test]
fn generated_inclusion_proofs() {
    let vectors = load("merkle/generated.json");
    let trees = ["small", "big"].map(|name| (name, stored(&tree(&vectors, name))));
    let cases: Vec<Case> = list(&vectors["inclusion"])
        .iter()
        .map(|c| {
            let (index, size) = (c["index"].as_u64().unwrap(), c["size"].as_u64().unwrap());
            if c["valid"] == true {
                let (_, tiles) = trees.iter().find(|(name, _)| c["tree"] == *name).unwrap();
                let built = build_inclusion(tiles, index, size).unwrap();
                let built: Vec<String> = built.iter().map(ToString::to_string).collect();
                assert_eq!(c["proof"], json!(built), "{index} of {size}");
            }
            let mut context =
                json!({"index": index, "size": size, "root": c["root"], "proof": c["proof"]});
            let entry = c.get("leaf_data_hex").and_then(Value::as_str);
            if entry.is_none() {
                context["leaf_hash"] = c["leaf_hash"].clone();
            }
            Case {
                name: format!("{index} of {size}: {}", c["mutation"]),
                valid: c["valid"] == true,
                request: request("inclusion", entry.unwrap_or(""), "hex", context),
            }
        })
        .collect();
    run(&cases, 185);
}

#[test]
fn generated_consistency_proofs() {
    let vectors = load("merkle/generated.json");
    let trees = ["small", "big"].map(|name| (name, stored(&tree(&vectors, name))));
    let cases: Vec<Case> = list(&vectors["consistency"])
        .iter()
        .map(|c| {
            let (size1, size2) = (c["size1"].as_u64().unwrap(), c["size2"].as_u64().unwrap());
            if c["valid"] == true {
                let (_, tiles) = trees.iter().find(|(name, _)| c["tree"] == *name).unwrap();
                let built = build_consistency(tiles, size1, size2).unwrap();
                let built: Vec<String> = built.iter().map(ToString::to_string).collect();
                assert_eq!(c["proof"], json!(built), "{size1} to {size2}");
            }
            let context = json!({"size1": size1, "size2": size2, "root1": c["root1"],
                "root2": c["root2"], "proof": c["proof"]});
            Case {
                name: format!("{size1} to {size2}: {}", c["mutation"]),
                valid: c["valid"] == true,
                request: request("consistency", "", "utf8", context),
            }
        })
        .collect();
    run(&cases, 172);
}

#[test]
fn generated_tiles_and_bundles() {
    let vectors = load("merkle/tiles.json");
    let sizes = list(&vectors["sizes"]);
    assert_eq!(sizes.len(), 3);
    for case in sizes {
        let size = case["size"].as_u64().unwrap();
        let leaves: Vec<Vec<u8>> = (0..size).map(big_leaf).collect();
        let tree = Edge::empty().append(&leaves).unwrap();
        assert_eq!(case["root_b64"], tree.root.to_base64());
        let tiles = list(&case["tiles"]);
        assert_eq!(tree.tiles.len(), tiles.len());
        for tile in tiles {
            let path = tile["path"].as_str().unwrap();
            let bytes = &tree.tiles[&path.parse::<TileId>().unwrap()];
            assert_eq!(tile["bytes"], bytes.len());
            assert_eq!(tile["sha256"], sha256(bytes).to_string(), "{path}");
        }
        if size == 3 {
            let (id, bundle) = tree.bundles.first_key_value().unwrap();
            let expected = &vectors["entry_bundle_size3"];
            assert_eq!(expected["path"], id.to_string());
            assert_eq!(unhex(&expected["hex"]), *bundle);
        }
    }
}

/// Every subtree of every tree of up to 130 entries, the empty ones too, by rolling hashes over all of them.
#[test]
fn accumulated_subtrees() {
    let vectors = load("merkle/subtree_accumulated.json");
    let max = vectors["max_size"].as_u64().unwrap();
    let leaves: Vec<Vec<u8>> = (0..max).map(|i| vec![i as u8]).collect();
    let whole = stored(&leaves);
    let line = |head: String, proof: &[Hash]| {
        let hashes: String = proof.iter().map(|hash| format!(" {hash}")).collect();
        format!("{head}{hashes}\n")
    };
    let (mut hashes, mut inclusion, mut consistency) =
        (String::new(), String::new(), String::new());
    let mut roots = Vec::new();
    for end in 0..=max {
        for start in (0..=end).filter(|start| start % (end - start).next_power_of_two() == 0) {
            let tree = Edge::empty()
                .append(&leaves[start as usize..end as usize])
                .unwrap();
            hashes.push_str(&format!("[{start}, {end}) {}\n", tree.root));
            roots.push((start..end, tree.root));
            for index in start..end {
                let proof = build_inclusion(&tree.tiles, index - start, end - start).unwrap();
                inclusion.push_str(&line(format!("{index} [{start}, {end})"), &proof));
            }
        }
        let head = root(&whole, end).unwrap();
        for (part, hash) in &roots {
            let proof = build_subtree_consistency(&whole, part.clone(), end).unwrap();
            verify_subtree_consistency(part.clone(), end, &proof, hash, &head).unwrap();
            let text = format!("[{}, {}) {end}", part.start, part.end);
            consistency.push_str(&line(text, &proof));
        }
    }
    for (name, lines) in [
        ("subtree_hash", hashes),
        ("subtree_inclusion", inclusion),
        ("subtree_consistency", consistency),
    ] {
        assert_eq!(
            vectors[name],
            sha256(lines.as_bytes()).to_string(),
            "{name}"
        );
    }
}
