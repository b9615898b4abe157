//! Published JSON schemas, compiled in and checked with their formats.
//!
//! A schema that refers to others holds them inside of it, by their own identifiers, so that nothing is fetched.

use jsonschema::Validator;
use serde_json::{Map, Value};

use crate::verdict::{Code, Reason};

/// Mistakes that are named; the rest follow from them more often than not.
const NAMED_MAX: usize = 5;

/// A schema and those it refers to.
pub(crate) fn compile(main: &str, others: &[&str]) -> Result<Validator, String> {
    let read = |text: &str| serde_json::from_str::<Value>(text).map_err(|error| error.to_string());
    let mut main = read(main)?;
    let whole = main.as_object_mut().ok_or("the schema is not an object")?;
    let parts = whole
        .entry("$defs")
        .or_insert_with(|| Value::Object(Map::new()));
    for (n, other) in others.iter().enumerate() {
        let parts = parts.as_object_mut().ok_or("`$defs` is not an object")?;
        parts.insert(format!("other{n}"), read(other)?);
    }
    jsonschema::options()
        .should_validate_formats(true)
        .offline()
        .build(&main)
        .map_err(|error| error.to_string())
}

/// Refuses what a schema does not allow. The reasons name places, not values.
pub(crate) fn check(
    schema: &Result<Validator, String>,
    value: &Value,
    what: &str,
) -> Result<(), Vec<Reason>> {
    let schema = schema.as_ref().map_err(|error| {
        vec![Reason::new(
            Code::Context,
            format!("the schema of {what} cannot be used: {error}"),
        )]
    })?;
    let named = schema.iter_errors(value).take(NAMED_MAX).map(|error| {
        let at = error.instance_path().to_string();
        let place = if at.is_empty() {
            "the whole"
        } else {
            at.as_str()
        };
        let text = format!("{what}, {place}: {}", error.masked());
        Reason::new(Code::Schema, text)
    });
    let reasons: Vec<Reason> = named.collect();
    if reasons.is_empty() {
        Ok(())
    } else {
        Err(reasons)
    }
}
