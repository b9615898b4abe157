//! The audit of what stands outside the tree: sealed entries, keys, blind tokens and the rows that are searched by.
//!
//! Every entry is opened and each of its commitments computed again and compared with the leaf in the tree; what the rows
//! say is compared with the recorded facts. A field that is no longer in its entry is accounted for by a leaf that names its
//! commitment as destroyed; a record about a subject that no entry points to, by an erasure that names its leaf; or else it
//! was deleted.
//!
//! What this cannot find: a deleted hold or an API key, pack or list row that was changed (their events do not commit to
//! the row; a changed pack text is found by replay); the account that an entry names, where no fact in it repeats it; the
//! remembered answers of idempotency keys; and whatever was done by somebody who has the keyring.
//! Findings name records, parties and accounts by their ids, and never a value.

use std::collections::{BTreeMap, BTreeSet};

use bonafide_ledger::{Leaf, Opening, TILE_WIDTH, commit, commitment::RANDOM_BYTES, parse_entries};
use bonafide_model::{AccountId, Claim, Fact, PartyId, RecordId};
use bonafide_seal::SubjectKeys;
use bonafide_store::{EntryRow, PartyRow};

use crate::error::AppError;
use crate::recorder;
use crate::sealed::{self, Item};
use crate::tenant::Tenant;
use crate::{Action, Actor, App};
use expired::Gone;

mod accounts;
mod expired;
mod unnamed;

/// Parties and accounts read at once.
const PAGE: usize = 200;
/// Findings kept; somebody who changed more than this is not helped by more lines.
const FINDINGS_MAX: usize = 1_000;
/// Bundles kept in memory: those of a party's records are mostly near each other. 4 MiB of leaves each at most.
const BUNDLES_KEPT: usize = 16;
/// Accounts of one party that are compared with its entries.
const ACCOUNTS_OF_PARTY_MAX: usize = 10_000;

/// What an audit of the entries found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntryReport {
    /// Parties read.
    pub parties: u64,
    /// Entries opened and compared.
    pub entries: u64,
    /// Accounts compared.
    pub accounts: u64,
    /// What is wrong, the first thousand.
    pub findings: Vec<String>,
    /// How many more there are.
    pub more_findings: u64,
}

impl EntryReport {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    fn wrong(&mut self, text: String) {
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(text);
        } else {
            self.more_findings += 1;
        }
    }
}

/// The audit under way.
struct EntryAudit<'a> {
    app: &'a App,
    tenant: &'a Tenant,
    report: EntryReport,
    /// Places of the records that live entries point to.
    pointed: BTreeSet<u64>,
    /// Parties with an entry that cannot be read, so that their accounts cannot be folded.
    unreadable: BTreeSet<PartyId>,
    bundles: BTreeMap<u64, Vec<Vec<u8>>>,
}

impl App {
    /// Opens every entry and compares it with its leaf, and the rows with what is recorded; tells `progress` how many of
    /// how many parties and accounts were read. Somebody erased meanwhile can show as wrong: run it again then.
    pub async fn verify_entries(
        &self,
        actor: &Actor,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<EntryReport, AppError> {
        actor.may(Action::VerifyLedger)?;
        let tenant = &*self.tenant(&actor.tenant)?;
        let mut audit = EntryAudit::new(self, tenant);
        let size = self.store().head(&tenant.name).await?.map_or(0, |h| h.size);
        let counts = self.store().counts(&tenant.name).await?;
        let accounts: u64 = counts.accounts.iter().map(|(_, n)| n).sum();
        let all = counts.parties + accounts;
        let mut after = None;
        loop {
            let page = self
                .store()
                .list_parties(&tenant.name, after, PAGE, None)
                .await?;
            for party in &page {
                audit.party(party).await?;
                progress(audit.report.parties, all);
            }
            match page.last() {
                Some(last) => after = Some(last.party),
                None => break,
            }
        }
        let mut after = None;
        loop {
            let page = self
                .store()
                .list_accounts(&tenant.name, &Default::default(), after, PAGE)
                .await?;
            for account in &page {
                audit.account(account).await?;
                progress(audit.report.parties + audit.report.accounts, all);
            }
            match page.last() {
                Some(last) => after = Some(last.account),
                None => break,
            }
        }
        audit.unnamed(size).await?;
        Ok(audit.report)
    }

    /// The same of the parties recorded last and their accounts alone; deleted entries are not looked for.
    pub async fn verify_newest_entries(
        &self,
        actor: &Actor,
        parties: usize,
    ) -> Result<EntryReport, AppError> {
        actor.may(Action::ReadStatus)?;
        let tenant = &*self.tenant(&actor.tenant)?;
        let mut audit = EntryAudit::new(self, tenant);
        let mut accounts = BTreeSet::new();
        for party in self.store().newest_parties(&tenant.name, parties).await? {
            audit.party(&party).await?;
            let of_party =
                self.store()
                    .accounts_of_party(&tenant.name, party.party, ACCOUNTS_OF_PARTY_MAX);
            accounts.extend(of_party.await?);
        }
        for id in accounts {
            if let Some(account) = self.store().account(&tenant.name, id).await? {
                audit.account(&account).await?;
            }
        }
        Ok(audit.report)
    }
}

impl<'a> EntryAudit<'a> {
    fn new(app: &'a App, tenant: &'a Tenant) -> Self {
        Self {
            app,
            tenant,
            report: EntryReport::default(),
            pointed: BTreeSet::new(),
            unreadable: BTreeSet::new(),
            bundles: BTreeMap::new(),
        }
    }

