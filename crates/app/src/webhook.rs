//! Other systems that are told of events: who they are, what was sent to them, and what they have not received.
//!
//! A message is signed by the Standard Webhooks specification, sent until the other side says it has it, and in the order
//! of its subject: a later event about an account waits for the earlier one at the same endpoint. Deliveries are made from
//! the events of the tenant by a cursor of each endpoint, by one job for each that has something to do, so that no event
//! is ever without its deliveries and a process that dies leaves nothing half done. Why: `docs/decisions/0014-webhooks.md`;
//! for whoever receives: `docs/webhooks.md`.

mod deliver;
mod endpoint;
mod keep;
mod log;
mod message;
mod outcome;

use bonafide_connect::{HttpOptions, HttpSender};
use bonafide_model::{EndpointId, EventId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::App;
use crate::error::AppError;

pub use bonafide_store::DeliveryState;
pub use log::ReplayRange;

/// Endpoints of a tenant: each is sent every event it asks for.
pub(crate) const ENDPOINTS_MAX: usize = 50;
/// How long events, deliveries and attempts are kept.
pub(crate) const KEEP_DAYS: i64 = 30;

/// What is said about another system when it is added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// Where messages go.
    #[schema(min_length = 1, max_length = 2048)]
    pub url: String,
    /// Kinds of events it is told of; every kind, also those to come, when left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 32)]
    pub events: Vec<String>,
    /// What it is, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schema(max_length = 200)]
    pub description: String,
}

/// The keys of an endpoint, shown when they are made and never again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WebhookKeys {
    /// The endpoint.
    #[schema(value_type = String)]
    pub id: EndpointId,
    /// The secret that checks `v1` signatures, `whsec_…`.
    pub secret: String,
    /// The key that checks `v1a` signatures, `whpk_…`. It is no secret.
    pub public_key: String,
}

/// An endpoint as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WebhookSummary {
    /// Its id.
    #[schema(value_type = String)]
    pub id: EndpointId,
    /// Where messages go.
    pub url: String,
    /// What it is.
    pub description: String,
    /// Kinds of events it is told of; empty for every kind.
    pub events: Vec<String>,
    /// `enabled` or `disabled`.
    pub state: String,
    /// Why it is disabled.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub disabled_because: Option<String>,
    /// Since when nothing has arrived.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, nullable = false)]
    pub failing_since: Option<Timestamp>,
    /// The last event that was looked at for it.
    pub sequence: i64,
    /// Keys that sign now, the newest first.
    pub keys: Vec<WebhookKeySummary>,
    /// When it was added.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// A pair of keys of an endpoint, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WebhookKeySummary {
    /// The key that checks `v1a` signatures, `whpk_…`.
    pub public_key: String,
    /// Until when it signs, after it was replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, nullable = false)]
    pub until: Option<Timestamp>,
}

/// What came of a message sent to see whether it arrives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WebhookTest {
    /// The id it was sent under.
    #[schema(value_type = String)]
    pub event: EventId,
    /// Whether the other side has it.
    pub arrived: bool,
    /// The status of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub status: Option<u16>,
    /// Why there was none, or why it is not enough.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub error: Option<String>,
    /// How long it took.
    pub duration_ms: i64,
}

/// A delivery as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeliverySummary {
    /// The event's id.
    #[schema(value_type = String)]
    pub event: EventId,
    /// The event's number.
    pub sequence: i64,
    /// The event's kind.
    #[serde(rename = "type")]
    pub kind: String,
    /// What stays in order with it.
    pub subject: String,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    pub timestamp: Timestamp,
    /// `pending`, `done` or `dead`.
    pub state: String,
    /// Attempts so far.
    pub attempts: i64,
    /// When it is tried next, while it is pending and nothing earlier holds it up.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, nullable = false)]
    pub next_at: Option<Timestamp>,
    /// The last attempts, the newest first; at most 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<AttemptSummary>,
}

/// An attempt as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AttemptSummary {
    /// Its number, from 1 on.
    pub attempt: i64,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// How long it took.
    pub duration_ms: i64,
    /// The status of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub status: Option<u16>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub error: Option<String>,
}

impl App {
    /// Says how other systems are reached. Without it, nothing of this machine's own networks is.
    ///
    /// # Errors
    /// If the settings cannot be used, or it was said before.
    pub fn set_outbound(&self, options: &HttpOptions) -> Result<(), AppError> {
        let sender = HttpSender::new(options).map_err(|e| AppError::Refused(e.to_string()))?;
        let once = self.outbound_cell().set(sender);
        once.map_err(|_| AppError::internal("the way to reach other systems is settled already"))
    }

    pub(crate) fn outbound(&self) -> Result<&HttpSender, AppError> {
        if let Some(sender) = self.outbound_cell().get() {
            return Ok(sender);
        }
        let sender = HttpSender::new(&HttpOptions::default());
        let sender = sender.map_err(|e| AppError::Refused(e.to_string()))?;
        Ok(self.outbound_cell().get_or_init(|| sender))
    }
}

fn timer(endpoint: EndpointId) -> String {
    format!("{TIMER}{endpoint}")
}

/// The name of an endpoint's job, before its id.
const TIMER: &str = "webhook:";
