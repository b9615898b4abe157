//! Who was behind an address at an instant: every candidate, never "the" account.
//!
//! Accesses are those noted within a width about the instant; a source whose clock is coarse noted an access up to one
//! tick too early, and that is reckoned in. Assignments hold from an instant to before another, and are asked about the
//! instant itself. A port rules out what is known to be of another port, and nothing else.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use bonafide_history::{Access, History, Prefix};
use bonafide_model::{AccountId, Micros, SECOND_US, Timestamp};
use bonafide_store::{ASSIGNMENT_QUESTIONS_MAX, AssignmentQuestion, AssignmentRow, SLOTS_MAX};
use serde::Serialize;

use super::slots::SlotKeys;
use crate::error::AppError;
use crate::tenant::Tenant;
use crate::{Action, Actor, App};

/// The width where nobody says one: two clocks that are kept by NTP may differ so much. A coarser source widens it.
pub const WITHIN_DEFAULT_US: i64 = 2 * SECOND_US;
/// The greatest width: a year on either side is no question about an instant any more.
pub const WITHIN_MAX_US: i64 = 366 * 86_400 * SECOND_US;
/// Names that a reader remembers; when there are more it begins anew.
const REMEMBERED_MAX: usize = 500_000;

/// A question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryQuestion {
    /// The address; or a prefix, such as a /64, of which any address will do.
    pub address: Prefix,
    /// The port, if it is known.
    pub port: Option<u16>,
    /// The instant.
    pub at: Micros,
    /// How far from it an access may be; [`WITHIN_DEFAULT_US`] or the coarsest clock where nothing is said.
    pub within_us: Option<i64>,
}

/// What the answer is, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// One account.
    One,
    /// Several accounts: it is not known which.
    Several,
    /// None, and what covers the time is named.
    None,
    /// The customer of a reseller, who must be asked.
    Referred,
    /// What there was is no longer kept.
    OutOfRetention,
}

/// An account that came from the address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccessCandidate {
    /// Its id, or the one it has outside.
    pub account: String,
    /// How many accesses support it.
    pub rows: u64,
    /// The first of them.
    pub first: Micros,
    /// The last of them.
    pub last: Micros,
    /// Whether a source port was noted with any of them.
    #[serde(skip)]
    pub has_port: bool,
    /// The coarsest clock that noted them, in microseconds.
    #[serde(skip)]
    pub precision_us: i64,
    /// What was done, as it was noted.
    #[serde(skip)]
    pub actions: BTreeSet<String>,
    /// The account, where there is one.
    #[serde(skip)]
    pub joined: Option<AccountId>,
}

/// An account that the address was given to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AssignmentCandidate {
    /// Its id, or the one it has outside.
    pub account: String,
    /// What it was given for.
    pub resource: String,
    /// From when on.
    pub from: Micros,
    /// Until when, exclusive; `None` while it lasts.
    pub to: Option<Micros>,
    /// What was given.
    #[serde(skip)]
    pub prefix: Option<Prefix>,
    /// The ports that were given, where not all were.
    #[serde(skip)]
    pub ports: Option<(u16, u16)>,
    /// The precision of the clock of whoever said so, in microseconds.
    #[serde(skip)]
    pub precision_us: i64,
    /// The account, where there is one.
    #[serde(skip)]
    pub joined: Option<AccountId>,
    /// The reseller whose customer it is.
    #[serde(skip)]
    pub referred_to: Option<String>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WhoAnswer {
    /// In a word.
    pub answer: Verdict,
    /// Accounts that came from the address.
    pub accesses: Vec<AccessCandidate>,
    /// Accounts that it was given to.
    pub assignments: Vec<AssignmentCandidate>,
    /// The segments that have the accesses of that time.
    pub covered_by: Vec<String>,
}

/// What a slot stands for, as far as it is known.
#[derive(Debug, Clone)]
struct Named {
    account: Option<AccountId>,
    name: String,
    referred_to: Option<String>,
}

/// Answers questions, and remembers names between them.
pub struct WhoReader {
    app: App,
    tenant: Arc<Tenant>,
    history: Arc<History>,
    keys: SlotKeys,
    names: HashMap<u32, Option<Named>>,
    known: Timestamp,
    horizon: Option<i64>,
}

