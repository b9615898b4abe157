//! Restoring a back-up into an empty place.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use bonafide_ledger::{Hash, Sha256};
use bonafide_seal::Keyring;
use bonafide_store::{Restoration, RestorationRow, RestoredRow, TableReader};

use super::again::{Again, Applied};
use super::asked::{Asked, Caller};
use super::list::{explain, found};
use super::manifest::{Manifest, ManifestFile, ManifestTenant, Marked};
use crate::Action;
use crate::error::AppError;
use crate::keyring_dir::KeyringDir;
use crate::ledger::opened;
use crate::open::{Config, Location};

/// Bytes read at once.
const BUFFER_BYTES: usize = 1 << 20;

/// What a restoration did.
#[derive(Debug, Clone)]
pub struct RestoreReport {
    /// The back-up.
    pub directory: PathBuf,
    /// What it holds.
    pub manifest: Manifest,
    /// Who was asked whether the caller may.
    pub asked: Asked,
    /// Parties erased again, because they were erased after the back-up was made.
    pub erased_again: u64,
    /// Parties of which something was erased again.
    pub cut_again: u64,
    /// Tenants whose ledger has to be reopened before the service starts.
    pub to_reopen: Vec<String>,
}

/// Restores a back-up, or the newest one of a directory of them, into an empty place. `progress` is told the bytes read so
/// far, of twice those there are: all files are checked before the first row is stored.
pub async fn restore(
    config: &Config,
    caller: Caller<'_>,
    from: &Path,
    mut progress: impl FnMut(u64, u64) + Send,
) -> Result<RestoreReport, AppError> {
    let directory = found(from)?
        .pop()
        .ok_or_else(|| AppError::Refused(format!("there is no back-up in {}", from.display())))?;
    let keys = KeyringDir::open_there(&config.keyring)?;
    let keyring = keys.there()?;
    let (manifest, marked) = Manifest::read(&directory, &keyring)?;
    if marked != Marked::Good {
        return Err(AppError::Refused(format!(
            "back-up {} cannot be restored: {}",
            directory.display(),
            explain(marked, &manifest)
        )));
    }
    let of = manifest.bytes() * 2;
    let mut read = 0;
    let mut tell = |bytes: u64| {
        read += bytes;
        progress(read, of);
    };
    for file in &manifest.files {
        check(&directory, file, &mut tell)?;
    }
    let schema = &manifest.schema;
    let mut restoration = match &config.location {
        Location::Sqlite(path) => Restoration::begin_sqlite(path, schema).await?,
        Location::Postgres(url) => Restoration::begin_postgres(url, schema).await?,
    };
    let now = config.clock.now();
    let (first, rest): (Vec<_>, Vec<_>) = manifest
        .files
        .iter()
        .partition(|file| Restoration::is_of_staff(&file.table));
    for file in first {
        load(&mut restoration, &directory, file, &mut tell).await?;
    }
    // The place is empty: who may is asked of the staff in the back-up, before anything else is put in.
    let there = restoration.staff(caller.tenant).await?;
    let asked = caller.may(Action::RestoreBackup, &there, now)?;
    for file in rest {
        load(&mut restoration, &directory, file, &mut tell).await?;
    }
    restoration.migrate().await?;
    let again = Again::read(&keys, &keyring)?;
    let again = again.apply(&mut restoration, &*config.entropy).await?;
    let mut marks = Vec::new();
    let mut restorations = Vec::new();
    for tenant in &manifest.tenants {
        check_head(&mut restoration, tenant).await?;
        let of_tenant = again.get(&tenant.name).copied().unwrap_or_default();
        // The very state that was signed last, with the keyring that saw it: nothing was lost, and the ledger goes on.
        if of_tenant != Applied::default() || !is_newest(&keys, &keyring, tenant)? {
            marks.push(RestoredRow {
                tenant: tenant.name.clone(),
                at: now,
                backup: manifest.name.clone(),
                backup_at: manifest.made_at,
                erased_again: of_tenant.erased,
            });
        }
        restorations.push((
            tenant.name.clone(),
            RestorationRow {
                at: now,
                what: "data".to_owned(),
                source: manifest.name.clone(),
                source_at: manifest.made_at,
                actor: caller.name(),
                asked: asked.as_str().to_owned(),
                record: None,
            },
        ));
    }
    restoration.finish(&marks, &restorations).await?;
    Ok(RestoreReport {
        directory,
        manifest,
        asked,
        erased_again: again.values().map(|a| a.erased).sum(),
        cut_again: again.values().map(|a| a.cut).sum(),
        to_reopen: marks.into_iter().map(|m| m.tenant).collect(),
    })
}

