//! Mappings: which column of an earlier system's export says what, as a TOML file (`docs/import.md`).
//!
//! A mapping names attributes of the registry and a small closed set of transforms. One with a mistake is refused with
//! its line; a key that is not known here is a mistake.

mod check;
mod raw;

use bonafide_ledger::{Hash, sha256};
use bonafide_model::{Assurance, Registry, Strength};
use bonafide_policy::MethodSet;

use super::transform::Transform;

pub(crate) use check::MappingError;
pub(crate) use raw::{About, Whose};

/// The mapping of WHMCS client exports.
pub(crate) const WHMCS: &str = include_str!("../../mappings/whmcs.toml");
/// The mapping of a generic customer database.
pub(crate) const CRM: &str = include_str!("../../mappings/crm.toml");

/// A mapping, checked.
#[derive(Debug, Clone)]
pub(crate) struct Mapping {
    pub(crate) id: String,
    pub(crate) source: String,
    pub(crate) delimiter: u8,
    pub(crate) digest: Hash,
    pub(crate) organisation_when: Test,
    pub(crate) account: Account,
    pub(crate) claims: Vec<Claim>,
    pub(crate) verdicts: Vec<Verdict>,
    /// Columns that are known and left out on purpose.
    pub(crate) ignored: Vec<String>,
}

/// What is said of the account.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) external_id: Field,
    pub(crate) product: Field,
    pub(crate) region: Option<Field>,
    pub(crate) opened_at: Option<Field>,
    pub(crate) closed: Test,
    pub(crate) closed_at: Option<Field>,
    pub(crate) last_access_at: Option<Field>,
    pub(crate) asserted_at: Option<Field>,
}

/// What is asserted of a party.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    pub(crate) attribute: String,
    pub(crate) whose: Whose,
    pub(crate) says: Says,
}

/// Where a claim's value comes from.
#[derive(Debug, Clone)]
pub(crate) enum Says {
    /// One value.
    Value(Field),
    /// The parts of an address.
    Address(Vec<(&'static str, Field)>),
}

/// A verdict of somebody else that is taken as evidence.
#[derive(Debug, Clone)]
pub(crate) struct Verdict {
    pub(crate) whose: Whose,
    pub(crate) method: String,
    pub(crate) attributes: Vec<String>,
    pub(crate) strength: Strength,
    pub(crate) when: Test,
    pub(crate) at: Field,
    pub(crate) by: Field,
    pub(crate) reference: Option<Field>,
    pub(crate) expires_on: Option<Field>,
    pub(crate) contract: String,
    pub(crate) assurance: Assurance,
    /// Where it stands in the text, for what only the methods in use can tell.
    span: std::ops::Range<usize>,
}

/// Where a value comes from, and what is done with it.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) from: From,
    pub(crate) transform: Transform,
    /// What it says where the cell is empty.
    pub(crate) default: Option<String>,
    /// Whether a value that cannot be read is left out, and the row taken all the same.
    pub(crate) leave_out: bool,
    /// Whether the column may be missing.
    pub(crate) optional: bool,
}

/// Where a value comes from.
#[derive(Debug, Clone)]
pub(crate) enum From {
    /// The first of these columns that the file has.
    Column(Vec<String>),
    /// All of these, with something between.
    Joined(Vec<String>, String),
    /// No column.
    Constant(String),
}

/// A question to a row.
#[derive(Debug, Clone)]
pub(crate) enum Test {
    /// The same for all.
    Always(bool),
    /// Whether the cell holds anything.
    Filled(Vec<String>),
    /// Whether the cell holds one of these words.
    Is(Vec<String>, Vec<String>),
}

impl Mapping {
    /// Reads a mapping.
    pub(crate) fn parse(file: &str, text: &str, registry: &Registry) -> Result<Self, MappingError> {
        check::parse(file, text, registry)
    }

    /// Checks the verdicts against the methods in use: none may stand for more than is declared.
    pub(crate) fn check_methods(
        &self,
        file: &str,
        text: &str,
        registry: &Registry,
        methods: &MethodSet,
    ) -> Result<(), MappingError> {
        check::methods(self, file, text, registry, methods)
    }

    /// Every column that it names, by whether the file must have it.
    pub(crate) fn columns(&self) -> Vec<(&[String], bool)> {
        let mut found = Vec::new();
        for field in self.fields() {
            match &field.from {
                From::Column(names) => found.push((names.as_slice(), !field.optional)),
                From::Joined(names, _) => {
                    let each = names.iter().map(std::slice::from_ref);
                    found.extend(each.map(|n| (n, !field.optional)));
                }
                From::Constant(_) => {}
            }
        }
        let tests = self.verdicts.iter().map(|v| &v.when);
        for test in tests.chain([&self.organisation_when, &self.account.closed]) {
            match test {
                Test::Filled(names) | Test::Is(names, _) => found.push((names, false)),
                Test::Always(_) => {}
            }
        }
        let transforms = self.fields().into_iter().map(|f| &f.transform);
        for transform in transforms {
            if let Transform::Phone(Some(column)) = transform {
                found.push((std::slice::from_ref(column), false));
            }
        }
        found
    }

    fn fields(&self) -> Vec<&Field> {
        let account = &self.account;
        let mut fields = vec![&account.external_id, &account.product];
        fields.extend(
            [
                &account.region,
                &account.opened_at,
                &account.closed_at,
                &account.last_access_at,
                &account.asserted_at,
            ]
            .into_iter()
            .flatten(),
        );
        for claim in &self.claims {
            match &claim.says {
                Says::Value(field) => fields.push(field),
                Says::Address(parts) => fields.extend(parts.iter().map(|(_, f)| f)),
            }
        }
        for verdict in &self.verdicts {
            fields.extend([&verdict.at, &verdict.by]);
            fields.extend(verdict.reference.iter().chain(&verdict.expires_on));
        }
        fields
    }
}

fn digest(text: &str) -> Hash {
    sha256(text.as_bytes())
}
