//! Reading JSON strictly, with a reason for each way it fails, and quoting what others wrote.

use serde_json::Value;

use crate::verdict::{Code, Reason};

/// Strict JSON; `what` it is goes into the reason.
pub(crate) fn strict_json(bytes: &[u8], what: &str) -> Result<Value, Reason> {
    bonafide_model::json::parse_strict(bytes).map_err(|error| {
        let text = error.to_string();
        let code = if text.contains("occurs twice") {
            Code::DuplicateKey
        } else if text.contains("recursion limit") {
            Code::Nesting
        } else if text.contains("number out of range") {
            Code::Integer
        } else if text.contains("EOF while parsing") {
            Code::Truncated
        } else {
            Code::Malformed
        };
        Reason::new(code, format!("{what}: {text}"))
    })
}

/// What others wrote, cut and in backticks, or the word for nothing.
pub(crate) fn quoted(text: Option<&str>) -> String {
    match text {
        None => "nothing".into(),
        Some(text) => {
            let cut: String = text.chars().take(64).collect();
            format!("`{}`", cut.escape_debug())
        }
    }
}
