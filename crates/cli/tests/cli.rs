//! The program as an operator runs it: the built binary, its answers and its exit codes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

#[path = "cli/access.rs"]
mod access;
#[path = "cli/beside.rs"]
mod beside;
#[path = "cli/case.rs"]
mod case;
#[path = "cli/examples.rs"]
mod examples;
#[path = "cli/history.rs"]
mod history;
#[path = "cli/import.rs"]
mod import;
#[path = "cli/independent.rs"]
mod independent;
#[path = "cli/judge.rs"]
mod judge;
#[path = "cli/manual.rs"]
mod manual;
#[path = "cli/offline.rs"]
mod offline;
#[path = "cli/operate.rs"]
mod operate;
#[path = "cli/show.rs"]
mod show;
#[path = "cli/upgrade.rs"]
mod upgrade;
#[path = "cli/watched.rs"]
mod watched;

/// A place of its own, and the program on it.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }

    fn file(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.0.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bonafide"));
        command.args(arguments);
        command.env_clear();
        command.env("BONAFIDE_DATA", self.data());
        command.env("TMPDIR", self.0.path());
        command.stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().unwrap())
    }

    /// Runs the program on an input.
    fn pipe(&self, arguments: &[&str], input: &str) -> Ran {
        let mut command = self.command(arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        Ran::of(child.wait_with_output().unwrap())
    }

    /// Runs the program, which must say yes.
    fn good(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {}{}", ran.out, ran.err);
        ran.out
    }
}

/// What the program said.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self {
            code: output.status.code().unwrap(),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    /// The lines of the answer as JSON.
    fn values(&self) -> Vec<Value> {
        values(&self.out)
    }

    /// The one line that says what went wrong.
    fn error(&self) -> &str {
        assert_eq!(self.err.lines().count(), 1, "{}", self.err);
        self.err.strip_prefix("error: ").unwrap()
    }
}

fn values(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// A running server, killed when the test ends.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(place: &Place) -> Self {
        Self::begin(place.command(&["serve", "--listen", "127.0.0.1:0"]))
    }

    fn begin(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut told = String::new();
        let address = loop {
            let mut line = String::new();
            assert!(
                log.read_line(&mut line).unwrap() > 0,
                "the server ended: {told}"
            );
            let value: Value =
                serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON: {line}"));
            told.push_str(&line);
            if value["fields"]["message"] == "serving" {
                break value["fields"]["address"].as_str().unwrap().to_owned();
            }
        };
        // The rest of the log is read so that the server never waits for it.
        std::thread::spawn(move || log.read_to_string(&mut String::new()));
        Self { child, address }
    }

    /// Asks for one answer: status and body.
    fn ask(&self, method: &str, path: &str, key: &str, body: &str) -> (u16, Value) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {key}\r\nContent-Type: \
             application/json\r\nIdempotency-Key: test-1\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.address,
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap_or(Value::Null))
    }

    /// Asks it to stop, as a service manager does, and waits until it has.
    fn stop(mut self) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn sample(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("samples")
        .join(name);
    fs::read_to_string(path).unwrap()
}

fn ofac(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../screen/samples/ofac")
        .join(name);
    path.display().to_string()
}

/// The first sample sign-up.
fn sign_up() -> Value {
    let samples = sample("sign-ups.jsonl");
    serde_json::from_str(samples.lines().next().unwrap()).unwrap()
}

fn with_claim(mut sign_up: Value, attribute: &str, value: Value) -> Value {
    let claims = sign_up["parties"][0]["claims"].as_array_mut().unwrap();
    claims.retain(|c| c["attribute"] != attribute);
    claims.push(json!({"attribute": attribute, "value": value}));
    sign_up
}
