//! `bonafide ledger`: verify, prove, export.

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use bonafide_app::EntryReport;
use bonafide_ledger::audit::Report;
use bonafide_model::RecordId;
use clap::Subcommand;
use serde_json::json;

use crate::outcome::Answer;
use crate::output::{Output, note};
use crate::place::{Place, read_text};
use crate::progress;
use crate::session::{Session, block_on};

/// What can be done with the ledger.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Compute the whole ledger again from its first record, and name everything that is wrong
    Verify {
        /// Open every sealed entry too, and compare it, its keys, search tokens and rows with the ledger; slow on many parties
        #[arg(long)]
        entries: bool,
    },
    /// Write the proof that a record stands in the ledger
    Prove {
        /// The record
        record: RecordId,
        /// Where the proof goes; the leaf goes beside it, with `.leaf` appended
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Print the last signed checkpoint
    Checkpoint,
    /// Print the key that verifies checkpoints
    Key,
    /// Go on with a restored ledger under another origin, which names what was lost
    Reopen {
        /// Why, for everybody who will ever verify the ledger; say nothing about persons
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// A checkpoint of the old ledger that somebody kept elsewhere, if it is newer than those at hand
        #[arg(long, value_name = "FILE")]
        trusted: Option<PathBuf>,
        /// Say that records which were signed are lost, and that the old ledger ends
        #[arg(long)]
        acknowledge_loss: bool,
    },
    /// List the ledgers that this one goes on from, with what was lost each time
    History,
    /// Write the ledger as files in the layout of C2SP tlog-tiles
    Export {
        /// A directory that is empty or not there yet
        directory: PathBuf,
    },
}

pub(crate) fn run(place: &Place, output: &Output, command: Command) -> anyhow::Result<Answer> {
    block_on(async {
        let looks_only = matches!(command, Command::Verify { .. } | Command::Reopen { .. });
        let session = if looks_only {
            Session::audit(place).await?
        } else {
            Session::open(place).await?
        };
        let (app, actor) = (&session.app, &session.actor);
        if !looks_only {
            session.settle().await?;
        }
        match command {
            Command::Verify { entries } => return verify(&session, output, entries).await,
            Command::Prove {
                record,
                output: path,
            } => {
                let proof = app.prove(actor, record).await?;
                let leaf = path.with_added_extension("leaf");
                fs::write(&path, &proof.tlog_proof)
                    .and_then(|()| fs::write(&leaf, &proof.leaf))
                    .with_context(|| format!("could not write {}", path.display()))?;
                let text = format!("wrote {} and {}", path.display(), leaf.display());
                output.say(&json!({"proof": path, "leaf": leaf}), text)?;
            }
            Command::Checkpoint => {
                let note = app.checkpoint(actor).await?;
                output.say(&json!({"checkpoint": note}), note.trim_end())?;
            }
            Command::Key => {
                let key = app.verifier_key(actor)?;
                output.say(&json!({"key": key}), &key)?;
            }
            Command::Reopen {
                reason,
                trusted,
                acknowledge_loss,
            } => return reopen(&session, output, &reason, trusted, acknowledge_loss).await,
            Command::History => history(&session, output).await?,
            Command::Export { directory } => {
                let taken = fs::read_dir(&directory).is_ok_and(|mut d| d.next().is_some());
                anyhow::ensure!(
                    !taken,
                    "{} is not empty: name a new directory",
                    directory.display()
                );
                let size = app.export_ledger(actor, &directory).await?;
                let text = format!("wrote {size} records to {}", directory.display());
                output.say(&json!({"size": size, "directory": directory}), text)?;
            }
        }
        Ok(Answer::Yes)
    })
}

async fn reopen(
    session: &Session,
    output: &Output,
    reason: &str,
    trusted: Option<PathBuf>,
    acknowledged: bool,
) -> anyhow::Result<Answer> {
    anyhow::ensure!(
        acknowledged,
        "reopening ends the ledger for good and begins another one: say `--acknowledge-loss` if there is no newer database"
    );
    let trusted = trusted.map(|path| read_text(&path)).transpose()?;
    let reopened = session
        .app
        .reopen_ledger(&session.actor, reason, trusted.as_deref())
        .await?;
    let stated = &reopened.statement;
    let value = json!({
        "old": stated.old, "new": stated.new, "key": stated.new_key.to_string(), "trusted": stated.trusted.0,
        "kept": stated.kept.0, "lost": stated.lost(), "carried": stated.carried,
        "erased_again": reopened.erased_again, "statement": reopened.note,
    });
    let text = format!(
        "ledger `{}` ended: {} of {} signed records are left, {} are lost. It goes on as `{}`, whose key is {}. Tell everybody who \
         verifies it:\n{}",
        stated.old,
        stated.kept.0.min(stated.trusted.0),
        stated.trusted.0,
        stated.lost(),
        stated.new,
        stated.new_key,
        reopened.note.trim_end()
    );
    output.say(&value, text)?;
    Ok(Answer::Yes)
}

