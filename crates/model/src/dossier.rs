//! Everything recorded about an account, folded.
//!
//! Time has two axes: `recorded_at`, when we knew, is a cut made here ([`Dossier::fold`]); `valid_at`, when it was so,
//! is asked of each claim and role ([`Claim::holds_on`], [`Role::holds_on`]) by whoever judges.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    Account, Check, Claim, Date, Determination, Evidence, Party, PartyId, Role, RoleKind,
    RoleTarget, Screening, Timestamp,
};

/// One thing learned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// A party came into view.
    Party(Party),
    /// An account was opened or changed.
    Account(Account),
    /// A role began, changed or ended.
    Role(Role),
    /// Somebody asserted something.
    Claim(Claim),
    /// Evidence arrived.
    Evidence(Evidence),
    /// A method was run.
    Check(Check),
    /// A party was held against lists.
    Screening(Screening),
    /// A human decided something.
    Determination(Determination),
}

impl Fact {
    /// When we knew.
    #[must_use]
    pub fn recorded_at(&self) -> Timestamp {
        match self {
            Self::Party(x) => x.recorded_at,
            Self::Account(x) => x.recorded_at,
            Self::Role(x) => x.recorded_at,
            Self::Claim(x) => x.recorded_at,
            Self::Evidence(x) => x.recorded_at,
            Self::Check(x) => x.recorded_at,
            Self::Screening(x) => x.recorded_at,
            Self::Determination(x) => x.recorded_at,
        }
    }
}

/// Everything recorded about one account and the parties that stand to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dossier {
    /// The account.
    pub account: Account,
    /// Its parties.
    pub parties: BTreeMap<PartyId, Party>,
    /// Roles, the latest version of each, in order of recording.
    #[serde(default)]
    pub roles: Vec<Role>,
    /// Claims in order of recording.
    #[serde(default)]
    pub claims: Vec<Claim>,
    /// Evidence in order of recording.
    #[serde(default)]
    pub evidence: Vec<Evidence>,
    /// Checks in order of recording.
    #[serde(default)]
    pub checks: Vec<Check>,
    /// Screenings in order of recording.
    #[serde(default)]
    pub screenings: Vec<Screening>,
    /// What humans determined, in order of recording.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub determinations: Vec<Determination>,
}

impl Dossier {
    /// Folds facts, in order of recording, into what was known at `known_at` (everything when `None`); `None` if no
    /// account was known by then.
    pub fn fold(
        facts: impl IntoIterator<Item = Fact>,
        known_at: Option<Timestamp>,
    ) -> Option<Self> {
        let mut account = None;
        let (mut parties, mut roles) = (BTreeMap::new(), BTreeMap::new());
        let (mut claims, mut evidence, mut checks) = (vec![], vec![], vec![]);
        let (mut screenings, mut determinations) = (vec![], vec![]);
        for (order, fact) in facts.into_iter().enumerate() {
            if known_at.is_some_and(|known| fact.recorded_at() > known) {
                continue;
            }
            match fact {
                Fact::Account(x) => account = Some(x),
                Fact::Party(x) => drop(parties.insert(x.id, x)),
                Fact::Role(x) => drop(roles.insert(x.id, (order, x))),
                Fact::Claim(x) => claims.push(x),
                Fact::Evidence(x) => evidence.push(x),
                Fact::Check(x) => checks.push(x),
                Fact::Screening(x) => screenings.push(x),
                Fact::Determination(x) => determinations.push(x),
            }
        }
        let mut roles: Vec<(usize, Role)> = roles.into_values().collect();
        roles.sort_by_key(|(order, _)| *order);
        let roles = roles.into_iter().map(|(_, role)| role).collect();
        account.map(|account| Self {
            account,
            parties,
            roles,
            claims,
            evidence,
            checks,
            screenings,
            determinations,
        })
    }

    /// The party that holds the account.
    #[must_use]
    pub fn holder(&self) -> PartyId {
        self.account.holder
    }

    /// The roles of a kind held towards the account on a day.
    pub fn account_roles(&self, kind: RoleKind, on: Date) -> impl Iterator<Item = &Role> {
        let target = RoleTarget::Account(self.account.id);
        self.roles
            .iter()
            .filter(move |r| r.kind == kind && r.target == target && r.holds_on(on))
    }
}

impl Role {
    /// Whether it was so on a day.
    #[must_use]
    pub fn holds_on(&self, day: Date) -> bool {
        self.valid_from.is_none_or(|from| from <= day) && self.valid_to.is_none_or(|to| day < to)
    }
}

impl Claim {
    /// Whether it was so on a day.
    #[must_use]
    pub fn holds_on(&self, day: Date) -> bool {
        self.valid_from.is_none_or(|from| from <= day) && self.valid_to.is_none_or(|to| day < to)
    }
}
