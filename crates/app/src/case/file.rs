//! A case with the keys of whom it is about, read to be changed; and changing it, again when somebody else was first.

use bonafide_model::{CaseId, CaseState, PartyId};
use bonafide_seal::SubjectKeys;
use bonafide_store::{CaseOp, CaseRow, Change, Op, PartyRow, Subject};

use super::answer::CaseAnswer;
use super::said::{Said, What};
use crate::error::AppError;
use crate::once::{Once, Reply};
use crate::recorder::Recorder;
use crate::tenant::Tenant;
use crate::{Action, Actor, App, Matter};

/// A case to be changed.
pub(super) struct CaseFile {
    pub(super) row: CaseRow,
    pub(super) subject: Option<(PartyRow, SubjectKeys)>,
}

impl CaseFile {
    pub(super) fn keys(&self) -> Option<&SubjectKeys> {
        self.subject.as_ref().map(|(_, keys)| keys)
    }

    /// Refuses where nobody must do anything any more.
    pub(super) fn must_be_pending(&self) -> Result<(), AppError> {
        if self.row.state.is_pending() {
            return Ok(());
        }
        Err(AppError::Refused(format!(
            "case `{}` is {} already",
            self.row.case, self.row.state
        )))
    }

    pub(super) fn must_be(&self, state: CaseState) -> Result<(), AppError> {
        if self.row.state == state {
            return Ok(());
        }
        Err(AppError::Refused(format!(
            "case `{}` is {} and not {state}",
            self.row.case, self.row.state
        )))
    }

    /// Demands the versions that were read.
    pub(super) fn demand(&self, recorder: &mut Recorder<'_>) {
        recorder.expect(Subject::Case(self.row.case), self.row.version);
        if let Some((party, _)) = &self.subject {
            recorder.expect(Subject::Party(party.party), party.version);
        }
    }

    /// Remembers the answer to a request that has a key.
    pub(super) fn remember(
        &self,
        recorder: &mut Recorder<'_>,
        once: Option<&Once<'_, CaseAnswer>>,
        answer: &CaseAnswer,
    ) -> Result<(), AppError> {
        let about = self.subject.as_ref();
        recorder.remember(once, about.map(|(row, keys)| (row.party, keys)), answer)
    }

    /// Replaces the row and records what was said.
    pub(super) fn put(
        &self,
        recorder: &mut Recorder<'_>,
        what: What,
        said: &Said,
    ) -> Result<(), AppError> {
        recorder.push(Op::Case(CaseOp::Update(self.row.clone())));
        recorder.say(&self.row, self.keys(), what, said)
    }
}

impl App {
    /// A party that a case is about, with its keys.
    pub(super) async fn subject_of_case(
        &self,
        tenant: &Tenant,
        party: PartyId,
    ) -> Result<(PartyRow, SubjectKeys), AppError> {
        let row = self.store().party(&tenant.name, party).await?;
        let keys = self.subject_keys(tenant, party).await?;
        row.zip(keys).ok_or_else(|| AppError::NotFound {
            what: "party",
            id: party.to_string(),
        })
    }

    /// A case that the actor may see.
    pub(super) async fn case_row(
        &self,
        actor: &Actor,
        tenant: &Tenant,
        case: CaseId,
    ) -> Result<CaseRow, AppError> {
        let row = self.store().case(&tenant.name, case).await?;
        row.filter(|row| !row.restricted || sees_restricted(actor))
            .ok_or_else(|| AppError::NotFound {
                what: "case",
                id: case.to_string(),
            })
    }

    /// A case to be changed.
    pub(super) async fn case_file(
        &self,
        actor: &Actor,
        tenant: &Tenant,
        case: CaseId,
    ) -> Result<CaseFile, AppError> {
        let row = self.case_row(actor, tenant, case).await?;
        let subject = match row.party {
            Some(party) => Some(self.subject_of_case(tenant, party).await?),
            None => None,
        };
        Ok(CaseFile { row, subject })
    }

    /// Decides and commits, and decides anew when somebody else changed meanwhile what it rests on.
    pub(super) async fn changed_case<T, F>(
        &self,
        tenant: &Tenant,
        decision: impl Fn() -> F,
    ) -> Result<T, AppError>
    where
        F: Future<Output = Result<(Change, T), AppError>>,
    {
        let reply = self.decide(tenant, None, |_| decision()).await?;
        reply.made()
    }

    /// Changes one case: reads it, lets `change` alter its row and say what is recorded of it, commits.
    pub(super) async fn on_case(
        &self,
        actor: &Actor,
        case: CaseId,
        change: impl Fn(&mut CaseFile) -> Result<(What, Said), AppError>,
    ) -> Result<CaseAnswer, AppError> {
        self.on_case_once(actor, case, None, change).await?.made()
    }

    /// The same, at most once where the request has a key.
    pub(super) async fn on_case_once(
        &self,
        actor: &Actor,
        case: CaseId,
        once: Option<&Once<'_, CaseAnswer>>,
        change: impl Fn(&mut CaseFile) -> Result<(What, Said), AppError>,
    ) -> Result<Reply<CaseAnswer>, AppError> {
        let tenant = self.tenant(&actor.tenant)?;
        // Whoever may not know of the case is not given an earlier answer about it.
        self.case_row(actor, &tenant, case).await?;
        self.decide(&tenant, once, |now| {
            let (tenant, change) = (&tenant, &change);
            async move {
                let mut file = self.case_file(actor, tenant, case).await?;
                let mut recorder = Recorder::new(self, tenant, actor, Vec::new(), now);
                file.demand(&mut recorder);
                let (what, said) = change(&mut file)?;
                file.put(&mut recorder, what, &said)?;
                recorder.set_case_timer(&file.row)?;
                let answer = CaseAnswer::new(&file.row, now);
                file.remember(&mut recorder, once, &answer)?;
                Ok((recorder.finish(), answer))
            }
        })
        .await
    }
}

/// What a policy knows of a case.
pub(super) fn matter(row: &CaseRow) -> Matter {
    Matter {
        restricted: row.restricted,
        ..Matter::default()
    }
}

/// Whether an actor may know of restricted cases.
pub(super) fn sees_restricted(actor: &Actor) -> bool {
    let matter = Matter {
        restricted: true,
        ..Matter::default()
    };
    actor.may_about(Action::ReadCases, &matter).is_ok()
}
