//! The HTTP API `/v1` over the use cases, with its document, its metrics and the loop that moves the ledger on.
//!
//! Handlers extract, call one use case and shape the answer; everything that is wrong with a request is found before a
//! use case sees it or by the use case itself, and told as an RFC 9457 problem that names the field. The router and the
//! OpenAPI document come from one list ([`routes`]), so that they cannot differ.
//!
//! Architecture Invariant: no personal data in a URL, a log line or a metric.

use std::any::Any;

use axum::response::{IntoResponse, Response};
use axum::{Router, middleware};
use bonafide_app::App;
use tower_http::catch_panic::CatchPanicLayer;

mod auth;
mod body;
mod connection;
mod document;
mod idempotency;
mod observe;
mod params;
mod problem;
mod routes;
pub mod schema;
mod serve;
mod state;
mod strict;

pub use document::openapi;
pub use problem::ProblemBody;
pub use serve::{Pace, ServeError, serve, serve_at};
pub use strict::read_json;

use problem::{Kind, Problem};
use state::Web;

/// The API as a service, without a listener and without the loop that moves the ledger on.
pub fn router(app: App) -> Router {
    routed(Web::new(app))
}

fn routed(web: Web) -> Router {
    routes::metrics::install();
    let (router, _) = routes::all().split_for_parts();
    router
        .fallback(|| async { Problem::new(Kind::NotFound, "there is no such path: see `/docs`") })
        .method_not_allowed_fallback(|| async {
            Problem::new(
                Kind::MethodNotAllowed,
                "this path has no such method: see the `Allow` header",
            )
        })
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(
            web.clone(),
            observe::observe,
        ))
        .with_state(web)
}

/// The panic hook has logged where; the message may hold anything and goes nowhere.
fn panicked(_: Box<dyn Any + Send>) -> Response {
    Problem::new(Kind::Internal, "an internal error happened and was logged").into_response()
}
