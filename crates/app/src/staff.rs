//! Staff: who works here, under which handle, with which grants.
//!
//! Records name a handle, which is a pseudonym; what a person is called is sealed under a key of the tenant. The first
//! member is made when nobody is on the staff yet: whoever has the machine and the keyring has everything already. A grant
//! or a suspension counts from the next request on, and what would leave nobody to administer is refused.

use std::collections::BTreeSet;

use bonafide_ledger::Kind;
use bonafide_model::Timestamp;
use bonafide_seal::{Aad, envelope};
use bonafide_store::{AccessOp, GrantRow, Op, StaffRow};
use serde::{Deserialize, Serialize};

use crate::access::{Action, Door, Role, Scope};
use crate::error::AppError;
use crate::recorder::Recorder;
use crate::tenant::Tenant;
use crate::{Actor, App};

/// Characters of a handle: it stands in every record that its holder makes.
const HANDLE_MAX_CHARS: usize = 32;
/// Characters of a name or an address of staff.
const NAME_MAX_CHARS: usize = 200;
/// What the first member of staff is granted: a firm of one person does everything.
const FIRST: [Role; 3] = [Role::Administrator, Role::SeniorReviewer, Role::Legal];

/// Somebody to be added.
#[derive(Debug, Clone, Default)]
pub struct NewStaff {
    /// The pseudonym.
    pub handle: String,
    /// What they are called.
    pub name: Option<String>,
    /// Their address.
    pub email: Option<String>,
    /// What they are granted.
    pub roles: BTreeSet<Role>,
}

/// A role and until when it is granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// Until when; none until it is taken away.
    pub until: Option<Timestamp>,
}

/// A member of staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The pseudonym.
    pub handle: String,
    /// What they were granted.
    pub grants: Vec<Grant>,
    /// When they were added.
    pub created_at: Timestamp,
    /// Since when they are suspended.
    pub suspended_at: Option<Timestamp>,
    envelope: Option<Vec<u8>>,
}

/// What a member of staff is called.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffName {
    /// Name.
    pub name: Option<String>,
    /// Address.
    pub email: Option<String>,
}

impl Member {
    /// The roles that count at an instant.
    #[must_use]
    pub fn roles_at(&self, now: Timestamp) -> BTreeSet<Role> {
        let live = self.grants.iter();
        live.filter(|g| g.until.is_none_or(|until| now < until))
            .map(|g| g.role)
            .collect()
    }

    fn administers(&self, now: Timestamp) -> bool {
        // A grant that ends by itself does not keep the door open.
        let lasting = |g: &Grant| g.role == Role::Administrator && g.until.is_none();
        self.suspended_at.is_none_or(|at| now < at) && self.grants.iter().any(lasting)
    }
}

impl App {
    /// Who asks at the command line: a member of staff who is active. Where nobody is on the staff yet, the one who asks
    /// becomes the first; the second value says whether that happened.
    pub async fn staff_actor(&self, tenant: &str, handle: &str) -> Result<(Actor, bool), AppError> {
        if let Some(actor) = self.member_actor(tenant, handle, Door::Cli).await? {
            return Ok((actor, false));
        }
        if !self.store().staff(tenant).await?.is_empty() {
            return Err(AppError::Forbidden(format!(
                "`{}` is no active member of staff: say who you are by `--actor HANDLE` or BONAFIDE_ACTOR",
                shown(handle)
            )));
        }
        let first = NewStaff {
            handle: handle.to_owned(),
            roles: FIRST.into_iter().collect(),
            ..NewStaff::default()
        };
        let setting_up = Actor::operator(tenant, &checked_handle(handle)?);
        self.add_staff(&setting_up, &first).await?;
        let actor = self.member_actor(tenant, handle, Door::Cli).await?;
        let actor = actor.ok_or_else(|| AppError::internal("the first member of staff is gone"))?;
        Ok((actor, true))
    }

