//! Disclosures: each is found once in what the issuer signed and put where its digest stands, or all is refused.
//!
//! Source: RFC 9901, sections 4 and 7.1.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use crate::jose::{from_base64url, to_base64url};
use crate::keys::Digest;
use crate::verdict::{Code, Reason};

/// Disclosures in a presentation: the largest credentials known have about 60 claims.
const DISCLOSURES_MAX: usize = 1024;
/// Levels of objects and arrays, disclosures inside disclosures counted.
const DEPTH_MAX: usize = 32;
/// Claims that an issuer must not make disclosable, because verifiers decide by them.
const PLAIN: [&str; 7] = ["iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "status"];

fn refuse(text: impl Into<String>) -> Reason {
    Reason::new(Code::Disclosure, text)
}

/// The algorithm of the digests.
pub(super) fn digest_algorithm(payload: &Map<String, Value>) -> Result<Digest, Reason> {
    let Some(value) = payload.get("_sd_alg") else {
        return Ok(Digest::Sha256);
    };
    let name = value.as_str();
    let known = name.filter(|name| name.starts_with("sha-"));
    known.and_then(Digest::from_name).ok_or_else(|| {
        let text = format!(
            "digests of algorithm {} are not accepted",
            crate::quoted(name)
        );
        Reason::new(Code::Algorithm, text)
    })
}

/// What a disclosure says, and whether it has been used.
struct Disclosure {
    /// The name of a claim; an element of an array has none.
    name: Option<String>,
    value: Value,
    used: bool,
}

struct Disclosing {
    by_digest: HashMap<String, Disclosure>,
    seen: HashSet<String>,
}

/// The payload with the disclosed claims in their places, and without digests.
pub(super) fn disclose(
    payload: &Map<String, Value>,
    disclosures: &[&str],
    algorithm: Digest,
    generic: bool,
) -> Result<Map<String, Value>, Reason> {
    if disclosures.len() > DISCLOSURES_MAX {
        return Err(refuse(format!("more than {DISCLOSURES_MAX} disclosures")));
    }
    let mut by_digest = HashMap::new();
    for text in disclosures {
        let digest = to_base64url(&algorithm.of(text.as_bytes()));
        if by_digest.insert(digest, read(text, generic)?).is_some() {
            return Err(refuse("a disclosure is given twice"));
        }
    }
    let mut disclosing = Disclosing {
        by_digest,
        seen: HashSet::new(),
    };
    let mut out = disclosing.object(payload, 0)?;
    out.shift_remove("_sd_alg");
    if disclosing.by_digest.values().any(|d| !d.used) {
        return Err(refuse("a disclosure is not among what the issuer signed"));
    }
    Ok(out)
}

fn read(text: &str, generic: bool) -> Result<Disclosure, Reason> {
    let bytes = from_base64url(text, "a disclosure").map_err(|e| refuse(e.text))?;
    let value = crate::strict_json(&bytes, "a disclosure").map_err(|e| refuse(e.text))?;
    let Value::Array(parts) = value else {
        return Err(refuse("a disclosure is not a JSON array"));
    };
    let (name, value) = match <[Value; 3]>::try_from(parts) {
        Ok([Value::String(_), Value::String(name), value]) => (Some(name), value),
        Ok(_) => {
            return Err(refuse(
                "a disclosure has a salt or a name that is not a text",
            ));
        }
        Err(parts) => match <[Value; 2]>::try_from(parts) {
            Ok([Value::String(_), value]) => (None, value),
            _ => {
                return Err(refuse(
                    "a disclosure is not an array of salt, name and value",
                ));
            }
        },
    };
    if let Some(name) = &name {
        if name == "_sd" || name == "..." {
            return Err(refuse(format!(
                "a disclosure has the reserved name `{name}`"
            )));
        }
        if !generic && PLAIN.contains(&name.as_str()) {
            return Err(refuse(format!("`{name}` must not be a disclosure")));
        }
    }
    Ok(Disclosure {
        name,
        value,
        used: false,
    })
}

impl Disclosing {
    fn value(&mut self, value: &Value, depth: usize) -> Result<Value, Reason> {
        if depth > DEPTH_MAX {
            let text = format!("the claims are nested more than {DEPTH_MAX} levels deep");
            return Err(Reason::new(Code::Nesting, text));
        }
        match value {
            Value::Object(map) => Ok(Value::Object(self.object(map, depth)?)),
            Value::Array(list) => Ok(Value::Array(self.array(list, depth)?)),
            other => Ok(other.clone()),
        }
    }

    fn object(
        &mut self,
        map: &Map<String, Value>,
        depth: usize,
    ) -> Result<Map<String, Value>, Reason> {
        let mut out = Map::new();
        for (name, value) in map.iter().filter(|(name, _)| *name != "_sd") {
            if name == "..." {
                return Err(refuse("`...` stands outside of an array"));
            }
            out.insert(name.clone(), self.value(value, depth + 1)?);
        }
        let digests = match map.get("_sd") {
            None => return Ok(out),
            Some(Value::Array(digests)) => digests,
            Some(_) => return Err(refuse("`_sd` is not an array")),
        };
        for digest in digests {
            let Some((name, value)) = self.take(digest)? else {
                continue;
            };
            let name =
                name.ok_or_else(|| refuse("an element of an array is disclosed as a claim"))?;
            if out.contains_key(&name) {
                return Err(refuse(
                    "a disclosed claim has the name of one that is there",
                ));
            }
            let value = self.value(&value, depth + 1)?;
            out.insert(name, value);
        }
        Ok(out)
    }

    fn array(&mut self, list: &[Value], depth: usize) -> Result<Vec<Value>, Reason> {
        let mut out = Vec::with_capacity(list.len());
        for element in list {
            let Some(digest) = element.get("...") else {
                out.push(self.value(element, depth + 1)?);
                continue;
            };
            if element.as_object().is_some_and(|map| map.len() != 1) {
                return Err(refuse("an element that is a digest has other members"));
            }
            match self.take(digest)? {
                None => {}
                Some((None, value)) => out.push(self.value(&value, depth + 1)?),
                Some((Some(_), _)) => {
                    return Err(refuse("a claim is disclosed as an element of an array"));
                }
            }
        }
        Ok(out)
    }

    /// What is disclosed under a digest, if anything. A digest that stands twice is refused.
    fn take(&mut self, digest: &Value) -> Result<Option<(Option<String>, Value)>, Reason> {
        let digest = digest
            .as_str()
            .ok_or_else(|| refuse("a digest is not a text"))?;
        if !self.seen.insert(digest.to_owned()) {
            return Err(refuse("a digest stands twice"));
        }
        Ok(self.by_digest.get_mut(digest).map(|disclosure| {
            disclosure.used = true;
            (disclosure.name.take(), disclosure.value.take())
        }))
    }
}
