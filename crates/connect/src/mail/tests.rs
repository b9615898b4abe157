use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use super::*;

/// A server that answers each command as the script says (by its first word), and gives what it was sent.
fn server(refuse: &'static str) -> (u16, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let told = thread::spawn(move || talk(listener.accept().unwrap().0, refuse));
    (port, told)
}

fn talk(stream: TcpStream, refuse: &str) -> String {
    let mut answer = stream.try_clone().unwrap();
    let mut say = |text: &str| answer.write_all(format!("{text}\r\n").as_bytes()).unwrap();
    say("220 test ready");
    let (mut sent, mut data) = (String::new(), false);
    for line in BufReader::new(stream).lines() {
        let Ok(line) = line else { break };
        sent.push_str(&line);
        sent.push('\n');
        if data {
            if line == "." {
                data = false;
                say("250 taken");
            }
            continue;
        }
        let word = line.split([' ', ':']).next().unwrap_or_default();
        if let Some(code) = refuse.strip_prefix(word).filter(|_| !word.is_empty()) {
            say(&format!("{} no", code.trim()));
            continue;
        }
        match word {
            "DATA" => {
                data = true;
                say("354 go on");
            }
            "QUIT" => {
                say("221 bye");
                break;
            }
            _ => say("250 good"),
        }
    }
    sent
}

fn mailer(port: u16) -> Mailer {
    Mailer::new(&MailOptions {
        server: "127.0.0.1".to_owned(),
        port,
        security: Security::None,
        login: None,
        extra_roots: None,
    })
    .unwrap()
}

fn letter() -> Letter {
    Letter {
        from: "Grüne Wolke <trust@wolke.example>".to_owned(),
        reply_to: Some("help@wolke.example".to_owned()),
        to: "ana@example.org".to_owned(),
        subject: "Noch etwas fehlt".to_owned(),
        text: "Guten Tag,\n\nwir brauchen noch eine Angabe.\n".to_owned(),
        language: "de".to_owned(),
        id: "job_1".to_owned(),
    }
}

#[tokio::test]
async fn an_e_mail_is_taken_with_its_headers() {
    let (port, told) = server("");
    mailer(port).send(&letter()).await.unwrap();
    let sent = told.join().unwrap();
    for expected in [
        "MAIL FROM:<trust@wolke.example>",
        "RCPT TO:<ana@example.org>",
        "Message-ID: <job_1@wolke.example>",
        "Auto-Submitted: auto-generated",
        "Content-Language: de",
        "Reply-To: help@wolke.example",
        "wir brauchen noch eine Angabe.",
    ] {
        assert!(sent.contains(expected), "{expected} is not in {sent}");
    }
}

#[tokio::test]
async fn what_never_passes_is_told_from_what_may_pass_later() {
    let (port, _told) = server("RCPT 550");
    assert_eq!(mailer(port).send(&letter()).await, Err(MailError::Refused));
    let (port, _told) = server("RCPT 451");
    let error = mailer(port).send(&letter()).await.unwrap_err();
    assert_eq!(error, MailError::Later);
    assert!(error.may_pass());
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let error = mailer(free).send(&letter()).await.unwrap_err();
    assert_eq!(error, MailError::Unreachable);
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_before_anybody_is_asked() {
    for bad in ["", "ana", "ana@example.org\r\nBcc: all@example.org"] {
        let letter = Letter {
            to: bad.to_owned(),
            ..letter()
        };
        assert_eq!(
            mailer(1).send(&letter).await,
            Err(MailError::Address),
            "{bad}"
        );
    }
}

#[test]
fn another_machine_is_reached_over_tls_only() {
    let options = MailOptions {
        server: "mail.example.org".to_owned(),
        port: 25,
        security: Security::None,
        login: None,
        extra_roots: None,
    };
    assert!(
        Mailer::new(&options)
            .unwrap_err()
            .to_string()
            .contains("TLS only")
    );
    let options = MailOptions {
        security: Security::StartTls,
        extra_roots: Some("no-such-file.pem".into()),
        ..options
    };
    assert!(
        Mailer::new(&options)
            .unwrap_err()
            .to_string()
            .contains("no-such-file.pem")
    );
}