    /// A party: its keys, its entries, its kind, its tokens, its accounts.
    async fn party(&mut self, row: &PartyRow) -> Result<(), AppError> {
        self.report.parties += 1;
        let party = row.party;
        let name = &self.tenant.name;
        let Some(bundle) = stored(self.app.store().party_bundle(name, party).await)? else {
            self.lost(party, "its keys or one of its rows cannot be read");
            self.point_to_all(party).await?;
            return Ok(());
        };
        // Erased since it was listed.
        let Some(bundle) = bundle else { return Ok(()) };
        let Ok(Some(keys)) = self.app.subject_keys(self.tenant, party).await else {
            self.lost(party, "its keys cannot be unwrapped");
            self.point_to_all(party).await?;
            return Ok(());
        };
        let gone = self.gone(party).await?;
        let mut facts = Vec::new();
        for entry in &bundle.entries {
            match self.entry(entry, &keys, &gone).await? {
                Some(found) => facts.extend(found),
                None => drop(self.unreadable.insert(party)),
            }
        }
        self.first_fact(&bundle.party, &facts, &gone);
        if self.unreadable.contains(&party) {
            return Ok(());
        }
        self.tokens(party, &facts).await?;
        self.accounts_of(party, &bundle.entries, &facts).await
    }

    fn lost(&mut self, party: PartyId, why: &str) {
        self.unreadable.insert(party);
        self.report.wrong(format!("party `{party}`: {why}"));
    }

    /// One wrong thing about a party is told once: its entries cannot be read, but they are there.
    async fn point_to_all(&mut self, party: PartyId) -> Result<(), AppError> {
        let mut after = None;
        loop {
            let name = &self.tenant.name;
            let page = self.app.store().timeline(name, party, after, PAGE);
            let Some(page) = stored(page.await)? else {
                return Ok(());
            };
            self.pointed
                .extend(page.iter().filter_map(|r| r.leaf_index));
            match page.last() {
                Some(last) => after = Some(last.record),
                None => return Ok(()),
            }
        }
    }

    /// The facts of an entry, once it agrees with its leaf; `None` when it cannot be read.
    async fn entry(
        &mut self,
        entry: &EntryRow,
        keys: &SubjectKeys,
        gone: &Gone,
    ) -> Result<Option<Vec<Fact>>, AppError> {
        self.report.entries += 1;
        let record = entry.record;
        let leaf = self.leaf(record).await?;
        let parts = sealed::open_parts(
            &entry.envelope,
            keys,
            self.app.registry(),
            &self.tenant.name,
            &record.to_string(),
        );
        let Ok(parts) = parts else {
            self.report
                .wrong(format!("record `{record}`: its entry cannot be opened"));
            return Ok(None);
        };
        let items: Vec<Item> = parts.into_iter().flat_map(|p| p.items).collect();
        match leaf {
            None => self.report.wrong(format!(
                "record `{record}`: its entry has no leaf in the ledger"
            )),
            Some(leaf) => {
                for why in disagreements(self.tenant, entry, &items, &leaf, gone) {
                    self.report.wrong(format!("record `{record}`: {why}"));
                }
            }
        }
        let facts: Result<Vec<Fact>, AppError> =
            items.iter().filter_map(|i| i.fact().transpose()).collect();
        if facts.is_err() {
            let text = format!("record `{record}`: a fact of its entry cannot be read");
            self.report.wrong(text);
        }
        Ok(facts.ok())
    }

