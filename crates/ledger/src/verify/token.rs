//! Entitlements tokens: who signed, for whom, and whether they are good at an instant.

use serde_json::{Map, Value};

use super::context::Context;
use super::reason::{Code, Reason};
use crate::jwt::{JwtError, verify_jwt};

/// The type of an entitlements token.
pub const ENTITLEMENTS_TYPE: &str = "entitlements+jwt";

pub(super) fn entitlements(
    input: &[u8],
    context: &mut Context,
) -> Result<Map<String, Value>, Reason> {
    let keys = context.object("jwks")?;
    let (issuer, audience) = (context.text("iss")?, context.text("aud")?);
    let now = context.number("now")?;
    // A file of one token ends with a line feed.
    let claims = verify_jwt(input.trim_ascii_end(), ENTITLEMENTS_TYPE, &keys)?;
    let is = |name: &str, wanted: &str| claims.get(name).and_then(Value::as_str) == Some(wanted);
    let wrong = |text: &str| Err(Reason::new(Code::Claims, text));
    if !is("iss", &issuer) {
        return wrong("`iss` is not the issuer expected");
    }
    if !is("aud", &audience) {
        return wrong("`aud` is not the audience expected");
    }
    let time = |name: &str| claims.get(name).and_then(Value::as_u64);
    let (Some(not_before), Some(expires)) = (time("nbf"), time("exp")) else {
        return wrong("`nbf` and `exp` must be seconds since 1970");
    };
    if now < not_before {
        return wrong("the token is not good yet");
    }
    if now >= expires {
        return Err(Reason::new(Code::Expired, "the token has expired"));
    }
    Ok(claims)
}

impl From<JwtError> for Reason {
    fn from(error: JwtError) -> Self {
        let code = match error {
            JwtError::Form(_) | JwtError::Header(_) => Code::Malformed,
            JwtError::Key(_) | JwtError::Seed => Code::Key,
            JwtError::NoKnownKey => Code::NoKnownKey,
            JwtError::BadSignature => Code::BadSignature,
        };
        Self::new(code, error.to_string())
    }
}
