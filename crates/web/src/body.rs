//! A JSON body: bounded, of the right type, read strictly.

use std::future::poll_fn;
use std::pin::Pin;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;

use crate::problem::{Kind, Problem};
use crate::strict;

/// Bytes of a body. A sign-up of a hundred parties with ten claims each has about 200 KiB.
pub(crate) const BODY_MAX_BYTES: usize = 1024 * 1024;
/// Bytes read of a body that is too large, before it is answered: a client that is still sending would see a broken
/// connection and not the answer.
const DRAINED_MAX_BYTES: usize = 16 * 1024 * 1024;

/// A body as it was sent, and what it says.
pub(crate) struct Sent<T> {
    pub(crate) value: T,
    pub(crate) bytes: Bytes,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Sent<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let typed = is_json(request.headers());
        let bytes = read(request.into_body()).await?;
        typed?;
        Ok(Self {
            value: strict::read(&bytes)?,
            bytes,
        })
    }
}

async fn read(mut body: Body) -> Result<Bytes, Problem> {
    let (mut read, mut seen) = (Vec::new(), 0_usize);
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let cut = |_| Problem::new(Kind::Malformed, "the body broke off");
        let Ok(data) = frame.map_err(cut)?.into_data() else {
            continue;
        };
        seen = seen.saturating_add(data.len());
        if seen <= BODY_MAX_BYTES {
            read.extend_from_slice(&data);
        } else if seen > DRAINED_MAX_BYTES {
            break;
        }
    }
    if seen > BODY_MAX_BYTES {
        let detail = format!(
            "a body has at most {BODY_MAX_BYTES} bytes: send parties in steps to `/v1/accounts/{{id}}/parties`"
        );
        return Err(Problem::new(Kind::TooLarge, detail));
    }
    Ok(read.into())
}

fn is_json(headers: &HeaderMap) -> Result<(), Problem> {
    let mut all = headers.get_all(CONTENT_TYPE).iter();
    let text = all
        .next()
        .and_then(|value| value.to_str().ok())
        .filter(|_| all.next().is_none());
    let (essence, parameters) = text.map_or(("", ""), |t| t.split_once(';').unwrap_or((t, "")));
    let charset = parameters.trim().to_ascii_lowercase();
    let utf8 = matches!(charset.as_str(), "" | "charset=utf-8" | "charset=\"utf-8\"");
    if utf8 && essence.trim().eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(Problem::new(
        Kind::UnsupportedMediaType,
        "send the body with `Content-Type: application/json`, in UTF-8",
    ))
}
