//! The ledger as the service runs it: sequencing, signing, the head kept beside the keyring, proofs.
//!
//! Order of durability: the records are committed; a sequencing transaction gives them their places and moves the head by
//! compare-and-swap; only then is the head signed, kept beside the keyring, and published. Two processes can therefore
//! never sign two heads of one size.

use bonafide_ledger::{
    Checkpoint, Hash, TILE_WIDTH, TileMap, TlogProof, VerifierKey, leaf_hash, parse_entries, proof,
    tree,
};
use bonafide_model::RecordId;
use bonafide_store::{CheckpointRow, Head};

use crate::answers::ProofAnswer;
use crate::error::AppError;
use crate::tenant::Tenant;
use crate::{Action, Actor, App};

/// Records given their places in one transaction. On SQLite everything else that writes waits meanwhile, so that a batch
/// must not last: this many take some 15 ms.
pub(crate) const BATCH_MAX: usize = 512;

impl App {
    /// Gives places to every record that waits, and signs the head; the new head's size, if it moved.
    pub async fn sequence(&self, tenant: &Tenant) -> Result<Option<u64>, AppError> {
        let mut moved = false;
        while let Some(head) = self.store().sequence(&tenant.name, BATCH_MAX).await? {
            moved = true;
            if head.integrated < BATCH_MAX {
                break;
            }
        }
        let Some(head) = self.store().head(&tenant.name).await? else {
            return Ok(None);
        };
        let signed = self.store().latest_checkpoint(&tenant.name).await?;
        if signed.is_some_and(|c| c.size >= head.size) && !moved {
            return Ok(None);
        }
        self.sign(tenant, &head).await?;
        Ok(Some(head.size))
    }

    async fn sign(&self, tenant: &Tenant, head: &Head) -> Result<(), AppError> {
        let checkpoint = Checkpoint {
            origin: tenant.origin.clone(),
            size: head.size,
            root: head.root,
        };
        let note = checkpoint
            .sign(&tenant.log_key)
            .map_err(AppError::internal)?;
        let verifier = [tenant.log_key.verifier().clone()];
        let newer = |kept: &str| opened(kept, &verifier).is_ok_and(|k| k.size > head.size);
        self.keyring_dir().keep_head(&tenant.name, &note, newer)?;
        let row = CheckpointRow {
            size: head.size,
            note,
            at: self.now(),
        };
        Ok(self.store().put_checkpoint(&tenant.name, &row).await?)
    }

    /// The last signed checkpoint, as a C2SP signed note.
    pub async fn checkpoint(&self, actor: &Actor) -> Result<String, AppError> {
        actor.may(Action::ReadLedger)?;
        let row = self.store().latest_checkpoint(&actor.tenant).await?;
        let none = || {
            AppError::Refused("no checkpoint is signed yet: wait a second and ask again".to_owned())
        };
        row.map(|c| c.note).ok_or_else(none)
    }

    /// The key that verifies the ledger's checkpoints, as `name+hash+key`.
    pub fn verifier_key(&self, actor: &Actor) -> Result<String, AppError> {
        actor.may(Action::ReadLedger)?;
        Ok(self.tenant(&actor.tenant)?.log_key.verifier().to_string())
    }

    /// The exact leaf of a record and the proof that it stands in the tree of the last signed checkpoint.
    pub async fn prove(&self, actor: &Actor, record: RecordId) -> Result<ProofAnswer, AppError> {
        actor.may(Action::ReadLedger)?;
        let tenant = self.tenant(&actor.tenant)?;
        let index = self.store().record_position(&tenant.name, record).await?;
        let index = index.ok_or_else(|| AppError::NotFound {
            what: "sequenced record",
            id: record.to_string(),
        })?;
        let (note, checkpoint) = self.signed_head(&tenant).await?;
        let leaf = self.leaf_at(&tenant, index).await?;
        let tiles = self
            .tiles(&tenant, tree::tiles_for_inclusion(index, checkpoint.size))
            .await?;
        let path =
            proof::build_inclusion(&tiles, index, checkpoint.size).map_err(AppError::internal)?;
        proof::verify_inclusion(
            &leaf_hash(&leaf),
            index,
            checkpoint.size,
            &path,
            &checkpoint.root,
        )
        .map_err(AppError::internal)?;
        let proof = TlogProof {
            extra: None,
            index,
            path,
            checkpoint: note,
        };
        Ok(ProofAnswer {
            leaf: String::from_utf8(leaf).map_err(AppError::internal)?,
            tlog_proof: proof.to_text(),
        })
    }

    /// The consistency proof from an earlier size to the last signed checkpoint.
    pub async fn consistency(
        &self,
        actor: &Actor,
        from: u64,
    ) -> Result<(Vec<Hash>, String), AppError> {
        actor.may(Action::ReadLedger)?;
        let tenant = self.tenant(&actor.tenant)?;
        let (note, checkpoint) = self.signed_head(&tenant).await?;
        if from > checkpoint.size {
            let message = format!("{from} is past the last signed size {}", checkpoint.size);
            return Err(AppError::invalid("from", message));
        }
        let tiles = self
            .tiles(&tenant, tree::tiles_for_consistency(from, checkpoint.size))
            .await?;
        let path =
            proof::build_consistency(&tiles, from, checkpoint.size).map_err(AppError::internal)?;
        Ok((path, note))
    }

