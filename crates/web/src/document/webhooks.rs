//! What is sent to other systems, for the document: one entry for each kind of event, with a message as it is sent.

use bonafide_app::{EventKind, event_samples};
use bonafide_model::Timestamp;
use serde_json::{Value, json};

use super::set;

/// The instant of the messages shown: 2026-11-24T09:30:00Z.
const SHOWN_AT_MS: i64 = 1_795_512_600_000;

/// Adds the section `webhooks`.
pub(super) fn add(document: &mut Value) {
    let Some(at) = Timestamp::from_millis(SHOWN_AT_MS) else {
        return;
    };
    for (kind, sample) in EventKind::ALL.iter().zip(event_samples(at)) {
        let operation = json!({
            "operationId": format!("told_{}", kind.as_str().replace('.', "_")),
            "tags": ["webhooks"],
            "summary": format!("`{kind}`"),
            "security": [],
            "parameters": [
                header("webhook-id", "The id of the event, the same at every attempt: what was seen already is ignored."),
                header("webhook-timestamp", "The second of the attempt, since 1970."),
                header("webhook-signature", "Signatures over `id.timestamp.body`, `v1,…` and `v1a,…`, separated by spaces."),
            ],
            "requestBody": {
                "required": true,
                "content": { "application/json": {
                    "schema": { "$ref": "#/components/schemas/EventOut" },
                    "example": sample,
                } },
            },
            "responses": {
                "2XX": { "description": "It has arrived." },
                "410": { "description": "There is nobody any more: the webhook is disabled." },
                "default": { "description": "It is tried again." },
            },
        });
        set(document, &["webhooks", kind.as_str(), "post"], operation);
    }
}

fn header(name: &str, description: &str) -> Value {
    json!({
        "name": name, "in": "header", "required": true, "description": description,
        "schema": { "type": "string" },
    })
}
