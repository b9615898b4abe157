//! Which back-ups there are, and until when each is good.

use std::fs;
use std::path::{Path, PathBuf};

use bonafide_model::Timestamp;

use super::manifest::{MANIFEST, Manifest, Marked};
use crate::error::AppError;
use crate::keyring_dir::KeyringDir;

/// Back-ups looked at in one directory.
const BACKUPS_MAX: usize = 10_000;

/// What can be done with a back-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BackupState {
    /// It can be restored until then, if every epoch ends on time.
    Readable {
        /// Until when.
        until: Timestamp,
    },
    /// Its epoch's key was destroyed: nobody can read it any more.
    Ended {
        /// Since when.
        at: Timestamp,
    },
    /// It cannot be used with this keyring; says why.
    Unusable(String),
}

/// A back-up in a directory.
#[derive(Debug, Clone)]
pub struct BackupSummary {
    /// Where it is.
    pub directory: PathBuf,
    /// What it holds, where its manifest can be read.
    pub manifest: Option<Manifest>,
    /// What can be done with it.
    pub state: BackupState,
}

/// The back-ups in a directory, the oldest first, as the keyring sees them. The files are not read.
pub fn list_backups(keyring: &Path, directory: &Path) -> Result<Vec<BackupSummary>, AppError> {
    let keyring = KeyringDir::open_there(keyring)?.there()?;
    let found = found(directory)?.into_iter().map(|path| {
        let (manifest, state) = match Manifest::read(&path, &keyring) {
            Err(error) => (None, BackupState::Unusable(error.to_string())),
            Ok((manifest, marked)) => {
                let state = match (marked, keyring.readable_until(manifest.epoch)) {
                    (Marked::Good, Some(until)) => BackupState::Readable { until },
                    (Marked::Ended(at), _) => BackupState::Ended { at },
                    (other, _) => BackupState::Unusable(explain(other, &manifest)),
                };
                (Some(manifest), state)
            }
        };
        BackupSummary {
            directory: path,
            manifest,
            state,
        }
    });
    Ok(found.collect())
}

/// The directories that hold a manifest, by name: the directory itself, or those in it.
pub(super) fn found(directory: &Path) -> Result<Vec<PathBuf>, AppError> {
    if directory.join(MANIFEST).exists() {
        return Ok(vec![directory.to_owned()]);
    }
    let unreadable = |e| AppError::Refused(format!("could not read {}: {e}", directory.display()));
    let mut paths = Vec::new();
    for entry in fs::read_dir(directory)
        .map_err(unreadable)?
        .take(BACKUPS_MAX)
    {
        let path = entry.map_err(unreadable)?.path();
        let hidden = path
            .file_name()
            .is_some_and(|n| n.to_string_lossy().starts_with('.'));
        if !hidden && path.join(MANIFEST).exists() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// Why a back-up cannot be used.
pub(super) fn explain(marked: Marked, manifest: &Manifest) -> String {
    match marked {
        Marked::Good => "nothing is wrong with it".to_owned(),
        Marked::Changed => "the manifest does not have the mark of this keyring: it was changed after it was made, or made \
                            with another keyring"
            .to_owned(),
        Marked::OtherKeyring => "this is not the keyring that the data was sealed under: its tenants have other ledgers"
            .to_owned(),
        Marked::LaterEpoch => format!(
            "the keyring does not know epoch {}: it is an older copy, recover the newest one",
            manifest.current_epoch
        ),
        Marked::Ended(at) => format!(
            "it is of epoch {}, whose key was destroyed at {at}: nobody can read it any more, by design",
            manifest.epoch
        ),
    }
}
