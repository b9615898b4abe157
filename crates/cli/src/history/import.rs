//! `bonafide history import`: files of accesses or assignments, in batches that are durable one by one.

use std::io::Read as _;
use std::path::Path;

use anyhow::Context as _;
use bonafide_app::{AssignmentOutcome, HistoryImport, NewAccess, NewAssignment};
use bonafide_history::{Address, Prefix, Source};
use bonafide_model::{Micros, Width};
use serde::Serialize;

use super::events::{self, Event};
use super::leases;
use super::rows::{self, Row, Rows};
use super::values::values;
use super::{Format, Import, Kind};
use crate::outcome::Answer;
use crate::output::{Output, note};
use crate::place::Place;
use crate::session::{Session, block_on};

/// Rows that are made durable at once.
const BATCH: usize = 10_000;
/// Rejected rows that are told one by one.
const TOLD_MAX: u64 = 20;

const ACCESS: &[&str] = &["account", "address", "port", "at", "action"];
const ASSIGNMENT: &[&str] = &[
    "account",
    "address",
    "prefix_len",
    "port_from",
    "port_to",
    "resource",
    "from",
    "to",
    "transport",
];
/// Columns that a file need not have.
const OPTIONAL: &[&str] = &[
    "port",
    "action",
    "prefix_len",
    "port_from",
    "port_to",
    "resource",
    "to",
    "transport",
];

/// What an import came to.
#[derive(Debug, Default, Serialize)]
struct Report {
    /// Rows of the files.
    rows: u64,
    /// Rows that are taken now; where rows of a batch were known, the others of it are counted with them.
    taken: u64,
    /// Rows that had been taken before.
    known: u64,
    /// Assignments whose end is another now.
    corrected: u64,
    /// Events that are none of an account that came from an address.
    skipped: u64,
    /// Rows that could not be taken.
    rejected: u64,
}

impl Report {
    fn reject(&mut self, file: &Path, line: u64, why: &str) {
        self.rejected += 1;
        if self.rejected <= TOLD_MAX {
            note(format_args!("{}:{line}: {why}", file.display()));
        } else if self.rejected == TOLD_MAX + 1 {
            note("more rows were rejected; only their number is told");
        }
    }
}

pub(super) fn run(place: &Place, output: &Output, import: &Import) -> anyhow::Result<Answer> {
    block_on(async {
        let session = Session::create(place).await?;
        let source = source_of(import);
        let mut into = session.app.begin_history(&session.actor, source).await?;
        let mut report = Report::default();
        for file in &import.files {
            let done = match (import.kind, import.format) {
                (Kind::Accesses, Format::Plain) => accesses(&mut into, file, &mut report).await,
                (Kind::Assignments, Format::Plain) => {
                    assignments(&mut into, file, &mut report).await
                }
                (Kind::Accesses, Format::Ocsf) => {
                    events(&mut into, file, events::ocsf, &mut report).await
                }
                (Kind::Accesses, Format::Cloudtrail) => {
                    events(&mut into, file, events::cloudtrail, &mut report).await
                }
                (Kind::Assignments, Format::Dhcpd | Format::Kea) => {
                    leases_of(&mut into, file, import.format, &mut report).await
                }
                (Kind::Accesses, Format::Dhcpd | Format::Kea) => Err(anyhow::anyhow!(
                    "leases are assignments: say `--kind assignments`"
                )),
                (Kind::Assignments, Format::Ocsf | Format::Cloudtrail) => Err(anyhow::anyhow!(
                    "these events are accesses: say `--kind accesses`"
                )),
            };
            if let Err(error) = done {
                // What was taken until then stays, and is recorded.
                into.finish().await?;
                session.settle().await?;
                return Err(error);
            }
        }
        into.finish().await?;
        session.settle().await?;
        let text = format!(
            "{} rows: {} taken, {} known, {} corrected, {} skipped, {} rejected",
            report.rows,
            report.taken,
            report.known,
            report.corrected,
            report.skipped,
            report.rejected
        );
        output.say(&report, text)?;
        Ok((report.rejected == 0).into())
    })
}

