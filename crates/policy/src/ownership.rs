//! Beneficial owners: indirect holdings multiplied along each path and summed, and chains of control.
//!
//! The share of X in the holder H is `e(X) = Σ s(X→Y) · e(Y)` over what X owns, plus one for H itself: the sum over all
//! paths, those around circles too, so that what a circle holds of itself goes to whoever stands outside it. It is
//! iterated from nothing: without circles it is exact after as many rounds as the longest chain has links; with circles
//! it rises towards the solution. Circles that do not come to rest within [`ROUNDS_MAX`] hide nobody: then everybody who
//! holds anything counts. All in integers of [`WHOLE`], a millionth to the fifth power, so that chains of five links of
//! four-decimal percentages are exact to the digit and longer ones are rounded down by less than [`WHOLE`]⁻¹ a link.
//!
//! An owner whose share was not recorded counts with all that the recorded owners leave over: what is not known may not
//! hide somebody.

use bonafide_model::{PartyKind, RoleKind, RoleTarget, Share};

use crate::assess::{Basis, BeneficialOwner};
use crate::facts::World;
use crate::pack::{Comparison, OwnerRule, Strategy};

/// All of the holder.
const WHOLE: u128 = 1_000_000_000_000_000_000_000_000_000_000;

/// Rounds after which circular holdings are given up; a circle of 99 % comes to rest in 3,500.
const ROUNDS_MAX: usize = 4096;

/// A step so small that a circle has come to rest.
const REST: u128 = WHOLE / 1_000_000_000_000_000;

/// The largest sum over paths around circles; times [`PPM`] it still fits. A circle of 99 % comes to a hundred.
const SUM_MAX: u128 = 300 * WHOLE;

/// What a circle at rest, or rounding a long chain, may have left out: a share so near the threshold has reached it.
const SLACK: u128 = WHOLE / 1_000_000_000;

const PPM: u128 = Share::WHOLE_PPM as u128;

/// Who owns and controls what, by positions of parties.
#[derive(Debug, Clone, Default)]
pub(crate) struct Holdings {
    /// Owner, owned, millionths.
    shares: Vec<(usize, usize, u128)>,
    /// Controller, controlled.
    control: Vec<(usize, usize)>,
    /// Share of each party in the holder, of [`WHOLE`].
    effective: Vec<u128>,
    /// Whether the shares came to rest without rounding, so that they are exact.
    exact: bool,
    /// Whether they came to rest at all.
    settled: bool,
}

impl Holdings {
    /// Resolves who holds what of the holder.
    pub(crate) fn new(world: &World<'_>) -> Self {
        let mut holdings = Self::default();
        let mut unstated = Vec::new();
        for role in &world.dossier.roles {
            let RoleTarget::Party(target) = role.target else {
                continue;
            };
            if !matches!(role.kind, RoleKind::Owner | RoleKind::Controller)
                || !world.holds(role.valid_from, role.valid_to)
            {
                continue;
            }
            let ends = (world.position(role.party), world.position(target));
            let (Some(party), Some(target)) = ends else {
                continue;
            };
            match (role.kind, role.share) {
                (RoleKind::Controller, _) => holdings.control.push((party, target)),
                (_, Some(share)) => holdings.shares.push((party, target, share.ppm().into())),
                (_, None) => unstated.push((party, target)),
            }
        }
        for (party, target) in unstated {
            let left = PPM.saturating_sub(holdings.stated(target));
            holdings.shares.push((party, target, left));
        }
        holdings.multiply(world);
        holdings
    }

    /// Millionths of a party that recorded owners hold.
    fn stated(&self, target: usize) -> u128 {
        let of = self.shares.iter().filter(|(_, t, _)| *t == target);
        of.map(|(_, _, ppm)| ppm).sum()
    }

    fn multiply(&mut self, world: &World<'_>) {
        let holder = world.holder;
        let mut effective = vec![0_u128; world.parties.len()];
        if let Some(whole) = effective.get_mut(holder) {
            *whole = WHOLE;
        }
        for _ in 0..ROUNDS_MAX {
            let mut next = vec![0_u128; effective.len()];
            if let Some(whole) = next.get_mut(holder) {
                *whole = WHOLE;
            }
            let (mut rounded, mut full) = (false, false);
            for (owner, owned, ppm) in &self.shares {
                let part = effective.get(*owned).copied().unwrap_or(0) * ppm;
                rounded |= !part.is_multiple_of(PPM);
                if let Some(sum) = next.get_mut(*owner) {
                    *sum = (*sum + part / PPM).min(SUM_MAX);
                    full |= *sum == SUM_MAX;
                }
            }
            let steps = next.iter().zip(&effective).map(|(a, b)| a.abs_diff(*b));
            let step = steps.max().unwrap_or(0);
            effective = next;
            // A circle that is cut off rests too, but says nothing of those outside it.
            if step == 0 || (step <= REST && !full) {
                self.settled = !full;
                self.exact = step == 0 && !rounded && !full;
                break;
            }
        }
        self.effective = effective;
    }

