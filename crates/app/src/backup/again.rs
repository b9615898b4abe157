//! What the list beside the keyring says was erased, applied to a back-up while it is restored: parties as a whole, and items
//! of parties that stay. Nobody can read the restored place before that.

use std::collections::BTreeMap;

use bonafide_model::{Entropy, PartyId, Registry, Timestamp};
use bonafide_seal::{EpochId, Keyring, SubjectKeys, WrappedKeys};
use bonafide_store::{CutAgain, EraseAgain, Restoration};

use crate::erasing::Marks;
use crate::error::AppError;
use crate::keeping::{Gone, Means, OpenEntry};
use crate::keyring_dir::{KeyringDir, Step};
use crate::keys::epoch_of;
use crate::sealed;

/// What is to be erased again, by mark.
pub(super) struct Again<'a> {
    keyring: &'a Keyring,
    registry: Registry,
    epochs: BTreeMap<EpochId, OfEpoch>,
}

/// Marks that were made with the key of one epoch.
#[derive(Default)]
struct OfEpoch {
    whole: BTreeMap<String, Timestamp>,
    parts: BTreeMap<String, BTreeMap<String, Timestamp>>,
}

/// What was done to the data of one tenant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Applied {
    /// Parties erased.
    pub(super) erased: u64,
    /// Parties of which something was erased.
    pub(super) cut: u64,
}

impl<'a> Again<'a> {
    pub(super) fn read(keys: &KeyringDir, keyring: &'a Keyring) -> Result<Self, AppError> {
        let mut epochs: BTreeMap<EpochId, OfEpoch> = BTreeMap::new();
        // One that was begun and never settled was lawful, and whoever asked for it was told nothing else.
        let lines = keys.erasures()?.into_iter();
        for line in lines.filter(|e| e.step != Step::Undone) {
            let of_epoch = epochs.entry(line.epoch).or_default();
            if line.items.is_empty() {
                of_epoch.whole.insert(line.mark, line.at);
            } else {
                let items = of_epoch.parts.entry(line.mark).or_default();
                items.extend(line.items.into_iter().map(|item| (item, line.at)));
            }
        }
        Ok(Self {
            keyring,
            registry: Registry::builtin(),
            epochs,
        })
    }

    /// Erases again; says what was done, by tenant.
    pub(super) async fn apply(
        &self,
        restoration: &mut Restoration,
        entropy: &dyn Entropy,
    ) -> Result<BTreeMap<String, Applied>, AppError> {
        let mut applied: BTreeMap<String, Applied> = BTreeMap::new();
        if self.epochs.is_empty() {
            return Ok(applied);
        }
        for (tenant, party) in restoration.parties().await? {
            if let Some(at) = self.whole(&tenant, party) {
                let again = EraseAgain {
                    tenant: tenant.clone(),
                    party,
                    at,
                };
                restoration.erase(&again).await?;
                applied.entry(tenant).or_default().erased += 1;
            } else if self.has_parts(&tenant, party)
                && self.cut(restoration, &tenant, party, entropy).await?
            {
                applied.entry(tenant).or_default().cut += 1;
            }
        }
        Ok(applied)
    }

    fn marks<'b>(&'b self, tenant: &'b str) -> impl Iterator<Item = (Marks<'b>, &'b OfEpoch)> {
        self.epochs.iter().map(move |(epoch, of_epoch)| {
            let marks = Marks {
                keyring: self.keyring,
                epoch: *epoch,
                tenant,
            };
            (marks, of_epoch)
        })
    }

    // A destroyed key can tell nothing; nor is there a back-up of that epoch that can be read.
    fn whole(&self, tenant: &str, party: PartyId) -> Option<Timestamp> {
        self.marks(tenant)
            .find_map(|(marks, of)| of.whole.get(&marks.whole(party).ok()?).copied())
    }

    fn has_parts(&self, tenant: &str, party: PartyId) -> bool {
        self.marks(tenant).any(|(marks, of)| {
            let mark = marks.part(party);
            mark.is_ok_and(|mark| of.parts.contains_key(&mark))
        })
    }

    /// Cuts items out of a party; false if it holds none of them.
    async fn cut(
        &self,
        restoration: &mut Restoration,
        tenant: &str,
        party: PartyId,
        entropy: &dyn Entropy,
    ) -> Result<bool, AppError> {
        let Some(mut bundle) = restoration.sealed(tenant, party).await? else {
            return Ok(false);
        };
        let wrapped = WrappedKeys {
            epoch: epoch_of(&bundle.keys)?,
            bytes: bundle.keys.wrapped.clone(),
        };
        let subject = party.to_string();
        let keys = SubjectKeys::unwrap(&wrapped, self.keyring, tenant, &subject);
        let mut keys = keys.map_err(|e| AppError::Internal(format!("keys of `{subject}`: {e}")))?;
        let mut entries = Vec::with_capacity(bundle.entries.len());
        for row in std::mem::take(&mut bundle.entries) {
            let record = row.record.to_string();
            let parts = sealed::open_parts(&row.envelope, &keys, &self.registry, tenant, &record)?;
            entries.push(OpenEntry { row, parts });
        }
        let items = self.items(tenant, party, &entries);
        if items.is_empty() {
            return Ok(false);
        }
        let gone: Gone = items.iter().map(|i| (i.record, i.item.clone())).collect();
        let means = Means {
            registry: &self.registry,
            entropy,
            keyring: self.keyring,
            tenant,
        };
        let ops = means.cut(party, &mut keys, &mut entries, &gone)?;
        restoration.cut(tenant, &bundle, ops, &items).await?;
        Ok(true)
    }

    /// The items of a party that were erased.
    fn items(&self, tenant: &str, party: PartyId, entries: &[OpenEntry]) -> Vec<CutAgain> {
        let mut found = Vec::new();
        for (marks, of_epoch) in self.marks(tenant) {
            let mark = marks.part(party).ok();
            let Some(gone) = mark.and_then(|mark| of_epoch.parts.get(&mark)) else {
                continue;
            };
            for entry in entries {
                for part in &entry.parts {
                    for item in &part.items {
                        let record = entry.row.record;
                        let mark = marks.item(party, record, &item.field);
                        let at = mark.ok().and_then(|mark| gone.get(&mark));
                        found.extend(at.map(|at| CutAgain {
                            party,
                            record,
                            item: item.field.clone(),
                            class: part.class.clone(),
                            at: *at,
                        }));
                    }
                }
            }
        }
        found.sort_by(|a, b| (a.record, &a.item).cmp(&(b.record, &b.item)));
        found.dedup_by(|a, b| (a.record, &a.item) == (b.record, &b.item));
        found
    }
}
