//! Rotation of the epoch keys that wrap every subject's keys.
//!
//! A new epoch begins, every live row is wrapped forward in small transactions, and only when no row depends on the old
//! epochs any more are they destroyed. From then on a copy of the database from before an erasure opens nothing of the
//! erased, whatever keys of today one has. A crash on the way leaves old epochs alive and is finished by the next run.

use bonafide_ledger::Kind;
use bonafide_seal::{EpochId, EpochState, WrappedKeys};
use bonafide_store::{KeyRow, Rewrap};

use crate::error::AppError;
use crate::recorder::Recorder;
use crate::{Action, Actor, App};

/// Rows wrapped forward in one transaction.
const ROWS_PER_STEP: usize = 500;
/// How long an epoch lasts unless the operator says otherwise: a week, so that a daily backup is good for a week or two.
pub(crate) const EPOCH_MS: i64 = 7 * bonafide_model::DAY_MS;

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
            .is_some_and(|e| e.from.plus_millis(EPOCH_MS) <= now);
        if let Some(tenant) = self.tenants().first() {
            let actor = Actor::worker(&tenant.name);
            if over {
                self.rotate_keys(&actor).await?;
            } else if epochs.len() > 1 {
                self.finish_rotation(&actor).await?;
            }
        }
        for tenant in self.tenants() {
            self.refresh_if_changed(&tenant).await?;
        }
        Ok(())
    }

    /// Begins a new epoch, wraps every subject's keys under it, destroys the epochs before it.
    pub async fn rotate_keys(&self, actor: &Actor) -> Result<Rotated, AppError> {
        actor.may(Action::RotateKeys)?;
        let now = self.now();
        let (keyring, _) = self.keyring_dir().update(None, |k| {
            k.begin_epoch(now, self.entropy()).map_err(refused)
        })?;
        self.set_keyring(keyring);
        self.finish_rotation(actor).await
    }

    /// Wraps rows of older epochs forward and destroys those epochs; does nothing when there are none.
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
        let old: Vec<EpochId> = self
            .keyring()
            .epochs()
            .filter(|e| matches!(e.state, EpochState::Previous))
            .map(|e| e.id)
            .collect();
        let (keyring, ()) = self.keyring_dir().update(None, |keyring| {
            old.iter()
                .try_for_each(|id| keyring.destroy_epoch(*id, now))
                .map_err(refused)
        })?;
        self.set_keyring(keyring);
        if !old.is_empty() {
            for tenant in self.tenants() {
                let mut recorder = Recorder::new(self, &tenant, actor, Vec::new(), now);
                recorder.event(
                    Kind::KeysRotated,
                    Vec::new(),
                    &[("epoch", &current.get().to_string())],
                )?;
                self.writer().commit(recorder.finish()).await?;
            }
            self.store().scrub().await?;
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
