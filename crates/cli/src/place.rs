//! Where the data is and who asks: the options that every command takes.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use bonafide_app::Location;
use clap::Args;

use crate::config;

/// Name of the file of the embedded database.
pub(crate) const DATABASE_FILE: &str = "bonafide.db";
/// Who asks where nobody says so: the first member of staff, made at set-up.
const FIRST_HANDLE: &str = "operator";

/// Where the data is and who asks.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Place")]
pub(crate) struct Place {
    /// File of settings [env: BONAFIDE_CONFIG] [default: /etc/bonafide/bonafide.toml if there is one]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Directory of the data [env: BONAFIDE_DATA] [default: the user's data directory]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// PostgreSQL in place of the embedded database, `postgres://…` [env: BONAFIDE_DATABASE_URL]
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) database_url: Option<String>,
    /// Directory of the keyring and the signed heads [env: BONAFIDE_KEYRING] [default: DIR/keyring]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) keyring: Option<PathBuf>,
    /// Whose data it is [env: BONAFIDE_TENANT] [default: default]
    #[arg(long = "tenant", global = true, value_name = "NAME")]
    pub(crate) named_tenant: Option<String>,
    /// Who asks: the handle of a member of staff [env: BONAFIDE_ACTOR] [default: operator]
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) actor: Option<String>,
    /// The embedded database, whatever the environment says
    #[arg(skip)]
    pub(crate) embedded: bool,
}

impl Place {
    /// Whose data it is.
    pub(crate) fn tenant(&self) -> &str {
        let given = self.named_tenant.as_deref();
        given
            .or_else(|| config::get("place.tenant"))
            .unwrap_or("default")
    }

    /// The directory of the data.
    pub(crate) fn data(&self) -> anyhow::Result<PathBuf> {
        let configured = || config::get("place.data").map(PathBuf::from);
        let given = self.data.clone().or_else(configured);
        let user = || path_from("XDG_DATA_HOME").map(|d| d.join("bonafide"));
        let home = || path_from("HOME").map(|d| d.join(".local/share/bonafide"));
        let found = given.or_else(user).or_else(home);
        found.context("there is no data directory: give one with `--data DIR` or BONAFIDE_DATA")
    }

    /// The database.
    pub(crate) fn location(&self) -> anyhow::Result<Location> {
        let configured = || config::get("place.database_url").map(str::to_owned);
        let url = self.database_url.clone().or_else(configured);
        match url.filter(|_| !self.embedded) {
            Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                Ok(Location::Postgres(url))
            }
            Some(_) => bail!(
                "the database URL is not one of PostgreSQL: write `postgres://user@host/name`, or leave it out for the \
                 embedded database"
            ),
            None => Ok(Location::Sqlite(self.data()?.join(DATABASE_FILE))),
        }
    }

    /// Whether there is data already; of PostgreSQL nobody knows before asking it.
    pub(crate) fn is_begun(&self) -> anyhow::Result<bool> {
        Ok(match self.location()? {
            Location::Sqlite(path) => path.exists(),
            Location::Postgres(_) => true,
        })
    }

    /// The directory of the keyring.
    pub(crate) fn keyring(&self) -> anyhow::Result<PathBuf> {
        let configured = || config::get("place.keyring").map(PathBuf::from);
        match self.keyring.clone().or_else(configured) {
            Some(given) => Ok(given),
            None => Ok(self.data()?.join("keyring")),
        }
    }

    /// The handle of whoever asks. Not the name of the user, which may be that of a person, and would stand in the ledger.
    pub(crate) fn actor_name(&self) -> String {
        let configured = || config::get("place.actor").map(str::to_owned);
        let name = self.actor.clone().or_else(configured);
        name.unwrap_or_else(|| FIRST_HANDLE.to_owned())
    }
}

fn path_from(name: &str) -> Option<PathBuf> {
    env::var_os(name)
        .filter(|v| !v.is_empty())
        .map(PathBuf::from)
}

/// Makes a directory that its owner alone may read.
pub(crate) fn make_private(path: &Path) -> anyhow::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let made = builder.recursive(true).create(path);
    made.with_context(|| format!("could not make {}", path.display()))
}

/// Reads a text file that the operator named.
pub(crate) fn read_text(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()))
}

/// Reads a file that the operator named.
pub(crate) fn read_bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("could not read {}", path.display()))
}
