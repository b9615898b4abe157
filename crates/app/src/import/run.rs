//! A run: batches of rows on their way into the store.
//!
//! A batch is looked up first (which rows are known, whose address is shared), then its new rows are judged and sealed on
//! the machine's processors and committed, while the next batches are read. What rests on rows that are stored already
//! waits until everything before it is committed, so that a run comes to the same whatever the size of its batches.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::thread;

use bonafide_store::{ApplyError, ImportedRow, TokenMatch};
use tokio::task::{JoinHandle, JoinSet, spawn_blocking};

use super::duplicates::{self, Seen};
use super::prepare::{self, Marks};
use super::record::Fresh;
use super::{Duplicates, ImportPlan, ImportRow, RowOutcome, RowReport};
use crate::engine::Engine;
use crate::error::AppError;
use crate::tenant::Tenant;
use crate::{Action, Actor, App};

/// Batches that are judged and committed at once: one on the processors, one at the disk, one in hand.
const FLIGHTS_MAX: usize = 3;
/// Rows of a batch: a few transactions of the writer.
const BATCH_MAX: usize = 1024;
/// Rows that say something new and are opened, judged and committed at once.
const CHANGES_AT_ONCE: usize = 64;

/// What every row of a run needs.
pub(super) struct Run {
    pub(super) app: App,
    pub(super) actor: Actor,
    pub(super) tenant: Arc<Tenant>,
    pub(super) engine: Arc<Engine>,
    pub(super) plan: ImportPlan,
    pub(super) run: String,
}

/// Takes over the rows of one file.
pub struct Importer {
    run: Arc<Run>,
    flights: VecDeque<Flight>,
    /// Of a trial, which stores nothing: the values and ids of all earlier rows.
    tried: Seen,
    tried_ids: Seen,
}

/// A batch whose new rows are being stored.
struct Flight {
    slots: Vec<Option<RowReport>>,
    seen: Seen,
    ids: Seen,
    work: JoinHandle<Result<Vec<(usize, RowReport)>, AppError>>,
}

/// A batch that was looked up.
#[derive(Default)]
struct Batch {
    slots: Vec<Option<RowReport>>,
    seen: Seen,
    ids: Seen,
    fresh: Vec<Fresh>,
    changed: Vec<(usize, ImportRow, Marks, ImportedRow)>,
    linked: Vec<Fresh>,
}

impl App {
    /// Begins to take over the rows of a file.
    pub fn importer(&self, actor: &Actor, plan: ImportPlan) -> Result<Importer, AppError> {
        actor.may(Action::ImportRecords)?;
        let tenant = self.tenant(&actor.tenant)?;
        let run = prepare::run(self, &tenant, &plan)?;
        Ok(Importer {
            run: Arc::new(Run {
                app: self.clone(),
                actor: actor.clone(),
                engine: tenant.engine(),
                tenant,
                plan,
                run,
            }),
            flights: VecDeque::new(),
            tried: Seen::default(),
            tried_ids: Seen::default(),
        })
    }
}

impl Importer {
    /// Rows that one batch may have.
    pub const BATCH_MAX: usize = BATCH_MAX;

    /// The name of the run.
    #[must_use]
    pub fn run(&self) -> &str {
        &self.run.run
    }

    /// Whether a trial saw more rows than it can look for duplicates among.
    #[must_use]
    pub fn lost_sight(&self) -> bool {
        self.tried.full || self.tried_ids.full
    }

    /// Hands over rows, at most [`Importer::BATCH_MAX`]; gives what came of earlier ones, in the order handed over.
    pub async fn push(&mut self, rows: Vec<ImportRow>) -> Result<Vec<RowReport>, AppError> {
        let batch = self.look_up(rows).await?;
        let work = tokio::spawn(self.run.clone().store(batch.fresh));
        self.flights.push_back(Flight {
            slots: batch.slots,
            seen: batch.seen,
            ids: batch.ids,
            work,
        });
        let mut reports = Vec::new();
        if batch.changed.is_empty() && batch.linked.is_empty() {
            while self.flights.len() > FLIGHTS_MAX {
                self.land(&mut reports).await?;
            }
            return Ok(reports.into_iter().flatten().collect());
        }
        while !self.flights.is_empty() {
            self.land(&mut reports).await?;
        }
        // The holes are where the rows that waited belong; they are counted from the end, where the last batch stands.
        let waited = self.settle(batch.changed, batch.linked).await?;
        let mut waited = waited.into_iter();
        for slot in reports.iter_mut().filter(|slot| slot.is_none()) {
            *slot = waited.next();
        }
        Ok(reports.into_iter().flatten().collect())
    }

    /// Waits for everything handed over; gives what came of the last rows.
    pub async fn finish(&mut self) -> Result<Vec<RowReport>, AppError> {
        let mut reports = Vec::new();
        while !self.flights.is_empty() {
            self.land(&mut reports).await?;
        }
        Ok(reports.into_iter().flatten().collect())
    }