impl App {
    /// Begins to answer questions, about assignments as they were known at an instant, or are now.
    pub async fn who_reader(
        &self,
        actor: &Actor,
        known_at: Option<Timestamp>,
    ) -> Result<WhoReader, AppError> {
        actor.may(Action::SearchHistory)?;
        let tenant = self.tenant(&actor.tenant)?;
        if known_at.is_some_and(|at| at > self.now()) {
            let message = "nothing is known yet of the future";
            return Err(AppError::invalid("known_at", message));
        }
        Ok(WhoReader {
            app: self.clone(),
            history: self.access_history(&tenant)?,
            keys: SlotKeys::of(self, &tenant)?,
            tenant,
            names: HashMap::new(),
            known: known_at.unwrap_or_else(|| self.now()),
            horizon: None,
        })
    }
}

/// What the stores say to a question, before anybody is named.
struct Found {
    accesses: Vec<Access>,
    assignments: Vec<AssignmentRow>,
    covered_by: Vec<String>,
}

impl WhoReader {
    /// Answers questions, in their order.
    pub async fn answer(&mut self, asked: &[HistoryQuestion]) -> Result<Vec<WhoAnswer>, AppError> {
        let mut found = Vec::with_capacity(asked.len());
        for question in asked {
            let (from, to) = self.width(question);
            found.push(Found {
                accesses: self.accesses(question, from, to)?,
                assignments: Vec::new(),
                covered_by: self.history.covered_by(from, to),
            });
        }
        self.assignments(asked, &mut found).await?;
        let slots = found.iter().flat_map(|f| {
            let accesses = f.accesses.iter().map(|a| a.slot);
            accesses.chain(f.assignments.iter().map(|a| a.slot))
        });
        let slots: BTreeSet<u32> = slots.collect();
        self.learn(slots).await?;
        let answers = asked.iter().zip(found);
        Ok(answers
            .map(|(question, found)| self.shape(question, found))
            .collect())
    }

    /// The first and the last instant that an access may have been noted at.
    fn width(&self, question: &HistoryQuestion) -> (i64, i64) {
        let coarsest = self.history.coarsest_us();
        let within = question
            .within_us
            .unwrap_or(WITHIN_DEFAULT_US.max(coarsest));
        let at = question.at.get();
        let from = at.saturating_sub(within).saturating_sub(coarsest - 1);
        (from, at.saturating_add(within))
    }

    fn accesses(
        &self,
        question: &HistoryQuestion,
        from: i64,
        to: i64,
    ) -> Result<Vec<Access>, AppError> {
        let mut rows = self.history.by_address(question.address, from, to)?;
        let coarsest = self.history.coarsest_us();
        if coarsest > 1 {
            let exact = from + (coarsest - 1);
            let precision = |code| self.history.source_of(code).map_or(1, |s| s.precision_us);
            rows.retain(|r| r.at >= exact || r.at + precision(r.source) > exact);
        }
        if let Some(port) = question.port {
            rows.retain(|r| r.port == port || r.port == 0);
        }
        Ok(rows)
    }

    async fn assignments(
        &self,
        asked: &[HistoryQuestion],
        found: &mut [Found],
    ) -> Result<(), AppError> {
        let pairs: Vec<(&HistoryQuestion, &mut Found)> = asked.iter().zip(found).collect();
        let mut rest = pairs;
        while !rest.is_empty() {
            let some: Vec<_> = rest
                .drain(..rest.len().min(ASSIGNMENT_QUESTIONS_MAX))
                .collect();
            let questions: Vec<AssignmentQuestion> = some
                .iter()
                .map(|(q, _)| AssignmentQuestion {
                    address: q.address.first().bits().to_be_bytes(),
                    at: q.at.get(),
                })
                .collect();
            let store = self.app.store();
            let rows = store.assignments_at(&self.tenant.name, &questions, self.known);
            let mut some = some;
            for (place, row) in rows.await? {
                let Some((question, found)) = some.get_mut(place) else {
                    continue;
                };
                let fits = |port: u16| (row.port_from..=row.port_to).contains(&port);
                if question.port.is_none_or(fits) {
                    found.assignments.push(row);
                }
            }
        }
        Ok(())
    }

