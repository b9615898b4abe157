//! Every listed name as parts, and which names a part stands in.

use std::collections::HashMap;

use crate::buckets::{Buckets, hash, pair};
use crate::compare::{Side, bit};
use crate::name::{self, Piece};
use crate::spelling::Spelling;
use crate::vocabulary::{self, Vocabulary};
use crate::weight::{self, Class};
use crate::{Kind, Quality};

use super::EntryPlace;

/// Shortest word that is looked for among names written in parts.
pub(super) const JOINED_FROM: usize = 4;

/// One listed name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) entry: EntryPlace,
    /// Its place among the entry's names.
    pub(super) name: u16,
    pub(super) kind: Kind,
    pub(super) quality: Quality,
    /// Parts at the end that are the family name.
    pub(super) family: u8,
    start: u32,
    parts: u8,
    particles: u16,
    initials: u16,
    /// Information in all its parts.
    pub(super) weight: f32,
}

/// The listed names, searchable.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) vocabulary: Vocabulary,
    rows: Vec<Row>,
    /// Tokens of all rows, end to end, and hashes of each with the one after it, of the last with the first.
    tokens: Vec<u32>,
    joined: Vec<u32>,
    /// Names of each class, by token.
    postings: [Postings; Class::COUNT],
    /// Names of each class, by the hash of two neighbours.
    joined_names: [Buckets; Class::COUNT],
    /// Information in each token, by class, and how often it is in the world's names.
    weights: [Vec<f32>; Class::COUNT],
    known: [Vec<f32>; Class::COUNT],
    sizes: [u32; Class::COUNT],
}

/// Which names have a token.
#[derive(Debug, Default)]
struct Postings {
    starts: Vec<u32>,
    names: Vec<u32>,
}

impl Names {
    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }

    pub(super) fn row(&self, name: u32) -> Option<&Row> {
        self.rows.get(usize::try_from(name).ok()?)
    }

    /// How many names a class has.
    pub(super) fn size(&self, class: Class) -> u32 {
        self.sizes.get(class.at()).copied().unwrap_or(0)
    }

    pub(super) fn weight(&self, token: u32, class: Class) -> f32 {
        at(&self.weights, class, token)
    }

    pub(super) fn known(&self, token: u32, class: Class) -> f32 {
        at(&self.known, class, token)
    }

    /// The tokens of a name, and the hashes of neighbours.
    pub(super) fn parts(&self, row: &Row) -> (&[u32], &[u32]) {
        let start = usize::try_from(row.start).unwrap_or(usize::MAX);
        let range = start..start.saturating_add(usize::from(row.parts));
        (
            self.tokens.get(range.clone()).unwrap_or(&[]),
            self.joined.get(range).unwrap_or(&[]),
        )
    }

    /// The names of a class that have a token.
    pub(super) fn with(&self, token: u32, class: Class) -> &[u32] {
        let Some(postings) = self.postings.get(class.at()) else {
            return &[];
        };
        let bound = |token: u32| {
            let start = postings.starts.get(usize::try_from(token).ok()?);
            usize::try_from(*start?).ok()
        };
        match (bound(token), bound(token.saturating_add(1))) {
            (Some(from), Some(to)) => postings.names.get(from..to).unwrap_or(&[]),
            _ => &[],
        }
    }

    /// The names of a class that have two neighbours of this hash.
    pub(super) fn with_joined(&self, hash: u32, class: Class) -> impl Iterator<Item = u32> {
        self.joined_names
            .get(class.at())
            .into_iter()
            .flat_map(move |names| names.get(hash))
    }

    /// The parts of a name as a side of a comparison.
    pub(super) fn sides(&self, row: &Row, out: &mut Vec<Side>) {
        let class = Class::of(row.kind);
        out.clear();
        for (at, token) in self.parts(row).0.iter().enumerate() {
            let text = self.vocabulary.text(*token);
            let particle = u32::from(row.particles) & bit(at) != 0;
            let initial = u32::from(row.initials) & bit(at) != 0;
            out.push(Side {
                weight: self.weight_of(*token, particle, initial, class),
                first: text.first().copied().unwrap_or(0),
                initial,
                particle,
                letters: u8::try_from(text.len()).unwrap_or(u8::MAX),
            });
        }
    }

    fn weight_of(&self, token: u32, particle: bool, initial: bool, class: Class) -> f32 {
        match (particle, initial) {
            (true, _) => weight::PARTICLE,
            (false, true) => weight::INITIAL,
            (false, false) => self.weight(token, class),
        }
    }
}

fn at(columns: &[Vec<f32>; Class::COUNT], class: Class, token: u32) -> f32 {
    let token = usize::try_from(token).unwrap_or(usize::MAX);
    let column = columns.get(class.at());
    column.and_then(|c| c.get(token)).copied().unwrap_or(0.0)
}

/// The hash under which two neighbours written together are found.
pub(super) fn joined_hash(first: &Spelling, second: &Spelling) -> Option<(u32, Spelling)> {
    let mut text = first.text.clone();
    text.extend_from_slice(&second.text);
    let joined = Spelling::new(&text, first.vowelless || second.vowelless);
    (text.len() >= JOINED_FROM).then(|| (hash(joined.fold.iter().copied()), joined))
}

/// Gathers names.
#[derive(Debug, Default)]
pub(super) struct Builder {
    vocabulary: vocabulary::Builder,
    names: Names,
    /// Hash of each token's fold: spellings that fold alike are counted together.
    folds: Vec<u32>,
    joined_names: [Vec<u64>; Class::COUNT],
}

