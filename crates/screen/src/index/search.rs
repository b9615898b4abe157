//! Finds the listed names that may be the one asked about, and lays the most promising beside it.
//!
//! For every part of the query the parts like it are looked up; every name that has one of them gathers the information
//! they share. The names that gathered most are compared part by part.

use std::cell::RefCell;

use crate::Kind;
use crate::buckets::hash;
use crate::compare::{Comparison, How, NATS_A_SLIP, Pair, Side, bit, compare};
use crate::name::{self, Piece};
use crate::spelling::Spelling;
use crate::vocabulary::Like;
use crate::weight::{self, Class};

use super::names::{JOINED_FROM, Names, Row, joined_hash};

/// Names that are compared part by part for one name asked about.
const COMPARED: usize = 32;
/// Names that are compared besides because they share all that is asked about.
const COMPARED_WHOLE: usize = 1_024;
/// What a name may miss of the information asked about and be one of those.
const WHOLE_BUT: f32 = 1.0;
/// A name is worth gathering only if it can share this much of the information asked about.
const LEAST_SHARE: f32 = 0.3;
/// What a name loses in the choice of those to compare, for each nat that it has and the query has not.
const LEFT_OVER: f32 = 0.3;
/// A call sign or tail number is another if more differs than a scanner's mistake.
const AIRCRAFT_COST: u16 = 4;
/// A syllable of Chinese or Korean is another if more differs than the spelling of a sound.
const SYLLABLE_COST: u16 = 6;
/// Two words written together may still hold one slip.
const JOINED_COST: u16 = 20;
/// Least letters of a part that may be the beginning of another, and what it tells for each.
const CUT_FROM: usize = 2;
/// Least letters of a beginning that stands for the whole wherever it is: `Hedayat` for `Hedayatollah`.
const BEGINNING_FROM: usize = 5;
const CUT_NATS_A_LETTER: f32 = 1.1;
/// Least cost at which spellings of one part are counted as one part.
const SAME_PART: u16 = 4;

/// How the parts like those asked about are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// By look-up.
    Quick,
    /// By comparing with every part and every name: what the quick way loses is measured against it.
    Whole,
}

/// A part of the name asked about, or two of them written together.
#[derive(Debug)]
struct Asked {
    parts: u32,
    piece: Piece,
    weight: f32,
    joined: bool,
    /// Its likes, nearest first.
    likes: Vec<Told>,
    /// The same by token.
    by_token: Vec<(u32, Told)>,
}

/// A like, and what agreeing in it tells.
#[derive(Debug, Clone, Copy)]
struct Told {
    like: Like,
    tells: f32,
}

/// Memory that is used again for every search of a thread.
#[derive(Debug, Default)]
struct Scratch {
    found: Vec<u32>,
    likes: Vec<Like>,
    gathered: Vec<Gathered>,
    epoch: u32,
    touched: Vec<u32>,
    sides: Vec<Side>,
    pairs: Vec<Pair>,
    chosen: Vec<Pair>,
}

