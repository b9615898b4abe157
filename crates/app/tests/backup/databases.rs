//! A place on either database, and the machine that takes its place after a fire.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bonafide_app::backup::BackupMade;
use bonafide_app::{App, AppError, Config, Location};
use bonafide_model::{PartyId, SeededEntropy};
use bonafide_seal::{EpochId, Keyring, SubjectKeys, WrappedKeys};
use bonafide_store::Store;

use crate::place::Place;

/// Makes a test of each function for each database.
macro_rules! on_both {
    ($($name:ident)*) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::databases::Data::sqlite()).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::databases::Data::postgres()).await;
            })*
        }
    };
}
pub(crate) use on_both;

static COUNT: AtomicU32 = AtomicU32::new(1);

pub(crate) struct Data {
    pub(crate) place: Arc<Place>,
    pub(crate) location: Location,
    pub(crate) keyring: PathBuf,
    pub(crate) seed: u64,
}

impl Data {
    pub(crate) fn sqlite() -> Self {
        let place = Arc::new(Place::new());
        Self {
            location: Location::Sqlite(place.path()),
            keyring: place.keyring(),
            place,
            seed: 7,
        }
    }

    pub(crate) fn postgres() -> Self {
        let place = Arc::new(Place::new());
        Self {
            location: Location::Postgres(new_database()),
            keyring: place.keyring(),
            place,
            seed: 7,
        }
    }

    /// An empty place on the same database, with a copy of the keyring's directory as it is now.
    pub(crate) fn lost(&self) -> Self {
        let next = COUNT.fetch_add(1, Ordering::Relaxed);
        let dir = self.place.dir.path().join(format!("machine-{next}"));
        let keyring = dir.join("keyring");
        copy(&self.keyring, &keyring);
        let location = match &self.location {
            Location::Sqlite(_) => Location::Sqlite(dir.join("bonafide.db")),
            Location::Postgres(_) => Location::Postgres(new_database()),
        };
        Self {
            place: self.place.clone(),
            location,
            keyring,
            seed: 1000 + u64::from(next),
        }
    }

    pub(crate) fn on(self, location: Location) -> Self {
        Self { location, ..self }
    }

    pub(crate) fn config(&self) -> Config {
        Config {
            location: self.location.clone(),
            keyring: self.keyring.clone(),
            clock: self.place.clock.clone(),
            entropy: Arc::new(SeededEntropy::new(
                self.seed + (u64::from(COUNT.fetch_add(1, Ordering::Relaxed)) << 32),
            )),
        }
    }

    pub(crate) async fn open(&self) -> Result<App, AppError> {
        App::open(self.config()).await
    }

    pub(crate) async fn audit(&self) -> App {
        App::open_for_audit(self.config()).await.unwrap()
    }

    /// Changes the database behind the program's back.
    pub(crate) async fn sql(&self, sql: &'static str) {
        use sqlx::Connection as _;
        match &self.location {
            Location::Sqlite(path) => {
                let url = format!("sqlite://{}", path.display());
                let mut db = sqlx::SqliteConnection::connect(&url).await.unwrap();
                sqlx::raw_sql(sql).execute(&mut db).await.unwrap();
                db.close().await.unwrap();
            }
            Location::Postgres(url) => {
                let mut db = sqlx::PgConnection::connect(url).await.unwrap();
                sqlx::raw_sql(sql).execute(&mut db).await.unwrap();
                db.close().await.unwrap();
            }
        }
    }

    /// Whether nothing was restored here.
    pub(crate) async fn is_untouched(&self) -> bool {
        match &self.location {
            Location::Sqlite(path) => !path.exists() && !path.with_extension("restoring").exists(),
            Location::Postgres(url) => {
                let store = Store::open_postgres(url).await.unwrap();
                let empty = store.tenants().await.unwrap().is_empty();
                store.close().await.unwrap();
                empty
            }
        }
    }

    /// Opens the keys of a party as they are in the files of a back-up with every key of this keyring: what somebody can do who
    /// goes round the restoration.
    pub(crate) async fn opened_raw(&self, made: &BackupMade, party: PartyId) -> Result<(), String> {
        let keyring = std::fs::read(self.keyring.join("keyring.json")).unwrap();
        let keyring = Keyring::from_bytes(&keyring).unwrap();
        let rows = std::fs::read(made.directory.join("key_row.rows")).unwrap();
        let id = party.to_string();
        let found = rows.windows(id.len()).position(|w| w == id.as_bytes());
        // After the id: the epoch, then the wrapped keys with their length.
        let after = &rows[found.expect("the party is in the back-up") + id.len()..];
        assert_eq!((after[0], after[9]), (1, 3));
        let epoch = i64::from_le_bytes(after[1..9].try_into().unwrap());
        let length = u32::from_le_bytes(after[10..14].try_into().unwrap()) as usize;
        let row = WrappedKeys {
            epoch: EpochId::new(u32::try_from(epoch).unwrap()),
            bytes: after[14..14 + length].to_vec(),
        };
        SubjectKeys::unwrap(&row, &keyring, "default", &id)
            .map(drop)
            .map_err(|e| e.to_string())
    }

    pub(crate) fn end(self) {
        if let Location::Postgres(url) = &self.location {
            let name = url.rsplit('/').next().unwrap();
            let name = name.split('?').next().unwrap();
            psql(&format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
}

fn server() -> String {
    std::env::var("BONAFIDE_TEST_POSTGRES")
        .expect("BONAFIDE_TEST_POSTGRES is not set: run `cargo xtask test`")
}

fn psql(sql: &str) {
    let done = std::process::Command::new("psql")
        .args(["-q", "-d", &server(), "-c", sql])
        .status()
        .unwrap();
    assert!(done.success());
}

pub(crate) fn new_database() -> String {
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("backup_{}_{count}", std::process::id());
    psql(&format!("CREATE DATABASE {name}"));
    let server = server();
    let (base, query) = server.split_once('?').unwrap_or((&server, ""));
    let base = base.rsplit_once('/').unwrap().0;
    format!("{base}/{name}?{query}")
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &target),
            false => drop(std::fs::copy(&path, &target).unwrap()),
        }
    }
}
