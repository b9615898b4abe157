//! Questions from a file: CSV with a header, JSON lines, or XARF reports of abuse.
//!
//! Source: XARF (eXtended Abuse Reporting Format), version 4 and the layout of versions 1 to 3.

use std::path::Path;

use bonafide_app::{HistoryQuestion, WITHIN_MAX_US};
use bonafide_model::Width;
use indicatif::ProgressBar;
use serde_json::Value;

use super::import::port_of;
use super::rows::{self, Rows};
use super::values::{Values, values};

const COLUMNS: &[&str] = &["id", "address", "port", "at", "within"];
/// Columns that a file need not have.
const OPTIONAL: &[&str] = &["port", "within"];

/// A question, with what it is called.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) id: Value,
    /// What is asked, or why it cannot be.
    pub(super) question: Result<HistoryQuestion, String>,
}

/// The questions of a file, in order.
pub(super) struct Questions {
    form: Form,
    /// The width of those that say none.
    within: Option<Width>,
    pub(super) bar: ProgressBar,
}

enum Form {
    Rows(Rows),
    Values(Values),
}

impl Questions {
    pub(super) fn open(path: &Path, within: Option<Width>) -> anyhow::Result<Self> {
        let (first, _, _) = rows::open(path, "questions")?;
        if matches!(first, Some(b'{' | b'[')) {
            let (values, bar) = values(path, "questions")?;
            let form = Form::Values(values);
            return Ok(Self { form, within, bar });
        }
        let rows = Rows::open(path, COLUMNS, OPTIONAL, "questions")?;
        let bar = rows.bar.clone();
        let form = Form::Rows(rows);
        Ok(Self { form, within, bar })
    }

    pub(super) fn next(&mut self) -> anyhow::Result<Option<Asked>> {
        let within = self.within;
        match &mut self.form {
            Form::Rows(rows) => Ok(rows.next()?.map(|row| match row.cells {
                Ok(cells) => from_cells(&cells, within),
                Err(why) => bad(row.line.into(), format!("line {}: {why}", row.line)),
            })),
            Form::Values(values) => Ok(values.next().map(|(line, value)| match value {
                Ok(value) => from_value(&value, within),
                Err(why) => bad(Value::Null, format!("line {line}: {why}")),
            })),
        }
    }
}

fn bad(id: Value, why: String) -> Asked {
    let question = Err(why);
    Asked { id, question }
}

fn from_cells(cells: &[String], within: Option<Width>) -> Asked {
    let [id, address, port, at, width] = cells else {
        return bad(
            Value::Null,
            "it has not the columns of a question".to_owned(),
        );
    };
    Asked {
        id: Value::String(id.clone()),
        question: question(address, port, at, width, within),
    }
}

fn question(
    address: &str,
    port: &str,
    at: &str,
    width: &str,
    within: Option<Width>,
) -> Result<HistoryQuestion, String> {
    let width = match width {
        "" => within,
        text => Some(text.parse().map_err(|e| format!("`within`: {e}"))?),
    };
    if width.is_some_and(|w| w.as_micros() > WITHIN_MAX_US) {
        return Err("`within`: at most 366 days".to_owned());
    }
    Ok(HistoryQuestion {
        address: address.parse().map_err(|e| format!("`address`: {e}"))?,
        port: port_of("port", port)?.filter(|p| *p != 0),
        at: at.parse().map_err(|e| format!("`at`: {e}"))?,
        within_us: width.map(Width::as_micros),
    })
}

/// Text or a number at one of several places.
fn at_one<'a>(value: &'a Value, paths: &[&str]) -> Option<&'a Value> {
    let found = paths.iter().find_map(|path| value.pointer(path));
    found.filter(|v| !v.is_null())
}

fn text(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

fn from_value(value: &Value, within: Option<Width>) -> Asked {
    let is_xarf = at_one(value, &["/xarf_version", "/Version", "/Report"]).is_some();
    let (id, address, port, at) = if is_xarf {
        (
            at_one(value, &["/report_id", "/Report/ReportID", "/ReportID"]),
            at_one(
                value,
                &[
                    "/source_identifier",
                    "/Report/SourceIp",
                    "/Report/Source/IP",
                    "/Source/Value",
                ],
            ),
            at_one(
                value,
                &[
                    "/source_port",
                    "/Report/SourcePort",
                    "/Report/Source/Port",
                    "/Source/Port",
                ],
            ),
            at_one(value, &["/timestamp", "/Report/Date", "/Date"]),
        )
    } else {
        (
            value.get("id"),
            value.get("address"),
            value.get("port"),
            value.get("at"),
        )
    };
    let width = text(value.get("within"));
    Asked {
        id: id.cloned().unwrap_or(Value::Null),
        question: question(&text(address), &text(port), &text(at), &width, within),
    }
}
