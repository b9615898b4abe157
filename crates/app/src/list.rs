//! Loading screening lists: from files, or from where their authorities publish them ([`sync`]).
//!
//! A list that cannot be read, or that has lost so much that it is taken for a file cut short, changes nothing: the version
//! in use stays in use, and whoever asks is told.

mod compare;
mod source;
mod sync;

use bonafide_ledger::Kind;
use bonafide_model::{Date, Timestamp};
use bonafide_screen::{List, ListRef, LoadReport};
use bonafide_store::{ListRow, Op};

use crate::engine::{ListFiles, by_part, read_list};
use crate::error::AppError;
use crate::event::Event;
use crate::recorder::Recorder;
use crate::tenant::Tenant;
use crate::{Action, Actor, App, Rescreening};

pub use compare::{ListChange, ListDiff, ListedBrief};
pub use source::{ListSource, ListSources};
pub use sync::Synced;

/// A list that has lost one part in so many is taken for a file cut short or for another list: authorities remove a few
/// entries at a time.
const SHRINKS_BY_ONE_IN: usize = 5;

/// A list of which more than one row in so many cannot be read is taken for a damaged one: published ones have none.
const UNREAD_ONE_IN: usize = 20;

/// A list as it is listed.
#[derive(Debug, Clone)]
pub struct ListSummary {
    /// Its name.
    pub name: String,
    /// SHA-256 of its files.
    pub digest: String,
    /// When the authority published it.
    pub published_on: Option<Date>,
    /// When it was loaded.
    pub loaded_at: Timestamp,
    /// Whole days since publication, or since loading where the day of publication is unknown.
    pub age_days: i64,
    /// How many parties and things it lists.
    pub entries: usize,
    /// When it was last found to be what its authority publishes; nothing where it is not fetched.
    pub checked_at: Option<Timestamp>,
    /// Why it was not fetched, or not taken, the last time that was tried.
    pub problem: Option<String>,
    /// How far its last update has been matched with the parties; nothing where there was none to match.
    pub rescreening: Option<Rescreening>,
}

/// A version of a list that is to be taken.
pub(crate) struct NewList {
    name: String,
    /// The day of publication by the operator's word, which goes before the file's.
    published_on: Option<Date>,
    /// The day of publication where neither the operator nor the file says it.
    changed_on: Option<Date>,
    /// The files, each by its part or any name.
    files: Vec<(String, Vec<u8>)>,
    /// Takes it even if it looks cut short.
    force: bool,
}

/// What came of taking a version.
pub(crate) enum Taken {
    /// It is in use.
    Loaded(Box<(ListSummary, LoadReport)>),
    /// It is the version in use already.
    Same,
    /// It looks cut short, or like another list; the text says why and what would take it.
    Held(String),
}

impl ListSummary {
    /// Whole days since the authority published it; nothing where nobody said when that was.
    #[must_use]
    pub fn known_age_days(&self) -> Option<i64> {
        self.published_on.map(|_| self.age_days)
    }

    /// The age in words. A list whose day of publication is unknown is never called young: only its loading is.
    #[must_use]
    pub fn age(&self) -> String {
        let days = match self.age_days {
            1 => "1 day".to_owned(),
            n => format!("{n} days"),
        };
        match self.published_on {
            Some(_) => format!("published {days} ago"),
            None => format!("loaded {days} ago; publication date unknown"),
        }
    }
}

impl App {
    /// Loads a list in place of the earlier version of it. A file that cannot be read, or that has lost a fifth of the
    /// entries or names of the version in use, changes nothing: that version stays in use.
    pub async fn load_list(
        &self,
        actor: &Actor,
        name: &str,
        published_on: Option<Date>,
        parts: Vec<(String, Vec<u8>)>,
    ) -> Result<(ListSummary, LoadReport), AppError> {
        self.replace_list(actor, name, published_on, parts, false)
            .await
    }

    /// Loads a list as [`App::load_list`] does; with `force` also one that has shrunk.
    pub async fn replace_list(
        &self,
        actor: &Actor,
        name: &str,
        published_on: Option<Date>,
        parts: Vec<(String, Vec<u8>)>,
        force: bool,
    ) -> Result<(ListSummary, LoadReport), AppError> {
        let new = NewList {
            name: name.to_owned(),
            published_on,
            changed_on: None,
            files: parts,
            force,
        };
        match self.take_list(actor, new, false).await? {
            Taken::Loaded(loaded) => Ok(*loaded),
            Taken::Held(why) => Err(AppError::Refused(why)),
            Taken::Same => Err(AppError::internal("a list is the same though nobody asked")),
        }
    }