/// Whether a file is the one that the manifest names.
fn check(
    directory: &Path,
    file: &ManifestFile,
    tell: &mut impl FnMut(u64),
) -> Result<(), AppError> {
    let path = directory.join(file.file_name());
    let wrong = |why: &str| AppError::Refused(format!("{} {why}", path.display()));
    let mut from = File::open(&path).map_err(|e| wrong(&format!("cannot be read: {e}")))?;
    let (mut hash, mut bytes) = (Sha256::default(), 0_u64);
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let length = from
            .read(&mut buffer)
            .map_err(|e| wrong(&format!("cannot be read: {e}")))?;
        if length == 0 {
            break;
        }
        hash.update(buffer.get(..length).unwrap_or_default());
        let length = u64::try_from(length).unwrap_or_default();
        bytes += length;
        tell(length);
    }
    if bytes < file.bytes {
        return Err(wrong("is cut short: copy the back-up again"));
    }
    if bytes != file.bytes || Some(hash.finish()) != file.digest() {
        return Err(wrong(
            "was changed after the back-up was made: copy the back-up again",
        ));
    }
    Ok(())
}

async fn load(
    restoration: &mut Restoration,
    directory: &Path,
    file: &ManifestFile,
    tell: &mut (impl FnMut(u64) + Send),
) -> Result<(), AppError> {
    let path = directory.join(file.file_name());
    let wrong = |why: String| AppError::Refused(format!("{}: {why}", path.display()));
    let from = File::open(&path).map_err(|e| wrong(e.to_string()))?;
    let from = BufReader::with_capacity(BUFFER_BYTES, Told { from, tell });
    let reader = TableReader::new(from).map_err(|e| wrong(e.to_string()))?;
    if reader.table() != file.table {
        return Err(wrong(format!("it is of table `{}`", reader.table())));
    }
    match restoration.load(reader).await? {
        rows if rows == file.rows => Ok(()),
        rows => Err(wrong(format!(
            "it holds {rows} rows instead of {}",
            file.rows
        ))),
    }
}

async fn check_head(
    restoration: &mut Restoration,
    tenant: &ManifestTenant,
) -> Result<(), AppError> {
    let head = restoration.head(&tenant.name).await?;
    let root = tenant.root.parse::<Hash>().ok();
    if head.is_some_and(|(size, found)| size == tenant.size && Some(found) == root) {
        return Ok(());
    }
    Err(AppError::Refused(format!(
        "the ledger of tenant `{}` in the back-up does not have the head that its manifest names",
        tenant.name
    )))
}

/// Whether nothing was signed after this state.
fn is_newest(
    keys: &KeyringDir,
    keyring: &Keyring,
    tenant: &ManifestTenant,
) -> Result<bool, AppError> {
    let Some(own) = keyring.tenant(&tenant.name) else {
        return Ok(false);
    };
    if own.origin() != tenant.origin || keys.recovered(&tenant.name)?.is_some() {
        return Ok(false);
    }
    let log = bonafide_ledger::LogKey::from_seed(own.origin(), own.signing_seed().expose());
    let verifier = [log.map_err(AppError::internal)?.verifier().clone()];
    let Some(kept) = keys.head(&tenant.name)? else {
        return Ok(false);
    };
    let kept = opened(&kept, &verifier);
    Ok(kept.is_ok_and(|k| k.size == tenant.size && k.root.to_string() == tenant.root))
}

/// A file whose reading is told.
struct Told<'a, T> {
    from: File,
    tell: &'a mut T,
}

impl<T: FnMut(u64)> Read for Told<'_, T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.from.read(buffer)?;
        (self.tell)(u64::try_from(length).unwrap_or_default());
        Ok(length)
    }
}
