//! Kills, power cuts, failing syncs and full disks, on each database: no acknowledgement without durability.
//!
//! Ten rounds of kills in the ordinary run; `cargo xtask kill` runs a hundred.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]
#![cfg(target_os = "linux")]

#[path = "faults/client.rs"]
mod client;
#[path = "faults/disk.rs"]
mod disk;
#[path = "faults/rolling.rs"]
mod rolling;
#[path = "faults/webhooks.rs"]
mod webhooks;

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

const BONAFIDE: &str = env!("CARGO_BIN_EXE_bonafide");
/// Clients that send at once.
const CLIENTS: usize = 8;

/// Where the data of a test is.
struct Place {
    dir: PathBuf,
    url: Option<String>,
}

impl Place {
    fn command(&self) -> Command {
        let mut command = Command::new(BONAFIDE);
        command
            .arg("--data")
            .arg(&self.dir)
            .env_remove("BONAFIDE_DATABASE_URL");
        if let Some(url) = &self.url {
            command.arg("--database-url").arg(url);
        }
        command
    }

    fn run(&self, args: &[&str]) -> String {
        let output = self.command().args(args).output().unwrap();
        let (out, err) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        assert!(output.status.success(), "bonafide {args:?}\n{out}\n{err}");
        out.into_owned()
    }

    fn new_key(&self) -> String {
        let made = self.run(&[
            "key", "create", "--label", "faults", "--scope", "sign-ups", "--scope", "read",
            "--scope", "ledger",
        ]);
        made.trim().to_owned()
    }

    fn serve(&self, shim: &[(&str, String)]) -> Server {
        let mut command = self.command();
        command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        for (name, value) in shim {
            command.env(name, value);
        }
        let mut child = command.spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let (mut address, mut said) = (None, String::new());
        while address.is_none() && log.read_line(&mut said).unwrap() > 0 {
            let at = said.split("\"address\":\"").nth(1);
            address = at.and_then(|at| at.split('"').next()?.parse().ok());
        }
        let Some(address) = address else {
            panic!("the server did not start: {said} {:?}", child.wait())
        };
        // The rest of the log must be read, or the server would wait for room in the pipe.
        thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Server { child, address }
    }
}

struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn body(n: usize) -> String {
    format!(
        r#"{{"external_id":"n-{n}","account":{{"product":"vps-small"}},"parties":[{{"ref":"a","kind":"person","claims":[
        {{"attribute":"legal_name","value":"Person Number {n}"}},{{"attribute":"email","value":"n{n}@example.org"}}]}}],
        "roles":[{{"party":"a","kind":"holder"}}]}}"#
    )
}

/// Sends sign-ups from several clients until the server goes away; the accounts acknowledged go to `acknowledged`.
fn load_into(
    address: SocketAddr,
    key: &str,
    stop: &Arc<AtomicBool>,
    acknowledged: &Arc<Mutex<Vec<String>>>,
) -> Vec<thread::JoinHandle<()>> {
    let spawn = |client: usize| {
        let (key, stop, acknowledged) = (key.to_owned(), stop.clone(), acknowledged.clone());
        thread::spawn(move || {
            for n in 0.. {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let sent = client::send(
                    address,
                    "POST",
                    "/v1/sign-ups",
                    &key,
                    Some(&body(client * 1_000_000 + n)),
                );
                match sent {
                    Some((201, answer)) => {
                        let account = answer
                            .split("\"account\":\"")
                            .nth(1)
                            .unwrap()
                            .split('"')
                            .next()
                            .unwrap();
                        acknowledged.lock().unwrap().push(account.to_owned());
                    }
                    Some((status, answer)) => assert!(status >= 500, "{status} {answer}"),
                    None => return,
                }
            }
        })
    };
    (0..CLIENTS).map(spawn).collect()
}

/// Every acknowledged account is there, and the ledger verifies.
fn check(place: &Place, key: &str, acknowledged: &[String]) {
    let server = place.serve(&[]);
    let address = server.address;
    thread::scope(|scope| {
        for some in acknowledged.chunks(acknowledged.len().div_ceil(CLIENTS).max(1)) {
            scope.spawn(move || {
                for account in some {
                    let path = format!("/v1/accounts/{account}/assessment");
                    let (status, answer) = client::send(address, "GET", &path, key, None).unwrap();
                    assert_eq!(status, 200, "acknowledged {account} is lost: {answer}");
                }
            });
        }
    });
    server.kill();
    place.run(&["ledger", "verify"]);
}

fn rounds() -> usize {
    std::env::var("BONAFIDE_KILL_ROUNDS")
        .ok()
        .and_then(|r| r.parse().ok())
        .unwrap_or(10)
}

/// Kills at moments spread over the first second and a half, by a fixed sequence.
fn moment(round: usize) -> Duration {
    Duration::from_millis((round as u64 * 7919 + 137) % 1400 + 60)
}

