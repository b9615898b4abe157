//! Making a back-up.
//!
//! It is written under a name that says it is not finished, synced, and renamed at the end, so that whatever has the name of
//! a back-up is one.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use bonafide_ledger::Sha256;
use bonafide_model::Timestamp;
use bonafide_seal::EpochId;
use bonafide_store::Snapshot;

use super::asked::{Asked, Caller};
use super::manifest::{MANIFEST, MARK, Manifest, ManifestFile, ManifestTenant, VERSION};
use crate::Action;
use crate::error::AppError;
use crate::keyring_dir::KeyringDir;
use crate::open::{Config, Location};

/// Bytes written at once.
const BUFFER_BYTES: usize = 1 << 20;
/// What the directory of an unfinished back-up begins with.
const UNFINISHED: &str = ".unfinished-";

/// A back-up that was made.
#[derive(Debug, Clone)]
pub struct BackupMade {
    /// Where it is.
    pub directory: PathBuf,
    /// What it holds.
    pub manifest: Manifest,
    /// Until when it can be read, if every epoch ends on time.
    pub readable_until: Option<Timestamp>,
}

/// Writes a back-up below a directory, which is made if it is not there. The service may run; it is not waited for.
pub async fn back_up(
    config: &Config,
    caller: Caller<'_>,
    below: &Path,
    mut progress: impl FnMut(u64) + Send,
) -> Result<BackupMade, AppError> {
    let keys = KeyringDir::open_there(&config.keyring)?;
    let mut snapshot = match &config.location {
        Location::Sqlite(path) => Snapshot::open_sqlite(path).await?,
        Location::Postgres(url) => Snapshot::open_postgres(url).await?,
    };
    // The snapshot is of this instant or a later one; its first read fixes it, so the time is taken before.
    let made_at = config.clock.now();
    let there = snapshot.staff(caller.tenant).await?;
    if caller.may(Action::MakeBackup, &there, made_at)? == Asked::Nobody {
        return Err(AppError::Forbidden(
            "nobody is on the staff yet who could make a back-up: run `bonafide staff list` to become the first"
                .to_owned(),
        ));
    }
    let mut random = [0_u8; 4];
    config.entropy.fill(&mut random);
    let name = format!("{}-{:08x}", stamp(made_at), u32::from_be_bytes(random));
    make_private(below)?;
    let unfinished = below.join(format!("{UNFINISHED}{name}"));
    make_private(&unfinished)?;
    let written = write(
        &mut snapshot,
        &keys,
        &unfinished,
        &name,
        made_at,
        &mut progress,
    )
    .await;
    let closed = snapshot.close().await;
    let directory = below.join(&name);
    let placed = written.and_then(|manifest| {
        closed?;
        fs::rename(&unfinished, &directory)
            .and_then(|()| File::open(below)?.sync_all())
            .map_err(|e| unwritable(&directory, &e))?;
        Ok(manifest)
    });
    let manifest = match placed {
        Ok(manifest) => manifest,
        Err(error) => {
            // What went wrong first is what is told; what is left has the name of something unfinished.
            let _ = fs::remove_dir_all(&unfinished);
            return Err(error);
        }
    };
    crate::escrow::escrow_copy(&keys, config.clock.now(), &*config.entropy)?;
    let keyring = keys.there()?;
    Ok(BackupMade {
        readable_until: keyring.readable_until(manifest.epoch),
        directory,
        manifest,
    })
}

async fn write(
    snapshot: &mut Snapshot,
    keys: &KeyringDir,
    into: &Path,
    name: &str,
    made_at: Timestamp,
    progress: &mut (impl FnMut(u64) + Send),
) -> Result<Manifest, AppError> {
    let tenants = snapshot.tenants().await?;
    let least = snapshot.least_epoch().await?;
    let mut files = Vec::new();
    for table in snapshot.tables() {
        let path = into.join(format!("{table}.rows"));
        let mut file = Hashed::create(&path, progress).map_err(|e| unwritable(&path, &e))?;
        let written = snapshot.write_table(table, &mut file).await?;
        let (bytes, sha256) = file.finish().map_err(|e| unwritable(&path, &e))?;
        files.push(ManifestFile {
            table: table.to_owned(),
            rows: written.rows,
            bytes,
            sha256,
        });
    }
    // Read after the snapshot: an epoch that a row in it names is known to this keyring.
    let keyring = keys.there()?;
    let current_epoch = keyring.current_epoch();
    let least = least
        .map(u32::try_from)
        .transpose()
        .map_err(AppError::internal)?;
    let manifest = Manifest {
        v: VERSION,
        name: name.to_owned(),
        made_at,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        engine: snapshot.engine().to_owned(),
        schema: snapshot.schema().to_vec(),
        epoch: least.map_or(current_epoch, EpochId::new),
        current_epoch,
        tenants: tenants
            .into_iter()
            .map(|t| ManifestTenant {
                name: t.tenant,
                origin: t.origin,
                parties: t.parties,
                size: t.size,
                root: t.root.to_string(),
                checkpoint: t.checkpoint,
            })
            .collect(),
        files,
    };
    let (bytes, mark) = manifest.encode(&keyring)?;
    for (name, bytes) in [(MANIFEST, bytes.as_slice()), (MARK, mark.as_bytes())] {
        let path = into.join(name);
        let mut file = create(&path).map_err(|e| unwritable(&path, &e))?;
        file.write_all(bytes)
            .and_then(|()| file.sync_all())
            .map_err(|e| unwritable(&path, &e))?;
    }
    let synced = File::open(into).and_then(|dir| dir.sync_all());
    synced.map_err(|e| unwritable(into, &e))?;
    Ok(manifest)
}

/// A file that is hashed while it is written.
struct Hashed<'a, P> {
    file: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
    progress: &'a mut P,
}

impl<'a, P: FnMut(u64)> Hashed<'a, P> {
    fn create(path: &Path, progress: &'a mut P) -> io::Result<Self> {
        Ok(Self {
            file: BufWriter::with_capacity(BUFFER_BYTES, create(path)?),
            hash: Sha256::default(),
            bytes: 0,
            progress,
        })
    }

    fn finish(mut self) -> io::Result<(u64, String)> {
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        Ok((self.bytes, self.hash.finish().to_string()))
    }
}

impl<P: FnMut(u64)> Write for Hashed<'_, P> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write_all(bytes)?;
        self.hash.update(bytes);
        self.bytes += u64::try_from(bytes.len()).unwrap_or_default();
        (self.progress)(u64::try_from(bytes.len()).unwrap_or_default());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes a directory that its owner alone may read.
fn make_private(path: &Path) -> Result<(), AppError> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let made = builder.recursive(true).create(path);
    made.map_err(|e| unwritable(path, &e))
}

/// An instant as the name of a directory, which sorts by it.
fn stamp(at: Timestamp) -> String {
    let text = at.to_string();
    text.chars()
        .map(|c| if c == ':' || c == '.' { '-' } else { c })
        .collect()
}

fn unwritable(path: &Path, error: &io::Error) -> AppError {
    AppError::Refused(format!("could not write {}: {error}", path.display()))
}
