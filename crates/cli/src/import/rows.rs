//! Rows of CSV or JSON lines, with one header for all.

use std::collections::BTreeMap;
use std::io::{BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, bail};
use bonafide_model::registry::nearest;
use csv::{ReaderBuilder, StringRecord};
use serde_json::Value;

use super::columns::{Header, plain, shown};
use super::mapping::Mapping;
use super::source::{Bounded, ROW_MAX_BYTES};
use crate::lines::Lines;

/// Delimiters that a header is looked through for when it has one column only.
const DELIMITERS: [(char, &str); 4] = [(';', ";"), ('\t', "tab"), ('|', "|"), (',', ",")];
/// Levels of objects within objects.
const DEPTH_MAX: usize = 4;

/// One row.
#[derive(Debug)]
pub(crate) struct Row {
    /// Its line, from 1.
    pub(crate) line: u64,
    pub(crate) cells: StringRecord,
    /// The line of JSON that it was.
    pub(crate) json: Option<String>,
    /// Why it cannot be split into cells.
    pub(crate) broken: Option<String>,
}

/// The rows of a file.
pub(crate) struct Rows {
    pub(crate) header: Header,
    /// Columns that nothing is made of, and how many rows have something there.
    pub(crate) ignored: BTreeMap<String, u64>,
    form: Form,
}

enum Form {
    Csv {
        reader: csv::Reader<Box<dyn Read>>,
        since_row: Arc<AtomicU64>,
        /// Places of the ignored columns.
        ignored: Vec<(usize, String)>,
    },
    Json(Lines<BufReader<Box<dyn Read>>>),
}

impl Rows {
    /// Opens CSV, reads its header, and compares it with the mapping.
    pub(crate) fn csv(
        reader: Box<dyn Read>,
        delimiter: u8,
        mapping: &Mapping,
    ) -> anyhow::Result<Self> {
        let since_row = Arc::new(AtomicU64::new(0));
        let bounded = Bounded {
            inner: reader,
            since_row: Arc::clone(&since_row),
        };
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .from_reader(Box::new(bounded) as Box<dyn Read>);
        let names = reader.headers().context("the header cannot be read")?;
        let names: Vec<String> = names.iter().map(|n| n.trim().to_owned()).collect();
        if names.iter().all(String::is_empty) {
            bail!("the file is empty: its first line must name the columns");
        }
        one_column(&names, delimiter)?;
        let header = Header::new(names)?;
        required(&header, mapping)?;
        let used: Vec<String> = used_columns(mapping);
        let known: Vec<String> = mapping.ignored.iter().map(|c| plain(c)).collect();
        let rejects = super::columns::REJECT_COLUMNS.map(plain);
        let ignored = header.names.iter().enumerate().filter(|(_, name)| {
            let name = plain(name);
            !(used.contains(&name) || header.of_rejects && rejects.contains(&name))
        });
        let named = ignored.map(|(place, name)| {
            let on_purpose = known.contains(&plain(name));
            let why = if on_purpose {
                "on purpose"
            } else {
                "not in the mapping"
            };
            (place, format!("{} ({why})", shown(name)))
        });
        let ignored: Vec<(usize, String)> = named.collect();
        Ok(Self {
            ignored: ignored.iter().map(|(_, name)| (name.clone(), 0)).collect(),
            form: Form::Csv {
                reader,
                since_row,
                ignored,
            },
            header,
        })
    }

    /// Opens JSON lines; the columns are those of the mapping.
    pub(crate) fn json(reader: Box<dyn Read>, mapping: &Mapping) -> anyhow::Result<Self> {
        let names = used_names(mapping);
        Ok(Self {
            header: Header::new(names)?,
            ignored: BTreeMap::new(),
            form: Form::Json(Lines::new(BufReader::new(reader), ROW_MAX_BYTES)),
        })
    }

    /// The next row; nothing at the end.
    pub(crate) fn next(&mut self) -> anyhow::Result<Option<Row>> {
        match &mut self.form {
            Form::Csv {
                reader,
                since_row,
                ignored,
            } => {
                let mut cells = StringRecord::new();
                let read = reader.read_record(&mut cells);
                since_row.store(0, Ordering::Relaxed);
                let line_of = |p: Option<&csv::Position>| p.map_or(0, csv::Position::line);
                match read {
                    Ok(false) => Ok(None),
                    Ok(true) => {
                        for (place, name) in ignored {
                            if cells.get(*place).is_some_and(|c| !c.trim().is_empty()) {
                                count(&mut self.ignored, name);
                            }
                        }
                        let line = line_of(cells.position());
                        Ok(Some(row(line, cells, None, None)))
                    }
                    Err(error) if error.is_io_error() => {
                        let line = reader.position().line();
                        Err(error).with_context(|| format!("about line {line}"))
                    }
                    Err(error) => {
                        let line = line_of(error.position());
                        Ok(Some(row(line, cells, None, Some(unreadable(&error)))))
                    }
                }
            }
            Form::Json(lines) => {
                let Some(line) = lines.next()? else {
                    return Ok(None);
                };
                let Some(bytes) = line.bytes else {
                    bail!("line {} is longer than {ROW_MAX_BYTES} bytes", line.number);
                };
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let (cells, broken) = match flattened(&text) {
                    Ok(found) => (self.cells(found), None),
                    Err(why) => (StringRecord::new(), Some(why)),
                };
                Ok(Some(row(line.number, cells, Some(text), broken)))
            }
        }
    }

