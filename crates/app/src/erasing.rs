//! An erasure as the list beside the keyring sees it: noted before it commits, settled after.
//!
//! A crash in between leaves it open. The next start looks whether the party is still there: then it did not happen.

use bonafide_model::{PartyId, RecordId};
use bonafide_seal::{EpochId, Keyring};
use bonafide_store::{ApplyError, Change, StoreError};

use crate::App;
use crate::error::AppError;
use crate::keeping::Gone;
use crate::keyring_dir::{Erasure, Step};
use crate::tenant::Tenant;

/// How old an open line must be before a start settles it: another process may be committing it now.
const IN_FLIGHT_MS: i64 = 60_000;
/// Parties read at once when open lines are settled.
const PAGE: usize = 1000;

impl App {
    /// Commits the erasure of a party, or of items of it: noted before, settled after. One whose outcome is not known stays
    /// open, and is settled by the next start.
    pub(crate) async fn commit_erasure(
        &self,
        tenant: &Tenant,
        party: PartyId,
        items: &Gone,
        change: Change,
    ) -> Result<Result<(), ApplyError>, AppError> {
        // Another process may have begun an epoch: a mark of the one before would be forgotten too early.
        self.reload_keyring()?;
        let line = self.erasure(&tenant.name, party, items)?;
        self.note(&line, Step::Begin)?;
        let committed = self.writer().commit(change).await;
        match &committed {
            Ok(()) => self.note(&line, Step::Done)?,
            Err(ApplyError::Store(_)) => {}
            Err(_) => self.note(&line, Step::Undone)?,
        }
        Ok(committed)
    }

    fn erasure(&self, tenant: &str, party: PartyId, items: &Gone) -> Result<Erasure, AppError> {
        let keyring = self.keyring();
        let epoch = keyring.current_epoch();
        let marks = Marks {
            keyring: &keyring,
            epoch,
            tenant,
        };
        let mut of_items = Vec::new();
        for (record, item) in items {
            of_items.push(marks.item(party, *record, item)?);
        }
        Ok(Erasure {
            step: Step::Begin,
            epoch,
            mark: match items.is_empty() {
                true => marks.whole(party)?,
                false => marks.part(party)?,
            },
            at: self.now(),
            items: of_items,
        })
    }

    fn note(&self, line: &Erasure, step: Step) -> Result<(), AppError> {
        self.keyring_dir().note_erasure(&Erasure {
            step,
            ..line.clone()
        })
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
        let mut undone = vec![false; open.len()];
        for tenant in self.tenants() {
            let mut after = None;
            loop {
                let page = self.store().party_ids(&tenant.name, after, PAGE).await?;
                for (line, undone) in open.iter().zip(&mut undone) {
                    for party in &page {
                        *undone |= self.is_there(line, &tenant, *party).await?;
                    }
                }
                match page.last() {
                    Some(last) if page.len() == PAGE => after = Some(*last),
                    _ => break,
                }
            }
        }
        for (line, undone) in open.into_iter().zip(undone) {
            let step = if undone { Step::Undone } else { Step::Done };
            self.note(&line, step)?;
        }
        Ok(())
    }

    /// Whether what a line says went is still there.
    async fn is_there(
        &self,
        line: &Erasure,
        tenant: &Tenant,
        party: PartyId,
    ) -> Result<bool, AppError> {
        let of_line = |keyring: &Keyring| {
            let marks = Marks {
                keyring,
                epoch: line.epoch,
                tenant: &tenant.name,
            };
            match line.items.is_empty() {
                true => marks.whole(party),
                false => marks.part(party),
            }
        };
        if of_line(&self.keyring())? != line.mark {
            return Ok(false);
        }
        if line.items.is_empty() {
            return Ok(true);
        }
        let kept = self.keeping_of(tenant, party).await?;
        let keyring = self.keyring();
        let marks = Marks {
            keyring: &keyring,
            epoch: line.epoch,
            tenant: &tenant.name,
        };
        for item in &kept.items {
            let mark = marks.item(party, item.record, &item.name)?;
            if line.items.contains(&mark) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The marks by which the list names what was erased.
pub(crate) struct Marks<'a> {
    pub(crate) keyring: &'a Keyring,
    pub(crate) epoch: EpochId,
    pub(crate) tenant: &'a str,
}

impl Marks<'_> {
    /// Of a party that went as a whole.
    pub(crate) fn whole(&self, party: PartyId) -> Result<String, AppError> {
        self.mark(&party.to_string())
    }

    /// Of a party of which something went.
    pub(crate) fn part(&self, party: PartyId) -> Result<String, AppError> {
        self.mark(&format!("{party}/"))
    }

    /// Of an item that went.
    pub(crate) fn item(
        &self,
        party: PartyId,
        record: RecordId,
        item: &str,
    ) -> Result<String, AppError> {
        self.mark(&format!("{party}/{record}/{item}"))
    }

    fn mark(&self, of: &str) -> Result<String, AppError> {
        let mark = self.keyring.erasure_mark(self.epoch, self.tenant, of);
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
