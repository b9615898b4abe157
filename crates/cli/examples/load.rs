//! Sends sign-ups or orders from several clients at once over kept connections and prints rate and latencies.
//!
//! `cargo run --release --example load -- ADDRESS KEY CLIENTS COUNT [orders]`, against `bonafide serve`. It measures the
//! server from outside, on the same machine: its own share of the processor is part of the figure. With `orders` a thousand
//! accounts sign up first, and then their orders are asked about; by account, or with `orders-by-party` by party.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a measuring tool: it may stop at anything unexpected"
)]
#![allow(clippy::disallowed_methods, reason = "it measures time")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Accounts whose orders are asked about.
const CUSTOMERS: usize = 1000;

fn body(n: usize) -> String {
    format!(
        r#"{{"external_id":"load-{n}","account":{{"product":"vps-small"}},"parties":[{{"ref":"a","kind":"person","claims":[{{"attribute":"legal_name","value":"Applicant Number {n}"}},{{"attribute":"email","value":"applicant{n}@example.org"}},{{"attribute":"present_location","value":"DE"}},{{"attribute":"payment_token","value":"tok_{n:08x}"}}],"checks":[{{"method":"email-code","attributes":["email"],"outcome":"pass"}}]}}],"roles":[{{"party":"a","kind":"holder"}}]}}"#
    )
}

/// A kept connection.
struct Connection {
    address: String,
    key: String,
    reader: BufReader<TcpStream>,
    writer: TcpStream,
}

impl Connection {
    fn open(address: &str, key: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            address: address.to_owned(),
            key: key.to_owned(),
            reader: BufReader::new(stream.try_clone().unwrap()),
            writer: stream,
        }
    }

    /// Posts a body; gives the answer and how long it took.
    fn post(&mut self, path: &str, body: &str) -> (String, Duration) {
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            self.key,
            body.len()
        );
        let began = Instant::now();
        self.writer.write_all(request.as_bytes()).unwrap();
        let (mut status, mut length, mut line) = (String::new(), 0, String::new());
        loop {
            line.clear();
            self.reader.read_line(&mut line).unwrap();
            if status.is_empty() {
                status.clone_from(&line);
            }
            if line == "\r\n" {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut answer = vec![0; length];
        self.reader.read_exact(&mut answer).unwrap();
        let took = began.elapsed();
        let answer = String::from_utf8(answer).unwrap();
        assert!(
            status.contains(" 201 ") || status.contains(" 200 "),
            "{status} {answer}"
        );
        (answer, took)
    }
}

/// What is sent as the n-th request.
enum Work {
    SignUps,
    Orders(Vec<String>),
}

impl Work {
    fn path(&self) -> &'static str {
        match self {
            Self::SignUps => "/v1/sign-ups",
            Self::Orders(_) => "/v1/orders/authorize",
        }
    }

    fn body(&self, n: usize) -> String {
        match self {
            Self::SignUps => body(n),
            Self::Orders(whose) => format!(
                r#"{{{},"product":"vps-small","quantity":1,"price":{{"currency":"USD","minor":500}},"in_use":{{"instances":0,"spend":[{{"currency":"USD","minor":0}}]}}}}"#,
                whose[n % whose.len()]
            ),
        }
    }
}

/// Whose orders are asked about, after so many sign-ups.
fn customers(address: &str, key: &str, by: &str) -> Vec<String> {
    let mut connection = Connection::open(address, key);
    let signed_up = (0..CUSTOMERS).map(|n| {
        let (answer, _) = connection.post("/v1/sign-ups", &body(n));
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        match by {
            "orders" => format!(r#""account":{}"#, answer["account"]),
            "orders-by-party" => format!(r#""party":{}"#, answer["parties"][0]["id"]),
            other => panic!("`{other}` is not known: write `orders` or `orders-by-party`"),
        }
    });
    signed_up.collect()
}

fn client(
    address: &str,
    key: &str,
    work: &Work,
    next: &AtomicUsize,
    count: usize,
) -> Vec<Duration> {
    let mut connection = Connection::open(address, key);
    let mut times = Vec::new();
    loop {
        let n = next.fetch_add(1, Ordering::Relaxed);
        if n >= count {
            return times;
        }
        times.push(connection.post(work.path(), &work.body(n)).1);
    }
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (first, what) = args.split_at(args.len().min(4));
    let ([address, key, clients, count], [] | [_]) = (first, what) else {
        eprintln!("usage: load ADDRESS KEY CLIENTS COUNT [orders|orders-by-party]");
        std::process::exit(2);
    };
    let work = match what.first() {
        None => Work::SignUps,
        Some(by) => Work::Orders(customers(address, key, by)),
    };
    let (clients, count): (usize, usize) = (clients.parse().unwrap(), count.parse().unwrap());
    let (next, all) = (
        Arc::new(AtomicUsize::new(0)),
        Arc::new(Mutex::new(Vec::new())),
    );
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..clients {
            scope.spawn(|| {
                let times = client(address, key, &work, &next, count);
                all.lock().unwrap().extend(times);
            });
        }
    });
    let seconds = began.elapsed().as_secs_f64();
    let mut times = all.lock().unwrap().clone();
    times.sort_unstable();
    let at = |per_mille: usize| times[(times.len() - 1) * per_mille / 1000].as_secs_f64() * 1000.0;
    println!(
        "{} requests from {clients} clients in {seconds:.2} s: {:.0}/s, p50 {:.2} ms, p99 {:.2} ms, most {:.1} ms",
        times.len(),
        times.len() as f64 / seconds,
        at(500),
        at(990),
        at(1000)
    );
}
