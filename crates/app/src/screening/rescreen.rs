//! Matching a list update with every party: a job that goes through the parties in the order of their ids, and goes on where
//! it stopped.
//!
//! A page of sealed profiles is read while the one before is opened and matched, on every core. Only whom the update
//! concerns is opened in full: held against the lists as they are now, recorded, and every account of theirs judged
//! again in the same change, so that what follows (a case, a decision, an event) is what follows at sign-up. It is safe to do a
//! party twice: whoever was screened since the update came is done.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::sync::Arc;

use bonafide_ledger::Kind;
use bonafide_model::{Fact, PartyId, RecordId, Screening, Timestamp};
use bonafide_screen::List;
use bonafide_store::{ApplyError, Op, ProfileRow, RescreeningRow, ScreeningOp, Subject};
use serde::{Deserialize, Serialize};

use super::Profile;
use super::affected::Update;
use crate::engine::{ListFiles, read_list};
use crate::error::AppError;
use crate::judge::screen;
use crate::once::ATTEMPTS_MAX;
use crate::party::ACCOUNTS_MAX;
use crate::recorder::{Entry, Recorder};
use crate::subject::OpenParty;
use crate::tenant::Tenant;
use crate::work::{Enqueue, Outcome};
use crate::{Action, Actor, App, Task};

/// Parties read at once: a few hundred kilobytes.
const PAGE: usize = 2_000;
/// Rescreenings of a list that are looked at for its state.
const SHOWN: usize = 8;
/// The lane: one update after the other, so that two never do one party at once.
const LANE: &str = "rescreen";

/// How far a list update has been matched with the parties.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rescreening {
    /// The record of the list's activation.
    pub record: RecordId,
    /// The list.
    pub list: String,
    /// The version before; none for the first.
    pub from: Option<String>,
    /// The version that came into use.
    pub to: String,
    /// When it was begun.
    pub started_at: Timestamp,
    /// Parties that were looked at.
    pub parties: u64,
    /// Parties that were held against the lists again.
    pub screened: u64,
    /// Hits that are new.
    pub alerts: u64,
    /// Hits that ended.
    pub ended: u64,
    /// When every party had been looked at; none while it is under way.
    pub finished_at: Option<Timestamp>,
}

impl From<RescreeningRow> for Rescreening {
    fn from(row: RescreeningRow) -> Self {
        Self {
            record: row.record,
            list: row.list,
            from: row.from,
            to: row.to,
            started_at: row.started_at,
            parties: row.parties,
            screened: row.screened,
            alerts: row.alerts,
            ended: row.ended,
            finished_at: row.finished_at,
        }
    }
}

/// What came of one party.
#[derive(Default)]
struct Found {
    screened: u64,
    alerts: u64,
    ended: u64,
}

impl App {
    /// Puts into the change that brings a version of a list into use what must follow from it.
    pub(crate) fn begin_rescreening(
        &self,
        recorder: &mut Recorder<'_>,
        record: RecordId,
        list: &str,
        (from, to): (Option<&str>, &str),
    ) -> Result<(), AppError> {
        if from == Some(to) {
            return Ok(());
        }
        let now = recorder.now();
        recorder.push(Op::Screening(ScreeningOp::Begin(RescreeningRow {
            record,
            list: list.to_owned(),
            from: from.map(str::to_owned),
            to: to.to_owned(),
            started_at: now,
            after: None,
            parties: 0,
            screened: 0,
            alerts: 0,
            ended: 0,
            finished_at: None,
        })));
        let how = Enqueue {
            lane: Some(LANE.to_owned()),
            ..Enqueue::default()
        };
        recorder.push(self.job(&Task::Rescreen { record }, now, how)?);
        Ok(())
    }

    /// The rescreenings of a list, the latest first.
    pub async fn rescreenings(
        &self,
        actor: &Actor,
        list: &str,
    ) -> Result<Vec<Rescreening>, AppError> {
        actor.may(Action::ReadLists)?;
        let rows = self
            .store()
            .rescreenings(&actor.tenant, list, SHOWN)
            .await?;
        Ok(rows.into_iter().map(Rescreening::from).collect())
    }

    /// Matches at once what has not been matched yet of a list's updates, the earliest first; gives those that were.
    pub async fn rescreen_now(
        &self,
        actor: &Actor,
        list: &str,
    ) -> Result<Vec<Rescreening>, AppError> {
        actor.may(Action::ManageLists)?;
        let tenant = self.tenant(&actor.tenant)?;
        let mut done = Vec::new();
        let rows = self.store().rescreenings(&tenant.name, list, SHOWN).await?;
        for row in rows.into_iter().rev().filter(|r| r.finished_at.is_none()) {
            self.rescreen(&tenant, row.record).await?;
            let row = self.store().rescreening(&tenant.name, row.record).await?;
            done.extend(row.map(Rescreening::from));
        }
        Ok(done)
    }

