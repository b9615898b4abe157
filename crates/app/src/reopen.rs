//! Going on with the ledger after a restore, as an acknowledged incarnation.
//!
//! A database that forgot signed heads is refused at the start. Reopening is the one way on: the ledger gets another origin
//! and another key; its first entries are those that are left; its first own record holds the digest of a statement, signed
//! by both keys, that names the last head known to have been signed and what is left. The key that signed the old ledger is
//! destroyed then, so that nobody can sign another head of it.
//!
//! Order of durability: the new origin and key are prepared in the keyring; the store ends the old ledger and begins the
//! new one in one transaction; the keyring drops the old key; the new head is signed. A crash in between is finished by the
//! next start, which finds the new origin in the store.
//!
//! Refuses: a ledger that may go on as it is, and one whose stored edge is damaged.

use std::collections::BTreeMap;

use bonafide_ledger::{Blob, Checkpoint, Hash, Kind, Leaf, LogKey, Reopening, empty_root, sha256};
use bonafide_model::Timestamp;
use bonafide_store::{
    ApplyError, CutAgain, ErasedRow, Head, IncarnationRow, KeepOp, Op, RecordRow, Reopen, Subject,
};

use crate::erase::erasure_records;
use crate::error::AppError;
use crate::keeping::Named;
use crate::ledger::opened;
use crate::recorder::Recorder;
use crate::tenant::Tenant;
use crate::{Action, Actor, App};

/// On what ground somebody is erased who was erased before the back-up was restored.
const AGAIN: &str = "erased before, and again after a restore";

/// What a reopening did.
#[derive(Debug, Clone)]
pub struct Reopened {
    /// What was stated.
    pub statement: Reopening,
    /// The statement as it was signed.
    pub note: String,
    /// Parties that were erased again when the back-up was restored.
    pub erased_again: u64,
}

impl App {
    /// Ends the ledger that lost records and begins the one that goes on. `trusted` is a checkpoint of the old ledger that
    /// somebody kept elsewhere, if it is newer than those at hand. Open the application for audit: the start refuses it.
    pub async fn reopen_ledger(
        &self,
        actor: &Actor,
        reason: &str,
        trusted: Option<&str>,
    ) -> Result<Reopened, AppError> {
        actor.may(Action::RestoreBackup)?;
        let tenant = self.tenant(&actor.tenant)?;
        if self.check_kept_head(&tenant).await.is_ok() {
            return Err(AppError::Refused(format!(
                "the ledger of tenant `{}` lost nothing and goes on as it is: there is nothing to reopen",
                tenant.name
            )));
        }
        self.check_tail(&tenant).await?;
        let restored = self.store().restored(&tenant.name).await?;
        let erased_again = restored.map_or(0, |r| r.erased_again);
        let now = self.now();
        let old = tenant.log_key.verifier().clone();
        let origin = self.prepare(&tenant)?;
        let (new_key, head) = (self.next_key(&tenant, &origin)?, self.kept(&tenant).await?);
        let statement = Reopening {
            old: old.name().to_owned(),
            new: origin.clone(),
            new_key: new_key.verifier().clone(),
            trusted: self.trusted(&tenant, trusted).await?,
            kept: (head.size, head.root),
            carried: self.store().waiting_count(&tenant.name).await?,
            at: now,
            actor: actor.name.clone(),
            reason: reason.trim().to_owned(),
        };
        let note = statement.sign(&tenant.log_key, &new_key);
        let note = note.map_err(|e| AppError::invalid("reason", e.to_string()))?;
        let row = self.first_record(&statement, &note, actor, now)?;
        let ended = IncarnationRow {
            number: u64::try_from(tenant.former.len() + 1).map_err(AppError::internal)?,
            origin: tenant.origin.clone(),
            verifier: verifier_of(&tenant, &tenant.origin)?,
            size: head.size,
            carried: statement.carried,
            record: row.record,
            statement: note.clone(),
            at: now,
        };
        let record = Reopen {
            head,
            ended,
            origin: origin.clone(),
            record: row,
        };
        self.store().reopen(&tenant.name, &record).await?;
        self.finish_reopening(&tenant.name, &origin)?;
        let tenant = self.load_tenant(&tenant.name).await?;
        if let Some(recovered) = self.keyring_dir().recovered(&tenant.name)? {
            let row = recovered.row();
            self.record_restoration(&tenant, row).await?;
        }
        self.keyring_dir().clear_recovered(&tenant.name)?;
        self.record_erased_again(&tenant, actor).await?;
        self.record_restorations(&tenant).await?;
        self.sequence(&tenant).await?;
        self.refresh_escrow()?;
        Ok(Reopened {
            statement,
            note,
            erased_again,
        })
    }

