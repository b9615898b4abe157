//! Databases that the first released version made are opened, brought to this version's schema, and gone on with.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Place, Ran, Server, sign_up, values};

fn fixture(of: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/0.1.0")
        .join(of)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), &to).unwrap();
        }
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(to, fs::Permissions::from_mode(0o700)).unwrap();
        let keyring = to.join("keyring.json");
        if keyring.exists() {
            fs::set_permissions(keyring, fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
}

/// What must hold of an upgraded place with so many accounts.
fn goes_on(place: &Place, of: &str, url: Option<&str>, accounts: usize) {
    let with = |arguments: &[&str]| {
        let mut all = arguments.to_vec();
        if let Some(url) = url {
            all.extend(["--database-url", url]);
        }
        let ran = Ran::of(place.command(&all).output().unwrap());
        assert_eq!(ran.code, 0, "{all:?}: {}{}", ran.out, ran.err);
        ran.out
    };
    with(&["ledger", "verify", "--entries"]);
    let listed = values(&with(&["account", "list", "--json"]));
    assert_eq!(listed.len(), accounts);
    let account = listed[0]["id"].as_str().unwrap().to_owned();
    with(&["account", "assessment", &account]);

    let key = fs::read_to_string(fixture(of).join("key")).unwrap();
    let key = key.trim();
    let mut command = place.command(&["serve", "--listen", "127.0.0.1:0"]);
    if let Some(url) = url {
        command.args(["--database-url", url]);
    }
    let server = Server::begin(command);
    let (status, answer) = server.ask("POST", "/v1/sign-ups", key, &sign_up().to_string());
    assert_eq!(status, 201, "{answer}");
    let path = format!("/v1/accounts/{account}/assessment");
    let (status, answer) = server.ask("GET", &path, key, "");
    assert_eq!(status, 200, "{answer}");
    server.stop();
    with(&["ledger", "verify", "--entries"]);
    assert_eq!(
        values(&with(&["account", "list", "--json"])).len(),
        accounts + 1
    );
}

#[test]
fn a_sqlite_database_of_0_1_0_is_gone_on_with() {
    let place = Place::new();
    copy(&fixture("sqlite"), &place.data());
    goes_on(&place, "sqlite", None, 12);
}

#[test]
fn a_postgresql_database_of_0_1_0_is_gone_on_with() {
    let server = std::env::var("BONAFIDE_TEST_POSTGRES")
        .expect("BONAFIDE_TEST_POSTGRES is not set: run `cargo xtask test`");
    let name = format!("upgrade_{}", std::process::id());
    let psql = |arguments: &[&str]| {
        let done = Command::new("psql")
            .args(["-q", "-v", "ON_ERROR_STOP=1"])
            .args(arguments)
            .output();
        let done = done.unwrap();
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
    };
    psql(&[&server, "-c", &format!("CREATE DATABASE {name}")]);
    let (base, _) = server.rsplit_once('/').unwrap();
    let url = format!("{base}/{name}");
    psql(&[
        &url,
        "-f",
        fixture("postgres").join("dump.sql").to_str().unwrap(),
    ]);
    let place = Place::new();
    copy(&fixture("postgres"), &place.data());
    goes_on(&place, "postgres", Some(&url), 6);
    psql(&[&server, "-c", &format!("DROP DATABASE {name} WITH (FORCE)")]);
}