/// What noted the files: what is said of it, or what their format is known for.
fn source_of(import: &Import) -> Option<Source> {
    let known = match import.format {
        Format::Plain => None,
        Format::Ocsf => Some(events::ocsf_source()),
        Format::Cloudtrail => Some(events::cloudtrail_source()),
        Format::Dhcpd => Some(leases::source("dhcpd")),
        Format::Kea => Some(leases::source("kea")),
    };
    let Some(name) = &import.source else {
        return known;
    };
    let precision = known.as_ref().map_or(1, |k| k.precision_us);
    Some(Source {
        name: name.clone(),
        precision_us: import.precision.map_or(precision, Width::as_micros).max(1),
        has_port: known.is_none_or(|k| k.has_port),
    })
}

async fn accesses(
    into: &mut HistoryImport,
    file: &Path,
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut rows = Rows::open(file, ACCESS, OPTIONAL, "accesses")?;
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        let row = rows.next()?;
        let is_over = row.is_none();
        if let Some(row) = row {
            report.rows += 1;
            match row.cells.and_then(|cells| access(&cells)) {
                Ok(access) => batch.push(access),
                Err(why) => report.reject(file, row.line, &why),
            }
        }
        if batch.len() >= BATCH || (is_over && !batch.is_empty()) {
            send(into, &mut batch, report).await?;
        }
        if is_over {
            rows.bar.finish_and_clear();
            return Ok(());
        }
    }
}

async fn assignments(
    into: &mut HistoryImport,
    file: &Path,
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut rows = Rows::open(file, ASSIGNMENT, OPTIONAL, "assignments")?;
    let (mut batch, mut lines) = (Vec::with_capacity(BATCH), Vec::with_capacity(BATCH));
    loop {
        let row = rows.next()?;
        let is_over = row.is_none();
        if let Some(Row { line, cells }) = row {
            report.rows += 1;
            match cells.and_then(|cells| assignment(&cells)) {
                Ok(assignment) => {
                    batch.push(assignment);
                    lines.push(line);
                }
                Err(why) => report.reject(file, line, &why),
            }
        }
        if batch.len() >= BATCH || (is_over && !batch.is_empty()) {
            assign(into, file, &batch, &lines, report).await?;
            batch.clear();
            lines.clear();
        }
        if is_over {
            rows.bar.finish_and_clear();
            return Ok(());
        }
    }
}

async fn send(
    into: &mut HistoryImport,
    batch: &mut Vec<NewAccess>,
    report: &mut Report,
) -> anyhow::Result<()> {
    let done = into.accesses(batch).await?;
    let count = done.rows as u64;
    if done.is_repeated {
        report.known += count;
    } else {
        report.taken += count;
    }
    batch.clear();
    Ok(())
}

async fn assign(
    into: &mut HistoryImport,
    file: &Path,
    batch: &[NewAssignment],
    lines: &[u64],
    report: &mut Report,
) -> anyhow::Result<()> {
    let outcomes = into.assignments(batch).await?;
    for (line, outcome) in lines.iter().zip(outcomes) {
        match outcome {
            AssignmentOutcome::Added => report.taken += 1,
            AssignmentOutcome::Known => report.known += 1,
            AssignmentOutcome::Corrected => report.corrected += 1,
            AssignmentOutcome::Refused(why) => report.reject(file, *line, &why),
        }
    }
    Ok(())
}

/// Accesses out of a log of another system.
async fn events(
    into: &mut HistoryImport,
    file: &Path,
    read: fn(&serde_json::Value) -> Result<Event, String>,
    report: &mut Report,
) -> anyhow::Result<()> {
    let (values, bar) = values(file, "events")?;
    let mut batch = Vec::with_capacity(BATCH);
    for (line, value) in values {
        report.rows += 1;
        match value.and_then(|value| read(&value)) {
            Ok(Event::Access(access)) => batch.push(access),
            Ok(Event::Skipped) => report.skipped += 1,
            Err(why) => report.reject(file, line, &why),
        }
        if batch.len() >= BATCH {
            send(into, &mut batch, report).await?;
        }
    }
    if !batch.is_empty() {
        send(into, &mut batch, report).await?;
    }
    bar.finish_and_clear();
    Ok(())
}

