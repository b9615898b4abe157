//! JSON Web Keys: the public ones that verify, by themselves or in a set.

use serde_json::{Map, Value, json};

use super::{from_base64url, jws::Jws};
use crate::keys::{Curve, PublicKey};
use crate::verdict::{Code, Reason};

/// Keys of a set that are looked at: issuers publish a handful.
const KEYS_MAX: usize = 64;

fn wrong(text: impl Into<String>) -> Reason {
    Reason::new(Code::Key, text)
}

fn part(jwk: &Map<String, Value>, name: &str) -> Result<Vec<u8>, Reason> {
    let text = jwk.get(name).and_then(Value::as_str);
    let text = text.ok_or_else(|| wrong(format!("the key has no `{name}`")))?;
    from_base64url(text, &format!("`{name}` of the key")).map_err(|e| wrong(e.text))
}

/// The public key that a JSON Web Key states.
pub(crate) fn read(value: &Value) -> Result<PublicKey, Reason> {
    let jwk = value
        .as_object()
        .ok_or_else(|| wrong("the key is not a JSON object"))?;
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    match (text("kty"), text("crv")) {
        (Some("EC"), Some(name)) => {
            let curve = Curve::from_jose(name)
                .ok_or_else(|| wrong(format!("the curve `{}` is not supported", cut(name))))?;
            PublicKey::ec(curve, &part(jwk, "x")?, &part(jwk, "y")?)
        }
        (Some("OKP"), Some("Ed25519")) => PublicKey::ed25519(&part(jwk, "x")?),
        (Some("RSA"), None) => PublicKey::rsa(part(jwk, "n")?, part(jwk, "e")?),
        _ => Err(wrong("the key is of no supported type: EC, OKP or RSA")),
    }
}

/// The key of a set, or a key alone, that a token names. A key that says what it is for must fit.
pub(crate) fn select(keys: &Value, token: &Jws<'_>) -> Result<PublicKey, Reason> {
    let list: Vec<&Value> = match keys.get("keys").and_then(Value::as_array) {
        Some(list) => list.iter().take(KEYS_MAX).collect(),
        None => vec![keys],
    };
    let fits = |key: &&&Value| {
        let text = |name: &str| key.get(name).and_then(Value::as_str);
        let kid = match (text("kid"), token.kid()) {
            (Some(known), Some(named)) => known == named,
            _ => true,
        };
        kid && text("use").is_none_or(|purpose| purpose == "sig")
            && text("alg").is_none_or(|alg| token.algorithm.is_jose(alg))
    };
    let mut fitting = list.iter().filter(fits);
    let found = fitting
        .next()
        .ok_or_else(|| Reason::new(Code::Issuer, "no known key of the issuer fits the token"))?;
    if token.kid().is_none() && fitting.next().is_some() {
        let text = "the token names no key, and the issuer has several";
        return Err(Reason::new(Code::Issuer, text));
    }
    read(found)
}

/// The thumbprint of a key (RFC 7638), SHA-256.
pub(crate) fn thumbprint(value: &Value) -> Result<Vec<u8>, Reason> {
    read(value)?;
    let members: &[&str] = match value.get("kty").and_then(Value::as_str) {
        Some("EC") => &["crv", "kty", "x", "y"],
        Some("OKP") => &["crv", "kty", "x"],
        _ => &["e", "kty", "n"],
    };
    let mut ordered = Map::new();
    for name in members {
        ordered.insert(
            (*name).into(),
            value.get(*name).cloned().unwrap_or_default(),
        );
    }
    Ok(crate::keys::sha256(json!(ordered).to_string().as_bytes()))
}

fn cut(text: &str) -> String {
    text.chars().take(32).collect()
}