    /// Takes a version of a list; with `if_new`, only one that is not in use already.
    pub(crate) async fn take_list(
        &self,
        actor: &Actor,
        new: NewList,
        if_new: bool,
    ) -> Result<Taken, AppError> {
        actor.may(Action::ManageLists)?;
        let tenant = self.tenant(&actor.tenant)?;
        let now = self.now();
        let files = ListFiles {
            name: new.name,
            published_on: new.published_on,
            loaded_at: now,
            parts: new.files,
        };
        let (mut list, report) = read_list(&files)?;
        list.published_on = list.published_on.or(new.changed_on);
        self.refresh_if_changed(&tenant).await?;
        let before = {
            let engine = tenant.engine();
            let old = engine.lists.list(&list.name);
            if if_new && old.is_some_and(|old| old.version == list.version) {
                return Ok(Taken::Same);
            }
            let shrunk = old.and_then(|old| shrunk(old, &list));
            let held = shrunk.or_else(|| unread(&list, &report));
            if let Some(why) = held.filter(|_| !new.force) {
                return Ok(Taken::Held(why));
            }
            old.map(|old| old.version.clone())
        };
        let reference = list.reference();
        let digest = reference.version.parse().map_err(AppError::internal)?;
        let mut recorder = Recorder::new(self, &tenant, actor, vec![digest], now);
        recorder.push(Op::ActivateList(ListRow {
            name: list.name.clone(),
            digest: reference.version.clone(),
            published_on: reference.published_on,
            loaded_at: now,
            report: format!(
                "{} entries, {} aliases, {} rows left out",
                report.entries, report.aliases, report.skipped_rows
            ),
        }));
        for (part, bytes) in by_part(files.parts)? {
            recorder.push(Op::AddListFile {
                digest: reference.version.clone(),
                part,
                bytes,
            });
        }
        recorder.announce(Event::list(&list.name, &reference.version));
        let record = recorder.event(
            Kind::ListActivated,
            Vec::new(),
            &[("list", &list.name), ("digest", &reference.version)],
        )?;
        let versions = (before.as_deref(), reference.version.as_str());
        self.begin_rescreening(&mut recorder, record, &list.name, versions)?;
        self.writer().commit(recorder.finish()).await?;
        self.refresh_engine(&tenant).await?;
        let summary = summary(&list.reference(), list.entries.len(), now);
        Ok(Taken::Loaded(Box::new((summary, report))))
    }

    /// The lists in use.
    pub async fn lists(&self, actor: &Actor) -> Result<Vec<ListSummary>, AppError> {
        actor.may(Action::ReadLists)?;
        let (tenant, now) = (self.tenant(&actor.tenant)?, self.now());
        self.refresh_if_changed(&tenant).await?;
        let engine = tenant.engine();
        let mut lists = Vec::new();
        for reference in engine.lists.lists() {
            let entries = engine.lists.list(&reference.name);
            let entries = entries.map_or(0, |l| l.entries.len());
            let mut summary = summary(reference, entries, now);
            let state = self.sync_state(&tenant, &reference.name).await?;
            summary.checked_at = state.checked_at;
            summary.problem = state.problem;
            let last = self.rescreenings(actor, &reference.name).await?;
            summary.rescreening = last.into_iter().next();
            lists.push(summary);
        }
        Ok(lists)
    }

    /// The lists in use of a tenant, for metrics.
    #[must_use]
    pub fn list_ages(&self, tenant: &Tenant) -> Vec<ListSummary> {
        let now = self.now();
        let engine = tenant.engine();
        let summary = |r: &bonafide_screen::ListRef| {
            let entries = engine.lists.list(&r.name);
            summary(r, entries.map_or(0, |l| l.entries.len()), now)
        };
        engine.lists.lists().iter().map(summary).collect()
    }
}

fn summary(reference: &ListRef, entries: usize, now: Timestamp) -> ListSummary {
    ListSummary {
        name: reference.name.clone(),
        digest: reference.version.clone(),
        published_on: reference.published_on,
        loaded_at: reference.loaded_at,
        age_days: reference.age_days(now),
        entries,
        checked_at: None,
        problem: None,
        rescreening: None,
    }
}

/// Why a list with far fewer entries or names than the version in use is held back: whoever is no longer on it would be
/// cleared.
fn shrunk(old: &List, new: &List) -> Option<String> {
    let names = |l: &List| l.entries.iter().map(|e| e.names.len()).sum::<usize>();
    let counts = [
        ("entries", old.entries.len(), new.entries.len()),
        ("names", names(old), names(new)),
    ];
    counts.iter().find_map(|(what, old, new_count)| {
        let lost = old.saturating_sub(*new_count);
        (lost > 0 && lost * SHRINKS_BY_ONE_IN >= *old).then(|| {
            format!(
                "list `{}` would shrink from {old} to {new_count} {what}: the version in use is kept; fetch all its files \
                 again, or load it with `--force` if the authority did remove so many",
                new.name
            )
        })
    })
}

/// Why a list of which too much cannot be read is held back.
fn unread(list: &List, report: &LoadReport) -> Option<String> {
    let rows = report.skipped_rows + report.entries;
    (report.skipped_rows * UNREAD_ONE_IN > rows).then(|| {
        let first = report.skipped.first();
        let first = first.map_or_else(String::new, |n| format!("; line {}: {}", n.line, n.why));
        format!(
            "list `{}` has {} rows that cannot be read{first}: nothing of it is taken; fetch it again, or load it with \
             `--force` if they may be left out",
            list.name, report.skipped_rows
        )
    })
}
