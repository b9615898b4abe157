//! Events that terms of keeping are counted from: the closing of an account, and an access to it.

use bonafide_ledger::Kind;
use bonafide_model::{Account, AccountId, Fact, Timestamp};
use bonafide_store::ApplyError;

use crate::error::AppError;
use crate::once::ATTEMPTS_MAX;
use crate::recorder::{Entry, Recorder};
use crate::{Action, Actor, App};

impl App {
    /// Closes an account; its terms of keeping run from then. Closing what is closed changes nothing.
    pub async fn close_account(&self, actor: &Actor, account: AccountId) -> Result<(), AppError> {
        actor.may(Action::CloseAccount)?;
        self.change_account(actor, account, |known, now| {
            known.closed_at.is_none().then(|| Account {
                closed_at: Some(now),
                recorded_at: now,
                ..known.clone()
            })
        })
        .await
    }

    /// Notes that somebody used an account; terms that are counted from the last access run from then. A day is as fine as
    /// it is kept: an access on the day of the last one, or before it, changes nothing.
    pub async fn note_access(
        &self,
        actor: &Actor,
        account: AccountId,
        at: Timestamp,
    ) -> Result<(), AppError> {
        actor.may(Action::AddRecords)?;
        if at > self.now() {
            return Err(AppError::invalid("at", "an access cannot be in the future"));
        }
        self.change_account(actor, account, |known, now| {
            let later = known
                .last_access_at
                .is_none_or(|last| last.date() < at.date());
            later.then(|| Account {
                last_access_at: Some(at),
                recorded_at: now,
                ..known.clone()
            })
        })
        .await
    }

    /// Records what an account is from now on, and judges it.
    async fn change_account(
        &self,
        actor: &Actor,
        account: AccountId,
        change: impl Fn(&Account, Timestamp) -> Option<Account>,
    ) -> Result<(), AppError> {
        let tenant = self.tenant(&actor.tenant)?;
        for _ in 0..ATTEMPTS_MAX {
            let loaded = self.open_account(&tenant, account).await?;
            let Some(dossier) = loaded.dossier(None) else {
                return Err(self.no_dossier(&tenant, &loaded).await);
            };
            let now = self.now();
            let Some(changed) = change(&dossier.account, now) else {
                return Ok(());
            };
            let holder = loaded.parties.get(&changed.holder);
            let holder = holder.ok_or_else(|| {
                AppError::Refused("the holder of this account was erased".to_owned())
            })?;
            let mut recorder =
                Recorder::new(self, &tenant, actor, tenant.engine().digests.clone(), now);
            let entry = Entry {
                party: changed.holder,
                account: Some(account),
                kind: Kind::RoleChanged,
                keys: &holder.keys,
            };
            let facts = [Fact::Account(changed)];
            recorder.facts(&entry, &facts)?;
            self.judge_within(&mut recorder, &tenant, &loaded, &facts, None, now)?;
            match self.writer().commit(recorder.finish()).await {
                Ok(()) => return Ok(()),
                Err(ApplyError::Conflict { .. }) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Err(AppError::Busy)
    }
}