    /// Reads what slots stand for.
    async fn learn(&mut self, slots: BTreeSet<u32>) -> Result<(), AppError> {
        if self.names.len() > REMEMBERED_MAX {
            self.names.clear();
        }
        let unknown = slots.into_iter().filter(|s| !self.names.contains_key(s));
        let unknown: Vec<u32> = unknown.collect();
        for some in unknown.chunks(SLOTS_MAX) {
            for row in self.app.store().slots(&self.tenant.name, some).await? {
                let name = self.keys.name(&self.tenant, &row)?;
                let named = name.map(|name| Named {
                    account: row.account,
                    name,
                    referred_to: row.referred_to,
                });
                self.names.insert(row.slot, named);
            }
        }
        Ok(())
    }

    fn shape(&self, question: &HistoryQuestion, found: Found) -> WhoAnswer {
        let mut is_forgotten = self.horizon.is_some_and(|h| question.at.get() < h);
        let mut by_slot: BTreeMap<u32, AccessCandidate> = BTreeMap::new();
        for row in &found.accesses {
            let Some(Some(named)) = self.names.get(&row.slot) else {
                is_forgotten = true;
                continue;
            };
            self.count(
                by_slot.entry(row.slot).or_insert_with(|| begin(named, row)),
                row,
            );
        }
        let mut assignments = Vec::with_capacity(found.assignments.len());
        let mut slots: BTreeSet<u32> = by_slot.keys().copied().collect();
        for row in &found.assignments {
            let Some(Some(named)) = self.names.get(&row.slot) else {
                is_forgotten = true;
                continue;
            };
            slots.insert(row.slot);
            assignments.push(given(named, row));
        }
        assignments.sort_by(|a, b| (a.from, &a.account).cmp(&(b.from, &b.account)));
        let mut accesses: Vec<AccessCandidate> = by_slot.into_values().collect();
        accesses.sort_by(|a, b| (a.first, &a.account).cmp(&(b.first, &b.account)));
        let is_referred = assignments.iter().any(|a| a.referred_to.is_some());
        let answer = match slots.len() {
            0 if is_forgotten => Verdict::OutOfRetention,
            0 => Verdict::None,
            1 if is_referred => Verdict::Referred,
            1 => Verdict::One,
            _ => Verdict::Several,
        };
        WhoAnswer {
            answer,
            accesses,
            assignments,
            covered_by: found.covered_by,
        }
    }

    fn count(&self, candidate: &mut AccessCandidate, row: &Access) {
        let at = Micros::new(row.at).unwrap_or(Micros::MAX);
        candidate.rows += 1;
        candidate.first = candidate.first.min(at);
        candidate.last = candidate.last.max(at);
        candidate.has_port |= row.port != 0;
        if let Some(source) = self.history.source_of(row.source) {
            candidate.precision_us = candidate.precision_us.max(source.precision_us);
        }
        if row.action != 0
            && let Some(action) = self.history.action_name(row.action)
        {
            candidate.actions.insert(action);
        }
    }
}

fn begin(named: &Named, row: &Access) -> AccessCandidate {
    let at = Micros::new(row.at).unwrap_or(Micros::MAX);
    AccessCandidate {
        account: named.name.clone(),
        rows: 0,
        first: at,
        last: at,
        has_port: false,
        precision_us: 1,
        actions: BTreeSet::new(),
        joined: named.account,
    }
}

fn given(named: &Named, row: &AssignmentRow) -> AssignmentCandidate {
    let first = bonafide_history::Address::from_bits(u128::from_be_bytes(row.first));
    let all = row.port_from == 0 && row.port_to == u16::MAX;
    AssignmentCandidate {
        account: named.name.clone(),
        resource: row.resource.clone(),
        from: Micros::new(row.from).unwrap_or(Micros::MIN),
        to: (row.to != AssignmentRow::OPEN).then(|| Micros::new(row.to).unwrap_or(Micros::MAX)),
        prefix: Prefix::of(first, row.bits),
        ports: (!all).then_some((row.port_from, row.port_to)),
        precision_us: row.precision_us,
        joined: named.account,
        referred_to: named.referred_to.clone(),
    }
}
