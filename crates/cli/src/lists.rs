//! `bonafide lists`: the lists that parties are screened against, from files that an authority published.

use std::path::PathBuf;

use bonafide_app::ListSummary;
use bonafide_model::Date;
use clap::Subcommand;
use serde_json::{Value, json};

use crate::outcome::Answer;
use crate::output::Output;
use crate::place::{Place, read_bytes};
use crate::session::{Session, block_on};
use crate::table::{Column, Table};

/// What can be done with lists.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Load a list in place of its earlier version; a file that cannot be read changes nothing
    Import {
        /// What to call it, such as `ofac-sdn`
        name: String,
        /// `sdn.csv` of the list
        #[arg(long, value_name = "FILE")]
        sdn: PathBuf,
        /// `alt.csv`: aliases
        #[arg(long, value_name = "FILE")]
        alt: Option<PathBuf>,
        /// `add.csv`: addresses
        #[arg(long, value_name = "FILE")]
        add: Option<PathBuf>,
        /// `sdn_comments.csv`: the rest of remarks that were cut
        #[arg(long, value_name = "FILE")]
        comments: Option<PathBuf>,
        /// The day on which the authority published it
        #[arg(long, value_name = "DATE")]
        published: Option<Date>,
        /// Load it even if it has lost a fifth or more of its entries or names
        #[arg(long)]
        force: bool,
    },
    /// Show the lists in use and their age
    Status,
}

pub(crate) fn run(place: &Place, output: &Output, command: Command) -> anyhow::Result<Answer> {
    block_on(async {
        match command {
            Command::Import {
                name,
                sdn,
                alt,
                add,
                comments,
                published,
                force,
            } => {
                let mut parts = vec![("sdn".to_owned(), read_bytes(&sdn)?)];
                for (part, path) in [("alt", alt), ("add", add), ("comments", comments)] {
                    if let Some(path) = path {
                        parts.push((part.to_owned(), read_bytes(&path)?));
                    }
                }
                let session = Session::create(place).await?;
                let loaded =
                    session
                        .app
                        .replace_list(&session.actor, &name, published, parts, force);
                let (summary, report) = loaded.await?;
                session.settle().await?;
                let mut value = shape(&summary);
                if let Some(map) = value.as_object_mut() {
                    map.insert("report".to_owned(), serde_json::to_value(&report)?);
                }
                let text = format!(
                    "loaded `{name}`: {} entries, {} aliases, {} weak aliases, {} addresses; {} rows left out, {} kept \
                     without a part",
                    report.entries,
                    report.aliases,
                    report.weak_aliases,
                    report.addresses,
                    report.skipped_rows,
                    report.incomplete_rows
                );
                output.say(&value, text)?;
                if !output.is_json() {
                    for note in &report.skipped {
                        output.line(format!(
                            "  left out: {} line {}: {}",
                            note.file, note.line, note.why
                        ))?;
                    }
                }
            }
            Command::Status => {
                let session = Session::open(place).await?;
                status(output, &session.app.lists(&session.actor).await?)?;
            }
        }
        Ok(Answer::Yes)
    })
}

fn status(output: &Output, lists: &[ListSummary]) -> anyhow::Result<()> {
    let rows: Vec<Value> = lists.iter().map(shape).collect();
    let table = |_: &[Value]| {
        let mut table = Table::new(&[
            Column::fixed("list"),
            Column::fixed("published"),
            Column::fixed("loaded"),
            Column::flexible("age"),
            Column::flexible("digest"),
        ]);
        for list in lists {
            let published = list.published_on.map(|d| d.to_string());
            table.row([
                list.name.clone(),
                published.unwrap_or_else(|| "not said".to_owned()),
                list.loaded_at.to_string(),
                list.age(),
                list.digest.clone(),
            ]);
        }
        table
    };
    let nothing = "no lists yet: load one with `bonafide lists import NAME --sdn FILE`";
    Ok(output.rows(&rows, table, nothing)?)
}

fn shape(list: &ListSummary) -> Value {
    json!({
        "name": list.name, "digest": list.digest, "published_on": list.published_on,
        "loaded_at": list.loaded_at, "age_days": list.known_age_days(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_unknown_publication_is_never_shown_as_young() {
        let mut list = ListSummary {
            name: "ofac".to_owned(),
            digest: String::new(),
            published_on: None,
            loaded_at: "2026-11-24T09:00:00Z".parse().unwrap(),
            age_days: 0,
        };
        assert_eq!(shape(&list)["age_days"], Value::Null);
        list.published_on = Date::new(2026, 11, 23);
        assert_eq!(shape(&list)["age_days"], 0);
    }
}
