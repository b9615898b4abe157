//! Back-ups: made beside a running service, restored into an empty place, on either database.
//!
//! A back-up is a directory: one file for each table, a manifest with the digests of them all, and the manifest's mark. It
//! holds what the database holds, sealed as it is there, and **no key**: the keyring has a copy of its own. The mark is made
//! with the key of the earliest epoch that the back-up needs, so that whoever has the right keyring sees that nothing was
//! changed, and the mark can be checked for exactly as long as the data can be read.
//!
//! A back-up can be read while that epoch is the current or the previous one. Restoring it erases again whoever was erased
//! after it was made, by the list beside the keyring. One of an earlier epoch opens nothing, by design.
//!
//! Refuses: files that were cut short, changed or mixed up, another keyring than the one the data was sealed under, a place
//! that holds data, and what a newer program made. Nothing is restored in part.

mod again;
mod asked;
mod list;
mod make;
mod manifest;
mod restore;

pub use asked::{Asked, Caller};
pub use list::{BackupState, BackupSummary, list_backups};
pub use make::{BackupMade, back_up};
pub use manifest::{Manifest, ManifestFile, ManifestTenant};
pub use restore::{RestoreReport, restore};
