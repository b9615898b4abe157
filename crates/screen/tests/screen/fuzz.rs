//! A fuzz target for each parser: its samples, spoilt over and over by a seeded mutator. A parser neither panics nor takes
//! longer than its bound, and what it lets through is within its bounds. `BONAFIDE_FUZZ_SECONDS` says how long each runs
//! (one second unless said), `BONAFIDE_FUZZ_SEED` with which numbers it starts.

use std::time::{Duration, Instant};

use bonafide_screen::normalise::MAX_NAME_CHARS;
use bonafide_screen::ofac::{self, Files};
use bonafide_screen::{Format, Index, List, detect};

use crate::formats::sample;
use crate::{ADD, ALT, SDN, source};

/// No mutated sample is longer than some hundred kilobytes; reading one takes milliseconds, and seconds would be a defect
/// that grows with more than its length. Generous, since tests run beside others on slow machines.
const MOST: Duration = Duration::from_secs(10);

/// Longest mutated file.
const MAX_BYTES: usize = 400_000;

#[expect(
    clippy::disallowed_methods,
    reason = "says when to stop; nothing is judged by it but a bound"
)]
fn now() -> Instant {
    Instant::now()
}

fn seconds() -> Duration {
    let text = std::env::var("BONAFIDE_FUZZ_SECONDS").unwrap_or_default();
    Duration::from_secs_f64(text.parse().unwrap_or(1.0))
}

/// Numbers that look random and are the same each time (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

/// Pieces that parsers trip over.
const PIECES: [&[u8]; 30] = [
    b"\"",
    b"\"\"",
    b"\n",
    b"\r",
    b"\r\n",
    b",",
    b";",
    b"\t",
    b"\0",
    b"\x1a",
    b"\xff",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xe2\x80\xae",
    b"<",
    b"/>",
    b"</",
    b"<!--",
    b"<![CDATA[",
    b"<!DOCTYPE x [<!ENTITY a \"b\">]>",
    b"&a;",
    b"&#x10ffff;",
    b"{",
    b"[",
    b"]}",
    b"\\u0000",
    b"null",
    b"-0-",
    b"99999999999999999999",
    b"0000-00-00",
];

fn mutate(bytes: &mut Vec<u8>, numbers: &mut Numbers) {
    for _ in 0..=numbers.below(6) {
        let at = numbers.below(bytes.len() + 1);
        let end = (at + numbers.below(200)).min(bytes.len());
        match numbers.below(9) {
            0 => bytes.truncate(at),
            1 if !bytes.is_empty() => {
                let at = at.min(bytes.len() - 1);
                bytes[at] = numbers.next() as u8;
            }
            2 => {
                let piece = PIECES[numbers.below(PIECES.len())];
                bytes.splice(at..at, piece.iter().copied());
            }
            3 => {
                bytes.drain(at..end);
            }
            4 => {
                let copy = bytes[at..end].to_vec();
                let to = numbers.below(bytes.len() + 1);
                bytes.splice(to..to, copy);
            }
            5 => {
                let piece = PIECES[numbers.below(PIECES.len())];
                let many = piece.repeat(numbers.below(2_000));
                bytes.splice(at..at, many);
            }
            6 => {
                let letter = numbers.next() as u8;
                bytes.splice(at..at, std::iter::repeat_n(letter, numbers.below(20_000)));
            }
            7 => bytes[at..end].reverse(),
            _ => {
                let piece = PIECES[numbers.below(PIECES.len())];
                bytes.splice(at..end, piece.iter().copied());
            }
        }
        bytes.truncate(MAX_BYTES);
    }
}

/// Mutates a sample for the time given, and reads each.
fn run(seed: u64, samples: &[Vec<u8>], mut read: impl FnMut(&[u8]) -> Option<List>) {
    let offset = std::env::var("BONAFIDE_FUZZ_SEED").unwrap_or_default();
    let mut numbers = Numbers(seed ^ offset.parse().unwrap_or(0));
    let (start, time) = (now(), seconds());
    let mut bytes = Vec::new();
    let (mut rounds, mut read_whole) = (0_u64, 0_u64);
    while start.elapsed() < time {
        // Starting anew now and then, so that what is spoilt is sometimes nearly whole.
        if bytes.is_empty() || numbers.below(4) == 0 {
            bytes.clone_from(&samples[numbers.below(samples.len())]);
        }
        mutate(&mut bytes, &mut numbers);
        let before = now();
        let list = read(&bytes);
        let took = before.elapsed();
        assert!(took < MOST, "round {rounds} took {took:?}");
        if let Some(list) = list {
            read_whole += 1;
            check(list, rounds);
        }
        rounds += 1;
    }
    assert!(
        rounds > 0 && read_whole > 0,
        "{rounds} rounds, {read_whole} read"
    );
}

