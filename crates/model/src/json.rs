//! JSON with one spelling: RFC 8785 writing and strict reading.
//!
//! Refuses what readers disagree about: duplicate keys, floating point, integers beyond 2^53, trailing text. The value
//! type is `serde_json`'s; what is ours is the order of keys (by UTF-16 code units, as RFC 8785 asks) and the refusals.

use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// The largest integer that every JSON reader keeps exactly (RFC 7493, section 2.2).
pub const MAX_INTEGER: i64 = 1 << 53;

/// JSON that has no canonical form here, or that is not JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Not JSON, or JSON with a duplicate key.
    #[error("not strict JSON: {0}")]
    Syntax(String),
    /// A number that is not an integer of at most 2^53 in size.
    #[error("`{0}` is not an integer between -2^53 and 2^53: write larger numbers as strings")]
    Number(String),
    /// Bytes that are not the canonical form of what they say.
    #[error("not canonical JSON (RFC 8785): write it without blanks, with keys in order")]
    NotCanonical,
}

/// Writes the canonical form.
///
/// # Errors
/// For a number that is not an integer of at most 2^53 in size.
pub fn to_canonical(value: &Value) -> Result<String, JsonError> {
    let mut out = String::new();
    write_value(&mut out, value)?;
    Ok(out)
}

/// Reads JSON, refusing duplicate keys.
///
/// # Errors
/// For anything but one JSON value without duplicate keys.
pub fn parse_strict(bytes: &[u8]) -> Result<Value, JsonError> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Strict
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| JsonError::Syntax(error.to_string()))
}

/// Reads JSON that must be written exactly as [`to_canonical`] writes it.
///
/// # Errors
/// For anything that is not canonical to the byte.
pub fn parse_canonical(bytes: &[u8]) -> Result<Value, JsonError> {
    let value = parse_strict(bytes)?;
    if to_canonical(&value)?.as_bytes() != bytes {
        return Err(JsonError::NotCanonical);
    }
    Ok(value)
}

fn write_value(out: &mut String, value: &Value) -> Result<(), JsonError> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => {
            let exact = number
                .as_i64()
                .filter(|n| (-MAX_INTEGER..=MAX_INTEGER).contains(n));
            let n = exact.ok_or_else(|| JsonError::Number(number.to_string()))?;
            out.push_str(&n.to_string());
        }
        Value::String(text) => write_string(out, text),
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_value(out, item)?;
            }
            out.push(']');
        }
        Value::Object(map) => write_object(out, map)?,
    }
    Ok(())
}

fn write_object(out: &mut String, map: &Map<String, Value>) -> Result<(), JsonError> {
    let mut members: Vec<_> = map.iter().collect();
    members.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
    out.push('{');
    for (i, (key, value)) in members.into_iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        write_string(out, key);
        out.push(':');
        write_value(out, value)?;
    }
    out.push('}');
    Ok(())
}

fn write_string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Builds a `serde_json` value and refuses a key that was there already.
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Strict)? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            let value = members.next_value_seed(Strict)?;
            if map.contains_key(&key) {
                return Err(de::Error::custom(format!("key `{key}` occurs twice")));
            }
            map.insert(key, value);
        }
        Ok(map.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_are_ordered_by_utf16_code_units() {
        // RFC 8785, section 3.2.3: the example of sorting, in which U+1F600 precedes U+FB33.
        let value = json!({"\u{20ac}": 1, "\r": 2, "\u{fb33}": 3, "1": 4, "\u{1f600}": 5, "\u{80}": 6, "\u{f6}": 7});
        let text = to_canonical(&value).unwrap();
        let order = "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"\u{f6}\":7,\"\u{20ac}\":1,\"\u{1f600}\":5,\"\u{fb33}\":3}";
        assert_eq!(text, order);
        assert_eq!(parse_canonical(text.as_bytes()).unwrap(), value);
    }

    #[test]
    fn strings_escape_only_what_rfc_8785_escapes() {
        let text = to_canonical(&json!("\u{20ac}$\u{f}\nA'B\"\\\\\"/\u{7f}")).unwrap();
        assert_eq!(text, "\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\u{7f}\"");
    }

    #[test]
    fn numbers_beyond_2_to_53_and_floats_are_refused() {
        assert_eq!(
            to_canonical(&json!(MAX_INTEGER)).unwrap(),
            "9007199254740992"
        );
        for text in [
            "9007199254740993",
            "-9007199254740993",
            "1.0",
            "1e2",
            "18446744073709551615",
        ] {
            let value = parse_strict(text.as_bytes()).unwrap();
            assert!(
                matches!(to_canonical(&value), Err(JsonError::Number(_))),
                "{text}"
            );
        }
    }

    #[test]
    fn what_readers_disagree_about_is_refused() {
        let bad: &[&[u8]] = &[
            b"{\"a\":1,\"a\":1}",
            b"{\"a\":{\"b\":1,\"\\u0062\":2}}",
            b"NaN",
            b"[1,]",
            b"{} {}",
            b"\xef\xbb\xbf{}",
            b"\"\xff\"",
            b"\"\\ud800\"",
            b"\"a\nb\"",
            b"",
        ];
        for text in bad {
            assert!(
                parse_strict(text).is_err(),
                "{}",
                String::from_utf8_lossy(text)
            );
        }
        for text in [
            "{ }",
            "{\"b\":1,\"a\":2}",
            "\"\\u0041\"",
            "-0",
            "01",
            "\"\\/\"",
            "{}\n",
        ] {
            assert!(parse_canonical(text.as_bytes()).is_err(), "{text}");
        }
    }
}
