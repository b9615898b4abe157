//! Operations that are rare, run one by one.

use bonafide_ledger::empty_root;

use super::{Trouble, access, case, erase, history, import, keep, screening, webhook, work};
use crate::database::{Transaction, params};
use crate::rows::{ApiKeyRow, HoldRow, ListRow, PackRow, TenantRow};
use crate::{ApplyError, Op};

/// Runs an operation that a batch does not gather.
pub(super) async fn run(tx: &mut dyn Transaction, tenant: &str, op: &Op) -> Result<(), Trouble> {
    match op {
        Op::RemoveTokens { party, attribute } => {
            let sql = "DELETE FROM blind WHERE tenant = $1 AND party_id = $2 AND attribute = $3";
            let params = params![tenant, *party, attribute.as_str()];
            tx.execute(sql.into(), params).await?;
        }
        Op::PutApiKey(row) => put_api_key(tx, tenant, row).await?,
        Op::RevokeApiKey { key_id, at } => {
            let sql = "UPDATE api_key SET revoked_at = $3 WHERE tenant = $1 AND key_id = $2 AND revoked_at IS NULL";
            let changed = tx
                .execute(sql.into(), params![tenant, *key_id, *at])
                .await?;
            must_be_there(changed, || format!("no live API key `{key_id}`"))?;
        }
        Op::ActivatePack(row) => activate_pack(tx, tenant, row).await?,
        Op::DeactivatePack { pack_id } => {
            let sql =
                "UPDATE pack SET active = 0 WHERE tenant = $1 AND pack_id = $2 AND active = 1";
            let changed = tx
                .execute(sql.into(), params![tenant, pack_id.as_str()])
                .await?;
            must_be_there(changed, || format!("no active pack `{pack_id}`"))?;
        }
        Op::ActivateList(row) => activate_list(tx, tenant, row).await?,
        Op::AddListFile {
            digest,
            part,
            bytes,
        } => {
            let sql = "INSERT INTO list_file (tenant, digest, part, bytes) VALUES ($1, $2, $3, $4) \
                       ON CONFLICT (tenant, digest, part) DO NOTHING";
            let params = params![tenant, digest.as_str(), part.as_str(), bytes.clone()];
            tx.execute(sql.into(), params).await?;
        }
        Op::PutSetting { name, text, at } => {
            let sql = "INSERT INTO setting (tenant, name, text, at) VALUES ($1, $2, $3, $4) \
                       ON CONFLICT (tenant, name) DO UPDATE SET text = excluded.text, at = excluded.at";
            let params = params![tenant, name.as_str(), text.as_str(), *at];
            tx.execute(sql.into(), params).await?;
        }
        Op::PutHold(row) => put_hold(tx, tenant, row).await?,
        Op::ReleaseHold { hold, party, at } => {
            let sql = "UPDATE hold SET released_at = $4 \
                       WHERE tenant = $1 AND hold_id = $2 AND party_id = $3 AND released_at IS NULL";
            let changed = tx
                .execute(sql.into(), params![tenant, *hold, *party, *at])
                .await?;
            must_be_there(changed, || {
                format!("no live hold `{hold}` on party `{party}`")
            })?;
        }
        Op::EraseParty { party } => erase::party(tx, tenant, *party).await?,
        Op::PutTenant(row) => put_tenant(tx, tenant, row).await?,
        Op::Work(op) => work::run(tx, tenant, op).await?,
        Op::Access(op) => access::run(tx, tenant, op).await?,
        Op::Keep(op) => keep::run(tx, tenant, op).await?,
        Op::Case(op) => case::run(tx, tenant, op).await?,
        Op::Import(op) => import::run(tx, tenant, op).await?,
        Op::History(op) => history::run(tx, tenant, op).await?,
        Op::Webhook(op) => webhook::run(tx, tenant, op).await?,
        Op::Screening(op) => screening::run(tx, tenant, op).await?,
        Op::PutParty(_)
        | Op::PutAccount(_)
        | Op::LinkParty { .. }
        | Op::AddEntry(_)
        | Op::AddRecord(_)
        | Op::PutKeys(_)
        | Op::AddToken { .. }
        | Op::AddIdempotency(_) => {
            return Err(refused("this operation is gathered, not run".to_owned()));
        }
    }
    Ok(())
}

