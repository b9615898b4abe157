//! Public keys, for whoever checks tokens: without a key, since they are public.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use bonafide_app::App;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::Problem;

/// How long a set may be kept by caches: a key is published long before it signs.
const CACHE: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// A set of public keys (RFC 7517).
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct KeySet {
    /// The key that signs, the one that will after it, and those whose tokens may still be met.
    keys: Vec<Key>,
}

/// A public Ed25519 key (RFC 8037).
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Key {
    /// `OKP`.
    kty: String,
    /// `Ed25519`.
    crv: String,
    /// The key in base64url.
    x: String,
    /// Its thumbprint (RFC 7638).
    kid: String,
    /// `sig`.
    #[serde(rename = "use")]
    purpose: String,
    /// `EdDSA`.
    alg: String,
}

/// Read the keys that check the tokens of the only tenant.
///
/// Where several tenants are served there is none here: each has its own under its issuer's id.
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "orders", operation_id = "read_only_keys",
    responses((status = 200, description = "The keys", body = KeySet)))]
pub(crate) async fn only(State(app): State<App>) -> Result<Response, Problem> {
    keys(&app, None).await
}

/// Read the keys that check the tokens of an issuer.
///
/// The id is the last part of the token's `iss`; the tenant's name cannot be told from it.
#[utoipa::path(get, path = "/.well-known/bonafide/{issuer}/jwks.json", tag = "orders", operation_id = "read_keys",
    params(("issuer" = String, Path, description = "The issuer's id")),
    responses((status = 200, description = "The keys", body = KeySet)))]
pub(crate) async fn of_issuer(
    State(app): State<App>,
    Path(issuer): Path<String>,
) -> Result<Response, Problem> {
    keys(&app, Some(&issuer)).await
}

async fn keys(app: &App, issuer: Option<&str>) -> Result<Response, Problem> {
    let tenant = app.tenant_of_issuer(issuer)?;
    let set = app.token_jwks(&tenant).await?;
    Ok(([(CACHE_CONTROL, CACHE)], Json(set)).into_response())
}
