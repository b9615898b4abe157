//! Reading cases: lists, one case, what was said in it, counts.

use bonafide_ledger::Kind;
use bonafide_model::{AccountId, CaseId, CaseKind, CaseState, PartyId, RecordId, Timestamp};
use bonafide_store::{AccessOp, CASE_ENTRIES, CaseEntry, CaseFilter, Op, OpeningRow, Subject};
use serde::Serialize;

use super::answer::{CaseAnswer, CaseCountAnswer, CaseEntryAnswer, OpenedCaseEntry};
use super::file::{CaseFile, sees_restricted};
use super::said::{Said, What};
use crate::answers::Page;
use crate::error::AppError;
use crate::party::PAGE_MAX;
use crate::recorder::{Entry, Recorder};
use crate::tenant::Tenant;
use crate::{Action, Actor, App, sealed};

/// The kind of an entry that proposes an answer.
const PROPOSED: &str = What::Proposed.as_str();

/// Which cases to list.
#[derive(Debug, Clone, Default)]
pub struct Cases {
    /// Of this kind.
    pub kind: Option<CaseKind>,
    /// In this state.
    pub state: Option<CaseState>,
    /// With this person.
    pub assignee: Option<String>,
    /// Due before this instant.
    pub due_before: Option<Timestamp>,
    /// About this party.
    pub party: Option<PartyId>,
    /// About this account.
    pub account: Option<AccountId>,
    /// Contesting or reviewing this case.
    pub parent: Option<CaseId>,
}

/// What an opening of a case's entries records.
#[derive(Serialize)]
struct Opening {
    case: CaseId,
    purpose: &'static str,
    records: Vec<RecordId>,
}

impl App {
    /// Cases, a page at a time, oldest first.
    pub async fn cases(
        &self,
        actor: &Actor,
        which: &Cases,
        after: Option<CaseId>,
        limit: usize,
    ) -> Result<Page<CaseAnswer>, AppError> {
        actor.may(Action::ReadCases)?;
        let tenant = self.tenant(&actor.tenant)?;
        let limit = limit.clamp(1, PAGE_MAX);
        let filter = CaseFilter {
            kind: which.kind,
            state: which.state,
            assignee: which.assignee.clone(),
            due_before: which.due_before,
            party: which.party,
            account: which.account,
            parent: which.parent,
            with_restricted: sees_restricted(actor),
        };
        let rows = self
            .store()
            .list_cases(&tenant.name, &filter, after, limit + 1)
            .await?;
        let next = (rows.len() > limit)
            .then(|| rows.get(limit - 1).map(|r| r.case.to_string()))
            .flatten();
        let now = self.now();
        let items = rows.iter().take(limit).map(|r| CaseAnswer::new(r, now));
        Ok(Page {
            items: items.collect(),
            next,
        })
    }

    /// A case, without what was said in it.
    pub async fn case(&self, actor: &Actor, case: CaseId) -> Result<CaseAnswer, AppError> {
        actor.may(Action::ReadCases)?;
        let tenant = self.tenant(&actor.tenant)?;
        let row = self.case_row(actor, &tenant, case).await?;
        Ok(CaseAnswer::new(&row, self.now()))
    }

    /// The entries of a case, unopened, a page at a time, oldest first.
    pub async fn case_entries(
        &self,
        actor: &Actor,
        case: CaseId,
        after: Option<RecordId>,
        limit: usize,
    ) -> Result<Page<CaseEntryAnswer>, AppError> {
        actor.may(Action::ReadCases)?;
        let tenant = self.tenant(&actor.tenant)?;
        self.case_row(actor, &tenant, case).await?;
        let (entries, next) = self.entries_of(&tenant, case, after, limit).await?;
        Ok(Page {
            items: entries.into_iter().map(|e| e.row.into()).collect(),
            next,
        })
    }

