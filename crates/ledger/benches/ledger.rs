//! What the ledger costs: appending in batches of 1000, and the proof of inclusion in a tree of 1,000,000 entries from
//! tiles in memory.

#![allow(clippy::unwrap_used, reason = "a benchmark may stop")]

use std::hint::black_box;

use bonafide_ledger::proof::{build_inclusion, verify_inclusion};
use bonafide_ledger::{Edge, TileMap, leaf_hash};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const BATCH: u64 = 1000;
const SIZE: u64 = 1_000_000;

/// An entry of the length that a record with five commitments has.
fn entry(i: u64) -> Vec<u8> {
    let mut entry = vec![b'x'; 700];
    entry.extend(i.to_be_bytes());
    entry
}

fn append(c: &mut Criterion) {
    let batch: Vec<Vec<u8>> = (0..BATCH).map(entry).collect();
    let mut group = c.benchmark_group("append");
    group.throughput(Throughput::Elements(BATCH));
    let mut edge = Edge::empty();
    group.bench_function("batch of 1000", |b| {
        b.iter(|| edge.append(black_box(&batch)).unwrap());
    });
    group.finish();
}

fn inclusion(c: &mut Criterion) {
    let mut edge = Edge::empty();
    let mut tiles = TileMap::new();
    for first in (0..SIZE).step_by(BATCH as usize) {
        let batch: Vec<[u8; 8]> = (first..first + BATCH).map(u64::to_be_bytes).collect();
        tiles.extend(edge.append(&batch).unwrap().tiles);
    }
    let (root, index) = (edge.root(), 654_321_u64);
    let leaf = leaf_hash(&index.to_be_bytes());
    let proof = build_inclusion(&tiles, index, SIZE).unwrap();
    c.bench_function("build inclusion at 1,000,000", |b| {
        b.iter(|| build_inclusion(&tiles, black_box(index), SIZE).unwrap());
    });
    c.bench_function("verify inclusion at 1,000,000", |b| {
        b.iter(|| verify_inclusion(&leaf, index, SIZE, black_box(&proof), &root).unwrap());
    });
}

criterion_group!(benches, append, inclusion);
criterion_main!(benches);
