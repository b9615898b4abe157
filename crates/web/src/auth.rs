//! Who asks: `Authorization: Bearer bf_…`.
//!
//! A key is looked up for every request, so that a revoked one is refused from the next request on. What a key may do is
//! asked by the use case, the same for every door.

use axum::extract::{FromRef, FromRequestParts};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use bonafide_app::{Actor, App, AppError};

use crate::problem::Problem;

/// The authenticated caller.
pub(crate) struct Caller(pub(crate) Actor);

impl<S> FromRequestParts<S> for Caller
where
    S: Send + Sync,
    App: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let presented = presented(parts).ok_or(AppError::Unauthenticated)?;
        let actor = App::from_ref(state).authenticate(presented).await?;
        tracing::Span::current().record("key", actor.name.as_str());
        Ok(Self(actor))
    }
}

/// The key in the header; none when there are several headers or another scheme.
fn presented(parts: &Parts) -> Option<&str> {
    let mut all = parts.headers.get_all(AUTHORIZATION).iter();
    let (one, more) = (all.next()?, all.next());
    let (scheme, key) = one
        .to_str()
        .ok()
        .filter(|_| more.is_none())?
        .split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(key.trim())
}
