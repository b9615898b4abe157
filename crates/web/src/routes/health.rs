//! Whether it lives, and whether it can take work.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::{Kind, Problem};
use crate::state::Web;

/// The state of the service.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok`.
    status: &'static str,
    /// Version of the program.
    version: &'static str,
}

const OK: Health = Health {
    status: "ok",
    version: env!("CARGO_PKG_VERSION"),
};

/// Tell whether the process answers.
#[utoipa::path(get, path = "/healthz", tag = "operation", operation_id = "read_health",
    responses((status = 200, description = "It answers", body = Health)))]
pub(crate) async fn live() -> Json<Health> {
    Json(OK)
}

/// Tell whether requests should be sent here.
#[utoipa::path(get, path = "/readyz", tag = "operation", operation_id = "read_readiness",
    responses((status = 200, description = "It takes work", body = Health)))]
pub(crate) async fn ready(State(web): State<Web>) -> Result<Json<Health>, Problem> {
    if web.is_ready() {
        return Ok(Json(OK));
    }
    if web.is_leaving() {
        return Err(Problem::new(
            Kind::Unavailable,
            "the service is about to stop: send requests elsewhere",
        ));
    }
    Err(Problem::new(
        Kind::Unavailable,
        "the storage cannot be written: send requests elsewhere",
    ))
}
