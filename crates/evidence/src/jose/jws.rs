//! Tokens in compact form: three parts, one signature.

use serde_json::{Map, Value};

use super::{from_base64url, object};
use crate::keys::{Algorithm, PublicKey};
use crate::verdict::{Code, Reason};

/// A token that was read and is not yet believed.
pub(crate) struct Jws<'a> {
    pub(crate) header: Map<String, Value>,
    pub(crate) payload: Map<String, Value>,
    pub(crate) algorithm: Algorithm,
    signed: &'a str,
    signature: Vec<u8>,
}

impl<'a> Jws<'a> {
    /// Reads a token; `what` it is goes into the reasons.
    pub(crate) fn read(token: &'a str, what: &str) -> Result<Self, Reason> {
        let malformed = || {
            let text = format!("{what} is not three parts of base64url with dots between");
            Reason::new(Code::Malformed, text)
        };
        let (signed, signature) = token.rsplit_once('.').ok_or_else(malformed)?;
        let (header, payload) = signed.split_once('.').ok_or_else(malformed)?;
        if payload.contains('.') {
            return Err(malformed());
        }
        let header = object(
            &from_base64url(header, &format!("the header of {what}"))?,
            &format!("the header of {what}"),
        )?;
        for name in ["crit", "b64"] {
            if header.contains_key(name) {
                let text =
                    format!("{what} has `{name}` in its header, an extension not known here");
                return Err(Reason::new(Code::Malformed, text));
            }
        }
        let algorithm = Algorithm::from_jose(header.get("alg"), what)?;
        let payload = object(
            &from_base64url(payload, &format!("the payload of {what}"))?,
            &format!("the payload of {what}"),
        )?;
        Ok(Self {
            header,
            payload,
            algorithm,
            signed,
            signature: from_base64url(signature, &format!("the signature of {what}"))?,
        })
    }

    /// Checks the signature.
    pub(crate) fn verify(&self, key: &PublicKey, what: &str) -> Result<(), Reason> {
        key.verify(
            self.algorithm,
            self.signed.as_bytes(),
            &self.signature,
            what,
        )
    }

    /// Refuses another type than these.
    pub(crate) fn require_type(&self, types: &[&str], what: &str) -> Result<(), Reason> {
        let found = self.header.get("typ").and_then(Value::as_str);
        if found.is_some_and(|found| types.contains(&found)) {
            return Ok(());
        }
        let text = format!(
            "{what} has `typ` {}, not {}",
            crate::quoted(found),
            types.join(" or ")
        );
        Err(Reason::new(Code::Type, text))
    }

    /// The id of the key in the header.
    pub(crate) fn kid(&self) -> Option<&str> {
        self.header.get("kid").and_then(Value::as_str)
    }
}

/// A time in a payload, in seconds since 1970; a fraction is cut off.
pub(crate) fn numeric_date(
    payload: &Map<String, Value>,
    name: &str,
) -> Result<Option<i64>, Reason> {
    /// Beyond this not every reader of JSON keeps an integer (RFC 7493); no credential's time is near it.
    const MOST: f64 = 9_007_199_254_740_992.0;
    let Some(value) = payload.get(name) else {
        return Ok(None);
    };
    let Some(number) = value.as_f64() else {
        let text = format!("`{name}` is not a number of seconds since 1970");
        return Err(Reason::new(Code::Malformed, text));
    };
    if number.abs() > MOST {
        let text = format!("`{name}` is beyond 2^53");
        return Err(Reason::new(Code::Integer, text));
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "within 2^53, checked above; the fraction is meant to be cut"
    )]
    Ok(Some(value.as_i64().unwrap_or(number.floor() as i64)))
}
