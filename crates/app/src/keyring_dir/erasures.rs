//! What was erased, kept beside the keyring so that a restored back-up is erased again.
//!
//! One line for each step, appended and synced **before** the erasure commits: `begin`, then `done`, or `undone` when it did
//! not happen. A subject is named by a mark made with the key of the epoch, so that the list tells nobody who was erased,
//! and nobody at all once that key is destroyed, which is when no back-up of that epoch can be read any more. Lines of such
//! epochs are dropped. Where something of a subject went and the rest stays, the line has a mark of each item too.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};

use bonafide_model::Timestamp;
use bonafide_seal::EpochId;
use serde::{Deserialize, Serialize};

use super::{KeyringDir, failed};
use crate::error::AppError;

const FILE: &str = "erased.log";

/// How far an erasure has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    /// It is about to be committed.
    Begin,
    /// It was committed.
    Done,
    /// It did not happen.
    Undone,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Erasure {
    pub(crate) step: Step,
    pub(crate) epoch: EpochId,
    /// In hexadecimal.
    pub(crate) mark: String,
    pub(crate) at: Timestamp,
    /// Marks of the items that went, where the party stays.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) items: Vec<String>,
}

impl KeyringDir {
    /// Appends a line and waits until it is on the disk.
    pub(crate) fn note_erasure(&self, line: &Erasure) -> Result<(), AppError> {
        let _lock = self.lock()?;
        let path = self.path.join(FILE);
        let kept = u64::try_from(whole_lines(&read(&path)?).len()).map_err(AppError::internal)?;
        let text = serde_json::to_string(line).map_err(AppError::internal)?;
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(&path).and_then(|mut file| {
            // A line that a crash cut short goes.
            file.set_len(kept)?;
            file.seek(SeekFrom::End(0))?;
            writeln!(file, "{text}")?;
            file.sync_all()?;
            fs::File::open(&self.path)?.sync_all()
        });
        written.map_err(|e| failed("write", &path, &e))
    }

    /// The last step of every erasure.
    pub(crate) fn erasures(&self) -> Result<Vec<Erasure>, AppError> {
        let mut last: BTreeMap<(EpochId, String, Vec<String>), Erasure> = BTreeMap::new();
        for line in self.erasure_lines()? {
            last.insert((line.epoch, line.mark.clone(), line.items.clone()), line);
        }
        Ok(last.into_values().collect())
    }

    fn erasure_lines(&self) -> Result<Vec<Erasure>, AppError> {
        let path = self.path.join(FILE);
        let text = read(&path)?;
        let parse = |(number, line): (usize, &str)| {
            serde_json::from_str(line).map_err(|_| {
                AppError::Refused(format!(
                    "line {} of {} is damaged: put the last good copy of it in its place",
                    number + 1,
                    path.display()
                ))
            })
        };
        whole_lines(&text).lines().enumerate().map(parse).collect()
    }

    /// Drops the lines of epochs that are not among these.
    pub(crate) fn forget_erasures(&self, live: &[EpochId]) -> Result<(), AppError> {
        let _lock = self.lock()?;
        let lines = self.erasure_lines()?;
        if lines.iter().all(|line| live.contains(&line.epoch)) {
            return Ok(());
        }
        let mut text = String::new();
        for line in lines.iter().filter(|line| live.contains(&line.epoch)) {
            text.push_str(&serde_json::to_string(line).map_err(AppError::internal)?);
            text.push('\n');
        }
        self.write(FILE, text.as_bytes())
    }

    /// The whole list, as it is copied with the keyring.
    pub(crate) fn erasure_text(&self) -> Result<String, AppError> {
        Ok(whole_lines(&read(&self.path.join(FILE))?).to_owned())
    }

    /// Puts a copied list in place.
    pub(crate) fn put_erasure_text(&self, text: &str) -> Result<(), AppError> {
        self.write(FILE, text.as_bytes())
    }
}

fn read(path: &std::path::Path) -> Result<String, AppError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(e) => Err(failed("read", path, &e)),
    }
}

/// Up to the last line that was written whole.
fn whole_lines(text: &str) -> &str {
    text.rfind('\n')
        .and_then(|end| text.get(..=end))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(step: Step, epoch: u32, mark: &str) -> Erasure {
        Erasure {
            step,
            epoch: EpochId::new(epoch),
            mark: mark.into(),
            at: Timestamp::from_millis(0).unwrap(),
            items: Vec::new(),
        }
    }

    #[test]
    fn a_line_cut_short_is_as_if_it_were_not_and_old_epochs_go() {
        let dir = tempfile::tempdir().unwrap();
        let keys = KeyringDir::open(dir.path()).unwrap();
        keys.note_erasure(&line(Step::Begin, 1, "aa")).unwrap();
        let path = dir.path().join(FILE);
        let whole = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{whole}{{\"step\":\"do")).unwrap();
        assert_eq!(keys.erasures().unwrap().len(), 1);
        keys.note_erasure(&line(Step::Done, 1, "aa")).unwrap();
        keys.note_erasure(&line(Step::Begin, 2, "bb")).unwrap();
        let all = keys.erasures().unwrap();
        assert_eq!(all, [line(Step::Done, 1, "aa"), line(Step::Begin, 2, "bb")]);
        keys.forget_erasures(&[EpochId::new(2)]).unwrap();
        assert_eq!(keys.erasures().unwrap(), [line(Step::Begin, 2, "bb")]);
        fs::write(&path, "x\n").unwrap();
        assert!(keys.erasures().unwrap_err().to_string().contains("line 1"));
    }
}
