//! The keyring: epoch keys and tenant keys, in a file **outside the database and its backups**.
//!
//! A subject's keys are wrapped under the current epoch's key. A new epoch begins every week or so, live rows are
//! wrapped again, and the key of the epoch before the previous one is destroyed; from then on no backup of the database can
//! bring back what was erased in it. Backups of the current and the previous epoch can be read. The file has therefore its own copying rule: an old copy of it undoes erasures, and losing it loses
//! everything. [`Keyring::generation`] rises with every change, so that whoever remembers the last one seen can refuse an
//! older copy.
//!
//! Order for the caller: change the keyring, write [`Keyring::to_bytes`] durably, and only then wrap under the new epoch
//! or report the old one destroyed.
//!
//! Refuses: destroying the current epoch, a clock behind the last change, tenants that share a name or an origin, and
//! files that are cut, edited, of another version, or inconsistent.

mod error;
mod file;
mod mark;
mod tenant;

use std::fmt;

use bonafide_model::{Entropy, Timestamp};
use serde::{Deserialize, Serialize};

use crate::cipher::KEY_BYTES;
use crate::{SealError, Secret};

pub use error::KeyringError;
pub use tenant::{FormerLedger, TenantKeys};

/// How long an epoch lasts unless the operator says otherwise: a week, so that a backup is good for one to two.
pub const EPOCH_DEFAULT_MS: i64 = 7 * bonafide_model::DAY_MS;
/// The shortest epoch: wrapping every row again takes minutes where there are millions.
pub const EPOCH_MIN_MS: i64 = bonafide_model::DAY_MS;
/// The longest epoch: what was erased can be read in old backups for up to two of them, and a month is the time within
/// which an erasure has to be answered (GDPR 12(3)).
pub const EPOCH_MAX_MS: i64 = 31 * bonafide_model::DAY_MS;

/// The most epochs a keyring holds, destroyed ones included: two centuries of weeks. Bounds the file.
pub(crate) const EPOCHS_MAX: usize = 10_000;

/// The most tenants a keyring holds: more than that belongs into a key-management service. Bounds the file.
pub(crate) const TENANTS_MAX: usize = 10_000;

/// The number of an epoch, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EpochId(u32);

impl EpochId {
    /// From the stored number.
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for EpochId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What an epoch's key can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EpochState {
    /// Wraps and unwraps.
    Current,
    /// Unwraps only.
    Previous,
    /// Gone since that instant.
    Destroyed {
        /// When.
        at: Timestamp,
    },
}

/// An epoch without its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EpochInfo {
    /// Its number.
    pub id: EpochId,
    /// When it began.
    pub from: Timestamp,
    /// What its key can do.
    pub state: EpochState,
}

/// One epoch: either its key, or when that was destroyed.
#[derive(Debug)]
struct Epoch {
    id: EpochId,
    from: Timestamp,
    key: Result<Secret<[u8; KEY_BYTES]>, Timestamp>,
}

/// The keys of an installation. Holds at least one epoch; the last one is current and has its key.
#[derive(Debug)]
pub struct Keyring {
    generation: u64,
    epoch_ms: i64,
    epochs: Vec<Epoch>,
    tenants: Vec<TenantKeys>,
}

impl Keyring {
    /// A new keyring with a first epoch and no tenant.
    #[must_use]
    pub fn create(now: Timestamp, entropy: &dyn Entropy) -> Self {
        let first = Epoch {
            id: EpochId(1),
            from: now,
            key: Ok(Secret::random(entropy)),
        };
        Self {
            generation: 1,
            epoch_ms: EPOCH_DEFAULT_MS,
            epochs: vec![first],
            tenants: Vec::new(),
        }
    }

