//! What exchanging one sound for another, and adding or losing one, costs.

use std::sync::LazyLock;

/// One slip.
const WHOLE: u8 = 20;
/// Neighbours on a keyboard.
const KEY: u8 = 15;

/// Places of symbols: letters, digits, and the seven sounds beyond the alphabet; a power of two, so that looking up needs no
/// check.
const SYMBOLS: usize = 64;

static COSTS: LazyLock<Costs> = LazyLock::new(Costs::new);

/// The costs, which are the same for everybody.
pub(super) fn costs() -> &'static Costs {
    &COSTS
}

pub(super) struct Costs {
    exchange: [[u8; SYMBOLS]; SYMBOLS],
    alone: [u8; SYMBOLS],
}

/// Sounds that transliterations and ears exchange, with what it costs.
const LIKE: &[(&[u8], u8)] = &[
    // vowels
    (b"iy", 2),
    (b"ae", 4),
    (b"ou", 4),
    (b"ei", 6),
    (b"ey", 7),
    (b"ao", 8),
    (b"eu", 10),
    (b"eo", 10),
    (b"ai", 10),
    (b"au", 10),
    (b"iu", 10),
    (b"io", 11),
    (b"yu", 10),
    (b"ay", 11),
    (b"oy", 11),
    // consonants
    (b"kq", 2),
    (b"ck", 2),
    (b"cq", 4),
    (b"vw", 2),
    (b"fv", 4),
    (b"fw", 7),
    (b"bv", 8),
    (b"uw", 5),
    (b"uv", 10),
    (b"ow", 9),
    (b"sz", 5),
    (b"cs", 7),
    (b"cz", 8),
    (b"sS", 7),
    (b"cS", 9),
    (b"zS", 10),
    (b"SC", 7),
    (b"SZ", 8),
    (b"SX", 12),
    (b"cC", 6),
    (b"sC", 12),
    (b"kC", 9),
    (b"hC", 10),
    (b"XC", 7),
    (b"jC", 9),
    (b"TC", 8),
    (b"tC", 14),
    (b"jZ", 4),
    (b"zZ", 5),
    (b"sZ", 9),
    (b"gZ", 10),
    (b"CZ", 9),
    (b"hX", 3),
    (b"kX", 4),
    (b"gX", 8),
    (b"qX", 6),
    (b"Tc", 3),
    (b"Tz", 5),
    (b"Ts", 7),
    (b"jy", 4),
    (b"ij", 5),
    (b"gj", 8),
    (b"hj", 9),
    (b"jz", 8),
    (b"dj", 10),
    (b"gk", 8),
    (b"gq", 6),
    (b"gh", 10),
    (b"bp", 8),
    (b"dt", 8),
    (b"dD", 2),
    (b"zD", 4),
    (b"tD", 9),
    (b"tP", 1),
    (b"sP", 6),
    (b"dP", 8),
    (b"fp", 10),
    (b"mn", 12),
    (b"lr", 12),
    // what scanners exchange
    (b"0o", 2),
    (b"1l", 2),
    (b"1i", 2),
    (b"il", 6),
    (b"5s", 2),
    (b"8b", 2),
    (b"2z", 2),
    (b"6b", 5),
    (b"6g", 4),
    (b"9g", 3),
    (b"4a", 2),
    (b"3e", 2),
    (b"7t", 3),
    (b"ce", 9),
    (b"co", 11),
    (b"hb", 9),
    (b"nh", 11),
    (b"un", 10),
    (b"ft", 11),
    (b"lt", 11),
    (b"jl", 13),
    (b"qg", 6),
];

const KEYBOARD: [&[u8]; 3] = [b"qwertyuiop", b"asdfghjkl", b"zxcvbnm"];

/// Sounds that are added and lost easily.
const LIGHT: &[(u8, u8)] = &[
    (b'h', 5),
    (b'a', 10),
    (b'e', 9),
    (b'i', 9),
    (b'o', 10),
    (b'u', 10),
    (b'y', 8),
    (b'j', 13),
    (b'w', 13),
];

/// Where a symbol stands in the tables.
pub(super) fn place(symbol: u8) -> u8 {
    match symbol {
        b'a'..=b'z' => symbol - b'a',
        b'0'..=b'9' => symbol - b'0' + 26,
        b'S' => 36,
        b'C' => 37,
        b'Z' => 38,
        b'X' => 39,
        b'T' => 40,
        b'D' => 41,
        _ => 42,
    }
}

impl Costs {
    fn new() -> Self {
        let mut costs = Self {
            exchange: [[WHOLE; SYMBOLS]; SYMBOLS],
            alone: [WHOLE; SYMBOLS],
        };
        for row in KEYBOARD {
            for pair in row.windows(2) {
                if let [a, b] = pair {
                    costs.set(*a, *b, KEY);
                }
            }
        }
        for (upper, lower) in KEYBOARD.iter().zip(KEYBOARD.iter().skip(1)) {
            for (at, b) in lower.iter().enumerate() {
                for a in upper.iter().skip(at).take(2) {
                    costs.set(*a, *b, KEY);
                }
            }
        }
        for (pair, cost) in LIKE {
            if let [a, b] = pair {
                costs.set(*a, *b, *cost);
            }
        }
        for (symbol, cost) in LIGHT {
            if let Some(alone) = costs.alone.get_mut(usize::from(place(*symbol))) {
                *alone = *cost;
            }
        }
        costs
    }

    fn set(&mut self, a: u8, b: u8, cost: u8) {
        for (a, b) in [(a, b), (b, a)] {
            if let Some(cell) = self
                .exchange
                .get_mut(usize::from(place(a)))
                .and_then(|row| row.get_mut(usize::from(place(b))))
            {
                *cell = cost;
            }
        }
    }

    /// What exchanging the symbols at two places costs.
    #[expect(
        clippy::indexing_slicing,
        reason = "the places are cut to the tables' size"
    )]
    pub(super) fn exchange(&self, a: u8, b: u8) -> u16 {
        u16::from(self.exchange[usize::from(a) % SYMBOLS][usize::from(b) % SYMBOLS])
    }

    /// What a symbol that only one side has costs.
    #[expect(
        clippy::indexing_slicing,
        reason = "the place is cut to the table's size"
    )]
    pub(super) fn alone(&self, a: u8) -> u16 {
        u16::from(self.alone[usize::from(a) % SYMBOLS])
    }
}
