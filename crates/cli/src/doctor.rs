//! `bonafide doctor`: looks at an installation from the outside in, and says of everything that is wrong what to do.
//!
//! It changes nothing but the places of records that were waiting for them.

mod around;
mod due;
mod keeping;

use std::fs::{self, File, TryLockError};
use std::path::Path;
use std::time::UNIX_EPOCH;

use bonafide_app::{KeyringDir, Location};
use bonafide_model::{Clock as _, SystemClock, Timestamp};
use serde::Serialize;

use crate::outcome::Answer;
use crate::output::Output;
use crate::place::Place;
use crate::session::{Session, block_on};

/// Days after which a screening list is stale: authorities publish several times a week.
const LIST_AGE_MAX_DAYS: i64 = 7;
/// How far a clock may be behind the newest file before it is wrong.
const CLOCK_SLACK_MS: i64 = 5 * 60 * 1000;
/// No machine that runs this program has an earlier day: 2026-01-01.
const EARLIEST_MS: i64 = 1_767_225_600_000;
/// Parties whose entries are opened: some hundred entries, a moment's work.
const SAMPLED_PARTIES: usize = 100;
/// Name of the file by which one process owns the embedded database.
const LOCK_FILE: &str = "bonafide.lock";

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Good,
    Note,
    Wrong,
}

/// One thing looked at.
#[derive(Debug, Serialize)]
struct Finding {
    what: &'static str,
    state: State,
    text: String,
    /// What to do about it; empty when it is good.
    mend: String,
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn good(&mut self, what: &'static str, text: impl Into<String>) {
        self.add(State::Good, what, text, "");
    }

    fn note(&mut self, what: &'static str, text: impl Into<String>, mend: impl Into<String>) {
        self.add(State::Note, what, text, mend);
    }

    fn wrong(&mut self, what: &'static str, text: impl Into<String>, mend: impl Into<String>) {
        self.add(State::Wrong, what, text, mend);
    }

    fn add(
        &mut self,
        state: State,
        what: &'static str,
        text: impl Into<String>,
        mend: impl Into<String>,
    ) {
        self.0.push(Finding {
            what,
            state,
            text: text.into(),
            mend: mend.into(),
        });
    }
}

pub(crate) fn run(place: &Place, output: &Output) -> anyhow::Result<Answer> {
    let mut findings = Findings::default();
    if outside(place, &mut findings)? {
        block_on(inside(place, &mut findings))?;
    }
    for finding in &findings.0 {
        let word = match finding.state {
            State::Good => "good ",
            State::Note => "note ",
            State::Wrong => "WRONG",
        };
        output.say(
            finding,
            format!("{word}  {}: {}", finding.what, finding.text),
        )?;
        if !output.is_json() && !finding.mend.is_empty() {
            output.line(format!("       {}", finding.mend))?;
        }
    }
    Ok(Answer::from(
        findings.0.iter().all(|f| f.state != State::Wrong),
    ))
}

/// What can be seen without opening the database; whether it can be opened.
fn outside(place: &Place, findings: &mut Findings) -> anyhow::Result<bool> {
    let now = SystemClock.now();
    if now.as_millis() < EARLIEST_MS {
        findings.wrong(
            "clock",
            format!("it is {now} by this machine's clock"),
            "set the clock: terms and reviews go by it",
        );
    }
    keyring(&place.keyring()?, findings);
    around::disk(place, findings)?;
    around::mail_server(findings);
    let Location::Sqlite(database) = place.location()? else {
        findings.good("database", "PostgreSQL, by its URL");
        return Ok(true);
    };
    if !database.exists() {
        let mend = "run `bonafide serve` or `bonafide key create` once, or name another place with `--data DIR`";
        findings.wrong(
            "database",
            format!("there is none at {}", database.display()),
            mend,
        );
        return Ok(false);
    }
    if let Some(written) =
        modified(&database).filter(|w| w.as_millis() > now.as_millis() + CLOCK_SLACK_MS)
    {
        let text = format!("it is {now}, but the database was written at {written}");
        findings.wrong("clock", text, "set the clock: it went backwards");
    } else if now.as_millis() >= EARLIEST_MS {
        findings.good("clock", now.to_string());
    }
    let folder = database.parent().unwrap_or(&database);
    if crate::session::shared().is_none() && is_locked(&folder.join(LOCK_FILE)) {
        let mend = "that is as it should be while the service runs: ask it with `GET /ready`, or stop it to look inside";
        findings.note("lock", "another process owns the database", mend);
        return Ok(false);
    }
    findings.good("database", database.display().to_string());
    Ok(true)
}

