//! Around every request: its id, one line of log, its metrics, the headers that every answer has.
//!
//! What never is logged: bodies, queries, ids of persons or accounts. A line names the route as it is written in the API's
//! document, with `{id}` and not with the id.

use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;

use crate::problem::{Kind, Problem};
use crate::state::Web;

/// The header that carries a request's id in and out.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Characters of a request id that is taken over: a UUID twice over.
const REQUEST_ID_MAX: usize = 64;
/// How long a request may take, its body's arrival included. A change that was being committed may still be: whoever
/// sent an `Idempotency-Key` sends it again and learns.
const REQUEST_MAX: Duration = Duration::from_secs(30);

/// Counts, times, logs and bounds a request.
pub(crate) async fn observe(State(web): State<Web>, request: Request, next: Next) -> Response {
    let id = request_id(request.headers()).unwrap_or_else(|| web.new_request_id());
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("unmatched", MatchedPath::as_str)
        .to_owned();
    let method = known(request.method());
    let span = tracing::info_span!("request", id, method, route, key = tracing::field::Empty);
    let watch = Stopwatch::start();
    let in_work = metrics::gauge!("bonafide_http_requests_in_work");
    in_work.increment(1.0);
    let mut response = bounded(&web, request, next).instrument(span.clone()).await;
    in_work.decrement(1.0);
    let (took, status) = (watch.elapsed(), response.status().as_u16());
    metrics::counter!("bonafide_http_requests_total", "method" => method, "route" => route.clone(), "status" => status.to_string())
        .increment(1);
    metrics::histogram!("bonafide_http_request_seconds", "method" => method, "route" => route, "status" => class(status))
        .record(took.as_secs_f64());
    span.in_scope(|| {
        tracing::info!(
            status,
            ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            "answered"
        )
    });
    add_headers(response.headers_mut(), &id);
    if web.is_leaving() {
        // Whoever sent it opens a new connection, to whoever takes requests then.
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(CONNECTION, close);
    }
    response
}

/// Passes the request on if there is a place for it, and for as long as it may take.
async fn bounded(web: &Web, request: Request, next: Next) -> Response {
    let Ok(_place) = web.in_work().clone().try_acquire_owned() else {
        return Problem::new(
            Kind::Unavailable,
            "too many requests are in work: try again in a moment",
        )
        .into_response();
    };
    let late = |_| {
        Problem::new(
            Kind::Unavailable,
            "the request took too long: send it again",
        )
        .into_response()
    };
    tokio::time::timeout(REQUEST_MAX, next.run(request))
        .await
        .unwrap_or_else(late)
}

fn add_headers(headers: &mut HeaderMap, id: &str) {
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    let strict = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(strict);
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
}

/// The caller's own request id, if it is one that can be logged.
fn request_id(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(REQUEST_ID)?.to_str().ok()?;
    let plain = text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    (plain && (1..=REQUEST_ID_MAX).contains(&text.len())).then(|| text.to_owned())
}

/// The method's name; those that nobody should be able to invent labels with are one.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

fn class(status: u16) -> &'static str {
    match status {
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}

/// Measures how long something takes; it decides nothing.
struct Stopwatch(std::time::Instant);

impl Stopwatch {
    #[expect(
        clippy::disallowed_methods,
        reason = "measures a duration for metrics and logs; nothing is decided by it"
    )]
    fn start() -> Self {
        Self(std::time::Instant::now())
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_request_ids_are_taken_over() {
        let taken = |text: &[u8]| {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID, HeaderValue::from_bytes(text).unwrap());
            request_id(&headers)
        };
        assert_eq!(taken(b"abc-1.2_3").as_deref(), Some("abc-1.2_3"));
        for bad in [
            &b""[..],
            b"a b",
            b"a@example.org",
            "é".as_bytes(),
            &[b'a'; 65],
        ] {
            assert_eq!(taken(bad), None);
        }
    }
}
