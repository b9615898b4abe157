//! Loading screening lists.

use bonafide_ledger::Kind;
use bonafide_model::{Date, Timestamp};
use bonafide_screen::LoadReport;
use bonafide_store::{ListRow, Op};

use crate::engine::{ListFiles, read_list};
use crate::error::AppError;
use crate::recorder::Recorder;
use crate::{Actor, App};

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
    /// Age in whole days.
    pub age_days: i64,
}

impl App {
    /// Loads a list in place of the earlier version of it. A file that cannot be read changes nothing: the earlier version
    /// stays in use.
    pub async fn load_list(
        &self,
        actor: &Actor,
        name: &str,
        published_on: Option<Date>,
        parts: Vec<(String, Vec<u8>)>,
    ) -> Result<(ListSummary, LoadReport), AppError> {
        let tenant = self.tenant(&actor.tenant)?;
        let now = self.now();
        let files = ListFiles {
            name: name.to_owned(),
            published_on,
            loaded_at: now,
            parts,
        };
        let (list, report) = read_list(&files)?;
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
        let (tenant, now) = (self.tenant(&actor.tenant)?, self.now());
        let summary = |r: &bonafide_screen::ListRef| ListSummary {
            name: r.name.clone(),
            digest: r.version.clone(),
            published_on: r.published_on,
            loaded_at: r.loaded_at,
            age_days: r.age_days(now),
        };
        Ok(tenant.engine().lists.lists().iter().map(summary).collect())
    }
}
