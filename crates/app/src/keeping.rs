//! Until when what is recorded about a party is kept, item by item, under every account that it serves.
//!
//! The calculus is [`bonafide_policy::keeping`]; here its inputs are put together from what is recorded: the items of every
//! entry with their class and attribute, the accounts with their ends and decisions, the packs that apply to each, the
//! holds. Erasure on request, expiry and the answer to a subject all start from this and from nothing else.
//!
//! What was learned about a party serves each of its accounts; an assessment serves the account it judges.

mod answer;
mod cut;
mod expire;
mod late;

use std::collections::BTreeMap;

use bonafide_model::{AccountId, Fact, PartyId, RecordId, Timestamp};
use bonafide_policy::keeping::{Hold, Item as Kept, Keeping, Use, keeping};
use bonafide_policy::{ActivePack, assess};
use bonafide_seal::SubjectKeys;
use bonafide_store::{EntryRow, PartyRow};
use serde::Deserialize;

use crate::App;
use crate::error::AppError;
use crate::party::ACCOUNTS_MAX;
use crate::sealed::{self, Item, Part};
use crate::subject::OpenAccount;
use crate::tenant::Tenant;

pub use answer::{BoundAnswer, CauseAnswer, ConflictAnswer, KeepingAnswer, KeptItem};
pub(crate) use answer::{kept_items, reasons};
pub(crate) use cut::{Cut, Gone, Means, Named, names_fields};
pub use expire::ExpiryReport;
pub use late::LateReport;

/// Everything recorded about a party, with what the calculus says of each item.
pub(crate) struct PartyKeeping {
    pub(crate) row: PartyRow,
    pub(crate) keys: SubjectKeys,
    pub(crate) entries: Vec<OpenEntry>,
    pub(crate) items: Vec<ItemKeeping>,
    pub(crate) holds: Vec<Hold>,
}

/// An entry, opened.
pub(crate) struct OpenEntry {
    pub(crate) row: EntryRow,
    pub(crate) parts: Vec<Part>,
}

/// One item of an entry.
pub(crate) struct ItemKeeping {
    pub(crate) record: RecordId,
    /// Its name in the entry and in the leaf.
    pub(crate) name: String,
    /// Its record class.
    pub(crate) class: String,
    /// The attribute of a claim, or the kind of another item.
    pub(crate) field: String,
    pub(crate) keeping: Keeping,
}

/// The part of a recorded assessment that terms are counted from.
#[derive(Deserialize)]
struct Judged {
    decision: String,
    #[serde(default)]
    packs: Vec<JudgedPack>,
}

#[derive(Deserialize)]
struct JudgedPack {
    id: String,
    applies: bool,
}

impl App {
    /// What the calculus says of everything recorded about a party.
    pub(crate) async fn keeping_of(
        &self,
        tenant: &Tenant,
        party: PartyId,
    ) -> Result<PartyKeeping, AppError> {
        let bundle = self.store().party_bundle(&tenant.name, party).await?;
        let Some(bundle) = bundle else {
            return Err(self.no_party(tenant, party).await);
        };
        let keys = self.unwrap(tenant, &bundle.keys)?;
        let mut entries = Vec::with_capacity(bundle.entries.len());
        for row in bundle.entries {
            let record = row.record.to_string();
            let parts =
                sealed::open_parts(&row.envelope, &keys, self.registry(), &tenant.name, &record)?;
            entries.push(OpenEntry { row, parts });
        }
        let holds = self.holds_on(tenant, party, &keys).await?;
        let uses = self.uses_of(tenant, party, &entries).await?;
        let items = items(&entries, &uses, &holds)?;
        Ok(PartyKeeping {
            row: bundle.party,
            keys,
            entries,
            items,
            holds,
        })
    }

