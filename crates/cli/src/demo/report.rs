//! The table of answers and what they come to.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

use super::sender::{Row, Sent};
use crate::judge::{asked, because};
use crate::output::Output;
use crate::table::{Column, Table};

/// Cells of a name: enough to know it by.
const NAME_CELLS: usize = 32;

pub(super) fn show(output: &Output, sent: &Sent) -> anyhow::Result<()> {
    if output.is_json() {
        sent.rows
            .iter()
            .try_for_each(|row| output.value(&shape(row)))?;
    } else {
        output.table(&table(&sent.rows))?;
    }
    summary(output, sent)
}

fn table(rows: &[Row]) -> Table {
    let mut table = Table::new(&[
        Column::fixed("id"),
        Column::at_most("name", NAME_CELLS),
        Column::fixed("kind"),
        Column::fixed("decision"),
        Column::flexible("because"),
        Column::flexible("asked"),
        Column::number("ms"),
    ]);
    for row in rows {
        let (decision, because, asked) = match &row.answer {
            Ok(a) => (
                a.decision.as_str(),
                because(a).join(", "),
                asked(a).join(", "),
            ),
            Err(why) => ("error", why.clone(), String::new()),
        };
        let ms = millis(row.took);
        table.row([
            &row.sample.external_id,
            &row.sample.name,
            row.sample.kind,
            decision,
            &because,
            &asked,
            &ms,
        ]);
    }
    table
}

fn shape(row: &Row) -> serde_json::Value {
    let mut value = json!({
        "external_id": row.sample.external_id, "name": row.sample.name, "kind": row.sample.kind,
        "ms": row.took.as_secs_f64() * 1000.0,
    });
    let more = match &row.answer {
        Ok(a) => json!({"decision": a.decision.as_str(), "because": because(a), "asked": asked(a)}),
        Err(why) => json!({"error": why}),
    };
    if let (Some(value), serde_json::Value::Object(more)) = (value.as_object_mut(), more) {
        value.extend(more);
    }
    value
}

fn summary(output: &Output, sent: &Sent) -> anyhow::Result<()> {
    let mut decisions: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &sent.rows {
        let decision = row.answer.as_ref().map_or("error", |a| a.decision.as_str());
        *decisions.entry(decision).or_default() += 1;
    }
    let mut took: Vec<Duration> = sent.rows.iter().map(|r| r.took).collect();
    took.sort_unstable();
    let (half, most) = (percentile(&took, 50), percentile(&took, 99));
    let rate = sent.rows.len() as f64 / sent.took.as_secs_f64().max(f64::EPSILON);
    if output.is_json() {
        let value = json!({
            "sign_ups": sent.rows.len(), "decisions": decisions, "p50_ms": half.as_secs_f64() * 1000.0,
            "p99_ms": most.as_secs_f64() * 1000.0, "sign_ups_per_s": rate,
        });
        return Ok(output.value(&json!({"summary": value}))?);
    }
    let counted: Vec<String> = decisions.iter().map(|(d, n)| format!("{d} {n}")).collect();
    output.line(format!(
        "\n{} sign-ups over HTTP: {}; half within {} ms, 99 of 100 within {} ms, {rate:.0}/s",
        sent.rows.len(),
        counted.join(", "),
        millis(half),
        millis(most)
    ))?;
    Ok(())
}

/// The time within which so many of a hundred were answered.
fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

fn millis(took: Duration) -> String {
    format!("{:.1}", took.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let hundred: Vec<Duration> = (1..=100).map(Duration::from_millis).collect();
        assert_eq!(percentile(&hundred, 50), Duration::from_millis(50));
        assert_eq!(percentile(&hundred, 99), Duration::from_millis(99));
        assert_eq!(percentile(&[], 99), Duration::ZERO);
    }
}
