//! Claims, evidence and checks about one party, read from what was sent.

use std::collections::BTreeMap;

use bonafide_model::{
    Check, CheckId, Claim, ClaimId, Evidence, EvidenceId, PartyId, PartyKind, Value, country,
    registry::nearest, value,
};

use super::facts::{FactContext, join, name_error, too_many};
use super::{CheckIn, ClaimIn, EvidenceIn, FieldError, ITEMS_MAX, NAME_MAX_CHARS, SKEW_MAX_MS};

/// No person on record lived longer.
const LIFE_MAX_YEARS: i16 = 125;

/// Reads claims about one party; `at` is the path of the object that holds them.
pub fn read_claims(
    at: &str,
    party: PartyId,
    kind: PartyKind,
    claims: &[ClaimIn],
    context: &FactContext<'_>,
    errors: &mut Vec<FieldError>,
) -> Vec<Claim> {
    too_many(at, "claims", claims.len(), errors);
    let mut read = Vec::new();
    for (position, claim) in claims.iter().enumerate().take(ITEMS_MAX) {
        let here = join(at, &format!("claims[{position}]"));
        let value = match context
            .registry
            .parse_value(&claim.attribute, kind, &claim.value)
        {
            Ok(value) => value,
            Err(error) => {
                let known = context
                    .registry
                    .get(&claim.attribute)
                    .is_some_and(|a| a.parties.contains(&kind));
                let part = if known {
                    join("value", &error.field)
                } else {
                    "attribute".to_owned()
                };
                errors.push(FieldError::new(join(&here, &part), error.message));
                continue;
            }
        };
        if let (Value::Date(date), "birth_date") = (&value, claim.attribute.as_str())
            && (*date > context.now.date()
                || date.year() + LIFE_MAX_YEARS < context.now.date().year())
        {
            let message = format!("nobody alive was born on `{date}`");
            errors.push(FieldError::new(join(&here, "value"), message));
        }
        if let (Some(from), Some(to)) = (claim.valid_from, claim.valid_to)
            && to <= from
        {
            errors.push(FieldError::new(
                join(&here, "valid_to"),
                format!("`{to}` is not after `valid_from` `{from}`"),
            ));
        }
        let source = claim
            .source
            .clone()
            .unwrap_or_else(|| "applicant".to_owned());
        name_error(&source)
            .into_iter()
            .for_each(|m| errors.push(FieldError::new(join(&here, "source"), m)));
        read.push(Claim {
            id: ClaimId::new(context.now, context.entropy),
            party,
            attribute: claim.attribute.clone(),
            value,
            source,
            valid_from: claim.valid_from,
            valid_to: claim.valid_to,
            asserted_at: context.now,
            recorded_at: context.now,
        });
    }
    read
}

/// Evidence by the name it has within the request.
pub type NamedEvidence = BTreeMap<String, EvidenceId>;

/// Reads evidence about one party.
pub fn read_evidence(
    at: &str,
    party: PartyId,
    evidence: &[EvidenceIn],
    context: &FactContext<'_>,
    errors: &mut Vec<FieldError>,
) -> (Vec<Evidence>, NamedEvidence) {
    too_many(at, "evidence", evidence.len(), errors);
    let (mut read, mut named) = (Vec::new(), NamedEvidence::new());
    for (position, item) in evidence.iter().enumerate().take(ITEMS_MAX) {
        let here = join(at, &format!("evidence[{position}]"));
        let mut wrong =
            |part: &str, message: String| errors.push(FieldError::new(join(&here, part), message));
        name_error(&item.kind)
            .into_iter()
            .for_each(|m| wrong("kind", m));
        if let Some(code) = item
            .issuing_country
            .as_deref()
            .filter(|c| !country::is_known(c))
        {
            let shown: String = code.chars().filter(|c| !c.is_control()).take(16).collect();
            wrong(
                "issuing_country",
                format!("`{shown}` is not a two-letter country code of ISO 3166-1, such as `DE`"),
            );
        }
        let number = item.number.as_deref().map(value::text).transpose();
        let number = number.unwrap_or_else(|e| {
            wrong("reference", e.message);
            None
        });
        if let (Some(issued), Some(expires)) = (item.issued_on, item.expires_on)
            && expires < issued
        {
            wrong(
                "expires_on",
                format!("`{expires}` is before `issued_on` `{issued}`"),
            );
        }
        if item
            .issued_on
            .is_some_and(|issued| issued > context.now.date())
        {
            wrong(
                "issued_on",
                "evidence cannot be issued in the future".to_owned(),
            );
        }
        let id = EvidenceId::new(context.now, context.entropy);
        if let Some(reference) = &item.reference {
            name_error(reference)
                .into_iter()
                .for_each(|m| wrong("ref", m));
            if named.insert(reference.clone(), id).is_some() {
                wrong("ref", format!("`{reference}` names two pieces of evidence"));
            }
        }
        read.push(Evidence {
            id,
            party,
            kind: item.kind.clone(),
            strength: item.strength,
            issuing_country: item.issuing_country.clone(),
            reference: number,
            issued_on: item.issued_on,
            expires_on: item.expires_on,
            recorded_at: context.now,
        });
    }
    (read, named)
}