fn kill_rounds(place: &Place, shim: Option<&Path>) {
    let key = place.new_key();
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let mut dropped = 0;
    for round in 0..rounds() {
        let undo = place.dir.join(format!("undo-{round}"));
        let faults = shim.map(|shim| {
            vec![
                ("LD_PRELOAD", shim.display().to_string()),
                ("SHIM_MATCH", "bonafide.db".to_owned()),
                ("SHIM_UNDO", undo.display().to_string()),
                ("SHIM_SLOW_SYNC_MS", "5".to_owned()),
            ]
        });
        let server = place.serve(&faults.unwrap_or_default());
        let stop = Arc::new(AtomicBool::new(false));
        let clients = load_into(server.address, &key, &stop, &acknowledged);
        thread::sleep(moment(round));
        server.kill();
        stop.store(true, Ordering::SeqCst);
        clients.into_iter().for_each(|c| c.join().unwrap());
        if shim.is_some() {
            dropped += disk::drop_unsynced(&undo);
            std::fs::remove_file(&undo).ok();
        }
    }
    let acknowledged = acknowledged.lock().unwrap();
    assert!(!acknowledged.is_empty(), "the load was acknowledged at all");
    if shim.is_some() {
        assert!(dropped > 0, "the power cuts took something back");
    }
    check(place, &key, &acknowledged);
}

fn sqlite() -> (tempfile::TempDir, Place) {
    let dir = tempfile::tempdir().unwrap();
    let place = Place {
        dir: dir.path().join("data"),
        url: None,
    };
    std::fs::create_dir_all(&place.dir).unwrap();
    (dir, place)
}

/// A database of its own on the server of the tests, dropped at the end.
struct Database {
    place: Place,
    server: String,
    name: String,
    _dir: tempfile::TempDir,
}

impl Database {
    fn new(of: &str) -> Self {
        let server = std::env::var("BONAFIDE_TEST_POSTGRES")
            .expect("BONAFIDE_TEST_POSTGRES is not set: run `cargo xtask test`");
        let name = format!("faults_{of}_{}", std::process::id());
        psql(&server, &format!("CREATE DATABASE {name}"));
        let dir = tempfile::tempdir().unwrap();
        let (base, _) = server.rsplit_once('/').unwrap();
        let place = Place {
            dir: dir.path().join("data"),
            url: Some(format!("{base}/{name}")),
        };
        std::fs::create_dir_all(&place.dir).unwrap();
        Self {
            place,
            server,
            name,
            _dir: dir,
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        psql(
            &self.server,
            &format!("DROP DATABASE {} WITH (FORCE)", self.name),
        );
    }
}

fn psql(server: &str, sql: &str) {
    let done = Command::new("psql").args([server, "-qc", sql]).status();
    assert!(done.unwrap().success(), "{sql}");
}

#[test]
fn kills_under_load_lose_nothing_acknowledged_on_sqlite() {
    let (_dir, place) = sqlite();
    kill_rounds(&place, None);
}

#[test]
fn kills_under_load_lose_nothing_acknowledged_on_postgres() {
    kill_rounds(&Database::new("kills").place, None);
}

#[test]
fn power_cuts_lose_nothing_acknowledged() {
    let (dir, place) = sqlite();
    let shim = disk::compile_shim(dir.path());
    kill_rounds(&place, Some(&shim));
}

/// Runs under a fault until the server stops acknowledging, and checks that what it did acknowledge is there.
fn acknowledges_only_what_is_durable(fault: (&str, &str)) {
    let (dir, place) = sqlite();
    let shim = disk::compile_shim(dir.path());
    let key = place.new_key();
    let undo = place.dir.join("undo");
    let server = place.serve(&[
        ("LD_PRELOAD", shim.display().to_string()),
        ("SHIM_MATCH", "bonafide.db".to_owned()),
        ("SHIM_UNDO", undo.display().to_string()),
        (fault.0, fault.1.to_owned()),
    ]);
    let (stop, acknowledged) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(Mutex::new(Vec::new())),
    );
    let clients = load_into(server.address, &key, &stop, &acknowledged);
    let mut before = usize::MAX;
    // Until two seconds pass without an acknowledgement: then the fault has struck.
    for _ in 0..30 {
        thread::sleep(Duration::from_secs(2));
        let now = acknowledged.lock().unwrap().len();
        if now == before {
            break;
        }
        before = now;
    }
    assert_eq!(
        acknowledged.lock().unwrap().len(),
        before,
        "the fault struck"
    );
    server.kill();
    stop.store(true, Ordering::SeqCst);
    clients.into_iter().for_each(|c| c.join().unwrap());
    disk::drop_unsynced(&undo);
    check(&place, &key, &acknowledged.lock().unwrap());
}

#[test]
fn a_failed_sync_is_never_acknowledged() {
    acknowledges_only_what_is_durable(("SHIM_FAIL_SYNC_AFTER", "40"));
}

#[test]
fn a_full_disk_is_never_acknowledged() {
    acknowledges_only_what_is_durable(("SHIM_FULL_AFTER", "3000000"));
}
