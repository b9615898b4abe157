//! Records about a subject that no entry points to: erased, or deleted.
//!
//! An erasure names the leaves that it made unreadable. A leaf that was still waiting for its place then is not among
//! them; it took its place no later than in the signed head after the erasure's own, which is as far as it is excused.

use std::collections::BTreeSet;

use bonafide_ledger::{Hash, Kind, Leaf};

use super::EntryAudit;
use crate::error::AppError;

/// Places of the ledger read at once.
const PLACES: u64 = 4_096;

/// Kinds whose every record is about a party, and has an entry until that party is erased.
const OF_A_SUBJECT: [Kind; 10] = [
    Kind::SignUp,
    Kind::PartyAdded,
    Kind::ClaimsAdded,
    Kind::EvidenceAdded,
    Kind::CheckRecorded,
    Kind::RoleChanged,
    Kind::Screened,
    Kind::Assessed,
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
        let mut erasures: Vec<u64> = Vec::new();
        for waiting in store.waiting_of_kind(name, Kind::Erasure.as_str()).await? {
            erasures.push(u64::MAX);
            erased.extend(
                Leaf::parse(&waiting.leaf)
                    .map(|l| l.refs)
                    .unwrap_or_default(),
            );
        }
        let end = store.head(name).await?.map_or(0, |h| h.size).max(size);
        let mut orphans = Vec::new();
        for start in (0..end).step_by(usize::try_from(PLACES).unwrap_or(usize::MAX)) {
            let rows = store
                .index_rows(name, start..end.min(start + PLACES))
                .await?;
            for row in rows {
                if row.kind == Kind::Erasure.as_str() {
                    erasures.push(row.index);
                    let leaf = self.leaf_in_tree(row.index).await?;
                    erased.extend(leaf.map(|l| l.refs).unwrap_or_default());
                } else if row.index < size
                    && !self.pointed.contains(&row.index)
                    && self.is_about_a_party(&row.kind, row.index).await?
                {
                    orphans.push(row);
                }
            }
        }
        let heads: Vec<u64> = store
            .checkpoints(name)
            .await?
            .iter()
            .map(|c| c.size)
            .collect();
        orphans.retain(|row| !erased.contains(&row.leaf_hash));
        orphans.retain(|row| !may_have_waited(row.index, &erasures, &heads));
        for row in orphans {
            self.report.wrong(format!(
                "record `{}`: its entry ({}) was deleted, and no erasure names it",
                row.record, row.kind
            ));
        }
        Ok(())
    }
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

/// Whether a record can have been without its place when somebody was erased. `heads` are sizes, smallest first.
fn may_have_waited(index: u64, erasures: &[u64], heads: &[u64]) -> bool {
    let mut after = heads.iter().filter(|size| **size > index);
    let (_, second) = (after.next(), after.next());
    let before_second = |place: u64| second.is_none_or(|second| place < *second);
    erasures.iter().any(|e| *e > index && before_second(*e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_erasure_excuses_what_was_placed_with_it_or_one_head_before() {
        let heads = [4, 8, 12, 16];
        for (index, erasure, excused) in [
            (2, 3, true),
            (2, 5, true),
            (2, 8, false),
            (5, 3, false),
            (5, 11, true),
            (5, 12, false),
            (5, u64::MAX, false),
            (14, u64::MAX, true),
        ] {
            let got = may_have_waited(index, &[erasure], &heads);
            assert_eq!(got, excused, "{index} {erasure}");
        }
    }
}
