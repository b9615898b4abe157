//! Who asks: a tenant, a pseudonymous name, and what they may do.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// What a key may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Send sign-ups.
    SignUps,
    /// Add claims, evidence and checks.
    Records,
    /// Read accounts, parties, assessments and timelines; never values.
    Read,
    /// Read checkpoints, tiles and proofs.
    Ledger,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 4] = [Self::SignUps, Self::Records, Self::Read, Self::Ledger];

    /// The word used on the command line and in answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignUps => "sign-ups",
            Self::Records => "records",
            Self::Read => "read",
            Self::Ledger => "ledger",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Text that is no scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a scope: use `sign-ups`, `records`, `read` or `ledger`")]
pub struct ScopeError(String);

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        Self::ALL
            .into_iter()
            .find(|s| s.as_str() == text)
            .ok_or_else(|| ScopeError(text.chars().take(32).collect()))
    }
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The tenant whose data it is about.
    pub tenant: String,
    /// A pseudonymous name for the record: a key's id, or `cli:NAME`.
    pub name: String,
    /// What they may do.
    pub scopes: BTreeSet<Scope>,
}

impl Actor {
    /// Somebody at the machine's own command line, who may do everything there.
    #[must_use]
    pub fn operator(tenant: &str, name: &str) -> Self {
        Self {
            tenant: tenant.to_owned(),
            name: format!("cli:{name}"),
            scopes: Scope::ALL.into_iter().collect(),
        }
    }

    /// The service itself, doing what was put off or what a clock calls for.
    #[must_use]
    pub fn worker(tenant: &str) -> Self {
        Self {
            tenant: tenant.to_owned(),
            name: "service:work".to_owned(),
            scopes: Scope::ALL.into_iter().collect(),
        }
    }

    /// Whether they may.
    pub fn may(&self, scope: Scope) -> Result<(), crate::AppError> {
        if self.scopes.contains(&scope) {
            Ok(())
        } else {
            Err(crate::AppError::Forbidden(scope.as_str()))
        }
    }
}
