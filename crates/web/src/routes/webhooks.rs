//! Other systems that are told of events: who they are, what they were told, and the feed for whoever missed something.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use bonafide_app::answers::Page;
use bonafide_app::{
    App, DeliveryState, DeliverySummary, EventOut, NewWebhook, ReplayRange, WebhookKeys,
    WebhookSummary, WebhookTest,
};
use bonafide_model::{EndpointId, EventId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::auth::Caller;
use crate::body::Sent;
use crate::params::{Asked, Id, Limit, Size};
use crate::problem::{Kind, Problem};

/// Hours that replaced keys go on signing, when nothing else is asked for.
const OVERLAP_HOURS: u32 = 24;

/// Which events to read.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Since {
    /// Only events with a higher number than this; from the first one kept when left out.
    #[param(value_type = u64, required = false, nullable = false)]
    after: Option<Size>,
    /// Items on the page; 50 when left out.
    #[serde(default)]
    #[param(value_type = u16, required = false, minimum = 1, maximum = 200)]
    limit: Limit,
}

/// Read events in order.
///
/// Nothing appears later before what was read: whoever has read up to a number goes on after it.
#[utoipa::path(get, path = "/v1/events", tag = "webhooks", operation_id = "list_events", params(Since),
    responses((status = 200, description = "A page", body = Page<EventOut>)))]
pub(crate) async fn events(
    State(app): State<App>,
    caller: Caller,
    Asked(since): Asked<Since>,
) -> Result<Json<Page<EventOut>>, Problem> {
    let after = since.after.map_or(0, |n| n.0);
    Ok(Json(app.events(&caller.0, after, since.limit.0).await?))
}

/// The webhooks.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Webhooks {
    /// Oldest first; there are at most 50.
    items: Vec<WebhookSummary>,
}

/// List webhooks.
#[utoipa::path(get, path = "/v1/webhooks", tag = "webhooks", operation_id = "list_webhooks",
    responses((status = 200, description = "The webhooks", body = Webhooks)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<Webhooks>, Problem> {
    let items = app.webhooks(&caller.0).await?;
    Ok(Json(Webhooks { items }))
}

/// Add a webhook.
///
/// It is told of what happens from now on. The secret is shown here and never again.
#[utoipa::path(post, path = "/v1/webhooks", tag = "webhooks", operation_id = "add_webhook", request_body = NewWebhook,
    responses((status = 201, description = "Its keys", body = WebhookKeys)))]
pub(crate) async fn add(
    State(app): State<App>,
    caller: Caller,
    sent: Sent<NewWebhook>,
) -> Result<(StatusCode, Json<WebhookKeys>), Problem> {
    let keys = app.add_webhook(&caller.0, &sent.value).await?;
    Ok((StatusCode::CREATED, Json(keys)))
}

/// Read a webhook.
#[utoipa::path(get, path = "/v1/webhooks/{id}", tag = "webhooks", operation_id = "read_webhook",
    params(("id" = String, Path, description = "The webhook")),
    responses((status = 200, description = "The webhook", body = WebhookSummary)))]
pub(crate) async fn read(
    State(app): State<App>,
    caller: Caller,
    Id(endpoint): Id<EndpointId>,
) -> Result<Json<WebhookSummary>, Problem> {
    Ok(Json(app.webhook(&caller.0, endpoint).await?))
}

/// Remove a webhook with what is known of its deliveries.
#[utoipa::path(delete, path = "/v1/webhooks/{id}", tag = "webhooks", operation_id = "remove_webhook",
    params(("id" = String, Path, description = "The webhook")),
    responses((status = 204, description = "It is gone")))]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Id(endpoint): Id<EndpointId>,
) -> Result<StatusCode, Problem> {
    app.remove_webhook(&caller.0, endpoint).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How keys are replaced.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rotation {
    /// Hours that the keys before go on signing; 24 when left out.
    #[schema(maximum = 168)]
    overlap_hours: Option<u32>,
}

/// Replace the keys of a webhook.
///
/// The secret is shown here and never again. The keys before go on signing for a while beside the new ones.
#[utoipa::path(post, path = "/v1/webhooks/{id}/rotate", tag = "webhooks", operation_id = "rotate_webhook",
    params(("id" = String, Path, description = "The webhook")), request_body = Rotation,
    responses((status = 200, description = "The new keys", body = WebhookKeys)))]
pub(crate) async fn rotate(
    State(app): State<App>,
    caller: Caller,
    Id(endpoint): Id<EndpointId>,
    sent: Sent<Rotation>,
) -> Result<Json<WebhookKeys>, Problem> {
    let hours = sent.value.overlap_hours.unwrap_or(OVERLAP_HOURS);
    Ok(Json(app.rotate_webhook(&caller.0, endpoint, hours).await?))
}

