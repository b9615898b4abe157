//! `bonafide keys`: the keys that everything is sealed under.
//!
//! Rotating begins a new epoch, wraps every subject's keys under it, and destroys the epochs before the previous one, after
//! which a copy of the database from those can no longer be read by anybody.

mod escrow;

use std::path::{Path, PathBuf};

use bonafide_app::backup::{Asked, Caller};
use bonafide_model::DAY_MS;
use clap::Subcommand;
use serde_json::json;

use crate::outcome::Answer;
use crate::output::{Output, note};
use crate::place::{Place, read_bytes, read_text};
use crate::session::{Session, block_on, config};

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
    /// The escrow copy of the keyring: any k of n people open it together
    #[command(subcommand)]
    Escrow(escrow::Command),
    /// Recover a keyring from its escrow copy with enough shares
    Recover {
        /// The escrow copy
        #[arg(long, value_name = "FILE")]
        copy: PathBuf,
        /// A share as its holder gave it; say it once for each
        #[arg(long = "share", value_name = "FILE", required = true)]
        shares: Vec<PathBuf>,
    },
    /// Wrap the keyring file under another key-encryption key: losing that loses everything
    Rewrap {
        /// `file:PATH` or `env:NAME` of a secret, `passphrase-file:PATH`, `transit:URL/MOUNT/KEY`, `pkcs11:…`, or `none`
        #[arg(long, value_name = "SOURCE")]
        to: String,
    },
}

impl Command {
    /// Whether it concerns secrets that the service must not see, or a keyring that there is not yet.
    pub(crate) fn is_local(&self) -> bool {
        match self {
            Self::Recover { .. } => true,
            Self::Escrow(command) => command.is_local(),
            _ => false,
        }
    }
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
        Command::Escrow(command) => escrow::run(place, output, command),
        Command::Recover { copy, shares } => recover(place, output, copy, shares),
        Command::Rewrap { to } => rewrap(place, output, to),
    }
}

fn recover(
    place: &Place,
    output: &Output,
    copy: &Path,
    shares: &[PathBuf],
) -> anyhow::Result<Answer> {
    let shares: anyhow::Result<Vec<String>> = shares.iter().map(|path| read_text(path)).collect();
    let keyring = place.keyring()?;
    let handle = place.actor_name();
    let caller = Caller {
        tenant: place.tenant(),
        handle: &handle,
    };
    let (copy, shares) = (read_bytes(copy)?, shares?);
    let recovered = block_on(async {
        let config = config(place)?;
        Ok(bonafide_app::escrow::recover(&config, caller, &copy, &shares).await?)
    })?;
    if recovered.asked == Asked::Nobody {
        note(
            "there is no database with staff here: nobody was asked whether you may, and the record says so",
        );
    }
    let value = json!({
        "keyring": keyring, "generation": recovered.generation, "made_at": recovered.made_at,
        "asked": recovered.asked.as_str(), "to_reopen": recovered.tenants,
    });
    let text = format!(
        "recovered the keyring of {} to {}: restore the data, then acknowledge what the ledger lost by `bonafide ledger reopen`. \
         Erasures after {} are not in it: ask for them again. The file is not wrapped: see `bonafide keys rewrap`",
        recovered.made_at,
        keyring.display(),
        recovered.made_at
    );
    output.say(&value, text)?;
    Ok(Answer::Yes)
}

fn rewrap(place: &Place, output: &Output, to: &str) -> anyhow::Result<Answer> {
    let source = Some(to).filter(|to| *to != "none");
    block_on(async {
        let session = Session::open(place).await?;
        session.app.rewrap_keyring(&session.actor, source)?;
        let text = match source {
            Some(source) => format!(
                "the keyring is wrapped under `{source}`. WHOEVER LOSES THAT LOSES EVERYTHING THAT IS SEALED: keep it where the \
                 keyring and the back-ups are not, and have an escrow copy (`bonafide keys escrow status`), which does not need it"
            ),
            None => {
                "the keyring is not wrapped any more: the permissions of its file alone protect it"
                    .to_owned()
            }
        };
        output.say(&json!({"wrapped_under": source}), text)?;
        Ok(Answer::Yes)
    })
}