    /// A member of staff as an actor; none when there is no such member, or they are suspended.
    pub(crate) async fn member_actor(
        &self,
        tenant: &str,
        handle: &str,
        door: Door,
    ) -> Result<Option<Actor>, AppError> {
        let member = self.member(tenant, handle).await?;
        let Some(member) = member.filter(|m| m.suspended_at.is_none()) else {
            return Ok(None);
        };
        let (roles, access) = (member.roles_at(self.now()), self.tenant(tenant)?.access());
        Ok(Some(Actor::staff(tenant, handle, roles, door, access)))
    }

    /// Adds a member of staff.
    pub async fn add_staff(&self, actor: &Actor, new: &NewStaff) -> Result<(), AppError> {
        actor.may(Action::ManageStaff)?;
        let tenant = self.tenant(&actor.tenant)?;
        let handle = checked_handle(&new.handle)?;
        let now = self.now();
        if self.member(&tenant.name, &handle).await?.is_some() {
            return Err(AppError::invalid(
                "handle",
                format!("`{handle}` is on the staff already: handles are not used twice"),
            ));
        }
        let mut recorder = Recorder::new(self, &tenant, actor, Vec::new(), now);
        recorder.push(Op::Access(AccessOp::AddStaff(StaffRow {
            envelope: self.sealed_name(&tenant, &handle, new)?,
            handle: handle.clone(),
            created_at: now,
            suspended_at: None,
        })));
        for role in &new.roles {
            recorder.push(granted(&handle, *role, now, None));
        }
        let roles: Vec<&str> = new.roles.iter().map(|r| r.as_str()).collect();
        let details = [("added", handle.as_str()), ("roles", &roles.join(" "))];
        recorder.event(Kind::StaffChanged, Vec::new(), &details)?;
        Ok(self.writer().commit(recorder.finish()).await?)
    }

    /// The staff, by handle.
    pub async fn staff(&self, actor: &Actor) -> Result<Vec<Member>, AppError> {
        actor.may(Action::ReadStaff)?;
        self.members(&actor.tenant).await
    }

    /// What a member of staff is called.
    pub fn staff_name(&self, actor: &Actor, member: &Member) -> Result<StaffName, AppError> {
        actor.may(Action::ManageStaff)?;
        let Some(sealed) = &member.envelope else {
            return Ok(StaffName::default());
        };
        let (keyring, aad) = (self.keyring(), aad(&actor.tenant, &member.handle));
        let keys = keyring
            .tenant(&actor.tenant)
            .ok_or_else(|| AppError::internal("the tenant has no keys"))?;
        let key = keys.staff_key().map_err(AppError::internal)?;
        let plain = envelope::open(&key, &aad, sealed).map_err(AppError::internal)?;
        serde_json::from_slice(plain.expose()).map_err(AppError::internal)
    }

    /// Suspends a member of staff, or takes them back. Their keys are refused from the next request on.
    pub async fn suspend_staff(
        &self,
        actor: &Actor,
        handle: &str,
        suspended: bool,
    ) -> Result<(), AppError> {
        actor.may(Action::ManageStaff)?;
        let (tenant, now) = (self.tenant(&actor.tenant)?, self.now());
        self.known(&tenant.name, handle).await?;
        if suspended {
            self.refuse_last(&tenant.name, handle).await?;
        }
        let op = AccessOp::SuspendStaff {
            handle: handle.to_owned(),
            at: suspended.then_some(now),
        };
        let what = if suspended { "suspended" } else { "taken_back" };
        self.change_staff(actor, &tenant, op, &[(what, handle)])
            .await
    }

