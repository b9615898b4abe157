//! What the tests share: a history in a directory, rows by a seed, and what the answers must be.

use std::path::Path;
use std::sync::Arc;

use bonafide_history::{Access, Address, Batch, Folder, History, LocalFolder, Options};
use bonafide_model::{Entropy, SeededEntropy};
use bonafide_seal::Keyring;

pub(crate) const START: i64 = 1_767_225_600_000_000;
pub(crate) const DAY: i64 = 86_400_000_000;

pub(crate) fn options(folder: Arc<dyn Folder>, memory_rows: usize) -> Options {
    let entropy = Arc::new(SeededEntropy::new(7));
    let now = bonafide_model::Timestamp::from_millis(START / 1000).unwrap();
    let mut keyring = Keyring::create(now, &*entropy);
    keyring.add_tenant("t", "example.org/t", &*entropy).unwrap();
    let key = keyring.tenant("t").unwrap().history_key().unwrap();
    Options {
        tenant: "t".to_owned(),
        key,
        logs: folder.clone(),
        objects: folder,
        entropy,
        memory_rows,
        in_background: false,
    }
}

pub(crate) fn open(path: &Path, memory_rows: usize) -> History {
    let folder = Arc::new(LocalFolder::open(path).unwrap());
    History::open(options(folder, memory_rows)).unwrap()
}

/// Numbers by a seed.
pub(crate) struct Dice(SeededEntropy);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(SeededEntropy::new(seed))
    }

    pub(crate) fn below(&self, limit: u64) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_le_bytes(bytes) % limit
    }
}

/// Batches of accesses over some days, mostly in order of time, some late, some known already.
pub(crate) fn batches(seed: u64, count: usize, rows: usize, days: i64) -> Vec<Batch> {
    let dice = Dice::new(seed);
    let mut made: Vec<Batch> = Vec::new();
    for number in 0..count {
        if number > 0 && dice.below(12) == 0 {
            let known = dice.below(number as u64) as usize;
            made.push(made[known].clone());
            continue;
        }
        let base = START + days * DAY * number as i64 / count as i64;
        let some = (0..rows).map(|_| {
            let late = match dice.below(20) {
                0 => dice.below(20 * 3_600_000_000) as i64,
                1 => dice.below((days * DAY) as u64) as i64,
                _ => 0,
            };
            access(&dice, base + dice.below(3_600_000_000) as i64 - late)
        });
        made.push(Batch::of(some.collect()));
    }
    made
}

pub(crate) fn access(dice: &Dice, at: i64) -> Access {
    let slot = dice.below(40) as u32;
    let bits = match dice.below(3) {
        0 => 0xFFFF_C000_0200 | u128::from(dice.below(8)),
        1 => 0xFFFF_CB00_7100 | u128::from(slot),
        _ => (0x2001_0DB8 << 96) | (u128::from(dice.below(4)) << 64) | u128::from(dice.below(5)),
    };
    Access {
        address: Address::from_bits(bits),
        at,
        slot,
        port: [0, 443, 32_768 + dice.below(20_000) as u16][dice.below(3) as usize],
        action: 0,
        mark: 0,
        source: 0,
    }
}
