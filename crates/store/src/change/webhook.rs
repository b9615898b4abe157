//! Operations on events and on what is sent to other systems.

use bonafide_model::{EndpointId, Timestamp};

use crate::rows::{AttemptRow, EndpointRow, EventRow};

/// One operation on events, endpoints or deliveries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookOp {
    /// Adds an event under the next number of the tenant.
    Announce(EventRow),
    /// Inserts an endpoint. Its cursor is the tenant's last event: it is told of what happens from now on.
    AddEndpoint(EndpointRow),
    /// Replaces what is sealed and the filter of an endpoint that has the version before.
    ChangeEndpoint {
        /// Which.
        endpoint: EndpointId,
        /// What is sealed.
        envelope: Vec<u8>,
        /// Kinds of events.
        filter: String,
        /// The version it has afterwards.
        version: i64,
    },
    /// Disables an endpoint; does nothing when it is disabled.
    DisableEndpoint {
        /// Which.
        endpoint: EndpointId,
        /// Why.
        reason: String,
    },
    /// Enables an endpoint; it goes on where it stopped.
    EnableEndpoint {
        /// Which.
        endpoint: EndpointId,
    },
    /// Removes an endpoint with its deliveries.
    RemoveEndpoint {
        /// Which.
        endpoint: EndpointId,
    },
    /// Sends nothing to an endpoint before an instant.
    PauseEndpoint {
        /// Which.
        endpoint: EndpointId,
        /// Until when.
        until: Timestamp,
    },
    /// Moves the cursor of an endpoint that is enabled and has the cursor before, and queues deliveries of the events
    /// between.
    FanOut {
        /// Which.
        endpoint: EndpointId,
        /// The cursor as it was read.
        from: i64,
        /// The cursor afterwards.
        to: i64,
        /// Numbers of events to deliver.
        sequences: Vec<i64>,
        /// Not before this instant.
        at: Timestamp,
    },
    /// Queues deliveries again, whatever became of them.
    Replay {
        /// To which endpoint.
        endpoint: EndpointId,
        /// Numbers of events to deliver.
        sequences: Vec<i64>,
        /// Not before this instant.
        at: Timestamp,
    },
    /// Logs attempts and says where they leave their deliveries. What is not pending any more stays as it is.
    Attempted {
        /// To which endpoint.
        endpoint: EndpointId,
        /// The attempts.
        attempts: Vec<AttemptRow>,
        /// Since when nothing has arrived: `Some(None)` when something has, `None` to leave it.
        failing: Option<Option<Timestamp>>,
    },
}