    fn cells(&mut self, mut found: BTreeMap<String, String>) -> StringRecord {
        let mut cells = StringRecord::new();
        for name in &self.header.names {
            let key = found.keys().find(|k| plain(k) == plain(name)).cloned();
            let cell = key.and_then(|k| found.remove(&k)).unwrap_or_default();
            cells.push_field(&cell);
        }
        let reject = super::columns::REJECT_COLUMNS;
        for (name, cell) in found {
            if !cell.is_empty() && !reject.contains(&name.as_str()) {
                count(
                    &mut self.ignored,
                    &format!("{} (not in the mapping)", shown(&name)),
                );
            }
        }
        cells
    }
}

fn row(line: u64, cells: StringRecord, json: Option<String>, broken: Option<String>) -> Row {
    Row {
        line,
        cells,
        json,
        broken,
    }
}

/// Columns of one kind that are counted; a file of JSON can have any number.
const IGNORED_MAX: usize = 1000;

fn count(ignored: &mut BTreeMap<String, u64>, name: &str) {
    if let Some(count) = ignored.get_mut(name) {
        *count += 1;
    } else if ignored.len() < IGNORED_MAX {
        ignored.insert(name.to_owned(), 1);
    }
}

fn used_columns(mapping: &Mapping) -> Vec<String> {
    let columns = mapping.columns().into_iter();
    columns
        .flat_map(|(names, _)| names.iter().map(|n| plain(n)))
        .collect()
}

fn used_names(mapping: &Mapping) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in mapping.columns().into_iter().flat_map(|(names, _)| names) {
        if !names.iter().any(|n| plain(n) == plain(name)) {
            names.push(name.clone());
        }
    }
    names
}

/// A header of one column is one that was split at the wrong character.
fn one_column(names: &[String], delimiter: u8) -> anyhow::Result<()> {
    let [only] = names else { return Ok(()) };
    let found = DELIMITERS
        .iter()
        .find(|(c, _)| u32::from(*c) != u32::from(delimiter) && only.contains(*c));
    if let Some((_, name)) = found {
        bail!(
            "the header is one column, `{}`: is the delimiter `{name}`? say `--delimiter \"{name}\"`",
            shown(only)
        );
    }
    Ok(())
}

fn required(header: &Header, mapping: &Mapping) -> anyhow::Result<()> {
    let columns = mapping.columns().into_iter();
    let lacking = columns
        .filter(|(names, must)| *must && !names.iter().any(|n| header.has(n)))
        .filter_map(|(names, _)| names.first());
    let mut lacking: Vec<&str> = lacking.map(String::as_str).collect();
    lacking.dedup();
    let Some(first) = lacking.first() else {
        return Ok(());
    };
    let near = nearest(first, header.names.iter().map(String::as_str));
    let hint = near.map_or_else(String::new, |n| format!(" (is it `{}`?)", shown(n)));
    bail!(
        "the file has no column {}{hint}: the mapping `{}` needs it; export it too, or change a copy of the mapping \
         (`bonafide import mapping {}`)",
        lacking
            .iter()
            .map(|l| format!("`{l}`"))
            .collect::<Vec<_>>()
            .join(", "),
        mapping.id,
        mapping.id
    )
}

fn unreadable(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => format!(
            "{len} cells, and the header has {expected_len}: is a delimiter in a cell without quotes, or a quote not closed?"
        ),
        _ => error.to_string(),
    }
}

/// The scalars of an object by name; those of objects within by `outer.inner`.
fn flattened(text: &str) -> Result<BTreeMap<String, String>, String> {
    let value: Value = serde_json::from_str(text).map_err(|e| format!("not JSON: {e}"))?;
    let Value::Object(object) = value else {
        return Err("a line of JSON is an object, `{…}`".to_owned());
    };
    let mut found = BTreeMap::new();
    flatten("", &object, 0, &mut found)?;
    Ok(found)
}

fn flatten(
    before: &str,
    object: &serde_json::Map<String, Value>,
    depth: usize,
    found: &mut BTreeMap<String, String>,
) -> Result<(), String> {
    if depth >= DEPTH_MAX {
        return Err(format!(
            "objects within objects: at most {DEPTH_MAX} levels"
        ));
    }
    for (name, value) in object {
        let name = format!("{before}{name}");
        let cell = match value {
            Value::Null => continue,
            Value::Object(inner) => {
                flatten(&format!("{name}."), inner, depth + 1, found)?;
                continue;
            }
            Value::Array(_) => {
                return Err(format!(
                    "`{}` is a list: a column has one value",
                    shown(&name)
                ));
            }
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        found.insert(name, cell);
    }
    Ok(())
}

/// Whether a file that begins so is JSON lines.
pub(crate) fn is_json(first: Option<u8>) -> bool {
    first == Some(b'{')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_flattened_and_lists_refused() {
        let found = flattened(r#"{"id":7,"name":{"first":"A"},"x":null,"ok":true}"#).unwrap();
        let found: Vec<(&str, &str)> = found
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str()))
            .collect();
        assert_eq!(found, [("id", "7"), ("name.first", "A"), ("ok", "true")]);
        assert!(
            flattened(r#"{"a":[1]}"#)
                .unwrap_err()
                .contains("`a` is a list")
        );
        assert!(flattened("[1]").is_err() && flattened("{").is_err());
    }
}
