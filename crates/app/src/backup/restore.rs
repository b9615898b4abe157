//! Restoring a back-up into an empty place.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use bonafide_ledger::{Hash, Sha256};
use bonafide_model::{PartyId, Timestamp};
use bonafide_seal::{EpochId, Keyring};
use bonafide_store::{EraseAgain, Restoration, RestoredRow, TableReader};

use super::list::{explain, found};
use super::manifest::{Manifest, ManifestFile, ManifestTenant, Marked};
use crate::erasing::hex;
use crate::error::AppError;
use crate::keyring_dir::{KeyringDir, Step};
use crate::ledger::opened;
use crate::open::{Config, Location};
use crate::{Action, Actor};

/// Bytes read at once.
const BUFFER_BYTES: usize = 1 << 20;

/// What a restoration did.
#[derive(Debug, Clone)]
pub struct RestoreReport {
    /// The back-up.
    pub directory: PathBuf,
    /// What it holds.
    pub manifest: Manifest,
    /// Parties erased again, because they were erased after the back-up was made.
    pub erased_again: u64,
    /// Tenants whose ledger has to be reopened before the service starts.
    pub to_reopen: Vec<String>,
}

/// Restores a back-up, or the newest one of a directory of them, into an empty place. `progress` is told the bytes read so
/// far, of twice those there are: all files are checked before the first row is stored.
pub async fn restore(
    config: &Config,
    actor: &Actor,
    from: &Path,
    mut progress: impl FnMut(u64, u64) + Send,
) -> Result<RestoreReport, AppError> {
    actor.may(Action::RestoreBackup)?;
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
    for file in &manifest.files {
        load(&mut restoration, &directory, file, &mut tell).await?;
    }
    let again = erased(&mut restoration, &keys, &keyring).await?;
    let now = config.clock.now();
    let mut marks = Vec::new();
    for tenant in &manifest.tenants {
        check_head(&mut restoration, tenant).await?;
        let of_tenant = again.iter().filter(|e| e.tenant == tenant.name);
        let erased_again = u64::try_from(of_tenant.count()).unwrap_or(u64::MAX);
        // The very state that was signed last, with the keyring that saw it: nothing was lost, and the ledger goes on.
        if erased_again > 0 || !is_newest(&keys, &keyring, tenant)? {
            marks.push(RestoredRow {
                tenant: tenant.name.clone(),
                at: now,
                backup: manifest.name.clone(),
                backup_at: manifest.made_at,
                erased_again,
            });
        }
    }
    restoration.finish(&again, &marks).await?;
    Ok(RestoreReport {
        directory,
        manifest,
        erased_again: u64::try_from(again.len()).unwrap_or(u64::MAX),
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

/// Whoever was erased and is in the back-up.
async fn erased(
    restoration: &mut Restoration,
    keys: &KeyringDir,
    keyring: &Keyring,
) -> Result<Vec<EraseAgain>, AppError> {
    let mut marks: BTreeMap<EpochId, BTreeMap<String, Timestamp>> = BTreeMap::new();
    // One that was begun and never settled was lawful, and whoever asked for it was told nothing else.
    for erasure in keys
        .erasures()?
        .into_iter()
        .filter(|e| e.step != Step::Undone)
    {
        let of_epoch = marks.entry(erasure.epoch).or_default();
        of_epoch.insert(erasure.mark, erasure.at);
    }
    let mut again = Vec::new();
    if marks.is_empty() {
        return Ok(again);
    }
    for (tenant, party) in restoration.parties().await? {
        if let Some(at) = erased_at(keyring, &marks, &tenant, party) {
            again.push(EraseAgain { tenant, party, at });
        }
    }
    Ok(again)
}

fn erased_at(
    keyring: &Keyring,
    marks: &BTreeMap<EpochId, BTreeMap<String, Timestamp>>,
    tenant: &str,
    party: PartyId,
) -> Option<Timestamp> {
    let party = party.to_string();
    marks.iter().find_map(|(epoch, of_epoch)| {
        // A destroyed key can tell nothing; nor is there a back-up of that epoch that can be read.
        let mark = keyring.erasure_mark(*epoch, tenant, &party).ok()?;
        of_epoch.get(&hex(&mark)).copied()
    })
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
