//! Values of JSON from a file: one a line, or one document, or several, or a list of them.

use std::io::{BufRead, Read as _};
use std::path::Path;

use anyhow::{Context as _, ensure};
use indicatif::ProgressBar;
use serde_json::Value;

use super::rows;
use crate::lines::Lines;

/// Bytes of one line: the longest report of abuse is a page.
const LINE_MAX_BYTES: u64 = 1024 * 1024;
/// Bytes of a file that is one document of JSON rather than lines: it is read whole.
const DOCUMENT_MAX_BYTES: u64 = 256 * 1024 * 1024;

/// A value with its line, or why there is none; documents have no lines.
pub(super) type Values = Box<dyn Iterator<Item = (u64, Result<Value, String>)> + Send>;

/// The values of a file. Lists, and what stands in `Records`, are taken apart.
pub(super) fn values(path: &Path, what: &'static str) -> anyhow::Result<(Values, ProgressBar)> {
    let (first, reader, bar) = rows::open(path, what)?;
    if first == Some(b'{') && is_lines(path)? {
        return Ok((Box::new(lines(reader).flat_map(apart)), bar));
    }
    let mut text = String::new();
    let mut limited = reader.take(DOCUMENT_MAX_BYTES + 1);
    limited
        .read_to_string(&mut text)
        .with_context(|| path.display().to_string())?;
    ensure!(
        text.len() as u64 <= DOCUMENT_MAX_BYTES,
        "{}: a file that is one document of JSON may have {DOCUMENT_MAX_BYTES} bytes: write one value a line",
        path.display()
    );
    let all: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(&text)
        .into_iter()
        .collect();
    let all = all.with_context(|| format!("{} is not JSON", path.display()))?;
    let each = all.into_iter().map(|value| (0, Ok(value)));
    Ok((Box::new(each.flat_map(apart)), bar))
}

/// Whether the first line of a file is a whole value of JSON.
fn is_lines(path: &Path) -> anyhow::Result<bool> {
    let (_, reader, _) = rows::open(path, "looking")?;
    let first = Lines::new(reader, LINE_MAX_BYTES).next();
    let first = first.with_context(|| path.display().to_string())?;
    let bytes = first.and_then(|line| line.bytes).unwrap_or_default();
    Ok(serde_json::from_slice::<Value>(&bytes).is_ok())
}

fn lines(reader: impl BufRead) -> impl Iterator<Item = (u64, Result<Value, String>)> {
    let mut lines = Lines::new(reader, LINE_MAX_BYTES);
    std::iter::from_fn(move || {
        let line = match lines.next() {
            Ok(line) => line?,
            Err(error) => return Some((0, Err(format!("could not read on: {error}")))),
        };
        let value = match &line.bytes {
            Some(bytes) => {
                serde_json::from_slice(bytes).map_err(|e| format!("it is not JSON: {e}"))
            }
            None => Err(format!("it is longer than {LINE_MAX_BYTES} bytes")),
        };
        Some((line.number, value))
    })
}

fn apart((line, value): (u64, Result<Value, String>)) -> Vec<(u64, Result<Value, String>)> {
    let some = match value {
        Ok(Value::Array(some)) => some,
        Ok(Value::Object(mut object)) if object.get("Records").is_some_and(Value::is_array) => {
            match object.remove("Records") {
                Some(Value::Array(some)) => some,
                _ => Vec::new(),
            }
        }
        one => return vec![(line, one)],
    };
    some.into_iter().map(|value| (line, Ok(value))).collect()
}
