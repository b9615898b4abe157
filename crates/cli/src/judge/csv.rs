//! Sign-ups as rows of a table: one holder a row, a column for each claim.
//!
//! | column | holds |
//! |---|---|
//! | `product`, `kind` | must be there: the product ordered, and `person` or `organisation` |
//! | `external_id`, `region`, `trial`, `opening_method` | as in the API |
//! | `claim.NAME` | the value of an attribute; several, where it can have several, with `;` between |
//! | `claim.NAME.PART` | a part of an address: `lines` (with `;` between), `city`, `region`, `postal_code`, `country` |
//! | `check.METHOD` | how a check ended: `pass`, `fail`, `inconclusive` |
//!
//! An empty cell says nothing. Another column is refused with its name, since a misspelt one would drop what it holds.

mod header;

use std::collections::BTreeMap;

use ::csv::StringRecord;
use bonafide_app::submission::{AccountIn, CheckIn, ClaimIn, FieldError, PartyIn, RoleIn, SignUp};
use bonafide_model::{RoleKind, ValueType};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use header::{Holds, PARTS};

/// Between several values in one cell.
const BETWEEN: char = ';';
/// Reference of the only party of a row.
const HOLDER: &str = "holder";

/// What the columns hold, in the order of the file.
#[derive(Debug)]
pub(super) struct Columns(Vec<(String, Holds)>);

/// Which column each claim and check of a row came from.
#[derive(Debug, Default)]
pub(super) struct Places {
    claims: Vec<String>,
    checks: Vec<String>,
}

impl Columns {
    /// A row as a sign-up.
    pub(super) fn sign_up(&self, row: &StringRecord) -> Result<(SignUp, Places), Vec<FieldError>> {
        let mut plain: BTreeMap<&str, &str> = BTreeMap::new();
        let (mut claims, mut addresses, mut checks) = (Vec::new(), BTreeMap::new(), Vec::new());
        let mut places = Places::default();
        for ((name, holds), cell) in self
            .0
            .iter()
            .zip(row)
            .filter(|(_, cell)| !cell.trim().is_empty())
        {
            match holds {
                Holds::Plain(column) => drop(plain.insert(column, cell.trim())),
                Holds::Claim {
                    attribute,
                    kind,
                    many,
                } => {
                    let cells = if *many { split(cell) } else { vec![cell] };
                    for cell in cells {
                        claims.push(claim(attribute, value(*kind, cell)));
                        places.claims.push(name.clone());
                    }
                }
                Holds::Part { attribute, part } => {
                    let address: &mut serde_json::Map<String, Value> =
                        addresses.entry(attribute).or_default();
                    let whole = if *part == "lines" {
                        json!(split(cell))
                    } else {
                        json!(cell.trim())
                    };
                    address.insert((*part).to_owned(), whole);
                }
                Holds::Check(method) => {
                    checks.push((name, method, cell.trim()));
                }
            }
        }
        for (attribute, parts) in addresses {
            claims.push(claim(attribute, Value::Object(parts)));
            places.claims.push(format!("claim.{attribute}"));
        }
        let mut errors = Vec::new();
        let checks = checks.into_iter().filter_map(|(name, method, outcome)| {
            places.checks.push(name.clone());
            check(method, outcome)
                .map_err(|message| errors.push(FieldError::new(name, message)))
                .ok()
        });
        let party = (claims, checks.collect());
        match sign_up(&plain, party, &mut errors) {
            Some(sign_up) if errors.is_empty() => Ok((sign_up, places)),
            _ => Err(errors),
        }
    }
}

