//! Letters: put with the judgement, sent by a job, recorded, and never about what has come meanwhile.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "spine/place.rs"]
mod place;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use bonafide_app::{Addition, App, LetterKind, Runner};
use bonafide_connect::{MailOptions, Mailer, Security};
use serde_json::json;

use place::{Place, actor, fresh, holds, set_up, signed_up, verified};

const BRANDS: &str = r#"
[green]
name = "Green Cloud"
from = "Green Cloud <trust@green.example>"
support = "https://green.example/verify"
language = "de"
"#;

/// An SMTP server that takes everything, and what it took.
fn server() -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let taken = Arc::new(Mutex::new(Vec::new()));
    let into = taken.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut answer = stream.try_clone().unwrap();
            let mut say = |text: &str| answer.write_all(format!("{text}\r\n").as_bytes());
            let _ = say("220 ready");
            let (mut letter, mut data) = (String::new(), false);
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                if data && line == "." {
                    into.lock().unwrap().push(std::mem::take(&mut letter));
                    data = false;
                    let _ = say("250 taken");
                } else if data {
                    letter.push_str(&line);
                    letter.push('\n');
                } else {
                    data = line == "DATA";
                    let _ = say(if data { "354 go on" } else { "250 good" });
                }
            }
        }
    });
    (port, taken)
}

async fn load_list(app: &App) {
    let part = |name: &str| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../screen/samples/ofac");
        let file = folder.join(format!("{name}.csv"));
        (name.to_owned(), std::fs::read(file).unwrap())
    };
    let parts = vec![part("sdn"), part("alt"), part("add")];
    app.load_list(&actor(), "ofac-sdn", None, parts)
        .await
        .unwrap();
}

fn with_server(app: &App) -> Arc<Mutex<Vec<String>>> {
    let (port, taken) = server();
    let options = MailOptions {
        server: "127.0.0.1".to_owned(),
        port,
        security: Security::None,
        login: None,
        extra_roots: None,
    };
    app.set_mailer(Mailer::new(&options).unwrap());
    taken
}

#[tokio::test]
async fn r_050_a_customer_is_told_what_is_missing_and_then_that_it_was_confirmed() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    app.set_brands(&actor(), BRANDS).await.unwrap();
    load_list(&app).await;
    let taken = with_server(&app);
    let answer = signed_up(&app, "Canaria Quokka", "canary-quokka@example.org").await;
    assert_eq!(answer.assessment["decision"], "provisional");
    let mut runner = Runner::new(app.clone());
    runner.run_until_idle().await.unwrap();
    {
        let taken = taken.lock().unwrap();
        assert_eq!(taken.len(), 1, "{taken:?}");
        assert!(
            taken[0].contains("To: canary-quokka@example.org"),
            "{}",
            taken[0]
        );
        assert!(taken[0].contains("Content-Language: de"), "{}", taken[0]);
        assert!(
            !taken[0].contains("Quokka "),
            "a letter names nobody: {}",
            taken[0]
        );
    }

    // The reminder waits; it goes when everything has come.
    let waiting = app.jobs(&actor(), None, None, 50).await.unwrap().items;
    assert!(
        waiting.iter().any(|j| j.task["letter"] == "reminder"),
        "{waiting:?}"
    );
    let check = serde_json::from_value(json!({"method": "email-code", "outcome": "pass"})).unwrap();
    let addition = Addition {
        checks: vec![check],
        ..Addition::default()
    };
    let party = answer.parties[0].id;
    let added = app.add_to_party(&actor(), party, &addition, None).await;
    let added = fresh(added.unwrap());
    assert_eq!(added.accounts[0].assessment["decision"], "approve");
    runner.run_until_idle().await.unwrap();
    assert_eq!(taken.lock().unwrap().len(), 2);
    let left = app.jobs(&actor(), None, None, 50).await.unwrap().items;
    assert!(left.iter().all(|j| j.kind != "send_letter"), "{left:?}");

    // What went out is recorded, sealed.
    let timeline = app.timeline(&actor(), party, None, 50).await.unwrap();
    let told = timeline
        .items
        .iter()
        .filter(|i| i.kind == "notified")
        .count();
    assert_eq!(told, 2);
    assert_eq!(verified(&app).await, 0);
    for canary in ["canary-quokka", "Quokka"] {
        assert_eq!(
            holds(place.dir.path(), canary.as_bytes()),
            Vec::<PathBuf>::new()
        );
    }
}

#[tokio::test]
async fn without_a_brand_nobody_is_written_to_and_without_a_server_letters_wait() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    signed_up(&app, "Ana Ferreira", "ana@example.org").await;
    let letters = async || {
        let jobs = app.jobs(&actor(), None, None, 50).await.unwrap().items;
        jobs.into_iter()
            .filter(|j| j.kind == "send_letter")
            .collect::<Vec<_>>()
    };
    assert_eq!(letters().await, []);
    app.set_brands(&actor(), BRANDS).await.unwrap();
    signed_up(&app, "Berta Klein", "berta@example.org").await;
    Runner::new(app.clone()).run_until_idle().await.unwrap();
    let waiting = letters().await;
    assert_eq!(
        waiting[0].error.as_deref(),
        Some("no_mail_server"),
        "{waiting:?}"
    );
    let refused = app
        .set_brands(&actor(), &BRANDS.replace("name = ", "nam = "))
        .await;
    assert!(refused.unwrap_err().to_string().contains("nam"));
    let shown = app
        .preview_letter(&actor(), LetterKind::Limited, "fr", "green")
        .await;
    assert!(shown.unwrap().text.contains("Bonjour"));
}
