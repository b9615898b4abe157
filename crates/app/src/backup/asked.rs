//! Who may back up, restore and recover: a member of staff with the permission, as everywhere else, asked of the database
//! at hand where no application is open.
//!
//! A back-up asks the database it is made of. A restoration asks the staff that stand in the back-up, before anything is
//! put in its place, since the place itself is empty. A recovery of the keyring asks the database if there is one. Where
//! there is nobody to ask, whoever has the machine may, and the record of it says that nobody was asked.

use std::sync::Arc;

use bonafide_ledger::Kind;
use bonafide_model::Timestamp;
use bonafide_store::{AccessOp, ApplyError, Op, RestorationRow, Snapshot, StaffFile, StoreError};

use crate::access::{Access, Door, text_of};
use crate::error::AppError;
use crate::open::Location;
use crate::recorder::Recorder;
use crate::staff::{checked_handle, member_of};
use crate::tenant::Tenant;
use crate::{Action, Actor, App};

/// Who says that they ask: whose data, and by which handle.
#[derive(Debug, Clone, Copy)]
pub struct Caller<'a> {
    /// The tenant.
    pub tenant: &'a str,
    /// The handle of a member of its staff.
    pub handle: &'a str,
}

/// Who was asked whether a caller may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The staff and the access policies of the tenant.
    Staff,
    /// There was nobody to ask.
    Nobody,
}

impl Asked {
    /// The word of records and answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Nobody => "nobody",
        }
    }
}

impl Caller<'_> {
    /// Whether they may by what stands there.
    pub(crate) fn may(
        self,
        action: Action,
        there: &StaffFile,
        now: Timestamp,
    ) -> Result<Asked, AppError> {
        let handle = checked_handle(self.handle)?;
        if !there.anybody {
            return Ok(Asked::Nobody);
        }
        let member = member_of(&handle, &there.staff, &there.grants)?;
        let Some(member) = member.filter(|m| m.suspended_at.is_none()) else {
            return Err(AppError::Forbidden(format!(
                "`{handle}` is no active member of staff: say who you are by `--actor HANDLE` or BONAFIDE_ACTOR"
            )));
        };
        let access = Access::parse(&text_of(|name| there.setting(name)));
        let access = access.map_err(|e| AppError::Refused(e.to_string()))?;
        let (roles, access) = (member.roles_at(now), Arc::new(access));
        Actor::staff(self.tenant, &handle, roles, Door::Cli, access).may(action)?;
        Ok(Asked::Staff)
    }

    /// Whether they may by the database, if there is one.
    pub(crate) async fn may_by(
        self,
        action: Action,
        location: &Location,
        now: Timestamp,
    ) -> Result<Asked, AppError> {
        let opened = match location {
            Location::Sqlite(path) if !path.exists() => return Ok(Asked::Nobody),
            Location::Sqlite(path) => Snapshot::open_sqlite(path).await,
            Location::Postgres(url) => Snapshot::open_postgres(url).await,
        };
        let mut snapshot = match opened {
            Err(StoreError::Empty) => return Ok(Asked::Nobody),
            other => other?,
        };
        let there = snapshot.staff(self.tenant).await;
        snapshot.close().await?;
        self.may(action, &there?, now)
    }

    /// How the record of a restoration names them.
    pub(crate) fn name(self) -> String {
        format!("{}/{}", self.tenant, self.handle)
    }
}

impl App {
    /// Records restorations of which nothing is recorded yet.
    pub(crate) async fn record_restorations(&self, tenant: &Tenant) -> Result<(), AppError> {
        for row in self.store().restorations(&tenant.name, true).await? {
            self.record_restoration(tenant, row).await?;
        }
        Ok(())
    }

    /// Records that something was put back, and whether anybody was asked.
    pub(crate) async fn record_restoration(
        &self,
        tenant: &Tenant,
        row: RestorationRow,
    ) -> Result<(), AppError> {
        let service = Actor::worker(&tenant.name);
        let mut recorder = Recorder::new(self, tenant, &service, Vec::new(), self.now());
        let (at, source_at) = (row.at.to_string(), row.source_at.to_string());
        let details = [
            ("what", row.what.as_str()),
            ("source", &row.source),
            ("source_at", &source_at),
            ("at", &at),
            ("actor", &row.actor),
            ("asked", &row.asked),
        ];
        let record = recorder.event(Kind::Restored, Vec::new(), &details)?;
        recorder.push(Op::Access(AccessOp::RecordRestoration(RestorationRow {
            record: Some(record),
            ..row
        })));
        match self.writer().commit(recorder.finish()).await {
            // Another process was faster.
            Ok(()) | Err(ApplyError::Duplicate { .. }) => Ok(()),
            Err(other) => Err(other.into()),
        }
    }

    /// What was put back, by whom, and whether anybody was asked, oldest first.
    pub async fn restorations(&self, actor: &Actor) -> Result<Vec<RestorationRow>, AppError> {
        actor.may(Action::ReadStatus)?;
        Ok(self.store().restorations(&actor.tenant, false).await?)
    }
}
