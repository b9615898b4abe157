//! Cases for people.

use bonafide_app::{CaseAnswer, CaseCountAnswer, OpenedCaseEntry};
use bonafide_model::CaseId;
use serde_json::json;

use super::{PAGE, said};
use crate::output::Output;
use crate::session::Session;
use crate::table::{Column, Table};

/// Cases as a table.
pub(super) fn table(cases: &[CaseAnswer]) -> Table {
    let mut table = Table::new(&[
        Column::fixed("case"),
        Column::fixed("kind"),
        Column::fixed("state"),
        Column::flexible("outcome"),
        Column::flexible("with"),
        Column::fixed("due"),
    ]);
    for case in cases {
        let late = if case.overdue { " late" } else { "" };
        let due = case.due_at.map(|t| format!("{t}{late}"));
        table.row([
            case.id.to_string(),
            case.kind.to_string(),
            case.state.to_string(),
            case.outcome.map(|o| o.to_string()).unwrap_or_default(),
            case.assignee.clone().unwrap_or_default(),
            due.unwrap_or_default(),
        ]);
    }
    table
}

/// A case and everything said in it.
pub(super) async fn case(session: &Session, output: &Output, id: CaseId) -> anyhow::Result<()> {
    let case = session.app.case(&session.actor, id).await?;
    let mut entries: Vec<OpenedCaseEntry> = Vec::new();
    loop {
        let after = entries.last().map(|entry| entry.record);
        let page = session
            .app
            .open_case_entries(&session.actor, id, after, PAGE)
            .await?;
        entries.extend(page.items);
        if page.next.is_none() {
            break;
        }
    }
    if output.is_json() {
        return Ok(output.value(&json!({"case": case, "entries": entries}))?);
    }
    output.line(said(&case))?;
    for (name, id) in [
        ("party", case.party.map(|id| id.to_string())),
        ("account", case.account.map(|id| id.to_string())),
        ("parent", case.parent.map(|id| id.to_string())),
    ] {
        if let Some(id) = id {
            output.line(format!("{name}: {id}"))?;
        }
    }
    for entry in &entries {
        output.line(line(entry))?;
    }
    Ok(())
}

fn line(entry: &OpenedCaseEntry) -> String {
    let mut line = format!("{} {} {}", entry.at, entry.actor, entry.kind);
    if let Some(to) = &entry.to {
        line.push_str(&format!(" to {to}"));
    }
    if let Some(outcome) = entry.outcome {
        line.push_str(&format!(" {outcome}"));
    }
    if let Some(case) = entry.case {
        line.push_str(&format!(" `{case}`"));
    }
    if !entry.text.is_empty() {
        line.push_str(&format!(": {}", entry.text));
    }
    if let Some((second, text)) = entry.second.zip(entry.second_text.as_ref()) {
        line.push_str(&format!(" ({second}: {text})"));
    }
    line
}

/// Counts as a table.
pub(super) fn counts(output: &Output, counts: &[CaseCountAnswer]) -> anyhow::Result<()> {
    let table = |counts: &[CaseCountAnswer]| {
        let mut table = Table::new(&[
            Column::fixed("kind"),
            Column::fixed("state"),
            Column::fixed("outcome"),
            Column::fixed("second"),
            Column::fixed("late"),
            Column::fixed("cases"),
        ]);
        for count in counts {
            table.row([
                count.kind.to_string(),
                count.state.to_string(),
                count.outcome.map(|o| o.to_string()).unwrap_or_default(),
                count.second.map(|s| s.to_string()).unwrap_or_default(),
                if count.late { "late" } else { "" }.to_owned(),
                count.cases.to_string(),
            ]);
        }
        table
    };
    Ok(output.rows(counts, table, "no cases")?)
}
