//! The answer to "what is kept of this party, why and until when": by class and attribute, without a value.

use std::collections::BTreeMap;

use bonafide_model::{AccountId, HoldId, PartyId, Timestamp};
use bonafide_policy::keeping::{Bound, Cause, CauseKind, Conflict, End, Keeping};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ItemKeeping;
use crate::error::AppError;
use crate::{Action, Actor, App};

/// Everything that is kept of a party.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct KeepingAnswer {
    /// The party.
    #[schema(value_type = String)]
    pub party: PartyId,
    /// What is kept, by class and attribute; records of one attribute with other ends stand apart.
    pub items: Vec<KeptItem>,
}

/// Records of one attribute, or of one kind, that are kept alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct KeptItem {
    /// The record class.
    pub class: String,
    /// The attribute of claims, or the kind of other facts.
    pub field: String,
    /// How many there are.
    pub records: usize,
    /// Until when it must be kept.
    pub must_until: BoundAnswer,
    /// Until when it may be kept.
    pub may_until: BoundAnswer,
    /// From when on it is erased without being asked.
    pub erase_from: BoundAnswer,
    /// Open accounts that use it.
    #[schema(value_type = Vec<String>)]
    pub in_use: Vec<AccountId>,
    /// Maximum terms that end before a minimum term: it is kept until the minimum has run, and reported.
    pub conflicts: Vec<ConflictAnswer>,
}

/// An end, and what it follows from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BoundAnswer {
    /// `none`, `at` or `unknown`: what it is counted from has not come to pass, or nobody set an end.
    #[schema(pattern = "^(none|at|unknown)$")]
    pub state: String,
    /// The first instant past it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, nullable = false)]
    pub at: Option<Timestamp>,
    /// Everything that bears on it, the first to end first.
    pub causes: Vec<CauseAnswer>,
}

/// What bears on an end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CauseAnswer {
    /// `minimum`, `maximum`, `hold` or `open_account`.
    #[schema(pattern = "^(minimum|maximum|hold|open_account)$")]
    pub kind: String,
    /// In words.
    pub text: String,
    /// When it ends, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, nullable = false)]
    pub until: Option<Timestamp>,
    /// The pack that says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub pack: Option<String>,
    /// Which part of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub rule: Option<String>,
    /// What the pack rests it on.
    pub citations: Vec<String>,
    /// When the term began to run, if it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, nullable = false)]
    pub counted_from: Option<Timestamp>,
    /// The hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    pub hold: Option<HoldId>,
    /// The account under which it applies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    pub account: Option<AccountId>,
}

/// Two terms that contradict each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ConflictAnswer {
    /// What would end the keeping.
    pub maximum: CauseAnswer,
    /// What keeps all the same.
    pub minimum: CauseAnswer,
}

impl App {
    /// The whole calculus for a party.
    pub async fn party_keeping(
        &self,
        actor: &Actor,
        party: PartyId,
    ) -> Result<KeepingAnswer, AppError> {
        actor.may(Action::ReadKeeping)?;
        let tenant = self.tenant(&actor.tenant)?;
        let kept = self.keeping_of(&tenant, party).await?;
        Ok(KeepingAnswer {
            party,
            items: kept_items(&kept.items, |_, _| true),
        })
    }
}

/// Items gathered by class, attribute and what the calculus says of them; those that are wanted by place and item.
pub(crate) fn kept_items(
    items: &[ItemKeeping],
    wanted: impl Fn(usize, &ItemKeeping) -> bool,
) -> Vec<KeptItem> {
    let mut groups: BTreeMap<(&str, &str), Vec<(&Keeping, usize)>> = BTreeMap::new();
    for (place, item) in items.iter().enumerate() {
        if !wanted(place, item) {
            continue;
        }
        let alike = groups.entry((&item.class, &item.field)).or_default();
        match alike
            .iter_mut()
            .find(|(keeping, _)| **keeping == item.keeping)
        {
            Some((_, count)) => *count += 1,
            None => alike.push((&item.keeping, 1)),
        }
    }
    let flat = groups.into_iter().flat_map(|((class, field), alike)| {
        let made = move |(keeping, records): (&Keeping, usize)| KeptItem {
            class: class.to_owned(),
            field: field.to_owned(),
            records,
            must_until: (&keeping.must_until).into(),
            may_until: (&keeping.may_until).into(),
            erase_from: (&keeping.erase_from).into(),
            in_use: keeping.in_use.clone(),
            conflicts: keeping.conflicts.iter().map(Into::into).collect(),
        };
        alike.into_iter().map(made)
    });
    flat.collect()
}

/// Why items are kept at an instant, in words with citations, each once. The basis of a hold is not among them: it may be a
/// secret of the process that ordered it.
pub(crate) fn reasons(items: &[ItemKeeping], now: Timestamp) -> Vec<String> {
    let mut causes: BTreeMap<(String, String), Vec<&str>> = BTreeMap::new();
    for item in items {
        for cause in item.keeping.kept_at(now) {
            let until = cause
                .until
                .map_or_else(|| "no end yet".to_owned(), |t| format!("until {t}"));
            let cited: Vec<&str> = cause.citations.iter().map(|c| &*c.text).collect();
            let cited = if cited.is_empty() {
                String::new()
            } else {
                format!(" [{}]", cited.join("; "))
            };
            let key = (cause.words(), format!("{until}){cited}"));
            let classes = causes.entry(key).or_default();
            if !classes.contains(&item.class.as_str()) {
                classes.push(&item.class);
            }
        }
    }
    let told = causes.into_iter().map(|((words, end), mut classes)| {
        classes.sort_unstable();
        format!("{}: {words} ({end}", classes.join(", "))
    });
    told.collect()
}

impl From<&Bound> for BoundAnswer {
    fn from(bound: &Bound) -> Self {
        let (state, at) = match bound.end {
            End::None => ("none", None),
            End::At(at) => ("at", Some(at)),
            End::Unknown => ("unknown", None),
        };
        Self {
            state: state.to_owned(),
            at,
            causes: bound.causes.iter().map(Into::into).collect(),
        }
    }
}

impl From<&Cause> for CauseAnswer {
    fn from(cause: &Cause) -> Self {
        let kind = match cause.kind {
            CauseKind::Minimum => "minimum",
            CauseKind::Maximum => "maximum",
            CauseKind::Hold => "hold",
            CauseKind::OpenAccount => "open_account",
        };
        Self {
            kind: kind.to_owned(),
            text: cause.words(),
            until: cause.until,
            pack: cause.pack.clone(),
            rule: cause.rule.clone(),
            citations: cause.citations.iter().map(|c| c.text.to_string()).collect(),
            counted_from: cause.anchor_at,
            hold: cause.hold,
            account: cause.account,
        }
    }
}

impl From<&Conflict> for ConflictAnswer {
    fn from(conflict: &Conflict) -> Self {
        Self {
            maximum: (&conflict.maximum).into(),
            minimum: (&conflict.minimum).into(),
        }
    }
}