    /// Opens the entries of a case, a page at a time, oldest first. That they were opened, and by whom, is recorded first
    ///
    pub async fn open_case_entries(
        &self,
        actor: &Actor,
        case: CaseId,
        after: Option<RecordId>,
        limit: usize,
    ) -> Result<Page<OpenedCaseEntry>, AppError> {
        actor.may(Action::WorkCase)?;
        let tenant = self.tenant(&actor.tenant)?;
        self.changed_case(&tenant, || async {
            let file = self.case_file(actor, &tenant, case).await?;
            let (entries, next) = self.entries_of(&tenant, case, after, limit).await?;
            let mut recorder = Recorder::new(self, &tenant, actor, Vec::new(), self.now());
            if let Some((party, keys)) = &file.subject {
                recorder.expect(Subject::Party(party.party), party.version);
                let entry = Entry {
                    party: party.party,
                    account: file.row.account,
                    kind: Kind::Opening,
                    keys,
                };
                let opening = Opening {
                    case,
                    purpose: "casework",
                    records: entries.iter().map(|e| e.row.record).collect(),
                };
                let record = recorder.decision(&entry, &[("opening", &opening)])?;
                recorder.push(Op::Access(AccessOp::AddOpening(OpeningRow {
                    party: party.party,
                    record,
                    actor: actor.name.clone(),
                    purpose: opening.purpose.to_owned(),
                    case: case.to_string(),
                    fields: CASE_ENTRIES.to_owned(),
                    at: recorder.now(),
                })));
            }
            let items: Result<Vec<_>, AppError> = entries
                .into_iter()
                .map(|entry| {
                    let said = self.said_in(&tenant, &file, &entry)?;
                    Ok(OpenedCaseEntry::new(entry.row, said))
                })
                .collect();
            let page = Page {
                items: items?,
                next,
            };
            Ok((recorder.finish(), page))
        })
        .await
    }

    /// How many cases there are of what: pending and late ones, decisions by outcome, and who stood beside whoever decided.
    /// Restricted cases are counted for those who may see them.
    pub async fn case_counts(&self, actor: &Actor) -> Result<Vec<CaseCountAnswer>, AppError> {
        actor.may(Action::ReadCases)?;
        let tenant = self.tenant(&actor.tenant)?;
        let counts = self
            .store()
            .case_counts(&tenant.name, self.now(), sees_restricted(actor))
            .await?;
        Ok(counts.into_iter().map(Into::into).collect())
    }

    async fn entries_of(
        &self,
        tenant: &Tenant,
        case: CaseId,
        after: Option<RecordId>,
        limit: usize,
    ) -> Result<(Vec<CaseEntry>, Option<String>), AppError> {
        let limit = limit.clamp(1, PAGE_MAX);
        let mut entries = self
            .store()
            .case_entries(&tenant.name, case, after, limit + 1)
            .await?;
        let more = entries.len() > limit;
        entries.truncate(limit);
        let last = entries.last().map(|e| e.row.record.to_string());
        Ok((entries, last.filter(|_| more)))
    }

    /// What was proposed last in a case.
    pub(super) async fn proposal(
        &self,
        tenant: &Tenant,
        file: &CaseFile,
    ) -> Result<Said, AppError> {
        let case = file.row.case;
        let (mut after, mut proposed) = (None, None);
        loop {
            let (entries, next) = self.entries_of(tenant, case, after, PAGE_MAX).await?;
            after = entries.last().map(|e| e.row.record);
            let last = entries.into_iter().rfind(|e| e.row.kind == PROPOSED);
            proposed = last.or(proposed);
            if next.is_none() {
                break;
            }
        }
        let entry = proposed
            .ok_or_else(|| AppError::Internal(format!("nothing was proposed in case `{case}`")))?;
        self.said_in(tenant, file, &entry)
    }

    fn said_in(
        &self,
        tenant: &Tenant,
        file: &CaseFile,
        entry: &CaseEntry,
    ) -> Result<Said, AppError> {
        let damaged = || {
            AppError::Internal(format!(
                "the entry of record `{}` is damaged",
                entry.row.record
            ))
        };
        match (&entry.row.text, &entry.envelope, file.keys()) {
            (Some(text), _, _) => serde_json::from_str(text).map_err(|_| damaged()),
            (None, Some(envelope), Some(keys)) => {
                let record = entry.row.record.to_string();
                let parts =
                    sealed::open_parts(envelope, keys, self.registry(), &tenant.name, &record)?;
                let mut items = parts.iter().flat_map(|p| &p.items);
                let item = items.find(|i| i.name() == "case").ok_or_else(damaged)?;
                serde_json::from_str(item.value.get()).map_err(|_| damaged())
            }
            _ => Err(damaged()),
        }
    }
}
