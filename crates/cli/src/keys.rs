//! `bonafide keys`: the keys that everything is sealed under.
//!
//! Rotating begins a new epoch, wraps every subject's keys under it, and destroys the epochs before, after which a copy of
//! the database from before can no longer be read with the keyring of today.

use clap::Subcommand;
use serde_json::json;

use crate::outcome::Answer;
use crate::output::Output;
use crate::place::Place;
use crate::session::{Session, block_on};

/// What can be done with them.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Begin a new epoch, wrap all keys under it, destroy the old one
    Rotate,
}

pub(crate) fn run(place: &Place, output: &Output, command: &Command) -> anyhow::Result<Answer> {
    match command {
        Command::Rotate => block_on(async {
            let session = Session::open(place).await?;
            let rotated = session.app.rotate_keys(&session.actor).await?;
            session.settle().await?;
            let value = json!({
                "epoch": rotated.epoch, "rewrapped": rotated.rewrapped, "destroyed": rotated.destroyed,
            });
            let text = format!(
                "epoch {} began: {} subjects' keys wrapped forward, {} older epochs destroyed. Backups of the database \
                 from before cannot be read any more; back up the keyring now",
                rotated.epoch, rotated.rewrapped, rotated.destroyed
            );
            output.say(&value, text)?;
            Ok(Answer::Yes)
        }),
    }
}
