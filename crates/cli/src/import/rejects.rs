//! The file of rejected rows: as they stood, with line, column and reason beside, so that they can be mended there and the
//! file imported in the place of the first.
//!
//! A cell that a spreadsheet would run as a formula is guarded by an apostrophe, which the import takes off again.

use std::fs::OpenOptions;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::Context as _;
use bonafide_app::submission::FieldError;
use serde_json::Value;

use super::columns::{REJECT_COLUMNS, guarded};
use super::rows::Row;

/// Writes rejected rows.
pub(crate) struct Rejects {
    form: Form,
    /// Cells of a row.
    width: usize,
}

enum Form {
    Csv(Box<csv::Writer<BufWriter<std::fs::File>>>),
    Json(BufWriter<std::fs::File>),
}

impl Rejects {
    /// Begins a new file, which its owner alone may read.
    pub(crate) fn create(
        path: &Path,
        header: Option<&[String]>,
        delimiter: u8,
    ) -> anyhow::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).with_context(|| {
            format!(
                "could not make {}: name a file that is not there yet",
                path.display()
            )
        })?;
        let file = BufWriter::new(file);
        let Some(header) = header else {
            return Ok(Self {
                form: Form::Json(file),
                width: 0,
            });
        };
        let mut writer = csv::WriterBuilder::new()
            .delimiter(delimiter)
            // A row that was torn stays torn, or it would be taken when it comes back.
            .flexible(true)
            .from_writer(file);
        let own = header.iter().filter(|n| !is_own(n));
        let names: Vec<&str> = own.map(String::as_str).chain(REJECT_COLUMNS).collect();
        writer.write_record(&names)?;
        Ok(Self {
            form: Form::Csv(Box::new(writer)),
            width: names.len(),
        })
    }

    /// Adds a row.
    pub(crate) fn add(
        &mut self,
        row: &Row,
        header: &[String],
        guards: bool,
        errors: &[FieldError],
    ) -> anyhow::Result<()> {
        let columns: Vec<&str> = errors.iter().map(|e| e.field.as_str()).collect();
        let because: Vec<String> = errors.iter().map(|e| e.message.clone()).collect();
        let beside = [row.line.to_string(), columns.join("; "), because.join("; ")];
        match &mut self.form {
            Form::Csv(writer) => {
                let cells = row
                    .cells
                    .iter()
                    .zip(header.iter().map(Some).chain(std::iter::repeat(None)));
                let cells = cells.filter(|(_, name)| !name.is_some_and(|n| is_own(n)));
                // Cells of a file of rejects are guarded already.
                let guard = |c: &str| if guards { guarded(c) } else { c.to_owned() };
                let mut cells: Vec<String> = cells.map(|(c, _)| guard(c)).collect();
                if row.broken.is_none() {
                    let own = self.width.saturating_sub(REJECT_COLUMNS.len());
                    cells.resize(own, String::new());
                }
                cells.extend(beside.iter().map(|c| guarded(c)));
                writer.write_record(&cells)?;
            }
            Form::Json(file) => {
                let text = row.json.as_deref().unwrap_or_default();
                let value: Value = serde_json::from_str(text).unwrap_or_else(|_| text.into());
                let mut object = match value {
                    Value::Object(object) => object,
                    other => serde_json::Map::from_iter([("unreadable".to_owned(), other)]),
                };
                for (name, value) in REJECT_COLUMNS.into_iter().zip(beside) {
                    object.insert(name.to_owned(), value.into());
                }
                serde_json::to_writer(&mut *file, &object)?;
                file.write_all(b"\n")?;
            }
        }
        Ok(())
    }

    pub(crate) fn finish(self) -> anyhow::Result<()> {
        match self.form {
            Form::Csv(mut writer) => writer.flush()?,
            Form::Json(mut file) => file.flush()?,
        }
        Ok(())
    }
}

fn is_own(name: &str) -> bool {
    REJECT_COLUMNS.contains(&name)
}
