//! Who may be asked for, read where no application is open: staff, grants and access policies as they stand in a database.

use super::tables::Table;
use crate::StoreError;
use crate::database::{Transaction, params};
use crate::read::{GRANT, STAFF, grant_row, staff_row};
use crate::row::Reader;
use crate::rows::{GrantRow, StaffRow};

/// The staff of a tenant and what says what they may do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StaffFile {
    /// Whether anybody is on the staff of any tenant.
    pub anybody: bool,
    /// Members.
    pub staff: Vec<StaffRow>,
    /// What they were granted.
    pub grants: Vec<GrantRow>,
    /// The settings, by name.
    pub settings: Vec<(String, String)>,
}

impl StaffFile {
    /// A setting by name.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&str> {
        let found = self.settings.iter().find(|(n, _)| n == name);
        found.map(|(_, text)| text.as_str())
    }
}

/// The tables that it is read from, which come first when a place is filled.
pub(super) const TABLES: [&str; 3] = ["staff", "staff_grant", "setting"];

/// Reads it; a schema of before there was staff has none.
pub(super) async fn staff_file(
    tx: &mut dyn Transaction,
    tables: &[Table],
    tenant: &str,
) -> Result<StaffFile, StoreError> {
    if !TABLES.iter().all(|n| tables.iter().any(|t| t.name == *n)) {
        return Ok(StaffFile::default());
    }
    let sql = format!("SELECT {STAFF} FROM staff WHERE tenant = $1 ORDER BY handle");
    let staff = tx.fetch(sql.into(), params![tenant]).await?;
    let sql = format!("SELECT {GRANT} FROM staff_grant WHERE tenant = $1 ORDER BY handle, role");
    let grants = tx.fetch(sql.into(), params![tenant]).await?;
    let sql = "SELECT name, text FROM setting WHERE tenant = $1 ORDER BY name";
    let settings = tx.fetch(sql.into(), params![tenant]).await?;
    let anybody = tx.fetch("SELECT handle FROM staff LIMIT 1".into(), Vec::new());
    let anybody = !anybody.await?.is_empty();
    let setting = |row| {
        let mut row = Reader::new("setting", row);
        Ok((row.text("name")?, row.text("text")?))
    };
    Ok(StaffFile {
        anybody,
        staff: staff.into_iter().map(staff_row).collect::<Result<_, _>>()?,
        grants: grants
            .into_iter()
            .map(grant_row)
            .collect::<Result<_, _>>()?,
        settings: settings
            .into_iter()
            .map(setting)
            .collect::<Result<_, StoreError>>()?,
    })
}
