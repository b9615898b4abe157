//! The access policies of a tenant: the shipped ones or those that replace them, and what the operator adds.
//!
//! Both are settings, validated before they are stored, and every change is a record. What would leave nobody who can
//! change it back is refused.

use std::sync::Arc;

use bonafide_ledger::{Kind, sha256};
use bonafide_store::Op;

use super::{Access, Action, Door, POLICIES};
use crate::error::AppError;
use crate::recorder::Recorder;
use crate::tenant::Tenant;
use crate::{Actor, App};

/// The setting that replaces the shipped policies; empty while they are in force.
const REPLACED: &str = "access";
/// The setting that is added to them.
const ADDED: &str = "access_added";

/// What to do with the policies in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessChange<'a> {
    /// Puts them in the place of the shipped ones.
    Replace(&'a str),
    /// Adds them to those in force, in place of what was added before.
    Add(&'a str),
    /// Goes back to the shipped ones, without additions.
    Reset,
}

impl App {
    /// Changes the access policies; gives the digest of those in force afterwards.
    pub async fn set_access(
        &self,
        actor: &Actor,
        change: AccessChange<'_>,
    ) -> Result<String, AppError> {
        actor.may(Action::ManageAccess)?;
        let tenant = self.tenant(&actor.tenant)?;
        let (replaced, added) = self.access_parts(&tenant.name).await?;
        let (replaced, added) = match change {
            AccessChange::Replace(text) => (text.to_owned(), added),
            AccessChange::Add(text) => (replaced, text.to_owned()),
            AccessChange::Reset => (String::new(), String::new()),
        };
        let text = joined(&replaced, &added);
        let access = Access::parse(&text).map_err(|e| AppError::Refused(e.to_string()))?;
        let access = Arc::new(access);
        self.refuse_lockout(actor, &access).await?;
        let digest = sha256(text.as_bytes());
        let now = self.now();
        let mut recorder = Recorder::new(self, &tenant, actor, vec![digest], now);
        for (name, text) in [(REPLACED, replaced), (ADDED, added)] {
            recorder.push(Op::PutSetting {
                name: name.to_owned(),
                text,
                at: now,
            });
        }
        let details = [("setting", REPLACED), ("digest", &digest.to_string())];
        recorder.event(Kind::PolicyActivated, Vec::new(), &details)?;
        self.writer().commit(recorder.finish()).await?;
        tenant.set_access(access);
        Ok(digest.to_string())
    }

    /// The access policies in force.
    pub async fn access(&self, actor: &Actor) -> Result<Arc<Access>, AppError> {
        actor.may(Action::ReadAccess)?;
        Ok(self.tenant(&actor.tenant)?.access())
    }

    /// Reads the policies again; those that this program cannot read any more are refused loudly, since leaving them out
    /// would change who may do what.
    pub(crate) async fn refresh_access(&self, tenant: &Tenant) -> Result<(), AppError> {
        let (text, digest) = self.access_text(&tenant.name).await?;
        if tenant.access().digest().to_string() == digest {
            return Ok(());
        }
        let access = Access::parse(&text).map_err(|e| AppError::Refused(e.to_string()))?;
        tenant.set_access(Arc::new(access));
        Ok(())
    }

    /// The text in force and its digest.
    pub(crate) async fn access_text(&self, tenant: &str) -> Result<(String, String), AppError> {
        let (replaced, added) = self.access_parts(tenant).await?;
        let text = joined(&replaced, &added);
        let digest = sha256(text.as_bytes()).to_string();
        Ok((text, digest))
    }

    async fn access_parts(&self, tenant: &str) -> Result<(String, String), AppError> {
        let replaced = self.store().setting(tenant, REPLACED).await?;
        let added = self.store().setting(tenant, ADDED).await?;
        Ok((replaced.unwrap_or_default(), added.unwrap_or_default()))
    }

    /// Somebody on the staff must still be able to change the policies.
    async fn refuse_lockout(&self, actor: &Actor, access: &Arc<Access>) -> Result<(), AppError> {
        for member in self.members(&actor.tenant).await? {
            let candidate = Actor::staff(
                &actor.tenant,
                &member.handle,
                member.roles_at(self.now()),
                Door::Cli,
                access.clone(),
            );
            if member.suspended_at.is_none() && candidate.may(Action::ManageAccess).is_ok() {
                return Ok(());
            }
        }
        Err(AppError::Refused(
            "under these policies no member of staff could change them again: permit `manage_access` to somebody"
                .to_owned(),
        ))
    }
}

/// The text in force, by the settings.
pub(crate) fn text_of<'a>(setting: impl Fn(&str) -> Option<&'a str>) -> String {
    let of = |name| setting(name).unwrap_or_default();
    joined(of(REPLACED), of(ADDED))
}

fn joined(replaced: &str, added: &str) -> String {
    let base = if replaced.is_empty() {
        POLICIES
    } else {
        replaced
    };
    if added.is_empty() {
        return base.to_owned();
    }
    format!("{base}\n{added}")
}
