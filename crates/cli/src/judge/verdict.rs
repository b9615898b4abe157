//! One sign-up judged, or what is wrong with it.

use bonafide_app::submission::{FactContext, FieldError, SignUp};
use bonafide_app::{Engine, judge};
use bonafide_model::{Dossier, Registry, SeededEntropy, Timestamp};
use bonafide_policy::method::ASK;
use bonafide_policy::{Assessment, Decision};
use serde::Serialize;
use serde_json::json;

use super::csv::Columns;
use super::input::{Item, Raw};

/// What judges.
pub(super) struct Judge<'a> {
    pub(super) engine: &'a Engine,
    pub(super) registry: &'a Registry,
    pub(super) now: Timestamp,
    /// Whether answers are written as JSON.
    pub(super) json: bool,
}

/// What came of one line.
#[derive(Debug)]
pub(super) struct Verdict {
    line: u64,
    pub(super) outcome: Result<Judged, Vec<FieldError>>,
}

/// A sign-up that could be judged.
#[derive(Debug)]
pub(super) struct Judged {
    external_id: String,
    pub(super) decision: &'static str,
    risk: &'static str,
    because: Vec<String>,
    pub(super) asked: Vec<String>,
    /// The hardest thing that proposed packs would have done, had an officer elected them.
    pub(super) dry_run: Option<&'static str>,
    /// The answer as JSON, when it is asked for.
    text: String,
}

/// A judged line, as programs read it.
#[derive(Serialize)]
struct Answer<'a> {
    line: u64,
    external_id: Option<&'a str>,
    assessment: &'a Assessment,
}

impl Judge<'_> {
    /// Judges one line.
    pub(super) fn one(&self, item: &Item, columns: Option<&Columns>) -> Verdict {
        let outcome = match &item.raw {
            Raw::Bad(error) => Err(vec![error.clone()]),
            Raw::Json(bytes) => bonafide_web::read_json::<SignUp>(bytes)
                .map_err(|e| vec![e])
                .and_then(|s| self.sign_up(item.line, &s)),
            Raw::Row(row) => {
                let none = || vec![FieldError::new("", "a row of a file without a header")];
                let columns = columns.ok_or_else(none);
                let read = columns.and_then(|columns| columns.sign_up(row));
                read.and_then(|(sign_up, places)| {
                    self.sign_up(item.line, &sign_up)
                        .map_err(|errors| places.in_columns(errors))
                })
            }
        };
        Verdict {
            line: item.line,
            outcome,
        }
    }

    fn sign_up(&self, line: u64, sign_up: &SignUp) -> Result<Judged, Vec<FieldError>> {
        if let Some(at) = sign_up.parties.iter().position(|p| p.id.is_some()) {
            let message = "nothing is stored here, so that no party is known: leave `id` out and send its claims";
            return Err(vec![FieldError::new(format!("parties[{at}].id"), message)]);
        }
        // Ids are not kept: the same file gives the same answers.
        let entropy = SeededEntropy::new(line);
        let context = FactContext {
            registry: self.registry,
            methods: &self.engine.methods,
            catalogue: &self.engine.catalogue,
            now: self.now,
            entropy: &entropy,
        };
        let draft = sign_up.draft(&context)?;
        let facts = draft.parties.into_iter().flat_map(|(_, facts)| facts);
        let Some(mut dossier) = Dossier::fold(facts, None) else {
            return Err(vec![FieldError::new(
                "account",
                "there is no account in it",
            )]);
        };
        let judgement = judge(self.engine, &mut dossier, self.now, &entropy);
        self.judged(line, sign_up, &judgement.assessment)
    }

    fn judged(
        &self,
        line: u64,
        sign_up: &SignUp,
        assessment: &Assessment,
    ) -> Result<Judged, Vec<FieldError>> {
        let answer = Answer {
            line,
            external_id: sign_up.external_id.as_deref(),
            assessment,
        };
        let text = if self.json {
            let unwritable = |e: serde_json::Error| vec![FieldError::new("", e.to_string())];
            serde_json::to_string(&answer).map_err(unwritable)?
        } else {
            String::new()
        };
        Ok(Judged {
            external_id: sign_up.external_id.clone().unwrap_or_default(),
            decision: assessment.decision.as_str(),
            risk: assessment.risk.as_str(),
            because: because(assessment),
            asked: asked(assessment),
            dry_run: assessment
                .dry_run
                .iter()
                .map(|r| r.effect)
                .max()
                .map(Decision::as_str),
            text,
        })
    }
}

impl Verdict {
    pub(super) fn json(&self) -> String {
        match &self.outcome {
            Ok(judged) => judged.text.clone(),
            Err(errors) => format!(r#"{{"line":{},"errors":{}}}"#, self.line, json!(errors)),
        }
    }

    pub(super) fn cells(&self) -> [String; 6] {
        let line = self.line.to_string();
        match &self.outcome {
            Ok(j) => [
                line,
                j.external_id.clone(),
                j.decision.to_owned(),
                j.risk.to_owned(),
                j.because.join(", "),
                j.asked.join(", "),
            ],
            Err(errors) => {
                let told: Vec<String> = errors
                    .iter()
                    .map(|e| {
                        if e.field.is_empty() {
                            e.message.clone()
                        } else {
                            format!("{}: {}", e.field, e.message)
                        }
                    })
                    .collect();
                let (id, risk, asked) = (String::new(), String::new(), String::new());
                [line, id, "error".to_owned(), risk, told.join("; "), asked]
            }
        }
    }
}

/// The rules that spoke, without their packs' names, each once.
pub(crate) fn because(assessment: &Assessment) -> Vec<String> {
    let rules = assessment
        .reasons
        .iter()
        .map(|r| r.rule.rsplit('/').next().unwrap_or_default());
    once(rules.map(str::to_owned))
}

/// What the applicant is asked to do: methods, and fields of a form.
pub(crate) fn asked(assessment: &Assessment) -> Vec<String> {
    let steps = assessment.plan.steps.iter().filter(|s| !s.automatic);
    once(steps.map(|step| {
        if *step.method == *ASK {
            format!("ask {}", step.collects.join("+"))
        } else {
            step.method.to_string()
        }
    }))
}

fn once(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in words {
        if !found.contains(&word) {
            found.push(word);
        }
    }
    found
}