impl Places {
    /// Mistakes with the column in the place of the field.
    pub(super) fn in_columns(&self, errors: Vec<FieldError>) -> Vec<FieldError> {
        let column = |field: &str| -> Option<String> {
            let (list, rest) = match field.strip_prefix("parties[0].claims[") {
                Some(rest) => (&self.claims, rest),
                None => (&self.checks, field.strip_prefix("parties[0].checks[")?),
            };
            let (position, rest) = rest.split_once(']')?;
            let name = list.get(position.parse::<usize>().ok()?)?;
            let part = rest.trim_start_matches(".value").trim_start_matches('.');
            let part = if PARTS.contains(&part) {
                format!(".{part}")
            } else {
                String::new()
            };
            Some(format!("{name}{part}"))
        };
        let renamed = errors.into_iter().map(|mut error| {
            error.field = column(&error.field)
                .unwrap_or_else(|| error.field.trim_start_matches("account.").to_owned());
            error
        });
        renamed.collect()
    }
}

fn sign_up(
    plain: &BTreeMap<&str, &str>,
    (claims, checks): (Vec<ClaimIn>, Vec<CheckIn>),
    errors: &mut Vec<FieldError>,
) -> Option<SignUp> {
    let text = |column: &str| plain.get(column).map(|t| (*t).to_owned());
    let product = needed(plain, "product", errors).map(str::to_owned);
    let kind = needed(plain, "kind", errors).and_then(|t| word(t, "kind", errors));
    let trial = plain.get("trial").map_or(Some(false), |t| flag(t, errors));
    let opening_method = plain
        .get("opening_method")
        .map(|t| word(t, "opening_method", errors));
    let holder = PartyIn {
        reference: HOLDER.to_owned(),
        id: None,
        kind: kind?,
        claims,
        evidence: Vec::new(),
        checks,
    };
    let role = RoleIn {
        party: HOLDER.to_owned(),
        kind: RoleKind::Holder,
        of: None,
        share: None,
    };
    let account = AccountIn {
        product: product?,
        region: text("region"),
        trial: trial?,
        opening_method: opening_method.unwrap_or_else(|| Some(Default::default()))?,
    };
    Some(SignUp {
        external_id: text("external_id"),
        account,
        parties: vec![holder],
        roles: vec![role],
    })
}

fn needed<'a>(
    plain: &BTreeMap<&str, &'a str>,
    column: &str,
    errors: &mut Vec<FieldError>,
) -> Option<&'a str> {
    let found = plain.get(column).copied();
    if found.is_none() {
        errors.push(FieldError::new(column, "is empty and must be there"));
    }
    found
}

fn flag(text: &str, errors: &mut Vec<FieldError>) -> Option<bool> {
    let read = text.parse().ok();
    if read.is_none() {
        errors.push(FieldError::new("trial", "write `true` or `false`"));
    }
    read
}

/// One of a closed list of words.
fn word<T: DeserializeOwned>(text: &str, column: &str, errors: &mut Vec<FieldError>) -> Option<T> {
    let read = serde_json::from_value(Value::String(text.to_owned()));
    read.map_err(|e| errors.push(FieldError::new(column, e.to_string())))
        .ok()
}

fn claim(attribute: &str, value: Value) -> ClaimIn {
    ClaimIn {
        attribute: attribute.to_owned(),
        value,
        valid_from: None,
        valid_to: None,
        source: None,
    }
}

fn check(method: &str, outcome: &str) -> Result<CheckIn, String> {
    let outcome = serde_json::from_value(Value::String(outcome.to_owned()));
    Ok(CheckIn {
        method: method.to_owned(),
        attributes: Vec::new(),
        evidence: Vec::new(),
        outcome: outcome.map_err(|_| "write `pass`, `fail` or `inconclusive`".to_owned())?,
        reasons: Vec::new(),
        at: None,
        retry_at: None,
    })
}

/// A cell as a value of its type; what does not read as one stays text, and is refused by the registry in its words.
fn value(kind: ValueType, cell: &str) -> Value {
    let cell = cell.trim();
    let typed = match kind {
        ValueType::Boolean => cell.parse::<bool>().ok().map(Value::from),
        ValueType::Integer => cell.parse::<i64>().ok().map(Value::from),
        _ => None,
    };
    typed.unwrap_or_else(|| Value::from(cell))
}

fn split(cell: &str) -> Vec<&str> {
    cell.split(BETWEEN)
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect()
}
