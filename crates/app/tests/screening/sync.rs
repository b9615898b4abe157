//! Lists kept at what their authorities publish, from a server on this machine.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use bonafide_app::{App, Runner, Synced};

use crate::place::{Place, actor, set_up};

/// What a server has, and what it was asked for.
#[derive(Default)]
struct Published {
    /// By path: the version and the file.
    files: BTreeMap<String, (String, Vec<u8>)>,
    /// The status in place of 200, if it is broken.
    broken: Option<u16>,
    asked: Vec<String>,
}

type Shared = Arc<Mutex<Published>>;

/// Serves what is published until the test ends; gives its address.
fn serve(published: &Shared) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let published = published.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut read = Vec::new();
            let mut some = [0; 4096];
            while !read.windows(4).any(|w| w == b"\r\n\r\n") {
                match stream.read(&mut some) {
                    Ok(count) if count > 0 => read.extend_from_slice(&some[..count]),
                    _ => break,
                }
            }
            let request = String::from_utf8(read).unwrap();
            let _ = stream.write_all(&answer(&published, &request));
        }
    });
    url
}

fn answer(published: &Shared, request: &str) -> Vec<u8> {
    let mut published = published.lock().unwrap();
    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
    published.asked.push(request.to_owned());
    let (status, etag, body) = match (published.broken, published.files.get(&path)) {
        (Some(status), _) => (status, "", &b""[..]),
        (None, None) => (404, "", &b"gone"[..]),
        (None, Some((etag, _))) if request.contains(&format!("if-none-match: \"{etag}\"")) => {
            (304, etag.as_str(), &b""[..])
        }
        (None, Some((etag, body))) => (200, etag.as_str(), body.as_slice()),
    };
    let head = format!(
        "HTTP/1.1 {status} X\r\nETag: \"{etag}\"\r\nLast-Modified: Fri, 20 Nov 2026 08:00:00 GMT\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// A list of one's own with so many entries.
fn csv(entries: std::ops::Range<usize>) -> Vec<u8> {
    let rows: String = entries
        .map(|n| format!("N-{n},Sample Person {n},person\n"))
        .collect();
    format!("id,name,type\n{rows}").into_bytes()
}

fn publish(published: &Shared, path: &str, etag: &str, body: Vec<u8>) {
    let mut published = published.lock().unwrap();
    published
        .files
        .insert(path.to_owned(), (etag.to_owned(), body));
}

async fn sync(app: &App, force: bool) -> Synced {
    app.sync_list(&actor(), "own", None, force).await.unwrap()
}

/// An installation with one source, `/list.csv`.
async fn begin(more: &str) -> (Place, App, Shared) {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    let published = Shared::default();
    let url = serve(&published);
    let sources = format!("[lists.own]\nurls = [\"{url}/list.csv?token=secret\"]\n{more}")
        .replace("URL", &url);
    app.set_list_sources(&actor(), &sources).await.unwrap();
    (place, app, published)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_fetched_once_and_again_when_it_changed() {
    let (_place, app, published) = begin("").await;
    publish(&published, "/list.csv?token=secret", "v1", csv(0..10));
    let Synced::Loaded(loaded) = sync(&app, false).await else {
        panic!("not loaded")
    };
    assert_eq!(loaded.0.entries, 10);
    // The file does not say its day; the server says when it changed.
    assert_eq!(loaded.0.published_on.unwrap().to_string(), "2026-11-20");
    assert!(matches!(sync(&app, false).await, Synced::Unchanged));
    let asked = published.lock().unwrap().asked.clone();
    assert!(!asked[0].contains("if-none-match"), "{asked:?}");
    assert!(asked[1].contains("if-none-match: \"v1\""), "{asked:?}");
    assert!(
        asked[1].contains("if-modified-since: Fri, 20 Nov"),
        "{asked:?}"
    );

    // Another version with the same bytes is the same list.
    publish(&published, "/list.csv?token=secret", "v2", csv(0..10));
    assert!(matches!(sync(&app, false).await, Synced::Unchanged));
    publish(&published, "/list.csv?token=secret", "v3", csv(1..12));
    assert!(matches!(sync(&app, false).await, Synced::Loaded(_)));
    let diff = app.diff_list(&actor(), "own", Vec::new()).await.unwrap();
    let numbers = |briefs: &[bonafide_app::ListedBrief]| {
        briefs.iter().map(|b| b.entry.clone()).collect::<Vec<_>>()
    };
    assert_eq!(numbers(&diff.added), ["N-10", "N-11"]);
    assert_eq!(numbers(&diff.removed), ["N-0"]);
    let other = vec![("x.csv".to_owned(), csv(1..5))];
    let diff = app.diff_list(&actor(), "own", other).await.unwrap();
    assert_eq!((diff.added.len(), diff.removed.len()), (0, 7));
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_fails_keeps_the_list_in_use_and_says_so() {
    let (_place, app, published) = begin("").await;
    publish(&published, "/list.csv?token=secret", "v1", csv(0..10));
    assert!(matches!(sync(&app, false).await, Synced::Loaded(_)));
    let good = app.lists(&actor()).await.unwrap().remove(0);
    assert!(good.checked_at.is_some() && good.problem.is_none());

    let mut whole = csv(0..10);
    whole.extend(b"\"cut");
    for (etag, body, says) in [
        ("cut", whole, "is cut short"),
        (
            "page",
            b"<html>come back later</html>".to_vec(),
            "it is a web page",
        ),
        ("empty", Vec::new(), "is empty"),
    ] {
        publish(&published, "/list.csv?token=secret", etag, body);
        let Synced::Failed(why) = sync(&app, false).await else {
            panic!("{etag} was taken")
        };
        assert!(why.contains(says), "{why}");
        assert!(!why.contains("secret"), "{why}");
    }
    published.lock().unwrap().broken = Some(503);
    let Synced::Failed(why) = sync(&app, false).await else {
        panic!("an error was taken")
    };
    assert!(why.contains("answered 503"), "{why}");
    let now = app.lists(&actor()).await.unwrap().remove(0);
    assert_eq!((now.digest, now.entries), (good.digest.clone(), 10));
    assert_eq!(now.problem.as_deref(), Some(why.as_str()));
    assert_eq!(now.checked_at, good.checked_at);

    // What mends it, mends the status too.
    published.lock().unwrap().broken = None;
    publish(&published, "/list.csv?token=secret", "v1", csv(0..10));
    assert!(matches!(sync(&app, false).await, Synced::Unchanged));
    assert!(app.lists(&actor()).await.unwrap()[0].problem.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_shrank_or_became_another_is_held_back_until_it_is_forced() {
    let (_place, app, published) = begin("").await;
    publish(&published, "/list.csv?token=secret", "v1", csv(0..10));
    assert!(matches!(sync(&app, false).await, Synced::Loaded(_)));
    publish(&published, "/list.csv?token=secret", "v2", csv(0..8));
    for _ in 0..2 {
        let Synced::Held(why) = sync(&app, false).await else {
            panic!("a list that lost a fifth was taken")
        };
        assert!(
            why.contains("from 10 to 8 entries") && why.contains("--force"),
            "{why}"
        );
    }
    assert_eq!(app.lists(&actor()).await.unwrap()[0].entries, 10);
    assert!(matches!(sync(&app, true).await, Synced::Loaded(_)));
    assert_eq!(app.lists(&actor()).await.unwrap()[0].entries, 8);

    let ftm = |n| {
        format!(
            "{{\"id\":\"N-{n}\",\"schema\":\"Person\",\"properties\":{{\"name\":[\"Sample Person {n}\"]}}}}\n"
        )
    };
    let lines: String = (0..8).map(ftm).collect();
    publish(
        &published,
        "/list.csv?token=secret",
        "v3",
        lines.into_bytes(),
    );
    let Synced::Held(why) = sync(&app, false).await else {
        panic!("another format was taken")
    };
    assert!(why.contains("is FollowTheMoney (JSON lines) now"), "{why}");
    assert!(matches!(sync(&app, true).await, Synced::Loaded(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_which_much_cannot_be_read_is_held_back() {
    let (_place, app, published) = begin("").await;
    let mut spoilt = csv(0..20);
    spoilt.extend(b"N-20,one,two,three,four\nN-21,one,two,three,four\n");
    publish(&published, "/list.csv?token=secret", "v1", spoilt);
    let Synced::Held(why) = sync(&app, false).await else {
        panic!("a spoilt list was taken")
    };
    assert!(why.contains("2 rows that cannot be read; line 22"), "{why}");
    let Synced::Loaded(loaded) = sync(&app, true).await else {
        panic!("not loaded")
    };
    assert_eq!(loaded.0.entries, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checksum_must_be_that_of_the_file() {
    let (_place, app, published) = begin("sha256_urls = [\"URL/sum\"]\n").await;
    publish(&published, "/list.csv?token=secret", "v1", csv(0..10));
    let Synced::Failed(why) = sync(&app, false).await else {
        panic!("taken without its checksum")
    };
    assert!(why.contains("holds no SHA-256"), "{why}");
    let of = |bytes: &[u8]| format!("{}  list.csv\n", bonafide_ledger::sha256(bytes)).into_bytes();
    publish(&published, "/sum", "s1", of(&csv(0..9)));
    let Synced::Failed(why) = sync(&app, false).await else {
        panic!("taken against its checksum")
    };
    assert!(why.contains("does not have the SHA-256"), "{why}");
    publish(&published, "/sum", "s2", of(&csv(0..10)));
    assert!(matches!(sync(&app, false).await, Synced::Loaded(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_fetches_it_and_files_take_the_place_of_the_network() {
    let (_place, app, published) = begin("every_hours = 24\n").await;
    publish(&published, "/list.csv?token=secret", "v1", csv(0..10));
    let mut runner = Runner::new(app.clone());
    for _ in 0..50 {
        runner.pass().await.unwrap();
        runner
            .settle_next(std::time::Duration::from_millis(200))
            .await
            .unwrap();
        if !app.lists(&actor()).await.unwrap().is_empty() {
            break;
        }
    }
    assert_eq!(app.lists(&actor()).await.unwrap()[0].entries, 10);
    let asked = published.lock().unwrap().asked.len();
    let files = vec![("list.csv".to_owned(), csv(0..11))];
    let synced = app.sync_list(&actor(), "own", Some(files), false).await;
    assert!(matches!(synced.unwrap(), Synced::Loaded(_)));
    assert_eq!(published.lock().unwrap().asked.len(), asked);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_may_not_be_fetched_is_refused() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    for url in [
        "http://lists.example.org/a",
        "https://10.0.0.1/a?token=secret",
        "file:///etc/passwd",
    ] {
        let text = format!("[lists.own]\nurls = [\"{url}\"]\n");
        let error = app.set_list_sources(&actor(), &text).await.unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("list `own`") && !text.contains("secret"),
            "{text}"
        );
    }
    let error = app
        .sync_list(&actor(), "own", None, false)
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "no source of a list `own`");
}
