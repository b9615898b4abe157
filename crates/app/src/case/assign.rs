//! Who works on a case: assigned by somebody, or the most urgent one taken. One case never goes to two people.

use bonafide_model::{CaseId, CaseKind};
use bonafide_store::{ApplyError, CaseRow};

use super::answer::CaseAnswer;
use super::file::sees_restricted;
use super::rules::handle;
use super::said::{Said, What, text};
use crate::error::AppError;
use crate::once::{ATTEMPTS_MAX, Once, Reply};
use crate::recorder::Recorder;
use crate::tenant::Tenant;
use crate::{Action, Actor, App};

/// Cases looked at when the most urgent one is taken: as many people may take one at the same instant.
const CANDIDATES: usize = 32;

impl App {
    /// Adds a note to a case. Notes cannot be changed.
    pub async fn note_case(
        &self,
        actor: &Actor,
        case: CaseId,
        note: &str,
    ) -> Result<CaseAnswer, AppError> {
        self.note_case_once(actor, case, note, None).await?.made()
    }

    /// The same, at most once where the request has a key.
    pub async fn note_case_once(
        &self,
        actor: &Actor,
        case: CaseId,
        note: &str,
        once: Option<&Once<'_, CaseAnswer>>,
    ) -> Result<Reply<CaseAnswer>, AppError> {
        actor.may(Action::WorkCase)?;
        let note = text("text", note)?;
        self.on_case_once(actor, case, once, |_| Ok((What::Note, Said::text(note))))
            .await
    }

    /// Gives a case to somebody, whoever had it.
    pub async fn assign_case(
        &self,
        actor: &Actor,
        case: CaseId,
        to: &str,
    ) -> Result<CaseAnswer, AppError> {
        actor.may(Action::WorkCase)?;
        handle("to", to)?;
        self.on_case(actor, case, |file| {
            file.must_be_pending()?;
            file.row.assignee = Some(to.to_owned());
            Ok((What::Assigned, assigned(to)))
        })
        .await
    }

    /// Takes a case that nobody has; refused when somebody else has it.
    pub async fn take_case(&self, actor: &Actor, case: CaseId) -> Result<CaseAnswer, AppError> {
        actor.may(Action::WorkCase)?;
        self.on_case(actor, case, |file| {
            file.must_be_pending()?;
            match &file.row.assignee {
                Some(other) if *other != actor.name => Err(taken(&file.row, other)),
                _ => {
                    file.row.assignee = Some(actor.name.clone());
                    Ok((What::Assigned, assigned(&actor.name)))
                }
            }
        })
        .await
    }

    /// Gives a case back to the queue.
    pub async fn release_case(&self, actor: &Actor, case: CaseId) -> Result<CaseAnswer, AppError> {
        actor.may(Action::WorkCase)?;
        self.on_case(actor, case, |file| {
            file.must_be_pending()?;
            match file.row.assignee.take() {
                None => Err(AppError::Refused(format!("nobody has case `{case}`"))),
                Some(_) => Ok((What::Released, Said::default())),
            }
        })
        .await
    }

    /// Takes the most urgent open case, of one kind or any, that nobody has and that the actor may decide; `None` when there
    /// is none.
    pub async fn take_next_case(
        &self,
        actor: &Actor,
        kind: Option<CaseKind>,
    ) -> Result<Option<CaseAnswer>, AppError> {
        actor.may(Action::WorkCase)?;
        let tenant = self.tenant(&actor.tenant)?;
        for _ in 0..ATTEMPTS_MAX {
            let restricted = sees_restricted(actor);
            let waiting = self
                .store()
                .waiting_cases(&tenant.name, kind, restricted, self.now(), CANDIDATES)
                .await?;
            let mut was_first = false;
            for row in &waiting {
                if self.is_barred(&tenant, row, &actor.name).await? {
                    continue;
                }
                match self.take_as_read(actor, &tenant, row).await? {
                    Some(taken) => return Ok(Some(taken)),
                    None => was_first = true,
                }
            }
            if !was_first {
                return Ok(None);
            }
        }
        Err(AppError::Busy)
    }

    /// Takes a case as it was read; `None` when somebody changed it meanwhile.
    async fn take_as_read(
        &self,
        actor: &Actor,
        tenant: &Tenant,
        row: &CaseRow,
    ) -> Result<Option<CaseAnswer>, AppError> {
        let mut file = match self.case_file(actor, tenant, row.case).await {
            Ok(file) if file.row == *row => file,
            Ok(_) | Err(AppError::NotFound { .. }) => return Ok(None),
            Err(other) => return Err(other),
        };
        let mut recorder = Recorder::new(self, tenant, actor, Vec::new(), self.now());
        file.demand(&mut recorder);
        file.row.assignee = Some(actor.name.clone());
        file.put(&mut recorder, What::Assigned, &assigned(&actor.name))?;
        match self.writer().commit(recorder.finish()).await {
            Ok(()) => Ok(Some(CaseAnswer::new(&file.row, self.now()))),
            Err(ApplyError::Conflict { .. }) => Ok(None),
            Err(ApplyError::EpochOver { .. }) => {
                self.reload_keyring()?;
                Ok(None)
            }
            Err(other) => Err(other.into()),
        }
    }
}

fn assigned(to: &str) -> Said {
    Said {
        to: Some(to.to_owned()),
        ..Said::default()
    }
}

/// Somebody else works on it.
pub(super) fn taken(row: &CaseRow, by: &str) -> AppError {
    AppError::Refused(format!(
        "case `{}` is with `{by}`: let it be released or assigned first",
        row.case
    ))
}
