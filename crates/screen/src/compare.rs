//! Lays one name beside another: which part is which, what they agree in, and what is left over on either side.

use crate::weight;

/// What two names have in common and what not; information in nats.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Comparison {
    /// Information in the parts that agree.
    pub(crate) agreed: f32,
    /// Information in parts of the query that the listed name has not, and the other way.
    pub(crate) query_left: f32,
    pub(crate) listed_left: f32,
    /// Slips in the parts that agree, and the same weighed by how much of the name they are.
    pub(crate) slips: f32,
    pub(crate) slip_share: f32,
    /// Parts that agree, and those left over; particles do not count.
    pub(crate) agreed_parts: f32,
    pub(crate) query_left_parts: f32,
    pub(crate) listed_left_parts: f32,
    /// Parts that agree by an initial alone.
    pub(crate) initials: f32,
    /// Parts that agree by being cut off or abbreviated.
    pub(crate) cut: f32,
    /// Parts that agree by being written together or apart.
    pub(crate) joined: f32,
    /// Parts that agree by consonants alone.
    pub(crate) consonants: f32,
    /// Information of the family name that is left over, where the list tells which it is.
    pub(crate) family_left: f32,
    /// Neighbours in one name that are not in the other.
    pub(crate) disorder: f32,
}

/// A part of either name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Side {
    /// Information in it.
    pub(crate) weight: f32,
    /// Its only letter, if it stands for a name; else its first letter.
    pub(crate) first: u8,
    pub(crate) initial: bool,
    pub(crate) particle: bool,
    pub(crate) letters: u8,
}

/// One way in which parts of the names agree.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair {
    /// Parts of the query and of the listed name, as bits.
    pub(crate) query: u32,
    pub(crate) listed: u32,
    /// Information in the agreement.
    pub(crate) tells: f32,
    /// In twentieths of a slip.
    pub(crate) cost: u16,
    pub(crate) how: How,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    Letters,
    Consonants,
    Joined,
    Initial,
    /// Cut off, or with letters left out.
    Cut,
}

/// What a slip takes from the information of a part when the best agreement is chosen.
pub(crate) const NATS_A_SLIP: f32 = 2.5;

impl Pair {
    /// How good it is, for choosing among pairs that want the same part.
    fn rank(&self) -> f32 {
        self.tells - NATS_A_SLIP * f32::from(self.cost) / 20.0
    }
}

/// Takes the best pairs that do not share a part, and adds up.
pub(crate) fn compare(
    query: &[Side],
    listed: &[Side],
    family: usize,
    pairs: &mut Vec<Pair>,
    chosen: &mut Vec<Pair>,
) -> Comparison {
    add_initials(query, listed, pairs);
    pairs.sort_unstable_by(|a, b| b.rank().total_cmp(&a.rank()));
    chosen.clear();
    let (mut query_taken, mut listed_taken) = (0_u32, 0_u32);
    for pair in pairs.iter() {
        if pair.query & query_taken == 0 && pair.listed & listed_taken == 0 {
            query_taken |= pair.query;
            listed_taken |= pair.listed;
            chosen.push(*pair);
        }
    }
    let mut sum = Comparison::default();
    for pair in chosen.iter() {
        add(&mut sum, pair, query);
    }
    if sum.agreed > 0.0 {
        sum.slip_share /= sum.agreed;
    }
    for (at, side) in query.iter().enumerate() {
        if query_taken & bit(at) == 0 {
            sum.query_left += side.weight;
            sum.query_left_parts += count(side);
        }
    }
    for (at, side) in listed.iter().enumerate() {
        if listed_taken & bit(at) == 0 {
            sum.listed_left += side.weight;
            sum.listed_left_parts += count(side);
            if at + family >= listed.len() {
                sum.family_left += side.weight;
            }
        }
    }
    sum.disorder = disorder(chosen);
    sum
}

fn add(sum: &mut Comparison, pair: &Pair, query: &[Side]) {
    let slips = f32::from(pair.cost) / 20.0;
    let parts = query
        .iter()
        .enumerate()
        .filter(|(at, side)| pair.query & bit(*at) != 0 && !side.particle);
    let letters: u8 = parts.clone().map(|(_, side)| side.letters).sum();
    sum.agreed += pair.tells;
    sum.slips += slips;
    sum.slip_share += pair.tells * slips / f32::from(letters.max(1));
    if parts.count() > 0 {
        sum.agreed_parts += 1.0;
    }
    match pair.how {
        How::Letters => {}
        How::Consonants => sum.consonants += 1.0,
        How::Joined => sum.joined += 1.0,
        How::Initial => sum.initials += 1.0,
        How::Cut => sum.cut += 1.0,
    }
}

fn count(side: &Side) -> f32 {
    if side.particle || side.initial {
        0.0
    } else {
        1.0
    }
}

pub(crate) fn bit(at: usize) -> u32 {
    u32::try_from(at)
        .ok()
        .and_then(|at| 1_u32.checked_shl(at))
        .unwrap_or(0)
}

/// An initial agrees with any part that begins with it.
fn add_initials(query: &[Side], listed: &[Side], pairs: &mut Vec<Pair>) {
    for (i, a) in query.iter().enumerate() {
        for (j, b) in listed.iter().enumerate() {
            if (a.initial || b.initial) && a.first == b.first && !a.particle && !b.particle {
                pairs.push(Pair {
                    query: bit(i),
                    listed: bit(j),
                    tells: weight::INITIAL.min(a.weight).min(b.weight),
                    cost: 0,
                    how: How::Initial,
                });
            }
        }
    }
}

/// How many pairs stand in another order than those before them, less the one turn that putting the family name first or
/// last makes.
fn disorder(chosen: &mut [Pair]) -> f32 {
    chosen.sort_unstable_by_key(|pair| pair.query);
    let breaks = chosen
        .windows(2)
        .filter(|two| matches!(two, [a, b] if b.listed < a.listed))
        .count();
    f32::from(u8::try_from(breaks.saturating_sub(1)).unwrap_or(u8::MAX))
}
