//! Every part that the listed names are made of, once each, and how to find those like a given one.
//!
//! Found are parts whose fold is equal after losing at most two letters on either side (the deletion neighbourhood of
//! Garbe's SymSpell), parts whose consonants are equal where one side has no vowels, and known variants of a given name.
//! What is found is compared letter by letter.

use std::collections::HashMap;

use crate::buckets::{Buckets, hash, pair};
use crate::likeness::{self, View};
use crate::spelling::{self, Spelling};
use crate::variants;
use crate::weight::Class;

/// Shortest fold that is also found after losing one letter, and after losing two.
const ONE_LOST_FROM: usize = 3;
const TWO_LOST_FROM: usize = 7;
/// Letters that are lost at most.
const MOST_LOST: usize = 2;

/// Shortest part that is also found by its shape.
const SHAPE_FROM: usize = 4;
/// Keeps hashes of shapes apart from those of folds.
const SHAPE_MARK: u8 = b'#';

/// A part found for a given one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Like {
    pub(crate) token: u32,
    /// In twentieths of a slip.
    pub(crate) cost: u16,
}

#[derive(Debug, Clone, Copy)]
struct Token {
    at: u32,
    text: u8,
    sound: u8,
    vowelless: bool,
    /// In how many names of each class it stands.
    names: [u32; Class::COUNT],
}

#[derive(Debug, Default)]
pub(crate) struct Vocabulary {
    /// Text and sound of every token.
    arena: Vec<u8>,
    tokens: Vec<Token>,
    /// Folds with up to two letters lost.
    lost: Buckets,
    /// Consonants of tokens that have vowels, and of those that have none.
    full: Buckets,
    bare: Buckets,
    /// Tokens of each group of variants.
    variants: Buckets,
}

/// Gathers tokens.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    ids: HashMap<(Box<[u8]>, bool), u32>,
    arena: Vec<u8>,
    tokens: Vec<Token>,
    lost: Vec<u64>,
    full: Vec<u64>,
    bare: Vec<u64>,
    variants: Vec<u64>,
}

impl Builder {
    /// The number of a token, new or known. Counts it for a class.
    pub(crate) fn add(&mut self, spelling: &Spelling, class: Class) -> u32 {
        let key = (spelling.text.clone().into_boxed_slice(), spelling.vowelless);
        let next = u32::try_from(self.tokens.len()).unwrap_or(u32::MAX);
        let id = *self.ids.entry(key).or_insert(next);
        if id == next {
            self.insert(spelling, id);
        }
        let token = usize::try_from(id)
            .ok()
            .and_then(|id| self.tokens.get_mut(id));
        if let Some(count) = token.and_then(|t| t.names.get_mut(class.at())) {
            *count += 1;
        }
        id
    }

    fn insert(&mut self, spelling: &Spelling, id: u32) {
        let short = |length: usize| u8::try_from(length).unwrap_or(u8::MAX);
        self.tokens.push(Token {
            at: u32::try_from(self.arena.len()).unwrap_or(u32::MAX),
            text: short(spelling.text.len()),
            sound: short(spelling.sound.len()),
            vowelless: spelling.vowelless,
            names: [0; Class::COUNT],
        });
        self.arena.extend_from_slice(&spelling.text);
        self.arena.extend_from_slice(&spelling.sound);
        lost(&spelling.fold, MOST_LOST, |hash| {
            self.lost.push(pair(hash, id))
        });
        if let Some(hash) = shape_hash(spelling) {
            self.lost.push(pair(hash, id));
        }
        if let Some(rest) = likeness::without_article(&spelling.text) {
            let rest = Spelling::new(rest, spelling.vowelless);
            self.lost.push(pair(hash(rest.fold), id));
        }
        let consonants = if spelling.vowelless {
            &mut self.bare
        } else {
            &mut self.full
        };
        for skeleton in spelling::skeletons(&spelling.sound) {
            consonants.push(pair(hash(skeleton), id));
        }
        for group in variants::groups(&spelling.fold) {
            self.variants.push(pair(*group, id));
        }
    }

    pub(crate) fn build(self) -> Vocabulary {
        Vocabulary {
            arena: self.arena,
            tokens: self.tokens,
            lost: Buckets::new(self.lost),
            full: Buckets::new(self.full),
            bare: Buckets::new(self.bare),
            variants: Buckets::new(self.variants),
        }
    }
}

impl Vocabulary {
    pub(crate) fn len(&self) -> usize {
        self.tokens.len()
    }

