//! `bonafide access`: the policies that say who may do what.

use std::path::PathBuf;

use bonafide_app::{AccessChange, SCHEMA};
use clap::Subcommand;
use serde_json::json;

use crate::outcome::Answer;
use crate::output::Output;
use crate::place::{Place, read_text};
use crate::session::{Session, block_on};

/// What can be done with the policies.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print the policies in force, in Cedar
    Policies {
        /// Print what policies may speak of instead: roles, actions, attributes
        #[arg(long)]
        schema: bool,
    },
    /// Put policies of one's own in the place of the shipped ones
    Replace {
        /// A file in Cedar
        file: PathBuf,
    },
    /// Add policies to those in force, in place of what was added before
    Add {
        /// A file in Cedar
        file: PathBuf,
    },
    /// Go back to the shipped policies, without additions
    Reset,
}

pub(crate) fn run(place: &Place, output: &Output, command: Command) -> anyhow::Result<Answer> {
    block_on(async {
        let session = Session::create(place).await?;
        let (app, actor) = (&session.app, &session.actor);
        let digest = match command {
            Command::Policies { schema } => {
                let access = app.access(actor).await?;
                let text = if schema { SCHEMA } else { access.text() };
                let value = json!({"text": text, "digest": access.digest().to_string()});
                output.say(&value, text.trim_end())?;
                return Ok(Answer::Yes);
            }
            Command::Replace { file } => {
                let text = read_text(&file)?;
                app.set_access(actor, AccessChange::Replace(&text)).await?
            }
            Command::Add { file } => {
                let text = read_text(&file)?;
                app.set_access(actor, AccessChange::Add(&text)).await?
            }
            Command::Reset => app.set_access(actor, AccessChange::Reset).await?,
        };
        session.settle().await?;
        let text = format!("the access policies in force have the digest {digest}");
        output.say(&json!({"digest": digest}), text)?;
        Ok(Answer::Yes)
    })
}
