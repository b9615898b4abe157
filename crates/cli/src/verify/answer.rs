//! One question to whichever crate knows its kind, and the one form of all answers.

use bonafide_evidence::{Anchor, Context};
use bonafide_model::{Clock as _, Strength, SystemClock, Timestamp};
use serde_json::{Map, Value, json};

/// The ledger's kinds whose context has an instant, `now`.
const TIMED: [&str; 2] = ["webhook", "entitlements-token"];

/// What the command line says for all questions; a context goes before it.
pub(super) struct Given {
    pub(super) at: Option<Timestamp>,
    pub(super) trust: Vec<Anchor>,
}

/// What is known of one input.
pub(super) struct Answered {
    pub(super) valid: bool,
    strength: Option<Strength>,
    pub(super) claims: Map<String, Value>,
    /// Codes and texts.
    pub(super) reasons: Vec<(&'static str, String)>,
}

/// Every kind, evidence first.
pub(super) fn kinds() -> Vec<&'static str> {
    let mut kinds = bonafide_evidence::KINDS.to_vec();
    kinds.extend(bonafide_ledger::verify::KINDS);
    kinds
}

/// Answers one question.
pub(super) fn ask(kind: &str, input: &[u8], mut context: Value, given: &Given) -> Answered {
    if !bonafide_evidence::KINDS.contains(&kind) {
        if let (Some(at), Some(map)) = (given.at, context.as_object_mut())
            && TIMED.contains(&kind)
        {
            let seconds = at.as_millis().div_euclid(1000);
            map.entry("now").or_insert_with(|| json!(seconds));
        }
        return Answered::ledger(bonafide_ledger::verify::verify(kind, input, &context));
    }
    if let (Some(at), Some(map)) = (given.at, context.as_object_mut())
        && !map.contains_key("now")
    {
        map.entry("at").or_insert_with(|| json!(at.to_string()));
    }
    match Context::new(context, SystemClock.now(), given.trust.clone()) {
        Ok(context) => Answered::evidence(bonafide_evidence::verify(kind, input, &context)),
        Err(error) => Answered::refused("context", &error.to_string()),
    }
}

impl Answered {
    /// A line that is no question.
    pub(super) fn bad_request(text: &str) -> Self {
        Self::refused("request", text)
    }

    fn refused(code: &'static str, text: &str) -> Self {
        Self {
            valid: false,
            strength: None,
            claims: Map::new(),
            reasons: vec![(code, text.to_owned())],
        }
    }

    fn evidence(verdict: bonafide_evidence::Verdict) -> Self {
        let reasons = verdict.reasons.into_iter();
        Self {
            valid: verdict.valid,
            strength: verdict.strength,
            claims: verdict.claims,
            reasons: reasons
                .map(|reason| (reason.code.as_str(), reason.text))
                .collect(),
        }
    }

    fn ledger(verdict: bonafide_ledger::verify::Verdict) -> Self {
        let reasons = verdict.reasons.into_iter();
        Self {
            valid: verdict.valid,
            strength: None,
            claims: verdict.claims,
            reasons: reasons
                .map(|reason| (reason.code.as_str(), reason.text))
                .collect(),
        }
    }

    /// How strong the evidence is, in a word.
    pub(super) fn strength(&self) -> Option<&'static str> {
        self.strength.map(|strength| match strength {
            Strength::Fair => "fair",
            Strength::Strong => "strong",
            Strength::Superior => "superior",
        })
    }

    /// The answer as programs read it.
    pub(super) fn line(&self, id: &Value, kind: &Value) -> Value {
        let reasons = self.reasons.iter();
        let reasons: Vec<Value> = reasons
            .map(|(code, text)| json!({"code": code, "text": text}))
            .collect();
        json!({
            "id": id,
            "kind": kind,
            "valid": self.valid,
            "strength": self.strength(),
            "claims": self.claims,
            "reasons": reasons,
        })
    }
}