    /// The leaf of a record, waiting or in the tree.
    async fn leaf(&mut self, record: RecordId) -> Result<Option<Leaf>, AppError> {
        let name = &self.tenant.name;
        let place = stored(self.app.store().record_position(name, record).await)?.flatten();
        let Some(index) = place else {
            let waiting = stored(self.app.store().waiting_leaf(name, record).await)?.flatten();
            return Ok(waiting.and_then(|bytes| Leaf::parse(&bytes).ok()));
        };
        self.pointed.insert(index);
        self.leaf_in_tree(index).await
    }

    /// The leaf at a place; `None` when it is not there or not a leaf, which the audit of the tree names.
    async fn leaf_in_tree(&mut self, index: u64) -> Result<Option<Leaf>, AppError> {
        let (number, offset) = (index / u64::from(TILE_WIDTH), index % u64::from(TILE_WIDTH));
        let Ok(offset) = usize::try_from(offset) else {
            return Ok(None);
        };
        // A bundle that grew since it was read is read again.
        let kept = self.bundles.get(&number).map_or(0, Vec::len);
        if kept <= offset {
            let bytes = self.app.store().bundle(&self.tenant.name, number).await?;
            let entries = bytes.as_deref().and_then(|b| parse_entries(b).ok());
            let entries = entries.map(|all| all.into_iter().map(<[u8]>::to_vec).collect());
            if self.bundles.len() >= BUNDLES_KEPT {
                self.bundles.pop_first();
            }
            self.bundles.insert(number, entries.unwrap_or_default());
        }
        let leaf = self.bundles.get(&number).and_then(|b| b.get(offset));
        Ok(leaf.and_then(|bytes| Leaf::parse(bytes).ok()))
    }

    /// The row of a party against the first fact about it.
    fn first_fact(&mut self, row: &PartyRow, facts: &[Fact], gone: &Gone) {
        let first = facts.iter().find_map(|f| match f {
            Fact::Party(p) if p.id == row.party => Some(p),
            _ => None,
        });
        match first {
            None if self.unreadable.contains(&row.party) || gone.classes.contains("identity") => {}
            None => self.report.wrong(format!(
                "party `{}`: no entry records that it came into view",
                row.party
            )),
            Some(fact) => {
                let columns = [
                    ("kind", fact.kind.as_str() == row.kind),
                    ("created_at", fact.recorded_at == row.created_at),
                ];
                for (column, _) in columns.iter().filter(|(_, same)| !same) {
                    self.report.wrong(format!(
                        "party `{}`: `{column}` of its row is not what was recorded",
                        row.party
                    ));
                }
            }
        }
    }

    /// The blind tokens that claims were recorded with, against those that are there.
    async fn tokens(&mut self, party: PartyId, facts: &[Fact]) -> Result<(), AppError> {
        let mut wanted = BTreeSet::new();
        for Claim {
            attribute, value, ..
        } in facts.iter().filter_map(claim)
        {
            let tokens = recorder::tokens(self.app, self.tenant, attribute, &value.to_string())?;
            wanted.extend(tokens.into_iter().map(|t| (attribute.clone(), t)));
        }
        let name = &self.tenant.name;
        let there: BTreeSet<_> = self
            .app
            .store()
            .tokens_of(name, party)
            .await?
            .into_iter()
            .collect();
        for (less, more, why) in [
            (&there, &wanted, "is not in the index that it is found by"),
            (
                &wanted,
                &there,
                "is in the index with a value never recorded",
            ),
        ] {
            let attributes: BTreeSet<&String> = more.difference(less).map(|(a, _)| a).collect();
            for attribute in attributes {
                self.report
                    .wrong(format!("party `{party}`: its `{attribute}` {why}"));
            }
        }
        Ok(())
    }

