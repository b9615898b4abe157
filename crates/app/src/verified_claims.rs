//! Verified claims of a party for somebody who relies on them, as OpenID Connect for Identity Assurance passes them.
//!
//! What is answered are values, so that it is an opening like any other: for a purpose, in a case, recorded first, within
//! a person's measure. Answered are the claims that a check that passed was about, and of them those that the purpose
//! needs; how they were verified goes with them. Numbers of documents stay here: nobody who relies on a verification needs
//! them. Source: OpenID Connect for Identity Assurance 1.0, held to its official schema.

use std::collections::BTreeSet;

use bonafide_evidence::verified_claims;
use bonafide_model::{CaseId, Check, CheckOutcome, Claim, Evidence, Fact, PartyId};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::error::AppError;
use crate::opening::{OpenedField, OpenedFields, ToOpen};
use crate::tenant::Tenant;
use crate::{Action, Actor, App};

/// Claims and how they were verified.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct VerifiedClaims {
    /// `verification` and `claims`, of the form of OpenID Connect for Identity Assurance 1.0.
    #[schema(value_type = Object)]
    pub verified_claims: Value,
}

/// Attributes that the standard has claims for, and their names there.
const CLAIMS: [(&str, &str); 6] = [
    ("legal_name", "name"),
    ("birth_date", "birthdate"),
    ("citizenship", "nationalities"),
    ("residential_address", "address"),
    ("email", "email"),
    ("phone", "phone_number"),
];

impl App {
    /// Opens the verified claims of a party that a purpose needs; that it was done is recorded before they are answered.
    pub async fn verified_claims(
        &self,
        actor: &Actor,
        party: PartyId,
        purpose: &str,
        case: CaseId,
    ) -> Result<VerifiedClaims, AppError> {
        actor.may(Action::OpenFields)?;
        let tenant = self.tenant(&actor.tenant)?;
        let open = self.open_party(&tenant, party).await?;
        let needs = self.purpose(purpose)?;
        let verified = Verified::of(&open.facts);
        let fields: BTreeSet<&str> = CLAIMS
            .iter()
            .map(|(attribute, _)| *attribute)
            .filter(|name| needs.needs(name, self.registry()) && verified.has(name))
            .collect();
        if fields.is_empty() {
            let text = format!("nothing of `{party}` that `{purpose}` needs has been verified");
            return Err(AppError::Refused(text));
        }
        let to_open = ToOpen {
            purpose: purpose.to_owned(),
            case,
            fields: fields.into_iter().map(str::to_owned).collect(),
        };
        let opened = self.open_fields(actor, party, &to_open).await?;
        let answer = verified_claims::write(
            verified.claims(&opened.fields),
            verified.verification(&framework(&tenant), &opened),
        );
        let mut answer = answer.map_err(AppError::internal)?;
        let verified_claims = answer.get_mut("verified_claims").map(Value::take);
        Ok(VerifiedClaims {
            verified_claims: verified_claims.unwrap_or_default(),
        })
    }
}

/// The rules that the verification followed: the packs in force, by their names.
fn framework(tenant: &Tenant) -> String {
    let engine = tenant.engine();
    let packs: Vec<&str> = engine
        .packs
        .active()
        .iter()
        .map(|active| active.pack.id.as_ref())
        .collect();
    if packs.is_empty() {
        "bonafide".to_owned()
    } else {
        packs.join("+")
    }
}

/// The checks that passed, and what they were about.
struct Verified<'a> {
    facts: &'a [Fact],
    checks: Vec<&'a Check>,
}

impl<'a> Verified<'a> {
    fn of(facts: &'a [Fact]) -> Self {
        let passed = facts.iter().filter_map(|fact| match fact {
            Fact::Check(check) if check.outcome == CheckOutcome::Pass => Some(check),
            _ => None,
        });
        Self {
            facts,
            checks: passed.collect(),
        }
    }

    fn is_verified(&self, claim: &str) -> bool {
        let about = |check: &&Check| check.claims.iter().any(|id| id.to_string() == claim);
        self.checks.iter().any(about)
    }

    /// Whether a claim of this attribute was verified.
    fn has(&self, attribute: &str) -> bool {
        let claims = self.facts.iter().filter_map(|fact| match fact {
            Fact::Claim(claim) => Some(claim),
            _ => None,
        });
        let mut named = claims.filter(|claim: &&Claim| claim.attribute == attribute);
        named.any(|claim| self.is_verified(&claim.id.to_string()))
    }

