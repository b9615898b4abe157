//! Exact search: reductions ([`super::reduce`]), independent parts, then branch and bound.
//!
//! Weights carry the cost in the high bits and the count of methods and fields in the low ones, so that comparing two
//! numbers compares cost, methods, fields; sets of equal weight are compared by [`Uses::comes_before`].
//!
//! The lower bound splits each weight evenly over the gaps that it could serve and sums the cheapest share of every
//! open gap: no plan costs less, since a plan pays each weight once and at most so many gaps share in it.

use super::instance::{Choice, Instance};
use super::reduce::State;
use super::{SEARCH_NODES_MAX, Uses};
use crate::method::MethodSet;

/// The best plan found.
pub(super) struct Solution {
    pub(super) uses: Uses,
    pub(super) proven_optimal: bool,
}

/// Solves one subject's problem for the gaps that can be closed.
pub(super) fn solve(instance: &Instance<'_>, methods: &MethodSet) -> Solution {
    let mut nodes = 0;
    let choices = instance.choices.clone();
    let uses = cheapest(
        methods,
        choices,
        instance.closable,
        Uses::default(),
        &mut nodes,
    );
    Solution {
        uses,
        proven_optimal: nodes <= SEARCH_NODES_MAX,
    }
}

/// What to use, besides what is `paid` already and including it, to close the open gaps by these choices.
pub(super) fn cheapest(
    methods: &MethodSet,
    choices: Vec<Choice>,
    open: u64,
    paid: Uses,
    nodes: &mut u32,
) -> Uses {
    let mut state = State {
        methods,
        choices,
        open,
        paid,
    };
    state.reduce();
    while let Some(part) = state.take_part() {
        let best = Search::new(methods, &part).run(nodes);
        state.paid = state.paid.and(best);
    }
    state.paid
}

/// A choice prepared for the search: what it alone uses is one number.
struct Prepared {
    uses: Uses,
    /// Uses that other choices have too.
    shared: Uses,
    closes: u64,
    own_weight: u64,
    own_share: u64,
}

/// Branch and bound over one part.
struct Search<'a> {
    methods: &'a MethodSet,
    choices: Vec<Prepared>,
    field_shares: [u64; 128],
    method_shares: [u64; 64],
    best: Option<(u64, Uses)>,
}

/// A choice at a node: what it adds, and its share for the bound.
#[derive(Clone, Copy)]
struct Priced {
    index: usize,
    adds: u64,
    share: u64,
}

impl<'a> Search<'a> {
    fn new(methods: &'a MethodSet, part: &[Choice]) -> Self {
        let (mut once, mut twice) = (Uses::default(), Uses::default());
        for choice in part {
            twice = twice.and(once.common(choice.uses));
            once = once.and(choice.uses);
        }
        let mut search = Self {
            methods,
            choices: Vec::with_capacity(part.len()),
            field_shares: [0; 128],
            method_shares: [0; 64],
            best: None,
        };
        let served = |has: &dyn Fn(&Uses) -> bool| {
            let closes = part
                .iter()
                .filter(|c| has(&c.uses))
                .fold(0, |all, c| all | c.closes);
            u64::from(closes.count_ones().max(1))
        };
        for i in super::bits_128(twice.fields) {
            let weight = methods.field_weights.get(i).copied().unwrap_or(0);
            if let Some(share) = search.field_shares.get_mut(i) {
                *share = weight / served(&|u| u.fields & (1 << i) != 0);
            }
        }
        for i in super::bits_64(twice.methods) {
            let weight = methods.method_weights.get(i).copied().unwrap_or(0);
            if let Some(share) = search.method_shares.get_mut(i) {
                *share = weight / served(&|u| u.methods & (1 << i) != 0);
            }
        }
        for choice in part {
            let own_weight = choice.uses.without(twice).weight(methods);
            search.choices.push(Prepared {
                uses: choice.uses,
                shared: choice.uses.common(twice),
                closes: choice.closes,
                own_weight,
                own_share: own_weight / u64::from(choice.closes.count_ones().max(1)),
            });
        }
        search
    }