/// Assignments out of the lease file of a DHCP server.
async fn leases_of(
    into: &mut HistoryImport,
    file: &Path,
    format: Format,
    report: &mut Report,
) -> anyhow::Result<()> {
    let (_, mut reader, bar) = rows::open(file, "leases")?;
    let (leases, wrong) = match format {
        Format::Kea => leases::kea(reader).with_context(|| file.display().to_string())?,
        _ => {
            let mut text = String::new();
            reader
                .read_to_string(&mut text)
                .with_context(|| file.display().to_string())?;
            leases::dhcpd(&text)
        }
    };
    for (line, why) in wrong {
        report.rows += 1;
        report.reject(file, line, &why);
    }
    let found = leases.finish();
    report.rows += found.len() as u64;
    for some in found.chunks(BATCH) {
        assign(into, file, some, &vec![0; some.len()], report).await?;
    }
    bar.finish_and_clear();
    Ok(())
}

fn access(cells: &[String]) -> Result<NewAccess, String> {
    let [account, address, port, at, action] = cells else {
        return Err("it has not the columns of an access".to_owned());
    };
    Ok(NewAccess {
        account: named(account)?,
        address: read::<Address>("address", address)?,
        port: port_of("port", port)?.filter(|p| *p != 0),
        at: read::<Micros>("at", at)?,
        action: action.clone(),
        mark: 0,
    })
}

fn assignment(cells: &[String]) -> Result<NewAssignment, String> {
    let [
        account,
        address,
        length,
        first,
        last,
        resource,
        from,
        to,
        transport,
    ] = cells
    else {
        return Err("it has not the columns of an assignment".to_owned());
    };
    let mut prefix = read::<Prefix>("address", address)?;
    if !length.is_empty() {
        let wrong = || format!("`prefix_len`: `{length}` is no length of a prefix of {address}");
        let length: u8 = length.parse().map_err(|_| wrong())?;
        prefix = Prefix::new(prefix.first(), length).ok_or_else(wrong)?;
    }
    let (first, last) = (port_of("port_from", first)?, port_of("port_to", last)?);
    let ports = match (first, last) {
        (None, None) => None,
        (Some(first), None) => Some((first, first)),
        (Some(first), Some(last)) => Some((first, last)),
        (None, Some(_)) => return Err("`port_from` is empty and `port_to` is not".to_owned()),
    };
    Ok(NewAssignment {
        account: named(account)?,
        prefix,
        ports,
        transport: transport_of(transport)?,
        resource: resource.clone(),
        from: read::<Micros>("from", from)?,
        to: match to.as_str() {
            "" => None,
            to => Some(read::<Micros>("to", to)?),
        },
    })
}

fn named(account: &str) -> Result<String, String> {
    if account.is_empty() {
        return Err("`account` is empty".to_owned());
    }
    Ok(account.to_owned())
}

fn read<T: std::str::FromStr<Err: std::fmt::Display>>(name: &str, text: &str) -> Result<T, String> {
    text.parse().map_err(|e| format!("`{name}`: {e}"))
}

/// A port; empty where it is not known.
pub(super) fn port_of(name: &str, text: &str) -> Result<Option<u16>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let port = text.parse();
    port.map(Some).map_err(|_| {
        format!("`{name}`: `{text}` is no port: 1 to 65535, or empty where it is not known")
    })
}

fn transport_of(text: &str) -> Result<u8, String> {
    match text.to_ascii_lowercase().as_str() {
        "" | "any" => Ok(0),
        "tcp" => Ok(6),
        "udp" => Ok(17),
        "sctp" => Ok(132),
        number => number.parse().map_err(|_| {
            format!(
                "`transport`: `{text}` is neither `tcp`, `udp`, `sctp` nor a number of a protocol"
            )
        }),
    }
}