/// What a parser lets through.
fn check(list: List, round: u64) {
    assert!(
        !list.entries.is_empty(),
        "round {round}: an empty list clears everybody"
    );
    for entry in &list.entries {
        assert!(
            !entry.id.is_empty() && !entry.names.is_empty(),
            "round {round}"
        );
        for name in &entry.names {
            let length = name.text.chars().count();
            assert!(
                (1..=MAX_NAME_CHARS).contains(&length),
                "round {round}: {length}"
            );
        }
    }
    let mut ids: Vec<&str> = list.entries.iter().map(|e| e.id.as_str()).collect();
    ids.sort_unstable();
    assert!(
        ids.windows(2).all(|two| two[0] != two[1]),
        "round {round}: a number twice"
    );
    if round.is_multiple_of(50) {
        let _ = Index::build(vec![list]);
    }
}

fn format(seed: u64, format: Format, paths: &[&str]) {
    let samples: Vec<_> = paths.iter().map(|path| sample(path)).collect();
    run(seed, &samples, |bytes| {
        format
            .read(&mut &*bytes, source())
            .ok()
            .map(|(list, _)| list)
    });
}

#[test]
fn ofac_csv() {
    let parts = [SDN, ALT, ADD].map(<[u8]>::to_vec);
    let comments = b"900001,\"rest; a.k.a. 'X'.\"\r\n\x1a".to_vec();
    for (at, seed) in (1..=4).enumerate() {
        let fuzzed = parts.get(at).unwrap_or(&comments).clone();
        run(seed, &[fuzzed], |bytes| {
            let of = |place: usize, other| if at == place { bytes } else { other };
            let files = Files {
                sdn: of(0, SDN),
                alt: Some(of(1, ALT)),
                add: Some(of(2, ADD)),
                comments: Some(of(3, &comments)),
            };
            ofac::read(files, source()).ok().map(|(list, _)| list)
        });
    }
}

#[test]
fn ofac_xml() {
    format(5, Format::OfacXml, &["ofac-xml/sdn.xml"]);
}

#[test]
fn ofac_advanced() {
    format(6, Format::OfacAdvanced, &["ofac-xml/sdn_advanced.xml"]);
}

#[test]
fn csl_csv() {
    format(7, Format::CslCsv, &["csl/consolidated.csv"]);
}

#[test]
fn csl_json() {
    format(8, Format::CslJson, &["csl/consolidated.json"]);
}

#[test]
fn bis() {
    format(9, Format::Bis, &["bis/dpl.txt"]);
}

#[test]
fn un() {
    format(10, Format::Un, &["un/consolidated.xml"]);
}

#[test]
fn uk_csv() {
    let paths = ["uk/UK-Sanctions-List.csv", "uk/ConList.csv"];
    format(11, Format::UkCsv, &paths);
}

#[test]
fn uk_xml() {
    format(12, Format::UkXml, &["uk/UK-Sanctions-List.xml"]);
}

#[test]
fn eu_csv() {
    format(13, Format::EuCsv, &["eu/csvFullSanctionsList_1_1.csv"]);
}

#[test]
fn eu_xml() {
    format(14, Format::EuXml, &["eu/xmlFullSanctionsList_1_1.xml"]);
}

#[test]
fn follow_the_money() {
    format(15, Format::FollowTheMoney, &["ftm/entities.ftm.json"]);
}

#[test]
fn own() {
    format(16, Format::Own(b','), &["own/list.csv"]);
}

/// Telling the format, of any sample, and reading it as what it is told to be.
#[test]
fn detection() {
    let samples: Vec<_> = crate::formats::SAMPLES
        .iter()
        .map(|(path, _)| sample(path))
        .collect();
    run(17, &samples, |bytes| {
        let file = bonafide_screen::File {
            name: "fuzzed",
            bytes,
        };
        let told = detect(file).ok()?;
        told.read(&mut &*bytes, source()).ok().map(|(list, _)| list)
    });
}