    /// Grants a role, until an instant or until it is taken away.
    pub async fn grant_role(
        &self,
        actor: &Actor,
        handle: &str,
        role: Role,
        until: Option<Timestamp>,
    ) -> Result<(), AppError> {
        actor.may(Action::ManageStaff)?;
        let (tenant, now) = (self.tenant(&actor.tenant)?, self.now());
        self.known(&tenant.name, handle).await?;
        if until.is_some_and(|until| until <= now) {
            return Err(AppError::invalid("until", "a grant cannot end in the past"));
        }
        if role == Role::Administrator && until.is_some() {
            self.refuse_last(&tenant.name, handle).await?;
        }
        let op = AccessOp::Grant(GrantRow {
            handle: handle.to_owned(),
            role: role.as_str().to_owned(),
            granted_at: now,
            expires_at: until,
        });
        let until = until.map_or_else(|| "taken away".to_owned(), |t| t.to_string());
        let details = [
            ("granted", role.as_str()),
            ("to", handle),
            ("until", &until),
        ];
        self.change_staff(actor, &tenant, op, &details).await
    }

    /// Takes a role away; it counts from the next request on.
    pub async fn revoke_role(
        &self,
        actor: &Actor,
        handle: &str,
        role: Role,
    ) -> Result<(), AppError> {
        actor.may(Action::ManageStaff)?;
        let tenant = self.tenant(&actor.tenant)?;
        let member = self.known(&tenant.name, handle).await?;
        if !member.grants.iter().any(|g| g.role == role) {
            return Err(AppError::NotFound {
                what: "grant of",
                id: role.to_string(),
            });
        }
        if role == Role::Administrator {
            self.refuse_last(&tenant.name, handle).await?;
        }
        let op = AccessOp::Revoke {
            handle: handle.to_owned(),
            role: role.as_str().to_owned(),
        };
        let details = [("revoked", role.as_str()), ("of", handle)];
        self.change_staff(actor, &tenant, op, &details).await
    }

    /// Makes an API key that a member of staff acts by; the grants are theirs. The text is shown once.
    pub async fn staff_key(
        &self,
        actor: &Actor,
        handle: &str,
        label: &str,
        scopes: &BTreeSet<Scope>,
    ) -> Result<String, AppError> {
        // One's own key, or anybody's for whoever manages staff.
        if actor.name != handle || !actor.is_person() || actor.door() != Door::Cli {
            actor.may(Action::ManageStaff)?;
        }
        self.known(&actor.tenant, handle).await?;
        self.make_key(actor, label, None, Some(handle), scopes)
            .await
    }

    async fn change_staff(
        &self,
        actor: &Actor,
        tenant: &Tenant,
        op: AccessOp,
        details: &[(&str, &str)],
    ) -> Result<(), AppError> {
        let mut recorder = Recorder::new(self, tenant, actor, Vec::new(), self.now());
        recorder.push(Op::Access(op));
        recorder.event(Kind::StaffChanged, Vec::new(), details)?;
        Ok(self.writer().commit(recorder.finish()).await?)
    }

    async fn known(&self, tenant: &str, handle: &str) -> Result<Member, AppError> {
        let member = self.member(tenant, handle).await?;
        member.ok_or_else(|| AppError::NotFound {
            what: "member of staff",
            id: shown(handle),
        })
    }

    async fn member(&self, tenant: &str, handle: &str) -> Result<Option<Member>, AppError> {
        let Some(row) = self.store().staff_member(tenant, handle).await? else {
            return Ok(None);
        };
        let grants = self.store().grants(tenant, Some(handle)).await?;
        member(row, grants.iter()).map(Some)
    }

    pub(crate) async fn members(&self, tenant: &str) -> Result<Vec<Member>, AppError> {
        let grants = self.store().grants(tenant, None).await?;
        let rows = self.store().staff(tenant).await?.into_iter();
        rows.map(|row| {
            let handle = row.handle.clone();
            member(row, grants.iter().filter(|g| g.handle == handle))
        })
        .collect()
    }

