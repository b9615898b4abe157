//! Offline verification: one question in, one verdict out, with the reasons.
//!
//! | kind | input | context |
//! |---|---|---|
//! | `note` | a signed note | `vkeys` |
//! | `checkpoint` | a signed checkpoint | `vkeys`, or `policy` (and `vkeys`: logs beside it); `origin` optional |
//! | `checkpoint-body` | the text of a checkpoint, without signatures: form only | |
//! | `policy` | a tlog-policy file: form only | |
//! | `inclusion` | the entry (or empty, with `leaf_hash`) | `index`, `size`, `root`, `proof`; `leaf_hash` |
//! | `consistency` | empty | `size1`, `size2`, `root1`, `root2`, `proof` |
//! | `subtree-inclusion` | as `inclusion` | `index`, `start`, `end`, `root`, `proof`; `leaf_hash` |
//! | `subtree-consistency` | empty | `start`, `end`, `size`, `root1`, `root2`, `proof` |
//! | `tlog-proof` | a tlog-proof file | one of `entry_utf8`, `entry_hex`, `entry_base64`, `leaf_hash`; and `policy` (with `log_vkey` where it names no log), or `log_vkey` with `witness_vkeys` and `quorum`; `origin` optional |
//! | `leaf` | a leaf of this ledger | `origin` optional |
//! | `opening` | an opening as JSON | `origin`, `commitment` |
//! | `entitlements-token` | a token of entitlements | `jwks`, `iss`, `aud`, `now` |
//! | `webhook` | the body of a webhook | `keys`, `headers`; `now` optional |
//!
//! Hashes are 64 hexadecimal digits or base64; numbers are JSON integers or decimal strings; a missing `proof` is not an
//! empty one. A key that a kind does not know is refused, because a misspelt key would otherwise drop a check unseen.
//! `docs/verify.md` is this contract for readers.

mod context;
mod ledger;
mod reason;
mod token;
mod tree;
mod webhook;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::json::parse_strict;
use context::Context;
pub use reason::{Code, Reason};
pub use token::ENTITLEMENTS_TYPE;

/// What is known after a verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it holds; true exactly if there are no reasons.
    pub valid: bool,
    /// Why it does not hold.
    pub reasons: Vec<Reason>,
    /// What a valid input states, by name; empty unless valid.
    pub claims: Map<String, Value>,
}

impl Verdict {
    fn of(result: Result<Map<String, Value>, Reason>) -> Self {
        match result {
            Ok(claims) => Self {
                valid: true,
                reasons: Vec::new(),
                claims,
            },
            Err(reason) => Self {
                valid: false,
                reasons: vec![reason],
                claims: Map::new(),
            },
        }
    }
}

/// The kinds that [`verify`] knows.
pub const KINDS: [&str; 13] = [
    "note",
    "checkpoint",
    "checkpoint-body",
    "policy",
    "inclusion",
    "consistency",
    "subtree-inclusion",
    "subtree-consistency",
    "tlog-proof",
    "leaf",
    "opening",
    "webhook",
    "entitlements-token",
];

/// Answers whether `input` holds in `context`. Never fails: what cannot be checked is not valid, and says why.
#[must_use]
pub fn verify(kind: &str, input: &[u8], context: &Value) -> Verdict {
    let result = Context::new(context).and_then(|mut context| {
        let claims = match kind {
            "note" => ledger::note(input, &mut context),
            "checkpoint" => ledger::checkpoint(input, &mut context),
            "checkpoint-body" => ledger::checkpoint_body(input),
            "policy" => ledger::policy(input),
            "inclusion" => tree::inclusion(input, &mut context),
            "consistency" => tree::consistency(input, &mut context),
            "subtree-inclusion" => tree::subtree_inclusion(input, &mut context),
            "subtree-consistency" => tree::subtree_consistency(input, &mut context),
            "tlog-proof" => ledger::tlog_proof(input, &mut context),
            "leaf" => ledger::leaf(input, &mut context),
            "opening" => ledger::opening(input, &mut context),
            "entitlements-token" => token::entitlements(input, &mut context),
            "webhook" => webhook::webhook(input, &mut context),
            other => {
                let text = format!(
                    "`{}` is not a kind that is verified here",
                    crate::text::quote(other)
                );
                return Err(Reason::new(Code::UnknownKind, text));
            }
        }?;
        context.end()?;
        Ok(claims)
    });
    Verdict::of(result)
}

/// Answers one line of JSON, `{"id", "kind", "input", "encoding": "utf8" | "base64" | "hex", "context"}`, by one line,
/// `{"id", "kind", "valid", "reasons": [{"code", "text"}]}` and, if valid, `"claims"`. `encoding` is `utf8` and `context`
/// empty where they are left out.
#[must_use]
pub fn verify_line(line: &str) -> String {
    let (id, kind, verdict) = answer(line);
    let reasons: Vec<Value> = verdict
        .reasons
        .iter()
        .map(|r| json!({"code": r.code.as_str(), "text": r.text}))
        .collect();
    let mut out = json!({"id": id, "kind": kind, "valid": verdict.valid, "reasons": reasons});
    if let Some(map) = out.as_object_mut().filter(|_| verdict.valid) {
        map.insert("claims".into(), Value::Object(verdict.claims));
    }
    out.to_string()
}

fn answer(line: &str) -> (Value, Value, Verdict) {
    let refuse = |text: &str| Verdict::of(Err(Reason::new(Code::Request, text)));
    let mut map = match parse_strict(line.as_bytes()) {
        Ok(Value::Object(map)) => map,
        Ok(_) => {
            return (
                Value::Null,
                Value::Null,
                refuse("the line is not a JSON object"),
            );
        }
        Err(error) => return (Value::Null, Value::Null, refuse(&error.to_string())),
    };
    let mut take = |name: &str| map.remove(name).unwrap_or(Value::Null);
    let (id, kind) = (take("id"), take("kind"));
    let (input, encoding, context) = (take("input"), take("encoding"), take("context"));
    if let Some(key) = map.keys().next() {
        let text = format!("`{}` is not a key of a request", crate::text::quote(key));
        return (id, kind, refuse(&text));
    }
    let verdict = match (kind.as_str(), decode(&input, &encoding)) {
        (None, _) => refuse("`kind` must be a string"),
        (_, None) => {
            refuse("`input` must be a string in the `encoding` named: `utf8`, `base64` or `hex`")
        }
        (Some(kind), Some(input)) => {
            let context = match context {
                Value::Null => json!({}),
                given => given,
            };
            verify(kind, &input, &context)
        }
    };
    (id, kind, verdict)
}

fn decode(input: &Value, encoding: &Value) -> Option<Vec<u8>> {
    let text = input.as_str()?;
    match encoding {
        Value::Null => Some(text.as_bytes().to_vec()),
        Value::String(name) => match name.as_str() {
            "utf8" => Some(text.as_bytes().to_vec()),
            "base64" => STANDARD.decode(text).ok(),
            "hex" => crate::text::from_hex(text),
            _ => None,
        },
        _ => None,
    }
}
