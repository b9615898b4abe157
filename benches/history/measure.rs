//! Measures the access history: `measure ingest DIR ROWS`, `measure ask DIR ROWS`, `measure purge DIR ROWS`, and
//! `measure csv FILE ROWS`, which writes the same log for other engines. `docs/benchmarks.md` has what came of it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a program that measures"
)]

#[path = "log.rs"]
mod log;

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bonafide_history::{Batch, Fate, History, LocalFolder, MEMORY_ROWS, Options, Prefix};
use bonafide_model::{SeededEntropy, Timestamp};
use bonafide_seal::{Keyring, SystemEntropy};
use log::Log;

const BATCH: u64 = 10_000;
const ASKED: u64 = 100_000;
const WIDTH: i64 = 60_000_000;

fn open(path: &Path) -> History {
    let seed = SeededEntropy::new(7);
    let mut keyring = Keyring::create(Timestamp::from_millis(0).unwrap(), &seed);
    keyring
        .add_tenant("measure", "example.org/measure", &seed)
        .unwrap();
    let place = Arc::new(LocalFolder::open(path).unwrap());
    History::open(Options {
        tenant: "measure".to_owned(),
        key: keyring.tenant("measure").unwrap().history_key().unwrap(),
        logs: place.clone(),
        objects: place,
        entropy: Arc::new(SystemEntropy),
        memory_rows: MEMORY_ROWS,
        in_background: true,
    })
    .unwrap()
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, what, path, rows] = arguments.as_slice() else {
        panic!("measure ingest|ask|purge DIR ROWS, or measure csv FILE ROWS");
    };
    let (path, log) = (Path::new(path), Log::new(rows.parse().unwrap()));
    match what.as_str() {
        "csv" => csv(path, log),
        "ingest" => ingest(path, log),
        "ask" => ask(path, log),
        "purge" => purge(path, log),
        other => panic!("`{other}` cannot be measured"),
    }
}

fn csv(path: &Path, log: Log) {
    let mut out = std::io::BufWriter::with_capacity(1 << 20, std::fs::File::create(path).unwrap());
    writeln!(out, "address,at,slot,port,action").unwrap();
    for i in 0..log.rows {
        let row = log.row(i);
        let (a, t, s, p, c) = (row.address.bits(), row.at, row.slot, row.port, row.action);
        writeln!(out, "{a:032x},{t},{s},{p},{c}").unwrap();
    }
    out.flush().unwrap();
}

fn ingest(path: &Path, log: Log) {
    let history = open(path);
    let (mut busy, mut slowest) = (Duration::ZERO, Duration::ZERO);
    let begin = Instant::now();
    for start in (0..log.rows).step_by(BATCH as usize) {
        // Making the rows is not what is measured.
        let rows: Vec<_> = (start..(start + BATCH).min(log.rows))
            .map(|i| log.row(i))
            .collect();
        let now = Instant::now();
        history.append(Batch::of(rows)).unwrap();
        let took = now.elapsed();
        busy += took;
        slowest = slowest.max(took);
    }
    let whole = begin.elapsed();
    let now = Instant::now();
    history.seal().unwrap();
    let stats = history.stats();
    println!(
        "ingest: {:.0} rows/s within append (slowest batch {:.0} ms), {:.0} with making the rows; seal {:.2} s",
        log.rows as f64 / busy.as_secs_f64(),
        slowest.as_secs_f64() * 1e3,
        log.rows as f64 / whole.as_secs_f64(),
        now.elapsed().as_secs_f64()
    );
    println!(
        "size: {:.2} B a row, {} segments, {:.3} B of memory a row",
        stats.bytes as f64 / log.rows as f64,
        stats.segments,
        stats.memory as f64 / log.rows as f64
    );
}

fn percentiles(name: &str, mut took: Vec<Duration>) {
    took.sort_unstable();
    let at = |p: f64| took[((took.len() - 1) as f64 * p) as usize].as_secs_f64() * 1e6;
    println!(
        "{name}: p50 {:.1} us, p90 {:.1} us, p99 {:.1} us, p99.9 {:.1} us",
        at(0.5),
        at(0.9),
        at(0.99),
        at(0.999)
    );
}

fn ask(path: &Path, log: Log) {
    let now = Instant::now();
    let history = open(path);
    println!("open: {:.2} s", now.elapsed().as_secs_f64());
    for round in ["cold", "warm"] {
        let (mut took, mut candidates) = (Vec::new(), 0);
        for n in 0..ASKED {
            let row = log.row((n * 0x9E37_79B1) % log.rows);
            let now = Instant::now();
            let found =
                history.by_address(Prefix::one(row.address), row.at - WIDTH, row.at + WIDTH);
            took.push(now.elapsed());
            let found = found.unwrap();
            assert!(found.contains(&row), "row {n} is not found");
            candidates += found.len();
        }
        percentiles(&format!("who, {round}"), took);
        println!(
            "  {:.3} rows found a question",
            candidates as f64 / ASKED as f64
        );
    }
    let mut took = Vec::new();
    for n in 0..2000 {
        let row = log.row((n * 0x9E37_79B1) % log.rows);
        let now = Instant::now();
        let found = history
            .by_account(row.slot, row.at - 30 * 86_400_000_000, row.at)
            .unwrap();
        took.push(now.elapsed());
        assert!(found.contains(&row));
    }
    percentiles("account, 30 days", took);
}

fn purge(path: &Path, log: Log) {
    let history = open(path);
    let slot = log.row(log.rows / 2).slot;
    let now = Instant::now();
    let due = |_: &_, row: &bonafide_history::Access| {
        if row.slot % 50 == slot % 50 {
            Fate::Drop
        } else {
            Fate::Keep
        }
    };
    let done = history.rewrite(|_| None, due).unwrap();
    println!(
        "purge: {:.0} rows/s read and written again ({} rows, {} gone)",
        done.read as f64 / now.elapsed().as_secs_f64(),
        done.read,
        done.dropped
    );
}
