//! Where a test keeps its data, and the first steps of every test.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bonafide_app::answers::SignUpAnswer;
use bonafide_app::submission::SignUp;
use bonafide_app::{Actor, App, AppError, Config, Location, PackText, Reply};
use bonafide_model::{FixedClock, SeededEntropy, Timestamp};
use serde_json::json;

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) struct Place {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) clock: Arc<FixedClock>,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            clock: Arc::new(FixedClock::new(at("2026-11-24T09:00:00Z"))),
        }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("bonafide.db")
    }

    pub(crate) fn keyring(&self) -> PathBuf {
        self.dir.path().join("keyring")
    }

    pub(crate) async fn open(&self) -> Result<App, AppError> {
        self.open_at(Location::Sqlite(self.path()), &self.keyring(), 7)
            .await
    }

    pub(crate) async fn open_at(
        &self,
        location: Location,
        keyring: &Path,
        seed: u64,
    ) -> Result<App, AppError> {
        let entropy = Arc::new(SeededEntropy::new(seed));
        App::open(Config {
            location,
            keyring: keyring.to_owned(),
            clock: self.clock.clone(),
            entropy,
        })
        .await
    }
}

pub(crate) fn actor() -> Actor {
    Actor::operator("default", "test")
}

pub(crate) async fn set_up(app: &App) {
    app.ensure_tenant("default", &actor()).await.unwrap();
    let text = bonafide_policy::builtin::text("base-minimal")
        .unwrap()
        .to_owned();
    app.activate_pack(
        &actor(),
        &PackText {
            name: "base-minimal".to_owned(),
            text,
            elected_by: None,
            active_since: None,
        },
    )
    .await
    .unwrap();
}

pub(crate) fn sign_up(name: &str, email: &str) -> SignUp {
    serde_json::from_value(json!({
        "account": {"product": "vps-small"},
        "parties": [{"ref": "a", "kind": "person", "claims": [
            {"attribute": "legal_name", "value": name},
            {"attribute": "email", "value": email},
            {"attribute": "present_location", "value": "DE"},
            {"attribute": "payment_token", "value": "tok_1"},
        ]}],
        "roles": [{"party": "a", "kind": "holder"}],
    }))
    .unwrap()
}

pub(crate) fn fresh<T>(reply: Reply<T>) -> T {
    match reply {
        Reply::Fresh(answer) => answer,
        Reply::Replayed { .. } => panic!("replayed"),
    }
}

pub(crate) async fn signed_up(app: &App, name: &str, email: &str) -> SignUpAnswer {
    fresh(
        app.sign_up(&actor(), &sign_up(name, email), None)
            .await
            .unwrap(),
    )
}

pub(crate) async fn verified(app: &App) -> usize {
    let tenant = app.tenant("default").unwrap();
    app.sequence(&tenant).await.unwrap();
    app.verify_ledger(&actor(), |_, _| {})
        .await
        .unwrap()
        .findings
        .len()
}

/// Every file under a folder, read whole.
pub(crate) fn bytes_under(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(bytes_under(&path))
        } else {
            found.push((path.clone(), fs::read(&path).unwrap()))
        }
    }
    found
}

pub(crate) fn holds(folder: &Path, needle: &[u8]) -> Vec<PathBuf> {
    let found = bytes_under(folder)
        .into_iter()
        .filter(|(_, bytes)| bytes.windows(needle.len()).any(|w| w == needle));
    found.map(|(path, _)| path).collect()
}
