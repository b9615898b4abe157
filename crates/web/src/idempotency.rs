//! `Idempotency-Key`: sending the same request again gives the same answer, byte for byte, and does nothing twice.

use axum::extract::FromRequestParts;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bonafide_app::submission::FieldError;
use bonafide_app::{Once, Reply};
use serde::Serialize;

use crate::problem::{Kind, Problem};

/// Characters of a key: a UUID thrice over.
const KEY_MAX_CHARS: usize = 128;
/// The request header, in the spelling of the documents.
pub(crate) const HEADER: &str = "Idempotency-Key";
/// Says that an answer is an earlier one.
pub(crate) const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The key of a request, if it has one.
pub(crate) struct IdempotencyKey(Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let wrong = |message: &str| Problem::at(Kind::Invalid, FieldError::new(HEADER, message));
        let mut all = parts.headers.get_all(HEADER).iter();
        match (all.next(), all.next()) {
            (None, _) => Ok(Self(None)),
            (Some(_), Some(_)) => Err(wrong("this header is given twice")),
            (Some(one), None) => {
                let text = one.to_str().ok().filter(|t| {
                    (1..=KEY_MAX_CHARS).contains(&t.len())
                        && t.bytes().all(|b| b.is_ascii_graphic())
                });
                let text = text.ok_or_else(|| {
                    wrong("an idempotency key has 1 to 128 visible ASCII characters without spaces")
                })?;
                Ok(Self(Some(text.to_owned())))
            }
        }
    }
}

impl IdempotencyKey {
    /// What the use case needs to do it once; `route` names the path with its ids.
    pub(crate) fn once<'a, T: Serialize>(
        &'a self,
        route: &'a str,
        body: &'a [u8],
    ) -> Option<Once<'a, T>> {
        self.0.as_deref().map(|key| Once {
            route,
            key,
            body,
            write: created,
        })
    }
}

/// An answer as it goes out.
pub(crate) fn answer<T: Serialize>(reply: Reply<T>) -> Response {
    let json = (CONTENT_TYPE, HeaderValue::from_static("application/json"));
    match reply {
        Reply::Fresh(answer) => {
            let (status, body) = created(&answer);
            (status_of(status), [json], body).into_response()
        }
        Reply::Replayed { status, body } => (
            status_of(status),
            [json, (REPLAYED, HeaderValue::from_static("true"))],
            body,
        )
            .into_response(),
    }
}

#[expect(
    clippy::expect_used,
    reason = "answers are plain data with text keys, which always can be written as JSON"
)]
fn created<T: Serialize>(answer: &T) -> (u16, Vec<u8>) {
    (
        StatusCode::CREATED.as_u16(),
        serde_json::to_vec(answer).expect("an answer can be written"),
    )
}

fn status_of(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