async fn history(session: &Session, output: &Output) -> anyhow::Result<()> {
    let rows: Vec<_> = session
        .app
        .former_ledgers(&session.actor)?
        .into_iter()
        .map(|f| json!({"number": f.number, "origin": f.origin, "records": f.size, "key": f.verifier, "at": f.at, "statement": f.statement}))
        .collect();
    if output.is_json() {
        rows.iter().try_for_each(|row| output.value(row))?;
        return Ok(());
    }
    if rows.is_empty() {
        output.line("this ledger was never reopened")?;
    }
    for row in &rows {
        let statement = row.get("statement").and_then(serde_json::Value::as_str);
        output.line(statement.unwrap_or_default())?;
    }
    Ok(())
}

async fn verify(session: &Session, output: &Output, too: bool) -> anyhow::Result<Answer> {
    let report = audited(session).await?;
    let entries = if too {
        Some(entries_audited(session).await?)
    } else {
        None
    };
    let outside = entries.iter().flat_map(|e| e.findings.iter().cloned());
    let findings: Vec<String> = report
        .findings
        .iter()
        .map(ToString::to_string)
        .chain(outside)
        .collect();
    let good = report.is_clean() && entries.as_ref().is_none_or(EntryReport::is_clean);
    if output.is_json() {
        let more = report.more_findings + entries.as_ref().map_or(0, |e| e.more_findings);
        let mut value = json!({
            "valid": good, "entries": report.entries, "checkpoints": report.checkpoints_compared,
            "findings": findings, "more_findings": more,
        });
        if let (Some(entries), Some(map)) = (&entries, value.as_object_mut()) {
            map.insert("parties".into(), entries.parties.into());
            map.insert("accounts".into(), entries.accounts.into());
            map.insert("sealed_entries".into(), entries.entries.into());
        }
        output.value(&value)?;
    } else {
        for finding in &findings {
            output.line(format!("wrong: {finding}"))?;
        }
        output.line(verdict(&report))?;
        if let Some(entries) = &entries {
            output.line(outside_verdict(entries))?;
        }
    }
    Ok(Answer::from(good))
}

/// Audits everything that stands outside the tree, with a bar.
async fn entries_audited(session: &Session) -> anyhow::Result<EntryReport> {
    let bar = progress::bar(0, "opening");
    let audit = session.app.verify_entries(&session.actor, |read, of| {
        bar.set_length(of);
        bar.set_position(read);
    });
    let report = audit.await?;
    bar.finish_and_clear();
    if report.more_findings > 0 {
        note(format!(
            "{} more findings are not shown",
            report.more_findings
        ));
    }
    Ok(report)
}

fn outside_verdict(report: &EntryReport) -> String {
    let (entries, parties, accounts) = (report.entries, report.parties, report.accounts);
    let read = format!("{entries} entries, {parties} parties, {accounts} accounts");
    if report.is_clean() {
        format!("what stands outside the tree agrees with it: {read}")
    } else {
        format!("what stands outside the tree does NOT agree with it: {read}")
    }
}

/// Audits the ledger from its first entry, with a bar.
pub(crate) async fn audited(session: &Session) -> anyhow::Result<Report> {
    let bar = progress::bar(0, "verifying");
    let audit = session.app.verify_ledger(&session.actor, |read, of| {
        bar.set_length(of);
        bar.set_position(read);
    });
    let report = audit.await?;
    bar.finish_and_clear();
    if report.more_findings > 0 {
        note(format!(
            "{} more findings are not shown",
            report.more_findings
        ));
    }
    Ok(report)
}

/// The outcome in a sentence.
pub(crate) fn verdict(report: &Report) -> String {
    let (entries, heads) = (report.entries, report.checkpoints_compared);
    if report.is_clean() {
        format!(
            "the ledger is good: {entries} records from the first on, {heads} signed checkpoints compared"
        )
    } else {
        let wrong = u64::try_from(report.findings.len()).unwrap_or(u64::MAX);
        let wrong = wrong.saturating_add(report.more_findings);
        let findings = if wrong == 1 { "finding" } else { "findings" };
        format!("the ledger is NOT good: {wrong} {findings} in {entries} records")
    }
}