    /// Reads a keyring file.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyringError> {
        file::read(bytes)
    }

    /// The keyring file's content. It holds every key: write it where only the service can read it, and never into the
    /// database's backup.
    pub fn to_bytes(&self) -> Result<Secret<Vec<u8>>, KeyringError> {
        file::write(self)
    }

    /// Counts the changes. A file with a lower number than one seen before is an old copy.
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// How long an epoch lasts.
    #[must_use]
    pub const fn epoch_ms(&self) -> i64 {
        self.epoch_ms
    }

    /// Makes epochs longer or shorter, from [`EPOCH_MIN_MS`] to [`EPOCH_MAX_MS`]; the present one too.
    pub fn set_epoch_ms(&mut self, epoch_ms: i64) -> Result<(), KeyringError> {
        if !(EPOCH_MIN_MS..=EPOCH_MAX_MS).contains(&epoch_ms) {
            return Err(KeyringError::EpochLength);
        }
        if self.epoch_ms != epoch_ms {
            self.epoch_ms = epoch_ms;
            self.generation = self.generation.saturating_add(1);
        }
        Ok(())
    }

    /// When the key of an epoch is destroyed, if every epoch ends on time: at the end of the epoch after it. `None` if it
    /// was destroyed, or is not known.
    #[must_use]
    pub fn readable_until(&self, id: EpochId) -> Option<Timestamp> {
        let place = self.epochs.iter().position(|e| e.id == id)?;
        let epoch = self.epochs.get(place).filter(|e| e.key.is_ok())?;
        Some(match self.epochs.get(place + 1) {
            Some(next) => next.from.plus_millis(self.epoch_ms),
            None => epoch.from.plus_millis(self.epoch_ms.saturating_mul(2)),
        })
    }

    /// The epochs before the previous one whose keys are still there: nothing may depend on them any more.
    #[must_use]
    pub fn outlived(&self) -> Vec<EpochId> {
        let before = self.epochs.len().saturating_sub(2);
        let old = self.epochs.iter().take(before);
        old.filter(|e| e.key.is_ok()).map(|e| e.id).collect()
    }

    /// Adds a tenant with keys of its own. The origin names its ledger in checkpoints; only [`Keyring::reopen`] changes it.
    pub fn add_tenant(
        &mut self,
        name: &str,
        origin: &str,
        entropy: &dyn Entropy,
    ) -> Result<&TenantKeys, KeyringError> {
        let tenant = TenantKeys::generate(name, origin, entropy)?;
        self.check_new_tenant(&tenant)?;
        self.generation = self.generation.saturating_add(1);
        Ok(self.tenants.push_mut(tenant))
    }

    /// Makes the origin and the signing key under which a tenant's ledger goes on after a restore, beside those it has. Doing
    /// it twice gives what the first time gave.
    pub fn prepare_reopening(
        &mut self,
        name: &str,
        origin: &str,
        entropy: &dyn Entropy,
    ) -> Result<&TenantKeys, KeyringError> {
        if self.tenants.iter().any(|t| t.knows(origin)) {
            return Err(KeyringError::OriginTaken(origin.to_owned()));
        }
        let tenant = self.tenants.iter_mut().find(|t| t.name() == name);
        let tenant = tenant.ok_or_else(|| KeyringError::TenantUnknown(name.to_owned()))?;
        if tenant.prepare_reopening(origin, entropy)? {
            self.generation = self.generation.saturating_add(1);
        }
        Ok(tenant)
    }

    /// Puts the origin and key that were prepared in the place of the old ones, of which only the key that verifies is kept:
    /// nobody can sign another head of the old ledger. Does nothing when none are prepared.
    pub fn reopen(&mut self, name: &str, old_verifier: &str) -> Result<(), KeyringError> {
        let tenant = self.tenants.iter_mut().find(|t| t.name() == name);
        let tenant = tenant.ok_or_else(|| KeyringError::TenantUnknown(name.to_owned()))?;
        if tenant.reopen(old_verifier) {
            self.generation = self.generation.saturating_add(1);
        }
        Ok(())
    }

    /// Begins an epoch: its key wraps from now on, the one before only unwraps.
    pub fn begin_epoch(
        &mut self,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<EpochId, KeyringError> {
        if self.epochs.len() >= EPOCHS_MAX {
            return Err(KeyringError::TooMany {
                what: "epochs",
                max: EPOCHS_MAX,
            });
        }
        self.check_clock(now)?;
        let id = EpochId(self.current_epoch().0.saturating_add(1));
        self.epochs.push(Epoch {
            id,
            from: now,
            key: Ok(Secret::random(entropy)),
        });
        self.generation = self.generation.saturating_add(1);
        Ok(id)
    }

    /// Destroys an epoch's key; what is still wrapped under it is lost. Refuses the current one. Destroying twice changes
    /// nothing, so that an interrupted destruction can be repeated.
    pub fn destroy_epoch(&mut self, id: EpochId, now: Timestamp) -> Result<(), KeyringError> {
        if id == self.current_epoch() {
            return Err(KeyringError::EpochCurrent(id));
        }
        self.check_clock(now)?;
        let epoch = self
            .epochs
            .iter_mut()
            .find(|e| e.id == id)
            .ok_or(KeyringError::EpochUnknown(id))?;
        if epoch.key.is_ok() {
            epoch.key = Err(now);
            self.generation = self.generation.saturating_add(1);
        }
        Ok(())
    }

    /// The epoch that wraps.
    #[must_use]
    pub fn current_epoch(&self) -> EpochId {
        self.epochs.last().map_or(EpochId(0), |e| e.id)
    }

    /// Every epoch, oldest first, destroyed ones included.
    pub fn epochs(&self) -> impl Iterator<Item = EpochInfo> {
        let current = self.current_epoch();
        self.epochs.iter().map(move |epoch| EpochInfo {
            id: epoch.id,
            from: epoch.from,
            state: match epoch.key {
                Err(at) => EpochState::Destroyed { at },
                Ok(_) if epoch.id == current => EpochState::Current,
                Ok(_) => EpochState::Previous,
            },
        })
    }

    /// The keys of a tenant, if there is one of that name.
    #[must_use]
    pub fn tenant(&self, name: &str) -> Option<&TenantKeys> {
        self.tenants.iter().find(|t| t.name() == name)
    }

    /// Every tenant, in the order of adding.
    pub fn tenants(&self) -> impl Iterator<Item = &TenantKeys> {
        self.tenants.iter()
    }

    pub(crate) fn epoch_key(&self, id: EpochId) -> Result<&Secret<[u8; KEY_BYTES]>, SealError> {
        let epoch = self
            .epochs
            .iter()
            .find(|e| e.id == id)
            .ok_or(SealError::EpochUnknown(id))?;
        epoch
            .key
            .as_ref()
            .map_err(|at| SealError::EpochDestroyed { epoch: id, at: *at })
    }

    fn check_new_tenant(&self, new: &TenantKeys) -> Result<(), KeyringError> {
        if self.tenants.len() >= TENANTS_MAX {
            return Err(KeyringError::TooMany {
                what: "tenants",
                max: TENANTS_MAX,
            });
        }
        if self.tenant(new.name()).is_some() {
            return Err(KeyringError::TenantExists(new.name().to_owned()));
        }
        if self.tenants.iter().any(|t| t.knows(new.origin())) {
            return Err(KeyringError::OriginTaken(new.origin().to_owned()));
        }
        Ok(())
    }

    fn check_clock(&self, now: Timestamp) -> Result<(), KeyringError> {
        match self.epochs.last() {
            Some(last) if now < last.from => Err(KeyringError::ClockBehind {
                now,
                last: last.from,
            }),
            _ => Ok(()),
        }
    }
}
