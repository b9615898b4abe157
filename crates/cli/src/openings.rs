//! `bonafide openings`: who opened what of whom, and letting somebody open more than a day's measure.

use bonafide_app::{OpeningItem, Openings, SearchItem};
use bonafide_model::{PartyId, RecordId};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::outcome::Answer;
use crate::output::Output;
use crate::place::Place;
use crate::session::{Session, block_on};
use crate::table::{Column, Table};

/// Openings asked for at once.
const PAGE: usize = 200;

/// What can be done with openings.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List openings of a party's fields, or those that somebody made
    List(Whose),
    /// Let a member of staff open more than a day's measure in the next 24 hours
    Allow {
        /// Their handle; nobody allows it to themself
        handle: String,
        /// How many openings more
        #[arg(long, value_name = "N")]
        more: u32,
    },
}

/// Whose openings.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Whose {
    /// Of this party's fields
    #[arg(long, value_name = "ID")]
    party: Option<PartyId>,
    /// Made by this actor
    #[arg(long = "by", value_name = "HANDLE")]
    by: Option<String>,
    /// Searches by a value that this actor made
    #[arg(long, value_name = "HANDLE")]
    searches: Option<String>,
}

pub(crate) fn run(place: &Place, output: &Output, command: Command) -> anyhow::Result<Answer> {
    block_on(async {
        let session = Session::open(place).await?;
        match command {
            Command::List(whose) => list(&session, output, whose).await?,
            Command::Allow { handle, more } => {
                let until = session
                    .app
                    .allow_openings(&session.actor, &handle, more)
                    .await?;
                session.settle().await?;
                let value = json!({"actor": handle, "more": more, "until": until});
                let text = format!("`{handle}` may make {more} openings more until {until}");
                output.say(&value, text)?;
            }
        }
        Ok(Answer::Yes)
    })
}

async fn list(session: &Session, output: &Output, whose: Whose) -> anyhow::Result<()> {
    let (app, actor) = (&session.app, &session.actor);
    if let Some(who) = &whose.searches {
        let mut all: Vec<SearchItem> = Vec::new();
        loop {
            let after = all.last().map(|i| i.record);
            let page = app.searches(actor, who, after, PAGE).await?;
            let more = page.len() == PAGE;
            all.extend(page);
            if !more {
                return searches(output, &all);
            }
        }
    }
    let of = match (whose.party, whose.by) {
        (Some(party), _) => Openings::Party(party),
        (None, by) => Openings::Actor(by.unwrap_or_default()),
    };
    let (mut all, mut after): (Vec<OpeningItem>, Option<RecordId>) = (Vec::new(), None);
    loop {
        let page = app.openings(actor, &of, after, PAGE).await?;
        all.extend(page.items);
        match page.next {
            Some(next) => after = Some(next.parse()?),
            None => break,
        }
    }
    let table = |items: &[OpeningItem]| {
        let mut table = Table::new(&[
            Column::fixed("at"),
            Column::flexible("actor"),
            Column::flexible("purpose"),
            Column::flexible("fields"),
            Column::fixed("party"),
            Column::fixed("case"),
        ]);
        for item in items {
            table.row([
                item.at.to_string(),
                item.actor.clone(),
                item.purpose.clone(),
                item.fields.join(", "),
                item.party.to_string(),
                item.case.clone(),
            ]);
        }
        table
    };
    Ok(output.rows(&all, table, "nothing was opened")?)
}

fn searches(output: &Output, items: &[SearchItem]) -> anyhow::Result<()> {
    let table = |items: &[SearchItem]| {
        let mut table = Table::new(&[
            Column::fixed("at"),
            Column::flexible("actor"),
            Column::flexible("purpose"),
            Column::flexible("attribute"),
            Column::number("found"),
        ]);
        for item in items {
            table.row([
                item.at.to_string(),
                item.actor.clone(),
                item.purpose.clone(),
                item.attribute.clone(),
                item.found.to_string(),
            ]);
        }
        table
    };
    Ok(output.rows(items, table, "nothing was searched")?)
}
