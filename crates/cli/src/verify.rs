//! `bonafide verify`: notes, checkpoints and proofs checked offline, without a database. `docs/verify.md` is the contract.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use bonafide_ledger::verify::{KINDS, verify, verify_line};
use clap::Args;
use clap::builder::PossibleValuesParser;
use serde_json::{Value, json};

use crate::lines::Lines;
use crate::outcome::Answer;
use crate::output::Output;
use crate::place::{read_bytes, read_text};

/// Bytes of one line of a batch: an entry of 64 KiB in hexadecimal with a long proof stays far below.
const LINE_MAX_BYTES: u64 = 4 * 1024 * 1024;

/// What to verify.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What the files are
    #[arg(long, value_name = "KIND", value_parser = PossibleValuesParser::new(KINDS), required_unless_present = "batch")]
    kind: Option<String>,
    /// What the verifier knows beforehand, as JSON: keys, roots, sizes
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
    match (&arguments.batch, &arguments.kind) {
        (Some(path), _) if path.as_os_str() == "-" => batch(output, io::stdin().lock()),
        (Some(path), _) => {
            let file = File::open(path);
            let file = file.with_context(|| format!("could not read {}", path.display()))?;
            batch(output, BufReader::new(file))
        }
        (None, Some(kind)) => files(output, kind, arguments),
        (None, None) => anyhow::bail!("say what to verify with `--kind KIND` or `--batch FILE`"),
    }
}

fn batch(output: &Output, reader: impl BufRead) -> anyhow::Result<Answer> {
    let mut lines = Lines::new(reader, LINE_MAX_BYTES);
    let mut answers = output.buffered();
    let mut good = true;
    while let Some(line) = lines.next()? {
        let answer = match line.bytes {
            Some(bytes) => verify_line(&String::from_utf8_lossy(&bytes)),
            None => too_long(),
        };
        good &= serde_json::from_str::<Value>(&answer)?.get("valid") == Some(&Value::Bool(true));
        writeln!(answers, "{answer}")?;
    }
    answers.flush()?;
    Ok(Answer::from(good))
}

fn too_long() -> String {
    let text = format!("the line is longer than {LINE_MAX_BYTES} bytes");
    let reasons = [json!({"code": "request", "text": text})];
    json!({"id": null, "kind": null, "valid": false, "reasons": reasons}).to_string()
}

fn files(output: &Output, kind: &str, arguments: &Arguments) -> anyhow::Result<Answer> {
    let context = match &arguments.context {
        Some(path) => context(path)?,
        None => json!({}),
    };
    let mut good = true;
    for path in &arguments.files {
        let verdict = verify(kind, &read_bytes(path)?, &context);
        good &= verdict.valid;
        if output.is_json() {
            let reasons = verdict.reasons.iter();
            let reasons: Vec<Value> = reasons
                .map(|r| json!({"code": r.code.as_str(), "text": r.text}))
                .collect();
            let mut value =
                json!({"id": path, "kind": kind, "valid": verdict.valid, "reasons": reasons});
            if let Some(map) = value.as_object_mut().filter(|_| verdict.valid) {
                map.insert("claims".to_owned(), Value::Object(verdict.claims));
            }
            output.value(&value)?;
            continue;
        }
        output.line(format!(
            "{}: {}",
            path.display(),
            if verdict.valid { "good" } else { "NOT good" }
        ))?;
        for reason in &verdict.reasons {
            output.line(format!("    {}: {}", reason.code.as_str(), reason.text))?;
        }
        for (name, claim) in &verdict.claims {
            output.line(format!("    {name}: {claim}"))?;
        }
    }
    Ok(Answer::from(good))
}

fn context(path: &Path) -> anyhow::Result<Value> {
    let read = bonafide_ledger::json::parse_strict(read_text(path)?.as_bytes());
    read.with_context(|| format!("{} is not the JSON of a context", path.display()))
}
