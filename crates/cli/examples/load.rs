//! Sends sign-ups from several clients at once over kept connections and prints rate and latencies.
//!
//! `cargo run --release --example load -- ADDRESS KEY CLIENTS COUNT`, against `bonafide serve`. It measures the server from
//! outside, on the same machine: its own share of the processor is part of the figure.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a measuring tool: it may stop at anything unexpected"
)]
#![allow(clippy::disallowed_methods, reason = "it measures time")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

fn body(n: usize) -> String {
    format!(
        r#"{{"external_id":"load-{n}","account":{{"product":"vps-small"}},"parties":[{{"ref":"a","kind":"person","claims":[{{"attribute":"legal_name","value":"Applicant Number {n}"}},{{"attribute":"email","value":"applicant{n}@example.org"}},{{"attribute":"present_location","value":"DE"}},{{"attribute":"payment_token","value":"tok_{n:08x}"}}],"checks":[{{"method":"email-code","attributes":["email"],"outcome":"pass"}}]}}],"roles":[{{"party":"a","kind":"holder"}}]}}"#
    )
}

fn client(address: &str, key: &str, next: &AtomicUsize, count: usize) -> Vec<Duration> {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    let mut times = Vec::new();
    loop {
        let n = next.fetch_add(1, Ordering::Relaxed);
        if n >= count {
            return times;
        }
        let body = body(n);
        let request = format!(
            "POST /v1/sign-ups HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let began = Instant::now();
        writer.write_all(request.as_bytes()).unwrap();
        let (mut status, mut length, mut line) = (String::new(), 0, String::new());
        loop {
            line.clear();
            reader.read_line(&mut line).unwrap();
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
        reader.read_exact(&mut answer).unwrap();
        times.push(began.elapsed());
        assert!(
            status.contains(" 201 "),
            "{status} {}",
            String::from_utf8_lossy(&answer)
        );
    }
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [address, key, clients, count] = args.as_slice() else {
        eprintln!("usage: load ADDRESS KEY CLIENTS COUNT");
        std::process::exit(2);
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
                let times = client(address, key, &next, count);
                all.lock().unwrap().extend(times);
            });
        }
    });
    let seconds = began.elapsed().as_secs_f64();
    let mut times = all.lock().unwrap().clone();
    times.sort_unstable();
    let at = |per_mille: usize| times[(times.len() - 1) * per_mille / 1000].as_secs_f64() * 1000.0;
    println!(
        "{} sign-ups from {clients} clients in {seconds:.2} s: {:.0}/s, p50 {:.1} ms, p99 {:.1} ms, most {:.1} ms",
        times.len(),
        times.len() as f64 / seconds,
        at(500),
        at(990),
        at(1000)
    );
}
