//! The header of a table of sign-ups: what each column holds, or which one is no column.

use ::csv::StringRecord;
use bonafide_model::registry::nearest;
use bonafide_model::{Registry, ValueType};
use bonafide_policy::method::MethodSet;

use super::Columns;

/// Columns about the account and the holder.
const PLAIN: [&str; 6] = [
    "external_id",
    "product",
    "region",
    "trial",
    "opening_method",
    "kind",
];
/// Parts of an address.
pub(super) const PARTS: [&str; 5] = ["lines", "city", "region", "postal_code", "country"];

/// What a column holds.
#[derive(Debug)]
pub(super) enum Holds {
    Plain(&'static str),
    Claim {
        attribute: String,
        kind: ValueType,
        many: bool,
    },
    Part {
        attribute: String,
        part: &'static str,
    },
    Check(String),
}

impl Columns {
    /// Reads the header, or says which column is not one.
    pub(in crate::judge) fn read(
        header: &StringRecord,
        registry: &Registry,
        methods: &MethodSet,
    ) -> anyhow::Result<Self> {
        let mut columns: Vec<(String, Holds)> = Vec::new();
        for name in header.iter().map(str::trim) {
            let holds = holds(name, registry, methods)
                .map_err(|e| anyhow::anyhow!("column `{name}`: {e}"))?;
            anyhow::ensure!(
                columns.iter().all(|(n, _)| n != name),
                "column `{name}` stands twice"
            );
            columns.push((name.to_owned(), holds));
        }
        for needed in ["product", "kind"] {
            let there = columns.iter().any(|(name, _)| name == needed);
            anyhow::ensure!(
                there,
                "the header has no column `{needed}`: see docs/judge.md"
            );
        }
        Ok(Self(columns))
    }
}

fn holds(name: &str, registry: &Registry, methods: &MethodSet) -> Result<Holds, String> {
    if let Some(plain) = PLAIN.into_iter().find(|p| *p == name) {
        return Ok(Holds::Plain(plain));
    }
    if let Some(method) = name.strip_prefix("check.") {
        let known = methods.get(method).is_some();
        let ids = methods.methods().iter().map(|m| &*m.id);
        let near = || nearest(method, ids).map(|n| format!(": did you mean `check.{n}`?"));
        return match known {
            true => Ok(Holds::Check(method.to_owned())),
            false => Err(format!(
                "`{method}` is not a known method{}",
                near().unwrap_or_default()
            )),
        };
    }
    let Some(claim) = name.strip_prefix("claim.") else {
        let near = nearest(name, PLAIN.into_iter()).map(|n| format!("did you mean `{n}`? "));
        let known = PLAIN.join("`, `");
        return Err(format!(
            "{}write `{known}`, `claim.NAME` or `check.METHOD`",
            near.unwrap_or_default()
        ));
    };
    let (attribute, part) = claim
        .split_once('.')
        .map_or((claim, None), |(a, p)| (a, Some(p)));
    let known = registry
        .get(attribute)
        .ok_or_else(|| registry.unknown(attribute))?;
    let attribute = attribute.to_owned();
    match (known.value_type, part) {
        (ValueType::Address, Some(part)) => {
            let part = PARTS.into_iter().find(|p| *p == part);
            let part =
                part.ok_or_else(|| format!("an address has the parts {}", PARTS.join(", ")))?;
            Ok(Holds::Part { attribute, part })
        }
        (ValueType::Address, None) => Err(format!(
            "an address has a column for each part, such as `{name}.country`"
        )),
        (_, Some(_)) => Err(format!(
            "`{attribute}` has no parts: write `claim.{attribute}`"
        )),
        (ValueType::Derived, None) => {
            Err(format!("`{attribute}` is derived and cannot be claimed"))
        }
        (kind, None) => Ok(Holds::Claim {
            attribute,
            kind,
            many: known.many,
        }),
    }
}
