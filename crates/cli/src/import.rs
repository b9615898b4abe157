//! `bonafide import`: customers of an earlier system, from its export. `docs/import.md` walks through it.
//!
//! A file is looked through, then read row by row, mapped, and handed over in batches; nothing but a few batches is held.
//! What a row came to is counted, and rejected rows are written to a file from which they can be imported once mended.

mod calling;
mod columns;
mod mapping;
mod rejects;
mod row;
mod rows;
mod source;
mod tally;
mod transform;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use bonafide_app::submission::FieldError;
use bonafide_app::{Duplicates, ImportPlan, ImportRow, Importer, RowOutcome, RowReport};
use bonafide_model::{AccountId, CaseId, Date, Registry, Span};
use clap::{Args, Subcommand, ValueEnum};
use indicatif::ProgressBar;
use serde_json::json;

use crate::outcome::{Answer, Negative};
use crate::output::{Output, note};
use crate::place::{Place, read_text};
use crate::progress::{self, Stopwatch};
use crate::session::{Session, block_on};
use columns::{Cells, Header};
use mapping::Mapping;
use rejects::Rejects;
use row::{Mapped, Reader};
use rows::{Row, Rows};
use source::Encoding;
use tally::Tally;

/// Days for which what is missing changes nothing, unless a date is given.
const GRACE_DAYS: i32 = 90;
/// Batches after which what was recorded gets its place in the ledger.
const SETTLE_EVERY: u64 = 32;

/// What to import, and how.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    /// Exports of the earlier system: CSV with a header, or JSON lines
    files: Vec<PathBuf>,
    #[command(flatten)]
    how: How,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Args)]
struct How {
    /// Which column says what: a shipped mapping (`whmcs`, `crm`) or a file
    #[arg(long, value_name = "NAME|FILE", default_value = "whmcs")]
    mapping: String,
    /// Try it: report, and store nothing
    #[arg(long)]
    dry_run: bool,
    /// What is done with a customer whose e-mail address, telephone or number is known
    #[arg(long, value_enum, default_value_t = Doubles::Report)]
    duplicates: Doubles,
    /// The product of every account, in place of the mapping's
    #[arg(long, value_name = "ID")]
    product: Option<String>,
    /// Until when what is missing changes nothing for these accounts [default: 90 days from now]
    #[arg(long, value_name = "DATE")]
    verify_by: Option<Date>,
    /// A new file for the rejected rows, with reasons, to be mended and imported
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Character between cells, or `tab` [default: the mapping's]
    #[arg(long, value_name = "CHAR")]
    delimiter: Option<String>,
    /// How the text is written
    #[arg(long, value_enum, default_value_t = Encoding::Utf8)]
    encoding: Encoding,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print a shipped mapping, to be changed
    Mapping {
        /// `whmcs` or `crm`
        name: String,
    },
    /// Find an account by the id of the earlier system
    Find {
        /// The earlier system, as the mapping names it
        source: String,
        /// Its id of the customer
        id: String,
        /// What for: `review`, `duplicate_check`, …; see `docs/access.md`
        #[arg(long, value_name = "PURPOSE")]
        purpose: String,
    },
    /// Show where an account came from; that it was shown is recorded
    Show {
        /// The account
        account: AccountId,
        /// What for: `review`, `dispute`, …; see `docs/access.md`
        #[arg(long, value_name = "PURPOSE")]
        purpose: String,
        /// An open case about the party that carries the purpose
        #[arg(long, value_name = "CASE")]
        case: CaseId,
    },
}

/// What is done with duplicates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Doubles {
    /// Import them as parties of their own, and list them
    Report,
    /// Open the account for the known party, where exactly one of the kind has the address or number
    Link,
    /// Leave them out
    Skip,
}

pub(crate) fn run(place: &Place, output: &Output, arguments: &Arguments) -> anyhow::Result<Answer> {
    match &arguments.command {
        Some(Command::Mapping { name }) => {
            let text = shipped(name).with_context(|| {
                format!("there is no shipped mapping `{name}`: `whmcs` or `crm`")
            })?;
            output.line(text.trim_end())?;
            Ok(Answer::Yes)
        }
        Some(Command::Find {
            source,
            id,
            purpose,
        }) => find(place, output, [source, id, purpose]),
        Some(Command::Show {
            account,
            purpose,
            case,
        }) => show(place, output, *account, purpose, *case),
        None if arguments.files.is_empty() => {
            bail!("name a file: `bonafide import --dry-run clients.csv`")
        }
        None => import(place, output, arguments),
    }
}

fn find(
    place: &Place,
    output: &Output,
    [source, id, purpose]: [&String; 3],
) -> anyhow::Result<Answer> {
    block_on(async {
        let session = Session::open(place).await?;
        let found = session
            .app
            .find_imported(&session.actor, source, id, purpose)
            .await?;
        session.settle().await?;
        let Some((party, account)) = found else {
            return Err(Negative(format!(
                "no customer of `{source}` with this id was imported"
            ))
            .into());
        };
        output.say(
            &json!({ "party": party, "account": account }),
            format!("account {account} of party {party}"),
        )?;
        Ok(Answer::Yes)
    })
}

