//! Reading subjects: opening keys and entries, folding them into a dossier.

use std::collections::BTreeMap;

use bonafide_model::{AccountId, Dossier, Fact, PartyId, RoleTarget, Timestamp};
use bonafide_seal::{SealError, SubjectKeys, WrappedKeys};
use bonafide_store::{AccountRow, CaseRow, EntryRow, KeyRow, PartyRow};

use crate::App;
use crate::error::AppError;
use crate::keys::epoch_of;
use crate::sealed::{self, Item};
use crate::submission::ACCOUNT_PARTIES_MAX;
use crate::tenant::Tenant;

/// A party as it is stored, opened.
pub(crate) struct OpenParty {
    pub(crate) row: PartyRow,
    pub(crate) keys: SubjectKeys,
    /// Facts of entries that concern the party itself, or the account it was loaded with.
    pub(crate) facts: Vec<Fact>,
}

/// An account as it is stored, opened.
pub(crate) struct OpenAccount {
    pub(crate) row: AccountRow,
    pub(crate) parties: BTreeMap<PartyId, OpenParty>,
    /// Its cases that somebody must still do something about.
    pub(crate) cases: Vec<CaseRow>,
    /// The answers recorded about it, oldest first, with the instant of recording.
    pub(crate) assessments: Vec<(Timestamp, Vec<Item>)>,
}

impl OpenAccount {
    /// The assessment that was recorded last.
    pub(crate) fn last_assessment(&self) -> Result<Option<serde_json::Value>, AppError> {
        let last = self.assessments.last();
        let item = last.and_then(|(_, items)| items.iter().find(|i| i.name() == "assessment"));
        item.map(|item| serde_json::from_str(item.value.get()).map_err(AppError::internal))
            .transpose()
    }

    /// Whether what the account is, is still known.
    pub(crate) fn is_judgeable(&self) -> bool {
        let facts = self.parties.values().flat_map(|p| &p.facts);
        let mut accounts =
            facts.filter(|f| matches!(f, Fact::Account(a) if a.id == self.row.account));
        accounts.next().is_some()
    }

    /// Folds what was known at an instant, or everything.
    pub(crate) fn dossier(&self, known_at: Option<Timestamp>) -> Option<Dossier> {
        let mut facts: Vec<Fact> = self
            .parties
            .values()
            .flat_map(|p| p.facts.iter().cloned())
            .collect();
        facts.sort_by_key(Fact::recorded_at);
        Dossier::fold(facts, known_at)
    }
}

impl App {
    /// A party's keys; `None` when there is no such party, or no longer.
    pub(crate) async fn subject_keys(
        &self,
        tenant: &Tenant,
        party: PartyId,
    ) -> Result<Option<SubjectKeys>, AppError> {
        let row = self.store().key_row(&tenant.name, party).await?;
        row.map(|row| self.unwrap(tenant, &row)).transpose()
    }

    pub(crate) fn unwrap(&self, tenant: &Tenant, row: &KeyRow) -> Result<SubjectKeys, AppError> {
        let wrapped = WrappedKeys {
            epoch: epoch_of(row)?,
            bytes: row.wrapped.clone(),
        };
        let subject = row.party.to_string();
        let unwrap = || SubjectKeys::unwrap(&wrapped, &self.keyring(), &tenant.name, &subject);
        let keys = match unwrap() {
            Err(SealError::EpochUnknown(_)) => {
                // Another process began an epoch.
                self.reload_keyring()?;
                unwrap()
            }
            other => other,
        };
        keys.map_err(|e| AppError::Internal(format!("keys of `{subject}`: {e}")))
    }

    /// A party with everything recorded about it.
    pub(crate) async fn open_party(
        &self,
        tenant: &Tenant,
        party: PartyId,
    ) -> Result<OpenParty, AppError> {
        let bundle = self.store().party_bundle(&tenant.name, party).await?;
        let Some(bundle) = bundle else {
            return Err(self.no_party(tenant, party).await);
        };
        let keys = self.unwrap(tenant, &bundle.keys)?;
        let mut facts = Vec::new();
        for entry in &bundle.entries {
            facts.extend(self.facts(tenant, entry, &keys)?);
        }
        facts.retain(concerns_party);
        Ok(OpenParty {
            row: bundle.party,
            keys,
            facts,
        })
    }

