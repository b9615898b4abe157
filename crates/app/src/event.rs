//! What other systems are told: a closed list of kinds, each with handles and states alone, never an identity.
//!
//! An event is put in the same change as what it tells of, so that neither is ever without the other. Whoever missed one
//! reads the state at the paths it would have named, or the feed of events after the number that came last.

use std::fmt;
use std::str::FromStr;

use bonafide_model::{AccountId, EventId, PartyId, Timestamp};
use bonafide_store::{CaseRow, EventRow, Op, WebhookOp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::answers::Page;
use crate::error::AppError;
use crate::party::PAGE_MAX;
use crate::recorder::Recorder;
use crate::{Action, Actor, App};

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $variant:ident = $text:literal,)+) => {
        /// The kind of an event. The list only grows; receivers ignore kinds that they do not know.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum EventKind {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl EventKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// As messages write it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }
    };
}

kinds! {
    /// An account has another decision than before; a new account has its first.
    DecisionChanged = "decision.changed",
    /// An account may use something else than before; a new account has its first limits.
    EntitlementsChanged = "entitlements.changed",
    /// The time of an account's review came, and it was judged again.
    ReviewDue = "review.due",
    /// An account was closed.
    AccountClosed = "account.closed",
    /// The holder of an account was erased, and the account with them: whoever holds data about it erases that too.
    AccountErased = "account.erased",
    /// A case was opened.
    CaseOpened = "case.opened",
    /// A case was closed.
    CaseClosed = "case.closed",
    /// The time of a case ran out.
    CaseOverdue = "case.overdue",
    /// A version of a screening list came into use.
    ListUpdated = "list.updated",
    /// Nothing had arrived at an endpoint for so long that it was disabled.
    WebhookDisabled = "webhook.disabled",
    /// Sent on request, to see whether it arrives. It stands in no feed.
    WebhookTest = "webhook.test",
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Text that is no kind of event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a kind of event: `docs/webhooks.md` lists them")]
pub struct EventKindError(String);

impl FromStr for EventKind {
    type Err = EventKindError;

    fn from_str(text: &str) -> Result<Self, EventKindError> {
        let known = Self::ALL.iter().copied().find(|k| k.as_str() == text);
        known.ok_or_else(|| EventKindError(text.chars().take(64).collect()))
    }
}

/// An event before it is announced.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Event {
    kind: EventKind,
    /// What must stay in order.
    subject: String,
    /// Whom it is about: it goes when they are erased.
    party: Option<PartyId>,
    /// Ids, states and paths.
    data: Value,
}

/// An account as events tell of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AccountState<'a> {
    pub(crate) account: AccountId,
    pub(crate) holder: PartyId,
    pub(crate) decision: &'a str,
    /// The version that it has after the change.
    pub(crate) version: i64,
}

impl Event {
    /// An event about an account.
    pub(crate) fn account(kind: EventKind, state: &AccountState<'_>) -> Self {
        let account = state.account;
        Self {
            kind,
            subject: account.to_string(),
            party: Some(state.holder),
            data: json!({
                "account": account,
                "decision": state.decision,
                "version": state.version,
                "links": {
                    "assessment": format!("/v1/accounts/{account}/assessment"),
                    "entitlements": format!("/v1/accounts/{account}/entitlements"),
                },
            }),
        }
    }

    /// An account that is no more. It stays after the erasure, so that others can be told of it, and names nobody.
    pub(crate) fn erased(account: AccountId) -> Self {
        Self {
            kind: EventKind::AccountErased,
            subject: account.to_string(),
            party: None,
            data: json!({"account": account}),
        }
    }

    /// An event about a case, in the order of its account if it is about one.
    pub(crate) fn case(kind: EventKind, case: &CaseRow) -> Self {
        let account = case.account.map(|a| a.to_string());
        let mut data = json!({
            "case": case.case,
            "kind": case.kind.as_str(),
            "state": case.state.as_str(),
        });
        if let (Some(account), Some(data)) = (&account, data.as_object_mut()) {
            data.insert("account".to_owned(), account.as_str().into());
        }
        Self {
            kind,
            subject: account.unwrap_or_else(|| case.case.to_string()),
            party: case.party,
            data,
        }
    }

    /// A list that came into use.
    pub(crate) fn list(name: &str, digest: &str) -> Self {
        Self {
            kind: EventKind::ListUpdated,
            subject: format!("list:{name}"),
            party: None,
            data: json!({"list": name, "digest": digest}),
        }
    }

