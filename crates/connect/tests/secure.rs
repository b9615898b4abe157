//! Letters and webhooks over TLS, to real servers of this machine whose certificate a file of extra roots vouches for.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use bonafide_connect::{
    HttpError, HttpOptions, HttpSender, Letter, MailError, MailOptions, Mailer, Security,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/tls")
        .join(name)
}

/// What a server with this certificate does.
fn tls(name: &str) -> Arc<ServerConfig> {
    let certificate = CertificateDer::from_pem_file(file(&format!("{name}.pem"))).unwrap();
    let key = PrivateKeyDer::from_pem_file(file(&format!("{name}.key"))).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider);
    let config = config.with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth();
    Arc::new(config.with_single_cert(vec![certificate], key).unwrap())
}

fn secured(stream: TcpStream, name: &str) -> StreamOwned<ServerConnection, TcpStream> {
    StreamOwned::new(ServerConnection::new(tls(name)).unwrap(), stream)
}

// ── mail ──

/// How a mail server protects its connection.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Tls,
    StartTls,
    /// It offers no TLS at all.
    Plain,
}

/// What was said before and after the connection was protected; what ended in an error is cut short.
#[derive(Default)]
struct Heard {
    open: String,
    protected: String,
}

fn mail_server(way: Way, certificate: &'static str) -> (u16, JoinHandle<Heard>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut heard = Heard::default();
        let stream = match way {
            Way::Tls => stream,
            _ => {
                let offer: &[&str] = match way {
                    Way::StartTls => &["STARTTLS"],
                    _ => &["AUTH PLAIN"],
                };
                match talk(stream, true, offer, &mut heard.open) {
                    Some(stream) => stream,
                    None => return heard,
                }
            }
        };
        let greets = way == Way::Tls;
        let protected = secured(stream, certificate);
        talk(protected, greets, &["AUTH PLAIN"], &mut heard.protected);
        heard
    });
    (port, heard)
}

/// Takes letters; gives the stream back when it is to be protected.
fn talk<S: Read + Write>(stream: S, greets: bool, offer: &[&str], heard: &mut String) -> Option<S> {
    let mut stream = BufReader::new(stream);
    let (mut data, mut line) = (false, String::new());
    if greets && stream.get_mut().write_all(b"220 test\r\n").is_err() {
        return None;
    }
    loop {
        line.clear();
        stream.read_line(&mut line).ok().filter(|n| *n > 0)?;
        heard.push_str(&line);
        let text = line.trim_end();
        if data {
            data = text != ".";
            if data {
                continue;
            }
        }
        let answer = match text.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => format!("250-test\r\n250 {}\r\n", offer.join("\r\n250 ")),
            "STARTTLS" => "220 go on\r\n".to_owned(),
            "AUTH" => "235 welcome\r\n".to_owned(),
            "DATA" => {
                data = true;
                "354 go on\r\n".to_owned()
            }
            "QUIT" => "221 bye\r\n".to_owned(),
            _ => "250 good\r\n".to_owned(),
        };
        if stream.get_mut().write_all(answer.as_bytes()).is_err() || text == "QUIT" {
            return None;
        }
        if text == "STARTTLS" {
            return Some(stream.into_inner());
        }
    }
}

fn mailer(port: u16, security: Security, roots: bool) -> Mailer {
    Mailer::new(&MailOptions {
        server: "localhost".to_owned(),
        port,
        security,
        login: Some(("bonafide".to_owned(), "a password".to_owned())),
        extra_roots: roots.then(|| file("root.pem")),
    })
    .unwrap()
}

fn letter() -> Letter {
    Letter {
        from: "trust@cloud.example".to_owned(),
        reply_to: None,
        to: "canary-ana@example.org".to_owned(),
        subject: "Something is missing".to_owned(),
        text: "canary-text\n".to_owned(),
        language: "en".to_owned(),
        id: "job_1".to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_and_the_login_go_over_tls_from_the_first_byte_and_after_starttls() {
    for (way, security) in [
        (Way::Tls, Security::Tls),
        (Way::StartTls, Security::StartTls),
    ] {
        let (port, heard) = mail_server(way, "here");
        mailer(port, security, true).send(&letter()).await.unwrap();
        let heard = heard.join().unwrap();
        for told in [
            "AUTH PLAIN",
            "RCPT TO:<canary-ana@example.org>",
            "canary-text",
        ] {
            assert!(heard.protected.contains(told), "{}", heard.protected);
        }
        for secret in ["AUTH", "canary"] {
            assert!(!heard.open.contains(secret), "{}", heard.open);
        }
        let (port, heard) = mail_server(way, "here");
        mailer(port, security, true).greet().await.unwrap();
        heard.join().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_is_not_trusted_hears_neither_login_nor_letter() {
    for (way, security, certificate, roots) in [
        // Nobody vouches for it; it is somebody else; it offers no TLS.
        (Way::Tls, Security::Tls, "here", false),
        (Way::Tls, Security::Tls, "elsewhere", true),
        (Way::StartTls, Security::StartTls, "here", false),
        (Way::StartTls, Security::StartTls, "elsewhere", true),
        (Way::Plain, Security::StartTls, "here", true),
    ] {
        let (port, heard) = mail_server(way, certificate);
        let mailer = mailer(port, security, roots);
        let refused = mailer.send(&letter()).await.unwrap_err();
        assert_eq!(refused, MailError::Unreachable, "{certificate} {roots}");
        let heard = heard.join().unwrap();
        for secret in ["AUTH", "canary"] {
            let all = [&heard.open, &heard.protected];
            assert!(all.iter().all(|text| !text.contains(secret)), "{all:?}");
        }
    }
}

// ── webhooks ──

/// A receiver that answers one request over TLS and gives what it was sent; nothing if there was no conversation.
fn receiver(certificate: &'static str) -> (u16, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = thread::spawn(move || {
        let mut stream = secured(listener.accept().unwrap().0, certificate);
        let (mut read, mut some) = (Vec::new(), [0; 1024]);
        while !read.ends_with(b"{}") {
            match stream.read(&mut some) {
                Ok(count) if count > 0 => read.extend_from_slice(&some[..count]),
                _ => return String::new(),
            }
        }
        stream
            .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
            .unwrap();
        String::from_utf8(read).unwrap()
    });
    (port, heard)
}

async fn post(port: u16, host: &str, roots: bool) -> Result<u16, HttpError> {
    let sender = HttpSender::new(&HttpOptions {
        extra_roots: roots.then(|| file("root.pem")),
        ..HttpOptions::default()
    });
    let headers = [("webhook-id", "evt_1".to_owned())];
    let url = format!("https://{host}:{port}/hook");
    let reply = sender.unwrap().post(&url, &headers, b"{}".to_vec()).await;
    reply.map(|reply| reply.status)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_reaches_a_receiver_that_the_extra_roots_vouch_for() {
    for host in ["localhost", "127.0.0.1"] {
        let (port, heard) = receiver("here");
        assert_eq!(post(port, host, true).await, Ok(204));
        let heard = heard.join().unwrap();
        assert!(heard.contains("webhook-id: evt_1\r\n"), "{heard}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_not_trusted_hears_nothing() {
    for (certificate, roots) in [("here", false), ("elsewhere", true)] {
        let (port, heard) = receiver(certificate);
        let refused = post(port, "localhost", roots).await;
        assert_eq!(refused, Err(HttpError::Connect), "{certificate} {roots}");
        assert_eq!(heard.join().unwrap(), "");
    }
}
