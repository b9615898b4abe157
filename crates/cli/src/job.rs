//! `bonafide job`: what is done later, and what was given up.

use bonafide_app::{JobState, JobSummary};
use bonafide_model::JobId;
use clap::Subcommand;
use serde_json::json;

use crate::outcome::Answer;
use crate::output::Output;
use crate::place::Place;
use crate::session::{Session, block_on};
use crate::table::{Column, Table};

/// Jobs read from the store at once.
const PAGE: usize = 200;

/// What can be done with jobs.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List jobs, oldest first
    List {
        /// Only those in this state: `waiting`, `running` or `dead`
        #[arg(long, value_name = "STATE")]
        state: Option<JobState>,
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: usize,
    },
    /// Try a job again that was given up
    Retry {
        /// Its id
        id: JobId,
    },
    /// Remove a job that was given up
    Discard {
        /// Its id
        id: JobId,
    },
}

pub(crate) fn run(place: &Place, output: &Output, command: Command) -> anyhow::Result<Answer> {
    block_on(async {
        let session = Session::open(place).await?;
        let (app, actor) = (&session.app, &session.actor);
        match command {
            Command::List { state, limit } => {
                let mut jobs: Vec<JobSummary> = Vec::new();
                let mut after = None;
                while jobs.len() < limit {
                    let page = app.jobs(actor, state, after, PAGE.min(limit - jobs.len()));
                    let page = page.await?;
                    jobs.extend(page.items);
                    after = page.next.map(|id| id.parse()).transpose()?;
                    if after.is_none() {
                        break;
                    }
                }
                list(output, &jobs)?;
            }
            Command::Retry { id } => {
                app.retry_job(actor, id).await?;
                session.settle().await?;
                output.say(&json!({"retried": id}), format!("`{id}` is tried again"))?;
            }
            Command::Discard { id } => {
                app.discard_job(actor, id).await?;
                session.settle().await?;
                output.say(&json!({"discarded": id}), format!("`{id}` is gone"))?;
            }
        }
        Ok(Answer::Yes)
    })
}

fn list(output: &Output, jobs: &[JobSummary]) -> anyhow::Result<()> {
    if output.is_json() {
        for job in jobs {
            output.value(&serde_json::to_value(job)?)?;
        }
        return Ok(());
    }
    if jobs.is_empty() {
        return Ok(output.line("no jobs")?);
    }
    let mut table = Table::new(&[
        Column::fixed("id"),
        Column::fixed("kind"),
        Column::fixed("state"),
        Column::fixed("due"),
        Column::fixed("attempts"),
        Column::flexible("last error"),
    ]);
    for job in jobs {
        table.row([
            job.id.to_string(),
            job.kind.clone(),
            job.state.clone(),
            job.run_at.to_string(),
            job.attempts.to_string(),
            job.error.clone().unwrap_or_default(),
        ]);
    }
    Ok(output.table(&table)?)
}