    /// In how many names of a class a token stands.
    pub(crate) fn names(&self, token: u32, class: Class) -> u32 {
        let token = self.token(token);
        token
            .and_then(|t| t.names.get(class.at()))
            .copied()
            .unwrap_or(0)
    }

    pub(crate) fn text(&self, token: u32) -> &[u8] {
        self.view(token).map_or(&[], |view| view.text)
    }

    fn token(&self, id: u32) -> Option<&Token> {
        self.tokens.get(usize::try_from(id).ok()?)
    }

    pub(crate) fn view(&self, id: u32) -> Option<View<'_>> {
        let token = self.token(id)?;
        let at = usize::try_from(token.at).ok()?;
        let middle = at + usize::from(token.text);
        Some(View {
            text: self.arena.get(at..middle)?,
            sound: self.arena.get(middle..middle + usize::from(token.sound))?,
            vowelless: token.vowelless,
        })
    }

    /// The tokens like a spelling, nearest first.
    pub(crate) fn like(&self, spelling: &Spelling, found: &mut Vec<u32>, out: &mut Vec<Like>) {
        self.like_within(spelling, MOST_LOST, found, out);
    }

    /// The same, with at most so many letters lost from the fold.
    pub(crate) fn like_within(
        &self,
        spelling: &Spelling,
        most: usize,
        found: &mut Vec<u32>,
        out: &mut Vec<Like>,
    ) {
        found.clear();
        out.clear();
        lost(&spelling.fold, most, |hash| {
            found.extend(self.lost.get(hash))
        });
        if let Some(hash) = shape_hash(spelling) {
            found.extend(self.lost.get(hash));
        }
        if let Some(rest) = likeness::without_article(&spelling.text) {
            let rest = Spelling::new(rest, spelling.vowelless);
            found.extend(self.lost.get(hash(rest.fold)));
        }
        let consonants = if spelling.vowelless {
            &self.full
        } else {
            &self.bare
        };
        if !consonants.is_empty() {
            for skeleton in spelling::skeletons(&spelling.sound) {
                found.extend(consonants.get(hash(skeleton)));
            }
        }
        let alike = found.len();
        for group in variants::groups(&spelling.fold) {
            found.extend(self.variants.get(*group));
        }
        for token in found.iter().skip(alike) {
            out.push(Like {
                token: *token,
                cost: variants::COST,
            });
        }
        found.sort_unstable();
        found.dedup();
        for token in found.iter() {
            self.push_like(spelling, *token, out);
        }
        nearest_once(out);
    }

    /// The same by comparing with every token: what finding alone may lose is measured against it.
    pub(crate) fn like_of_all(
        &self,
        spelling: &Spelling,
        found: &mut Vec<u32>,
        out: &mut Vec<Like>,
    ) {
        self.like(spelling, found, out);
        for token in 0..u32::try_from(self.tokens.len()).unwrap_or(u32::MAX) {
            self.push_like(spelling, token, out);
        }
        nearest_once(out);
    }

    fn push_like(&self, spelling: &Spelling, token: u32, out: &mut Vec<Like>) {
        let near = self
            .view(token)
            .and_then(|view| likeness::apart(View::of(spelling), view));
        if let Some(cost) = near {
            out.push(Like { token, cost });
        }
    }
}

fn shape_hash(spelling: &Spelling) -> Option<u32> {
    let shape = spelling::shape(&spelling.text);
    (spelling.text.len() >= SHAPE_FROM).then(|| hash(std::iter::once(SHAPE_MARK).chain(shape)))
}

/// Each token once, with its least cost; nearest first.
fn nearest_once(out: &mut Vec<Like>) {
    out.sort_unstable_by_key(|like| (like.token, like.cost));
    out.dedup_by_key(|like| like.token);
    out.sort_unstable_by_key(|like| (like.cost, like.token));
}

/// Hashes of a fold with none, one and two letters lost.
fn lost(fold: &[u8], most: usize, mut take: impl FnMut(u32)) {
    take(hash(fold.iter().copied()));
    if fold.len() < ONE_LOST_FROM || most == 0 {
        return;
    }
    let without = |skip: [usize; 2]| {
        let kept = fold
            .iter()
            .enumerate()
            .filter(move |(at, _)| !skip.contains(at));
        hash(kept.map(|(_, symbol)| *symbol))
    };
    for first in 0..fold.len() {
        take(without([first, first]));
        if fold.len() >= TWO_LOST_FROM && most >= MOST_LOST {
            for second in first + 1..fold.len() {
                take(without([first, second]));
            }
        }
    }
}