    /// The accounts that a party's entries name, against the links and rows.
    async fn accounts_of(
        &mut self,
        party: PartyId,
        entries: &[EntryRow],
        facts: &[Fact],
    ) -> Result<(), AppError> {
        let (store, name) = (self.app.store(), &self.tenant.name);
        let linked = store.accounts_of_party(name, party, ACCOUNTS_OF_PARTY_MAX);
        let linked: BTreeSet<AccountId> = linked.await?.into_iter().collect();
        let named: BTreeSet<AccountId> = entries.iter().filter_map(|e| e.account).collect();
        let held: BTreeSet<AccountId> = facts
            .iter()
            .filter_map(|f| match f {
                Fact::Account(a) if a.holder == party => Some(a.id),
                _ => None,
            })
            .collect();
        let mut all = linked.clone();
        all.extend(named.iter().chain(&held));
        for account in all {
            let is_linked = linked.contains(&account);
            let row = stored(store.account(name, account).await)?;
            match row {
                Some(Some(_)) if !is_linked => self.report.wrong(format!(
                    "account `{account}`: party `{party}` has entries about it and is not linked to it"
                )),
                // When its holder is erased, the account goes with its links; what was learned about others stays.
                Some(None) if is_linked || held.contains(&account) => self.report.wrong(format!(
                    "account `{account}`: its row is gone, and party `{party}` has it"
                )),
                _ => {}
            }
        }
        Ok(())
    }
}

/// What a store read gave; `None` for a row that is not of its form, which is a finding and not a failure.
fn stored<T>(read: Result<T, bonafide_store::StoreError>) -> Result<Option<T>, AppError> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(bonafide_store::StoreError::Corrupt { .. }) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

fn claim(fact: &Fact) -> Option<&Claim> {
    match fact {
        Fact::Claim(claim) => Some(claim),
        _ => None,
    }
}

/// In what an entry and its leaf do not agree.
fn disagreements(
    tenant: &Tenant,
    entry: &EntryRow,
    items: &[Item],
    leaf: &Leaf,
    gone: &Gone,
) -> Vec<&'static str> {
    let mut wrong = Vec::new();
    if !tenant.has_origin(&leaf.ledger) {
        wrong.push("its leaf is of another ledger");
    }
    if leaf.kind.as_str() != entry.kind {
        wrong.push("`kind` of its entry is not that of its leaf");
    }
    if leaf.at != entry.at {
        wrong.push("`at` of its entry is not that of its leaf");
    }
    let destroyed = leaf.commitments.iter();
    let destroyed = destroyed.filter(|c| gone.commitments.contains(&c.hash));
    if leaf.commitments.len() != items.len() + destroyed.clone().count() {
        wrong.push("its entry and its leaf do not have as many fields");
    }
    let committed: BTreeMap<&str, _> = leaf
        .commitments
        .iter()
        .map(|c| (c.field.as_str(), c.hash))
        .collect();
    let opens = |item: &Item| {
        let random = random(&item.random)?;
        let opening = Opening {
            field: item.field.clone(),
            random,
            value: item.value.get().as_bytes().to_vec(),
        };
        (committed.get(item.field.as_str()) == Some(&commit(&leaf.ledger, &opening))).then_some(())
    };
    if items.iter().any(|item| opens(item).is_none()) {
        wrong.push("a field of its entry is not the one its leaf commits to");
    }
    let subject = items.iter().find(|i| i.name() == "subject");
    let subject = subject.and_then(|i| serde_json::from_str::<PartyId>(i.value.get()).ok());
    let subject_gone = destroyed.clone().any(|c| c.field.starts_with("subject-"));
    if subject != Some(entry.party) && !(subject.is_none() && subject_gone) {
        wrong.push("its entry is about another party than its row");
    }
    wrong
}

/// The random bytes of an item.
pub(crate) fn random(hex: &str) -> Option<[u8; RANDOM_BYTES]> {
    let digits: Option<Vec<u8>> = hex
        .chars()
        .map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok()))
        .collect();
    let bytes: Vec<u8> = digits?
        .chunks(2)
        .map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit))
        .collect();
    bytes.try_into().ok()
}