    /// The opened values that were verified, by the standard's names.
    fn claims(&self, opened: &[OpenedField]) -> Map<String, Value> {
        let mut out = Map::new();
        for field in opened.iter().filter(|field| self.is_verified(&field.claim)) {
            let Some((attribute, name)) = CLAIMS.iter().find(|(a, _)| *a == field.attribute) else {
                continue;
            };
            match *attribute {
                "citizenship" => {
                    let list = out.entry(*name).or_insert_with(|| json!([]));
                    if let Some(list) = list.as_array_mut().filter(|l| !l.contains(&field.value)) {
                        list.push(field.value.clone());
                    }
                }
                "residential_address" => {
                    out.insert((*name).to_owned(), address(&field.value));
                }
                _ => {
                    out.insert((*name).to_owned(), field.value.clone());
                }
            }
        }
        out
    }

    /// How: under which rules, when, and on what evidence.
    fn verification(&self, framework: &str, opened: &OpenedFields) -> Map<String, Value> {
        let shown: BTreeSet<&str> = opened
            .fields
            .iter()
            .map(|field| field.claim.as_str())
            .collect();
        let checks = self.checks.iter().copied().filter(|check| {
            check
                .claims
                .iter()
                .any(|id| shown.contains(id.to_string().as_str()))
        });
        let checks: Vec<&Check> = checks.collect();
        let mut out = Map::new();
        out.insert("trust_framework".into(), json!(framework));
        out.insert(
            "verification_process".into(),
            json!(opened.record.to_string()),
        );
        if let Some(last) = checks.iter().map(|check| check.at).max() {
            out.insert("time".into(), json!(last.to_string()));
        }
        let evidence: Vec<Value> = self
            .facts
            .iter()
            .filter_map(|fact| match fact {
                Fact::Evidence(evidence) => evidence_of(evidence, &checks),
                _ => None,
            })
            .collect();
        if !evidence.is_empty() {
            out.insert("evidence".into(), Value::Array(evidence));
        }
        out
    }
}

/// The standard's address, from one in the form in which claims are sent.
fn address(value: &Value) -> Value {
    let lines = value
        .get("lines")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let lines: Vec<&str> = lines.filter_map(Value::as_str).collect();
    let mut out = Map::new();
    if !lines.is_empty() {
        out.insert("street_address".into(), json!(lines.join("\n")));
    }
    for (from, to) in [
        ("city", "locality"),
        ("region", "region"),
        ("postal_code", "postal_code"),
        ("country", "country_code"),
    ] {
        if let Some(part) = value.get(from).filter(|part| part.is_string()) {
            out.insert(to.into(), part.clone());
        }
    }
    Value::Object(out)
}

/// Evidence that one of the checks looked at, with those checks.
fn evidence_of(evidence: &Evidence, checks: &[&Check]) -> Option<Value> {
    let looked: Vec<Value> = checks
        .iter()
        .filter(|check| check.evidence.contains(&evidence.id))
        .map(|check| json!({"check_method": check.method, "check_id": check.id.to_string(), "time": check.at.to_string()}))
        .collect();
    if looked.is_empty() {
        return None;
    }
    let document = match evidence.kind.as_str() {
        "passport" => Some("passport"),
        "identity_card" => Some("idcard"),
        "driving_licence" => Some("driving_permit"),
        "residence_permit" => Some("residence_permit"),
        "bank_statement" => Some("bank_statement"),
        "utility_bill" => Some("utility_statement"),
        _ => None,
    };
    let mut details = Map::new();
    details.insert("type".into(), json!(document.unwrap_or(&evidence.kind)));
    if let Some(day) = evidence.expires_on {
        details.insert("date_of_expiry".into(), json!(day.to_string()));
    }
    let country = evidence
        .issuing_country
        .as_ref()
        .map(|country| json!({"country_code": country}));
    let (kind, name) = match document {
        Some(_) => {
            if let Some(day) = evidence.issued_on {
                details.insert("date_of_issuance".into(), json!(day.to_string()));
            }
            if let Some(country) = country {
                details.insert("issuer".into(), country);
            }
            ("document", "document_details")
        }
        None => {
            if let Some(country) = country {
                details.insert("source".into(), country);
            }
            ("electronic_record", "record")
        }
    };
    Some(json!({"type": kind, "check_details": looked, name: details}))
}
