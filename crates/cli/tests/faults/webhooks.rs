//! Kills of whoever sends events and of whoever receives them: none is lost, and each account's arrive in order.
//!
//! The receiver is a process with other people's code for the signatures; it writes down what it has before it says so.
//! Four kills in the ordinary run; `BONAFIDE_WEBHOOK_ROUNDS=10` makes twenty.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::time::Instant;

use super::*;

/// How long everything may take to arrive afterwards: a lease that runs out, and the pause after attempts in vain.
const ARRIVED_WITHIN: Duration = Duration::from_secs(180);

/// How long a process may take to begin, on a machine that has much else to do.
const BEGUN_WITHIN: Duration = Duration::from_secs(60);

struct Receiver(Child);

impl Receiver {
    fn start(port: u16, secret: &str, log: &Path) -> Self {
        let python = std::env::var_os("BONAFIDE_TEST_PYTHON").unwrap_or_else(|| {
            panic!("BONAFIDE_TEST_PYTHON is not set: run `cargo xtask test`, which installs what this test needs")
        });
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/faults/receiver.py");
        let port = port.to_string();
        let mut command = Command::new(python);
        command.arg(script).args([&port, secret]).arg(log);
        let receiver = Self(command.spawn().unwrap());
        let address = format!("127.0.0.1:{port}");
        within(BEGUN_WITHIN, || TcpStream::connect(&address).is_ok());
        receiver
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Waits until something holds, but no longer than that; gives whether it does.
fn within(long: Duration, holds: impl Fn() -> bool) -> bool {
    #[expect(clippy::disallowed_methods, reason = "real time passes here")]
    let since = Instant::now();
    while !holds() {
        if since.elapsed() > long {
            return false;
        }
        thread::sleep(Duration::from_millis(50));
    }
    true
}

fn rounds() -> usize {
    let rounds = std::env::var("BONAFIDE_WEBHOOK_ROUNDS").ok();
    rounds.and_then(|r| r.parse().ok()).unwrap_or(2)
}

/// Ids and numbers of every event that was committed, in order.
fn feed(server: &Server, key: &str) -> Vec<(String, i64)> {
    let mut all: Vec<(String, i64)> = Vec::new();
    loop {
        let after = all.last().map_or(0, |e| e.1);
        let path = format!("/v1/events?after={after}&limit=200");
        let (status, body) = client::send(server.address, "GET", &path, key, None).unwrap();
        assert_eq!(status, 200, "{body}");
        let page: serde_json::Value = serde_json::from_str(&body).unwrap();
        let items = page["items"].as_array().unwrap();
        if items.is_empty() {
            return all;
        }
        let event = |e: &serde_json::Value| {
            let id = e["id"].as_str().unwrap().to_owned();
            (id, e["sequence"].as_i64().unwrap())
        };
        all.extend(items.iter().map(event));
    }
}

/// What the receiver has: id, account, number, in the order of arrival.
fn arrived(log: &Path) -> Vec<(String, String, i64)> {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let line = |line: &str| {
        let parts: Vec<&str> = line.split(' ').collect();
        assert_ne!(parts[0], "BAD", "{line}");
        (
            parts[0].to_owned(),
            parts[1].to_owned(),
            parts[2].parse().unwrap(),
        )
    };
    text.lines().map(line).collect()
}

fn kill_both(place: &Place) {
    let key = place.new_key();
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let url = format!("http://127.0.0.1:{port}/");
    let added = place.run(&["webhook", "add", &url, "--json"]);
    let added: serde_json::Value = serde_json::from_str(&added).unwrap();
    let secret = added["secret"].as_str().unwrap().to_owned();
    let log: PathBuf = place.dir.join("received");
    let mut receiver = Receiver::start(port, &secret, &log);
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    for round in 0..rounds() {
        let server = place.serve(&[]);
        let stop = Arc::new(AtomicBool::new(false));
        let clients = load_into(server.address, &key, &stop, &acknowledged);
        thread::sleep(moment(round) / 2 + Duration::from_millis(500));
        let some = within(ARRIVED_WITHIN, || !arrived(&log).is_empty());
        assert!(some, "nothing arrives");
        drop(receiver);
        receiver = Receiver::start(port, &secret, &log);
        thread::sleep(moment(round) / 2 + Duration::from_millis(500));
        server.kill();
        stop.store(true, Ordering::SeqCst);
        clients.into_iter().for_each(|c| c.join().unwrap());
    }
    let before = arrived(&log).len();
    let server = place.serve(&[]);
    let committed = feed(&server, &key);
    let numbers: Vec<i64> = committed.iter().map(|e| e.1).collect();
    assert!(numbers.windows(2).all(|w| w[0] < w[1]));
    assert!(committed.len() >= 2 * acknowledged.lock().unwrap().len());
    let missing = || {
        let have: BTreeSet<String> = arrived(&log).into_iter().map(|e| e.0).collect();
        committed.iter().filter(|e| !have.contains(&e.0)).count()
    };
    within(ARRIVED_WITHIN, || missing() == 0);
    assert_eq!(
        missing(),
        0,
        "of {} events, {before} had arrived before",
        committed.len()
    );
    in_order(&arrived(&log));
    server.kill();
    place.run(&["ledger", "verify"]);
}

/// Whoever ignores ids that were seen has each account's events in their order.
fn in_order(arrived: &[(String, String, i64)]) {
    let (mut seen, mut last) = (BTreeSet::new(), BTreeMap::new());
    for (id, account, sequence) in arrived {
        if !seen.insert(id) {
            continue;
        }
        let before = last.insert(account, *sequence);
        assert!(
            before.is_none_or(|b| b < *sequence),
            "{account}: {before:?} before {sequence}"
        );
    }
}

#[test]
fn kills_of_both_sides_lose_no_event_on_sqlite() {
    let (_dir, place) = sqlite();
    kill_both(&place);
}

#[test]
fn kills_of_both_sides_lose_no_event_on_postgres() {
    let url = std::env::var("BONAFIDE_TEST_POSTGRES")
        .expect("BONAFIDE_TEST_POSTGRES is not set: run `cargo xtask test`");
    let name = format!("webhooks_{}", std::process::id());
    let sql = |sql: String| {
        let done = Command::new("psql").args([&url, "-qc", &sql]).status();
        assert!(done.unwrap().success());
    };
    sql(format!("CREATE DATABASE {name}"));
    let dir = tempfile::tempdir().unwrap();
    let (base, _) = url.rsplit_once('/').unwrap();
    let place = Place {
        dir: dir.path().join("data"),
        url: Some(format!("{base}/{name}")),
    };
    std::fs::create_dir_all(&place.dir).unwrap();
    kill_both(&place);
    sql(format!("DROP DATABASE {name} WITH (FORCE)"));
}
