//! CBOR as JSON, for people and programs: dates as text, bytes as base64url, nothing lost that claims use.

use serde_json::{Map, Value, json};

use crate::cbor::{Item, Value as Cbor};
use crate::jose::to_base64url;

/// The JSON of an item. Tags are dropped, since those of dates say no more than their text.
pub(crate) fn from_cbor(item: &Item<'_>) -> Value {
    match &item.value {
        Cbor::Integer(n) => json!(n),
        Cbor::Bytes(bytes) => json!(to_base64url(bytes)),
        Cbor::Text(text) => json!(text),
        Cbor::Array(items) => items.iter().map(from_cbor).collect(),
        Cbor::Map(pairs) => {
            let named = |(key, value): &(Item<'_>, Item<'_>)| {
                let name = key.text().map(str::to_owned);
                let name = name.or_else(|| key.integer().map(|n| n.to_string()));
                (name.unwrap_or_default(), from_cbor(value))
            };
            Value::Object(pairs.iter().map(named).collect::<Map<_, _>>())
        }
        Cbor::Tag(_, inner) => from_cbor(inner),
        Cbor::Bool(flag) => json!(flag),
        Cbor::Null | Cbor::Undefined => Value::Null,
        Cbor::Float(number) => json!(number),
        Cbor::Simple(number) => json!(number),
    }
}