    async fn signed_head(&self, tenant: &Tenant) -> Result<(String, Checkpoint), AppError> {
        let row = self.store().latest_checkpoint(&tenant.name).await?;
        let row = row.ok_or_else(|| {
            AppError::Refused("no checkpoint is signed yet: wait a second and ask again".to_owned())
        })?;
        let checkpoint = opened(&row.note, &tenant.verifiers)?;
        if checkpoint.origin != tenant.origin {
            return Err(AppError::Refused(
                "no checkpoint is signed yet since the ledger was reopened: wait a second and ask again"
                    .to_owned(),
            ));
        }
        Ok((row.note, checkpoint))
    }

    /// The leaf at a place, read from its bundle.
    pub(crate) async fn leaf_at(&self, tenant: &Tenant, index: u64) -> Result<Vec<u8>, AppError> {
        let (number, offset) = (index / u64::from(TILE_WIDTH), index % u64::from(TILE_WIDTH));
        let bundle = self.store().bundle(&tenant.name, number).await?;
        let bundle =
            bundle.ok_or_else(|| AppError::Internal(format!("bundle {number} is missing")))?;
        let entries = parse_entries(&bundle)
            .map_err(|e| AppError::Internal(format!("bundle {number}: {e}")))?;
        let entry = usize::try_from(offset).ok().and_then(|o| entries.get(o));
        entry
            .map(|e| e.to_vec())
            .ok_or_else(|| AppError::Internal(format!("bundle {number} has no entry {offset}")))
    }

    pub(crate) async fn tiles(
        &self,
        tenant: &Tenant,
        wanted: std::collections::BTreeSet<bonafide_ledger::TileId>,
    ) -> Result<TileMap, AppError> {
        Ok(self.store().tiles(&tenant.name, &wanted).await?)
    }

    /// Compares the store with the head kept beside the keyring: a store that has forgotten what was signed was restored
    /// from a backup, and going on would fork the ledger.
    pub(crate) async fn check_kept_head(&self, tenant: &Tenant) -> Result<(), AppError> {
        let behind = |why: String| {
            AppError::Refused(format!(
                "the ledger of tenant `{}` {why}. The database is of a backup or was rolled back, and going on would fork the ledger: put the newer database in its place, or, if \
                 there is none, acknowledge the loss by `bonafide ledger reopen`",
                tenant.name
            ))
        };
        if tenant.origin != tenant.log_key.verifier().name() {
            return Err(behind(
                "was reopened after this database was backed up".to_owned(),
            ));
        }
        if let Some(restored) = self.store().restored(&tenant.name).await? {
            let why = format!("was restored from back-up `{}`", restored.backup);
            return Err(behind(why));
        }
        let recovered = self.keyring_dir().recovered(&tenant.name)?;
        if recovered.is_some_and(|r| r.origin == tenant.origin) {
            let why = "may have gone on after the escrow copy that the keyring came out of";
            return Err(behind(why.to_owned()));
        }
        let Some(kept) = self.keyring_dir().head(&tenant.name)? else {
            return Ok(());
        };
        let kept = opened(&kept, &tenant.verifiers)?;
        if kept.origin != tenant.origin {
            // It was reopened, and nothing was signed since; the keyring calls the old one ended.
            return Ok(());
        }
        let head = self.store().head(&tenant.name).await?;
        let size = head.as_ref().map_or(0, |h| h.size);
        if size < kept.size {
            return Err(behind(format!(
                "has {size} records, but a head of {} was signed",
                kept.size
            )));
        }
        let tiles = self.tiles(tenant, tree::tiles_for_root(kept.size)).await?;
        match tree::root(&tiles, kept.size) {
            Ok(root) if root == kept.root => Ok(()),
            _ => Err(behind(format!(
                "has another root at size {} than the one that was signed",
                kept.size
            ))),
        }
    }

    /// Checks the right edge of the tree: the stored head against the tiles, and the last bundle against the last tile.
    pub(crate) async fn check_tail(&self, tenant: &Tenant) -> Result<(), AppError> {
        let Some(head) = self
            .store()
            .head(&tenant.name)
            .await?
            .filter(|h| h.size > 0)
        else {
            return Ok(());
        };
        let wrong = |what: String| {
            AppError::Refused(format!(
                "the ledger of tenant `{}` is damaged: {what}. Run `bonafide ledger verify`",
                tenant.name
            ))
        };
        let tiles = self.tiles(tenant, tree::tiles_for_root(head.size)).await?;
        let root = tree::root(&tiles, head.size).map_err(|e| wrong(e.to_string()))?;
        if root != head.root {
            return Err(wrong(format!(
                "the tiles do not give the root of size {}",
                head.size
            )));
        }
        let last = head.size - 1;
        let leaf = self
            .leaf_at(tenant, last)
            .await
            .map_err(|e| wrong(e.detail().unwrap_or_default().to_owned()))?;
        let tiles = self
            .tiles(tenant, tree::tiles_for_inclusion(last, head.size))
            .await?;
        let path =
            proof::build_inclusion(&tiles, last, head.size).map_err(|e| wrong(e.to_string()))?;
        proof::verify_inclusion(&leaf_hash(&leaf), last, head.size, &path, &root)
            .map_err(|_| wrong(format!("entry {last} is not the one in the tree")))
    }
}

/// Opens a checkpoint that one of a tenant's ledgers signed.
pub(crate) fn opened(note: &str, verifiers: &[VerifierKey]) -> Result<Checkpoint, AppError> {
    let opened = Checkpoint::open(note.as_bytes(), verifiers);
    let opened =
        opened.map_err(|e| AppError::Refused(format!("the kept checkpoint is damaged: {e}")))?;
    Ok(opened.checkpoint)
}