    /// Goes on with a rescreening to its end.
    pub(crate) async fn rescreen(
        &self,
        tenant: &Tenant,
        record: RecordId,
    ) -> Result<Outcome, AppError> {
        let row = self.store().rescreening(&tenant.name, record).await?;
        let Some(row) = row.filter(|row| row.finished_at.is_none()) else {
            return Ok(Outcome::Done);
        };
        let tenant = self.tenant(&tenant.name)?;
        self.refresh_if_changed(&tenant).await?;
        let old = match &row.from {
            Some(from) => Some(self.version(&tenant, &row, from).await?),
            None => None,
        };
        let new = self.version(&tenant, &row, &row.to).await?;
        let update = Arc::new(Update::between(old.as_ref(), new));
        drop(old);
        let mut after = row.after;
        let mut rows = match update.is_empty() {
            true => Vec::new(),
            false => self.store().profiles(&tenant.name, after, PAGE).await?,
        };
        while let Some(last) = rows.last().map(|r| r.party) {
            after = Some(last);
            let looked_at = rows.len() as u64;
            let next = self.store().profiles(&tenant.name, after, PAGE);
            let (concerned, next) = tokio::join!(self.concerned(&tenant, &update, rows), next);
            let mut sum = Found::default();
            for party in concerned? {
                let found = self.rescreen_party(&tenant, &row, party).await?;
                sum.screened += found.screened;
                sum.alerts += found.alerts;
                sum.ended += found.ended;
            }
            let counts = [looked_at, sum.screened, sum.alerts, sum.ended];
            self.advance(&tenant, record, after, counts).await?;
            rows = next?;
        }
        self.finish_rescreening(&tenant, record).await?;
        Ok(Outcome::Done)
    }

    /// A version of a list, from its stored files.
    async fn version(
        &self,
        tenant: &Tenant,
        row: &RescreeningRow,
        digest: &str,
    ) -> Result<List, AppError> {
        let files = ListFiles {
            name: row.list.clone(),
            published_on: None,
            loaded_at: row.started_at,
            parts: self.store().list_files(&tenant.name, digest).await?,
        };
        Ok(read_list(&files)?.0)
    }

    /// The parties of a page that the update concerns, in order. Where a party has no profile it is made.
    async fn concerned(
        &self,
        tenant: &Arc<Tenant>,
        update: &Arc<Update>,
        rows: Vec<ProfileRow>,
    ) -> Result<BTreeSet<PartyId>, AppError> {
        let engine = tenant.engine();
        let today = self.now().date();
        let (with, without): (Vec<_>, Vec<_>) = rows.into_iter().partition(|r| r.sealed.is_some());
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let share = with.len().div_ceil(cores).max(1);
        let mut at_work = Vec::new();
        for some in with.chunks(share).map(<[ProfileRow]>::to_vec) {
            let (app, tenant) = (self.clone(), Arc::clone(tenant));
            let (engine, update) = (Arc::clone(&engine), Arc::clone(update));
            at_work.push(tokio::task::spawn_blocking(move || {
                let mut found = Vec::new();
                for row in some {
                    let Some(sealed) = &row.sealed else { continue };
                    let keys = app.unwrap(&tenant, &row.keys)?;
                    let registry = app.registry();
                    let profile = Profile::open(sealed, row.party, &tenant.name, &keys, registry)?;
                    if update.concerns(&profile, &engine.lists, today) {
                        found.push(row.party);
                    }
                }
                Ok::<_, AppError>(found)
            }));
        }
        let mut concerned = BTreeSet::new();
        for row in without {
            if let Some(profile) = self.make_profile(tenant, row.party).await?
                && update.concerns(&profile, &engine.lists, today)
            {
                concerned.insert(row.party);
            }
        }
        for one in at_work {
            concerned.extend(one.await.map_err(AppError::internal)??);
        }
        Ok(concerned)
    }

