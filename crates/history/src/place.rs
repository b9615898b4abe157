//! Where files are: objects that are written whole and never changed, and logs that are appended to.
//!
//! Two traits, so that objects can be in a store of another machine and logs on the disk of this one, and so that tests
//! can let every single operation fail.

mod local;

pub use local::LocalFolder;

use crate::HistoryError;

/// Objects: each is written once, whole, and read in parts.
pub trait Place: Send + Sync + std::fmt::Debug {
    /// The names of all objects.
    ///
    /// # Errors
    /// If the place cannot be read.
    fn list(&self) -> Result<Vec<String>, HistoryError>;

    /// Begins an object. Nobody sees it before it is finished.
    ///
    /// # Errors
    /// If it cannot be begun.
    fn create(&self, name: &str) -> Result<Box<dyn Sink>, HistoryError>;

    /// Opens an object for reading.
    ///
    /// # Errors
    /// If it is not there.
    fn open(&self, name: &str) -> Result<Box<dyn ReadAt>, HistoryError>;

    /// Removes an object; one that is gone already is fine.
    ///
    /// # Errors
    /// If it cannot be removed.
    fn remove(&self, name: &str) -> Result<(), HistoryError>;
}

/// An object being written.
pub trait Sink: Send {
    /// Writes more of it.
    ///
    /// # Errors
    /// If it cannot be written; the object is then given up.
    fn write(&mut self, bytes: &[u8]) -> Result<(), HistoryError>;

    /// Makes it durable and visible under its name, which must be free.
    ///
    /// # Errors
    /// If it cannot be made durable; the object is then given up.
    fn finish(self: Box<Self>) -> Result<(), HistoryError>;
}

/// An object being read.
pub trait ReadAt: Send + Sync {
    /// Its bytes.
    fn length(&self) -> u64;

    /// Reads exactly `buffer` from `offset` on.
    ///
    /// # Errors
    /// If there is less, or it cannot be read.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), HistoryError>;
}

/// A place that has logs too.
pub trait Folder: Place {
    /// Makes an empty log.
    ///
    /// # Errors
    /// If it is there already or cannot be made.
    fn create_log(&self, name: &str) -> Result<Box<dyn Log>, HistoryError>;
}

/// A log being appended to.
pub trait Log: Send {
    /// Appends.
    ///
    /// # Errors
    /// If not all of it could be written; some of it may have been.
    fn append(&mut self, bytes: &[u8]) -> Result<(), HistoryError>;

    /// Makes everything durable that was appended.
    ///
    /// # Errors
    /// If it could not; what is on the disk is then unknown.
    fn sync(&mut self) -> Result<(), HistoryError>;

    /// Cuts the log to a length that it had.
    ///
    /// # Errors
    /// If it cannot be cut.
    fn cut(&mut self, length: u64) -> Result<(), HistoryError>;
}
