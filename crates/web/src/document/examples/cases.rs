//! Examples of what is sent about cases.

use serde_json::{Value, json};

/// An example for every body, by path.
pub(super) fn all() -> Vec<(&'static str, Value)> {
    let grounds = |text: &str| json!({ "grounds": text });
    let answer = json!({ "outcome": "reject", "grounds": "the passport shows the recorded date" });
    vec![
        (
            "/v1/cases",
            json!({
                "kind": "dispute", "account": "acc_01m874n93r60regs04a01snr4f",
                "grounds": "the customer says that the date of birth is wrong",
            }),
        ),
        ("/v1/cases/next", json!({ "kind": "dispute" })),
        (
            "/v1/cases/{id}/notes",
            json!({ "text": "a certificate was asked for" }),
        ),
        ("/v1/cases/{id}/assign", json!({ "to": "ana" })),
        (
            "/v1/cases/{id}/clock",
            json!({ "due_at": "2027-01-15T23:00:00Z", "grounds": "the customer asked for more time" }),
        ),
        ("/v1/cases/{id}/propose", answer.clone()),
        ("/v1/cases/{id}/approve", grounds("agreed")),
        ("/v1/cases/{id}/return", grounds("which document was that?")),
        ("/v1/cases/{id}/decide", answer),
        ("/v1/cases/{id}/appeal", grounds("a certificate has come")),
        ("/v1/cases/{id}/close", grounds("the customer withdrew it")),
    ]
}