    async fn land(&mut self, reports: &mut Vec<Option<RowReport>>) -> Result<(), AppError> {
        let Some(mut flight) = self.flights.pop_front() else {
            return Ok(());
        };
        for (at, report) in flight.work.await.map_err(AppError::internal)?? {
            if let Some(slot) = flight.slots.get_mut(at) {
                *slot = Some(report);
            }
        }
        reports.append(&mut flight.slots);
        Ok(())
    }

    async fn look_up(&mut self, rows: Vec<ImportRow>) -> Result<Batch, AppError> {
        let run = self.run.clone();
        let (app, tenant) = (&run.app, &run.tenant);
        let marks = rows
            .iter()
            .map(|row| row.marks(app, tenant, &run.plan.source));
        let marks: Vec<Marks> = marks.collect::<Result<_, _>>()?;
        let tokens: Vec<Vec<u8>> = marks.iter().map(|m| m.token.clone()).collect();
        let known = app.store().imported(&tenant.name, &tokens).await?;
        let known: HashMap<Vec<u8>, ImportedRow> =
            known.into_iter().map(|r| (r.token.clone(), r)).collect();
        let mut batch = Batch::default();
        let mut drafts = Vec::new();
        for (at, (row, marks)) in rows.into_iter().zip(marks).enumerate() {
            batch.slots.push(None);
            let slot = match self.earlier(&batch.ids, &marks.token) {
                Some(line) => Some(same_id(&row, Some(line))),
                None => match known.get(&marks.token).cloned() {
                    Some(was) => run.met_again(at, row, marks, was, &mut batch.changed),
                    None => self.draft(at, row, marks, &mut batch.ids, &mut drafts)?,
                },
            };
            if let Some(place) = batch.slots.get_mut(at) {
                *place = slot;
            }
        }
        self.sort_out(drafts, &mut batch).await?;
        Ok(batch)
    }

    /// The line of this file that has the id already, among rows that are not stored yet.
    fn earlier(&self, ids: &Seen, token: &[u8]) -> Option<u64> {
        let flights = self.flights.iter().map(|f| &f.ids);
        [ids, &self.tried_ids]
            .into_iter()
            .chain(flights)
            .find_map(|seen| seen.line(token))
    }

    /// Reads a row that is new; gives its report if it cannot be.
    fn draft(
        &mut self,
        at: usize,
        row: ImportRow,
        marks: Marks,
        ids: &mut Seen,
        drafts: &mut Vec<(Fresh, Vec<duplicates::RowToken>)>,
    ) -> Result<Option<RowReport>, AppError> {
        let run = &self.run;
        let now = run.app.now();
        let draft = match row.draft(&run.app, &run.engine, &run.plan, None, now) {
            Ok(draft) => draft,
            Err(errors) => {
                return Ok(Some(RowReport::new(row.line, RowOutcome::Rejected(errors))));
            }
        };
        let ids = if run.plan.dry_run {
            &mut self.tried_ids
        } else {
            ids
        };
        ids.add(&marks.token, row.line);
        let tokens = duplicates::of_draft(&run.app, &run.tenant, &draft)?;
        let fresh = Fresh {
            at,
            row,
            marks,
            draft,
            duplicates: Vec::new(),
            now,
        };
        drafts.push((fresh, tokens));
        Ok(None)
    }

    /// Looks for duplicates, and says what is done with each row.
    async fn sort_out(
        &mut self,
        drafts: Vec<(Fresh, Vec<duplicates::RowToken>)>,
        batch: &mut Batch,
    ) -> Result<(), AppError> {
        let tokens = drafts.iter().flat_map(|(_, tokens)| tokens);
        let tokens: Vec<Vec<u8>> = tokens.map(|t| t.token.clone()).collect();
        let stored = self.run.matches(&tokens).await?;
        let dry_run = self.run.plan.dry_run;
        for (mut fresh, tokens) in drafts {
            let flights = self.flights.iter().map(|f| &f.seen);
            let seen: Vec<&Seen> = [&batch.seen, &self.tried]
                .into_iter()
                .chain(flights)
                .collect();
            fresh.duplicates = duplicates::of_row(&tokens, &seen, &stored);
            let names_one = tokens.iter().filter(|t| t.names_one);
            let links = names_one
                .map(|t| &t.token)
                .any(|t| stored.contains_key(t) || seen.iter().any(|s| s.line(t).is_some()));
            match self.run.plan.duplicates {
                Duplicates::Skip if !fresh.duplicates.is_empty() => {
                    let mut report = RowReport::new(fresh.row.line, RowOutcome::Skipped);
                    report.duplicates = fresh.duplicates;
                    if let Some(slot) = batch.slots.get_mut(fresh.at) {
                        *slot = Some(report);
                    }
                    continue;
                }
                Duplicates::Link if links => batch.linked.push(fresh.clone()),
                _ => batch.fresh.push(fresh.clone()),
            }
            let seen = if dry_run {
                &mut self.tried
            } else {
                &mut batch.seen
            };
            for token in &tokens {
                seen.add(&token.token, fresh.row.line);
            }
        }
        Ok(())
    }