    /// The ledgers of a tenant that ended, oldest first.
    pub fn former_ledgers(&self, actor: &Actor) -> Result<Vec<IncarnationRow>, AppError> {
        actor.may(Action::ReadLedger)?;
        Ok(self.tenant(&actor.tenant)?.former.clone())
    }

    /// Puts the origin and key that a reopening prepared in the place of the old ones, once the store has the new origin.
    pub(crate) fn finish_reopening(&self, name: &str, stored: &str) -> Result<(), AppError> {
        let old = {
            let keyring = self.keyring();
            let keys = keyring.tenant(name);
            let prepared = keys
                .and_then(|k| k.next())
                .is_some_and(|(o, _)| o == stored);
            match keys.filter(|_| prepared) {
                None => return Ok(()),
                Some(keys) => LogKey::from_seed(keys.origin(), keys.signing_seed().expose())
                    .map_err(AppError::internal)?
                    .verifier()
                    .to_string(),
            }
        };
        let (keyring, ()) = self.keyring_dir().update(None, |k| {
            k.reopen(name, &old)
                .map_err(|e| AppError::Refused(e.to_string()))
        })?;
        self.set_keyring(keyring);
        Ok(())
    }

    /// Prepares the next origin: that of the first ledger, its number, and chance, since a keyring that came out of an old
    /// copy may have forgotten one.
    fn prepare(&self, tenant: &Tenant) -> Result<String, AppError> {
        let first = tenant.former.first().map_or(&tenant.origin, |f| &f.origin);
        let mut random = [0_u8; 4];
        self.entropy().fill(&mut random);
        let chance = u32::from_be_bytes(random);
        let origin = format!("{first}/{}-{chance:08x}", tenant.former.len() + 2);
        let (keyring, origin) = self.keyring_dir().update(None, |keyring| {
            let keys = keyring
                .prepare_reopening(&tenant.name, &origin, self.entropy())
                .map_err(|e| AppError::Refused(e.to_string()))?;
            Ok(keys.next().map(|(origin, _)| origin.to_owned()))
        })?;
        self.set_keyring(keyring);
        origin.ok_or_else(|| AppError::internal("no next origin was prepared"))
    }

    fn next_key(&self, tenant: &Tenant, origin: &str) -> Result<LogKey, AppError> {
        let keyring = self.keyring();
        let next = keyring.tenant(&tenant.name).and_then(|k| k.next());
        let (_, seed) = next.ok_or_else(|| AppError::internal("no next key was prepared"))?;
        LogKey::from_seed(origin, seed.expose()).map_err(AppError::internal)
    }

    async fn kept(&self, tenant: &Tenant) -> Result<Head, AppError> {
        let head = self.store().head(&tenant.name).await?;
        head.ok_or_else(|| AppError::internal("the tenant has no head"))
    }

    /// The greatest head of the ledger that ends which is known to have been signed.
    async fn trusted(&self, tenant: &Tenant, given: Option<&str>) -> Result<(u64, Hash), AppError> {
        let old = tenant.log_key.verifier().name().to_owned();
        let stored = self.store().latest_checkpoint(&tenant.name).await?;
        let mut known: Vec<Checkpoint> = Vec::new();
        for note in [
            self.keyring_dir().head(&tenant.name)?,
            stored.map(|c| c.note),
        ] {
            known.extend(note.map(|n| opened(&n, &tenant.verifiers)).transpose()?);
        }
        if let Some(given) = given {
            let given = opened(given, &tenant.verifiers)?;
            if given.origin != old {
                return Err(AppError::invalid(
                    "trusted",
                    format!("the checkpoint is of `{}` and not of `{old}`", given.origin),
                ));
            }
            known.push(given);
        }
        let of_old = known.into_iter().filter(|c| c.origin == old);
        let greatest = of_old.max_by_key(|c| c.size);
        Ok(greatest.map_or((0, empty_root()), |c| (c.size, c.root)))
    }

