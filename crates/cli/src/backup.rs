//! `bonafide backup` and `bonafide restore`: the data, without its keys, beside a running service.

use std::path::PathBuf;

use anyhow::Context as _;
use bonafide_app::backup::{self, Asked, BackupState, BackupSummary, Caller};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::outcome::Answer;
use crate::output::{Output, note};
use crate::place::{Place, make_private};
use crate::progress;
use crate::session::{block_on, config};
use crate::table::{Column, Table};

/// How to back up.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    /// Directory in which the back-up gets a directory of its own
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

/// What else can be done with back-ups.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List back-ups, and until when each can be read
    List {
        /// Directory that they are in
        directory: PathBuf,
    },
}

/// What to restore.
#[derive(Debug, Args)]
pub(crate) struct RestoreArguments {
    /// The back-up, or a directory of them, of which the newest is taken
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
}

pub(crate) fn run(place: &Place, output: &Output, arguments: Arguments) -> anyhow::Result<Answer> {
    match (arguments.command, arguments.to) {
        (Some(Command::List { directory }), _) => list(place, output, &directory),
        (None, Some(to)) => make(place, output, &to),
        (None, None) => anyhow::bail!("say where the back-up goes: `bonafide backup --to DIR`"),
    }
}

fn make(place: &Place, output: &Output, to: &std::path::Path) -> anyhow::Result<Answer> {
    let bar = progress::reading(None, "backing up");
    let made = block_on(async {
        let made = backup::back_up(
            &config(place)?,
            Caller {
                tenant: place.tenant(),
                handle: &place.actor_name(),
            },
            to,
            |bytes| bar.inc(bytes),
        )
        .await;
        Ok(made?)
    })?;
    bar.finish_and_clear();
    let manifest = &made.manifest;
    let parties: u64 = manifest.tenants.iter().map(|t| t.parties).sum();
    let until = made.readable_until;
    let value = json!({
        "backup": made.directory, "made_at": manifest.made_at, "parties": parties, "bytes": manifest.bytes(),
        "epoch": manifest.epoch, "readable_until": until,
    });
    let good = match until {
        Some(until) => format!(
            "It can be read until {until}, when the key of epoch {} is destroyed, and sooner if you rotate keys by hand: make \
             the next one before",
            manifest.epoch
        ),
        None => format!(
            "Epoch {} ended while it was made: make another one, nobody can read this one",
            manifest.epoch
        ),
    };
    let text = format!(
        "backed up {parties} parties to {}. {good}. It holds no keys: keep an escrow copy of the keyring elsewhere \
         (`bonafide keys escrow`)",
        made.directory.display()
    );
    output.say(&value, text)?;
    Ok(Answer::from(until.is_some()))
}

fn list(place: &Place, output: &Output, directory: &std::path::Path) -> anyhow::Result<Answer> {
    let found = backup::list_backups(&place.keyring()?, directory)?;
    let state = |b: &BackupSummary| match &b.state {
        BackupState::Readable { until } => ("readable", format!("until {until}")),
        BackupState::Ended { at } => ("ended", format!("since {at}, by design")),
        BackupState::Unusable(why) => ("unusable", why.clone()),
    };
    let rows: Vec<_> = found
        .iter()
        .map(|b| {
            let manifest = b.manifest.as_ref();
            let parties = manifest.map(|m| m.tenants.iter().map(|t| t.parties).sum::<u64>());
            let (word, why) = state(b);
            json!({
                "backup": b.directory, "made_at": manifest.map(|m| m.made_at), "parties": parties,
                "bytes": manifest.map(backup::Manifest::bytes), "epoch": manifest.map(|m| m.epoch),
                "state": word, "detail": why,
            })
        })
        .collect();
    let shown = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Null => "-".to_owned(),
        other => other.to_string(),
    };
    let columns = ["backup", "made_at", "parties", "epoch", "state", "detail"];
    let headings = columns.map(|c| match c {
        "parties" | "epoch" => Column::number(c),
        "detail" => Column::flexible(c),
        _ => Column::fixed(c),
    });
    output.rows(
        &rows,
        |rows| {
            let mut table = Table::new(&headings);
            for row in rows {
                table.row(
                    columns
                        .iter()
                        .map(|c| row.get(*c).map_or_else(String::new, shown)),
                );
            }
            table
        },
        "no back-ups there",
    )?;
    Ok(Answer::Yes)
}

pub(crate) fn restore(
    place: &Place,
    output: &Output,
    arguments: &RestoreArguments,
) -> anyhow::Result<Answer> {
    if let bonafide_app::Location::Sqlite(path) = place.location()? {
        make_private(path.parent().unwrap_or(&path))?;
    }
    let bar = progress::reading(Some(0), "restoring");
    let report = block_on(async {
        let (config, handle) = (config(place)?, place.actor_name());
        let caller = Caller {
            tenant: place.tenant(),
            handle: &handle,
        };
        let restored = backup::restore(&config, caller, &arguments.from, |read, of| {
            bar.set_length(of);
            bar.set_position(read);
        });
        restored.await.context("nothing was restored")
    })?;
    bar.finish_and_clear();
    let parties: u64 = report.manifest.tenants.iter().map(|t| t.parties).sum();
    let left = parties.saturating_sub(report.erased_again);
    let value = json!({
        "backup": report.directory, "made_at": report.manifest.made_at, "parties": left,
        "erased_again": report.erased_again, "cut_again": report.cut_again, "asked": report.asked.as_str(), "to_reopen": report.to_reopen,
    });
    let text = format!(
        "restored {left} parties as they were at {}; {} that were erased since were erased again, and of {} what was erased \
         of them",
        report.manifest.made_at, report.erased_again, report.cut_again
    );
    output.say(&value, text)?;
    if report.asked == Asked::Nobody {
        note(
            "nobody is on the staff in the back-up: nobody was asked whether you may, and the record says so",
        );
    }
    for tenant in &report.to_reopen {
        note(format!(
            "the ledger of tenant `{tenant}` may have gone on after this back-up: acknowledge that by `bonafide ledger reopen \
             --tenant {tenant} --reason TEXT --acknowledge-loss`, or the service will not start"
        ));
    }
    Ok(Answer::Yes)
}
