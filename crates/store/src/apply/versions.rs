//! The versions that changes rest on.

use std::collections::{BTreeSet, HashMap};

use super::Trouble;
use super::check::Checked;
use crate::database::{Param, Transaction, params};
use crate::dialect::Dialect;
use crate::row::Reader;
use crate::{ApplyError, Subject};

/// Subjects whose versions are read by one query; more are read by several.
const SUBJECTS_AT_ONCE: usize = 1024;

/// The present versions of everything that a batch names.
pub(super) struct Versions(HashMap<(String, String), i64>);

impl Versions {
    /// Reads and locks them, parties before accounts before cases and each in the order of their ids, so that two processes cannot wait
    /// for each other.
    pub(super) async fn read(
        tx: &mut dyn Transaction,
        dialect: Dialect,
        group: &[Result<Checked, ApplyError>],
    ) -> Result<Self, Trouble> {
        let (mut parties, mut accounts, mut cases) =
            (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for checked in group.iter().flatten() {
            let tenant = checked.change.tenant.as_str();
            for subject in checked.expect.keys() {
                match subject {
                    Subject::Party(id) => parties.insert((tenant, id.to_string())),
                    Subject::Account(id) => accounts.insert((tenant, id.to_string())),
                    Subject::Case(id) => cases.insert((tenant, id.to_string())),
                };
            }
        }
        let mut versions = HashMap::new();
        for (table, column, named) in [
            ("party", "party_id", parties),
            ("account", "account_id", accounts),
            ("case_file", "case_id", cases),
        ] {
            let named: Vec<_> = named.into_iter().collect();
            for some in named.chunks(SUBJECTS_AT_ONCE) {
                let (values, params) = values(some);
                let sql = format!(
                    "WITH v(tenant, id) AS (VALUES {values}) SELECT p.tenant, p.{column}, p.version FROM v \
                     JOIN {table} p ON p.tenant = v.tenant AND p.{column} = v.id ORDER BY p.tenant, p.{column}{}",
                    dialect.lock_rows()
                );
                for row in tx.fetch(sql.into(), params).await? {
                    let mut row = Reader::new("party, account or case", row);
                    let subject = (row.text("tenant")?, row.text("id")?);
                    versions.insert(subject, row.int("version")?);
                }
            }
        }
        Ok(Self(versions))
    }

    /// Checks what a change expects and counts its versions up, all of them or none.
    pub(super) fn take(&mut self, checked: &Checked) -> Result<(), ApplyError> {
        let key = |subject: &Subject| {
            let id = match subject {
                Subject::Party(id) => id.to_string(),
                Subject::Account(id) => id.to_string(),
                Subject::Case(id) => id.to_string(),
            };
            (checked.change.tenant.clone(), id)
        };
        for (subject, expected) in &checked.expect {
            if self.0.get(&key(subject)).copied().unwrap_or(0) != *expected {
                return Err(ApplyError::Conflict { subject: *subject });
            }
        }
        for (subject, expected) in &checked.expect {
            self.0.insert(key(subject), expected + 1);
        }
        Ok(())
    }
}

/// Rows of two places each; their number is rounded up to a power of two by repeating the last one, so that there are few
/// different statements.
fn values(named: &[(&str, String)]) -> (String, Vec<Param>) {
    let mut params: Vec<Param> = Vec::new();
    let mut values = Vec::new();
    let last = named.last().into_iter().cycle();
    for (tenant, id) in named
        .iter()
        .chain(last)
        .take(named.len().next_power_of_two())
    {
        params.extend(params![*tenant, id.as_str()]);
        values.push(format!("(${}, ${})", params.len() - 1, params.len()));
    }
    (values.join(", "), params)
}
