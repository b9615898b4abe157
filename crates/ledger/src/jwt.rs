//! Signed, expiring statements: JSON Web Tokens in compact form with Ed25519, and the public keys that check them.
//!
//! One algorithm, one type, one shape of header. What other libraries for tokens were broken by is not read here: the
//! header chooses among the keys that the verifier already trusts and nothing else. Refuses: any algorithm but `EdDSA`
//! (so `none`, and a public key taken for the secret of an HMAC), another `typ`, header members that are not known
//! (`jwk`, `jku`, `x5u`, `crit` among them), padding, and JSON with a name twice.
//!
//! Source: RFC 7515 (JWS), RFC 7519 (JWT), RFC 8037 (Ed25519 keys and signatures), RFC 7638 (thumbprints), RFC 8725 (best
//! current practices).

use std::fmt;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use crate::hash::sha256;
use crate::json::parse_strict;

/// Bytes of a token: one with two hundred closed ports has about 2 KiB.
pub const TOKEN_MAX_BYTES: usize = 8 * 1024;
/// Keys of a set that are looked at.
pub const KEYS_MAX: usize = 64;

/// The one algorithm, by its name in RFC 8037.
const ALGORITHM: &str = "EdDSA";

/// Why a token is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwtError {
    /// Not three parts of base64url, or not JSON.
    #[error("the token is not of its form: {0}")]
    Form(&'static str),
    /// Another algorithm, type or member of the header.
    #[error("the token's header is not one of ours: {0}")]
    Header(&'static str),
    /// A key of the set is not of its form.
    #[error("a key of the set is not of its form: {0}")]
    Key(&'static str),
    /// The key that the header names is not in the set.
    #[error("no key of the set has the id that the token names: fetch the set again")]
    NoKnownKey,
    /// The signature does not hold.
    #[error("the signature does not hold: a byte differs from what was signed")]
    BadSignature,
    /// The seed is no key.
    #[error("the key could not be made from its seed")]
    Seed,
}

/// A key that signs tokens; wiped from memory when dropped.
pub struct TokenKey {
    seed: Zeroizing<[u8; 32]>,
    jwk: PublicJwk,
}

impl TokenKey {
    /// From 32 secret bytes that no other key uses.
    ///
    /// # Errors
    /// If they make no key.
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self, JwtError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| JwtError::Seed)?;
        let public = pair.public_key().as_ref().try_into();
        Ok(Self {
            seed: Zeroizing::new(*seed),
            jwk: PublicJwk(public.map_err(|_| JwtError::Seed)?),
        })
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> &PublicJwk {
        &self.jwk
    }

    /// Signs claims as a token of a type.
    ///
    /// # Errors
    /// If the key cannot sign.
    pub fn sign(&self, typ: &str, claims: &Value) -> Result<String, JwtError> {
        let header = json!({"alg": ALGORITHM, "kid": self.jwk.kid(), "typ": typ});
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", encode(&header), encode(claims));
        let pair = Ed25519KeyPair::from_seed_unchecked(&*self.seed).map_err(|_| JwtError::Seed)?;
        let signature = pair.try_sign(signed.as_bytes());
        let signature = signature.map_err(|_| JwtError::Seed)?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenKey({})", self.jwk.kid())
    }
}

/// A public Ed25519 key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicJwk([u8; 32]);

impl PublicJwk {
    /// Its id: the thumbprint of RFC 7638, so that it follows from the key and nothing else.
    #[must_use]
    pub fn kid(&self) -> String {
        let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, self.x());
        URL_SAFE_NO_PAD.encode(sha256(members.as_bytes()).0)
    }

    /// As a JSON Web Key.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "kty": "OKP", "crv": "Ed25519", "x": self.x(), "kid": self.kid(), "use": "sig", "alg": ALGORITHM,
        })
    }

    fn x(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    fn from_json(key: &Value) -> Result<(String, Self), JwtError> {
        let text = |name: &str| key.get(name).and_then(Value::as_str);
        let is = |name: &str, wanted: &str| text(name) == Some(wanted);
        if !is("kty", "OKP") || !is("crv", "Ed25519") {
            return Err(JwtError::Key("only `OKP` keys of the curve `Ed25519` are"));
        }
        if ["use", "alg"]
            .iter()
            .zip(["sig", ALGORITHM])
            .any(|(name, wanted)| key.get(*name).is_some() && !is(name, wanted))
        {
            return Err(JwtError::Key("it is not for signatures with `EdDSA`"));
        }
        let octets = text("x").and_then(|x| URL_SAFE_NO_PAD.decode(x).ok());
        let octets = octets.and_then(|x| <[u8; 32]>::try_from(x).ok());
        let octets = octets.ok_or(JwtError::Key("`x` must be 32 bytes in base64url"))?;
        let kid = text("kid").ok_or(JwtError::Key("`kid` is missing"))?;
        Ok((kid.to_owned(), Self(octets)))
    }
}