    /// The rows that waited for everything before them, in the order of their lines.
    async fn settle(
        &self,
        changed: Vec<(usize, ImportRow, Marks, ImportedRow)>,
        linked: Vec<Fresh>,
    ) -> Result<Vec<RowReport>, AppError> {
        let mut done = Vec::new();
        let mut at_work = JoinSet::new();
        for (at, row, marks, was) in changed {
            if at_work.len() >= CHANGES_AT_ONCE
                && let Some(one) = at_work.join_next().await
            {
                done.push(one.map_err(AppError::internal)??);
            }
            let run = self.run.clone();
            at_work.spawn(async move { Ok((at, run.change(&row, &marks, &was).await?)) });
        }
        while let Some(one) = at_work.join_next().await {
            let one: Result<(usize, RowReport), AppError> = one.map_err(AppError::internal)?;
            done.push(one?);
        }
        for fresh in linked {
            done.push((fresh.at, self.run.link(fresh).await?));
        }
        done.sort_by_key(|(at, _)| *at);
        Ok(done.into_iter().map(|(_, report)| report).collect())
    }
}

impl Run {
    /// A row that is stored: as it was, or saying something else, or with the id of another row of the same file.
    fn met_again(
        &self,
        at: usize,
        row: ImportRow,
        marks: Marks,
        was: ImportedRow,
        changed: &mut Vec<(usize, ImportRow, Marks, ImportedRow)>,
    ) -> Option<RowReport> {
        if was.content == marks.content {
            return Some(RowReport::new(row.line, RowOutcome::Unchanged(was.account)));
        }
        if was.run == self.run {
            return Some(same_id(&row, None));
        }
        changed.push((at, row, marks, was));
        None
    }

    pub(super) async fn matches(
        &self,
        tokens: &[Vec<u8>],
    ) -> Result<HashMap<Vec<u8>, TokenMatch>, AppError> {
        let mut found = HashMap::new();
        for some in tokens.chunks(bonafide_store::IMPORT_TOKENS_MAX) {
            let matches = self.app.store().match_tokens(&self.tenant.name, some);
            found.extend(matches.await?.into_iter().map(|m| (m.token.clone(), m)));
        }
        Ok(found)
    }

    /// Judges and seals rows on all processors, and commits them.
    async fn store(
        self: Arc<Self>,
        fresh: Vec<Fresh>,
    ) -> Result<Vec<(usize, RowReport)>, AppError> {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let share = fresh.len().div_ceil(threads).max(1);
        let mut fresh = fresh.into_iter();
        let mut at_work = JoinSet::new();
        loop {
            let some: Vec<Fresh> = fresh.by_ref().take(share).collect();
            if some.is_empty() {
                break;
            }
            let run = self.clone();
            at_work.spawn(run.store_some(some));
        }
        let mut reports = Vec::new();
        while let Some(some) = at_work.join_next().await {
            reports.extend(some.map_err(AppError::internal)??);
        }
        Ok(reports)
    }

    async fn store_some(
        self: Arc<Self>,
        fresh: Vec<Fresh>,
    ) -> Result<Vec<(usize, RowReport)>, AppError> {
        let run = self.clone();
        let built = spawn_blocking(move || {
            let built = fresh.into_iter().map(|fresh| {
                let (report, change) = run.build(&fresh)?;
                Ok((fresh, report, change))
            });
            built.collect::<Result<Vec<_>, AppError>>()
        });
        let mut commits = JoinSet::new();
        let mut reports = Vec::new();
        for (fresh, report, change) in built.await.map_err(AppError::internal)?? {
            let Some(change) = change else {
                reports.push((fresh.at, report));
                continue;
            };
            let run = self.clone();
            commits.spawn(async move {
                let (at, committed) = (fresh.at, run.app.writer().commit(change).await);
                match committed {
                    Ok(()) => Ok((at, report)),
                    // Somebody else takes over the same customers, or began an epoch.
                    Err(error) => {
                        run.after(error)?;
                        Ok((at, run.link(fresh).await?))
                    }
                }
            });
        }
        while let Some(one) = commits.join_next().await {
            let one: Result<_, AppError> = one.map_err(AppError::internal)?;
            reports.push(one?);
        }
        Ok(reports)
    }

    /// Whether a change that was refused can be decided again.
    pub(super) fn after(&self, error: ApplyError) -> Result<(), AppError> {
        match error {
            ApplyError::Conflict { .. } | ApplyError::Duplicate { .. } => Ok(()),
            ApplyError::EpochOver { .. } => self.app.reload_keyring(),
            other => Err(other.into()),
        }
    }
}

fn same_id(row: &ImportRow, line: Option<u64>) -> RowReport {
    let of = line.map_or_else(
        || "an earlier row of this file".to_owned(),
        |line| format!("line {line}"),
    );
    let message = format!("{of} has the same id: a customer has one row; remove one of them");
    RowReport::rejected(row.line, "external_id", message)
}
