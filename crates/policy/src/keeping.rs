//! Until when a record must be kept, until when it may be, and from when on it is erased: the one calculus that erasure,
//! expiry and answers to a subject go by.
//!
//! Four things bear on a record, the stronger first. A **hold** keeps what it covers until it ends. A **minimum** term of a
//! pack keeps until it has run. A **maximum** term ends the keeping, also while the account is open. An **open account**
//! keeps what it uses, where no maximum has ended that. A maximum that ends before a minimum of any pack is a *conflict*:
//! it is said, with both citations; the record is kept until the minimum has run, and reported.
//!
//! A term whose anchor has not come to pass yet (the account is open, nothing was decided) has no end that can be known,
//! and is answered as such. Packs that are proposed and not elected force nothing. A prohibition to keep what has served is
//! a maximum of no length from the decision; one that depends on a condition is not counted, because it has no instant.
//!
//! The function knows no present: whether something is due is asked of its answer. The caller passes only the packs that
//! apply to an account, and keeps the basis of a hold from eyes that may not see it.

mod cause;
mod hold;

use bonafide_model::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::pack::{ActivePack, Anchor};

pub use cause::{Cause, CauseKind, Conflict};
pub use hold::{Hold, HoldScope};

/// A record, or one field of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item<'a> {
    /// Its record class.
    pub class: &'a str,
    /// The attribute of a claim, or the kind of another fact.
    pub field: &'a str,
    /// The account that it concerns; none if it concerns the party.
    pub account: Option<AccountId>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// When what it tells of happened (the dealing, the screening), if that is another instant.
    pub happened_at: Option<Timestamp>,
}

/// An account that a record serves: what is known of its life, and the packs that apply to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The account; none for a party that stands to no account any more.
    pub account: Option<AccountId>,
    /// When it was closed; absent while it is open.
    pub closed_at: Option<Timestamp>,
    /// The last access known.
    pub last_access_at: Option<Timestamp>,
    /// When it was decided upon, for good or for bad; in any order.
    pub decided_at: Vec<Timestamp>,
    /// The packs that apply.
    pub packs: Vec<ActivePack>,
}

/// An end of keeping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Nothing demands it.
    None,
    /// The first instant past it.
    At(Timestamp),
    /// It cannot be known yet: what it is counted from has not come to pass, or nobody has set an end.
    Unknown,
}

/// An end, and what it follows from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    /// The end.
    pub end: End,
    /// Everything that bears on it, the first to end first; those without a known end last.
    pub causes: Vec<Cause>,
}

/// What the calculus says of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keeping {
    /// Until when it must be kept: the last of the minimum terms and holds.
    pub must_until: Bound,
    /// Until when it may be kept: of each account that it serves the first maximum term, of those the last.
    pub may_until: Bound,
    /// From when on it is erased without being asked: what may no longer be kept and need not be.
    pub erase_from: Bound,
    /// Open accounts that use it.
    pub in_use: Vec<AccountId>,
    /// Maximum terms that end before a minimum term of the same account does.
    pub conflicts: Vec<Conflict>,
}

impl Keeping {
    /// What forbids that it is erased at an instant if somebody asks; empty if nothing does.
    #[must_use]
    pub fn kept_at(&self, now: Timestamp) -> Vec<Cause> {
        let holds = self.must_until.causes.iter().filter(|c| c.lasts(now));
        let mut kept: Vec<Cause> = holds.cloned().collect();
        let ended = matches!(self.may_until.end, End::At(end) if end <= now);
        if !ended {
            kept.extend(self.in_use.iter().map(|a| Cause::open_account(*a)));
        }
        kept
    }

    /// Whether it is erased at an instant without being asked.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        matches!(self.erase_from.end, End::At(from) if from <= now)
    }

    /// The first instant at which it is due, if that can be known.
    #[must_use]
    pub fn due_at(&self) -> Option<Timestamp> {
        match self.erase_from.end {
            End::At(from) => Some(from),
            End::None | End::Unknown => None,
        }
    }
}

