//! `bonafide verify`: evidence, notes, checkpoints and proofs checked offline, without a database. `docs/verify.md` is the
//! contract.

mod answer;

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use bonafide_evidence::Anchor;
use bonafide_ledger::verify::Request;
use bonafide_model::Timestamp;
use clap::Args;
use clap::builder::PossibleValuesParser;
use serde_json::{Value, json};

use crate::lines::Lines;
use crate::outcome::Answer;
use crate::output::Output;
use crate::place::{read_bytes, read_text};
use answer::{Answered, Given, ask, kinds};

/// Bytes of one line of a batch: the data groups of a passport in hexadecimal stay far below.
const LINE_MAX_BYTES: u64 = 4 * 1024 * 1024;

/// Files of a trust store: all the certificates and lists of all states are below a thousand.
const TRUST_MAX_FILES: usize = 4096;

/// What to verify.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What the files are
    #[arg(long, value_name = "KIND", value_parser = PossibleValuesParser::new(kinds()), required_unless_present = "batch")]
    kind: Option<String>,
    /// A folder of trust anchors: certificates, master lists and lists of revoked ones, PEM or DER
    #[arg(long, value_name = "DIR")]
    trust: Option<PathBuf>,
    /// The instant of the check, such as `2026-11-24T09:30:00Z`; now if not said
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// What the verifier knows beforehand, as JSON: keys, nonce, audience, roots
    #[arg(long, value_name = "FILE", requires = "kind")]
    context: Option<PathBuf>,
    /// Lines of requests in JSON, `-` for standard input; answers come in the same order
    #[arg(long, value_name = "FILE", conflicts_with_all = ["kind", "files"])]
    batch: Option<PathBuf>,
    /// The files
    #[arg(value_name = "FILE", required_unless_present = "batch")]
    files: Vec<PathBuf>,
}

pub(crate) fn run(output: &Output, arguments: &Arguments) -> anyhow::Result<Answer> {
    let trust = arguments.trust.as_deref().map(trust).transpose()?;
    let given = Given {
        at: arguments.at,
        trust: trust.unwrap_or_default(),
    };
    match (&arguments.batch, &arguments.kind) {
        (Some(path), _) if path.as_os_str() == "-" => batch(output, io::stdin().lock(), &given),
        (Some(path), _) => {
            let file = File::open(path);
            let file = file.with_context(|| format!("could not read {}", path.display()))?;
            batch(output, BufReader::new(file), &given)
        }
        (None, Some(kind)) => files(output, kind, arguments, &given),
        (None, None) => anyhow::bail!("say what to verify with `--kind KIND` or `--batch FILE`"),
    }
}

/// The trust anchors in the files of a folder. A file that is none stops everything: left out, it would be missed only when
/// somebody is refused.
fn trust(folder: &Path) -> anyhow::Result<Vec<Anchor>> {
    let failed = || format!("could not read the trust anchors in {}", folder.display());
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).with_context(failed)? {
        let path = entry.with_context(failed)?.path();
        let hidden = path
            .file_name()
            .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if path.is_file() && !hidden {
            paths.push(path);
        }
    }
    anyhow::ensure!(
        paths.len() <= TRUST_MAX_FILES,
        "{} holds more than {TRUST_MAX_FILES} files",
        folder.display()
    );
    paths.sort();
    let mut anchors = Vec::new();
    for path in paths {
        let read = Anchor::read(&read_bytes(&path)?);
        anchors.extend(read.with_context(|| format!("{} is not a trust anchor", path.display()))?);
    }
    Ok(anchors)
}

fn batch(output: &Output, reader: impl BufRead, given: &Given) -> anyhow::Result<Answer> {
    let mut lines = Lines::new(reader, LINE_MAX_BYTES);
    let mut answers = output.buffered();
    let mut good = true;
    while let Some(line) = lines.next()? {
        let (id, kind, answered) = match line.bytes {
            Some(bytes) => match Request::read(&String::from_utf8_lossy(&bytes)) {
                Ok(asked) => {
                    let answered = ask(&asked.kind, &asked.input, asked.context, given);
                    (asked.id, Value::String(asked.kind), answered)
                }
                Err(bad) => (
                    bad.id.clone(),
                    bad.kind.clone(),
                    Answered::bad_request(&bad.text),
                ),
            },
            None => {
                let text = format!("the line is longer than {LINE_MAX_BYTES} bytes");
                (Value::Null, Value::Null, Answered::bad_request(&text))
            }
        };
        good &= answered.valid;
        writeln!(answers, "{}", answered.line(&id, &kind))?;
    }
    answers.flush()?;
    Ok(Answer::from(good))
}

fn files(
    output: &Output,
    kind: &str,
    arguments: &Arguments,
    given: &Given,
) -> anyhow::Result<Answer> {
    let context = match &arguments.context {
        Some(path) => context(path)?,
        None => json!({}),
    };
    let mut good = true;
    for path in &arguments.files {
        let answered = ask(kind, &read_bytes(path)?, context.clone(), given);
        good &= answered.valid;
        if output.is_json() {
            output.value(&answered.line(&json!(path), &json!(kind)))?;
            continue;
        }
        let word = if answered.valid { "good" } else { "NOT good" };
        output.line(format!("{}: {word}", path.display()))?;
        for (code, text) in &answered.reasons {
            output.line(format!("    {code}: {text}"))?;
        }
        if let Some(strength) = answered.strength() {
            output.line(format!("    strength: {strength}"))?;
        }
        for (name, claim) in &answered.claims {
            output.line(format!("    {name}: {claim}"))?;
        }
    }
    Ok(Answer::from(good))
}

fn context(path: &Path) -> anyhow::Result<Value> {
    let read = bonafide_ledger::json::parse_strict(read_text(path)?.as_bytes());
    read.with_context(|| format!("{} is not the JSON of a context", path.display()))
}
