//! What `bonafide lists` shows.

use bonafide_app::{ListDiff, ListSources, ListSummary, ListedBrief, Rescreening};
use bonafide_screen::LoadReport;
use serde_json::{Value, json};

use crate::output::Output;
use crate::table::{Column, Table};

/// Rows of each kind that are shown of a difference; `--json` shows all.
const DIFF_SHOWN: usize = 50;

/// A list that was loaded, with what was left out of it.
pub(super) fn loaded(
    output: &Output,
    summary: &ListSummary,
    report: &LoadReport,
) -> anyhow::Result<()> {
    let mut value = shape(summary);
    if let Some(map) = value.as_object_mut() {
        map.insert("outcome".to_owned(), json!("loaded"));
        map.insert("report".to_owned(), serde_json::to_value(report)?);
    }
    let text = format!(
        "loaded `{}`: {} entries, {} aliases, {} weak aliases, {} addresses; {} rows left out, {} kept without a part",
        summary.name,
        report.entries,
        report.aliases,
        report.weak_aliases,
        report.addresses,
        report.skipped_rows,
        report.incomplete_rows
    );
    output.say(&value, text)?;
    if !output.is_json() {
        for note in &report.skipped {
            output.line(format!(
                "  left out: {} line {}: {}",
                note.file, note.line, note.why
            ))?;
        }
        for (what, count) in &report.set_aside {
            output.line(format!("  not screened: {count} × {what}"))?;
        }
    }
    Ok(())
}

/// The lists in use.
pub(super) fn status(output: &Output, lists: &[ListSummary]) -> anyhow::Result<()> {
    let rows: Vec<Value> = lists.iter().map(shape).collect();
    let table = |_: &[Value]| {
        let mut table = Table::new(&[
            Column::fixed("list"),
            Column::fixed("entries"),
            Column::fixed("published"),
            Column::fixed("loaded"),
            Column::flexible("age"),
            Column::flexible("digest"),
            Column::flexible("kept up"),
            Column::flexible("customers matched"),
        ]);
        for list in lists {
            let published = list.published_on.map(|d| d.to_string());
            let kept_up = match (&list.problem, list.checked_at) {
                (Some(problem), _) => problem.clone(),
                (None, Some(at)) => format!("as published at {at}"),
                (None, None) => "by hand".to_owned(),
            };
            table.row([
                list.name.clone(),
                list.entries.to_string(),
                published.unwrap_or_else(|| "not said".to_owned()),
                list.loaded_at.to_string(),
                list.age(),
                list.digest.clone(),
                kept_up,
                list.rescreening
                    .as_ref()
                    .map_or_else(|| "nothing to match".to_owned(), matched),
            ]);
        }
        table
    };
    let nothing = "no lists yet: load one with `bonafide lists import NAME FILE`";
    Ok(output.rows(&rows, table, nothing)?)
}

fn shape(list: &ListSummary) -> Value {
    json!({
        "name": list.name, "digest": list.digest, "published_on": list.published_on,
        "loaded_at": list.loaded_at, "age_days": list.known_age_days(), "entries": list.entries,
        "checked_at": list.checked_at, "problem": list.problem, "rescreening": list.rescreening,
    })
}

/// How far an update has been matched with the customers.
pub(super) fn rescreened(output: &Output, done: &Rescreening) -> anyhow::Result<()> {
    let text = format!("customers matched with `{}`: {}", done.list, matched(done));
    Ok(output.say(&serde_json::to_value(done)?, text)?)
}

fn matched(done: &Rescreening) -> String {
    let state = match done.finished_at {
        Some(at) => format!("done at {at}"),
        None => "under way".to_owned(),
    };
    format!(
        "{state}: {} parties, {} screened again, {} new hits, {} ended",
        done.parties, done.screened, done.alerts, done.ended
    )
}

/// What changed.
pub(super) fn diff(output: &Output, name: &str, diff: &ListDiff) -> anyhow::Result<()> {
    let text = format!(
        "`{name}`: {} entries came, {} changed, {} went; {} before, {} after",
        diff.added.len(),
        diff.changed.len(),
        diff.removed.len(),
        diff.entries_before,
        diff.entries_after
    );
    output.say(&serde_json::to_value(diff)?, text)?;
    if output.is_json() {
        return Ok(());
    }
    let brief = |e: &ListedBrief| format!("{} {}", e.entry, e.name);
    let changed = diff
        .changed
        .iter()
        .map(|c| format!("{}: {}", brief(&c.entry), c.differs_in.join(", ")));
    for (mark, lines) in [
        ("+", diff.added.iter().map(brief).collect::<Vec<_>>()),
        ("~", changed.collect()),
        ("-", diff.removed.iter().map(brief).collect()),
    ] {
        for line in lines.iter().take(DIFF_SHOWN) {
            output.line(format!("  {mark} {line}"))?;
        }
        if lines.len() > DIFF_SHOWN {
            let more = lines.len() - DIFF_SHOWN;
            output.line(format!("  {mark} and {more} more: `--json` shows all"))?;
        }
    }
    Ok(())
}

/// Where lists come from.
pub(super) fn sources(output: &Output, sources: &ListSources) -> anyhow::Result<()> {
    let rows: Vec<Value> = sources
        .lists
        .iter()
        .map(|(name, source)| {
            json!({
                "name": name, "urls": source.urls, "sha256_urls": source.sha256_urls,
                "every_hours": source.every_hours,
            })
        })
        .collect();
    let table = |_: &[Value]| {
        let mut table = Table::new(&[
            Column::fixed("list"),
            Column::fixed("fetched"),
            Column::flexible("from"),
        ]);
        for (name, source) in &sources.lists {
            let fetched = match source.every_hours {
                Some(hours) => format!("every {hours} h"),
                None => "by hand".to_owned(),
            };
            table.row([name.clone(), fetched, source.urls.join(" ")]);
        }
        table
    };
    let nothing =
        "no list has a source: write them into a file and run `bonafide lists sources --set FILE`";
    Ok(output.rows(&rows, table, nothing)?)
}

#[cfg(test)]
mod tests {
    use bonafide_model::Date;

    use super::*;

    #[test]
    fn a_list_of_unknown_publication_is_never_shown_as_young() {
        let mut list = ListSummary {
            name: "ofac".to_owned(),
            digest: String::new(),
            published_on: None,
            loaded_at: "2026-11-24T09:00:00Z".parse().unwrap(),
            age_days: 0,
            entries: 1,
            checked_at: None,
            problem: None,
            rescreening: None,
        };
        assert_eq!(shape(&list)["age_days"], Value::Null);
        list.published_on = Date::new(2026, 11, 23);
        assert_eq!(shape(&list)["age_days"], 0);
    }
}
