//! Beneficial ownership statements: the Beneficial Ownership Data Standard 0.4, in and out.
//!
//! In: a list of statements, held to the official schema and then to what no schema can say (ids once, references to the
//! right kind of record); a [`Register`] of what they state at last. Out: [`Register::statements`]. An owner who is not
//! known, one who need not be told, and the statement that there is none are three things and stay so. Refuses:
//! statements that contradict the schema or each other. Source: Beneficial Ownership Data Standard 0.4.

mod export;
mod import;
mod register;

use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::context::Reader;
use crate::schema;
use crate::verdict::{Reason, Verdict};

pub use export::Publication;
pub use register::{Absence, Detail, Interest, Party, Record, Register, Relationship, Share};

/// Bytes of a file of statements; registers are published in pieces.
pub(crate) const MOST_BYTES: usize = 16 * 1024 * 1024;

static STATEMENTS: LazyLock<Result<Validator, String>> = LazyLock::new(|| {
    schema::compile(
        include_str!("../data/bods/statement.json"),
        &[
            include_str!("../data/bods/components.json"),
            include_str!("../data/bods/entity-record.json"),
            include_str!("../data/bods/person-record.json"),
            include_str!("../data/bods/relationship-record.json"),
        ],
    )
});

impl Register {
    /// Reads statements.
    ///
    /// # Errors
    /// If they are not strict JSON, not what the schema asks for, or contradict each other; with a reason for each of the
    /// first mistakes.
    pub fn read(bytes: &[u8]) -> Result<Self, Vec<Reason>> {
        let value = crate::strict_json(bytes, "the statements").map_err(|reason| vec![reason])?;
        schema::check(&STATEMENTS, &value, "the statements")?;
        import::register(&value).map_err(|reason| vec![reason])
    }
}

/// The kind `bods`.
pub(crate) fn check(input: &[u8], _: &mut Reader<'_>) -> Result<Verdict, Reason> {
    let register = match Register::read(input) {
        Ok(register) => register,
        Err(reasons) => return Ok(Verdict::refused(reasons)),
    };
    let owners: Vec<Value> = register
        .relationships
        .iter()
        .map(|relationship| {
            json!({
                "subject": party(&relationship.subject),
                "interested_party": party(&relationship.interested_party),
                "interests": relationship.interests.iter().map(|i| i.kind.as_str()).collect::<Vec<_>>(),
            })
        })
        .collect();
    let absent = |wanted: fn(&Absence) -> bool| register.absences().filter(wanted).count();
    Ok(Verdict::valid(
        None,
        json!({
            "entities": register.entities.len(),
            "persons": register.persons.len(),
            "relationships": owners,
            "unknown": absent(Absence::is_unknown),
            "exempt": absent(Absence::is_exempt),
            "none": absent(|absence| *absence == Absence::NoBeneficialOwners),
            "unresolved": register.unresolved(),
        }),
    ))
}

fn party(party: &Party) -> Value {
    match party {
        Party::Record(id) => json!({"record": id}),
        Party::Unspecified(detail) => json!({"unspecified": detail.reason.as_str()}),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_published_schema_compiles() {
        assert_eq!(super::STATEMENTS.as_ref().err(), None);
    }
}
