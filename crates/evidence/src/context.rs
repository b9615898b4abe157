//! What the verifier knows beforehand: each key taken once, by its type; whatever is left over is refused.
//!
//! Three things are common to all kinds and may stand in any context: the instant of the check (`at`, an RFC 3339 instant
//! or seconds since 1970; `now` is the same) and the trust anchors (`trust`, PEM or base64 of DER: one text, a list, or an
//! object of them by name). Whoever calls gives an instant and anchors of its own; the instant in the context goes before
//! the caller's, anchors are added up.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bonafide_model::Timestamp;
use serde_json::{Map, Value};

use crate::verdict::{Code, Reason};

/// Certificates or lists of a trust store: a CSCA master list of all states has below 1,000 certificates.
const MAX_ANCHORS: usize = 4096;

/// A context that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ContextError(String);

/// One trust anchor: a certificate, or a signed list of them, in DER.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// The bytes.
    pub der: Vec<u8>,
}

impl Anchor {
    /// The anchors in a file: PEM, as many as it holds, or the DER of one.
    ///
    /// # Errors
    /// If it looks like PEM and is not.
    pub fn read(bytes: &[u8]) -> Result<Vec<Self>, ContextError> {
        match std::str::from_utf8(bytes) {
            Ok(text) if text.contains("-----BEGIN ") => pem(text),
            _ => Ok(vec![Self {
                der: bytes.to_vec(),
            }]),
        }
    }

    /// The anchors in a text: PEM, or base64 of the DER of one.
    pub(crate) fn from_text(text: &str) -> Result<Vec<Self>, ContextError> {
        if text.contains("-----BEGIN ") {
            return pem(text);
        }
        let der = STANDARD
            .decode(text.trim())
            .map_err(|_| ContextError("a certificate is neither PEM nor base64".into()))?;
        Ok(vec![Self { der }])
    }
}

fn pem(text: &str) -> Result<Vec<Anchor>, ContextError> {
    let broken = || ContextError("PEM that does not end as it begins, or is not base64".into());
    let mut anchors = Vec::new();
    let mut rest = text;
    while let Some((_, block)) = rest.split_once("-----BEGIN ") {
        let (label, block) = block.split_once("-----").ok_or_else(broken)?;
        let end = format!("-----END {label}-----");
        let (body, after) = block.split_once(end.as_str()).ok_or_else(broken)?;
        let body: String = body.split_whitespace().collect();
        let der = STANDARD.decode(body).map_err(|_| broken())?;
        anchors.push(Anchor { der });
        rest = after;
    }
    Ok(anchors)
}

/// What the verifier knows beforehand.
#[derive(Debug, Clone)]
pub struct Context {
    values: Map<String, Value>,
    at: Timestamp,
    given: bool,
    trust: Vec<Anchor>,
}

impl Context {
    /// Reads a context; `at` and `trust` are the caller's own instant and anchors.
    ///
    /// # Errors
    /// If it is not an object, or `at`, `now` or `trust` is not of its form.
    pub fn new(value: Value, at: Timestamp, trust: Vec<Anchor>) -> Result<Self, ContextError> {
        let Value::Object(mut values) = value else {
            return Err(ContextError("the context must be an object".into()));
        };
        let asked = match (values.remove("at"), values.remove("now")) {
            (Some(_), Some(_)) => {
                return Err(ContextError("`at` and `now` are the same: give one".into()));
            }
            (Some(value), None) => Some(instant("at", &value)?),
            (None, Some(value)) => Some(instant("now", &value)?),
            (None, None) => None,
        };
        let mut context = Self {
            values,
            at: asked.unwrap_or(at),
            given: asked.is_some(),
            trust,
        };
        if let Some(trust) = context.values.remove("trust").filter(|t| !t.is_null()) {
            context.trust.extend(anchors("trust", &trust)?);
        }
        if context.trust.len() > MAX_ANCHORS {
            return Err(ContextError(format!(
                "more than {MAX_ANCHORS} trust anchors"
            )));
        }
        Ok(context)
    }

    /// A context that holds nothing but an instant.
    #[must_use]
    pub fn at(at: Timestamp) -> Self {
        Self {
            values: Map::new(),
            at,
            given: true,
            trust: Vec::new(),
        }
    }

    pub(crate) fn reader(&self) -> Reader<'_> {
        Reader {
            context: self,
            taken: BTreeSet::new(),
        }
    }
}

fn instant(name: &str, value: &Value) -> Result<Timestamp, ContextError> {
    let found = match value {
        Value::String(text) => text.parse().ok(),
        Value::Number(seconds) => seconds
            .as_i64()
            .and_then(|seconds| seconds.checked_mul(1000))
            .and_then(Timestamp::from_millis),
        _ => None,
    };
    found.ok_or_else(|| {
        ContextError(format!(
            "`{name}` in the context must be an instant such as `2026-11-24T09:30:00Z`, or seconds since 1970"
        ))
    })
}

fn anchors(name: &str, value: &Value) -> Result<Vec<Anchor>, ContextError> {
    let texts: Option<Vec<&str>> = match value {
        Value::String(text) => Some(vec![text]),
        Value::Array(list) => list.iter().map(Value::as_str).collect(),
        Value::Object(map) => map.values().map(Value::as_str).collect(),
        _ => None,
    };
    let texts = texts.ok_or_else(|| {
        ContextError(format!(
            "`{name}` in the context must be PEM or base64: a text, a list, or an object of texts"
        ))
    })?;
    let mut found = Vec::new();
    for text in texts {
        found.extend(Anchor::from_text(text)?);
    }
    Ok(found)
}

