//! The name under which one process takes jobs, and how others know that it is gone.
//!
//! A name stands in a file that its process keeps locked for as long as it lives; the system ends the lock with the process,
//! however that ended. Whoever gets the lock therefore knows that nobody has the name, and may take over at once what was
//! leased under it, without waiting for the lease to run out. A file that was copied names another file, and is given a new
//! name, so that a copy of the directory on another machine says nothing about the processes of this one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::PathBuf;

use bonafide_model::Entropy;

use super::{KeyringDir, failed};
use crate::error::AppError;

const FOLDER: &str = "workers";
/// Processes with a name on one machine: a rolling restart has two. One more does its work under a name that is not kept.
const SLOTS_MAX: usize = 64;
/// Bytes of a file: a name and two numbers.
const TEXT_MAX_BYTES: u64 = 256;

/// A name that nobody else has while this is held.
#[derive(Debug)]
pub(crate) struct Slot {
    name: String,
    /// Locked until it is dropped.
    _file: File,
}

impl Slot {
    /// The name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl KeyringDir {
    /// Takes the first name that nobody has, which may be that of a process that is gone; none when all are taken.
    pub(crate) fn take_slot(&self, entropy: &dyn Entropy) -> Result<Option<Slot>, AppError> {
        let folder = self.path.join(FOLDER);
        fs::create_dir_all(&folder).map_err(|e| failed("make", &folder, &e))?;
        for number in 0..SLOTS_MAX {
            let path = self.slot_path(number);
            let mut options = OpenOptions::new();
            options.create(true).truncate(false).read(true).write(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let file = options.open(&path).map_err(|e| failed("open", &path, &e))?;
            if file.try_lock().is_err() {
                continue;
            }
            let taken = named(file, entropy).map_err(|e| failed("use", &path, &e))?;
            return Ok(Some(taken));
        }
        Ok(None)
    }

    /// Names whose processes are gone, each held while the caller takes over what was theirs.
    pub(crate) fn left_slots(&self) -> Result<Vec<Slot>, AppError> {
        let mut left = Vec::new();
        for number in 0..SLOTS_MAX {
            let path = self.slot_path(number);
            let file = match OpenOptions::new().read(true).write(true).open(&path) {
                Ok(file) => file,
                Err(e) if e.kind() == io::ErrorKind::NotFound => break,
                Err(e) => return Err(failed("open", &path, &e)),
            };
            if file.try_lock().is_err() {
                continue;
            }
            let name = name_in(&file).map_err(|e| failed("read", &path, &e))?;
            left.extend(name.map(|name| Slot { name, _file: file }));
        }
        Ok(left)
    }

    fn slot_path(&self, number: usize) -> PathBuf {
        self.path.join(FOLDER).join(number.to_string())
    }
}

/// The name in a file that is locked; a new one if it has none of its own.
fn named(mut file: File, entropy: &dyn Entropy) -> io::Result<Slot> {
    if let Some(name) = name_in(&file)? {
        return Ok(Slot { name, _file: file });
    }
    let mut random = [0_u8; 16];
    entropy.fill(&mut random);
    let name = format!("wrk_{}", crate::erasing::hex(&random));
    let text = format!("{name} {}\n", place_of(&file)?);
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(Slot { name, _file: file })
}

/// The name in a file, if it was given to this very file.
fn name_in(mut file: &File) -> io::Result<Option<String>> {
    let mut text = String::new();
    file.rewind()?;
    file.take(TEXT_MAX_BYTES).read_to_string(&mut text)?;
    let place = place_of(file)?;
    let named = text.trim_end().split_once(' ');
    Ok(named
        .filter(|(_, given)| *given == place)
        .map(|(name, _)| name.to_owned()))
}

/// What tells a file from a copy of it.
#[cfg(unix)]
fn place_of(file: &File) -> io::Result<String> {
    use std::os::unix::fs::MetadataExt as _;
    let known = file.metadata()?;
    Ok(format!("{}-{}", known.dev(), known.ino()))
}

/// Where a file cannot be told from its copy, no name is kept from one process to the next.
#[cfg(not(unix))]
fn place_of(_: &File) -> io::Result<String> {
    let mut random = [0_u8; 16];
    bonafide_model::Entropy::fill(&bonafide_seal::SystemEntropy, &mut random);
    Ok(crate::erasing::hex(&random))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bonafide_model::SeededEntropy;

    #[test]
    fn a_name_is_one_process_s_and_is_taken_over_when_that_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let keys = KeyringDir::open(&dir.path().join("keys")).unwrap();
        let entropy = SeededEntropy::new(1);
        let take = || keys.take_slot(&entropy).unwrap().unwrap();
        let (one, two) = (take(), take());
        assert_ne!(one.name(), two.name());
        assert!(keys.left_slots().unwrap().is_empty());
        let name = one.name().to_owned();
        drop(one);
        let left = keys.left_slots().unwrap();
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].name(), name);
        // Whoever starts meanwhile takes another name.
        assert_ne!(take().name(), name);
        drop(left);
        assert_eq!(take().name(), name);

        // A copy of the directory is about other processes.
        let copied = dir.path().join("copied");
        fs::create_dir_all(copied.join(FOLDER)).unwrap();
        fs::copy(keys.slot_path(0), copied.join(FOLDER).join("0")).unwrap();
        let copied = KeyringDir::open(&copied).unwrap();
        assert!(copied.left_slots().unwrap().is_empty());
        assert_ne!(copied.take_slot(&entropy).unwrap().unwrap().name(), name);
    }
}