/// Until when a record must be kept, may be kept, and from when on it is erased, under every account that it serves.
///
/// The answer does not depend on the order of accounts, packs or holds.
#[must_use]
pub fn keeping(item: &Item<'_>, uses: &[Use], holds: &[Hold]) -> Keeping {
    let ended_at = relationship_ended(uses);
    let mut minima = Vec::new();
    let mut maxima = Vec::new();
    let mut limits = Vec::new();
    let mut conflicts = Vec::new();
    for one in uses {
        let begin = |anchor| begin(anchor, item, one, ended_at);
        let min = cause::minima(item, one, &begin);
        let max = cause::maxima(item, one, &begin);
        conflicts.extend(cause::conflicts(&min, &max));
        limits.push(first(&max));
        minima.extend(min);
        maxima.extend(max);
    }
    let held = holds.iter().filter(|h| h.scope.covers(item));
    minima.extend(held.map(Cause::held));
    let must_until = bound(minima, last);
    let limit = last_limit(&limits);
    let may_until = bound(maxima, |_| limit);
    let in_use = uses.iter().filter(|u| u.closed_at.is_none());
    let mut in_use: Vec<AccountId> = in_use.filter_map(|u| u.account).collect();
    in_use.sort();
    conflicts.sort_by(|a, b| a.key().cmp(&b.key()));
    Keeping {
        erase_from: erase_from(&must_until, &may_until),
        must_until,
        may_until,
        in_use,
        conflicts,
    }
}

/// What may no longer be kept goes when nothing demands it any more: at the later of both ends.
fn erase_from(must: &Bound, may: &Bound) -> Bound {
    let (end, keeps) = match (may.end, must.end) {
        (End::None, _) => (End::None, false),
        (End::Unknown, _) | (End::At(_), End::Unknown) => (End::Unknown, must.end == End::Unknown),
        (End::At(limit), End::At(kept)) if kept > limit => (End::At(kept), true),
        (End::At(limit), _) => (End::At(limit), false),
    };
    if end == End::None {
        return Bound {
            end,
            causes: Vec::new(),
        };
    }
    let mut causes = may.causes.clone();
    if keeps {
        causes.extend(must.causes.iter().cloned());
        cause::order(&mut causes);
    }
    Bound { end, causes }
}

fn bound(mut causes: Vec<Cause>, end: impl Fn(&[Cause]) -> End) -> Bound {
    cause::order(&mut causes);
    Bound {
        end: end(&causes),
        causes,
    }
}

/// The last of several ends; one that cannot be known is after all others.
fn last(causes: &[Cause]) -> End {
    let ends = causes.iter().map(|c| c.until.map_or(End::Unknown, End::At));
    ends.fold(End::None, |a, b| if rank(b) > rank(a) { b } else { a })
}

fn rank(end: End) -> (u8, Option<Timestamp>) {
    match end {
        End::None => (0, None),
        End::At(at) => (1, Some(at)),
        End::Unknown => (2, None),
    }
}

/// The first end that is known; unknown where a term has not begun; none where there is no term.
fn first(maxima: &[Cause]) -> End {
    match maxima.iter().filter_map(|c| c.until).min() {
        Some(at) => End::At(at),
        None if maxima.is_empty() => End::None,
        None => End::Unknown,
    }
}

/// Of the limits of several accounts the last: an account without one keeps what it uses without limit.
fn last_limit(limits: &[End]) -> End {
    let rank = |end: &End| match end {
        End::At(at) => (0, Some(*at)),
        End::Unknown => (1, None),
        End::None => (2, None),
    };
    limits.iter().copied().max_by_key(rank).unwrap_or(End::None)
}

/// When the last account ended, once all have.
fn relationship_ended(uses: &[Use]) -> Option<Timestamp> {
    let ended: Option<Vec<Timestamp>> = uses.iter().map(|u| u.closed_at).collect();
    ended?.into_iter().max()
}

/// When a term began to run, if it has. What served an account that closed undecided runs from the closing.
fn begin(
    anchor: Anchor,
    item: &Item<'_>,
    of: &Use,
    ended_at: Option<Timestamp>,
) -> Option<Timestamp> {
    match anchor {
        Anchor::AccountClosed | Anchor::Cancelled => of.closed_at,
        Anchor::LastAccess => of.last_access_at.or(of.closed_at),
        Anchor::AccountClosedOrLastAccess => of.closed_at.max(of.closed_at.and(of.last_access_at)),
        Anchor::RelationshipEnded => ended_at,
        Anchor::Recorded => Some(item.recorded_at),
        Anchor::Transaction => Some(item.happened_at.unwrap_or(item.recorded_at)),
        Anchor::Decided => {
            let served = of.decided_at.iter().filter(|at| **at >= item.recorded_at);
            served.min().copied().or(of.closed_at)
        }
    }
}