/// The context as one check reads it.
pub(crate) struct Reader<'a> {
    context: &'a Context,
    taken: BTreeSet<&'a str>,
}

fn form(name: &str, expected: &str) -> Reason {
    Reason::new(
        Code::Context,
        format!("`{name}` in the context must be {expected}"),
    )
}

impl<'a> Reader<'a> {
    /// The instant of the check.
    pub(crate) fn now(&self) -> Timestamp {
        self.context.at
    }

    /// Whether somebody asked about that instant, rather than about whatever the present is.
    pub(crate) fn is_instant_given(&self) -> bool {
        self.context.given
    }

    /// The trust anchors.
    pub(crate) fn trust(&self) -> &'a [Anchor] {
        &self.context.trust
    }

    /// Refuses keys that nothing asked for.
    pub(crate) fn end(&self) -> Result<(), Reason> {
        let unknown = |key: &&String| !self.taken.contains(key.as_str());
        match self.context.values.keys().find(unknown) {
            None => Ok(()),
            Some(key) => {
                let key: String = key.chars().take(64).collect();
                let text = format!(
                    "`{}` is not a key of this kind's context, or does not go with the other keys",
                    key.escape_debug()
                );
                Err(Reason::new(Code::Context, text))
            }
        }
    }

    /// Whether a key is there and not `null`.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.context
            .values
            .get(name)
            .is_some_and(|value| !value.is_null())
    }

    /// The value of a key, if it is there and not `null`.
    pub(crate) fn optional(&mut self, name: &str) -> Option<&'a Value> {
        let (key, value) = self.context.values.get_key_value(name)?;
        self.taken.insert(key);
        Some(value).filter(|value| !value.is_null())
    }

    /// The value of a key that must be there.
    pub(crate) fn value(&mut self, name: &str) -> Result<&'a Value, Reason> {
        self.optional(name).ok_or_else(|| {
            Reason::new(Code::Context, format!("`{name}` is missing in the context"))
        })
    }

    /// A text, if the key is there.
    pub(crate) fn optional_text(&mut self, name: &str) -> Result<Option<&'a str>, Reason> {
        self.optional(name)
            .map(|value| value.as_str().ok_or_else(|| form(name, "a string")))
            .transpose()
    }

    /// A text that must be there.
    pub(crate) fn text(&mut self, name: &str) -> Result<&'a str, Reason> {
        self.value(name)?
            .as_str()
            .ok_or_else(|| form(name, "a string"))
    }

    /// A truth value, or `otherwise` if the key is not there.
    pub(crate) fn flag(&mut self, name: &str, otherwise: bool) -> Result<bool, Reason> {
        self.optional(name).map_or(Ok(otherwise), |value| {
            value
                .as_bool()
                .ok_or_else(|| form(name, "`true` or `false`"))
        })
    }

    /// A count or a number of seconds, if the key is there.
    pub(crate) fn optional_number(&mut self, name: &str) -> Result<Option<i64>, Reason> {
        self.optional(name)
            .map(|value| value.as_i64().ok_or_else(|| form(name, "an integer")))
            .transpose()
    }

    /// An instant, if the key is there.
    pub(crate) fn optional_instant(&mut self, name: &str) -> Result<Option<Timestamp>, Reason> {
        self.optional(name)
            .map(|value| instant(name, value).map_err(|error| Reason::new(Code::Context, error.0)))
            .transpose()
    }

    /// An object, if the key is there.
    pub(crate) fn optional_object(
        &mut self,
        name: &str,
    ) -> Result<Option<&'a Map<String, Value>>, Reason> {
        self.optional(name)
            .map(|value| value.as_object().ok_or_else(|| form(name, "an object")))
            .transpose()
    }

    /// A list of texts, if the key is there; one text is a list of one.
    pub(crate) fn optional_texts(&mut self, name: &str) -> Result<Option<Vec<&'a str>>, Reason> {
        let Some(value) = self.optional(name) else {
            return Ok(None);
        };
        let texts = match value {
            Value::String(text) => Some(vec![text.as_str()]),
            Value::Array(list) => list.iter().map(Value::as_str).collect(),
            _ => None,
        };
        texts
            .map(Some)
            .ok_or_else(|| form(name, "a list of strings"))
    }

    /// PEM or base64 of DER, as in `trust`; none if the key is not there.
    pub(crate) fn optional_anchors(&mut self, name: &str) -> Result<Vec<Anchor>, Reason> {
        match self.optional(name) {
            None => Ok(Vec::new()),
            Some(value) => anchors(name, value).map_err(|e| Reason::new(Code::Context, e.0)),
        }
    }

    /// Bytes, if the key is there: lower- or upper-case hexadecimal, with or without `0x`, or base64.
    pub(crate) fn optional_bytes(&mut self, name: &str) -> Result<Option<Vec<u8>>, Reason> {
        let Some(text) = self.optional_text(name)? else {
            return Ok(None);
        };
        from_text(text)
            .map(Some)
            .ok_or_else(|| form(name, "hexadecimal or base64"))
    }
}

/// Bytes of hexadecimal, or else of base64.
pub(crate) fn from_text(text: &str) -> Option<Vec<u8>> {
    from_hex(text).or_else(|| STANDARD.decode(text).ok())
}

/// Bytes of hexadecimal digits in either case, with or without `0x`; `None` for anything else.
pub(crate) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("0x").unwrap_or(text).as_bytes();
    let (pairs, rest) = digits.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    pairs
        .iter()
        .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?))
        .collect()
}
