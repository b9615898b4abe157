//! Who asks: a tenant, a pseudonymous name, what they were granted, and through which door they come.
//!
//! [`Actor::may`] is the one check. Every use case makes it, so that the command line, the API and whatever runs in bulk
//! are bound by the same policies.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::AppError;
use crate::access::{Access, Action, Door, Matter, Question, Role, Scope};

/// Who asks.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The tenant whose data it is about.
    pub tenant: String,
    /// A pseudonymous name for the record: the handle of a member of staff, or a key's id.
    pub name: String,
    roles: BTreeSet<Role>,
    /// The groups of actions that a key is narrowed to.
    scopes: Option<BTreeSet<Scope>>,
    door: Door,
    person: bool,
    access: Arc<Access>,
}

impl Actor {
    /// Whoever sets an installation up, before there is any staff: every role but the auditor's, under the shipped
    /// policies.
    #[must_use]
    pub fn operator(tenant: &str, name: &str) -> Self {
        let roles = Role::ALL.into_iter().filter(|r| *r != Role::Auditor);
        Self::staff(tenant, name, roles.collect(), Door::Cli, Access::shipped())
    }

    /// The service itself, doing what was put off or what a clock calls for.
    #[must_use]
    pub fn worker(tenant: &str) -> Self {
        Self {
            person: false,
            ..Self::staff(
                tenant,
                "service:work",
                BTreeSet::from([Role::Service]),
                Door::Machine,
                Access::shipped(),
            )
        }
    }

    /// A member of staff.
    #[must_use]
    pub fn staff(
        tenant: &str,
        handle: &str,
        roles: BTreeSet<Role>,
        door: Door,
        access: Arc<Access>,
    ) -> Self {
        Self {
            tenant: tenant.to_owned(),
            name: handle.to_owned(),
            roles,
            scopes: None,
            door,
            person: true,
            access,
        }
    }

    /// A key that no person stands behind.
    #[must_use]
    pub fn key(tenant: &str, id: &str, role: Role, access: Arc<Access>) -> Self {
        Self {
            person: false,
            ..Self::staff(tenant, id, BTreeSet::from([role]), Door::Api, access)
        }
    }

    /// The same, narrowed to some groups of actions.
    #[must_use]
    pub fn narrowed(mut self, scopes: BTreeSet<Scope>) -> Self {
        self.scopes = Some(scopes);
        self
    }

    /// What they were granted.
    #[must_use]
    pub fn roles(&self) -> &BTreeSet<Role> {
        &self.roles
    }

    /// Through which door they come.
    #[must_use]
    pub fn door(&self) -> Door {
        self.door
    }

    /// Whether a person stands behind it.
    #[must_use]
    pub fn is_person(&self) -> bool {
        self.person
    }

    /// Whether they may; the refusal names what decided.
    pub fn may(&self, action: Action) -> Result<(), AppError> {
        self.may_about(action, &Matter::default())
    }

    /// Whether they may, about this matter.
    pub fn may_about(&self, action: Action, matter: &Matter) -> Result<(), AppError> {
        if let Some(scopes) = &self.scopes
            && !scopes.contains(&action.scope())
        {
            return Err(AppError::Forbidden(format!(
                "this key lacks the scope `{}`, to which `{action}` belongs",
                action.scope()
            )));
        }
        let question = Question {
            name: self.name.clone(),
            person: self.person,
            roles: self.roles.clone(),
            door: self.door,
            action,
            matter: matter.clone(),
        };
        self.access.decide(&question).map_err(|why| {
            let roles: Vec<String> = self.roles.iter().map(|r| format!("`{r}`")).collect();
            let roles = if roles.is_empty() {
                "no role".to_owned()
            } else {
                roles.join(", ")
            };
            AppError::Forbidden(format!(
                "`{}` with {roles} may not `{action}`: {why}; `bonafide access policies` prints who may",
                self.name
            ))
        })
    }
}
