//! The least epoch that keys may be wrapped under.
//!
//! Before an epoch's key is destroyed the least epoch is raised past it, and only then are the rows of that epoch wrapped
//! forward. Whoever still wraps under the old epoch is refused from that moment on, so that nothing can be written that
//! the destroyed key alone would open.

use std::collections::{BTreeSet, HashMap};

use super::Trouble;
use super::check::Checked;
use crate::database::{Transaction, params};
use crate::dialect::Dialect;
use crate::row::Reader;
use crate::{ApplyError, Op};

/// The least epoch of every tenant that new keys are stored for.
pub(super) struct LeastEpochs(HashMap<String, i64>);

impl LeastEpochs {
    /// Reads them, and keeps them as they are until the transaction ends.
    pub(super) async fn read(
        tx: &mut dyn Transaction,
        dialect: Dialect,
        group: &[Result<Checked, ApplyError>],
    ) -> Result<Self, Trouble> {
        let with_keys = group.iter().flatten().map(|checked| &checked.change);
        let with_keys = with_keys.filter(|c| c.ops.iter().any(|op| matches!(op, Op::PutKeys(_))));
        let tenants: BTreeSet<&str> = with_keys.map(|c| c.tenant.as_str()).collect();
        let mut least = HashMap::new();
        for tenant in tenants {
            let sql = format!(
                "SELECT p.least_epoch FROM tenant p WHERE p.tenant = $1{}",
                dialect.share_rows()
            );
            for row in tx.fetch(sql.into(), params![tenant]).await? {
                let epoch = Reader::new("tenant", row).int("least_epoch")?;
                least.insert(tenant.to_owned(), epoch);
            }
        }
        Ok(Self(least))
    }

    /// Refuses a change that stores keys under an earlier epoch.
    pub(super) fn allow(&self, checked: &Checked) -> Result<(), ApplyError> {
        let change = &checked.change;
        let least = self.0.get(&change.tenant).copied().unwrap_or(0);
        let epochs = change.ops.iter().filter_map(|op| match op {
            Op::PutKeys(row) => Some(row.epoch),
            _ => None,
        });
        match epochs.min() {
            Some(epoch) if epoch < least => Err(ApplyError::EpochOver { epoch }),
            _ => Ok(()),
        }
    }
}
