//! Rows of events and of what is sent to other systems.

use bonafide_model::{EndpointId, EventId, PartyId, Timestamp};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// Its number among the tenant's events, given by the store; ignored when it is announced.
    pub sequence: i64,
    /// Its id, the same however often it is sent.
    pub event: EventId,
    /// Its kind.
    pub kind: String,
    /// What must stay in order.
    pub subject: String,
    /// Whom it is about; it goes with their erasure.
    pub party: Option<PartyId>,
    /// When it happened.
    pub at: Timestamp,
    /// Ids, states and paths, as a JSON object.
    pub data: String,
}

/// Another system that is told of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointRow {
    /// Its id.
    pub endpoint: EndpointId,
    /// Sealed: address, description, keys.
    pub envelope: Vec<u8>,
    /// Kinds of events, separated by spaces; `*` is every kind.
    pub filter: String,
    /// Why it is disabled, if it is.
    pub disabled: Option<String>,
    /// The last event that was looked at for it.
    pub cursor: i64,
    /// Since when nothing has arrived.
    pub failing_since: Option<Timestamp>,
    /// Nothing is sent before this instant.
    pub paused_until: Timestamp,
    /// One higher with each change of what is sealed; the envelope is bound to it.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeliveryState {
    /// It waits for its time, or for an earlier one of its subject.
    Pending,
    /// The other system has it.
    Done,
    /// It was given up.
    Dead,
}

impl DeliveryState {
    /// The word in the table, on the command line and in answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Done => "done",
            Self::Dead => "dead",
        }
    }
}

impl std::fmt::Display for DeliveryState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for DeliveryState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Pending, Self::Done, Self::Dead]
            .into_iter()
            .find(|s| s.as_str() == text)
            .ok_or_else(|| {
                let text: String = text.chars().take(32).collect();
                format!("`{text}` is not a state of a delivery: use `pending`, `done` or `dead`")
            })
    }
}

/// A delivery of one event to one endpoint, with its event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRow {
    /// The event.
    pub event: EventRow,
    /// Where it stands.
    pub state: DeliveryState,
    /// Attempts ever.
    pub attempts: i64,
    /// Failures since it was last put.
    pub failures: i64,
    /// Not before this instant, while it is pending.
    pub next_at: Timestamp,
}

/// One attempt, and where it leaves its delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptRow {
    /// The event's number.
    pub sequence: i64,
    /// The number of the attempt, from 1 on.
    pub attempt: i64,
    /// When it was made.
    pub at: Timestamp,
    /// How long it took.
    pub duration_ms: i64,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// The word for why it failed, if it did.
    pub error: Option<String>,
    /// Where the delivery stands afterwards.
    pub state: DeliveryState,
    /// Failures since it was put.
    pub failures: i64,
    /// Not before this instant, while it is pending.
    pub next_at: Timestamp,
}

/// An attempt, as it was logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedAttempt {
    /// The number of the attempt, from 1 on.
    pub attempt: i64,
    /// When it was made.
    pub at: Timestamp,
    /// How long it took.
    pub duration_ms: i64,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// The word for why it failed, if it did.
    pub error: Option<String>,
}

/// An endpoint that has something to do and no job for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdleEndpoint {
    /// Whose.
    pub tenant: String,
    /// Which.
    pub endpoint: EndpointId,
}

/// How many deliveries of an endpoint stand where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryCount {
    /// Whose.
    pub tenant: String,
    /// The endpoint.
    pub endpoint: EndpointId,
    /// Whether it is disabled.
    pub disabled: bool,
    /// Deliveries that wait.
    pub pending: u64,
    /// Events that were not looked at for it yet.
    pub behind: u64,
    /// When the oldest event happened whose delivery waits.
    pub oldest: Option<Timestamp>,
    /// Deliveries that were given up.
    pub dead: u64,
}