    fn first_record(
        &self,
        statement: &Reopening,
        note: &str,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<RecordRow, AppError> {
        let leaf = Leaf {
            ledger: statement.new.clone(),
            kind: Kind::LedgerReopened,
            at: now,
            actor: actor.name.clone(),
            policy: Vec::new(),
            refs: Vec::new(),
            commitments: Vec::new(),
            blob: Some(Blob {
                hash: sha256(note.as_bytes()),
                length: u64::try_from(note.len()).map_err(AppError::internal)?,
            }),
        };
        Ok(RecordRow {
            record: self.next_record(now),
            leaf: leaf.encode().map_err(AppError::internal)?,
        })
    }

    /// Records the erasures that a restoration applied again. A crash on the way is finished by the next start.
    pub(crate) async fn record_erased_again(
        &self,
        tenant: &Tenant,
        actor: &Actor,
    ) -> Result<(), AppError> {
        for (again, leaves) in self.store().erased_again(&tenant.name).await? {
            let digests = tenant.engine().digests.clone();
            let mut recorder = Recorder::new(self, tenant, actor, digests, self.now());
            let record = erasure_records(&mut recorder, &leaves, AGAIN)?;
            recorder.push(Op::Keep(KeepOp::BuryAgain(ErasedRow {
                party: again.party,
                erased_at: again.at,
                ground: AGAIN.to_owned(),
                record,
            })));
            match self.writer().commit(recorder.finish()).await {
                // Another process was faster.
                Ok(()) | Err(ApplyError::Duplicate { .. }) => {}
                Err(other) => return Err(other.into()),
            }
        }
        let cut = self.store().cut_again(&tenant.name).await?;
        for items in cut.chunk_by(|a, b| a.party == b.party) {
            self.record_cut_again(tenant, actor, items).await?;
        }
        Ok(())
    }

    /// Records which items of one party were erased again.
    async fn record_cut_again(
        &self,
        tenant: &Tenant,
        actor: &Actor,
        items: &[CutAgain],
    ) -> Result<(), AppError> {
        let Some(party) = items.first().map(|item| item.party) else {
            return Ok(());
        };
        // Whoever was erased since takes the list of it along.
        let Some(row) = self.store().party(&tenant.name, party).await? else {
            return Ok(());
        };
        let digests = tenant.engine().digests.clone();
        let mut recorder = Recorder::new(self, tenant, actor, digests, self.now());
        recorder.expect(Subject::Party(party), row.version);
        let grounds: BTreeMap<String, String> = items
            .iter()
            .map(|item| (item.class.clone(), AGAIN.to_owned()))
            .collect();
        let named = items.iter().map(|item| Named {
            record: item.record,
            item: &item.item,
            class: &item.class,
        });
        let named = named.collect();
        self.name_gone(
            &mut recorder,
            tenant,
            party,
            (Kind::Erasure, &grounds),
            named,
        )
        .await?;
        recorder.push(Op::Keep(KeepOp::CutRecorded { party }));
        match self.writer().commit(recorder.finish()).await {
            // Another process was faster.
            Ok(()) | Err(ApplyError::Duplicate { .. } | ApplyError::Conflict { .. }) => Ok(()),
            Err(other) => Err(other.into()),
        }
    }
}

fn verifier_of(tenant: &Tenant, origin: &str) -> Result<String, AppError> {
    let key = tenant.verifiers.iter().find(|key| key.name() == origin);
    key.map(ToString::to_string).ok_or_else(|| {
        AppError::Refused(format!("the keyring knows no key of ledger `{origin}`: it is not the one this database was made with"))
    })
}
