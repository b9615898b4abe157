//! Which files are which list: OFAC's CSV files that lie together are one, every other file is one by itself.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use bonafide_ledger::Sha256;
use bonafide_model::Timestamp;
use bonafide_screen::{File, Format, List, Source};

use crate::output::note;
use crate::place::read_bytes;

/// What marks the files of OFAC's list of others than specially designated nationals, which may lie beside those.
const CONSOLIDATED: &str = "cons";

/// A file of a list.
struct Part {
    path: PathBuf,
    bytes: Vec<u8>,
    /// Its place in the order that the digest is over.
    order: &'static str,
}

/// Reads the lists; rows that were left out are told beside the output.
pub(super) fn read(paths: &[PathBuf], now: Timestamp) -> anyhow::Result<Vec<List>> {
    let mut groups: BTreeMap<(PathBuf, String), Vec<Part>> = BTreeMap::new();
    for path in files(paths)? {
        let bytes = read_bytes(&path)?;
        let name = path.display().to_string();
        let format = bonafide_screen::detect(File {
            name: &name,
            bytes: &bytes,
        })?;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        let key = match format {
            Format::Ofac(_) if stem(&path).starts_with(CONSOLIDATED) => {
                (folder, "\0cons".to_owned())
            }
            Format::Ofac(_) => (folder, "\0sdn".to_owned()),
            _ => (path.clone(), String::new()),
        };
        let order = format.part();
        groups
            .entry(key)
            .or_default()
            .push(Part { path, bytes, order });
    }
    let mut lists = Vec::new();
    for mut parts in groups.into_values() {
        parts.sort_by_key(|part| {
            ["sdn", "alt", "add", "comments"]
                .iter()
                .position(|o| *o == part.order)
        });
        lists.push(one(&parts, now)?);
    }
    Ok(lists)
}

fn one(parts: &[Part], now: Timestamp) -> anyhow::Result<List> {
    let mut digest = Sha256::default();
    parts.iter().for_each(|part| digest.update(&part.bytes));
    let about = Source {
        name: parts
            .first()
            .map_or_else(String::new, |part| stem(&part.path)),
        digest: digest.finish().0,
        published_on: None,
        loaded_at: now,
    };
    let names: Vec<String> = parts.iter().map(|p| p.path.display().to_string()).collect();
    let files: Vec<File<'_>> = names
        .iter()
        .zip(parts)
        .map(|(name, part)| File {
            name,
            bytes: &part.bytes,
        })
        .collect();
    let (format, list, report) = bonafide_screen::read(&files, about)?;
    note(format!(
        "`{}`: {format}, {} entries; {} rows left out, {} kept without a part",
        list.name, report.entries, report.skipped_rows, report.incomplete_rows
    ));
    Ok(list)
}

/// The files, and those in directories, in order.
fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for path in paths {
        if !path.is_dir() {
            all.push(path.clone());
            continue;
        }
        let entries =
            fs::read_dir(path).with_context(|| format!("could not read {}", path.display()))?;
        let mut within: Vec<PathBuf> = Vec::new();
        for entry in entries {
            let path = entry?.path();
            if path.is_file() {
                within.push(path);
            }
        }
        anyhow::ensure!(
            !within.is_empty(),
            "{} has no files; give a list",
            path.display()
        );
        within.sort();
        all.append(&mut within);
    }
    Ok(all)
}

/// What a file is called, without what says its form.
fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.split('.').next().unwrap_or_default().to_owned()
}