    /// The beneficial owners of the holder under a rule, in order of their ids, with their positions.
    pub(crate) fn beneficial(
        &self,
        rule: &OwnerRule,
        world: &World<'_>,
    ) -> Vec<(usize, BeneficialOwner)> {
        if world.party(world.holder).kind != PartyKind::Organisation {
            return Vec::new();
        }
        let mut controllers = self.controlling(rule, world.holder);
        controllers.retain(|c| !self.reaches(*c, rule));
        if rule.strategy == Strategy::OneControlPerson {
            controllers.truncate(1);
        }
        let mut found = Vec::new();
        for (position, effective) in self.effective.iter().enumerate() {
            let basis = if position == world.holder {
                continue;
            } else if self.reaches(position, rule) {
                Basis::Share
            } else if controllers.contains(&position) {
                Basis::Control
            } else {
                continue;
            };
            let owner = BeneficialOwner {
                party: world.party(position).id,
                share_ppm: u32::try_from(effective.min(&WHOLE) / (WHOLE / PPM))
                    .unwrap_or(Share::WHOLE_PPM),
                basis,
            };
            found.push((position, owner));
        }
        found
    }

    /// Whether a party's share counts. A circle rises towards its solution from below: at `>=` what it may lack counts
    /// as reached; at `>` what is reached already must be more.
    pub(crate) fn reaches(&self, position: usize, rule: &OwnerRule) -> bool {
        let effective = self.effective.get(position).copied().unwrap_or(0);
        if !self.settled {
            return effective > 0;
        }
        let threshold = u128::from(rule.threshold.ppm()) * (WHOLE / PPM);
        let slack = if self.exact { 0 } else { SLACK };
        match rule.comparison {
            Comparison::AtLeast => effective > 0 && effective + slack >= threshold,
            Comparison::MoreThan => effective > threshold,
        }
    }

    /// Who controls the holder by a rule, directly or through others: nearest first, then in order of recording.
    fn controlling(&self, rule: &OwnerRule, holder: usize) -> Vec<usize> {
        let above = self.above(Some(rule), holder).into_iter();
        let counts = above.filter(|(_, by_link)| {
            if *by_link {
                rule.control
            } else {
                rule.control_by_majority
            }
        });
        counts.map(|(party, _)| party).collect()
    }

    /// The controllers by a recorded role of the holder and of whoever controls it, has most of it or, by the rule,
    /// enough of it.
    pub(crate) fn controllers(&self, rule: Option<&OwnerRule>, holder: usize) -> Vec<usize> {
        let above = self.above(rule, holder).into_iter();
        let linked = above.filter(|(_, by_link)| *by_link);
        linked.map(|(party, _)| party).collect()
    }

    /// Who steers the holder, and whether by a recorded role; else it has most of the holder, or of who steers it.
    fn above(&self, rule: Option<&OwnerRule>, holder: usize) -> Vec<(usize, bool)> {
        let mut found: Vec<(usize, bool)> = Vec::new();
        let mut reached = vec![holder];
        let mut owners =
            (0..self.effective.len()).filter(|p| rule.is_some_and(|r| self.reaches(*p, r)));
        let mut next = 0;
        loop {
            let Some(target) = reached.get(next).copied() else {
                // Whoever has enough of the holder is steered by its controllers.
                let Some(owner) = owners.next() else { break };
                if !reached.contains(&owner) {
                    reached.push(owner);
                }
                continue;
            };
            next += 1;
            let by_link = self.control.iter().filter(|(_, t)| *t == target);
            let by_link = by_link.map(|(c, _)| (*c, true));
            let by_share = self.shares.iter();
            let by_share = by_share.filter(|(o, t, _)| *t == target && self.majority(*o, target));
            for (party, linked) in by_link.chain(by_share.map(|(o, ..)| (*o, false))) {
                if party != holder && !found.contains(&(party, linked)) {
                    found.push((party, linked));
                }
                if !reached.contains(&party) {
                    reached.push(party);
                }
            }
        }
        found
    }

    fn majority(&self, owner: usize, target: usize) -> bool {
        let held = self.shares.iter();
        let held = held.filter(|(o, t, _)| *o == owner && *t == target);
        held.map(|(_, _, ppm)| ppm).sum::<u128>() * 2 > PPM
    }

    /// Whether the recorded owners of an organisation leave too little of the holder over for another beneficial owner
    /// to hide behind it.
    pub(crate) fn accounted(&self, rule: &OwnerRule, organisation: usize) -> bool {
        let left = PPM.saturating_sub(self.stated(organisation));
        let effective = self.effective.get(organisation).copied().unwrap_or(0);
        let left = left * effective;
        let threshold = u128::from(rule.threshold.ppm()) * WHOLE;
        match rule.comparison {
            Comparison::AtLeast => left < threshold.max(1),
            Comparison::MoreThan => left <= threshold,
        }
    }
}
