//! How much a part of a name tells: little if many bear it, much if few do.
//!
//! The frequency of a part is estimated from the lists themselves and from a table of parts that are frequent in the world
//! (`data/frequent_parts.txt`), which stands for names that a short list does not happen to have.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::Kind;

/// Names that the table of frequent parts counts for, beside those of the lists.
const TABLE_NAMES: f32 = 20_000.0;
/// How often a part that stands nowhere is taken to occur, in names of the table.
const UNSEEN: f32 = 0.4;
/// What a particle tells, in nats.
pub(crate) const PARTICLE: f32 = 0.25;
/// What an initial tells at most.
pub(crate) const INITIAL: f32 = 1.2;

/// Whose names are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Person,
    Other,
}

impl Class {
    pub(crate) const COUNT: usize = 2;

    pub(crate) fn of(kind: Kind) -> Self {
        if kind == Kind::Person {
            Self::Person
        } else {
            Self::Other
        }
    }

    pub(crate) fn at(self) -> usize {
        match self {
            Self::Person => 0,
            Self::Other => 1,
        }
    }
}

/// Information in a part that `count` of `names` listed names have, in nats.
pub(crate) fn information(count: u32, known: f32, names: u32) -> f32 {
    let count = count as f32 + known.max(UNSEEN);
    ((names as f32 + TABLE_NAMES) / count).ln().max(0.0)
}

static FREQUENT: LazyLock<[HashMap<&'static [u8], f32>; Class::COUNT]> = LazyLock::new(|| {
    let mut tables = [HashMap::new(), HashMap::new()];
    for line in include_str!("../data/frequent_parts.txt")
        .lines()
        .filter(|l| !l.starts_with('#'))
    {
        let mut columns = line.split('\t');
        let Some(part) = columns.next() else { continue };
        for (table, count) in tables.iter_mut().zip(columns) {
            if let Ok(count) = count.parse::<f32>()
                && count > 0.0
            {
                table.insert(part.as_bytes(), count);
            }
        }
    }
    tables
});

/// How often a part occurs in the world's names, counted in names of the table.
pub(crate) fn known(text: &[u8], class: Class) -> f32 {
    FREQUENT
        .get(class.at())
        .and_then(|table| table.get(text))
        .copied()
        .unwrap_or(0.0)
}

/// Words that stand between the parts of a name and are written or left out at will.
pub(crate) fn is_particle(text: &[u8], class: Class) -> bool {
    let words: &[&[u8]] = match class {
        Class::Person => &[
            b"al", b"el", b"ul", b"il", b"as", b"ash", b"es", b"ar", b"er", b"ur", b"an", b"ad",
            b"at", b"az", b"bin", b"ibn", b"ben", b"bn", b"bint", b"binti", b"binte", b"bte",
            b"de", b"del", b"dela", b"la", b"las", b"los", b"da", b"das", b"do", b"dos", b"di",
            b"du", b"des", b"van", b"von", b"der", b"den", b"ter", b"zu", b"zur", b"y", b"e", b"i",
            b"and", b"of", b"the", b"oglu", b"ogly", b"oghlu", b"kizi", b"qizi", b"kyzy", b"gyzy",
            b"ould", b"wuld", b"uld", b"ag", b"le", b"l", b"d",
        ],
        Class::Other => &[
            b"and", b"of", b"the", b"for", b"de", b"del", b"la", b"las", b"los", b"el", b"al",
            b"et", b"y", b"e", b"i", b"o", b"und", b"di", b"da", b"do", b"du", b"des", b"le",
            b"les", b"in", b"on", b"a", b"an", b"to", b"at", b"with", b"der", b"die", b"das",
            b"fur", b"ve", b"wa", b"na", b"po", b"v", b"par", b"para", b"per", b"pour",
        ],
    };
    words.contains(&text)
}
