//! `bonafide keys escrow`: the copy of the keyring that any k of n people open together.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use bonafide_app::escrow::{self, EscrowSet};
use bonafide_seal::SystemEntropy;
use clap::Subcommand;
use serde_json::json;

use crate::outcome::{Answer, Negative};
use crate::output::Output;
use crate::place::{Place, read_bytes, read_text};
use crate::session::{Session, block_on};

/// What can be done with it.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a key pair for somebody who is to hold a share: on their machine, not on the host
    Identity {
        /// Where the secret half goes: print it, or put it on a stick
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Say who holds shares and how many of them are needed, and make a copy
    Init {
        /// A name and a public key, `bfr1-…`, on each line
        #[arg(long, value_name = "FILE")]
        recipients: PathBuf,
        /// Shares needed to open the copy
        #[arg(long, value_name = "K")]
        threshold: usize,
        /// A directory that a copy goes to, such as a mounted disk elsewhere; say it once for each
        #[arg(long, value_name = "DIR")]
        to: Vec<PathBuf>,
    },
    /// Make the copy again, if anything has changed
    Copy,
    /// Show who holds shares and where copies go; 1 if nobody does
    Status,
    /// Open one's own share of a copy, to hand it to whoever recovers the keyring
    Open {
        /// The escrow copy
        #[arg(long, value_name = "FILE")]
        copy: PathBuf,
        /// The secret half of the key pair
        #[arg(long, value_name = "FILE")]
        identity: PathBuf,
    },
}

impl Command {
    /// Whether it concerns secrets that the host must not see.
    pub(super) fn is_local(&self) -> bool {
        matches!(self, Self::Identity { .. } | Self::Open { .. })
    }
}

pub(super) fn run(place: &Place, output: &Output, command: &Command) -> anyhow::Result<Answer> {
    match command {
        Command::Identity { to } => identity(output, to),
        Command::Open { copy, identity } => open(output, copy, identity),
        Command::Init {
            recipients,
            threshold,
            to,
        } => block_on(async {
            let members = EscrowSet::members(&read_text(recipients)?)
                .with_context(|| recipients.display().to_string())?;
            let absolute: Result<Vec<PathBuf>, _> = to.iter().map(fs::canonicalize).collect();
            let set = EscrowSet {
                threshold: *threshold,
                recipients: members,
                to: absolute.context("a directory for copies is not there")?,
            };
            let session = Session::open(place).await?;
            let made = session.app.set_escrow(&session.actor, &set)?;
            told(output, &made.paths, made.generation)
        }),
        Command::Copy => block_on(async {
            let session = Session::open(place).await?;
            match session.app.refresh_escrow()? {
                Some(made) => told(output, &made.paths, made.generation),
                None => status(&session, output),
            }
        }),
        Command::Status => block_on(async {
            let session = Session::open(place).await?;
            status(&session, output)
        }),
    }
}

fn identity(output: &Output, to: &Path) -> anyhow::Result<Answer> {
    let (secret, public) = escrow::new_identity(&SystemEntropy)?;
    let mut options = fs::File::options();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options
        .open(to)
        .and_then(|mut file| writeln!(file, "{secret}"));
    written.with_context(|| format!("could not write {}", to.display()))?;
    output.say(&json!({"public": public, "secret_in": to}), &public)?;
    Ok(Answer::Yes)
}

fn open(output: &Output, copy: &Path, identity: &Path) -> anyhow::Result<Answer> {
    let (name, share) = escrow::open_share(&read_bytes(copy)?, &read_text(identity)?)?;
    output.say(&json!({"recipient": name, "share": share}), &share)?;
    Ok(Answer::Yes)
}

fn told(output: &Output, paths: &[PathBuf], generation: u64) -> anyhow::Result<Answer> {
    let shown: Vec<String> = paths.iter().map(|p| p.display().to_string()).collect();
    let text = format!(
        "escrow copy of the keyring (generation {generation}) in {}. It replaces earlier ones: destroy those, they hold keys that \
         undo erasures",
        shown.join(", ")
    );
    output.say(&json!({"copies": paths, "generation": generation}), text)?;
    Ok(Answer::Yes)
}

fn status(session: &Session, output: &Output) -> anyhow::Result<Answer> {
    let Some(set) = session.app.escrow(&session.actor)? else {
        return Err(Negative(
            "nobody holds a share of this keyring: if it is lost, everything is. See `bonafide keys escrow init`".to_owned(),
        )
        .into());
    };
    let names: Vec<&str> = set.recipients.iter().map(|m| m.name.as_str()).collect();
    let text = format!(
        "any {} of {} open the escrow copy: {}",
        set.threshold,
        names.len(),
        names.join(", ")
    );
    let value = json!({"threshold": set.threshold, "recipients": names, "to": set.to});
    output.say(&value, text)?;
    Ok(Answer::Yes)
}
