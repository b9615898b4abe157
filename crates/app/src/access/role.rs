//! What somebody was granted, and through which door they come.

use std::fmt;
use std::str::FromStr;

/// What a member of staff or a key was granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Works cases.
    Reviewer,
    /// Works cases, decides appeals, approves what takes two.
    SeniorReviewer,
    /// Holds, erasures, lawful process, restricted matters.
    Legal,
    /// Reads everything but identities, changes nothing.
    Auditor,
    /// Runs the installation, sees no identities.
    Administrator,
    /// A system of the provider: sign-up, billing, provisioning.
    Service,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 6] = [
        Self::Reviewer,
        Self::SeniorReviewer,
        Self::Legal,
        Self::Auditor,
        Self::Administrator,
        Self::Service,
    ];

    /// The word of policies, rows and answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reviewer => "reviewer",
            Self::SeniorReviewer => "senior_reviewer",
            Self::Legal => "legal",
            Self::Auditor => "auditor",
            Self::Administrator => "administrator",
            Self::Service => "service",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Text that is no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a role: use `reviewer`, `senior_reviewer`, `legal`, `auditor`, `administrator` or `service`"
)]
pub struct RoleError(String);

impl FromStr for Role {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Self, RoleError> {
        Self::ALL
            .into_iter()
            .find(|r| r.as_str() == text)
            .ok_or_else(|| RoleError(text.chars().take(32).collect()))
    }
}

/// Through which door a request comes. The same policies bind all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Door {
    /// The command line.
    Cli,
    /// The API.
    Api,
    /// Nobody asks: the service's own clocks.
    Machine,
}

impl Door {
    /// The word of policies.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cli => "cli",
            Self::Api => "api",
            Self::Machine => "machine",
        }
    }
}
