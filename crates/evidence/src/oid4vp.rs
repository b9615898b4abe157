//! Presentations by OpenID4VP 1.0: the query (DCQL), the response to it, and what binds the two together.
//!
//! The same check serves the endpoint that wallets post to and the command line. Refuses: a query that the standard does not
//! allow; a response that is not encrypted where encryption was asked for; credentials that were not asked for, or of
//! another type; a presentation for another request, another verifier or another address; a response that leaves out what
//! was required. Source: OpenID for Verifiable Presentations 1.0, sections 6 to 8 and 14, appendix B.

mod dcql;
mod held;
mod response;

use serde_json::{Map, Value, json};

use crate::context::Reader;
use crate::jose::jwe;
use crate::kinds::utf8;
use crate::verdict::{Code, Reason, Verdict};

use dcql::Query;

/// Bytes of a response: several documents with portraits, encrypted and in base64.
pub(crate) const MOST_BYTES: usize = 2 * 1024 * 1024;

/// The kind `oid4vp`: a query, a query and what a wallet holds, or a response.
pub(crate) fn check(input: &[u8], context: &mut Reader<'_>) -> Result<Verdict, Reason> {
    let text = utf8(input)?.trim();
    if !text.starts_with(['{', '[']) {
        return response::check(&form_or_token(text)?, context);
    }
    match crate::strict_json(text.as_bytes(), "the input")? {
        Value::Array(credentials) => {
            let query = Query::read(context.value("dcql_query")?)?;
            match_held(&query, &credentials)
        }
        Value::Object(map) => object(map, context),
        _ => Err(Reason::new(
            Code::Malformed,
            "the input is not an object or a list",
        )),
    }
}

fn object(mut map: Map<String, Value>, context: &mut Reader<'_>) -> Result<Verdict, Reason> {
    if let Some(query) = map
        .shift_remove("query")
        .or_else(|| map.shift_remove("dcql_query"))
    {
        let query = Query::read(&query)?;
        return match map.get("credentials").or(context.optional("credentials")) {
            Some(Value::Array(credentials)) => match_held(&query, credentials),
            Some(_) => Err(Reason::new(Code::Malformed, "`credentials` is not a list")),
            None => Ok(Verdict::valid(None, query.summary())),
        };
    }
    if map.contains_key("credentials") || map.contains_key("credential_sets") {
        let query = Query::read(&Value::Object(map))?;
        return match context.optional("credentials") {
            Some(Value::Array(credentials)) => match_held(&query, credentials),
            Some(_) => Err(Reason::new(Code::Context, "`credentials` is not a list")),
            None => Ok(Verdict::valid(None, query.summary())),
        };
    }
    response::check(&map, context)
}

/// Whether a wallet that holds these credentials could answer the query.
fn match_held(query: &Query, credentials: &[Value]) -> Result<Verdict, Reason> {
    let met: Vec<(&str, bool)> = query
        .credentials
        .iter()
        .map(|wanted| {
            (
                wanted.id.as_str(),
                credentials.iter().any(|c| held::matches(wanted, c)),
            )
        })
        .collect();
    let satisfied = query.satisfied(|id| met.iter().any(|(name, met)| *name == id && *met));
    if !satisfied {
        let missing: Vec<&str> = met
            .iter()
            .filter(|(_, met)| !met)
            .map(|(id, _)| *id)
            .collect();
        let text = format!("no credential answers `{}`", missing.join("`, `"));
        return Err(Reason::new(Code::Unsatisfied, text));
    }
    let per_query: Map<String, Value> = met
        .into_iter()
        .map(|(id, met)| (id.to_owned(), json!(met)))
        .collect();
    Ok(Verdict::valid(
        None,
        json!({"satisfied": true, "per_query": per_query}),
    ))
}

/// The parameters that a wallet posted: a form, or the encrypted response alone.
fn form_or_token(text: &str) -> Result<Map<String, Value>, Reason> {
    let mut map = Map::new();
    if jwe::is_compact(text) && !text.contains('=') {
        map.insert("response".into(), json!(text));
        return Ok(map);
    }
    for pair in text.split('&') {
        let (name, value) = pair.split_once('=').ok_or_else(|| {
            Reason::new(
                Code::Malformed,
                "the response is no JSON, no form and no encrypted token",
            )
        })?;
        let value = decode(value)?;
        if map.insert(decode(name)?, Value::String(value)).is_some() {
            return Err(Reason::new(
                Code::DuplicateKey,
                "a parameter of the response stands twice",
            ));
        }
    }
    Ok(map)
}

/// A part of `application/x-www-form-urlencoded`.
fn decode(text: &str) -> Result<String, Reason> {
    let malformed = || Reason::new(Code::Malformed, "a parameter is not form-encoded UTF-8");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let pair = [rest.next(), rest.next()].map(|b| b.map(char::from));
                let [Some(high), Some(low)] = pair.map(|c| c.and_then(|c| c.to_digit(16))) else {
                    return Err(malformed());
                };
                bytes.push(u8::try_from(high * 16 + low).map_err(|_| malformed())?);
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8(bytes).map_err(|_| malformed())
}
