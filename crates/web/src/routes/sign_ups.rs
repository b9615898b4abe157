//! Sign-ups.

use axum::extract::State;
use axum::response::Response;
use bonafide_app::App;
use bonafide_app::answers::SignUpAnswer;
use bonafide_app::submission::SignUp;

use crate::auth::Caller;
use crate::body::Sent;
use crate::idempotency::{IdempotencyKey, answer};
use crate::problem::Problem;

/// Open an account and judge it.
///
/// Records the account, its parties, their roles, claims, evidence and checks in one change, and answers with the
/// judgement: the decision, its reasons, what is missing and the least intrusive way to supply it.
#[utoipa::path(post, path = "/v1/sign-ups", tag = "sign-ups", operation_id = "create_sign_up", request_body = SignUp,
    responses((status = 201, description = "Recorded and judged", body = SignUpAnswer)))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    sent: Sent<SignUp>,
) -> Result<Response, Problem> {
    let once = key.once("POST /v1/sign-ups", &sent.bytes);
    Ok(answer(
        app.sign_up(&caller.0, &sent.value, once.as_ref()).await?,
    ))
}
