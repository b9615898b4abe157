//! A register as statements that others can read.

use serde_json::{Map, Value, json};

use super::register::{Detail, Interest, Party, Record, Register, Relationship, Share};

/// The version of the standard that is written.
const VERSION: &str = "0.4";

/// Who publishes, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// The publisher's name.
    pub publisher: String,
    /// The day of the publication, and of statements that had none.
    pub date: String,
    /// The record that the statements are about.
    pub subject: String,
}

impl Register {
    /// The statements: entities and persons first, since a relationship must follow what it names. `statement_id` makes an
    /// id of 32 to 64 characters from a record's type and id, for records that came without one.
    pub fn statements(
        &self,
        publication: &Publication,
        mut statement_id: impl FnMut(&str, &str) -> String,
    ) -> Value {
        let mut out = Vec::new();
        for (kind, records) in [("entity", &self.entities), ("person", &self.persons)] {
            for (id, record) in records {
                let statement = statement(kind, id, record, publication, &mut statement_id);
                out.push(with_details(statement, record.details.clone()));
            }
        }
        for relationship in &self.relationships {
            let stated = &relationship.stated;
            let id = &relationship.record;
            let statement = statement("relationship", id, stated, publication, &mut statement_id);
            out.push(with_details(statement, details(relationship)));
        }
        Value::Array(out)
    }
}

fn with_details(mut statement: Map<String, Value>, details: Map<String, Value>) -> Value {
    statement.insert("recordDetails".into(), Value::Object(details));
    Value::Object(statement)
}

/// The statement around a record: as it came, with what is missing filled in.
fn statement(
    kind: &str,
    id: &str,
    record: &Record,
    publication: &Publication,
    statement_id: &mut impl FnMut(&str, &str) -> String,
) -> Map<String, Value> {
    let mut out = record.statement.clone();
    let mut fill = |name: &str, value: Value| {
        out.entry(name.to_owned()).or_insert(value);
    };
    if !record.statement.contains_key("statementId") {
        fill("statementId", json!(statement_id(kind, id)));
    }
    fill("statementDate", json!(publication.date));
    fill("declarationSubject", json!(publication.subject));
    fill("recordId", json!(id));
    fill("recordType", json!(kind));
    fill("recordStatus", json!("new"));
    fill(
        "publicationDetails",
        json!({
            "publicationDate": publication.date,
            "bodsVersion": VERSION,
            "publisher": {"name": publication.publisher},
        }),
    );
    out
}

fn details(relationship: &Relationship) -> Map<String, Value> {
    let mut details = relationship.stated.details.clone();
    details
        .entry("isComponent".to_owned())
        .or_insert(json!(false));
    details.insert("subject".into(), party(&relationship.subject));
    details.insert(
        "interestedParty".into(),
        party(&relationship.interested_party),
    );
    if !relationship.interests.is_empty() {
        let interests = relationship.interests.iter().map(interest).collect();
        details.insert("interests".into(), Value::Array(interests));
    }
    details
}

fn party(party: &Party) -> Value {
    match party {
        Party::Record(id) => json!(id),
        Party::Unspecified(detail) => unspecified(detail),
    }
}

fn unspecified(detail: &Detail) -> Value {
    let mut out = Map::new();
    out.insert("reason".into(), json!(detail.reason.as_str()));
    if let Some(description) = &detail.description {
        out.insert("description".into(), json!(description));
    }
    Value::Object(out)
}

fn interest(interest: &Interest) -> Value {
    let mut out = interest.stated.clone();
    if !interest.kind.is_empty() {
        out.insert("type".into(), json!(interest.kind));
    }
    if let Some(directness) = &interest.directness {
        out.insert("directOrIndirect".into(), json!(directness));
    }
    if let Some(beneficial) = interest.beneficial {
        out.insert("beneficialOwnershipOrControl".into(), json!(beneficial));
    }
    if !out.contains_key("share") && interest.share != Share::default() {
        let share = interest.share;
        let parts = [
            ("exact", share.exact),
            ("minimum", share.minimum),
            ("maximum", share.maximum),
            ("exclusiveMinimum", share.exclusive_minimum),
            ("exclusiveMaximum", share.exclusive_maximum),
        ];
        let parts = parts
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), json!(value?))));
        out.insert("share".into(), Value::Object(parts.collect()));
    }
    Value::Object(out)
}
