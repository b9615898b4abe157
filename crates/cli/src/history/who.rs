//! `bonafide history who`: one question to a person, a file of them to a program.

use std::collections::VecDeque;
use std::io::Write as _;

use anyhow::{Context as _, ensure};
use bonafide_app::{
    AccessCandidate, AssignmentCandidate, HistoryQuestion, Verdict, WITHIN_MAX_US, WhoAnswer,
    WhoReader,
};
use bonafide_model::Width;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::Who;
use super::question::{Asked, Questions};
use crate::outcome::Answer;
use crate::output::Output;
use crate::place::Place;
use crate::session::{Session, block_on};
use crate::table::{Column, Table};

/// Questions that are answered at once: enough that looking up names costs little.
const CHUNK: usize = 1024;
/// Chunks that are answered at the same time; more than a machine of this kind has cores.
const READERS_MAX: usize = 8;

pub(super) fn run(place: &Place, output: &Output, who: &Who) -> anyhow::Result<Answer> {
    if let Some(width) = who.within {
        ensure!(
            width.as_micros() <= WITHIN_MAX_US,
            "`--within` may be 366 days"
        );
    }
    block_on(async {
        let session = Session::open(place).await?;
        match &who.file {
            Some(_) => file(&session, output, who).await,
            None => one(&session, output, who).await,
        }
    })
}

/// The widths that candidates are counted for.
const WIDTHS_US: [i64; 5] = [0, 2_000_000, 60_000_000, 300_000_000, 3_600_000_000];

async fn one(session: &Session, output: &Output, who: &Who) -> anyhow::Result<Answer> {
    let mut reader = session.app.who_reader(&session.actor, who.known_at).await?;
    let question = HistoryQuestion {
        address: who.address.context("say which address")?,
        port: who.port,
        at: who.at.context("say at which instant")?,
        within_us: who.within.map(Width::as_micros),
    };
    let wider = WIDTHS_US.map(|within| HistoryQuestion {
        within_us: Some(within),
        ..question
    });
    let mut answers = reader.answer(&[question]).await?;
    let growth = reader.answer(&wider).await?;
    let answer = answers.pop().context("there is no answer")?;
    let growth: Vec<Value> = WIDTHS_US
        .iter()
        .zip(&growth)
        .map(|(us, a)| {
            let within = Width::from_micros(*us).map(|w| w.to_string());
            json!({ "within": within, "accounts": a.accesses.len() })
        })
        .collect();
    if output.is_json() {
        output.value(&detailed(&answer, &growth))?;
        return Ok(Answer::Yes);
    }
    say(output, &answer, &growth)?;
    Ok(Answer::Yes)
}

fn detailed(answer: &WhoAnswer, growth: &[Value]) -> Value {
    let access = |a: &AccessCandidate| {
        json!({
            "account": a.account, "rows": a.rows, "first": a.first, "last": a.last, "port_noted": a.has_port,
            "precision_us": a.precision_us, "actions": a.actions, "known_as": a.joined,
        })
    };
    let assignment = |a: &AssignmentCandidate| {
        json!({
            "account": a.account, "resource": a.resource, "from": a.from, "to": a.to,
            "prefix": a.prefix.map(|p| p.to_string()), "ports": a.ports, "precision_us": a.precision_us,
            "known_as": a.joined, "referred_to": a.referred_to,
        })
    };
    json!({
        "answer": answer.answer,
        "accesses": answer.accesses.iter().map(access).collect::<Vec<_>>(),
        "assignments": answer.assignments.iter().map(assignment).collect::<Vec<_>>(),
        "covered_by": answer.covered_by,
        "growth": growth,
    })
}