/// What a name has gathered in the search of one epoch, and from which part last.
#[derive(Debug, Clone, Copy, Default)]
struct Gathered {
    sum: f32,
    epoch: u32,
    part: u32,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl Names {
    /// Calls `take` with the names of a kind that may be `text`, and how they compare. Says whether the text has anything to
    /// compare.
    pub(super) fn search(
        &self,
        kind: Kind,
        text: &str,
        reach: Reach,
        mut take: impl FnMut(u32, &Comparison),
    ) -> bool {
        let Some(name::Name { pieces, .. }) = name::read(kind, text) else {
            return false;
        };
        SCRATCH.with_borrow_mut(|scratch| {
            let asked = self.asked(kind, &pieces, reach, scratch);
            self.gather(Class::of(kind), &asked, reach, scratch);
            self.choose(kind, &asked, reach, scratch);
            let query = sides(&asked);
            for name in std::mem::take(&mut scratch.touched) {
                if let Some(comparison) = self.lay_beside(name, &asked, &query, scratch) {
                    take(name, &comparison);
                }
            }
        });
        true
    }

    /// The parts asked about, with the parts like them.
    fn asked(
        &self,
        kind: Kind,
        pieces: &[Piece],
        reach: Reach,
        scratch: &mut Scratch,
    ) -> Vec<Asked> {
        let class = Class::of(kind);
        let mut all = Vec::with_capacity(pieces.len() * 2);
        for (at, piece) in pieces.iter().enumerate() {
            let next = pieces.get(at + 1).filter(|_| kind != Kind::Aircraft);
            let joined = next.and_then(|next| joined_hash(&piece.spelling, &next.spelling));
            all.push(self.ask(kind, class, (bit(at), false), piece.clone(), reach, scratch));
            if let Some((_, spelling)) = joined {
                let piece = Piece {
                    spelling,
                    particle: false,
                    initial: false,
                    syllable: piece.syllable,
                };
                let mut asked = self.ask(
                    kind,
                    class,
                    (bit(at) | bit(at + 1), true),
                    piece,
                    reach,
                    scratch,
                );
                asked.likes.retain(|told| told.like.cost <= JOINED_COST);
                asked
                    .by_token
                    .retain(|(_, told)| told.like.cost <= JOINED_COST);
                if !asked.likes.is_empty() {
                    all.push(asked);
                }
            }
        }
        all
    }

    fn ask(
        &self,
        kind: Kind,
        class: Class,
        (parts, joined): (u32, bool),
        piece: Piece,
        reach: Reach,
        scratch: &mut Scratch,
    ) -> Asked {
        let Scratch { found, likes, .. } = scratch;
        match reach {
            _ if piece.initial => likes.clear(),
            Reach::Quick if joined => self
                .vocabulary
                .like_within(&piece.spelling, 1, found, likes),
            Reach::Quick => self.vocabulary.like(&piece.spelling, found, likes),
            Reach::Whole => self.vocabulary.like_of_all(&piece.spelling, found, likes),
        }
        let most = if kind == Kind::Aircraft {
            AIRCRAFT_COST
        } else if piece.syllable {
            SYLLABLE_COST
        } else {
            u16::MAX
        };
        likes.retain(|like| like.cost <= most);
        let mut asked = Asked {
            parts,
            weight: 0.0,
            joined,
            likes: Vec::with_capacity(likes.len()),
            by_token: Vec::new(),
            piece,
        };
        self.tell(class, likes, &mut asked);
        asked.by_token = asked
            .likes
            .iter()
            .map(|told| (told.like.token, *told))
            .collect();
        asked.by_token.sort_unstable_by_key(|(token, _)| *token);
        asked
    }

    /// What agreeing tells: how few names have a part at least as like.
    fn tell(&self, class: Class, likes: &[Like], asked: &mut Asked) {
        let own = weight::known(&asked.piece.spelling.text, class);
        let size = self.size(class);
        let (mut count, mut known) = (0, 0.0);
        let mut rest = likes;
        asked.weight = weight::information(0, own, size);
        while let Some(first) = rest.first() {
            let same = rest
                .iter()
                .take_while(|like| like.cost == first.cost)
                .count();
            let (tied, after) = rest.split_at_checked(same).unwrap_or((rest, &[]));
            for like in tied {
                count += self.vocabulary.names(like.token, class);
                known += self.known(like.token, class);
            }
            let tells = match asked.piece.particle {
                true => weight::PARTICLE,
                false => weight::information(count, f32::max(known, own), size),
            };
            if first.cost <= SAME_PART {
                asked.weight = tells;
            }
            asked
                .likes
                .extend(tied.iter().map(|like| Told { like: *like, tells }));
            rest = after;
        }
        match (asked.piece.particle, asked.piece.initial) {
            (true, _) => asked.weight = weight::PARTICLE,
            (_, true) => asked.weight = weight::INITIAL,
            _ => {}
        }
    }

    /// Adds up, for every name that shares a part, what it shares; the parts that tell most come first, and what can no longer
    /// share enough is not begun.
    fn gather(&self, class: Class, asked: &[Asked], reach: Reach, scratch: &mut Scratch) {
        scratch.epoch = scratch.epoch.wrapping_add(1);
        if scratch.epoch == 0 || scratch.gathered.len() < self.rows().len() {
            scratch.gathered.clear();
            scratch
                .gathered
                .resize(self.rows().len(), Gathered::default());
            scratch.epoch = 1;
        }
        scratch.touched.clear();
        // What no listed name has can be shared by none.
        let shared = |a: &&Asked| !a.joined && !a.likes.is_empty();
        let total: f32 = asked.iter().filter(shared).map(|a| a.weight).sum();
        let mut order: Vec<(u32, &Asked)> =
            (1..).zip(asked).filter(|(_, a)| !a.piece.initial).collect();
        order.sort_by(|(_, a), (_, b)| b.weight.total_cmp(&a.weight));
        let mut left = total;
        for (part, asked) in order {
            let begin = reach == Reach::Whole
                || asked.joined
                || left >= LEAST_SHARE * total
                || scratch.touched.is_empty();
            let mut gather = |name: u32, tells: f32| {
                let Some(row) = usize::try_from(name)
                    .ok()
                    .and_then(|n| scratch.gathered.get_mut(n))
                else {
                    return;
                };
                if row.epoch != scratch.epoch {
                    if !begin {
                        return;
                    }
                    *row = Gathered {
                        sum: 0.0,
                        epoch: scratch.epoch,
                        part: 0,
                    };
                    scratch.touched.push(name);
                }
                if row.part != part {
                    row.part = part;
                    row.sum += tells;
                }
            };
            for told in &asked.likes {
                let tells = told.tells - NATS_A_SLIP * f32::from(told.like.cost) / 20.0;
                for name in self.with(told.like.token, class) {
                    gather(*name, tells);
                }
            }
            let spelling = &asked.piece.spelling;
            if !asked.joined && spelling.text.len() >= JOINED_FROM {
                for name in self.with_joined(hash(spelling.fold.iter().copied()), class) {
                    gather(name, asked.weight);
                }
            }
            if shared(&asked) {
                left -= asked.weight;
            }
        }
    }

    /// Keeps the names of the kind that gathered most.
    fn choose(&self, kind: Kind, asked: &[Asked], reach: Reach, scratch: &mut Scratch) {
        let Scratch {
            touched, gathered, ..
        } = scratch;
        touched.retain(|name| self.row(*name).is_some_and(|row| row.kind == kind));
        if reach == Reach::Whole || touched.len() <= COMPARED || asked.is_empty() {
            return;
        }
        let gathered_by = |name: &u32| {
            let place = usize::try_from(*name).ok();
            place.and_then(|n| gathered.get(n)).map_or(0.0, |g| g.sum)
        };
        let promise = |name: &u32| {
            let row = self.row(*name);
            let sum = gathered_by(name);
            let left = row.map_or(0.0, |row| (row.weight - sum).max(0.0));
            sum - LEFT_OVER * left
        };
        let total: f32 = asked.iter().filter(|a| !a.joined).map(|a| a.weight).sum();
        let whole = touched
            .iter()
            .filter(|name| gathered_by(name) >= total - WHOLE_BUT)
            .count();
        let compared = (COMPARED + whole.min(COMPARED_WHOLE)).min(touched.len() - 1);
        touched.select_nth_unstable_by(compared, |a, b| promise(b).total_cmp(&promise(a)));
        touched.truncate(compared);
    }

    fn lay_beside(
        &self,
        name: u32,
        asked: &[Asked],
        query: &[Side],
        scratch: &mut Scratch,
    ) -> Option<Comparison> {
        let row = self.row(name)?;
        let Scratch {
            sides,
            pairs,
            chosen,
            ..
        } = scratch;
        self.sides(row, sides);
        let (tokens, joined) = self.parts(row);
        pairs.clear();
        for part in asked {
            for (at, token) in tokens.iter().enumerate() {
                if let Ok(found) = part
                    .by_token
                    .binary_search_by_key(token, |(token, _)| *token)
                    && let Some((_, told)) = part.by_token.get(found)
                {
                    let bare = self
                        .vocabulary
                        .view(*token)
                        .is_some_and(|view| view.vowelless);
                    pairs.push(Pair {
                        query: part.parts,
                        listed: bit(at),
                        tells: told.tells,
                        cost: told.like.cost,
                        how: match (part.joined, bare != part.piece.spelling.vowelless) {
                            (true, _) => How::Joined,
                            (false, true) => How::Consonants,
                            (false, false) => How::Letters,
                        },
                    });
                }
            }
            add_written_apart(part, joined, sides, pairs);
        }
        self.add_cut(row, asked, tokens, pairs);
        Some(compare(
            query,
            sides,
            usize::from(row.family),
            pairs,
            chosen,
        ))
    }
}

impl Names {
    /// The last part may be cut off on either side; words of organisations may be abbreviated anywhere.
    fn add_cut(&self, row: &Row, asked: &[Asked], tokens: &[u32], pairs: &mut Vec<Pair>) {
        let last = asked
            .iter()
            .filter(|a| !a.joined)
            .map(|a| a.parts)
            .max()
            .unwrap_or(0);
        let last_listed = bit(tokens.len().saturating_sub(1));
        let person = row.kind == Kind::Person;
        let taken = pairs.iter().fold((0, 0), |taken, pair| {
            (taken.0 | pair.query, taken.1 | pair.listed)
        });
        for part in asked.iter().filter(|a| {
            !a.joined && !a.piece.initial && !a.piece.particle && a.parts & taken.0 == 0
        }) {
            let text = part.piece.spelling.text.as_slice();
            for (at, token) in tokens
                .iter()
                .enumerate()
                .filter(|(at, _)| bit(*at) & taken.1 == 0)
            {
                let listed = self.vocabulary.text(*token);
                let (short, long) = if text.len() < listed.len() {
                    (text, listed)
                } else {
                    (listed, text)
                };
                let at_end = part.parts == last || bit(at) == last_listed;
                let cut = (short.len() > CUT_FROM && at_end || short.len() >= BEGINNING_FROM)
                    && long.starts_with(short);
                if cut || (!person && abbreviates(short, long)) {
                    let letters = f32::from(u8::try_from(short.len()).unwrap_or(u8::MAX));
                    let weight = self.weight(*token, Class::of(row.kind)).min(part.weight);
                    pairs.push(Pair {
                        query: part.parts,
                        listed: bit(at),
                        tells: (letters * CUT_NATS_A_LETTER).min(weight),
                        cost: 0,
                        how: How::Cut,
                    });
                }
            }
        }
    }
}

/// Whether `short` has the first letter of `long` and others in their order, and is much shorter: `intl`, `mfg`, `dept`.
fn abbreviates(short: &[u8], long: &[u8]) -> bool {
    if short.len() < CUT_FROM || short.len() * 3 > long.len() * 2 || short.first() != long.first() {
        return false;
    }
    let mut rest = long.iter();
    short.iter().all(|letter| rest.any(|other| other == letter))
}

/// A part asked about that the list writes as two.
fn add_written_apart(part: &Asked, joined: &[u32], sides: &[Side], pairs: &mut Vec<Pair>) {
    let spelling = &part.piece.spelling;
    if part.joined || spelling.text.len() < JOINED_FROM {
        return;
    }
    let folded = hash(spelling.fold.iter().copied());
    for (at, hash) in joined.iter().enumerate() {
        if *hash == folded {
            let next = if at + 1 < sides.len() { at + 1 } else { 0 };
            let of = |at: usize| sides.get(at).map_or(0.0, |side| side.weight);
            let weight = of(at) + of(next);
            pairs.push(Pair {
                query: part.parts,
                listed: bit(at) | bit(next),
                tells: part.weight.max(weight.min(part.weight + 4.0)),
                cost: 1,
                how: How::Joined,
            });
        }
    }
}

/// The parts asked about as a side of a comparison.
fn sides(asked: &[Asked]) -> Vec<Side> {
    asked
        .iter()
        .filter(|asked| !asked.joined)
        .map(|asked| side(asked.weight, &asked.piece, &asked.piece.spelling))
        .collect()
}

fn side(weight: f32, piece: &Piece, spelling: &Spelling) -> Side {
    Side {
        weight,
        first: spelling.text.first().copied().unwrap_or(0),
        initial: piece.initial,
        particle: piece.particle,
        letters: u8::try_from(spelling.text.len()).unwrap_or(u8::MAX),
    }
}