fn show(
    place: &Place,
    output: &Output,
    account: AccountId,
    purpose: &str,
    case: CaseId,
) -> anyhow::Result<Answer> {
    block_on(async {
        let session = Session::open(place).await?;
        let origins = session
            .app
            .origins(&session.actor, account, purpose, case)
            .await?;
        session.settle().await?;
        if origins.is_empty() {
            return Err(Negative(format!("account `{account}` was not imported")).into());
        }
        for origin in &origins {
            output.say(
                origin,
                format!(
                    "{} `{}`, line {} of the file {}, {}",
                    origin.source, origin.external_id, origin.line, origin.file, origin.run
                ),
            )?;
        }
        Ok(Answer::Yes)
    })
}

fn import(place: &Place, output: &Output, arguments: &Arguments) -> anyhow::Result<Answer> {
    let how = &arguments.how;
    let registry = Registry::builtin();
    let (name, text) = match shipped(&how.mapping) {
        Some(text) => (format!("{}.toml", how.mapping), text.to_owned()),
        None => (how.mapping.clone(), read_text(Path::new(&how.mapping))?),
    };
    let mapping = Mapping::parse(&name, &text, &registry)?;
    if how.rejects.is_some() && arguments.files.len() > 1 {
        bail!("`--rejects` goes with one file: import them one by one");
    }
    block_on(async {
        let session = Session::open(place).await?;
        let engine = session.tenant.engine();
        mapping.check_methods(&name, &text, &registry, &engine.methods)?;
        let mut good = true;
        for file in &arguments.files {
            let desk = Desk {
                session: &session,
                mapping: &mapping,
                registry: &registry,
                how,
                file,
            };
            let imported = desk.import(output).await;
            good &= imported.with_context(|| file.display().to_string())?;
        }
        Ok(Answer::from(good))
    })
}

/// The import of one file.
struct Desk<'a> {
    session: &'a Session,
    mapping: &'a Mapping,
    registry: &'a Registry,
    how: &'a How,
    file: &'a Path,
}

/// A row that was handed over and is not answered yet.
struct Waiting {
    row: Row,
    places: Vec<(String, String)>,
}

/// What is kept while a file is read.
struct Ledger {
    header: Header,
    tally: Tally,
    rejects: Option<Rejects>,
    waiting: VecDeque<Waiting>,
}

impl Desk<'_> {
    async fn import(&self, output: &Output) -> anyhow::Result<bool> {
        let watch = Stopwatch::start();
        let scanned = source::scan(self.file, self.how.encoding)?;
        let (digest, bytes) = (scanned.digest, scanned.bytes);
        let bar = progress::importing(bytes);
        let delimiter = match &self.how.delimiter {
            Some(given) => delimiter(given)?,
            None => self.mapping.delimiter,
        };
        let json = rows::is_json(scanned.first);
        let reader = Box::new(bar.wrap_read(scanned.reader()?));
        let rows = match json {
            true => Rows::json(reader, self.mapping)?,
            false => Rows::csv(reader, delimiter, self.mapping)?,
        };
        let names = (!json).then_some(rows.header.names.as_slice());
        let rejects = self.how.rejects.as_deref();
        let rejects = rejects
            .map(|path| Rejects::create(path, names, delimiter))
            .transpose()?;
        let plan = self.plan(digest)?;
        let mut importer = self.session.app.importer(&self.session.actor, plan)?;
        let mut ledger = Ledger {
            header: rows.header.clone(),
            tally: Tally::default(),
            rejects,
            waiting: VecDeque::new(),
        };
        let read = self
            .read(rows, &mut importer, &mut ledger, &bar, watch)
            .await;
        bar.finish_and_clear();
        if !self.how.dry_run {
            self.session.settle().await?;
        }
        // What was stored stays stored when reading stops half-way; that is said, and the rest can be run again.
        if let Err(error) = read {
            note(format!(
                "stopped: {}",
                ledger.tally.summary(watch.elapsed())
            ));
            return Err(error);
        }
        let mut tally = ledger.tally;
        if let Some(rejects) = ledger.rejects {
            rejects.finish()?;
        }
        importer.run().clone_into(&mut tally.run);
        tally.duplicates_incomplete = importer.lost_sight();
        tally.seconds = watch.elapsed().as_secs_f64();
        if output.is_json() {
            output.value(&tally)?;
        } else {
            for table in tally.tables() {
                output.table(&table)?;
                output.line("")?;
            }
            output.line(tally.summary(watch.elapsed()))?;
        }
        Ok(tally.rejected == 0)
    }

    fn plan(&self, file: bonafide_ledger::Hash) -> anyhow::Result<ImportPlan> {
        let now = self.session.app.now();
        let verify_by = match self.how.verify_by {
            // The whole of that day.
            Some(day) => day.plus(Span::days(1)).start(),
            None => now.plus(Span::days(GRACE_DAYS)),
        };
        if verify_by <= now {
            bail!("`--verify-by` is over: name a day to come");
        }
        Ok(ImportPlan {
            source: self.mapping.source.clone(),
            file,
            mapping: self.mapping.digest,
            duplicates: match self.how.duplicates {
                Doubles::Report => Duplicates::Report,
                Doubles::Link => Duplicates::Link,
                Doubles::Skip => Duplicates::Skip,
            },
            verify_by,
            dry_run: self.how.dry_run,
        })
    }

    async fn read(
        &self,
        mut rows: Rows,
        importer: &mut Importer,
        ledger: &mut Ledger,
        bar: &ProgressBar,
        watch: Stopwatch,
    ) -> anyhow::Result<()> {
        let reader = Reader {
            mapping: self.mapping,
            registry: self.registry,
            product: self.how.product.as_deref(),
        };
        let mut batches = 0;
        loop {
            let mut batch = Vec::new();
            let mut more = true;
            while batch.len() < Importer::BATCH_MAX {
                let Some(row) = rows.next()? else {
                    more = false;
                    break;
                };
                ledger.tally.read += 1;
                ledger.take(&reader, row, &mut batch)?;
            }
            for report in importer.push(batch).await? {
                ledger.answer(report)?;
            }
            batches += 1;
            if batches % SETTLE_EVERY == 0 && !self.how.dry_run {
                self.session.settle().await?;
            }
            let rate = ledger.tally.read as f64 / watch.elapsed().as_secs_f64().max(0.001);
            bar.set_message(format!("{} rows, {rate:.0}/s", ledger.tally.read));
            if !more {
                break;
            }
        }
        for report in importer.finish().await? {
            ledger.answer(report)?;
        }
        ledger.tally.dry_run = self.how.dry_run;
        ledger.tally.columns_ignored = rows.ignored;
        Ok(())
    }
}

