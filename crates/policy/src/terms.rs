//! Until when a record must be kept, and until when it may be: the calculus that erasure and purging ask.
//!
//! A minimum keeps, a maximum ends, a hold keeps whatever a maximum says, an open account keeps while it is open. Each
//! answer names the pack and its citations, so that the reply to an erasure can say what stays, why and until when
//! . Where a minimum ends after a maximum both are answered; nothing here chooses.
//!
//! Packs that are proposed and not elected force nothing. The caller passes the packs that apply to the account, and
//! keeps reasons of the ground [`KeepGround::Hold`] from the subject's eyes where the hold is gagged.

use bonafide_model::{HoldId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::pack::{ActivePack, Anchor, Citation, Retention};

/// The instants that terms are counted from, for one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchors {
    /// When the account was closed; absent while it is open.
    pub closed_at: Option<Timestamp>,
    /// The last access known.
    pub last_access_at: Option<Timestamp>,
    /// When the record was made.
    pub recorded_at: Timestamp,
    /// When the decision that the record served was made.
    pub decided_at: Option<Timestamp>,
}

/// What a hold covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldScope {
    /// Every record of the subject.
    All,
    /// The record classes named; others stay deletable.
    Classes(Vec<String>),
}

/// A legal hold: beats deletion, narrowly, and ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// The hold's id.
    pub id: HoldId,
    /// What it covers.
    pub scope: HoldScope,
    /// On what ground, in words.
    pub basis: String,
    /// The first instant at which it no longer holds; absent until somebody releases it.
    pub until: Option<Timestamp>,
}

/// What keeps a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeepGround {
    /// The account is open.
    OpenAccount,
    /// A pack's minimum term, by the pack's id.
    Term(String),
    /// A hold.
    Hold(HoldId),
}

/// Why a record must stay, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeepReason {
    /// The record class.
    pub class: String,
    /// The first instant at which this reason no longer keeps it; absent while nobody can know.
    pub until: Option<Timestamp>,
    /// What keeps it.
    pub ground: KeepGround,
    /// The pack's citations, or none.
    pub citations: Vec<Citation>,
    /// The reason in words.
    pub text: String,
}

/// The end of the time for which a record may be kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeepLimit {
    /// The record class.
    pub class: String,
    /// The first instant at which it may no longer be kept.
    pub until: Timestamp,
    /// The pack that says so.
    pub pack: String,
    /// The pack's citations.
    pub citations: Vec<Citation>,
}

/// Why a record of a class must be kept at `now`; empty if nothing keeps it.
///
/// The last to end stands last; reasons without a known end stand after all others.
#[must_use]
pub fn must_keep_until(
    class: &str,
    anchors: Anchors,
    packs: &[ActivePack],
    holds: &[Hold],
    now: Timestamp,
) -> Vec<KeepReason> {
    let mut reasons: Vec<KeepReason> = forced(packs, class)
        .filter_map(|(pack, term)| minimum(pack, term, anchors))
        .chain(holds.iter().filter_map(|hold| held(class, hold)))
        .filter(|reason| reason.until.is_none_or(|until| now < until))
        .collect();
    if anchors.closed_at.is_none() {
        reasons.push(KeepReason {
            class: class.to_owned(),
            until: None,
            ground: KeepGround::OpenAccount,
            citations: Vec::new(),
            text: "the account is open".to_owned(),
        });
    }
    reasons.sort_by_key(|reason| (reason.until.is_none(), reason.until));
    reasons
}

/// Until when a record of a class may be kept: the least of the maximum terms, or nothing if none has begun.
#[must_use]
pub fn may_keep_until(class: &str, anchors: Anchors, packs: &[ActivePack]) -> Option<KeepLimit> {
    forced(packs, class)
        .filter_map(|(pack, term)| {
            Some(KeepLimit {
                class: class.to_owned(),
                until: begin(term.anchor, anchors)?.plus(term.max?),
                pack: pack.pack.id.to_string(),
                citations: term.citations.clone(),
            })
        })
        .min_by(|a, b| (a.until, &a.pack).cmp(&(b.until, &b.pack)))
}

/// The terms for a class of the packs that have force.
fn forced<'a>(
    packs: &'a [ActivePack],
    class: &'a str,
) -> impl Iterator<Item = (&'a ActivePack, &'a Retention)> {
    packs
        .iter()
        .filter(|pack| pack.bites())
        .flat_map(move |active| {
            let terms = active.pack.retention.iter();
            terms
                .filter(move |term| *term.class == *class)
                .map(move |term| (active, term))
        })
}

/// When a term began to run, if it has. A record whose account closed undecided runs from the closing.
fn begin(anchor: Anchor, at: Anchors) -> Option<Timestamp> {
    match anchor {
        Anchor::AccountClosed => at.closed_at,
        Anchor::LastAccess => at.last_access_at.or(at.closed_at),
        Anchor::AccountClosedOrLastAccess => at.closed_at.max(at.closed_at.and(at.last_access_at)),
        Anchor::Recorded => Some(at.recorded_at),
        Anchor::Decided => at.decided_at.or(at.closed_at),
    }
}

fn minimum(active: &ActivePack, term: &Retention, anchors: Anchors) -> Option<KeepReason> {
    let min = term.min?;
    let anchor = term.anchor.words();
    Some(KeepReason {
        class: term.class.to_string(),
        until: begin(term.anchor, anchors).map(|begun| begun.plus(min)),
        ground: KeepGround::Term(active.pack.id.to_string()),
        citations: term.citations.clone(),
        text: format!("kept for {min} from {anchor}"),
    })
}

fn held(class: &str, hold: &Hold) -> Option<KeepReason> {
    let covers = match &hold.scope {
        HoldScope::All => true,
        HoldScope::Classes(classes) => classes.iter().any(|c| c == class),
    };
    covers.then(|| KeepReason {
        class: class.to_owned(),
        until: hold.until,
        ground: KeepGround::Hold(hold.id),
        citations: Vec::new(),
        text: hold.basis.clone(),
    })
}
