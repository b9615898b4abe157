//! Holds: what must be kept although a term has run.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use bonafide_app::answers::Page;
use bonafide_app::{App, HoldSummary, NewHold};
use bonafide_model::{HoldId, PartyId};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::auth::Caller;
use crate::body::Sent;
use crate::idempotency::{IdempotencyKey, answer};
use crate::params::{Asked, Id, Limit};
use crate::problem::Problem;

/// Where a hold stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StateIn {
    #[default]
    Live,
    All,
}

/// Which holds to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// On this party.
    #[param(value_type = String, required = false, nullable = false, pattern = "^pty_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    party: Option<PartyId>,
    /// `live`, or `all`: those that were released too; `live` when left out.
    #[serde(default)]
    #[param(value_type = String, required = false, nullable = false, pattern = "^(live|all)$")]
    state: StateIn,
    /// The `next` of the page before.
    #[param(value_type = String, required = false, nullable = false, pattern = "^hld_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    after: Option<HoldId>,
    /// Items on the page; 50 when left out.
    #[serde(default)]
    #[param(value_type = u16, required = false, minimum = 1, maximum = 200)]
    limit: Limit,
}

/// List holds, oldest first.
#[utoipa::path(get, path = "/v1/holds", tag = "keeping", operation_id = "list_holds", params(Which),
    responses((status = 200, description = "A page", body = Page<HoldSummary>)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Asked(which): Asked<Which>,
) -> Result<Json<Page<HoldSummary>>, Problem> {
    let (after, limit) = (which.after, which.limit.0);
    let live = which.state == StateIn::Live;
    let page = app.holds(&caller.0, which.party, live, after, limit);
    Ok(Json(page.await?))
}

/// Place a hold on a party or an account, for everything or narrowly.
#[utoipa::path(post, path = "/v1/holds", tag = "keeping", operation_id = "place_hold", request_body = NewHold,
    responses((status = 201, description = "It holds from now on", body = HoldSummary)))]
pub(crate) async fn place(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    sent: Sent<NewHold>,
) -> Result<Response, Problem> {
    let once = key.once("POST /v1/holds", &sent.bytes);
    let placed = app.place_hold(&caller.0, &sent.value, once.as_ref());
    Ok(answer(placed.await?))
}

/// Release a hold.
#[utoipa::path(post, path = "/v1/holds/{id}/release", tag = "keeping", operation_id = "release_hold",
    params(("id" = String, Path, description = "The hold")),
    responses((status = 204, description = "It holds nothing any more")))]
pub(crate) async fn release(
    State(app): State<App>,
    caller: Caller,
    Id(hold): Id<HoldId>,
) -> Result<StatusCode, Problem> {
    app.release_hold(&caller.0, hold).await?;
    Ok(StatusCode::NO_CONTENT)
}