/// Stop sending to a webhook.
///
/// What happens meanwhile is kept for it, as long as events are kept.
#[utoipa::path(post, path = "/v1/webhooks/{id}/disable", tag = "webhooks", operation_id = "disable_webhook",
    params(("id" = String, Path, description = "The webhook")),
    responses((status = 204, description = "Nothing is sent any more")))]
pub(crate) async fn disable(
    State(app): State<App>,
    caller: Caller,
    Id(endpoint): Id<EndpointId>,
) -> Result<StatusCode, Problem> {
    app.disable_webhook(&caller.0, endpoint).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Send to a webhook again, from where it stopped.
#[utoipa::path(post, path = "/v1/webhooks/{id}/enable", tag = "webhooks", operation_id = "enable_webhook",
    params(("id" = String, Path, description = "The webhook")),
    responses((status = 204, description = "It goes on where it stopped")))]
pub(crate) async fn enable(
    State(app): State<App>,
    caller: Caller,
    Id(endpoint): Id<EndpointId>,
) -> Result<StatusCode, Problem> {
    app.enable_webhook(&caller.0, endpoint).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Send one message now, and see whether it arrives.
#[utoipa::path(post, path = "/v1/webhooks/{id}/test", tag = "webhooks", operation_id = "test_webhook",
    params(("id" = String, Path, description = "The webhook")),
    responses((status = 200, description = "What came of it", body = WebhookTest)))]
pub(crate) async fn test(
    State(app): State<App>,
    caller: Caller,
    Id(endpoint): Id<EndpointId>,
) -> Result<Json<WebhookTest>, Problem> {
    Ok(Json(app.test_webhook(&caller.0, endpoint).await?))
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StateIn {
    Pending,
    Done,
    Dead,
}

/// Which deliveries to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// In this state.
    #[param(value_type = String, required = false, nullable = false, pattern = "^(pending|done|dead)$")]
    state: Option<StateIn>,
    /// The `next` of the page before.
    #[param(value_type = u64, required = false, nullable = false)]
    before: Option<Size>,
    /// Items on the page; 50 when left out.
    #[serde(default)]
    #[param(value_type = u16, required = false, minimum = 1, maximum = 200)]
    limit: Limit,
}

/// List what was and will be sent to a webhook, newest first, with the attempts.
#[utoipa::path(get, path = "/v1/webhooks/{id}/deliveries", tag = "webhooks", operation_id = "list_deliveries",
    params(("id" = String, Path, description = "The webhook"), Which),
    responses((status = 200, description = "A page", body = Page<DeliverySummary>)))]
pub(crate) async fn deliveries(
    State(app): State<App>,
    caller: Caller,
    Id(endpoint): Id<EndpointId>,
    Asked(which): Asked<Which>,
) -> Result<Json<Page<DeliverySummary>>, Problem> {
    let state = which.state.map(|s| match s {
        StateIn::Pending => DeliveryState::Pending,
        StateIn::Done => DeliveryState::Done,
        StateIn::Dead => DeliveryState::Dead,
    });
    let before = which.before.map(|n| n.0);
    let page = app.deliveries(&caller.0, endpoint, state, before, which.limit.0);
    Ok(Json(page.await?))
}

/// What to send again: one event; or those of a time; or those that were given up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Replay {
    /// One event.
    #[schema(value_type = Option<String>, nullable = false, pattern = "^evt_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    event: Option<EventId>,
    /// Events that happened from this instant on.
    #[schema(value_type = Option<String>, nullable = false, format = DateTime)]
    from: Option<Timestamp>,
    /// Events that happened before this instant; until now when left out.
    #[schema(value_type = Option<String>, nullable = false, format = DateTime)]
    to: Option<Timestamp>,
    /// Those that were given up.
    #[serde(default)]
    dead: bool,
}

/// How much is sent again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Replayed {
    /// Events that are sent again.
    events: usize,
}

/// Send events again, in their order and under the ids they had.
#[utoipa::path(post, path = "/v1/webhooks/{id}/replay", tag = "webhooks", operation_id = "replay_webhook",
    params(("id" = String, Path, description = "The webhook")), request_body = Replay,
    responses((status = 200, description = "They are sent again soon", body = Replayed)))]
pub(crate) async fn replay(
    State(app): State<App>,
    caller: Caller,
    Id(endpoint): Id<EndpointId>,
    sent: Sent<Replay>,
) -> Result<Json<Replayed>, Problem> {
    let range = match (sent.value.event, sent.value.from, sent.value.dead) {
        (Some(event), None, false) => ReplayRange::Event(event),
        (None, Some(from), false) => {
            ReplayRange::Between(from, sent.value.to.unwrap_or_else(|| app.now()))
        }
        (None, None, true) => ReplayRange::Dead,
        _ => {
            let text = "say what to send again: `event`, or `from` and `to`, or `dead`";
            return Err(Problem::new(Kind::Invalid, text));
        }
    };
    let events = app.replay_webhook(&caller.0, endpoint, &range).await?;
    Ok(Json(Replayed { events }))
}
