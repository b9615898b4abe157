//! Erasing again, while a back-up is restored, what was erased after it was made: before anybody can read it.

use bonafide_ledger::leaf_hash;
use bonafide_model::{PartyId, RecordId, Timestamp};

use super::Restoration;
use crate::apply::{apply_in, erase_again};
use crate::database::{Cell, params};
use crate::read::bundle_in;
use crate::rows::PartyBundle;
use crate::{Change, Op, StoreError, Subject};

/// A party that was erased after the back-up was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EraseAgain {
    /// Whose data it was in.
    pub tenant: String,
    /// The party.
    pub party: PartyId,
    /// When it was erased.
    pub at: Timestamp,
}

/// Items of a party that were erased after the back-up was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutAgain {
    /// Whose.
    pub party: PartyId,
    /// The record that the item is in.
    pub record: RecordId,
    /// Its name there.
    pub item: String,
    /// Its record class.
    pub class: String,
    /// When it was erased.
    pub at: Timestamp,
}

impl Restoration {
    /// A party as it was loaded, sealed.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn sealed(
        &mut self,
        tenant: &str,
        party: PartyId,
    ) -> Result<Option<PartyBundle>, StoreError> {
        bundle_in(&mut *self.tx, tenant, party).await
    }

    /// Cuts items out of a party by these operations, and remembers which until that is recorded.
    ///
    /// # Errors
    /// If the operations do not fit what was loaded, or the database fails.
    pub async fn cut(
        &mut self,
        tenant: &str,
        of: &PartyBundle,
        ops: Vec<Op>,
        items: &[CutAgain],
    ) -> Result<(), StoreError> {
        let change = Change {
            tenant: tenant.to_owned(),
            expect: vec![(Subject::Party(of.party.party), of.party.version)],
            ops,
        };
        apply_in(&mut *self.tx, change).await?;
        for one in items {
            let sql = "INSERT INTO cut_again (tenant, party_id, record_id, item, class, erased_at) \
                       VALUES ($1, $2, $3, $4, $5, $6)";
            let (item, class) = (one.item.as_str(), one.class.as_str());
            let params = params![tenant, one.party, one.record, item, class, one.at];
            self.tx.execute(sql.into(), params).await?;
        }
        Ok(())
    }

    /// Erases a party again, and remembers the leaves of its records until the erasure is recorded.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn erase(&mut self, erasure: &EraseAgain) -> Result<(), StoreError> {
        let (tenant, party) = (erasure.tenant.as_str(), erasure.party);
        let sql = "SELECT r.leaf_hash, r.leaf FROM entry e JOIN record r \
                   ON r.tenant = e.tenant AND r.record_id = e.record_id \
                   WHERE e.tenant = $1 AND e.party_id = $2 ORDER BY r.record_id";
        let mut leaves = Vec::new();
        for row in self.tx.fetch(sql.into(), params![tenant, party]).await? {
            match row.as_slice() {
                [Cell::Blob(hash), _] => leaves.extend_from_slice(hash),
                [_, Cell::Blob(leaf)] => leaves.extend_from_slice(&leaf_hash(leaf).0),
                _ => {}
            }
        }
        let sql = "INSERT INTO erased_again (tenant, party_id, erased_at, leaves) VALUES ($1, $2, $3, $4)";
        let params = params![tenant, party, erasure.at, leaves];
        self.tx.execute(sql.into(), params).await?;
        let sql = "INSERT INTO erased_account (tenant, account_id, party_id) \
                   SELECT tenant, account_id, holder FROM account WHERE tenant = $1 AND holder = $2";
        self.tx.execute(sql.into(), params![tenant, party]).await?;
        erase_again(&mut *self.tx, tenant, party).await
    }
}