    /// Parties that are known, with everybody who is recorded to own or control them, however far up.
    pub(crate) async fn open_with_owners(
        &self,
        tenant: &Tenant,
        wanted: impl IntoIterator<Item = PartyId>,
    ) -> Result<BTreeMap<PartyId, OpenParty>, AppError> {
        let mut open = BTreeMap::new();
        let mut left: Vec<PartyId> = wanted.into_iter().collect();
        while let Some(party) = left.pop() {
            if open.contains_key(&party) || open.len() >= ACCOUNT_PARTIES_MAX {
                continue;
            }
            let found = match self.open_party(tenant, party).await {
                Ok(found) => found,
                // An owner who was erased: the share stands in the company's entry, without a party.
                Err(AppError::NotFound { .. } | AppError::Gone(_)) => continue,
                Err(other) => return Err(other),
            };
            left.extend(found.facts.iter().filter_map(|f| {
                if let Fact::Role(role) = f {
                    Some(role.party)
                } else {
                    None
                }
            }));
            open.insert(party, found);
        }
        Ok(open)
    }

    /// An account with everything recorded about it and its parties.
    pub(crate) async fn open_account(
        &self,
        tenant: &Tenant,
        account: AccountId,
    ) -> Result<OpenAccount, AppError> {
        let loaded = self.store().load_account(&tenant.name, account).await?;
        let Some(loaded) = loaded else {
            return Err(self.no_account(tenant, account).await);
        };
        let mut keys = BTreeMap::new();
        for row in &loaded.keys {
            keys.insert(row.party, self.unwrap(tenant, row)?);
        }
        let mut parties = BTreeMap::new();
        for row in loaded.parties {
            let keys = keys.remove(&row.party);
            let keys = keys
                .ok_or_else(|| AppError::Internal(format!("party `{}` has no keys", row.party)))?;
            parties.insert(
                row.party,
                OpenParty {
                    row,
                    keys,
                    facts: Vec::new(),
                },
            );
        }
        let mut assessments = Vec::new();
        for entry in &loaded.entries {
            let Some(party) = parties.get_mut(&entry.party) else {
                continue;
            };
            if entry.kind == "assessed" {
                if entry.account == Some(account) {
                    assessments.push((entry.at, self.items(tenant, entry, &party.keys)?));
                }
                continue;
            }
            let mut facts = self.facts(tenant, entry, &party.keys)?;
            if entry.account.is_some_and(|other| other != account) {
                // What was learned about the party with another account counts here too.
                facts.retain(concerns_party);
            }
            party.facts.extend(facts);
        }
        Ok(OpenAccount {
            row: loaded.account,
            cases: loaded.cases,
            parties,
            assessments,
        })
    }

    fn items(
        &self,
        tenant: &Tenant,
        entry: &EntryRow,
        keys: &SubjectKeys,
    ) -> Result<Vec<Item>, AppError> {
        let parts = sealed::open_parts(
            &entry.envelope,
            keys,
            self.registry(),
            &tenant.name,
            &entry.record.to_string(),
        )?;
        Ok(parts.into_iter().flat_map(|p| p.items).collect())
    }

    fn facts(
        &self,
        tenant: &Tenant,
        entry: &EntryRow,
        keys: &SubjectKeys,
    ) -> Result<Vec<Fact>, AppError> {
        let items = self.items(tenant, entry, keys)?;
        items
            .iter()
            .filter_map(|item| item.fact().transpose())
            .collect()
    }
}

/// Whether a fact is about the party itself and not about one of its accounts.
fn concerns_party(fact: &Fact) -> bool {
    match fact {
        Fact::Account(_) | Fact::Determination(_) => false,
        Fact::Role(role) => matches!(role.target, RoleTarget::Party(_)),
        _ => true,
    }
}
