//! The kind about webhooks: a body, with the headers that came with it.

use serde_json::{Map, Value, json};

use super::context::Context;
use super::reason::{Code, Reason};
use crate::webhook::{
    ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, TOLERANCE_SECONDS, VerifyingKey, WebhookError,
    verify,
};

pub(super) fn webhook(input: &[u8], context: &mut Context) -> Result<Map<String, Value>, Reason> {
    let keys = context.texts("keys")?;
    let keys: Vec<VerifyingKey> = keys
        .iter()
        .map(|text| text.parse())
        .collect::<Result<_, _>>()?;
    let headers = context.headers("headers", [ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER])?;
    let now = context.optional_number("now")?;
    let [id, timestamp, signatures] = &headers;
    let (seconds, scheme) = verify(&keys, id, timestamp, signatures, input)?;
    if now.is_some_and(|now| now.abs_diff(seconds) > TOLERANCE_SECONDS) {
        return Err(WebhookError::Stale.into());
    }
    let claims = json!({"id": id, "timestamp": seconds, "scheme": scheme});
    Ok(claims.as_object().cloned().unwrap_or_default())
}

impl From<WebhookError> for Reason {
    fn from(error: WebhookError) -> Self {
        let code = match error {
            WebhookError::Key => Code::Key,
            WebhookError::Id | WebhookError::Timestamp | WebhookError::Signature => Code::Malformed,
            WebhookError::NoKnownKey => Code::NoKnownKey,
            WebhookError::BadSignature => Code::BadSignature,
            WebhookError::Stale => Code::Stale,
        };
        Self::new(code, error.to_string())
    }
}
