//! Verified claims as OpenID Connect for Identity Assurance passes them, in and out.
//!
//! In: an answer with `verified_claims`, as JSON or in a signed token, held to the official schema with its formats. Out:
//! [`write`], whose result is held to the same schema. Refuses: an answer without verified claims, other trust frameworks
//! and levels than asked for, tokens of other issuers, for others, or out of time. Source: OpenID Connect for Identity
//! Assurance 1.0, OpenID Identity Assurance Schema Definition 1.0.

use std::sync::LazyLock;

use bonafide_model::Strength;
use jsonschema::Validator;
use serde_json::{Map, Value, json};

use crate::context::Reader;
use crate::jose::{jwk, jws::Jws};
use crate::kinds::utf8;
use crate::verdict::{Code, Reason, Verdict};
use crate::{schema, sd_jwt};

/// Bytes of an answer; attachments may be inside.
pub(crate) const MOST_BYTES: usize = 4 * 1024 * 1024;

const CLAIMS: &str = include_str!("../data/ekyc-ida/claims_schema.schema.json");
const ASKED: &str = include_str!("../data/ekyc-ida/verified_claims_request.schema.json");
const ANSWERED: &str = include_str!("../data/ekyc-ida/verified_claims.schema.json");

static ANSWER: LazyLock<Result<Validator, String>> =
    LazyLock::new(|| schema::compile(ANSWERED, &[CLAIMS, ASKED]));

static REQUEST: LazyLock<Result<Validator, String>> =
    LazyLock::new(|| schema::compile(ASKED, &[CLAIMS]));

/// The kind `verified-claims`.
pub(crate) fn check(input: &[u8], context: &mut Reader<'_>) -> Result<Verdict, Reason> {
    let text = utf8(input)?.trim();
    let (answer, signed) = if text.starts_with('{') {
        (crate::strict_json(text.as_bytes(), "the answer")?, false)
    } else {
        (token(text, context)?, true)
    };
    if context.flag("request", false)? {
        return Ok(match schema::check(&REQUEST, &answer, "the request") {
            Ok(()) => Verdict::valid(None, json!({})),
            Err(reasons) => Verdict::refused(reasons),
        });
    }
    if let Err(reasons) = schema::check(&ANSWER, &answer, "the answer") {
        return Ok(Verdict::refused(reasons));
    }
    let list = match answer.get("verified_claims") {
        Some(Value::Array(list)) if !list.is_empty() => list.iter().collect(),
        Some(one @ Value::Object(_)) => vec![one],
        _ => {
            let text = "the answer has no `verified_claims`";
            return Err(Reason::new(Code::Schema, text));
        }
    };
    let frameworks = context.optional_texts("trust_framework")?;
    let levels = context.optional_texts("assurance_level")?;
    for one in &list {
        expect(one, "trust_framework", frameworks.as_deref())?;
        expect(one, "assurance_level", levels.as_deref())?;
    }
    let mut claims = Map::new();
    for one in &list {
        for (name, value) in one
            .get("claims")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            claims.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
    let verifications: Vec<&Value> = list
        .iter()
        .filter_map(|one| one.get("verification"))
        .collect();
    claims.insert("verification".into(), json!(verifications));
    // What nobody signed is as good as the channel it came by.
    let strength = if signed {
        Strength::Strong
    } else {
        Strength::Fair
    };
    Ok(Verdict::valid(strength, Value::Object(claims)))
}

fn expect(one: &Value, name: &str, wanted: Option<&[&str]>) -> Result<(), Reason> {
    let found = one
        .get("verification")
        .and_then(|v| v.get(name))
        .and_then(Value::as_str);
    match wanted {
        Some(wanted) if !found.is_some_and(|found| wanted.contains(&found)) => {
            let text = format!("`{name}` is {}", crate::quoted(found));
            Err(Reason::new(Code::Type, text))
        }
        _ => Ok(()),
    }
}

/// The payload of a signed answer: an ID token or the answer of the userinfo endpoint.
fn token(text: &str, context: &mut Reader<'_>) -> Result<Value, Reason> {
    let what = "the answer";
    let token = Jws::read(text, what)?;
    let keys = match context.optional("issuer_jwk") {
        Some(keys) => keys,
        None => context.value("issuer_jwks")?,
    };
    token.verify(&jwk::select(keys, &token)?, what)?;
    let claim = |name: &str| token.payload.get(name);
    let issuer = context.optional_texts("issuer")?;
    let found = claim("iss").and_then(Value::as_str);
    if let Some(issuer) = issuer
        && !found.is_some_and(|found| issuer.contains(&found))
    {
        let text = format!("the answer was issued by {}", crate::quoted(found));
        return Err(Reason::new(Code::Issuer, text));
    }
    if let Some(audience) = context.optional_texts("audience")? {
        let named = match claim("aud") {
            Some(Value::String(one)) => vec![one.as_str()],
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        if !named.iter().any(|aud| audience.contains(aud)) {
            return Err(Reason::new(
                Code::Audience,
                "the answer is for another client (`aud`)",
            ));
        }
    }
    if let Some(nonce) = context.optional_text("nonce")?
        && claim("nonce").and_then(Value::as_str) != Some(nonce)
    {
        return Err(Reason::new(
            Code::Nonce,
            "the answer is to another request (`nonce`)",
        ));
    }
    sd_jwt::in_force(&token.payload, context.now(), 0)?;
    Ok(Value::Object(token.payload))
}

/// An answer with verified claims: the claims, and how they were verified (`trust_framework` at least).
///
/// # Errors
/// If what comes of it is not what the official schema asks for.
pub fn write(
    claims: Map<String, Value>,
    verification: Map<String, Value>,
) -> Result<Value, Reason> {
    let answer = json!({"verified_claims": {"verification": verification, "claims": claims}});
    schema::check(&ANSWER, &answer, "the answer").map_err(|reasons| {
        let first = reasons.into_iter().next();
        first.unwrap_or_else(|| Reason::new(Code::Schema, "not an answer"))
    })?;
    Ok(answer)
}
