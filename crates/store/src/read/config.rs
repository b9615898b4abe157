//! Look-ups of what the provider set up: tenants, API keys, packs, lists, settings.

use bonafide_model::ApiKeyId;

use crate::database::params;
use crate::row::{Reader, Row};
use crate::rows::{ApiKeyRow, ListRow, PackRow, TenantRow};
use crate::{Store, StoreError};

const API_KEY: &str = "key_id, hash, label, role, staff, scopes, created_at, revoked_at";

fn api_key_row(row: &mut Reader) -> Result<ApiKeyRow, StoreError> {
    Ok(ApiKeyRow {
        key_id: row.id("key_id")?,
        hash: row.blob("hash")?,
        label: row.text("label")?,
        role: row.text("role")?,
        staff: row.opt_text("staff")?,
        scopes: row.text("scopes")?,
        created_at: row.time("created_at")?,
        revoked_at: row.opt_time("revoked_at")?,
    })
}

fn tenant_row(row: Row) -> Result<TenantRow, StoreError> {
    let mut row = Reader::new("tenant", row);
    Ok(TenantRow {
        tenant: row.text("tenant")?,
        origin: row.text("origin")?,
        created_at: row.time("created_at")?,
    })
}

fn pack_row(row: Row) -> Result<PackRow, StoreError> {
    let mut row = Reader::new("pack", row);
    Ok(PackRow {
        pack_id: row.text("pack_id")?,
        digest: row.text("digest")?,
        version: row.text("version")?,
        text: row.text("text")?,
        elected_by: row.opt_text("elected_by")?,
        elected_at: row.opt_time("elected_at")?,
        activated_at: row.time("activated_at")?,
        active_since: row.opt_time("active_since")?,
    })
}

fn list_row(row: Row) -> Result<ListRow, StoreError> {
    let mut row = Reader::new("list", row);
    Ok(ListRow {
        name: row.text("name")?,
        digest: row.text("digest")?,
        published_on: row.opt_date("published_on")?,
        loaded_at: row.time("loaded_at")?,
        report: row.text("report")?,
    })
}

