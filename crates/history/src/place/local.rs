//! A directory of this machine, of which one process at a time is the owner.
//!
//! An object is written beside its name, synced, renamed, and the directory synced: after a crash it is there
//! whole or not at all.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use super::{Folder, Log, Place, ReadAt, Sink};
use crate::HistoryError;

/// What the name of an unfinished object ends in.
const UNFINISHED: &str = ".unfinished";
/// The file that the owner locks.
const LOCK: &str = "lock";

/// A directory.
#[derive(Debug)]
pub struct LocalFolder {
    path: PathBuf,
    /// Held for as long as this process is the owner.
    _lock: File,
}

impl LocalFolder {
    /// Takes a directory, which is made if it is not there, and removes what was left unfinished.
    ///
    /// # Errors
    /// If another process has it, or it cannot be used.
    pub fn open(path: &Path) -> Result<Self, HistoryError> {
        let name = path.display().to_string();
        let failed =
            |what| move |e: io::Error| HistoryError::io(what, &path.display().to_string(), &e);
        fs::create_dir_all(path).map_err(failed("make"))?;
        private(path).map_err(failed("make private"))?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join(LOCK))
            .map_err(failed("lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(HistoryError::Locked(name)),
            Err(TryLockError::Error(e)) => return Err(failed("lock")(e)),
        }
        let folder = Self {
            path: path.to_owned(),
            _lock: lock,
        };
        for name in folder.names()?.iter().filter(|n| n.ends_with(UNFINISHED)) {
            folder.remove(name)?;
        }
        Ok(folder)
    }

    fn names(&self) -> Result<Vec<String>, HistoryError> {
        let shown = self.path.display().to_string();
        let failed = |e: io::Error| HistoryError::io("list", &shown, &e);
        let entries = fs::read_dir(&self.path).map_err(failed)?;
        let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        let mut names: Vec<String> = names.collect::<io::Result<_>>().map_err(failed)?;
        names.sort_unstable();
        Ok(names)
    }
}

#[cfg(unix)]
fn private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))
}

fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

impl Place for LocalFolder {
    fn list(&self) -> Result<Vec<String>, HistoryError> {
        let mut names = self.names()?;
        names.retain(|n| n != LOCK && !n.ends_with(UNFINISHED));
        Ok(names)
    }

    fn create(&self, name: &str) -> Result<Box<dyn Sink>, HistoryError> {
        let unfinished = self.path.join(format!("{name}{UNFINISHED}"));
        let file = File::create(&unfinished).map_err(|e| HistoryError::io("make", name, &e))?;
        Ok(Box::new(LocalSink {
            file,
            unfinished,
            folder: self.path.clone(),
            name: name.to_owned(),
            is_done: false,
        }))
    }

    fn open(&self, name: &str) -> Result<Box<dyn ReadAt>, HistoryError> {
        let open = || {
            let file = File::open(self.path.join(name))?;
            let length = file.metadata()?.len();
            Ok((file, length))
        };
        let (file, length) = open().map_err(|e: io::Error| HistoryError::io("open", name, &e))?;
        Ok(Box::new(LocalObject {
            file,
            length,
            name: name.to_owned(),
        }))
    }

    fn remove(&self, name: &str) -> Result<(), HistoryError> {
        let remove = || match fs::remove_file(self.path.join(name)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
            _ => sync_folder(&self.path),
        };
        remove().map_err(|e| HistoryError::io("remove", name, &e))
    }
}

impl Folder for LocalFolder {
    fn create_log(&self, name: &str) -> Result<Box<dyn Log>, HistoryError> {
        let create = || {
            let path = self.path.join(name);
            let file = OpenOptions::new()
                .append(true)
                .create_new(true)
                .open(path)?;
            sync_folder(&self.path)?;
            Ok(file)
        };
        let file = create().map_err(|e: io::Error| HistoryError::io("make", name, &e))?;
        Ok(Box::new(LocalLog {
            file,
            name: name.to_owned(),
        }))
    }
}

struct LocalSink {
    file: File,
    unfinished: PathBuf,
    folder: PathBuf,
    name: String,
    is_done: bool,
}

impl Sink for LocalSink {
    fn write(&mut self, bytes: &[u8]) -> Result<(), HistoryError> {
        let written = self.file.write_all(bytes);
        written.map_err(|e| HistoryError::io("write", &self.name, &e))
    }

    fn finish(mut self: Box<Self>) -> Result<(), HistoryError> {
        let finish = || {
            self.file.sync_all()?;
            let path = self.folder.join(&self.name);
            // Nobody else makes files here: the directory is locked.
            if path.exists() {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            fs::rename(&self.unfinished, path)?;
            sync_folder(&self.folder)
        };
        finish().map_err(|e| HistoryError::io("write", &self.name, &e))?;
        self.is_done = true;
        Ok(())
    }
}

impl Drop for LocalSink {
    fn drop(&mut self) {
        if !self.is_done {
            // What stays is removed when the directory is opened again.
            let _ = fs::remove_file(&self.unfinished);
        }
    }
}

struct LocalObject {
    file: File,
    length: u64,
    name: String,
}

impl ReadAt for LocalObject {
    fn length(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), HistoryError> {
        let read = self.file.read_exact_at(buffer, offset);
        read.map_err(|e| match e.kind() {
            io::ErrorKind::UnexpectedEof => HistoryError::damaged(&self.name, "it is cut short"),
            _ => HistoryError::io("read", &self.name, &e),
        })
    }
}

struct LocalLog {
    file: File,
    name: String,
}

impl Log for LocalLog {
    fn append(&mut self, bytes: &[u8]) -> Result<(), HistoryError> {
        let written = self.file.write_all(bytes);
        written.map_err(|e| HistoryError::io("write", &self.name, &e))
    }

    fn sync(&mut self) -> Result<(), HistoryError> {
        let synced = self.file.sync_data();
        synced.map_err(|e| HistoryError::io("sync", &self.name, &e))
    }

    fn cut(&mut self, length: u64) -> Result<(), HistoryError> {
        let cut = self.file.set_len(length);
        cut.map_err(|e| HistoryError::io("cut", &self.name, &e))
    }
}
