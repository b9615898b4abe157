//! `bonafide keys`: the keys that everything is sealed under.
//!
//! Rotating begins a new epoch, wraps every subject's keys under it, and destroys the epochs before the previous one, after
//! which a copy of the database from those can no longer be read by anybody.

use bonafide_model::DAY_MS;
use clap::Subcommand;
use serde_json::json;

use crate::outcome::Answer;
use crate::output::Output;
use crate::place::Place;
use crate::session::{Session, block_on};

/// What can be done with them.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Begin a new epoch, wrap all keys under it, destroy the one before the previous one
    Rotate,
    /// Show how long an epoch lasts, or make it longer or shorter
    Epoch {
        /// How long an epoch is to last: back-ups can be read for one to two of them
        #[arg(long, value_name = "DAYS")]
        days: Option<i64>,
    },
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
                "epoch {} began: {} subjects' keys wrapped forward, {} older epochs destroyed. Back-ups of this epoch and of \
                 the one before can be read, and no others",
                rotated.epoch, rotated.rewrapped, rotated.destroyed
            );
            output.say(&value, text)?;
            Ok(Answer::Yes)
        }),
        Command::Epoch { days } => block_on(async {
            let session = Session::open(place).await?;
            if let Some(days) = days {
                session
                    .app
                    .set_epoch_ms(&session.actor, days.saturating_mul(DAY_MS))?;
            }
            let days = session.app.epoch_ms() / DAY_MS;
            let text = format!(
                "an epoch lasts {days} days: a back-up can be read for {days} to {} days, so make one at least every {days} days; \
                 what is erased can be read from older copies, by whoever has the keyring too, for up to {} days",
                days * 2,
                days * 2
            );
            output.say(&json!({"epoch_days": days}), text)?;
            Ok(Answer::Yes)
        }),
    }
}
