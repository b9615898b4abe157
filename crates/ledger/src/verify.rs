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
mod request;
mod token;
mod tree;
mod webhook;

use serde_json::{Map, Value, json};

use context::Context;
pub use reason::{Code, Reason};
pub use request::{BadRequest, Request};
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
    match Request::read(line) {
        Ok(asked) => {
            let verdict = verify(&asked.kind, &asked.input, &asked.context);
            (asked.id, Value::String(asked.kind), verdict)
        }
        Err(bad) => {
            let verdict = Verdict::of(Err(Reason::new(Code::Request, bad.text)));
            (bad.id, bad.kind, verdict)
        }
    }
}
