//! One line of a batch: `{"id", "kind", "input", "encoding", "context"}`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::json::parse_strict;

/// One question.
#[derive(Debug, Clone)]
pub struct Request {
    /// Any value; comes back unchanged.
    pub id: Value,
    /// The kind of the input.
    pub kind: String,
    /// The input.
    pub input: Vec<u8>,
    /// What the verifier knows beforehand.
    pub context: Value,
}

/// A line that is no question.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{text}")]
pub struct BadRequest {
    /// Its id, as far as it has one.
    pub id: Value,
    /// Its kind, as far as it has one.
    pub kind: Value,
    /// Why.
    pub text: String,
}

impl Request {
    /// Reads a line. `encoding` is `utf8` and `context` empty where they are left out.
    ///
    /// # Errors
    /// If the line is not strict JSON, holds other keys, or a key is not of its form.
    pub fn read(line: &str) -> Result<Self, Box<BadRequest>> {
        let bad = |id: Value, kind: Value, text: &str| {
            let text = text.to_owned();
            Box::new(BadRequest { id, kind, text })
        };
        let mut map = match parse_strict(line.as_bytes()) {
            Ok(Value::Object(map)) => map,
            Ok(_) => {
                return Err(bad(
                    Value::Null,
                    Value::Null,
                    "the line is not a JSON object",
                ));
            }
            Err(error) => return Err(bad(Value::Null, Value::Null, &error.to_string())),
        };
        let mut take = |name: &str| map.remove(name).unwrap_or(Value::Null);
        let (id, kind) = (take("id"), take("kind"));
        let (input, encoding, context) = (take("input"), take("encoding"), take("context"));
        if let Some(key) = map.keys().next() {
            let text = format!("`{}` is not a key of a request", crate::text::quote(key));
            return Err(bad(id, kind, &text));
        }
        let Value::String(kind) = kind else {
            return Err(bad(id, kind, "`kind` must be a string"));
        };
        let Some(input) = decode(&input, &encoding) else {
            let text =
                "`input` must be a string in the `encoding` named: `utf8`, `base64` or `hex`";
            return Err(bad(id, Value::String(kind), text));
        };
        let context = match context {
            Value::Null => json!({}),
            given => given,
        };
        Ok(Self {
            id,
            kind,
            input,
            context,
        })
    }
}

fn decode(input: &Value, encoding: &Value) -> Option<Vec<u8>> {
    let text = input.as_str()?;
    match encoding {
        Value::Null => Some(text.as_bytes().to_vec()),
        Value::String(name) => match name.as_str() {
            "utf8" => Some(text.as_bytes().to_vec()),
            "base64" => STANDARD.decode(text).ok(),
            "hex" => crate::text::from_hex(&text.to_ascii_lowercase()),
            _ => None,
        },
        _ => None,
    }
}