    /// The accounts that a party stands to. A party without one is kept as if one had ended when something was last learned
    /// about it, under every pack.
    async fn uses_of(
        &self,
        tenant: &Tenant,
        party: PartyId,
        entries: &[OpenEntry],
    ) -> Result<Vec<Use>, AppError> {
        let accounts = self.store();
        let accounts = accounts.accounts_of_party(&tenant.name, party, ACCOUNTS_MAX);
        let mut uses = Vec::new();
        for account in accounts.await? {
            let loaded = self.open_account(tenant, account).await?;
            uses.push(self.one_use(tenant, account, &loaded)?);
        }
        if uses.is_empty() {
            let learned = entries.iter().filter(|e| !e.parts.is_empty());
            let last = learned.map(|e| e.row.at).max();
            uses.push(Use {
                account: None,
                closed_at: last,
                last_access_at: None,
                decided_at: Vec::new(),
                packs: tenant.engine().packs.active().to_vec(),
            });
        }
        Ok(uses)
    }

    fn one_use(
        &self,
        tenant: &Tenant,
        account: AccountId,
        loaded: &OpenAccount,
    ) -> Result<Use, AppError> {
        let mut decided_at = Vec::new();
        let mut last = None;
        for (at, items) in &loaded.assessments {
            let Some(judged) = judged(items)? else {
                continue;
            };
            if matches!(judged.decision.as_str(), "approve" | "refuse") {
                decided_at.push(*at);
            }
            last = Some(judged);
        }
        let engine = tenant.engine();
        let packs = engine.packs.active();
        let now = self.now();
        let applying: Vec<ActivePack> = if let Some(dossier) = loaded.dossier(None) {
            let assessment = assess(&engine.inputs(&dossier, now));
            let applies = |id: &str| assessment.packs.iter().any(|p| &*p.id == id && p.applies);
            packs
                .iter()
                .filter(|p| applies(&p.pack.id))
                .cloned()
                .collect()
        } else if let Some(last) = last {
            // The identity is gone: what applied is what was recorded last.
            let applied = |id: &str| last.packs.iter().any(|p| p.id == id && p.applies);
            packs
                .iter()
                .filter(|p| applied(&p.pack.id))
                .cloned()
                .collect()
        } else {
            packs.to_vec()
        };
        Ok(Use {
            account: Some(account),
            closed_at: loaded.row.closed_at,
            last_access_at: loaded.row.last_access_at,
            decided_at,
            packs: applying,
        })
    }
}

fn judged(items: &[Item]) -> Result<Option<Judged>, AppError> {
    let item = items.iter().find(|i| i.name() == "assessment");
    item.map(|item| serde_json::from_str(item.value.get()).map_err(AppError::internal))
        .transpose()
}

/// What the calculus says of every item.
fn items(
    entries: &[OpenEntry],
    uses: &[Use],
    holds: &[Hold],
) -> Result<Vec<ItemKeeping>, AppError> {
    let mut items = Vec::new();
    let mut of_account: BTreeMap<AccountId, Vec<Use>> = BTreeMap::new();
    for one in uses {
        if let Some(account) = one.account {
            of_account.insert(account, vec![one.clone()]);
        }
    }
    for entry in entries {
        let judges = (entry.row.kind == "assessed").then_some(entry.row.account);
        let own = judges
            .flatten()
            .and_then(|account| of_account.get(&account));
        let uses = own.map_or(uses, Vec::as_slice);
        for part in &entry.parts {
            for item in &part.items {
                let (field, happened_at) = described(item)?;
                let kept = Kept {
                    class: &part.class,
                    field: &field,
                    account: entry.row.account,
                    recorded_at: entry.row.at,
                    happened_at,
                };
                items.push(ItemKeeping {
                    record: entry.row.record,
                    name: item.field.clone(),
                    class: part.class.clone(),
                    keeping: keeping(&kept, uses, holds),
                    field,
                });
            }
        }
    }
    Ok(items)
}

/// What an item is about, and when what it tells of happened.
fn described(item: &Item) -> Result<(String, Option<Timestamp>), AppError> {
    Ok(match item.fact()? {
        Some(Fact::Claim(claim)) => (claim.attribute, None),
        Some(Fact::Screening(screening)) => (item.name().to_owned(), Some(screening.at)),
        Some(Fact::Check(check)) => (item.name().to_owned(), Some(check.at)),
        _ => (item.name().to_owned(), None),
    })
}