    /// An endpoint that was disabled.
    pub(crate) fn disabled(webhook: &str, reason: &str) -> Self {
        Self {
            kind: EventKind::WebhookDisabled,
            subject: webhook.to_owned(),
            party: None,
            data: json!({"webhook": webhook, "reason": reason}),
        }
    }
}

impl Recorder<'_> {
    /// Tells other systems of this change, with it.
    pub(crate) fn announce(&mut self, event: Event) {
        let row = EventRow {
            sequence: 0,
            event: EventId::new(self.now(), self.app().entropy()),
            kind: event.kind.as_str().to_owned(),
            subject: event.subject,
            party: event.party,
            at: self.now(),
            data: event.data.to_string(),
        };
        self.push(Op::Webhook(WebhookOp::Announce(row)));
    }

    /// Tells what a judgement changed: the decision, and what may be used. Before the first there was neither.
    pub(crate) fn announce_judgement(
        &mut self,
        state: &AccountState<'_>,
        entitlements: &Value,
        before: Option<(&str, Option<&Value>)>,
    ) {
        let (decision_before, entitlements_before) = before.unzip();
        if decision_before != Some(state.decision) {
            self.announce(Event::account(EventKind::DecisionChanged, state));
        }
        if entitlements_before.flatten() != Some(entitlements) {
            self.announce(Event::account(EventKind::EntitlementsChanged, state));
        }
    }
}

/// An event, as it is sent and as the feed lists it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EventOut {
    /// Its id, the same however often it is sent: whoever has seen it already ignores it.
    #[schema(value_type = String)]
    pub id: EventId,
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: String,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    pub timestamp: Timestamp,
    /// Its number: a later event has a higher one. Numbers may be missing, where somebody was erased.
    pub sequence: i64,
    /// Ids, states and paths, by the kind.
    #[schema(value_type = Object)]
    pub data: Value,
}

impl EventOut {
    pub(crate) fn of(row: EventRow) -> Result<Self, AppError> {
        Ok(Self {
            id: row.event,
            kind: row.kind,
            timestamp: row.at,
            sequence: row.sequence,
            data: serde_json::from_str(&row.data).map_err(AppError::internal)?,
        })
    }
}

impl App {
    /// Events after a number, in order. Nothing appears later before what was read.
    pub async fn events(
        &self,
        actor: &Actor,
        after: u64,
        limit: usize,
    ) -> Result<Page<EventOut>, AppError> {
        actor.may(Action::ReadAccounts)?;
        let tenant = self.tenant(&actor.tenant)?;
        let limit = limit.clamp(1, PAGE_MAX);
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        let rows = self.store().events_after(&tenant.name, after, limit + 1);
        let rows = rows.await?;
        let more = rows.len() > limit;
        let items = rows.into_iter().take(limit).map(EventOut::of);
        let items = items.collect::<Result<Vec<_>, _>>()?;
        let next = items
            .last()
            .filter(|_| more)
            .map(|e| e.sequence.to_string());
        Ok(Page { items, next })
    }
}

/// A message of each kind, as it is sent: what the documents show and the tests compare.
#[must_use]
pub fn samples(timestamp: Timestamp) -> Vec<EventOut> {
    let account = AccountId::from_bits(7);
    let state = AccountState {
        account,
        holder: PartyId::from_bits(7),
        decision: "approve",
        version: 3,
    };
    let event = |kind: &EventKind| match kind {
        EventKind::AccountErased => Event::erased(account),
        EventKind::ListUpdated => Event::list("ofac-sdn", &"4f".repeat(32)),
        EventKind::WebhookDisabled => Event::disabled(
            "whk_00000000000000000000000009",
            "nothing arrived for 5 days",
        ),
        EventKind::WebhookTest => Event {
            kind: EventKind::WebhookTest,
            subject: String::new(),
            party: None,
            data: json!({}),
        },
        EventKind::CaseOpened | EventKind::CaseClosed | EventKind::CaseOverdue => Event {
            kind: *kind,
            subject: String::new(),
            party: None,
            data: json!({
                "account": account,
                "case": "cas_0000000000000000000000000b",
                "kind": "review",
                "state": if *kind == EventKind::CaseClosed { "closed" } else { "open" },
            }),
        },
        other => Event::account(*other, &state),
    };
    let numbered = (41..).zip(EventKind::ALL.iter().map(event));
    let sample = |(sequence, event): (i64, Event)| EventOut {
        id: EventId::from_bits(u128::try_from(sequence).unwrap_or(0)),
        kind: event.kind.as_str().to_owned(),
        timestamp,
        sequence,
        data: event.data,
    };
    numbered.map(sample).collect()
}