/// Checks a token of a type with a set of keys (RFC 7517); gives its claims. Who it is for and whether it has expired is
/// asked of the claims by whoever calls.
///
/// # Errors
/// If it is not of its form, or the key it names did not sign it.
pub fn verify_jwt(token: &[u8], typ: &str, keys: &Value) -> Result<Map<String, Value>, JwtError> {
    if token.len() > TOKEN_MAX_BYTES {
        return Err(JwtError::Form("it is longer than any token"));
    }
    let text = std::str::from_utf8(token).map_err(|_| JwtError::Form("it is not text"))?;
    let (signed, signature) = text
        .rsplit_once('.')
        .ok_or(JwtError::Form("it has not three parts"))?;
    let (header, claims) = signed
        .split_once('.')
        .filter(|(_, claims)| !claims.contains('.'))
        .ok_or(JwtError::Form("it has not three parts"))?;
    let header = object(header, "its header is no JSON object in base64url")?;
    let kid = key_id(&header, typ)?;
    let key = find(keys, &kid)?;
    let signature = URL_SAFE_NO_PAD
        .decode(signature)
        .map_err(|_| JwtError::Form("its signature is not base64url"))?;
    UnparsedPublicKey::new(&ED25519, key.0)
        .verify(signed.as_bytes(), &signature)
        .map_err(|_| JwtError::BadSignature)?;
    object(claims, "its claims are no JSON object in base64url")
}

fn object(part: &str, wrong: &'static str) -> Result<Map<String, Value>, JwtError> {
    let bytes = URL_SAFE_NO_PAD.decode(part).ok();
    match bytes.and_then(|bytes| parse_strict(&bytes).ok()) {
        Some(Value::Object(map)) => Ok(map),
        _ => Err(JwtError::Form(wrong)),
    }
}

/// The id of the key, if the header is of the one form there is.
fn key_id(header: &Map<String, Value>, typ: &str) -> Result<String, JwtError> {
    let text = |name: &str| header.get(name).and_then(Value::as_str);
    if text("alg") != Some(ALGORITHM) {
        return Err(JwtError::Header("`alg` must be `EdDSA`"));
    }
    if text("typ") != Some(typ) {
        return Err(JwtError::Header("`typ` is that of another kind of token"));
    }
    if header.len() != 3 {
        return Err(JwtError::Header(
            "it has members other than `alg`, `kid`, `typ`",
        ));
    }
    let kid = text("kid").ok_or(JwtError::Header("`kid` is missing"))?;
    Ok(kid.to_owned())
}

/// The one key of that id.
fn find(keys: &Value, kid: &str) -> Result<PublicJwk, JwtError> {
    let list = keys.get("keys").and_then(Value::as_array);
    let list = list.filter(|list| list.len() <= KEYS_MAX);
    let list = list.ok_or(JwtError::Key("a set is an object with a list `keys`"))?;
    let mut named = list
        .iter()
        .filter(|key| key.get("kid").and_then(Value::as_str) == Some(kid));
    let key = named.next().ok_or(JwtError::NoKnownKey)?;
    if named.next().is_some() {
        return Err(JwtError::Key("two keys have the same `kid`"));
    }
    PublicJwk::from_json(key).map(|(_, key)| key)
}
