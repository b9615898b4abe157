//! What watches an installation: the alerts that are shipped with it, and the doctor's look at what it stands on.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::{Place, Server, ofac, sign_up};

const ALERTS: &str = include_str!("../../../../packaging/prometheus/alerts.yml");
const MANUAL: &str = include_str!("../../../../docs/operate.md");
/// Until everything has been measured: the service does its chores at the start, and once a minute after that.
const MEASURED_MAX: Duration = Duration::from_secs(75);

fn metrics_of(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|w| w.starts_with("bonafide_")).collect()
}

/// The text of a path.
fn text(server: &Server, path: &str) -> String {
    let mut stream = TcpStream::connect(&server.address).unwrap();
    let host = &server.address;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn every_metric_of_the_alerts_is_exported_and_every_alert_is_in_the_manual() {
    let place = Place::new();
    place.good(&["lists", "import", "ofac", "--sdn", &ofac("sdn.csv")]);
    let key = place.good(&["key", "create", "--label", "portal", "--json"]);
    let key = crate::values(&key)[0]["key"].as_str().unwrap().to_owned();
    place.good(&["webhook", "add", "https://hooks.example/bonafide"]);
    place.good(&[
        "case",
        "open",
        "operations",
        "--grounds",
        "a disk to be replaced",
    ]);
    let server = Server::start(&place);
    let (status, _) = server.ask("POST", "/v1/sign-ups", &key, &sign_up().to_string());
    assert_eq!(status, 201);
    let wanted = metrics_of(ALERTS);
    assert!(wanted.len() >= 10, "{wanted:?}");
    #[expect(
        clippy::disallowed_methods,
        reason = "the test waits for a real process"
    )]
    let begun = Instant::now();
    loop {
        let exported = text(&server, "/metrics");
        let samples = exported.lines().filter(|line| !line.starts_with('#'));
        let exported: BTreeSet<&str> = samples.flat_map(metrics_of).collect();
        // What counts failures is there from the first of them on, and described from the start.
        let missing: Vec<_> = wanted
            .iter()
            .filter(|name| !name.ends_with("_failures_total") && !exported.contains(*name))
            .collect();
        if missing.is_empty() {
            break;
        }
        assert!(begun.elapsed() < MEASURED_MAX, "not exported: {missing:?}");
        thread::yield_now();
    }
    let described = include_str!("../../../web/src/routes/metrics.rs");
    for name in &wanted {
        assert!(
            described.contains(&format!("\"{name}\"")),
            "{name} is not described"
        );
    }
    let alerts = ALERTS
        .lines()
        .filter_map(|l| l.trim().strip_prefix("- alert: "));
    for alert in alerts {
        assert!(
            MANUAL.contains(&format!("`{alert}`")),
            "{alert} is not in the manual"
        );
    }
}

/// A mail server that takes whoever greets it, once.
fn mail_server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut answer = stream.try_clone().unwrap();
        answer.write_all(b"220 test ready\r\n").unwrap();
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let bye = line.starts_with("QUIT");
            let said: &[u8] = if bye { b"221 bye\r\n" } else { b"250 good\r\n" };
            if answer.write_all(said).is_err() || bye {
                break;
            }
        }
    });
    port
}

#[test]
fn the_doctor_looks_at_disk_mail_key_source_and_what_is_overdue() {
    let place = Place::new();
    place.good(&["policy", "activate", "base-minimal"]);
    place.good(&["lists", "import", "ofac", "--sdn", &ofac("sdn.csv")]);
    let doctor = |environment: &[(&str, &str)]| {
        let mut command = place.command(&["doctor", "--json"]);
        command.envs(environment.iter().copied());
        crate::Ran::of(command.output().unwrap())
    };
    let found = |ran: &crate::Ran, what: &str| {
        let all = ran.values();
        let found = all.into_iter().find(|f| f["what"] == what);
        found.unwrap_or_else(|| panic!("no finding `{what}`: {}", ran.out))
    };
    let well = doctor(&[]);
    assert_eq!(well.code, 0, "{}", well.out);
    for what in ["disk", "cases", "work"] {
        assert_ne!(found(&well, what)["state"], "wrong", "{}", well.out);
    }
    assert_eq!(found(&well, "mail server")["state"], "note");
    assert_eq!(found(&well, "key-encryption key")["state"], "note");

    let port = mail_server().to_string();
    let plain = [
        ("BONAFIDE_MAIL_SERVER", "127.0.0.1"),
        ("BONAFIDE_MAIL_SECURITY", "none"),
    ];
    let with = |port| [plain[0], plain[1], ("BONAFIDE_MAIL_PORT", port)];
    let mail = found(&doctor(&with(&port)), "mail server");
    assert_eq!(mail["state"], "good", "{mail}");
    // Nobody listens any more.
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let ran = doctor(&with(&closed.port().to_string()));
    let mail = found(&ran, "mail server");
    assert_eq!((ran.code, &mail["state"]), (1, &json!("wrong")), "{mail}");
    assert!(
        mail["mend"]
            .as_str()
            .unwrap()
            .contains("bonafide mail test")
    );

    // A key that is not where the keyring says is named, with the way out.
    let secret = place.file("kek", "0123456789abcdef0123456789abcdef0123456789");
    place.good(&["keys", "rewrap", "--to", &format!("file:{secret}")]);
    assert_eq!(found(&doctor(&[]), "key-encryption key")["state"], "good");
    std::fs::rename(&secret, place.0.path().join("moved")).unwrap();
    let keyring = found(&doctor(&[]), "keyring");
    assert_eq!(keyring["state"], "wrong");
    assert!(
        keyring["mend"].as_str().unwrap().contains("escrow copy"),
        "{keyring}"
    );
    std::fs::rename(place.0.path().join("moved"), &secret).unwrap();

    // A case whose clock runs out in a moment is past it soon.
    let due = bonafide_model::Clock::now(&bonafide_model::SystemClock).plus_millis(1_500);
    let open = [
        "case",
        "open",
        "operations",
        "--grounds",
        "a disk to be replaced",
    ];
    place.good(&[&open[..], &["--due", &due.to_string()]].concat());
    let late = loop {
        let cases = found(&doctor(&[]), "cases");
        if cases["state"] == "wrong" {
            break cases;
        }
        let now = bonafide_model::Clock::now(&bonafide_model::SystemClock);
        assert!(now < due.plus_millis(30_000), "{cases}");
    };
    assert!(
        late["text"]
            .as_str()
            .unwrap()
            .contains("1 of kind `operations`"),
        "{late}"
    );
    assert!(
        late["mend"]
            .as_str()
            .unwrap()
            .contains("bonafide case clock")
    );
}
