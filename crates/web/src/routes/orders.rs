//! Orders: asked before anything is provisioned.

use axum::Json;
use axum::extract::State;
use bonafide_app::{App, Order, OrderAnswer};

use crate::auth::Caller;
use crate::body::Sent;
use crate::problem::Problem;

/// Ask whether an order may go ahead.
///
/// Answers in one round trip: allowed, allowed with limits, what is missing and the plan to supply it, refused, or referred to
/// a human. An account is judged anew when its judgement is no longer good; otherwise nothing is recorded, so that the
/// question can be asked as often as it arises. `docs/orders.md` says what each answer means.
#[utoipa::path(post, path = "/v1/orders/authorize", tag = "orders", operation_id = "authorize_order", request_body = Order,
    responses((status = 200, description = "Whether it may go ahead", body = OrderAnswer)))]
pub(crate) async fn authorize(
    State(app): State<App>,
    caller: Caller,
    sent: Sent<Order>,
) -> Result<Json<OrderAnswer>, Problem> {
    Ok(Json(app.authorize_order(&caller.0, &sent.value).await?))
}