    /// Refuses to take the last administrator away.
    async fn refuse_last(&self, tenant: &str, handle: &str) -> Result<(), AppError> {
        let now = self.now();
        let all = self.members(tenant).await?;
        let (own, mut others): (Vec<&Member>, Vec<&Member>) =
            all.iter().partition(|m| m.handle == handle);
        others.retain(|m| m.administers(now));
        if !others.is_empty() || !own.iter().any(|m| m.administers(now)) {
            return Ok(());
        }
        Err(AppError::Refused(format!(
            "`{handle}` is the last administrator: make another one first with `bonafide staff grant HANDLE administrator`"
        )))
    }

    fn sealed_name(
        &self,
        tenant: &Tenant,
        handle: &str,
        new: &NewStaff,
    ) -> Result<Option<Vec<u8>>, AppError> {
        let mut name = StaffName::default();
        for (field, given, to) in [
            ("name", &new.name, &mut name.name),
            ("email", &new.email, &mut name.email),
        ] {
            let text = given
                .as_deref()
                .map(bonafide_model::value::text)
                .transpose();
            *to = text.map_err(|e| AppError::invalid(field, e.message))?;
            if to
                .as_ref()
                .is_some_and(|t| t.chars().count() > NAME_MAX_CHARS)
            {
                let message = format!("at most {NAME_MAX_CHARS} characters");
                return Err(AppError::invalid(field, message));
            }
        }
        if name == StaffName::default() {
            return Ok(None);
        }
        let plain = serde_json::to_vec(&name).map_err(AppError::internal)?;
        let keyring = self.keyring();
        let keys = keyring
            .tenant(&tenant.name)
            .ok_or_else(|| AppError::internal("the tenant has no keys"))?;
        let key = keys.staff_key().map_err(AppError::internal)?;
        let sealed = envelope::seal(&key, &aad(&tenant.name, handle), &plain, self.entropy());
        sealed.map(Some).map_err(AppError::internal)
    }
}

/// A member by handle, out of rows that were read elsewhere.
pub(crate) fn member_of(
    handle: &str,
    staff: &[StaffRow],
    grants: &[GrantRow],
) -> Result<Option<Member>, AppError> {
    let row = staff.iter().find(|row| row.handle == handle).cloned();
    let grants = || grants.iter().filter(|g| g.handle == handle);
    row.map(|row| member(row, grants())).transpose()
}

fn member<'a>(
    row: StaffRow,
    grants: impl Iterator<Item = &'a GrantRow>,
) -> Result<Member, AppError> {
    let grants = grants.map(|g| {
        Ok(Grant {
            role: g.role.parse().map_err(AppError::internal)?,
            until: g.expires_at,
        })
    });
    Ok(Member {
        handle: row.handle,
        grants: grants.collect::<Result<_, AppError>>()?,
        created_at: row.created_at,
        suspended_at: row.suspended_at,
        envelope: row.envelope,
    })
}

fn granted(handle: &str, role: Role, now: Timestamp, until: Option<Timestamp>) -> Op {
    Op::Access(AccessOp::Grant(GrantRow {
        handle: handle.to_owned(),
        role: role.as_str().to_owned(),
        granted_at: now,
        expires_at: until,
    }))
}

fn aad<'a>(tenant: &'a str, handle: &'a str) -> Aad<'a> {
    Aad {
        tenant,
        record: handle,
        field: "staff",
        version: 1,
    }
}

/// A handle that can stand in records and never looks like a key's id or the service.
pub(crate) fn checked_handle(handle: &str) -> Result<String, AppError> {
    let begins = handle.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c);
    if begins && handle.chars().count() <= HANDLE_MAX_CHARS && handle.chars().all(plain) {
        return Ok(handle.to_owned());
    }
    Err(AppError::invalid(
        "handle",
        format!(
            "`{}` is no handle: 1 to {HANDLE_MAX_CHARS} lower-case letters, digits, dots and hyphens, a letter or digit first",
            shown(handle)
        ),
    ))
}

fn shown(handle: &str) -> String {
    handle
        .chars()
        .filter(|c| !c.is_control())
        .take(HANDLE_MAX_CHARS)
        .collect()
}
