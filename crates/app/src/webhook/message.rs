//! One message: the body that is signed, and the headers that sign it.

use bonafide_ledger::webhook::{
    ID_HEADER, Message, SIGNATURE_HEADER, SigningKey, TIMESTAMP_HEADER,
};
use bonafide_model::Timestamp;

use crate::error::AppError;
use crate::event::EventOut;

/// Headers by name.
pub(super) type Headers = Vec<(&'static str, String)>;

/// Headers and body of an attempt at an instant. The body of an event is the same at every attempt.
pub(super) fn signed(
    event: &EventOut,
    keys: &[SigningKey],
    now: Timestamp,
) -> Result<(Headers, Vec<u8>), AppError> {
    let body = serde_json::to_vec(event).map_err(AppError::internal)?;
    let id = event.id.to_string();
    let seconds = u64::try_from(now.as_millis() / 1000).map_err(AppError::internal)?;
    let message = Message {
        id: &id,
        timestamp: seconds,
        body: &body,
    };
    let signatures = keys.iter().map(|key| key.sign(&message));
    let signatures = signatures.collect::<Result<Vec<_>, _>>();
    let signatures = signatures.map_err(AppError::internal)?.join(" ");
    let headers = vec![
        (ID_HEADER, id),
        (TIMESTAMP_HEADER, seconds.to_string()),
        (SIGNATURE_HEADER, signatures),
    ];
    Ok((headers, body))
}
