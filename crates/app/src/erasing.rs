//! An erasure as the list beside the keyring sees it: noted before it commits, settled after.
//!
//! A crash in between leaves it open. The next start looks whether the party is still there: then it did not happen.

use bonafide_model::PartyId;
use bonafide_store::{ApplyError, Change, StoreError};

use crate::App;
use crate::error::AppError;
use crate::keyring_dir::{Erasure, Step};
use crate::tenant::Tenant;

/// How old an open line must be before a start settles it: another process may be committing it now.
const IN_FLIGHT_MS: i64 = 60_000;
/// Parties read at once when open lines are settled.
const PAGE: usize = 1000;

impl App {
    /// Commits the erasure of a party: noted before, settled after. One whose outcome is not known stays open, and is
    /// settled by the next start.
    pub(crate) async fn commit_erasure(
        &self,
        tenant: &Tenant,
        party: PartyId,
        change: Change,
    ) -> Result<Result<(), ApplyError>, AppError> {
        // Another process may have begun an epoch: a mark of the one before would be forgotten too early.
        self.reload_keyring()?;
        self.note(&tenant.name, party, Step::Begin)?;
        let committed = self.writer().commit(change).await;
        match &committed {
            Ok(()) => self.note(&tenant.name, party, Step::Done)?,
            Err(ApplyError::Store(_)) => {}
            Err(_) => self.note(&tenant.name, party, Step::Undone)?,
        }
        Ok(committed)
    }

    fn note(&self, tenant: &str, party: PartyId, step: Step) -> Result<(), AppError> {
        let line = {
            let keyring = self.keyring();
            let epoch = keyring.current_epoch();
            let mark = keyring.erasure_mark(epoch, tenant, &party.to_string());
            Erasure {
                step,
                epoch,
                mark: hex(&mark.map_err(AppError::internal)?),
                at: self.now(),
            }
        };
        self.keyring_dir().note_erasure(&line)
    }

    /// Empties what the database has not overwritten yet; later, when somebody reads it just now, such as a back-up.
    pub(crate) async fn scrub_soon(&self) -> Result<(), AppError> {
        match self.store().scrub().await {
            Ok(()) => {
                self.set_scrub_due(false);
                Ok(())
            }
            Err(StoreError::Unavailable(why)) => {
                tracing::info!(
                    why,
                    "what was erased is overwritten by the next housekeeping"
                );
                self.set_scrub_due(true);
                Ok(())
            }
            Err(other) => Err(other.into()),
        }
    }

    /// Settles the lines that a crash left open.
    pub(crate) async fn settle_erasures(&self) -> Result<(), AppError> {
        let dir = self.keyring_dir();
        let begun = self.now().plus_millis(-IN_FLIGHT_MS);
        let open: Vec<Erasure> = dir
            .erasures()?
            .into_iter()
            .filter(|e| e.step == Step::Begin && e.at <= begun)
            .collect();
        if open.is_empty() {
            return Ok(());
        }
        let mut there = std::collections::BTreeSet::new();
        for tenant in self.tenants() {
            let mut after = None;
            loop {
                let page = self.store().party_ids(&tenant.name, after, PAGE).await?;
                for line in &open {
                    for party in &page {
                        if self.mark_of(line, &tenant.name, *party)? == line.mark {
                            there.insert(line.mark.clone());
                        }
                    }
                }
                match page.last() {
                    Some(last) if page.len() == PAGE => after = Some(*last),
                    _ => break,
                }
            }
        }
        for line in open {
            let step = match there.contains(&line.mark) {
                true => Step::Undone,
                false => Step::Done,
            };
            dir.note_erasure(&Erasure { step, ..line })?;
        }
        Ok(())
    }

    fn mark_of(&self, line: &Erasure, tenant: &str, party: PartyId) -> Result<String, AppError> {
        let mark = self
            .keyring()
            .erasure_mark(line.epoch, tenant, &party.to_string());
        Ok(hex(&mark.map_err(AppError::internal)?))
    }
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let text = String::with_capacity(bytes.len() * 2);
    bytes.iter().fold(text, |mut text, byte| {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
