//! The version of the rules goes up when judgements change: replay relies on it.
//!
//! `engine.txt` notes beside each version a digest of how a fixed set of invented accounts is judged, and the worked example.
//! `BLESS=1` notes a new version; it never changes what is noted of one.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use aws_lc_rs::digest::{SHA256, digest};
use bonafide_policy::ENGINE;

use crate::case::{at, judge};
use crate::properties::{Step, build, clocks};

/// Accounts that are judged, each at three instants.
const ACCOUNTS: u64 = 120;

/// Numbers that are the same everywhere (Knuth's MMIX constants).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn index(&mut self, bound: u64) -> usize {
        usize::try_from(self.below(bound)).unwrap()
    }
}

fn judged() -> String {
    let packs = clocks();
    let mut all = String::new();
    for seed in 0..ACCOUNTS {
        let mut numbers = Numbers(seed);
        let steps: Vec<Step> = (0..numbers.below(24))
            .map(|_| Step {
                kind: u8::try_from(numbers.below(13)).unwrap(),
                party: numbers.index(5),
                other: numbers.index(5),
                pick: numbers.index(30),
                days: i64::try_from(numbers.below(60)).unwrap(),
            })
            .collect();
        let dossier = build(seed.is_multiple_of(2), &steps).dossier();
        for day in ["2026-01-20", "2026-02-25", "2026-08-01"] {
            let mut assessment = judge(&dossier, packs, at(&format!("{day}T00:00:00Z")));
            assessment.engine = "".into();
            all.push_str(&serde_json::to_string(&assessment).unwrap());
        }
    }
    let example = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let example = example.join("../../docs/worked-example/assessment.json");
    let example = fs::read_to_string(example).unwrap();
    all.extend(example.lines().filter(|l| !l.contains("\"engine\"")));
    let hash = digest(&SHA256, all.as_bytes());
    hash.as_ref().iter().fold(String::new(), |mut hex, b| {
        write!(hex, "{b:02x}").unwrap();
        hex
    })
}

#[test]
fn r_040_judgements_change_only_with_the_version_of_the_rules() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/assess/engine.txt");
    let mut noted = fs::read_to_string(&path).unwrap_or_default();
    let now = judged();
    let of_version = |noted: &str| {
        let mut lines = noted.lines().filter_map(|l| l.split_once(' '));
        lines
            .find(|(version, _)| *version == ENGINE)
            .map(|(_, d)| d.to_owned())
    };
    if of_version(&noted).is_none() && std::env::var_os("BLESS").is_some() {
        writeln!(noted, "{ENGINE} {now}").unwrap();
        fs::write(&path, &noted).unwrap();
    }
    let last = noted.lines().last().unwrap_or_default();
    assert!(
        last.starts_with(&format!("{ENGINE} ")),
        "`{ENGINE}` is not the last version noted: run with BLESS=1"
    );
    assert_eq!(
        of_version(&noted).as_deref(),
        Some(&*now),
        "the same accounts are judged otherwise: raise `ENGINE`, then run with BLESS=1"
    );
}
