//! The audit of the stored ledger, and its export as plain files that other people's tools read.

use std::fs;
use std::path::Path;

use bonafide_ledger::audit::{Audit, Finding, Former, IndexRow, Report, Stored};
use bonafide_ledger::{
    BundleId, Kind, Leaf, Reopening, TILE_WIDTH, TileId, encode_bundle, parse_entries, sha256, tree,
};
use bonafide_store::IncarnationRow;

use crate::error::AppError;
use crate::ledger::opened;
use crate::tenant::Tenant;
use crate::{Action, Actor, App};

impl App {
    /// Computes the whole ledger again from its entries and names everything that is wrong; tells `progress` how many of
    /// how many entries were read.
    pub async fn verify_ledger(
        &self,
        actor: &Actor,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<Report, AppError> {
        actor.may(Action::VerifyLedger)?;
        let tenant = &*self.tenant(&actor.tenant)?;
        let mut misfiled = self.check_reopenings(tenant).await?;
        // The head is kept beside the keyring after it was stored: what is read here is in what is looked at below, however
        // the service goes on meanwhile.
        let kept = self.keyring_dir().head(&tenant.name)?;
        let Some((head, mut view)) = self.store().ledger_view(&tenant.name).await? else {
            return Err(AppError::Refused(
                "the ledger has no head yet: nothing was sequenced".to_owned(),
            ));
        };
        let former = tenant.former.iter().map(|f| Former {
            origin: f.origin.clone(),
            size: f.size,
            carried: f.carried,
        });
        let mut audit = Audit::whole(&tenant.origin, head.size).after(former.collect());
        let keys = tenant.verifiers.clone();
        for checkpoint in view.checkpoints().await? {
            let signed = opened(&checkpoint.note, &keys);
            if signed.is_ok_and(|signed| signed.size != checkpoint.size) {
                misfiled.push(Finding::Checkpoint {
                    label: format!("checkpoint of size {}", checkpoint.size),
                    why: "its row names another size than the note signs".to_owned(),
                });
            }
            audit.keep(
                &format!("checkpoint of size {}", checkpoint.size),
                checkpoint.note.as_bytes(),
                &keys,
            );
        }
        // A head of a ledger that ended is what its reopening stated, until the next one is signed.
        let kept = kept.filter(|note| {
            opened(note, &keys).map_or(true, |kept| kept.origin == tenant.origin)
                || tenant.former.is_empty()
        });
        if let Some(kept) = kept {
            audit.keep("head kept beside the keyring", kept.as_bytes(), &keys);
        }
        while let Some(needs) = audit.needs() {
            let wanted = needs.tiles.iter().copied().collect();
            let rows = view.index_rows(needs.rows.clone()).await?;
            let stored = Stored {
                bundle: view.bundle(needs.bundle.index).await?,
                rows: rows
                    .into_iter()
                    .map(|r| IndexRow {
                        index: r.index,
                        leaf_hash: r.leaf_hash,
                        kind: r.kind,
                        at_ms: r.at.as_millis(),
                    })
                    .collect(),
                tiles: view.tiles(&wanted).await?,
            };
            let read = needs.rows.end;
            audit.check(&needs, &stored);
            progress(read, head.size);
        }
        let rows = view.index_row_count().await?;
        view.end().await?;
        let mut report = audit.finish(head.root, Some(rows));
        report.findings.extend(misfiled);
        Ok(report)
    }

    /// Whether each reopening is stated by both keys and stands in the tree where it says.
    async fn check_reopenings(&self, tenant: &Tenant) -> Result<Vec<Finding>, AppError> {
        let mut findings = Vec::new();
        let mut nexts: Vec<&str> = tenant.former.iter().skip(1).map(|f| &*f.origin).collect();
        nexts.push(&tenant.origin);
        for (former, next) in tenant.former.iter().zip(nexts) {
            if let Err(why) = self.check_reopening(tenant, former, next).await? {
                let index = former.size;
                findings.push(Finding::Reopening { index, why });
            }
        }
        Ok(findings)
    }

    async fn check_reopening(
        &self,
        tenant: &Tenant,
        former: &IncarnationRow,
        next: &str,
    ) -> Result<Result<(), String>, AppError> {
        let stated = tenant
            .verifiers
            .iter()
            .find_map(|key| Reopening::open(former.statement.as_bytes(), key).ok());
        let Some(stated) = stated else {
            return Ok(Err(
                "its statement is not signed by the keys of both ledgers".to_owned(),
            ));
        };
        if (stated.kept.0, stated.carried, &*stated.new) != (former.size, former.carried, next) {
            return Ok(Err(
                "its statement states something else than is stored".to_owned()
            ));
        }
        let tiles = self
            .tiles(tenant, tree::tiles_for_root(former.size))
            .await?;
        if !tree::root(&tiles, former.size).is_ok_and(|root| root == stated.kept.1) {
            return Ok(Err(format!(
                "the first {} entries are not those that were left",
                former.size
            )));
        }
        let leaf = match self.leaf_at(tenant, former.size).await {
            Ok(bytes) => Leaf::parse(&bytes).map_err(|e| e.to_string()),
            Err(error) => Err(error.detail().unwrap_or_default().to_owned()),
        };
        let digest = sha256(former.statement.as_bytes());
        Ok(leaf.and_then(|leaf| {
            let stands = leaf.kind == Kind::LedgerReopened
                && leaf.ledger == next
                && leaf.blob.is_some_and(|blob| blob.hash == digest);
            stands.then_some(()).ok_or_else(|| {
                "the entry there does not hold the digest of its statement".to_owned()
            })
        }))
    }

    /// Writes the ledger in the layout of C2SP tlog-tiles: `checkpoint`, `tile/…`, `tile/entries/…`.
    pub async fn export_ledger(&self, actor: &Actor, into: &Path) -> Result<u64, AppError> {
        actor.may(Action::ExportLedger)?;
        let tenant = &*self.tenant(&actor.tenant)?;
        let row = self.store().latest_checkpoint(&tenant.name).await?;
        let row = row.ok_or_else(|| AppError::Refused("no checkpoint is signed yet".to_owned()))?;
        for level in 0..=7_u8 {
            let count = (row.size >> (8 * u32::from(level))).div_ceil(u64::from(TILE_WIDTH));
            for index in 0..count {
                let Some(id) = TileId::in_tree(level, index, row.size) else {
                    continue;
                };
                let tiles = self.tiles(tenant, std::iter::once(id).collect()).await?;
                let length = usize::from(id.width) * 32;
                let bytes = tiles.values().next().and_then(|b| b.get(..length));
                let bytes =
                    bytes.ok_or_else(|| AppError::Internal(format!("tile `{id}` is missing")))?;
                write(&into.join(id.to_string()), bytes)?;
            }
        }
        for index in 0..row.size.div_ceil(u64::from(TILE_WIDTH)) {
            let left = row.size - index * u64::from(TILE_WIDTH);
            let width =
                u16::try_from(left.min(u64::from(TILE_WIDTH))).map_err(AppError::internal)?;
            let id = BundleId { index, width };
            let bundle = self.store().bundle(&tenant.name, index).await?;
            let bundle =
                bundle.ok_or_else(|| AppError::Internal(format!("bundle `{id}` is missing")))?;
            let damaged =
                |e: &dyn std::fmt::Display| AppError::Internal(format!("bundle `{id}`: {e}"));
            let entries = parse_entries(&bundle).map_err(|e| damaged(&e))?;
            let entries: Vec<&[u8]> = entries.into_iter().take(usize::from(width)).collect();
            write(
                &into.join(id.to_string()),
                &encode_bundle(&entries).map_err(|e| damaged(&e))?,
            )?;
        }
        for former in &tenant.former {
            let name = format!("reopened/{}.note", former.number);
            write(&into.join(name), former.statement.as_bytes())?;
        }
        write(&into.join("checkpoint"), row.note.as_bytes())?;
        Ok(row.size)
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), AppError> {
    let made = path.parent().map_or(Ok(()), fs::create_dir_all);
    made.and_then(|()| fs::write(path, bytes))
        .map_err(|e| AppError::Refused(format!("could not write {}: {e}", path.display())))
}
