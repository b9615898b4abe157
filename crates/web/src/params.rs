//! What stands in the path and the query, read as strictly as a body.

use std::fmt::Display;
use std::str::FromStr;

use axum::extract::{FromRequestParts, Query, RawPathParams};
use axum::http::request::Parts;
use bonafide_app::submission::FieldError;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::problem::{Kind, Problem};
use crate::strict;

/// Items on a page when nothing else is asked for.
const LIMIT_DEFAULT: usize = 50;
/// Items on a page at most: what the use cases allow.
const LIMIT_MAX: usize = 200;

/// The one id in a path. Text that is no id names nothing.
pub(crate) struct Id<T>(pub(crate) T);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for Id<T>
where
    T::Err: Display,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let unreadable = |_| Problem::new(Kind::NotFound, "the path is not readable");
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(unreadable)?;
        let text = params.iter().next().map_or("", |(_, text)| text);
        text.parse()
            .map(Self)
            .map_err(|e: T::Err| Problem::new(Kind::NotFound, e.to_string()))
    }
}

/// The parameters of a query.
pub(crate) struct Asked<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let pairs = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        let Query(pairs) = pairs.map_err(|e| Problem::new(Kind::Malformed, e.body_text()))?;
        let mut named = Map::new();
        for (name, text) in pairs {
            if named.insert(name.clone(), Value::String(text)).is_some() {
                let error = FieldError::new(name, "this parameter is given twice");
                return Err(Problem::at(Kind::Invalid, error));
            }
        }
        strict::typed(Value::Object(named))
            .map(Self)
            .map_err(|error| Problem::at(Kind::Invalid, error))
    }
}

/// How many items a page has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit(pub(crate) usize);

impl Default for Limit {
    fn default() -> Self {
        Self(LIMIT_DEFAULT)
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let size = Size::deserialize(deserializer)?;
        let limit = usize::try_from(size.0)
            .ok()
            .filter(|n| (1..=LIMIT_MAX).contains(n));
        limit.map(Self).ok_or_else(|| {
            D::Error::custom(format!("`{}` is not between 1 and {LIMIT_MAX}", size.0))
        })
    }
}

/// A number of records, at most 2^63 - 1, as text: digits alone, so that `+1` and `01` are not two ways to write it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size(pub(crate) u64);

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let number = text
            .parse::<u64>()
            .ok()
            .filter(|n| i64::try_from(*n).is_ok() && n.to_string() == text);
        let shown: String = text.chars().take(32).collect();
        number.map(Self).ok_or_else(|| {
            D::Error::custom(format!("`{shown}` is not a whole number in digits alone"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;
    use axum::response::IntoResponse;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Wanted {
        #[serde(default)]
        limit: Limit,
        from: Option<Size>,
    }

    async fn asked(query: &str) -> Result<Wanted, Problem> {
        let (mut parts, ()) = Request::get(format!("/x?{query}"))
            .body(())
            .unwrap()
            .into_parts();
        Asked::<Wanted>::from_request_parts(&mut parts, &())
            .await
            .map(|a| a.0)
    }

    #[tokio::test]
    async fn a_query_is_read_or_its_mistake_named() {
        let good = asked("limit=7&from=12").await.unwrap();
        assert_eq!((good.limit.0, good.from.map(|f| f.0)), (7, Some(12)));
        assert_eq!(asked("").await.unwrap().limit.0, LIMIT_DEFAULT);
        for (query, field) in [
            ("limit=0", "limit"),
            ("limit=201", "limit"),
            ("limit=x", "limit"),
            ("limit=", "limit"),
            ("limit=1&limit=2", "limit"),
            ("from=+1", "from"),
            ("from=01", "from"),
            ("from=9223372036854775808", "from"),
            ("from=18446744073709551616", "from"),
            ("form=1", "form"),
        ] {
            let problem = asked(query).await.unwrap_err();
            assert_eq!(problem.errors().first().unwrap().field, field, "{query}");
            assert_eq!(problem.into_response().status().as_u16(), 422, "{query}");
        }
    }
}