pub(super) fn refused(why: String) -> Trouble {
    Trouble::Change(ApplyError::Refused(why))
}

pub(super) fn must_be_there(changed: u64, why: impl FnOnce() -> String) -> Result<(), Trouble> {
    if changed == 0 {
        return Err(refused(why()));
    }
    Ok(())
}

async fn put_api_key(
    tx: &mut dyn Transaction,
    tenant: &str,
    row: &ApiKeyRow,
) -> Result<(), Trouble> {
    let sql = "INSERT INTO api_key (tenant, key_id, hash, label, scopes, created_at, revoked_at, role, staff) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let (label, scopes) = (row.label.as_str(), row.scopes.as_str());
    let hash = row.hash.clone();
    let params = params![
        tenant,
        row.key_id,
        hash,
        label,
        scopes,
        row.created_at,
        row.revoked_at,
        row.role.as_str(),
        row.staff.clone()
    ];
    tx.execute(sql.into(), params).await?;
    Ok(())
}

async fn activate_pack(
    tx: &mut dyn Transaction,
    tenant: &str,
    row: &PackRow,
) -> Result<(), Trouble> {
    let sql = "UPDATE pack SET active = 0 WHERE tenant = $1 AND pack_id = $2 AND active = 1";
    tx.execute(sql.into(), params![tenant, row.pack_id.as_str()])
        .await?;
    let sql = "INSERT INTO pack (tenant, pack_id, digest, version, text, elected_by, elected_at, activated_at, active, \
               active_since) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9) ON CONFLICT (tenant, pack_id, digest) DO UPDATE SET \
               elected_by = excluded.elected_by, elected_at = excluded.elected_at, activated_at = excluded.activated_at, \
               active = 1, active_since = excluded.active_since";
    let params = params![
        tenant,
        row.pack_id.as_str(),
        row.digest.as_str(),
        row.version.as_str(),
        row.text.as_str(),
        row.elected_by.clone(),
        row.elected_at,
        row.activated_at,
        row.active_since
    ];
    tx.execute(sql.into(), params).await?;
    Ok(())
}

async fn activate_list(
    tx: &mut dyn Transaction,
    tenant: &str,
    row: &ListRow,
) -> Result<(), Trouble> {
    let sql = "UPDATE list SET active = 0 WHERE tenant = $1 AND name = $2 AND active = 1";
    tx.execute(sql.into(), params![tenant, row.name.as_str()])
        .await?;
    let sql = "INSERT INTO list (tenant, name, digest, published_on, loaded_at, report, active) \
               VALUES ($1, $2, $3, $4, $5, $6, 1) ON CONFLICT (tenant, name, digest) DO UPDATE SET \
               published_on = excluded.published_on, loaded_at = excluded.loaded_at, report = excluded.report, active = 1";
    let params = params![
        tenant,
        row.name.as_str(),
        row.digest.as_str(),
        row.published_on.map(|date| date.to_string()),
        row.loaded_at,
        row.report.as_str()
    ];
    tx.execute(sql.into(), params).await?;
    Ok(())
}

async fn put_hold(tx: &mut dyn Transaction, tenant: &str, row: &HoldRow) -> Result<(), Trouble> {
    let sql = "INSERT INTO hold (tenant, hold_id, party_id, starts_at, expires_at, released_at, envelope) \
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let params = params![
        tenant,
        row.hold,
        row.party,
        row.starts_at,
        row.expires_at,
        row.released_at,
        row.envelope.clone()
    ];
    tx.execute(sql.into(), params).await?;
    Ok(())
}

async fn put_tenant(
    tx: &mut dyn Transaction,
    tenant: &str,
    row: &TenantRow,
) -> Result<(), Trouble> {
    if row.tenant != tenant {
        return Err(refused(format!(
            "a change of tenant `{tenant}` cannot make tenant `{}`",
            row.tenant
        )));
    }
    let sql = "INSERT INTO tenant (tenant, origin, created_at) VALUES ($1, $2, $3)";
    let params = params![tenant, row.origin.as_str(), row.created_at];
    tx.execute(sql.into(), params).await?;
    let sql = "INSERT INTO head (tenant, size, root) VALUES ($1, 0, $2)";
    tx.execute(sql.into(), params![tenant, empty_root()])
        .await?;
    Ok(())
}
