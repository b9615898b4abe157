//! Loading screening lists.

use bonafide_ledger::Kind;
use bonafide_model::{Date, Timestamp};
use bonafide_screen::{Index, List, LoadReport};
use bonafide_store::{ListRow, Op};

use crate::engine::{ListFiles, read_list};
use crate::error::AppError;
use crate::event::Event;
use crate::recorder::Recorder;
use crate::tenant::Tenant;
use crate::{Action, Actor, App};

/// A list that has lost one part in so many is taken for a file cut short or for another list: authorities remove a few
/// entries at a time.
const SHRINKS_BY_ONE_IN: usize = 5;

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
        actor.may(Action::ManageLists)?;
        let tenant = self.tenant(&actor.tenant)?;
        let now = self.now();
        let files = ListFiles {
            name: name.to_owned(),
            published_on,
            loaded_at: now,
            parts,
        };
        let (list, report) = read_list(&files)?;
        if !force {
            self.refresh_if_changed(&tenant).await?;
            refuse_shrunk(&tenant.engine().lists, &list)?;
        }
        let reference = list.reference();
        let digest = reference.version.parse().map_err(AppError::internal)?;
        let mut recorder = Recorder::new(self, &tenant, actor, vec![digest], now);
        recorder.push(Op::ActivateList(ListRow {
            name: name.to_owned(),
            digest: reference.version.clone(),
            published_on,
            loaded_at: now,
            report: format!(
                "{} entries, {} aliases, {} rows left out",
                report.entries,
                report.aliases,
                report.skipped.len()
            ),
        }));
        for (part, bytes) in files.parts {
            recorder.push(Op::AddListFile {
                digest: reference.version.clone(),
                part,
                bytes,
            });
        }
        recorder.announce(Event::list(name, &reference.version));
        recorder.event(
            Kind::ListActivated,
            Vec::new(),
            &[("list", name), ("digest", &reference.version)],
        )?;
        self.writer().commit(recorder.finish()).await?;
        self.refresh_engine(&tenant).await?;
        let summary = ListSummary {
            name: name.to_owned(),
            age_days: reference.age_days(now),
            digest: reference.version,
            published_on,
            loaded_at: now,
        };
        Ok((summary, report))
    }

    /// The lists in use.
    pub async fn lists(&self, actor: &Actor) -> Result<Vec<ListSummary>, AppError> {
        actor.may(Action::ReadLists)?;
        Ok(self.list_ages(&*self.tenant(&actor.tenant)?))
    }

    /// The lists in use of a tenant, for metrics.
    #[must_use]
    pub fn list_ages(&self, tenant: &Tenant) -> Vec<ListSummary> {
        let now = self.now();
        let summary = |r: &bonafide_screen::ListRef| ListSummary {
            name: r.name.clone(),
            digest: r.version.clone(),
            published_on: r.published_on,
            loaded_at: r.loaded_at,
            age_days: r.age_days(now),
        };
        tenant.engine().lists.lists().iter().map(summary).collect()
    }
}

/// Refuses a list with far fewer entries or names than the version in use: whoever is no longer on it would be cleared.
fn refuse_shrunk(index: &Index, new: &List) -> Result<(), AppError> {
    let Some(old) = index.list(&new.name) else {
        return Ok(());
    };
    let names = |l: &List| l.entries.iter().map(|e| e.names.len()).sum::<usize>();
    for (what, old, new_count) in [
        ("entries", old.entries.len(), new.entries.len()),
        ("names", names(old), names(new)),
    ] {
        let lost = old.saturating_sub(new_count);
        if lost > 0 && lost * SHRINKS_BY_ONE_IN >= old {
            return Err(AppError::Refused(format!(
                "list `{}` would shrink from {old} to {new_count} {what}: the version in use is kept; fetch all its files \
                 again, or load it with `--force` if the authority did remove so many",
                new.name
            )));
        }
    }
    Ok(())
}
