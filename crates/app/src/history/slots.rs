//! Slots: numbers that stand for accounts in the histories of addresses.
//!
//! A slot is found by a keyed hash of the id that the account has outside, and that id is sealed beside it. Forgetting
//! both is level 1 of deletion: the rows stay and are nobody's.

use std::collections::{HashMap, HashSet};

use bonafide_ledger::Kind;
use bonafide_model::AccountId;
use bonafide_seal::{Aad, BodyMacKey, ContentKey, envelope};
use bonafide_store::{ApplyError, HistoryOp, Op, SLOTS_MAX, SlotRow};

use crate::error::AppError;
use crate::once::ATTEMPTS_MAX;
use crate::recorder::Recorder;
use crate::tenant::Tenant;
use crate::{Actor, App};

/// Bytes of the id that an account has outside.
pub(crate) const NAME_MAX_BYTES: usize = 256;
/// Slots in one change: they are sealed and written at once.
const SLOTS_A_CHANGE: usize = 4096;

/// What slots are found and sealed by.
pub(crate) struct SlotKeys {
    token: BodyMacKey,
    name: ContentKey,
}

impl SlotKeys {
    pub(crate) fn of(app: &App, tenant: &Tenant) -> Result<Self, AppError> {
        let keyring = app.keyring();
        let keys = keyring.tenant(&tenant.name);
        let keys = keys.ok_or_else(|| AppError::internal("the tenant has no keys"))?;
        Ok(Self {
            token: keys.history_token_key().map_err(AppError::internal)?,
            name: keys.history_key().map_err(AppError::internal)?,
        })
    }

    pub(crate) fn token(&self, name: &str) -> Vec<u8> {
        let hash = self.token.hash("history/slot", name, &[]);
        hash.as_bytes().to_vec()
    }

    /// The id outside that a slot stands for; `None` once it was unlinked.
    pub(crate) fn name(&self, tenant: &Tenant, row: &SlotRow) -> Result<Option<String>, AppError> {
        let Some(sealed) = &row.name else {
            return Ok(None);
        };
        let record = row.slot.to_string();
        let plain = envelope::open(&self.name, &aad(&tenant.name, &record), sealed);
        let plain = plain.map_err(AppError::internal)?;
        let text = String::from_utf8(plain.expose().clone());
        text.map(Some).map_err(AppError::internal)
    }
}

fn aad<'a>(tenant: &'a str, record: &'a str) -> Aad<'a> {
    Aad {
        tenant,
        record,
        field: "history-name",
        version: 1,
    }
}

impl App {
    /// The slots of accounts by their ids outside; those that have none are given one, and that is recorded.
    pub(crate) async fn slots_for(
        &self,
        actor: &Actor,
        tenant: &Tenant,
        names: &HashSet<&str>,
    ) -> Result<HashMap<String, u32>, AppError> {
        let keys = SlotKeys::of(self, tenant)?;
        let mut found = HashMap::with_capacity(names.len());
        let mut rest: Vec<&str> = names.iter().copied().collect();
        rest.sort_unstable();
        for some in rest.chunks(SLOTS_A_CHANGE.min(SLOTS_MAX)) {
            let tokens: HashMap<Vec<u8>, &str> = some.iter().map(|n| (keys.token(n), *n)).collect();
            for _ in 0..ATTEMPTS_MAX {
                let known: Vec<Vec<u8>> = tokens.keys().cloned().collect();
                for row in self.store().slots_by_token(&tenant.name, &known).await? {
                    let name = row.token.as_ref().and_then(|t| tokens.get(t));
                    found.extend(name.map(|n| ((*n).to_owned(), row.slot)));
                }
                let missing = tokens.iter().filter(|(_, n)| !found.contains_key(**n));
                let mut missing: Vec<(&Vec<u8>, &str)> = missing.map(|(t, n)| (t, *n)).collect();
                if missing.is_empty() {
                    break;
                }
                missing.sort_unstable_by_key(|(_, name)| *name);
                // Another process may give the same numbers out: then they are looked for again.
                match self.add_slots(actor, tenant, &keys, &missing).await {
                    Ok(()) | Err(ApplyOr::Duplicate) => {}
                    Err(ApplyOr::Other(error)) => return Err(error),
                }
            }
            if some.iter().any(|name| !found.contains_key(*name)) {
                return Err(AppError::Busy);
            }
        }
        Ok(found)
    }

