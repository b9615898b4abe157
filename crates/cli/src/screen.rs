//! `bonafide screen`: holds parties against list files, without a database: nothing is stored and nobody is told.
//!
//! One answer a query, in the order of the queries; every answer names the lists it was given from.

mod answer;
mod lists;
mod query;

use std::fs::File;
use std::io::{self, BufReader, IsTerminal as _, Read, Write as _};
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use bonafide_model::{Clock as _, SystemClock};
use bonafide_screen::{ALERT_THRESHOLD_BP, FULL_BP, Index, MAX_HITS, Query, Wanted};
use clap::{Args, Subcommand};
use serde_json::Value;

use crate::lines::Lines;
use crate::outcome::Answer;
use crate::output::{Output, note};

use query::Asked;

/// Bytes of one query; with every name and identifier at its bound it has about fifty thousand.
const LINE_MAX_BYTES: u64 = 256 * 1024;

/// What is screened against what.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    lists: ListArguments,
    /// Queries, one JSON object a line: `id`, `type`, `name` or `names`, `birth_date`, `country`, `identifiers`; `-` or nothing is
    /// standard input
    #[arg(long, value_name = "FILE")]
    queries: Option<PathBuf>,
    /// Least score of a hit, in basis points; with 0 everything that was compared
    #[arg(long, value_name = "BP", default_value_t = ALERT_THRESHOLD_BP, value_parser = clap::value_parser!(i32).range(0..=FULL_BP as i64))]
    threshold: i32,
    /// Most hits for one query
    #[arg(long, value_name = "K", default_value_t = 10, value_parser = most)]
    limit: usize,
}

#[derive(Debug, Args)]
struct ListArguments {
    /// Files of lists in any format that `bonafide lists import` reads, or directories of them; OFAC's CSV files of one directory
    /// are one list
    #[arg(long = "list", value_name = "PATH", num_args = 1.., required = true)]
    lists: Vec<PathBuf>,
}

/// What else can be done.
#[derive(Debug, Subcommand)]
enum Command {
    /// Show how a party compares with one listed entry, field by field
    Explain(ExplainArguments),
}

#[derive(Debug, Args)]
struct ExplainArguments {
    #[command(flatten)]
    lists: ListArguments,
    /// The entry's number in its list
    #[arg(long, value_name = "ID")]
    entry: String,
    /// A name of the party; may be repeated
    #[arg(long = "name", value_name = "NAME", required = true)]
    names: Vec<String>,
    /// `person`, `organization`, `vessel` or `aircraft`
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// Date of birth: `1961-03-12`, `1961-03` or `1961`
    #[arg(long, value_name = "DATE")]
    birth_date: Option<String>,
    /// A country of the party; may be repeated
    #[arg(long, value_name = "COUNTRY")]
    country: Vec<String>,
    /// An identifier as `KIND:VALUE`, such as `passport:719923407`; may be repeated
    #[arg(long, value_name = "KIND:VALUE")]
    identifier: Vec<String>,
}

fn most(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(most) if (1..=MAX_HITS).contains(&most) => Ok(most),
        _ => Err(format!("give a number from 1 to {MAX_HITS}")),
    }
}

pub(crate) fn run(output: &Output, arguments: &Arguments) -> anyhow::Result<Answer> {
    match &arguments.command {
        Some(Command::Explain(arguments)) => explain(output, arguments),
        None => screen(output, arguments),
    }
}

fn screen(output: &Output, arguments: &Arguments) -> anyhow::Result<Answer> {
    let now = SystemClock.now();
    let index = Index::build(lists::read(&arguments.lists.lists, now)?);
    let wanted = Wanted {
        from_bp: arguments.threshold,
        most: arguments.limit,
    };
    let lists = answer::lists(&index, now);
    let reader: Box<dyn Read> = match &arguments.queries {
        Some(path) if path.as_os_str() != "-" => {
            let file = File::open(path);
            Box::new(file.with_context(|| format!("could not read {}", path.display()))?)
        }
        _ => Box::new(io::stdin().lock()),
    };
    let for_people = !output.is_json() && io::stdout().is_terminal();
    let mut lines = Lines::new(BufReader::with_capacity(1 << 16, reader), LINE_MAX_BYTES);
    let mut out = output.buffered();
    let (mut all, mut with_hits, mut bad) = (0_u64, 0_u64, 0_u64);
    while let Some(line) = lines.next()? {
        all += 1;
        let asked = match &line.bytes {
            Some(bytes) => Asked::read(bytes),
            None => Asked::refused(
                Value::Null,
                format!("line is longer than {LINE_MAX_BYTES} bytes; split it"),
            ),
        };
        let Asked { id, query } = asked;
        let outcome = query.and_then(|query| {
            let outcome = index.screen_wanted(&query, wanted);
            outcome.map_err(|e| e.to_string())
        });
        match &outcome {
            Ok(found) => with_hits += u64::from(!found.hits.is_empty()),
            Err(_) => bad += 1,
        }
        let text = match for_people {
            true => answer::text(line.number, &id, &outcome),
            false => answer::line(&id, &outcome, &lists)?,
        };
        writeln!(out, "{text}")?;
    }
    out.flush()?;
    note(format!(
        "{all} queries, {with_hits} with hits, {bad} that could not be screened"
    ));
    Ok(Answer::from(bad == 0))
}

fn explain(output: &Output, arguments: &ExplainArguments) -> anyhow::Result<Answer> {
    let index = Index::build(lists::read(&arguments.lists.lists, SystemClock.now())?);
    let query = of_arguments(arguments)?;
    let holding = |name: &str| {
        index
            .entry(name, &arguments.entry)
            .map(|e| (name.to_owned(), e))
    };
    let found = index.lists().iter().find_map(|list| holding(&list.name));
    let Some((list, entry)) = found else {
        bail!(
            "no list has an entry `{}`; see the numbers with `bonafide screen --threshold 0`",
            arguments.entry
        );
    };
    let hit = index.explain(&query, &list, &arguments.entry)?;
    match output.is_json() {
        true => output.value(&answer::explained(&list, entry, hit.as_ref()))?,
        false => output.line(answer::explained_text(&list, entry, &query, hit.as_ref()))?,
    }
    Ok(Answer::from(hit.is_some_and(|h| h.is_alert())))
}

fn of_arguments(arguments: &ExplainArguments) -> anyhow::Result<Query> {
    let mut value = serde_json::json!({
        "names": arguments.names, "country": arguments.country, "identifiers": arguments.identifier,
    });
    if let Some(map) = value.as_object_mut() {
        for (key, text) in [
            ("type", &arguments.kind),
            ("birth_date", &arguments.birth_date),
        ] {
            if let Some(text) = text {
                map.insert(key.to_owned(), Value::from(text.as_str()));
            }
        }
    }
    Asked::of(value).query.map_err(anyhow::Error::msg)
}
