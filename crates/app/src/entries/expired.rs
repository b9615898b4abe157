//! What went of a party that is still there: the commitments that recorded leaves name as destroyed.

use std::collections::BTreeSet;

use bonafide_ledger::{Hash, Kind};
use bonafide_model::PartyId;

use super::{EntryAudit, stored};
use crate::error::AppError;
use crate::keeping::names_fields;

/// What went.
#[derive(Default)]
pub(super) struct Gone {
    /// The record classes.
    pub(super) classes: BTreeSet<String>,
    /// The commitments that nobody can open any more.
    pub(super) commitments: BTreeSet<Hash>,
}

impl EntryAudit<'_> {
    /// Reads the leaves that the rows of a party name. A row without its leaf excuses nothing.
    pub(super) async fn gone(&mut self, party: PartyId) -> Result<Gone, AppError> {
        let mut gone = Gone::default();
        let rows = self.app.store().expired(&self.tenant.name, party).await;
        let Some(rows) = stored(rows)? else {
            self.report.wrong(format!(
                "party `{party}`: what was erased of it cannot be read"
            ));
            return Ok(gone);
        };
        for row in rows {
            let leaf = self.leaf(row.record).await?;
            let named = leaf.filter(|leaf| {
                matches!(leaf.kind, Kind::Expiry | Kind::Erasure) && names_fields(leaf)
            });
            match named {
                Some(leaf) if leaf.at == row.at => {
                    gone.classes.insert(row.class);
                    gone.commitments
                        .extend(leaf.commitments.iter().map(|c| c.hash));
                }
                _ => self.report.wrong(format!(
                    "party `{party}`: that its `{}` was erased is not what the ledger has of record `{}`",
                    row.class, row.record
                )),
            }
        }
        Ok(gone)
    }
}