fn say(output: &Output, answer: &WhoAnswer, growth: &[Value]) -> anyhow::Result<()> {
    let word = match answer.answer {
        Verdict::One => "one account",
        Verdict::Several => "several accounts: it is not known which",
        Verdict::None => "no account",
        Verdict::Referred => "the customer of a reseller, who must be asked",
        Verdict::OutOfRetention => "no longer known: what there was is not kept any more",
    };
    output.line(word)?;
    if !answer.accesses.is_empty() {
        output.line("\ncame from it:")?;
        let mut table = Table::new(&[
            Column::fixed("account"),
            Column::fixed("rows"),
            Column::fixed("first"),
            Column::fixed("last"),
            Column::fixed("port"),
            Column::fixed("clock"),
        ]);
        for a in &answer.accesses {
            let clock = Width::from_micros(a.precision_us).map(|w| w.to_string());
            table.row([
                a.account.clone(),
                a.rows.to_string(),
                a.first.to_string(),
                a.last.to_string(),
                if a.has_port { "noted" } else { "not noted" }.to_owned(),
                clock.unwrap_or_default(),
            ]);
        }
        output.table(&table)?;
    }
    if !answer.assignments.is_empty() {
        output.line("\nheld it:")?;
        let mut table = Table::new(&[
            Column::fixed("account"),
            Column::fixed("resource"),
            Column::fixed("from"),
            Column::fixed("to"),
            Column::fixed("what"),
        ]);
        for a in &answer.assignments {
            let ports = a
                .ports
                .map_or_else(String::new, |(f, l)| format!(" ports {f}-{l}"));
            table.row([
                a.account.clone(),
                a.resource.clone(),
                a.from.to_string(),
                a.to.map_or_else(|| "now".to_owned(), |t| t.to_string()),
                format!(
                    "{}{ports}",
                    a.prefix.map(|p| p.to_string()).unwrap_or_default()
                ),
            ]);
        }
        output.table(&table)?;
    }
    let wider = growth.iter().filter_map(|g| {
        let within = g.get("within")?.as_str()?;
        Some(format!("{within}: {}", g.get("accounts")?))
    });
    let wider: Vec<String> = wider.collect();
    output.line(format_args!(
        "\naccounts that came from it within {}",
        wider.join(", ")
    ))?;
    match answer.covered_by.as_slice() {
        [] => output.line("no segment has accesses of that time")?,
        some => output.line(format_args!("covered by {}", some.join(", ")))?,
    }
    Ok(())
}

#[derive(Serialize)]
struct Line<'a> {
    id: &'a Value,
    #[serde(flatten)]
    answer: &'a WhoAnswer,
}

/// A reader at work, and what it has written when it is done: the lines, and how many questions could not be asked.
type Work = JoinHandle<anyhow::Result<(WhoReader, Vec<u8>, u64)>>;

async fn file(session: &Session, output: &Output, who: &Who) -> anyhow::Result<Answer> {
    let path = who.file.as_deref().context("say which file")?;
    let mut questions = Questions::open(path, who.within)?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut idle = Vec::new();
    for _ in 0..cores.min(READERS_MAX) {
        idle.push(session.app.who_reader(&session.actor, who.known_at).await?);
    }
    let mut out = output.buffered();
    let mut busy: VecDeque<Work> = VecDeque::new();
    let mut wrong = 0;
    let mut is_over = false;
    while !is_over || !busy.is_empty() {
        while !is_over && let Some(reader) = idle.pop() {
            let mut chunk = Vec::with_capacity(CHUNK);
            while chunk.len() < CHUNK
                && let Some(asked) = questions.next()?
            {
                chunk.push(asked);
            }
            is_over = chunk.len() < CHUNK;
            busy.push_back(tokio::spawn(answer(reader, chunk)));
        }
        if let Some(first) = busy.pop_front() {
            let (reader, lines, bad) = first.await.context("a reader ended early")??;
            out.write_all(&lines)?;
            wrong += bad;
            idle.push(reader);
        }
    }
    out.flush()?;
    questions.bar.finish_and_clear();
    Ok((wrong == 0).into())
}

async fn answer(
    mut reader: WhoReader,
    chunk: Vec<Asked>,
) -> anyhow::Result<(WhoReader, Vec<u8>, u64)> {
    let good: Vec<HistoryQuestion> = chunk
        .iter()
        .filter_map(|a| a.question.clone().ok())
        .collect();
    let mut answers = reader.answer(&good).await?.into_iter();
    let (mut lines, mut wrong) = (Vec::with_capacity(chunk.len() * 256), 0);
    for asked in &chunk {
        match &asked.question {
            Ok(_) => {
                let answer = answers.next().context("a question without an answer")?;
                let id = &asked.id;
                serde_json::to_writer(
                    &mut lines,
                    &Line {
                        id,
                        answer: &answer,
                    },
                )?;
            }
            Err(why) => {
                wrong += 1;
                serde_json::to_writer(&mut lines, &json!({ "id": asked.id, "error": why }))?;
            }
        }
        lines.push(b'\n');
    }
    Ok((reader, lines, wrong))
}
