//! What a query is answered with, for programs and for people.

use std::fmt::Write as _;

use bonafide_model::Timestamp;
use bonafide_screen::{Entry, FULL_BP, Hit, Index, Outcome, Query};
use serde_json::{Value, json};

/// The lists that every answer names.
pub(super) fn lists(index: &Index, now: Timestamp) -> Value {
    let lists = index.lists().iter().map(|list| {
        json!({
            "name": list.name, "version": list.version, "published_on": list.published_on, "loaded_at": list.loaded_at,
            "age_days": list.published_on.map(|_| list.age_days(now)),
        })
    });
    lists.collect()
}

/// One line for programs.
pub(super) fn line(
    id: &Value,
    outcome: &Result<Outcome, String>,
    lists: &Value,
) -> serde_json::Result<String> {
    let value = match outcome {
        Ok(found) => {
            let hits: Vec<Value> = found.hits.iter().map(hit).collect();
            json!({"id": id, "hits": hits, "hits_left_out": found.hits_left_out, "lists": lists})
        }
        Err(why) => json!({"id": id, "hits": [], "error": why, "lists": lists}),
    };
    serde_json::to_string(&value)
}

fn hit(hit: &Hit) -> Value {
    let explanation: Vec<String> = hit.explanation.iter().map(ToString::to_string).collect();
    json!({
        "list": hit.list, "entity_id": hit.entry_id, "name_matched": hit.listed_name, "score_bp": hit.score_bp,
        "alert": hit.is_alert(), "type": hit.kind, "matched": hit.matched, "quality": hit.quality, "features": hit.features,
        "explanation": explanation,
    })
}

/// A few lines for people.
pub(super) fn text(number: u64, id: &Value, outcome: &Result<Outcome, String>) -> String {
    let id = match id {
        Value::String(id) => id.clone(),
        Value::Null => format!("line {number}"),
        other => other.to_string(),
    };
    match outcome {
        Err(why) => format!("{id}: could not be screened: {why}"),
        Ok(found) if found.hits.is_empty() => format!("{id}: nothing found"),
        Ok(found) => {
            let mut text = format!("{id}:");
            for hit in &found.hits {
                // Writing to a `String` cannot fail.
                let _ = write!(
                    text,
                    "\n  {:>5} bp  {}  ({} {})",
                    hit.score_bp, hit.listed_name, hit.list, hit.entry_id
                );
            }
            if found.hits_left_out > 0 {
                let _ = write!(text, "\n  and {} more", found.hits_left_out);
            }
            text
        }
    }
}

/// One comparison for programs.
pub(super) fn explained(list: &str, entry: &Entry, found: Option<&Hit>) -> Value {
    json!({"list": list, "entry": entry, "hit": found.map(hit)})
}

/// One comparison for people.
pub(super) fn explained_text(
    list: &str,
    entry: &Entry,
    query: &Query,
    found: Option<&Hit>,
) -> String {
    let mut text = format!("{list} {}\n", entry.id);
    let joined = |values: Vec<String>| match values.is_empty() {
        true => "-".to_owned(),
        false => values.join("; "),
    };
    let identifiers =
        |all: &[bonafide_screen::Identifier]| joined(all.iter().map(|i| i.value.clone()).collect());
    let rows = [
        (
            "names",
            joined(query.names.clone()),
            joined(entry.names.iter().map(|n| n.text.clone()).collect()),
        ),
        (
            "birth",
            joined(query.birth_date.iter().map(ToString::to_string).collect()),
            joined(entry.birth_dates.iter().map(ToString::to_string).collect()),
        ),
        (
            "countries",
            joined(query.countries.iter().map(ToString::to_string).collect()),
            joined(entry.countries.iter().map(ToString::to_string).collect()),
        ),
        (
            "identifiers",
            identifiers(&query.identifiers),
            identifiers(&entry.identifiers),
        ),
    ];
    for (field, asked, listed) in rows {
        let _ = writeln!(text, "{field}\n  asked   {asked}\n  listed  {listed}");
    }
    let Some(hit) = found else {
        text.push_str("nothing is common to both");
        return text;
    };
    let _ = writeln!(text, "compared with `{}`", hit.listed_name);
    for step in &hit.explanation {
        let _ = writeln!(text, "  {:>+6}  {}", step.effect_bp, step.reason);
    }
    let _ = write!(
        text,
        "  {:>6}  of {FULL_BP}: {}",
        hit.score_bp,
        if hit.is_alert() {
            "an alert"
        } else {
            "no alert"
        }
    );
    text
}