    async fn add_slots(
        &self,
        actor: &Actor,
        tenant: &Tenant,
        keys: &SlotKeys,
        missing: &[(&Vec<u8>, &str)],
    ) -> Result<(), ApplyOr> {
        let next = self.store().next_slot(&tenant.name).await;
        let next = next.map_err(AppError::from)?;
        let names: Vec<&str> = missing.iter().map(|(_, name)| *name).collect();
        let accounts = self.accounts_of(tenant, &names).await?;
        let mut rows = Vec::with_capacity(missing.len());
        for ((token, name), slot) in missing.iter().zip(next..) {
            let record = slot.to_string();
            let place = aad(&tenant.name, &record);
            let sealed = envelope::seal(&keys.name, &place, name.as_bytes(), self.entropy());
            rows.push(SlotRow {
                slot,
                token: Some((*token).clone()),
                name: Some(sealed.map_err(AppError::internal)?),
                account: accounts.get(name).copied(),
                referred_to: None,
                unlinked_at: None,
            });
        }
        let mut recorder = Recorder::new(self, tenant, actor, Vec::new(), self.now());
        let count = rows.len().to_string();
        recorder.push(Op::History(HistoryOp::AddSlots(rows)));
        recorder.event(Kind::AddressSlots, Vec::new(), &[("added", &count)])?;
        match self.writer().commit(recorder.finish()).await {
            Err(ApplyError::Duplicate { .. }) => Err(ApplyOr::Duplicate),
            done => Ok(done.map_err(AppError::from)?),
        }
    }

    /// The accounts that ids outside stand for: such an id is the account's own, or the one of the system that it was taken
    /// over from.
    async fn accounts_of<'a>(
        &self,
        tenant: &Tenant,
        names: &[&'a str],
    ) -> Result<HashMap<&'a str, AccountId>, AppError> {
        let mut found = self.imported_accounts(tenant, names).await?;
        for name in names {
            if let Ok(account) = name.parse::<AccountId>()
                && self.store().account(&tenant.name, account).await?.is_some()
            {
                found.insert(name, account);
            }
        }
        Ok(found)
    }

    /// Joins slots to accounts that have appeared since they were made; gives how many.
    pub(crate) async fn join_slots(
        &self,
        actor: &Actor,
        tenant: &Tenant,
    ) -> Result<usize, AppError> {
        let keys = SlotKeys::of(self, tenant)?;
        let (mut after, mut joined) = (None, 0);
        loop {
            let rows = self
                .store()
                .unjoined_slots(&tenant.name, after, SLOTS_A_CHANGE)
                .await?;
            let Some(last) = rows.last() else {
                return Ok(joined);
            };
            after = Some(last.slot);
            let mut names = Vec::with_capacity(rows.len());
            for row in &rows {
                names.extend(keys.name(tenant, row)?.map(|name| (row.slot, name)));
            }
            let asked: Vec<&str> = names.iter().map(|(_, name)| name.as_str()).collect();
            let accounts = self.accounts_of(tenant, &asked).await?;
            let ops = names.iter().filter_map(|(slot, name)| {
                let (slot, account) = (*slot, *accounts.get(name.as_str())?);
                Some(Op::History(HistoryOp::JoinSlot { slot, account }))
            });
            let ops: Vec<Op> = ops.collect();
            if ops.is_empty() {
                continue;
            }
            let mut recorder = Recorder::new(self, tenant, actor, Vec::new(), self.now());
            let count = ops.len().to_string();
            recorder.event(Kind::AddressSlots, Vec::new(), &[("joined", &count)])?;
            joined += ops.len();
            ops.into_iter().for_each(|op| recorder.push(op));
            self.writer().commit(recorder.finish()).await?;
        }
    }

    /// The slot of an account by an id that it has outside, or by its own; none where it has no rows.
    pub(crate) async fn slots_named(
        &self,
        tenant: &Tenant,
        name: &str,
    ) -> Result<Vec<SlotRow>, AppError> {
        let keys = SlotKeys::of(self, tenant)?;
        let token = keys.token(name);
        let mut rows = self.store().slots_by_token(&tenant.name, &[token]).await?;
        if let Ok(account) = name.parse::<AccountId>() {
            let joined = self.store().slots_of(&tenant.name, account).await?;
            rows.extend(joined);
        }
        rows.sort_unstable_by_key(|r| r.slot);
        rows.dedup_by_key(|r| r.slot);
        Ok(rows)
    }
}

impl App {
    /// What joins a new account to the slots that waited for it under the id that it has outside.
    pub(crate) async fn waiting_slots(
        &self,
        tenant: &Tenant,
        name: &str,
        account: AccountId,
    ) -> Result<Vec<Op>, AppError> {
        let token = SlotKeys::of(self, tenant)?.token(name);
        let rows = self.store().slots_by_token(&tenant.name, &[token]).await?;
        let waiting = rows.into_iter().filter(|row| row.account.is_none());
        let join = |slot| Op::History(HistoryOp::JoinSlot { slot, account });
        Ok(waiting.map(|row| join(row.slot)).collect())
    }
}

/// Why slots were not added.
enum ApplyOr {
    Duplicate,
    Other(AppError),
}

impl From<AppError> for ApplyOr {
    fn from(error: AppError) -> Self {
        Self::Other(error)
    }
}
