//! One account's accesses and assignments.

use bonafide_history::{Address, Prefix};
use bonafide_model::{AccountId, Micros, Timestamp};
use bonafide_store::AssignmentRow;
use serde::Serialize;

use super::slots::SlotKeys;
use crate::error::AppError;
use crate::{Action, Actor, App};

/// Assignments of one account that are given at once.
const ASSIGNMENTS_MAX: usize = 100_000;

/// An access of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountAccess {
    /// Where it came from.
    pub address: String,
    /// The source port, if it was noted.
    pub port: Option<u16>,
    /// When.
    pub at: Micros,
    /// What was done.
    pub action: String,
    /// What noted it.
    pub source: String,
}

/// An address that was given to an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountAssignment {
    /// The address or prefix.
    pub address: String,
    /// The first port, where not all were given.
    pub port_from: Option<u16>,
    /// The last port.
    pub port_to: Option<u16>,
    /// What it was given for.
    pub resource: String,
    /// From when on.
    pub from: Micros,
    /// Until when, exclusive; `None` while it lasts.
    pub to: Option<Micros>,
}

/// What an account came from and was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountHistory {
    /// As it was asked for.
    pub account: String,
    /// The account, where there is one.
    pub joined: Option<AccountId>,
    /// Its accesses, by time.
    pub accesses: Vec<AccountAccess>,
    /// What it was given, by time.
    pub assignments: Vec<AccountAssignment>,
}

impl App {
    /// What an account came from and was given within a time, by its id or the one that it has outside.
    pub async fn account_history(
        &self,
        actor: &Actor,
        name: &str,
        (from, to): (Micros, Micros),
        known_at: Option<Timestamp>,
    ) -> Result<AccountHistory, AppError> {
        actor.may(Action::SearchHistory)?;
        let tenant = self.tenant(&actor.tenant)?;
        let history = self.access_history(&tenant)?;
        let rows = self.slots_named(&tenant, name).await?;
        if rows.is_empty() {
            return Err(AppError::NotFound {
                what: "account with a history",
                id: name.chars().take(64).collect(),
            });
        }
        let keys = SlotKeys::of(self, &tenant)?;
        let known = known_at.unwrap_or_else(|| self.now());
        let mut answer = AccountHistory {
            account: name.to_owned(),
            joined: rows.iter().find_map(|r| r.account),
            accesses: Vec::new(),
            assignments: Vec::new(),
        };
        for row in &rows {
            // One that was unlinked is nobody's, and is not found by a name either.
            if keys.name(&tenant, row)?.is_none() {
                continue;
            }
            for access in history.by_account(row.slot, from.get(), to.get())? {
                answer.accesses.push(AccountAccess {
                    address: access.address.to_string(),
                    port: Some(access.port).filter(|p| *p != 0),
                    at: Micros::new(access.at).unwrap_or(Micros::MAX),
                    action: history.action_name(access.action).unwrap_or_default(),
                    source: history
                        .source_of(access.source)
                        .map(|s| s.name)
                        .unwrap_or_default(),
                });
            }
            let within = (from.get(), to.get());
            let store = self.store();
            let given =
                store.assignments_of(&tenant.name, row.slot, within, known, ASSIGNMENTS_MAX);
            answer.assignments.extend(given.await?.iter().map(given_to));
        }
        answer.accesses.sort_by_key(|a| a.at);
        answer.assignments.sort_by_key(|a| a.from);
        Ok(answer)
    }
}

fn given_to(row: &AssignmentRow) -> AccountAssignment {
    let first = Address::from_bits(u128::from_be_bytes(row.first));
    let all = row.port_from == 0 && row.port_to == u16::MAX;
    let prefix = Prefix::of(first, row.bits);
    AccountAssignment {
        address: prefix.map_or_else(|| first.to_string(), |p| p.to_string()),
        port_from: (!all).then_some(row.port_from),
        port_to: (!all).then_some(row.port_to),
        resource: row.resource.clone(),
        from: Micros::new(row.from).unwrap_or(Micros::MIN),
        to: (row.to != AssignmentRow::OPEN).then(|| Micros::new(row.to).unwrap_or(Micros::MAX)),
    }
}