    fn run(mut self, nodes: &mut u32) -> Uses {
        let open = self.choices.iter().fold(0, |all, c| all | c.closes);
        self.node(Uses::default(), 0, open, Banned::default(), nodes);
        self.best.map(|(_, uses)| uses).unwrap_or_default()
    }

    fn node(&mut self, paid: Uses, weight: u64, open: u64, banned: Banned, nodes: &mut u32) {
        if open == 0 {
            let better = self.best.is_none_or(|(best, uses)| {
                weight < best || (weight == best && paid.comes_before(uses))
            });
            if better {
                self.best = Some((weight, paid));
            }
            return;
        }
        *nodes = nodes.saturating_add(1);
        if *nodes > SEARCH_NODES_MAX && self.best.is_some() {
            return;
        }
        let mut priced = self.price(paid, open, banned);
        let Some((gap, bound)) = self.narrowest(&priced, open) else {
            return;
        };
        if self.best.is_some_and(|(best, _)| weight + bound > best) {
            return;
        }
        priced.retain(|p| self.closes(p.index) & (1 << gap) != 0);
        priced.sort_by_key(|p| (p.adds, p.index));
        let mut banned = banned;
        for Priced { index, adds, .. } in priced {
            let Some(choice) = self.choices.get(index) else {
                continue;
            };
            let next = (paid.and(choice.uses), weight + adds, open & !choice.closes);
            if self.best.is_none_or(|(best, _)| next.1 <= best) {
                self.node(next.0, next.1, next.2, banned, nodes);
            }
            // Plans with this choice have been seen; the others do without it.
            banned.add(index);
        }
    }

    fn closes(&self, index: usize) -> u64 {
        self.choices.get(index).map_or(0, |c| c.closes)
    }

    fn price(&self, paid: Uses, open: u64, banned: Banned) -> Vec<Priced> {
        let mut priced = Vec::with_capacity(self.choices.len());
        for (index, choice) in self.choices.iter().enumerate() {
            if choice.closes & open == 0 || banned.has(index) {
                continue;
            }
            let shared = choice.shared.without(paid);
            let (mut adds, mut share) = (choice.own_weight, choice.own_share);
            for i in super::bits_128(shared.fields) {
                adds += self.methods.field_weights.get(i).copied().unwrap_or(0);
                share += self.field_shares.get(i).copied().unwrap_or(0);
            }
            for i in super::bits_64(shared.methods) {
                adds += self.methods.method_weights.get(i).copied().unwrap_or(0);
                share += self.method_shares.get(i).copied().unwrap_or(0);
            }
            priced.push(Priced { index, adds, share });
        }
        priced
    }

    /// The open gap with the fewest choices, and a lower bound for what closing all of them adds; `None` if one has no
    /// choice left.
    fn narrowest(&self, priced: &[Priced], open: u64) -> Option<(usize, u64)> {
        let (mut narrowest, mut fewest) = (0, usize::MAX);
        let (mut shares, mut dearest) = (0, 0);
        for gap in super::bits_64(open) {
            let (mut count, mut share, mut adds) = (0, u64::MAX, u64::MAX);
            for p in priced
                .iter()
                .filter(|p| self.closes(p.index) & (1 << gap) != 0)
            {
                count += 1;
                share = share.min(p.share);
                adds = adds.min(p.adds);
            }
            if count == 0 {
                return None;
            }
            shares += share;
            dearest = dearest.max(adds);
            if count < fewest {
                (narrowest, fewest) = (gap, count);
            }
        }
        Some((narrowest, shares.max(dearest)))
    }
}

/// Choices that a branch does without. Those beyond 128 are never banned, which only costs time.
#[derive(Debug, Clone, Copy, Default)]
struct Banned(u128);

impl Banned {
    fn add(&mut self, index: usize) {
        if index < 128 {
            self.0 |= 1 << index;
        }
    }

    fn has(self, index: usize) -> bool {
        index < 128 && self.0 & (1 << index) != 0
    }
}
