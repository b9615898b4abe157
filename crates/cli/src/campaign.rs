//! `bonafide campaign`: dates by which customers of an earlier system are to be verified, and how far that is.

use bonafide_app::{CampaignOrder, CampaignProgress};
use bonafide_model::Date;
use clap::{Args, Subcommand};

use crate::outcome::Answer;
use crate::output::Output;
use crate::place::Place;
use crate::progress;
use crate::session::{Session, block_on};
use crate::table::{Column, Table};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Give each imported account that lacks something a date, so many a day
    Open(Open),
    /// Show how far campaigns are
    Show {
        /// One campaign [default: all]
        name: Option<String>,
    },
}

/// What is wanted.
#[derive(Debug, Args)]
pub(crate) struct Open {
    /// Its name: small letters, digits, dashes
    name: String,
    /// Customers of this earlier system alone, as the mapping names it
    #[arg(long, value_name = "SOURCE")]
    cohort: Option<String>,
    /// The last day of the first tranche
    #[arg(long, value_name = "DATE")]
    first: Date,
    /// The last day of the last tranche
    #[arg(long, value_name = "DATE")]
    deadline: Date,
    /// Accounts a day [default: as few as the deadline allows]
    #[arg(long, value_name = "N")]
    per_day: Option<u64>,
}

pub(crate) fn run(place: &Place, output: &Output, command: &Command) -> anyhow::Result<Answer> {
    block_on(async {
        let session = Session::open(place).await?;
        let found = match command {
            Command::Open(open) => vec![begin(&session, open).await?],
            Command::Show { name: Some(name) } => {
                vec![session.app.campaign(&session.actor, name).await?]
            }
            Command::Show { name: None } => session.app.campaigns(&session.actor).await?,
        };
        output.rows(&found, table, "no campaign was opened")?;
        Ok(Answer::Yes)
    })
}

async fn begin(session: &Session, open: &Open) -> anyhow::Result<CampaignProgress> {
    let order = CampaignOrder {
        name: open.name.clone(),
        source: open.cohort.clone(),
        first: open.first,
        deadline: open.deadline,
        per_day: open.per_day,
    };
    let bar = progress::bar(0, "giving dates");
    let told = |done: u64, total: u64| {
        bar.set_length(total);
        bar.set_position(done);
    };
    let opened = session
        .app
        .open_campaign(&session.actor, &order, told)
        .await;
    bar.finish_and_clear();
    session.settle().await?;
    Ok(opened?)
}

fn table(campaigns: &[CampaignProgress]) -> Table {
    let mut table = Table::new(&[
        Column::flexible("campaign"),
        Column::flexible("cohort"),
        Column::fixed("first due"),
        Column::fixed("deadline"),
        Column::number("verified"),
        Column::number("waiting"),
        Column::number("restricted"),
        Column::number("closed"),
    ]);
    for one in campaigns {
        table.row(vec![
            one.campaign.name.clone(),
            one.campaign.cohort.clone(),
            one.campaign.first_at.date().to_string(),
            one.campaign.deadline.date().to_string(),
            one.verified.to_string(),
            one.waiting.to_string(),
            one.restricted.to_string(),
            one.closed.to_string(),
        ]);
    }
    table
}
