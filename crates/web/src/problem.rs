//! Problem details: every error of every path in one shape (RFC 9457), from a closed list of types.
//!
//! What went wrong inside is logged here and never sent; what was wrong with a request is told field by field.

use axum::Json;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bonafide_app::AppError;
use bonafide_app::submission::FieldError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Mistakes told in one answer. Whoever has more has made one mistake many times; the rest is counted in `detail`.
pub(crate) const ERRORS_TOLD_MAX: usize = 100;
/// Characters of one message: a message may quote what was sent, and that may be long.
const MESSAGE_MAX_CHARS: usize = 400;
/// What the types' URIs start with.
const PREFIX: &str = "urn:bonafide:problem:";

/// The closed list of problem types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Malformed,
    Unauthenticated,
    Forbidden,
    NotFound,
    Gone,
    MethodNotAllowed,
    Busy,
    Refused,
    TooLarge,
    UnsupportedMediaType,
    Invalid,
    IdempotencyMismatch,
    Internal,
    Unavailable,
}

impl Kind {
    /// Every type, in order of status.
    pub(crate) const ALL: [Self; 14] = [
        Self::Malformed,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::Busy,
        Self::Refused,
        Self::Gone,
        Self::TooLarge,
        Self::UnsupportedMediaType,
        Self::Invalid,
        Self::IdempotencyMismatch,
        Self::Internal,
        Self::Unavailable,
    ];

    fn row(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Malformed => (
                StatusCode::BAD_REQUEST,
                "malformed",
                "The request cannot be read",
            ),
            Self::Unauthenticated => (
                StatusCode::UNAUTHORIZED,
                "unauthenticated",
                "No valid API key",
            ),
            Self::Forbidden => (StatusCode::FORBIDDEN, "forbidden", "Whoever asks may not"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not-found", "There is no such thing"),
            Self::Gone => (StatusCode::GONE, "gone", "It was erased"),
            Self::MethodNotAllowed => (
                StatusCode::METHOD_NOT_ALLOWED,
                "method-not-allowed",
                "The path has no such method",
            ),
            Self::Busy => (
                StatusCode::CONFLICT,
                "busy",
                "The records changed meanwhile",
            ),
            Self::Refused => (
                StatusCode::CONFLICT,
                "refused",
                "The present state does not allow it",
            ),
            Self::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "too-large",
                "The request is too large",
            ),
            Self::UnsupportedMediaType => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported-media-type",
                "The body is not JSON by its type",
            ),
            Self::Invalid => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid",
                "Something in the request is wrong",
            ),
            Self::IdempotencyMismatch => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency-mismatch",
                "The idempotency key was used otherwise",
            ),
            Self::Internal => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "A fault of the service",
            ),
            Self::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                "The service cannot answer now",
            ),
        }
    }

    /// Its status.
    pub(crate) fn status(self) -> StatusCode {
        self.row().0
    }

    /// Its URI.
    pub(crate) fn uri(self) -> String {
        format!("{PREFIX}{}", self.row().1)
    }

    /// Its title, the same for every occurrence.
    pub(crate) fn title(self) -> &'static str {
        self.row().2
    }
}

/// What is sent: an RFC 9457 object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Which problem it is, a URI of a closed list.
    #[serde(rename = "type")]
    pub kind: String,
    /// The same for every problem of this type.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time, and how to mend it.
    pub detail: String,
    /// Every mistake found, by field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

/// An error on its way out.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    kind: Kind,
    detail: String,
    errors: Vec<FieldError>,
}

impl Problem {
    /// A problem without fields.
    pub(crate) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            errors: Vec::new(),
        }
    }

    /// A problem at one field.
    pub(crate) fn at(kind: Kind, error: FieldError) -> Self {
        Self::of_fields(kind, vec![error])
    }

    /// The mistakes told.
    #[cfg(test)]
    pub(crate) fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    fn of_fields(kind: Kind, errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [] => "something in the request is wrong".to_owned(),
            [one] if one.field.is_empty() => shown(&one.message),
            [one] => format!("{}: {}", one.field, shown(&one.message)),
            many if many.len() > ERRORS_TOLD_MAX => {
                format!(
                    "{} mistakes, of which the first {ERRORS_TOLD_MAX} are told",
                    many.len()
                )
            }
            many => format!("{} mistakes", many.len()),
        };
        let told = errors.into_iter().take(ERRORS_TOLD_MAX);
        let errors = told
            .map(|e| FieldError {
                field: e.field,
                message: shown(&e.message),
            })
            .collect();
        Self {
            kind,
            detail,
            errors,
        }
    }

    fn body(&self) -> ProblemBody {
        ProblemBody {
            kind: self.kind.uri(),
            title: self.kind.title().to_owned(),
            status: self.kind.status().as_u16(),
            detail: self.detail.clone(),
            errors: self.errors.clone(),
        }
    }
}

/// A message short enough to be sent, without characters that would change how it is displayed.
fn shown(message: &str) -> String {
    let visible = message.chars().filter(|c| {
        !c.is_control() && !matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    });
    let mut short: String = visible.take(MESSAGE_MAX_CHARS + 1).collect();
    if short.chars().count() > MESSAGE_MAX_CHARS {
        short.pop();
        short.push('…');
    }
    short
}

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        if let Some(detail) = error.detail() {
            tracing::error!(detail, "a use case failed");
        }
        let kind = match &error {
            AppError::Invalid(_) => Kind::Invalid,
            AppError::NotFound { .. } => Kind::NotFound,
            AppError::Gone(_) => Kind::Gone,
            AppError::Unauthenticated => Kind::Unauthenticated,
            AppError::Forbidden(_) => Kind::Forbidden,
            AppError::IdempotencyMismatch => Kind::IdempotencyMismatch,
            AppError::Busy => Kind::Busy,
            AppError::Refused(_) => Kind::Refused,
            AppError::TooLarge(_) => Kind::TooLarge,
            AppError::Unavailable(_) => Kind::Unavailable,
            AppError::Internal(_) => Kind::Internal,
        };
        match error {
            AppError::Invalid(errors) => Self::of_fields(kind, errors),
            other => Self::new(kind, shown(&other.to_string())),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.kind.status(), Json(self.body())).into_response();
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        match self.kind {
            Kind::Unauthenticated => {
                headers.insert(
                    WWW_AUTHENTICATE,
                    HeaderValue::from_static("Bearer realm=\"bonafide\""),
                );
            }
            Kind::Unavailable | Kind::Busy => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
            }
            _ => {}
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_list_of_types_has_no_two_alike() {
        let uris: BTreeSet<String> = Kind::ALL.into_iter().map(Kind::uri).collect();
        assert_eq!(uris.len(), Kind::ALL.len());
    }

    #[test]
    fn a_flood_of_mistakes_is_cut_and_counted() {
        let errors = (0..250)
            .map(|i| FieldError::new(format!("claims[{i}]"), "x".repeat(9000)))
            .collect();
        let problem = Problem::from(AppError::Invalid(errors));
        assert_eq!(problem.errors.len(), ERRORS_TOLD_MAX);
        assert!(
            problem.detail.starts_with("250 mistakes"),
            "{}",
            problem.detail
        );
        assert!(
            problem
                .errors
                .iter()
                .all(|e| e.message.chars().count() <= MESSAGE_MAX_CHARS + 1)
        );
    }

    #[test]
    fn overrides_of_direction_are_not_sent_back() {
        let problem = Problem::at(
            Kind::Invalid,
            FieldError::new("a", "`\u{202E}gpj` is wrong\u{0}"),
        );
        assert_eq!(problem.detail, "a: `gpj` is wrong");
    }
}