impl Ledger {
    /// Maps a row and adds it to the batch, or rejects it.
    fn take(
        &mut self,
        reader: &Reader<'_>,
        row: Row,
        batch: &mut Vec<ImportRow>,
    ) -> anyhow::Result<()> {
        if let Some(why) = &row.broken {
            let errors = [FieldError::new("", why)];
            return self.reject(&row, &errors);
        }
        let cells = Cells {
            header: &self.header,
            record: &row.cells,
        };
        match reader.read(row.line, cells) {
            Err(errors) => self.reject(&row, &errors),
            Ok(Mapped {
                row: mapped,
                places,
                left_out,
            }) => {
                for (column, why) in &left_out {
                    self.tally.leave_out(column, why);
                }
                batch.push(mapped);
                self.waiting.push_back(Waiting { row, places });
                Ok(())
            }
        }
    }

    /// Counts what came of the first row that waits.
    fn answer(&mut self, report: RowReport) -> anyhow::Result<()> {
        self.tally.count(&report);
        let waiting = self.waiting.pop_front();
        let waiting = waiting.context("more rows were answered than handed over")?;
        if let RowOutcome::Rejected(errors) = report.outcome {
            let errors = errors.into_iter().map(|mut error| {
                error.field = column_of(&waiting.places, &error.field);
                error
            });
            let errors: Vec<FieldError> = errors.collect();
            self.reject(&waiting.row, &errors)?;
        }
        Ok(())
    }

    fn reject(&mut self, row: &Row, errors: &[FieldError]) -> anyhow::Result<()> {
        self.tally.reject(row.line, errors);
        if let Some(rejects) = &mut self.rejects {
            rejects.add(row, &self.header.names, !self.header.of_rejects, errors)?;
        }
        Ok(())
    }
}

/// The column that a field came from.
fn column_of(places: &[(String, String)], field: &str) -> String {
    let found = places
        .iter()
        .find(|(path, _)| field.starts_with(path.as_str()));
    found.map_or_else(|| field.to_owned(), |(_, column)| column.clone())
}

fn shipped(name: &str) -> Option<&'static str> {
    match name {
        "whmcs" => Some(mapping::WHMCS),
        "crm" => Some(mapping::CRM),
        _ => None,
    }
}

/// A delimiter as it is named on the command line and in mappings.
fn delimiter(text: &str) -> anyhow::Result<u8> {
    match (text, text.as_bytes()) {
        ("tab" | "\\t", _) => Ok(b'\t'),
        (_, [one]) if one.is_ascii() && !one.is_ascii_alphanumeric() && *one != b'"' => Ok(*one),
        _ => bail!(
            "`{}` is no delimiter: name one character, such as `;`, or `tab`",
            columns::shown(text)
        ),
    }
}
