//! Signed and encrypted JSON as wallets use it: keys, signatures, encryption to the verifier.
//!
//! The header of a token chooses among what the verifier accepts and nothing else. Refuses `none`, every HMAC (so a public
//! key taken for its secret), critical extensions, padding, names that stand twice, and algorithms that do not fit the key.
//! Source: RFC 7515, RFC 7516, RFC 7517, RFC 7518, RFC 8037, RFC 8725.

pub(crate) mod jwe;
pub(crate) mod jwk;
pub(crate) mod jws;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::verdict::{Code, Reason};

/// The bytes of base64url without padding.
pub(crate) fn from_base64url(text: &str, what: &str) -> Result<Vec<u8>, Reason> {
    URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| Reason::new(Code::Malformed, format!("{what} is not base64url")))
}

/// Base64url without padding.
pub(crate) fn to_base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// An object of strict JSON.
pub(crate) fn object(bytes: &[u8], what: &str) -> Result<Map<String, Value>, Reason> {
    match crate::strict_json(bytes, what)? {
        Value::Object(map) => Ok(map),
        _ => Err(Reason::new(
            Code::Malformed,
            format!("{what} is not a JSON object"),
        )),
    }
}
