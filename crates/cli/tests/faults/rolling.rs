//! A rolling restart of two processes on PostgreSQL under load: each leaves with notice while another has its place, and
//! whoever goes by `/readyz`, as a load balancer does, sees no request fail.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::thread;
use std::time::Duration;

use crate::{CLIENTS, Database, Place, Server, body, check, client};

/// How often it is asked who takes requests.
const PROBE_EVERY: Duration = Duration::from_millis(50);
/// Times that both processes are replaced.
const ROUNDS: usize = 3;

/// Where requests may be sent.
#[derive(Default)]
struct Balancer {
    known: Mutex<Vec<SocketAddr>>,
    ready: RwLock<Vec<SocketAddr>>,
    stop: AtomicBool,
    sent: AtomicUsize,
    failed: Mutex<Vec<String>>,
    acknowledged: Mutex<Vec<String>>,
}

impl Balancer {
    fn probe(&self) {
        while !self.stop.load(Ordering::SeqCst) {
            let known = self.known.lock().unwrap().clone();
            let is_ready = |to: &SocketAddr| {
                client::send(*to, "GET", "/readyz", "", None)
                    .is_some_and(|(status, _)| status == 200)
            };
            let ready = known.into_iter().filter(is_ready).collect();
            *self.ready.write().unwrap() = ready;
            thread::sleep(PROBE_EVERY);
        }
    }

    fn pick(&self, n: usize) -> SocketAddr {
        loop {
            let ready = self.ready.read().unwrap();
            if !ready.is_empty() {
                return ready[n % ready.len()];
            }
            drop(ready);
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// One client: kept connections, sign-ups and reads in turn.
    fn run(&self, client: usize, key: &str) {
        let mut kept: Option<Kept> = None;
        let mut last = None;
        for n in 0.. {
            if self.stop.load(Ordering::SeqCst) {
                return;
            }
            let to = self.pick(client + n / 20);
            if kept.as_ref().is_none_or(|k| k.to != to) {
                kept = Some(Kept::open(to));
            }
            let request = match last.take() {
                None => request("POST", "/v1/sign-ups", key, &body(client * 1_000_000 + n)),
                Some(account) => {
                    let path = format!("/v1/accounts/{account}/assessment");
                    request("GET", &path, key, "")
                }
            };
            let answer = kept.as_mut().unwrap().ask(&request);
            self.sent.fetch_add(1, Ordering::SeqCst);
            match answer {
                Ok((201, answer, _)) => {
                    let account = answer.split("\"account\":\"").nth(1).unwrap();
                    let account = account.split('"').next().unwrap().to_owned();
                    self.acknowledged.lock().unwrap().push(account.clone());
                    last = Some(account);
                }
                Ok((200, _, _)) => {}
                Ok((status, answer, _)) => {
                    self.failed
                        .lock()
                        .unwrap()
                        .push(format!("{status} {answer}"));
                }
                Err(error) => self.failed.lock().unwrap().push(error.to_string()),
            }
            if kept.as_ref().is_some_and(|k| k.closed) {
                kept = None;
            }
        }
    }
}

fn request(method: &str, path: &str, key: &str, body: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: bonafide\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// A connection that is used again until the service says that it ends.
struct Kept {
    to: SocketAddr,
    stream: BufReader<TcpStream>,
    closed: bool,
}

impl Kept {
    fn open(to: SocketAddr) -> Self {
        let stream = TcpStream::connect(to).unwrap();
        stream.set_nodelay(true).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        Self {
            to,
            stream: BufReader::new(stream),
            closed: false,
        }
    }

    fn ask(&mut self, request: &str) -> std::io::Result<(u16, String, bool)> {
        self.stream.get_mut().write_all(request.as_bytes())?;
        let (mut status, mut length, mut line) = (None, 0, String::new());
        loop {
            line.clear();
            if self.stream.read_line(&mut line)? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            if status.is_none() {
                status = line.split(' ').nth(1).and_then(|s| s.parse().ok());
            }
            let lower = line.to_ascii_lowercase();
            if let Some(value) = lower.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            self.closed |= lower.trim() == "connection: close";
            if line == "\r\n" {
                break;
            }
        }
        let mut answer = vec![0; length];
        self.stream.read_exact(&mut answer)?;
        Ok((
            status.unwrap(),
            String::from_utf8(answer).unwrap(),
            self.closed,
        ))
    }
}

fn start(place: &Place) -> Server {
    place.serve(&[("BONAFIDE_SERVE_NOTICE_SECONDS", "1".to_owned())])
}

/// Asks a process to stop and waits until it has, in good order.
fn leave(mut server: Server) {
    let id = server.child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .unwrap()
            .success()
    );
    let ended = server.child.wait().unwrap();
    assert!(ended.success(), "{ended}");
}

#[test]
fn a_rolling_restart_on_postgres_fails_no_request() {
    let database = Database::new("rolling");
    let place = &database.place;
    let key = place.new_key();
    let balancer = Arc::new(Balancer::default());
    let mut servers = vec![start(place), start(place)];
    *balancer.known.lock().unwrap() = servers.iter().map(|s| s.address).collect();
    let mut threads = Vec::new();
    let of = balancer.clone();
    threads.push(thread::spawn(move || of.probe()));
    for client in 0..CLIENTS {
        let (of, key) = (balancer.clone(), key.clone());
        threads.push(thread::spawn(move || of.run(client, &key)));
    }
    for _ in 0..ROUNDS {
        for server in &mut servers {
            let next = start(place);
            balancer.known.lock().unwrap().push(next.address);
            let old = std::mem::replace(server, next);
            let gone = old.address;
            leave(old);
            balancer
                .known
                .lock()
                .unwrap()
                .retain(|known| *known != gone);
        }
    }
    balancer.stop.store(true, Ordering::SeqCst);
    threads.into_iter().for_each(|t| t.join().unwrap());
    let sent = balancer.sent.load(Ordering::SeqCst);
    let failed = balancer.failed.lock().unwrap();
    println!(
        "{sent} requests over {} restarts, {} failed",
        2 * ROUNDS,
        failed.len()
    );
    assert_eq!(failed.as_slice(), &[] as &[String]);
    assert!(sent > 200, "only {sent} requests were sent");
    drop(servers);
    check(place, &key, &balancer.acknowledged.lock().unwrap());
}