fn keyring(folder: &Path, findings: &mut Findings) {
    let file = folder.join("keyring.json");
    let Ok(metadata) = fs::metadata(&file) else {
        let mend = "put the keyring back from its own copy, or name it with `--keyring DIR`; a new place makes one at start";
        findings.wrong(
            "keyring",
            format!("there is none in {}", folder.display()),
            mend,
        );
        return;
    };
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0 {
        let mend = format!(
            "run `chmod 600 {}`: whoever reads it can open everything",
            file.display()
        );
        findings.wrong("keyring", "others than its owner may read it", mend);
        return;
    }
    // The handle alone makes nothing here: the directory is there, since the file is.
    match KeyringDir::open(folder).and_then(|keys| keys.read()) {
        Ok(Some(_)) => {
            findings.good("keyring", file.display().to_string());
            if let Ok(keys) = KeyringDir::open(folder) {
                around::key_source(&keys, findings);
            }
        }
        Ok(None) => findings.wrong("keyring", "it is gone", "put it back from its own copy"),
        Err(error) => {
            let is_wrapped = KeyringDir::open(folder).and_then(|keys| keys.kek_source());
            let mend = match is_wrapped {
                Ok(Some(_)) => around::UNLOCK,
                _ => {
                    "put the keyring back from its own copy: nothing sealed can be read without it"
                }
            };
            findings.wrong("keyring", error.to_string(), mend);
        }
    }
}

fn is_locked(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}

fn modified(path: &Path) -> Option<Timestamp> {
    let since = fs::metadata(path)
        .ok()?
        .modified()
        .ok()?
        .duration_since(UNIX_EPOCH)
        .ok()?;
    Timestamp::from_millis(i64::try_from(since.as_millis()).ok()?)
}

/// What is seen once the database is open. Opening compares the ledger with the head kept beside the keyring.
async fn inside(place: &Place, findings: &mut Findings) -> anyhow::Result<()> {
    let session = match Session::open(place).await {
        Ok(session) => session,
        Err(error) => {
            findings.wrong(
                "opening",
                format!("{error:#}"),
                "mend what it says; keep a copy of everything first",
            );
            return Ok(());
        }
    };
    findings.good(
        "opening",
        "the keyring fits, the kept head is in the ledger, the last record is sound",
    );
    match session.app.counts(&session.tenant.name).await {
        Ok(counts) if counts.pending_records == 0 => {
            findings.good("ledger", "no records wait for their place");
        }
        Ok(counts) => findings.note(
            "ledger",
            format!("{} records wait for their place", counts.pending_records),
            "that is normal after a stop in the middle of work: the service gives them their places",
        ),
        Err(error) => findings.wrong("ledger", error.to_string(), "run `bonafide ledger verify`"),
    }
    entries(&session, findings).await;
    keeping::look(&session, findings).await;
    due::look(&session, findings).await;
    rules(&session, findings);
    match session.app.lists(&session.actor).await {
        Ok(lists) if lists.is_empty() => {
            let mend = "load one with `bonafide lists import NAME FILE`: until then screenings stay inconclusive";
            findings.wrong("lists", "no screening list is loaded", mend);
        }
        Ok(lists) => lists.iter().for_each(|list| {
            let text = format!("`{}` is {} days old", list.name, list.age_days);
            if let Some(problem) = &list.problem {
                let mend = format!("see what is published, and run `bonafide lists sync {}`", list.name);
                findings.wrong("lists", problem.clone(), mend);
            }
            if list.age_days > LIST_AGE_MAX_DAYS {
                let mend = format!(
                    "run `bonafide lists sync {}`, or fetch it and run `bonafide lists import {} FILE`",
                    list.name, list.name
                );
                findings.wrong("lists", text, mend);
            } else {
                findings.good("lists", text);
            }
        }),
        Err(error) => findings.wrong("lists", error.to_string(), "load them again"),
    }
    match session.app.keys(&session.actor).await {
        Ok(keys) if keys.iter().any(|k| k.revoked_at.is_none()) => {
            findings.good("API keys", "there are some")
        }
        Ok(_) => findings.note(
            "API keys",
            "there are none",
            "make one with `bonafide key create --label TEXT --scope SCOPE`",
        ),
        Err(error) => findings.wrong(
            "API keys",
            error.to_string(),
            "run `bonafide ledger verify`",
        ),
    }
    Ok(())
}

/// Opens what is recorded about the parties that came last, and compares it with the ledger and the rows.
async fn entries(session: &Session, findings: &mut Findings) {
    let mend = "run `bonafide ledger verify`, and keep a copy of everything: the database was changed past the program";
    let audit = session
        .app
        .verify_newest_entries(&session.actor, SAMPLED_PARTIES);
    match audit.await {
        Ok(report) if report.is_clean() => findings.good(
            "entries",
            format!(
                "{} entries of the {} newest parties agree with the ledger",
                report.entries, report.parties
            ),
        ),
        Ok(report) => report
            .findings
            .into_iter()
            .for_each(|text| findings.wrong("entries", text, mend)),
        Err(error) => findings.wrong("entries", error.to_string(), mend),
    }
}

fn rules(session: &Session, findings: &mut Findings) {
    let engine = session.tenant.engine();
    let packs = engine.packs.active();
    if packs.is_empty() {
        let mend = "take one into use with `bonafide policy activate base-minimal`";
        findings.wrong(
            "packs",
            "none is in use: everybody is approved and nothing is asked",
            mend,
        );
    } else {
        let ids: Vec<&str> = packs.iter().map(|p| &*p.pack.id).collect();
        findings.good("packs", ids.join(", "));
    }
    if engine.catalogue.is_empty() {
        let mend = "set one with `bonafide policy set catalogue FILE`";
        findings.note(
            "catalogue",
            "there is none: every product is taken as in scope",
            mend,
        );
    }
}
