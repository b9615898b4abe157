//! `bonafide hold`: what must be kept although a term has run.

use anyhow::bail;
use bonafide_app::{HoldSummary, NewHold, Reply};
use bonafide_model::{AccountId, HoldId, PartyId, Timestamp};
use clap::{Args, Subcommand};

use crate::outcome::Answer;
use crate::output::Output;
use crate::place::Place;
use crate::session::{Session, block_on};
use crate::table::{Column, Table};

/// Holds read from the store at once.
const PAGE: usize = 200;

/// What can be done with holds.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Keep what a party is known by, or a part of it, whatever its terms say
    Place(Scope),
    /// List holds, oldest first
    List {
        /// Only those on this party
        #[arg(long, value_name = "ID")]
        party: Option<PartyId>,
        /// Those that were released too
        #[arg(long)]
        all: bool,
    },
    /// End a hold
    Release {
        /// The hold
        id: HoldId,
    },
}

/// What is held.
#[derive(Debug, Args)]
pub(crate) struct Scope {
    /// The party; the holder of the account when left out
    #[arg(required_unless_present = "account")]
    party: Option<PartyId>,
    /// On what basis
    #[arg(long, value_name = "TEXT")]
    basis: String,
    /// Only records about this account, and those that every account uses
    #[arg(long, value_name = "ID")]
    account: Option<AccountId>,
    /// Only records of this class; may be repeated
    #[arg(long, value_name = "CLASS")]
    class: Vec<String>,
    /// Only this attribute; may be repeated
    #[arg(long, value_name = "ATTRIBUTE")]
    field: Vec<String>,
    /// Only what was recorded at this instant or later
    #[arg(long, value_name = "TIME")]
    from: Option<Timestamp>,
    /// Only what was recorded before this instant
    #[arg(long, value_name = "TIME")]
    to: Option<Timestamp>,
    /// When it ends by itself; released by hand when left out
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
}

pub(crate) fn run(place: &Place, output: &Output, command: Command) -> anyhow::Result<Answer> {
    block_on(async {
        let session = Session::open(place).await?;
        let (app, actor) = (&session.app, &session.actor);
        match command {
            Command::Place(scope) => {
                let Reply::Fresh(hold) = app.place_hold(actor, &scope.into(), None).await? else {
                    bail!("a hold was placed by somebody else under the same key");
                };
                session.settle().await?;
                let ends = hold.until.map_or_else(
                    || "it is released".to_owned(),
                    |until| format!("{until}, or it is released"),
                );
                let text = format!(
                    "`{}` holds records of `{}` until {ends}",
                    hold.id, hold.party
                );
                output.say(&hold, text)?;
            }
            Command::List { party, all } => list(&session, output, party, all).await?,
            Command::Release { id } => {
                let hold = app.release_hold(actor, id).await?;
                session.settle().await?;
                output.say(&hold, format!("`{id}` is released"))?;
            }
        }
        Ok(Answer::Yes)
    })
}

impl From<Scope> for NewHold {
    fn from(scope: Scope) -> Self {
        Self {
            party: scope.party,
            account: scope.account,
            classes: scope.class,
            fields: scope.field,
            from: scope.from,
            to: scope.to,
            basis: scope.basis,
            until: scope.until,
        }
    }
}

async fn list(
    session: &Session,
    output: &Output,
    party: Option<PartyId>,
    all: bool,
) -> anyhow::Result<()> {
    let mut holds: Vec<HoldSummary> = Vec::new();
    loop {
        let after = holds.last().map(|h| h.id);
        let page = session.app.holds(&session.actor, party, !all, after, PAGE);
        let page = page.await?;
        holds.extend(page.items);
        if page.next.is_none() {
            break;
        }
    }
    let table = |holds: &[HoldSummary]| {
        let mut table = Table::new(&[
            Column::fixed("id"),
            Column::fixed("party"),
            Column::fixed("state"),
            Column::fixed("placed"),
            Column::fixed("ends"),
        ]);
        for hold in holds {
            let ends = hold.released_at.or(hold.until);
            table.row([
                hold.id.to_string(),
                hold.party.to_string(),
                hold.state.clone(),
                hold.placed_at.to_string(),
                ends.map_or_else(|| "when released".to_owned(), |t| t.to_string()),
            ]);
        }
        table
    };
    output.rows(&holds, table, "nothing is held")?;
    Ok(())
}
