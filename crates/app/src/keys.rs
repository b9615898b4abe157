//! Rotation of the epoch keys that wrap every subject's keys.
//!
//! A new epoch begins, every live row is wrapped forward in small transactions, and then the keys of the epochs before the
//! previous one are destroyed. The key of the previous one lives on, so that back-ups of it can be restored; what was
//! erased in an epoch can be opened by nobody, in whatever copy, once the epoch after it has ended. A crash on the way
//! leaves old epochs alive and is finished by the next run.

use bonafide_ledger::Kind;
use bonafide_seal::{EpochId, EpochState, WrappedKeys};
use bonafide_store::{KeyRow, Rewrap};

use crate::error::AppError;
use crate::recorder::Recorder;
use crate::{Action, Actor, App};

/// Rows wrapped forward in one transaction.
const ROWS_PER_STEP: usize = 500;

/// What a rotation did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotated {
    /// The epoch that is current now.
    pub epoch: u32,
    /// Rows wrapped forward.
    pub rewrapped: usize,
    /// Epochs destroyed.
    pub destroyed: usize,
}

impl App {
    /// What a running service does from time to time: begins a new epoch when the present one is over, finishes a rotation
    /// that a crash cut off, and reads changed packs and lists.
    pub async fn housekeep(&self) -> Result<(), AppError> {
        self.reload_keyring()?;
        let now = self.now();
        let epochs: Vec<_> = self
            .keyring()
            .epochs()
            .filter(|e| !matches!(e.state, EpochState::Destroyed { .. }))
            .collect();
        let over = epochs
            .last()
            .is_some_and(|e| e.from.plus_millis(self.keyring().epoch_ms()) <= now);
        if let Some(tenant) = self.tenants().first() {
            let actor = Actor::worker(&tenant.name);
            if over {
                self.rotate_keys(&actor).await?;
            } else if epochs.len() > 1 {
                self.finish_rotation(&actor).await?;
            }
        }
        if self.is_scrub_due() {
            self.scrub_soon().await?;
        }
        for tenant in self.tenants() {
            self.refresh_if_changed(&tenant).await?;
        }
        // Last, so that a place for copies which cannot be reached holds up nothing else.
        self.refresh_escrow().map(drop)
    }

    /// How long an epoch lasts, in milliseconds.
    #[must_use]
    pub fn epoch_ms(&self) -> i64 {
        self.keyring().epoch_ms()
    }

    /// Makes epochs longer or shorter.
    pub fn set_epoch_ms(&self, actor: &Actor, epoch_ms: i64) -> Result<(), AppError> {
        actor.may(Action::RotateKeys)?;
        let (keyring, ()) = self
            .keyring_dir()
            .update(None, |k| k.set_epoch_ms(epoch_ms).map_err(refused))?;
        self.set_keyring(keyring);
        Ok(())
    }

    /// Begins a new epoch, wraps every subject's keys under it, destroys the epochs before the previous one.
    pub async fn rotate_keys(&self, actor: &Actor) -> Result<Rotated, AppError> {
        actor.may(Action::RotateKeys)?;
        let now = self.now();
        let (keyring, _) = self.keyring_dir().update(None, |k| {
            k.begin_epoch(now, self.entropy()).map_err(refused)
        })?;
        self.set_keyring(keyring);
        let rotated = self.finish_rotation(actor).await?;
        self.refresh_escrow()?;
        Ok(rotated)
    }

    /// Wraps rows of older epochs forward and destroys those before the previous one; does nothing when there are none.
    pub async fn finish_rotation(&self, actor: &Actor) -> Result<Rotated, AppError> {
        actor.may(Action::RotateKeys)?;
        let current = self.keyring().current_epoch();
        let mut rewrapped = 0;
        for tenant in self.tenants() {
            // From here on nothing can be stored under an older epoch, whoever still has its key in memory.
            self.store()
                .raise_least_epoch(&tenant.name, current.get().into())
                .await?;
            loop {
                let rows = self
                    .store()
                    .key_rows_before(&tenant.name, current.get().into(), ROWS_PER_STEP)
                    .await?;
                if rows.is_empty() {
                    break;
                }
                let steps = rows
                    .iter()
                    .map(|row| self.wrapped_forward(&tenant.name, row))
                    .collect::<Result<Vec<_>, _>>()?;
                rewrapped += self.store().rewrap(&tenant.name, &steps).await?;
            }
        }
        let now = self.now();
        let old = self.keyring().outlived();
        let (keyring, ()) = self.keyring_dir().update(None, |keyring| {
            old.iter()
                .try_for_each(|id| keyring.destroy_epoch(*id, now))
                .map_err(refused)
        })?;
        let live: Vec<EpochId> = keyring
            .epochs()
            .filter(|e| !matches!(e.state, EpochState::Destroyed { .. }))
            .map(|e| e.id)
            .collect();
        self.set_keyring(keyring);
        self.keyring_dir().forget_erasures(&live)?;
        if !old.is_empty() || rewrapped > 0 {
            for tenant in self.tenants() {
                let mut recorder = Recorder::new(self, &tenant, actor, Vec::new(), now);
                recorder.event(
                    Kind::KeysRotated,
                    Vec::new(),
                    &[("epoch", &current.get().to_string())],
                )?;
                self.writer().commit(recorder.finish()).await?;
            }
            self.scrub_soon().await?;
        }
        Ok(Rotated {
            epoch: current.get(),
            rewrapped,
            destroyed: old.len(),
        })
    }

    fn wrapped_forward(&self, tenant: &str, row: &KeyRow) -> Result<Rewrap, AppError> {
        let epoch = epoch_of(row)?;
        let old = WrappedKeys {
            epoch,
            bytes: row.wrapped.clone(),
        };
        let new = old.rewrap(
            &self.keyring(),
            tenant,
            &row.party.to_string(),
            self.entropy(),
        );
        let new = new.map_err(|e| AppError::Internal(format!("keys of `{}`: {e}", row.party)))?;
        let new = KeyRow {
            party: row.party,
            epoch: new.epoch.get().into(),
            wrapped: new.bytes,
        };
        Ok(Rewrap {
            old: row.clone(),
            new,
        })
    }
}

/// The epoch that a key row names.
pub(crate) fn epoch_of(row: &KeyRow) -> Result<EpochId, AppError> {
    let epoch = u32::try_from(row.epoch).ok().map(EpochId::new);
    epoch
        .ok_or_else(|| AppError::Internal(format!("the key row of `{}` names no epoch", row.party)))
}

fn refused(error: bonafide_seal::KeyringError) -> AppError {
    AppError::Refused(error.to_string())
}