    /// Makes the profile of a party from its entries, and keeps it; none for a party that was erased meanwhile.
    async fn make_profile(
        &self,
        tenant: &Tenant,
        party: PartyId,
    ) -> Result<Option<Profile>, AppError> {
        for _ in 0..ATTEMPTS_MAX {
            let Some(open) = self.still_there(tenant, party).await? else {
                return Ok(None);
            };
            let profile = Profile::of(&open.facts);
            let sealed = profile.seal(
                party,
                &tenant.name,
                &open.keys,
                self.registry(),
                self.entropy(),
            )?;
            let actor = Actor::worker(&tenant.name);
            let mut recorder = Recorder::new(self, tenant, &actor, Vec::new(), self.now());
            recorder.expect(Subject::Party(party), open.row.version);
            recorder.push(Op::Screening(ScreeningOp::PutProfile { party, sealed }));
            match self.writer().commit(recorder.finish()).await {
                Ok(()) => return Ok(Some(profile)),
                Err(ApplyError::Conflict { .. }) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Err(AppError::Busy)
    }

    async fn still_there(
        &self,
        tenant: &Tenant,
        party: PartyId,
    ) -> Result<Option<OpenParty>, AppError> {
        match self.open_party(tenant, party).await {
            Ok(open) => Ok(Some(open)),
            Err(AppError::NotFound { .. } | AppError::Gone(_)) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// Holds a party against the lists as they are now, records it, and judges its accounts again, in one change.
    async fn rescreen_party(
        &self,
        tenant: &Tenant,
        row: &RescreeningRow,
        party: PartyId,
    ) -> Result<Found, AppError> {
        let actor = Actor::worker(&tenant.name);
        for _ in 0..ATTEMPTS_MAX {
            let Some(open) = self.still_there(tenant, party).await? else {
                return Ok(Found::default());
            };
            let before = last_screening(&open);
            if before.is_some_and(|s| s.recorded_at > row.started_at) {
                return Ok(Found::default());
            }
            let mut loaded = Vec::new();
            let name = &tenant.name;
            let accounts = self.store().accounts_of_party(name, party, ACCOUNTS_MAX);
            for account in accounts.await? {
                let account = self.open_account(tenant, account).await?;
                if account.is_judgeable() {
                    loaded.push(account);
                }
            }
            let (engine, now) = (tenant.engine(), self.now());
            // A party that stands to no account is nobody's customer, and one of whose name nothing can be read never was
            // screened.
            let Some(dossier) = loaded.iter().find_map(|account| account.dossier(None)) else {
                return Ok(Found::default());
            };
            let Ok((asked, screening)) = screen(&engine, &dossier, party, now) else {
                return Ok(Found::default());
            };
            let found = Found {
                screened: 1,
                alerts: missing(&screening, before),
                ended: before.map_or(0, |before| missing(before, Some(&screening))),
            };
            let digests = engine.digests.clone();
            let mut recorder = Recorder::new(self, tenant, &actor, digests, now);
            recorder.expect(Subject::Party(party), open.row.version);
            recorder.knows(party, &open.facts);
            recorder.asked(party, &asked)?;
            let entry = Entry {
                party,
                account: None,
                kind: Kind::Screened,
                keys: &open.keys,
            };
            let facts = [Fact::Screening(screening)];
            recorder.facts(&entry, &facts)?;
            for account in &loaded {
                self.judge_within(&mut recorder, tenant, account, &facts, Some(party), now)?;
            }
            match self.writer().commit(recorder.finish()).await {
                Ok(()) => return Ok(found),
                Err(ApplyError::Conflict { .. }) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Err(AppError::Busy)
    }

    async fn advance(
        &self,
        tenant: &Tenant,
        record: RecordId,
        after: Option<PartyId>,
        counts: [u64; 4],
    ) -> Result<(), AppError> {
        let actor = Actor::worker(&tenant.name);
        let mut recorder = Recorder::new(self, tenant, &actor, Vec::new(), self.now());
        recorder.push(Op::Screening(ScreeningOp::Advance {
            record,
            after,
            counts,
            finished_at: None,
        }));
        Ok(self.writer().commit(recorder.finish()).await?)
    }

    /// Records that every party was looked at, and with what result.
    async fn finish_rescreening(&self, tenant: &Tenant, record: RecordId) -> Result<(), AppError> {
        let row = self.store().rescreening(&tenant.name, record).await?;
        let row = row.ok_or_else(|| AppError::internal("a rescreening is gone"))?;
        let (actor, now) = (Actor::worker(&tenant.name), self.now());
        let digests = tenant.engine().digests.clone();
        let mut recorder = Recorder::new(self, tenant, &actor, digests, now);
        recorder.push(Op::Screening(ScreeningOp::Advance {
            record,
            after: None,
            counts: [0; 4],
            finished_at: Some(now),
        }));
        let number = |n: u64| n.to_string();
        let details = [
            ("list", row.list.as_str()),
            ("from", row.from.as_deref().unwrap_or("")),
            ("to", row.to.as_str()),
            ("engine", bonafide_screen::ENGINE),
            ("parties", &number(row.parties)),
            ("screened", &number(row.screened)),
            ("alerts", &number(row.alerts)),
            ("ended", &number(row.ended)),
        ];
        recorder.event(Kind::Rescreened, Vec::new(), &details)?;
        Ok(self.writer().commit(recorder.finish()).await?)
    }
}

fn last_screening(open: &OpenParty) -> Option<&Screening> {
    let screenings = open.facts.iter().filter_map(|fact| match fact {
        Fact::Screening(screening) => Some(screening),
        _ => None,
    });
    screenings.max_by_key(|s| s.recorded_at)
}

/// How many hits of one screening another does not have.
fn missing(of: &Screening, other: Option<&Screening>) -> u64 {
    let known: BTreeSet<(&str, &str)> = other
        .iter()
        .flat_map(|s| &s.hits)
        .map(|h| (h.list.as_str(), h.entry.as_str()))
        .collect();
    let hits = of.hits.iter();
    let new = hits.filter(|h| !known.contains(&(h.list.as_str(), h.entry.as_str())));
    new.count() as u64
}
