//! Noise: samples mutated by a seeded generator, for `BONAFIDE_FUZZ_SECONDS` (1 if not said) each. What may happen is a
//! verdict; what may not is a panic, or a verdict that takes a second.

mod credentials;

use std::time::{Duration, Instant};

use bonafide_evidence::{Context, verify};

use crate::contract::at;

/// A small generator (xorshift64*): the same seed gives the same noise.
pub(crate) struct Noise(u64);

impl Noise {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.max(1))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound.max(1)).unwrap()).unwrap()
    }

    /// One to eight changes: a bit, a byte, a cut, a doubling, a run of one byte, a piece of another sample.
    pub(crate) fn mutate(&mut self, samples: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = samples[self.below(samples.len())].clone();
        for _ in 0..=self.below(8) {
            let at = self.below(bytes.len().max(1));
            let drawn = u8::try_from(self.next() & 0xff).unwrap();
            match self.below(7) {
                0 if !bytes.is_empty() => bytes[at] ^= 1 << self.below(8),
                1 if !bytes.is_empty() => bytes[at] = drawn,
                2 => bytes.truncate(at),
                3 => bytes.insert(at, drawn),
                4 if !bytes.is_empty() => {
                    let end = (at + self.below(32)).min(bytes.len());
                    bytes.drain(at..end);
                }
                5 => {
                    let run = vec![drawn; self.below(64)];
                    bytes.splice(at..at, run);
                }
                _ => {
                    let other = &samples[self.below(samples.len())];
                    let from = self.below(other.len().max(1));
                    let to = (from + self.below(64)).min(other.len());
                    let piece = other.get(from..to).unwrap_or_default().to_vec();
                    bytes.splice(at..at, piece);
                }
            }
        }
        bytes
    }
}

pub(crate) fn seconds() -> Duration {
    let seconds = std::env::var("BONAFIDE_FUZZ_SECONDS").ok();
    Duration::from_secs(seconds.map_or(1, |text| text.parse().expect("a number of seconds")))
}

/// Feeds `run` with mutations of the samples until the time is over, and with 1 MiB of noise of four sorts first.
#[expect(clippy::disallowed_methods, reason = "measures how long noise takes")]
pub(crate) fn parser(samples: &[Vec<u8>], mut run: impl FnMut(&[u8])) {
    let mut noise = Noise::new(9303);
    let mut timed = |bytes: &[u8]| {
        let started = Instant::now();
        run(bytes);
        let took = started.elapsed();
        assert!(
            took < Duration::from_secs(1),
            "{} bytes took {took:?}",
            bytes.len()
        );
    };
    let mib = 1 << 20;
    let random: Vec<u8> = (0..mib)
        .map(|_| u8::try_from(noise.next() & 0xff).unwrap())
        .collect();
    timed(&random);
    timed(&vec![b'<'; mib]);
    timed(&vec![0x30; mib]);
    let first = samples[0]
        .iter()
        .copied()
        .cycle()
        .take(mib)
        .collect::<Vec<_>>();
    timed(&first);
    let started = Instant::now();
    while started.elapsed() < seconds() {
        timed(&noise.mutate(samples));
    }
}

/// [`parser`] for a kind, with a fixed context.
pub(crate) fn kind(kind: &str, samples: &[Vec<u8>], context: serde_json::Value) {
    let context = Context::new(context, at("2026-06-01T00:00:00Z"), Vec::new()).unwrap();
    parser(samples, |bytes| {
        let verdict = verify(kind, bytes, &context);
        assert_eq!(verdict.valid, verdict.reasons.is_empty());
    });
}

// One test per parser, so that each gets the whole time.

#[test]
fn mrz() {
    crate::mrz::noise();
}

#[test]
fn emrtd() {
    crate::emrtd::noise();
}

#[test]
fn aamva() {
    crate::aamva::noise();
}

#[test]
fn contact() {
    crate::contact::noise();
}

#[test]
fn card() {
    crate::control::noise();
}

#[test]
fn timestamp() {
    crate::timestamp::noise();
}

#[test]
fn wallet() {
    crate::wallet::noise();
}
