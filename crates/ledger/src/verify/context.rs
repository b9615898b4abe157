//! The context of a question: each key taken once, by its type; whatever is left over is refused.

use serde_json::{Map, Value};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::reason::Reason;
use crate::hash::Hash;
use crate::key::VerifierKey;
use crate::proof::MAX_PROOF_HASHES;
use crate::text::{from_decimal, from_hex, quote};

pub(super) struct Context(Map<String, Value>);

fn form(name: &str, expected: &str) -> Reason {
    Reason::context(format!("`{name}` in the context must be {expected}"))
}

impl Context {
    pub(super) fn new(value: &Value) -> Result<Self, Reason> {
        match value {
            Value::Object(map) => Ok(Self(map.clone())),
            _ => Err(Reason::context("the context must be an object")),
        }
    }

    /// Refuses keys that nothing asked for.
    pub(super) fn end(&self) -> Result<(), Reason> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(key) => Err(Reason::context(format!(
                "`{}` is not a key of this kind's context, or does not go with the other keys",
                quote(key)
            ))),
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    fn take(&mut self, name: &str) -> Result<Value, Reason> {
        self.0
            .remove(name)
            .ok_or_else(|| Reason::context(format!("`{name}` is missing in the context")))
    }

    pub(super) fn text(&mut self, name: &str) -> Result<String, Reason> {
        match self.take(name)? {
            Value::String(text) => Ok(text),
            _ => Err(form(name, "a string")),
        }
    }

    pub(super) fn optional_text(&mut self, name: &str) -> Result<Option<String>, Reason> {
        self.has(name).then(|| self.text(name)).transpose()
    }

    /// A count, an index or a size. Out of range is as good as any other wrong number, so it is not an error of form.
    pub(super) fn number(&mut self, name: &str) -> Result<u64, Reason> {
        let expected = "a decimal integer from 0 to 2^63 - 1";
        match self.take(name)? {
            Value::Number(n) => n.as_u64().filter(|n| *n <= crate::text::MAX_U63),
            Value::String(text) => from_decimal(&text),
            _ => None,
        }
        .ok_or_else(|| form(name, expected))
    }

    pub(super) fn optional_number(&mut self, name: &str) -> Result<Option<u64>, Reason> {
        self.has(name).then(|| self.number(name)).transpose()
    }

    /// An object, as it is.
    pub(super) fn object(&mut self, name: &str) -> Result<Value, Reason> {
        match self.take(name)? {
            object @ Value::Object(_) => Ok(object),
            _ => Err(form(name, "an object")),
        }
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, name: &str) -> Result<Vec<String>, Reason> {
        let expected = "a list of strings";
        let Value::Array(list) = self.take(name)? else {
            return Err(form(name, expected));
        };
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let texts: Option<Vec<String>> = list.iter().map(text).collect();
        texts.ok_or_else(|| form(name, expected))
    }

    /// Headers of a request by their names, in whatever case those are written. Other headers do not matter, since every one
    /// that is asked for must be there, once.
    pub(super) fn headers<const N: usize>(
        &mut self,
        name: &str,
        wanted: [&'static str; N],
    ) -> Result<[String; N], Reason> {
        let Value::Object(map) = self.take(name)? else {
            return Err(form(name, "an object of headers"));
        };
        let mut found: [Option<String>; N] = std::array::from_fn(|_| None);
        for (header, value) in &map {
            for (wanted, found) in wanted.iter().zip(&mut found) {
                if !header.eq_ignore_ascii_case(wanted) {
                    continue;
                }
                let text = value.as_str().ok_or_else(|| form(wanted, "a string"))?;
                if found.replace(text.to_owned()).is_some() {
                    return Err(form(wanted, "given once"));
                }
            }
        }
        if let Some((missing, _)) = wanted.iter().zip(&found).find(|(_, f)| f.is_none()) {
            return Err(Reason::context(format!(
                "`{missing}` is missing in `{name}`"
            )));
        }
        Ok(found.map(Option::unwrap_or_default))
    }

    /// The octets of a root or hash, of any length.
    pub(super) fn octets(&mut self, name: &str) -> Result<Vec<u8>, Reason> {
        let text = self.text(name)?;
        from_hex(&text)
            .filter(|bytes| bytes.len() == Hash::LEN)
            .or_else(|| STANDARD.decode(&text).ok())
            .ok_or_else(|| form(name, "64 hexadecimal digits or base64"))
    }

    pub(super) fn hash(&mut self, name: &str) -> Result<Hash, Reason> {
        let octets = self.octets(name)?;
        to_hash(name, &octets)
    }

    /// The hashes of a proof; `null` is the empty proof, as some encoders write it.
    pub(super) fn proof(&mut self) -> Result<Vec<Hash>, Reason> {
        let expected = "a list of at most 64 hashes";
        let list = match self.take("proof")? {
            Value::Null => Vec::new(),
            Value::Array(list) if list.len() <= MAX_PROOF_HASHES => list,
            _ => return Err(form("proof", expected)),
        };
        let hash = |value: &Value| {
            let text = value.as_str()?;
            text.parse().ok().or_else(|| Hash::from_base64(text))
        };
        list.iter()
            .map(|value| hash(value).ok_or_else(|| form("proof", expected)))
            .collect()
    }

    /// A list of verifier keys; none if the key is absent.
    pub(super) fn keys(&mut self, name: &str) -> Result<Vec<VerifierKey>, Reason> {
        if !self.has(name) {
            return Ok(Vec::new());
        }
        let Value::Array(list) = self.take(name)? else {
            return Err(form(name, "a list of verifier keys"));
        };
        list.iter()
            .map(|value| {
                let text = value
                    .as_str()
                    .ok_or_else(|| form(name, "a list of verifier keys"))?;
                Ok(text.parse::<VerifierKey>()?)
            })
            .collect()
    }
}

pub(super) fn to_hash(name: &str, octets: &[u8]) -> Result<Hash, Reason> {
    Hash::from_slice(octets).ok_or_else(|| form(name, "32 bytes, in hexadecimal or base64"))
}
