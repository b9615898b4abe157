//! Runs a file of labelled queries against a list and reports what was found: `cargo xtask screen-eval` calls it.
//!
//! `evaluate LIST.ftm.json QUERIES.jsonl OUT.jsonl [scan]`: one line a query, with the hits' entries, scores and features;
//! timing goes to the error output. With `scan` the short cuts of the search are not taken.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a tool for developers"
)]

use std::io::{BufRead, BufReader, BufWriter, Write};
use std::time::{Duration, Instant};

use bonafide_screen::{Index, Kind, Query, Source, Wanted, ftm};
use serde_json::{Value, json};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let scan = arguments.get(3).is_some_and(|a| a == "scan");
    let started = Instant::now();
    let file = std::fs::File::open(&arguments[0]).unwrap();
    let source = Source {
        name: "eval".to_owned(),
        digest: [0; 32],
        published_on: None,
        loaded_at: "2026-01-01T00:00:00Z".parse().unwrap(),
    };
    let (list, report) = ftm::read(&mut BufReader::new(file), source).unwrap();
    let read = started.elapsed();
    let index = Index::build(vec![list]);
    eprintln!(
        "{} entries: read in {read:?}, read and indexed in {:?}; memory {} MB",
        report.entries,
        started.elapsed(),
        memory_mb()
    );
    let queries: Vec<(Value, Query)> = BufReader::new(std::fs::File::open(&arguments[1]).unwrap())
        .lines()
        .map(|line| {
            let value: Value = serde_json::from_str(&line.unwrap()).unwrap();
            let query = query(&value);
            (value, query)
        })
        .collect();
    let wanted = Wanted {
        from_bp: 0,
        most: 10,
    };
    let before = busy();
    let mut out = BufWriter::new(std::fs::File::create(&arguments[2]).unwrap());
    let mut times: Vec<Duration> = Vec::with_capacity(queries.len());
    for (value, query) in &queries {
        let started = Instant::now();
        let outcome = if scan {
            index.scan(query, wanted)
        } else {
            index.screen_wanted(query, wanted)
        };
        times.push(started.elapsed());
        let hits: Vec<Value> = outcome
            .map(|o| {
                o.hits
                    .iter()
                    .map(|h| json!({"entity_id": h.entry_id, "name": h.listed_name, "score_bp": h.score_bp, "f": h.features.name, "q": h.quality, "k": h.kind}))
                    .collect()
            })
            .unwrap_or_default();
        writeln!(out, "{}", json!({"id": value["id"], "hits": hits})).unwrap();
    }
    let ran = busy() - before;
    eprintln!(
        "{} queries took {ran:?} of one core, reading and writing lines included: {:.0} a second",
        times.len(),
        times.len() as f64 / ran.as_secs_f64()
    );
    let total: Duration = times.iter().sum();
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    eprintln!(
        "{} queries in {total:?}: {:.0} a second; p50 {:?}, p99 {:?}, longest {:?}",
        times.len(),
        times.len() as f64 / total.as_secs_f64(),
        at(0.5),
        at(0.99),
        at(1.0)
    );
}

fn query(value: &Value) -> Query {
    let kind = match value["type"].as_str().unwrap() {
        "person" => Kind::Person,
        "organization" => Kind::Organisation,
        "vessel" => Kind::Vessel,
        "aircraft" => Kind::Aircraft,
        other => panic!("type `{other}`"),
    };
    Query {
        kind: Some(kind),
        names: vec![value["name"].as_str().unwrap().to_owned()],
        ..Query::default()
    }
}

/// Time that this thread ran, which other programs on the machine do not lengthen.
fn busy() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = stat.split(' ').next().and_then(|n| n.parse().ok());
    Duration::from_nanos(nanos.unwrap_or(0))
}

fn memory_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find(|l| l.starts_with("VmRSS"))
        .unwrap_or("");
    let kb: String = line.chars().filter(char::is_ascii_digit).collect();
    kb.parse::<u64>().unwrap_or(0) / 1024
}
