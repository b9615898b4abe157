//! What bears on how long a record is kept: a term of a pack, a hold, an open account; and terms that contradict.

use bonafide_model::{AccountId, HoldId, Span, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Hold, Item, Use};
use crate::pack::{ActivePack, Anchor, Citation, Prohibition, ProhibitionAction, Retention};

/// What sort of cause it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CauseKind {
    /// A pack's minimum term.
    Minimum,
    /// A pack's maximum term, or its prohibition to keep.
    Maximum,
    /// A hold.
    Hold,
    /// The account is open.
    OpenAccount,
}

/// One cause.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cause {
    /// What sort.
    pub kind: CauseKind,
    /// The first instant at which it ends; absent while that cannot be known.
    pub until: Option<Timestamp>,
    /// The pack.
    pub pack: Option<String>,
    /// The part of the pack: `retention/identity`.
    pub rule: Option<String>,
    /// What the pack rests it on.
    pub citations: Vec<Citation>,
    /// What the term is counted from.
    pub anchor: Option<Anchor>,
    /// When that was, if it has come to pass.
    pub anchor_at: Option<Timestamp>,
    /// How long from then.
    pub span: Option<Span>,
    /// The hold.
    pub hold: Option<HoldId>,
    /// The account under which it applies.
    pub account: Option<AccountId>,
}

/// A maximum term that ends before a minimum term does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// What would end the keeping.
    pub maximum: Cause,
    /// What keeps all the same.
    pub minimum: Cause,
}

impl Conflict {
    pub(super) fn key(&self) -> (&Cause, &Cause) {
        (&self.maximum, &self.minimum)
    }
}

impl Cause {
    fn empty(kind: CauseKind) -> Self {
        Self {
            kind,
            until: None,
            pack: None,
            rule: None,
            citations: Vec::new(),
            anchor: None,
            anchor_at: None,
            span: None,
            hold: None,
            account: None,
        }
    }

    pub(super) fn held(hold: &Hold) -> Self {
        Self {
            until: hold.ends_at(),
            hold: Some(hold.id),
            ..Self::empty(CauseKind::Hold)
        }
    }

    pub(super) fn open_account(account: AccountId) -> Self {
        Self {
            account: Some(account),
            ..Self::empty(CauseKind::OpenAccount)
        }
    }

    /// Whether it has not ended at an instant.
    #[must_use]
    pub fn lasts(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }

    /// The cause in words, without its citations and without the basis of a hold.
    #[must_use]
    pub fn words(&self) -> String {
        let from = match (self.anchor, self.anchor_at) {
            (Some(anchor), Some(at)) => format!("{} ({at})", anchor.words()),
            (Some(anchor), None) => format!("{}, which has not come to pass", anchor.words()),
            (None, _) => String::new(),
        };
        let span = self.span.map(|s| s.to_string()).unwrap_or_default();
        match self.kind {
            CauseKind::Minimum => format!("kept for at least {span} from {from}"),
            CauseKind::Maximum => format!("kept for at most {span} from {from}"),
            CauseKind::Hold => self
                .hold
                .map_or_else(String::new, |id| format!("hold `{id}`")),
            CauseKind::OpenAccount => self
                .account
                .map_or_else(String::new, |id| format!("account `{id}` is open")),
        }
    }
}

/// The first to end first; those without a known end last.
pub(super) fn order(causes: &mut [Cause]) {
    causes.sort_by(|a, b| {
        let end = |c: &Cause| (c.until.is_none(), c.until);
        end(a).cmp(&end(b)).then_with(|| a.cmp(b))
    });
}

type Begin<'a> = &'a dyn Fn(Anchor) -> Option<Timestamp>;

pub(super) fn minima(item: &Item<'_>, of: &Use, begin: Begin<'_>) -> Vec<Cause> {
    let terms = terms(item, of);
    terms
        .filter_map(|(pack, term)| {
            let cause = running(pack, term.anchor, term.min?, begin(term.anchor));
            Some(Cause {
                kind: CauseKind::Minimum,
                rule: Some(format!("retention/{}", term.class)),
                citations: term.citations.clone(),
                account: of.account,
                ..cause
            })
        })
        .collect()
}

pub(super) fn maxima(item: &Item<'_>, of: &Use, begin: Begin<'_>) -> Vec<Cause> {
    let terms = terms(item, of).filter_map(|(pack, term)| {
        let cause = running(pack, term.anchor, term.max?, begin(term.anchor));
        Some(Cause {
            rule: Some(format!("retention/{}", term.class)),
            citations: term.citations.clone(),
            account: of.account,
            ..cause
        })
    });
    let bans = bans(item, of).map(|(pack, ban)| Cause {
        rule: Some(format!("prohibition/{}", ban.id)),
        citations: ban.citations.clone(),
        account: of.account,
        ..running(pack, Anchor::Decided, Span::days(0), begin(Anchor::Decided))
    });
    terms.chain(bans).collect()
}

fn running(pack: &ActivePack, anchor: Anchor, span: Span, begun: Option<Timestamp>) -> Cause {
    Cause {
        until: begun.map(|at| at.plus(span)),
        pack: Some(pack.pack.id.to_string()),
        anchor: Some(anchor),
        anchor_at: begun,
        span: Some(span),
        ..Cause::empty(CauseKind::Maximum)
    }
}

/// The terms for a class, of the packs that have force.
fn terms<'a>(
    item: &'a Item<'_>,
    of: &'a Use,
) -> impl Iterator<Item = (&'a ActivePack, &'a Retention)> {
    let packs = of.packs.iter().filter(|pack| pack.bites());
    packs.flat_map(move |active| {
        let terms = active.pack.retention.iter();
        terms
            .filter(move |term| *term.class == *item.class)
            .map(move |term| (active, term))
    })
}

/// The unconditional prohibitions to keep, of the packs that have force.
fn bans<'a>(
    item: &'a Item<'_>,
    of: &'a Use,
) -> impl Iterator<Item = (&'a ActivePack, &'a Prohibition)> {
    let applies = |id: &str| of.packs.iter().any(|p| p.bites() && *p.pack.id == *id);
    let packs = of.packs.iter().filter(|pack| pack.bites());
    packs.flat_map(move |active| {
        let bans = active.pack.prohibitions.iter();
        bans.filter(move |ban| {
            let named = |name: &Option<_>, own: &str| {
                name.as_ref()
                    .is_some_and(|n: &std::sync::Arc<str>| **n == *own)
            };
            ban.action == ProhibitionAction::Keep
                && ban.when.is_none()
                && (named(&ban.attribute, item.field) || named(&ban.class, item.class))
                && !ban.unless_required_by.iter().any(|id| applies(id))
        })
        .map(move |ban| (active, ban))
    })
}

/// Maximum terms that end before a minimum term; of two that have not begun, those counted from the same event.
pub(super) fn conflicts(minima: &[Cause], maxima: &[Cause]) -> Vec<Conflict> {
    let contradict = |min: &Cause, max: &Cause| match (min.until, max.until) {
        (Some(kept), Some(ended)) => ended < kept,
        (None, None) => {
            let length = |c: &Cause| c.span.map(Span::nominal_millis);
            min.anchor == max.anchor && length(max) < length(min)
        }
        _ => false,
    };
    let pairs = minima
        .iter()
        .flat_map(|min| maxima.iter().map(move |max| (min, max)));
    let found = pairs.filter(|(min, max)| contradict(min, max));
    found
        .map(|(min, max)| Conflict {
            maximum: max.clone(),
            minimum: min.clone(),
        })
        .collect()
}