/// Reads checks about one party; `claims` are its present ones, `named` its evidence by name or id.
pub fn read_checks(
    at: &str,
    party: PartyId,
    checks: &[CheckIn],
    claims: &[Claim],
    named: &NamedEvidence,
    context: &FactContext<'_>,
    errors: &mut Vec<FieldError>,
) -> Vec<Check> {
    too_many(at, "checks", checks.len(), errors);
    let mut read = Vec::new();
    for (position, check) in checks.iter().enumerate().take(ITEMS_MAX) {
        let here = join(at, &format!("checks[{position}]"));
        let before = errors.len();
        let claims = claims_of(&here, check, claims, context, errors);
        let evidence = evidence_of(&here, check, named, errors);
        for (i, reason) in check.reasons.iter().enumerate() {
            name_error(reason).into_iter().for_each(|m| {
                errors.push(FieldError::new(join(&here, &format!("reasons[{i}]")), m))
            });
        }
        let run_at = check.at.unwrap_or(context.now);
        if run_at > context.now.plus_millis(SKEW_MAX_MS) {
            errors.push(FieldError::new(
                join(&here, "at"),
                format!("`{run_at}` is in the future"),
            ));
        }
        if errors.len() > before {
            continue;
        }
        read.push(Check {
            id: CheckId::new(context.now, context.entropy),
            party,
            method: check.method.clone(),
            evidence,
            claims,
            outcome: check.outcome,
            reasons: check.reasons.clone(),
            at: run_at,
            retry_at: check.retry_at,
            recorded_at: context.now,
        });
    }
    read
}

fn claims_of(
    here: &str,
    check: &CheckIn,
    claims: &[Claim],
    context: &FactContext<'_>,
    errors: &mut Vec<FieldError>,
) -> Vec<ClaimId> {
    let Some(method) = context.methods.get(&check.method) else {
        let shown: String = check
            .method
            .chars()
            .filter(|c| !c.is_control())
            .take(NAME_MAX_CHARS)
            .collect();
        let near = nearest(&shown, context.methods.ids());
        let hint = near
            .map(|n| format!(": did you mean `{n}`?"))
            .unwrap_or_default();
        errors.push(FieldError::new(
            join(here, "method"),
            format!("`{shown}` is not a known method{hint}"),
        ));
        return Vec::new();
    };
    for (i, name) in check.attributes.iter().enumerate() {
        let field = join(here, &format!("attributes[{i}]"));
        if context.registry.get(name).is_none() {
            errors.push(FieldError::new(field, context.registry.unknown(name)));
        } else if !claims.iter().any(|c| &c.attribute == name) {
            errors.push(FieldError::new(
                field,
                format!("nobody has claimed `{name}` of this party: add the claim first"),
            ));
        }
    }
    let about = |c: &&Claim| {
        if check.attributes.is_empty() {
            context.methods.shows(method, &c.attribute)
        } else {
            check.attributes.contains(&c.attribute)
        }
    };
    let found: Vec<ClaimId> = claims.iter().filter(about).map(|c| c.id).collect();
    if found.is_empty() && check.attributes.is_empty() {
        errors.push(FieldError::new(
            here,
            format!(
                "nothing that `{}` can show has been claimed of this party",
                check.method
            ),
        ));
    }
    found
}

fn evidence_of(
    here: &str,
    check: &CheckIn,
    named: &NamedEvidence,
    errors: &mut Vec<FieldError>,
) -> Vec<EvidenceId> {
    let mut found = Vec::new();
    for (i, name) in check.evidence.iter().enumerate() {
        if let Some(id) = named.get(name) {
            found.push(*id);
        } else {
            let shown: String = name
                .chars()
                .filter(|c| !c.is_control())
                .take(NAME_MAX_CHARS)
                .collect();
            let message = format!("`{shown}` is not the `ref` or id of evidence about this party");
            errors.push(FieldError::new(
                join(here, &format!("evidence[{i}]")),
                message,
            ));
        }
    }
    found
}
