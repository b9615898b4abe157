//! Statements into a register: of each record the statement that was made last, none where that closed it.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value};

use super::register::{Absence, Detail, Interest, Party, Record, Register, Relationship, Share};
use crate::verdict::{Code, Reason};

fn refuse(text: impl Into<String>) -> Reason {
    Reason::new(Code::Reference, text)
}

fn text<'a>(map: &'a Map<String, Value>, name: &str) -> &'a str {
    map.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The register of statements that satisfy the schema.
pub(super) fn register(statements: &Value) -> Result<Register, Reason> {
    let statements = statements.as_array().map(Vec::as_slice).unwrap_or_default();
    let mut ids = HashSet::new();
    let mut last: BTreeMap<(&str, &str), &Map<String, Value>> = BTreeMap::new();
    let mut order = Vec::new();
    for statement in statements.iter().filter_map(Value::as_object) {
        let id = text(statement, "statementId");
        if !ids.insert(id) {
            return Err(refuse(format!(
                "two statements have the id {}",
                crate::quoted(Some(id))
            )));
        }
        let key = (text(statement, "recordType"), text(statement, "recordId"));
        // A record belongs to the declaration it is in; the same person may be stated in two.
        match last.get(&key) {
            Some(known) if text(known, "statementDate") > text(statement, "statementDate") => {}
            Some(_) => {
                last.insert(key, statement);
            }
            None => {
                order.push(key);
                last.insert(key, statement);
            }
        }
    }
    let mut out = Register::default();
    for key in order {
        let Some(statement) = last
            .get(&key)
            .filter(|s| text(s, "recordStatus") != "closed")
        else {
            continue;
        };
        let record = record(statement);
        match key.0 {
            "entity" => {
                out.entities.insert(key.1.to_owned(), record);
            }
            "person" => {
                out.persons.insert(key.1.to_owned(), record);
            }
            _ => out.relationships.push(relationship(key.1, record)?),
        }
    }
    consistent(&out)?;
    Ok(out)
}

fn record(statement: &Map<String, Value>) -> Record {
    let mut statement = statement.clone();
    let details = match statement.shift_remove("recordDetails") {
        Some(Value::Object(details)) => details,
        _ => Map::new(),
    };
    let absence = details
        .get("unspecifiedEntityDetails")
        .or_else(|| details.get("unspecifiedPersonDetails"))
        .and_then(detail);
    Record {
        statement,
        details,
        absence,
    }
}

fn detail(value: &Value) -> Option<Detail> {
    let reason = value.get("reason").and_then(Value::as_str)?;
    let description = value.get("description").and_then(Value::as_str);
    Some(Detail {
        reason: Absence::from_name(reason)?,
        description: description.map(str::to_owned),
    })
}

fn party(details: &Map<String, Value>, name: &str) -> Result<Party, Reason> {
    match details.get(name) {
        Some(Value::String(id)) => Some(Party::Record(id.clone())),
        Some(value) => detail(value).map(Party::Unspecified),
        None => None,
    }
    .ok_or_else(|| refuse(format!("a relationship has no `{name}`")))
}

fn relationship(id: &str, record: Record) -> Result<Relationship, Reason> {
    let interests = record.details.get("interests").and_then(Value::as_array);
    let interests = interests.into_iter().flatten().filter_map(Value::as_object);
    Ok(Relationship {
        record: id.to_owned(),
        subject: party(&record.details, "subject")?,
        interested_party: party(&record.details, "interestedParty")?,
        interests: interests.map(interest).collect::<Result<_, _>>()?,
        stated: record,
    })
}

fn interest(stated: &Map<String, Value>) -> Result<Interest, Reason> {
    let share = stated.get("share");
    let number = |name: &str| {
        share
            .and_then(|share| share.get(name))
            .and_then(Value::as_f64)
    };
    let share = Share {
        exact: number("exact"),
        minimum: number("minimum"),
        maximum: number("maximum"),
        exclusive_minimum: number("exclusiveMinimum"),
        exclusive_maximum: number("exclusiveMaximum"),
    };
    let low = share.minimum.or(share.exclusive_minimum);
    let high = share.maximum.or(share.exclusive_maximum);
    if low.zip(high).is_some_and(|(low, high)| low > high) {
        let text = "a share is at least more than it is at most";
        return Err(Reason::new(Code::Contradiction, text));
    }
    Ok(Interest {
        kind: text(stated, "type").to_owned(),
        directness: stated
            .get("directOrIndirect")
            .and_then(Value::as_str)
            .map(str::to_owned),
        beneficial: stated
            .get("beneficialOwnershipOrControl")
            .and_then(Value::as_bool),
        share,
        stated: stated.clone(),
    })
}

/// Subjects are entities; beneficial owners are persons. Records that are elsewhere are not judged.
fn consistent(register: &Register) -> Result<(), Reason> {
    for relationship in &register.relationships {
        if let Party::Record(id) = &relationship.subject
            && register.persons.contains_key(id)
            && !register.entities.contains_key(id)
        {
            return Err(refuse("the subject of a relationship is a person"));
        }
        let beneficial = relationship
            .interests
            .iter()
            .any(|i| i.beneficial == Some(true));
        if let Party::Record(id) = &relationship.interested_party
            && beneficial
            && register.entities.contains_key(id)
            && !register.persons.contains_key(id)
        {
            return Err(refuse(
                "a beneficial owner is an entity; only a person can be one",
            ));
        }
    }
    Ok(())
}
