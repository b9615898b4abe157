//! `bonafide judge`: a file of sign-ups judged without a server and without storing anything, so that a pack can be tried
//! on yesterday's sign-ups in a minute. `docs/judge.md` describes the file.
//!
//! The file is read in order, judged by all processors, and answered in order. A line with a mistake is told with its
//! number and field, and stops nothing.

mod csv;
mod input;
mod tally;
mod verdict;

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::PathBuf;
use std::thread;

use anyhow::Context as _;
use bonafide_app::{Engine, EngineTexts, PackText};
use bonafide_model::{Clock as _, Registry, SystemClock, Timestamp};
use clap::{Args, ValueEnum};

use crate::outcome::Answer;
use crate::output::{Output, note};
use crate::place::read_text;
use crate::progress::{self, Stopwatch};
use crate::shipped;
use crate::table::{Column, Table};
use input::{Input, Item};
use tally::Tally;
use verdict::{Judge, Verdict};
pub(crate) use verdict::{asked, because};

/// Sign-ups read, judged and answered together: enough that starting threads does not count, few enough to hold.
const BATCH: usize = 4096;

/// What to judge, and by what.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Sign-ups as JSON lines or CSV, `-` for standard input
    file: PathBuf,
    /// Form of the file; seen from its first character when left out
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// A shipped pack or a file; several by repeating [default: base-minimal]
    #[arg(long = "pack", value_name = "ID|FILE")]
    packs: Vec<String>,
    /// Judge as if an officer had elected the proposed packs
    #[arg(long)]
    elect: bool,
    /// A screening list: a directory with `sdn.csv`, or that file; several by repeating
    #[arg(long = "list", value_name = "DIR|FILE")]
    lists: Vec<PathBuf>,
    /// The catalogue
    #[arg(long, value_name = "FILE")]
    catalogue: Option<PathBuf>,
    /// The provider's profile
    #[arg(long, value_name = "FILE")]
    provider: Option<PathBuf>,
    /// Methods in place of the shipped ones
    #[arg(long, value_name = "FILE")]
    methods: Option<PathBuf>,
    /// The instant to judge at [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
}

/// Forms of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// One sign-up a line, each a body of `POST /v1/sign-ups`
    Jsonl,
    /// One sign-up of one holder a row, with a header
    Csv,
}

pub(crate) fn run(output: &Output, arguments: &Arguments) -> anyhow::Result<Answer> {
    let now = arguments.at.unwrap_or_else(|| SystemClock.now());
    let registry = Registry::builtin();
    let engine = engine(arguments, &registry, now)?;
    let judge = Judge {
        engine: &engine,
        registry: &registry,
        now,
        json: output.is_json(),
    };
    let (reader, bytes): (Box<dyn Read>, Option<u64>) = if arguments.file.as_os_str() == "-" {
        (Box::new(io::stdin().lock()), None)
    } else {
        let file = File::open(&arguments.file);
        let file = file.with_context(|| format!("could not read {}", arguments.file.display()))?;
        let bytes = file.metadata()?.len();
        (Box::new(file), Some(bytes))
    };
    let bar = progress::reading(bytes, "judging");
    let mut input = Input::open(
        Box::new(bar.wrap_read(reader)),
        arguments.format,
        &registry,
        &engine.methods,
    )?;
    let watch = Stopwatch::start();
    let mut tally = Tally::default();
    loop {
        let items = input.batch(BATCH)?;
        if items.is_empty() {
            break;
        }
        let verdicts = judge_all(&judge, &input, &items);
        verdicts.iter().for_each(|v| tally.count(v));
        bar.suspend(|| write(output, &verdicts))?;
    }
    bar.finish_and_clear();
    let summary = tally.summary(watch.elapsed());
    if output.is_json() {
        note(summary)
    } else {
        output.line(summary)?
    }
    Ok(Answer::from(tally.bad == 0))
}

fn engine(arguments: &Arguments, registry: &Registry, now: Timestamp) -> anyhow::Result<Engine> {
    let first = [bonafide_policy::builtin::DEFAULT.to_owned()];
    let packs = if arguments.packs.is_empty() {
        &first[..]
    } else {
        &arguments.packs
    };
    let text = |path: &Option<PathBuf>| path.as_deref().map(read_text).transpose();
    let texts = EngineTexts {
        packs: packs
            .iter()
            .map(|name| {
                let elected_by = arguments.elect.then(|| ("a trial".to_owned(), now));
                let pack = shipped::pack_or_file(name)?;
                Ok(PackText {
                    elected_by,
                    active_since: Some(now),
                    ..pack
                })
            })
            .collect::<anyhow::Result<_>>()?,
        methods: text(&arguments.methods)?,
        catalogue: text(&arguments.catalogue)?,
        profile: text(&arguments.provider)?,
        lists: arguments
            .lists
            .iter()
            .map(|p| shipped::list_from(p, now))
            .collect::<anyhow::Result<_>>()?,
    };
    Ok(Engine::build(&texts, registry)?)
}

/// Judges a batch on all processors; the verdicts come in the order of the items.
fn judge_all(judge: &Judge<'_>, input: &Input<'_>, items: &[Item]) -> Vec<Verdict> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let columns = input.columns();
    thread::scope(|scope| {
        let parts = items.chunks(items.len().div_ceil(threads).max(1));
        let workers: Vec<_> = parts
            .map(|part| {
                scope.spawn(move || {
                    part.iter()
                        .map(|item| judge.one(item, columns))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        let joined = workers.into_iter().map(|worker| worker.join());
        joined
            .flat_map(|part| part.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}

fn write(output: &Output, verdicts: &[Verdict]) -> anyhow::Result<()> {
    if output.is_json() {
        let mut out = output.buffered();
        for verdict in verdicts {
            out.write_all(verdict.json().as_bytes())?;
            out.write_all(b"\n")?;
        }
        return Ok(out.flush()?);
    }
    let mut table = Table::new(&[
        Column::number("line"),
        Column::flexible("id"),
        Column::fixed("decision"),
        Column::fixed("risk"),
        Column::flexible("because"),
        Column::flexible("asked"),
    ]);
    for verdict in verdicts {
        table.row(verdict.cells());
    }
    output.table(&table)?;
    Ok(())
}
