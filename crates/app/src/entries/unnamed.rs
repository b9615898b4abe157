//! Records about a subject that no entry points to: erased, or deleted.
//!
//! An erasure names the leaves that it made unreadable, also those that were waiting for their place. One that destroyed only
//! some fields of a leaf leaves the entry where it was, and excuses no record.

use std::collections::BTreeSet;

use bonafide_ledger::{Hash, Kind, Leaf};

use super::EntryAudit;
use crate::error::AppError;
use crate::keeping::names_fields;

/// Places of the ledger read at once.
const PLACES: u64 = 4_096;

/// Kinds whose every record is about a party, and has an entry until that party is erased.
const OF_A_SUBJECT: [Kind; 11] = [
    Kind::SignUp,
    Kind::PartyAdded,
    Kind::ClaimsAdded,
    Kind::EvidenceAdded,
    Kind::CheckRecorded,
    Kind::RoleChanged,
    Kind::Screened,
    Kind::Assessed,
    Kind::ErasureRefused,
    Kind::Hold,
    Kind::HoldReleased,
];

/// Kinds of records that are about a party or about nobody; the first commitment tells.
const OF_SOME_SUBJECT: [Kind; 4] = [
    Kind::CaseOpened,
    Kind::CaseNoted,
    Kind::CaseDecided,
    Kind::CaseClosed,
];
/// The first commitment of a record about a party.
const SUBJECT: &str = "subject-0";

impl EntryAudit<'_> {
    /// Looks for them among the first `size` records; erasures count wherever they stand.
    pub(super) async fn unnamed(&mut self, size: u64) -> Result<(), AppError> {
        let (store, name) = (self.app.store(), &self.tenant.name);
        let mut erased: BTreeSet<Hash> = BTreeSet::new();
        for waiting in store.waiting_of_kind(name, Kind::Erasure.as_str()).await? {
            erased.extend(named(Leaf::parse(&waiting.leaf).ok()));
        }
        let end = store.head(name).await?.map_or(0, |h| h.size).max(size);
        let mut orphans = Vec::new();
        for start in (0..end).step_by(usize::try_from(PLACES).unwrap_or(usize::MAX)) {
            let rows = store
                .index_rows(name, start..end.min(start + PLACES))
                .await?;
            for row in rows {
                if row.kind == Kind::Erasure.as_str() {
                    erased.extend(named(self.leaf_in_tree(row.index).await?));
                } else if row.index < size
                    && !self.pointed.contains(&row.index)
                    && self.is_about_a_party(&row.kind, row.index).await?
                {
                    orphans.push(row);
                }
            }
        }
        orphans.retain(|row| !erased.contains(&row.leaf_hash));
        for row in orphans {
            self.report.wrong(format!(
                "record `{}`: its entry ({}) was deleted, and no erasure names it",
                row.record, row.kind
            ));
        }
        Ok(())
    }
}

/// The leaves that an erasure made unreadable as a whole.
fn named(leaf: Option<Leaf>) -> Vec<Hash> {
    let whole = leaf.filter(|leaf| !names_fields(leaf));
    whole.map(|leaf| leaf.refs).unwrap_or_default()
}

impl EntryAudit<'_> {
    async fn is_about_a_party(&mut self, kind: &str, index: u64) -> Result<bool, AppError> {
        let is_one_of = |kinds: &[Kind]| kinds.iter().any(|k| k.as_str() == kind);
        if !is_one_of(&OF_SOME_SUBJECT) {
            return Ok(is_one_of(&OF_A_SUBJECT));
        }
        let leaf = self.leaf_in_tree(index).await?;
        Ok(leaf.is_some_and(|leaf| leaf.commitments.iter().any(|c| c.field == SUBJECT)))
    }
}