impl Store {
    /// Every tenant, by name.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn tenants(&self) -> Result<Vec<TenantRow>, StoreError> {
        let sql = "SELECT tenant, origin, created_at FROM tenant ORDER BY tenant";
        let rows = self.rows(sql, Vec::new()).await?;
        rows.into_iter().map(tenant_row).collect()
    }

    /// An API key of a tenant.
    ///
    /// # Errors
    /// If the database fails or the row is damaged.
    pub async fn api_key(
        &self,
        tenant: &str,
        id: ApiKeyId,
    ) -> Result<Option<ApiKeyRow>, StoreError> {
        let sql = format!("SELECT {API_KEY} FROM api_key WHERE tenant = $1 AND key_id = $2");
        let rows = self.rows(sql, params![tenant, id]).await?;
        let read = |row| api_key_row(&mut Reader::new("api_key", row));
        rows.into_iter().next().map(read).transpose()
    }

    /// An API key by its id alone, and the tenant it belongs to, from the database.
    pub(crate) async fn read_api_key(
        &self,
        id: ApiKeyId,
    ) -> Result<Option<(String, ApiKeyRow)>, StoreError> {
        let sql = format!("SELECT {API_KEY}, tenant FROM api_key WHERE key_id = $1 LIMIT 2");
        let rows = self.rows(sql, params![id]).await?;
        let several = rows.len() > 1;
        let Some(row) = rows.into_iter().next() else {
            return Ok(None);
        };
        let mut row = Reader::new("api_key", row);
        if several {
            return Err(row.corrupt("key_id", "two tenants have a key of this id"));
        }
        let key = api_key_row(&mut row)?;
        Ok(Some((row.text("tenant")?, key)))
    }

    /// The API keys of a tenant, revoked ones too.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn api_keys(&self, tenant: &str) -> Result<Vec<ApiKeyRow>, StoreError> {
        let sql = format!("SELECT {API_KEY} FROM api_key WHERE tenant = $1 ORDER BY key_id");
        let rows = self.rows(sql, params![tenant]).await?;
        let read = |row| api_key_row(&mut Reader::new("api_key", row));
        rows.into_iter().map(read).collect()
    }

    /// The active version of every policy pack that has one.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn active_packs(&self, tenant: &str) -> Result<Vec<PackRow>, StoreError> {
        let sql = "SELECT pack_id, digest, version, text, elected_by, elected_at, activated_at, active_since FROM pack \
                   WHERE tenant = $1 AND active = 1 ORDER BY pack_id";
        let rows = self.rows(sql, params![tenant]).await?;
        rows.into_iter().map(pack_row).collect()
    }

    /// A version of a policy pack, active or not, by the digest of its text.
    ///
    /// # Errors
    /// If the database fails or the row is damaged.
    pub async fn pack_version(
        &self,
        tenant: &str,
        digest: &str,
    ) -> Result<Option<PackRow>, StoreError> {
        let sql = "SELECT pack_id, digest, version, text, elected_by, elected_at, activated_at, active_since FROM pack \
                   WHERE tenant = $1 AND digest = $2 ORDER BY pack_id LIMIT 1";
        let rows = self.rows(sql, params![tenant, digest]).await?;
        rows.into_iter().next().map(pack_row).transpose()
    }

    /// The digests of the texts stored of one version of a pack, active or not.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn pack_digests(
        &self,
        tenant: &str,
        pack_id: &str,
        version: &str,
    ) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT digest FROM pack WHERE tenant = $1 AND pack_id = $2 AND version = $3 ORDER BY digest";
        let rows = self.rows(sql, params![tenant, pack_id, version]).await?;
        let read = |row| Reader::new("pack", row).text("digest");
        rows.into_iter().map(read).collect()
    }

    /// The active version of every list.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn active_lists(&self, tenant: &str) -> Result<Vec<ListRow>, StoreError> {
        let sql = "SELECT name, digest, published_on, loaded_at, report FROM list \
                   WHERE tenant = $1 AND active = 1 ORDER BY name";
        let rows = self.rows(sql, params![tenant]).await?;
        rows.into_iter().map(list_row).collect()
    }

    /// Every version of a list that was ever loaded, the last loaded first.
    ///
    /// # Errors
    /// If the database fails or a row is damaged.
    pub async fn list_versions(
        &self,
        tenant: &str,
        name: &str,
    ) -> Result<Vec<ListRow>, StoreError> {
        let sql = "SELECT name, digest, published_on, loaded_at, report FROM list \
                   WHERE tenant = $1 AND name = $2 ORDER BY loaded_at DESC, digest";
        let rows = self.rows(sql, params![tenant, name]).await?;
        rows.into_iter().map(list_row).collect()
    }

    /// One file of a version of a list.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_file(
        &self,
        tenant: &str,
        digest: &str,
        part: &str,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let sql =
            "SELECT part, bytes FROM list_file WHERE tenant = $1 AND digest = $2 AND part = $3";
        let rows = self.rows(sql, params![tenant, digest, part]).await?;
        let file = rows.into_iter().next().map(list_file).transpose()?;
        Ok(file.map(|(_, bytes)| bytes))
    }

    /// Every file of a version of a list, by part.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list_files(
        &self,
        tenant: &str,
        digest: &str,
    ) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let sql =
            "SELECT part, bytes FROM list_file WHERE tenant = $1 AND digest = $2 ORDER BY part";
        let rows = self.rows(sql, params![tenant, digest]).await?;
        rows.into_iter().map(list_file).collect()
    }

    /// The text of a setting.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn setting(&self, tenant: &str, name: &str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT text FROM setting WHERE tenant = $1 AND name = $2";
        let rows = self.rows(sql, params![tenant, name]).await?;
        let read = |row| Reader::new("setting", row).text("text");
        rows.into_iter().next().map(read).transpose()
    }
}

fn list_file(row: Row) -> Result<(String, Vec<u8>), StoreError> {
    let mut row = Reader::new("list_file", row);
    Ok((row.text("part")?, row.blob("bytes")?))
}