impl Builder {
    pub(super) fn add(
        &mut self,
        entry: EntryPlace,
        name: usize,
        kind: Kind,
        listed: &crate::ListedName,
    ) {
        let Some(name::Name { pieces, family }) = name::read(kind, &listed.text) else {
            return;
        };
        let class = Class::of(kind);
        let number = u32::try_from(self.names.rows.len()).unwrap_or(u32::MAX);
        let flags = |is: fn(&Piece) -> bool| {
            let set = pieces.iter().enumerate().filter(|(_, p)| is(p));
            set.fold(0_u16, |bits, (at, _)| {
                bits | u16::try_from(bit(at)).unwrap_or(0)
            })
        };
        self.names.rows.push(Row {
            entry,
            name: u16::try_from(name).unwrap_or(u16::MAX),
            kind,
            quality: listed.quality,
            family: u8::try_from(family).unwrap_or(0),
            start: u32::try_from(self.names.tokens.len()).unwrap_or(u32::MAX),
            parts: u8::try_from(pieces.len()).unwrap_or(0),
            particles: flags(|p| p.particle),
            initials: flags(|p| p.initial),
            weight: 0.0,
        });
        for (at, piece) in pieces.iter().enumerate() {
            let token = self.vocabulary.add(&piece.spelling, class);
            if usize::try_from(token).is_ok_and(|token| token == self.folds.len()) {
                self.folds.push(hash(piece.spelling.fold.iter().copied()));
            }
            self.names.tokens.push(token);
            // After the last comes the first: the family name may stand before or behind.
            let next = pieces
                .get(at + 1)
                .or_else(|| pieces.first().filter(|_| pieces.len() > 1));
            let joined = next.and_then(|next| joined_hash(&piece.spelling, &next.spelling));
            let joined = joined.map_or(0, |(hash, _)| hash);
            self.names.joined.push(joined);
            if let Some(names) = self
                .joined_names
                .get_mut(class.at())
                .filter(|_| joined != 0)
            {
                names.push(pair(joined, number));
            }
        }
        if let Some(size) = self.names.sizes.get_mut(class.at()) {
            *size += 1;
        }
    }

    pub(super) fn build(self) -> Names {
        let mut names = self.names;
        names.vocabulary = self.vocabulary.build();
        names.joined_names = self.joined_names.map(Buckets::new);
        names.tokens.shrink_to_fit();
        names.joined.shrink_to_fit();
        names.rows.shrink_to_fit();
        for class in [Class::Person, Class::Other] {
            let (weights, known) = weigh(&names, &self.folds, class);
            let postings = post(&names, class);
            if let Some(column) = names.weights.get_mut(class.at()) {
                *column = weights;
            }
            if let Some(column) = names.known.get_mut(class.at()) {
                *column = known;
            }
            if let Some(column) = names.postings.get_mut(class.at()) {
                *column = postings;
            }
        }
        let mut sides = Vec::new();
        let weights: Vec<f32> = names
            .rows
            .iter()
            .map(|row| {
                names.sides(row, &mut sides);
                sides.iter().map(|side| side.weight).sum()
            })
            .collect();
        for (row, weight) in names.rows.iter_mut().zip(weights) {
            row.weight = weight;
        }
        names
    }
}

/// Information in each token of a class, and how often it is in the world's names.
fn weigh(names: &Names, folds: &[u32], class: Class) -> (Vec<f32>, Vec<f32>) {
    let tokens = 0..u32::try_from(names.vocabulary.len()).unwrap_or(u32::MAX);
    let known: Vec<f32> = tokens
        .clone()
        .map(|token| weight::known(names.vocabulary.text(token), class))
        .collect();
    let mut of_fold: HashMap<u32, (u32, f32)> = HashMap::new();
    for ((token, fold), known) in tokens.zip(folds).zip(&known) {
        let sums = of_fold.entry(*fold).or_default();
        sums.0 += names.vocabulary.names(token, class);
        sums.1 += known;
    }
    let weights = folds.iter().map(|fold| {
        let (count, known) = of_fold.get(fold).copied().unwrap_or_default();
        weight::information(count, known, names.size(class))
    });
    (weights.collect(), known)
}

fn post(names: &Names, class: Class) -> Postings {
    let mut starts = vec![0_u32; names.vocabulary.len() + 1];
    let rows = || {
        (0_u32..)
            .zip(&names.rows)
            .filter(|(_, row)| Class::of(row.kind) == class)
    };
    for (_, row) in rows() {
        for token in names.parts(row).0 {
            let next = usize::try_from(*token)
                .unwrap_or(usize::MAX)
                .saturating_add(1);
            if let Some(start) = starts.get_mut(next) {
                *start += 1;
            }
        }
    }
    let mut sum = 0;
    for start in &mut starts {
        sum += *start;
        *start = sum;
    }
    let mut ends = starts.clone();
    let mut held = vec![0_u32; usize::try_from(sum).unwrap_or(0)];
    for (number, row) in rows() {
        for token in names.parts(row).0 {
            let Some(end) = ends.get_mut(usize::try_from(*token).unwrap_or(usize::MAX)) else {
                continue;
            };
            if let Some(place) = held.get_mut(usize::try_from(*end).unwrap_or(usize::MAX)) {
                *place = number;
            }
            *end += 1;
        }
    }
    Postings {
        starts,
        names: held,
    }
}
