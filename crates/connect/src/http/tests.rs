//! The sender against servers that behave badly, on this machine.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use super::*;

fn sender() -> HttpSender {
    HttpSender::new(&HttpOptions::default()).unwrap()
}

/// A server that reads one request, writes this, and closes; gives its address and, at the end, what it read.
fn server(answer: &'static [u8]) -> (String, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let served = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut read = Vec::new();
        let mut some = [0; 1024];
        while !read.ends_with(b"{}") {
            let count = stream.read(&mut some).unwrap();
            assert!(count > 0, "the request broke off");
            read.extend_from_slice(&some[..count]);
        }
        stream.write_all(answer).unwrap();
        String::from_utf8(read).unwrap()
    });
    (url, served)
}

async fn post(url: &str) -> Result<Reply, HttpError> {
    let headers = [("webhook-id", "evt_1".to_owned())];
    sender().post(url, &headers, b"{}".to_vec()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_goes_out_whole_and_its_status_comes_back() {
    let (url, served) = server(b"HTTP/1.1 204 No Content\r\n\r\n");
    let reply = post(&url).await.unwrap();
    assert_eq!((reply.status, reply.retry_after), (204, None));
    let read = served.join().unwrap();
    assert!(read.starts_with("POST /hook HTTP/1.1\r\n"), "{read}");
    assert!(read.contains("webhook-id: evt_1\r\n"), "{read}");
    assert!(
        read.contains("content-type: application/json\r\n"),
        "{read}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_are_answers_and_are_not_followed() {
    let (url, served) =
        server(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(post(&url).await.unwrap().status, 302);
    served.join().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_busy_says_when_to_come_again() {
    let (url, served) =
        server(b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n");
    let reply = post(&url).await.unwrap();
    assert_eq!(
        (reply.status, reply.retry_after),
        (429, Some(RetryAfter::Seconds(120)))
    );
    served.join().unwrap();
    let read = |text: &'static str| retry_after(&HeaderValue::from_static(text));
    let at = "1994-11-06T08:49:37Z".parse().unwrap();
    assert_eq!(
        read("Sun, 06 Nov 1994 08:49:37 GMT"),
        Some(RetryAfter::At(at))
    );
    for bad in [
        "",
        "soon",
        "-1",
        "Sun, 06 Nov 1994 08:49:37 CET",
        "Sun, 06 Foo 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
    ] {
        assert_eq!(read(bad), None, "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_answer_is_cut() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let endless = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 1024]).unwrap();
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            .unwrap();
        let chunk = [b"1000\r\n".as_slice(), &[b'x'; 4096], b"\r\n"].concat();
        let mut sent = 0;
        while stream.write_all(&chunk).is_ok() {
            sent += 4096;
            assert!(sent < 64 * 1024 * 1024, "the sender reads on and on");
        }
    });
    assert_eq!(post(&url).await.unwrap().status, 200);
    endless.join().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_reached_has_its_word() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    assert_eq!(post(&closed).await.unwrap_err().code(), "connect_failed");
    let (url, served) = server(b"");
    assert_eq!(post(&url).await.unwrap_err().code(), "connection_lost");
    served.join().unwrap();
    let refused = post("https://169.254.169.254/").await.unwrap_err();
    assert_eq!(refused.code(), "target_refused");
    assert_eq!(
        post("https://nowhere.invalid/").await.unwrap_err().code(),
        "name_unknown"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_certificate_nobody_vouches_for_is_not_sent_to() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let plain = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut hello = [0; 1024];
        let count = stream.read(&mut hello).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        hello[..count].to_vec()
    });
    assert_eq!(post(&url).await.unwrap_err().code(), "connect_failed");
    let hello = plain.join().unwrap();
    assert_eq!(
        hello.first(),
        Some(&0x16),
        "a TLS handshake and nothing else was sent"
    );
    assert!(!String::from_utf8_lossy(&hello).contains("evt_1"));
}

#[test]
fn a_file_of_certificates_must_hold_some() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("roots.pem");
    std::fs::write(&file, "no certificate").unwrap();
    for path in [file, folder.path().join("absent.pem")] {
        let options = HttpOptions {
            extra_roots: Some(path),
            ..HttpOptions::default()
        };
        assert!(matches!(
            HttpSender::new(&options),
            Err(HttpError::Setup(_))
        ));
    }
}

/// A server that answers one request after another, each from its list, and gives what it read.
fn file_server(
    answers: impl FnOnce(&str) -> Vec<Vec<u8>>,
) -> (String, thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answers = answers(&url);
    let served = thread::spawn(move || {
        let mut all = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut read = Vec::new();
            let mut some = [0; 1024];
            while !read.ends_with(b"\r\n\r\n") {
                let count = stream.read(&mut some).unwrap();
                assert!(count > 0, "the request broke off");
                read.extend_from_slice(&some[..count]);
            }
            all.push(String::from_utf8(read).unwrap());
            // The other side may have enough before everything is written.
            let _ = stream.write_all(&answer);
        }
        all
    });
    (url, served)
}

fn answer(head: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {head}Connection: close\r\nContent-Length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

fn fetch(url: &str) -> Fetch<'_> {
    Fetch {
        url,
        etag: None,
        last_modified: None,
        max_bytes: 100,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_fetched_through_redirects_and_asked_for_with_conditions() {
    let (url, served) = file_server(|url| {
        let moved = format!("302 Found\r\nLocation: {url}/stored?key=1\r\n");
        vec![
            answer(&moved, b"elsewhere"),
            answer(
                "200 OK\r\nETag: \"v2\"\r\nLast-Modified: Fri, 20 Nov 2026 08:00:00 GMT\r\n",
                b"the list",
            ),
            answer("304 Not Modified\r\nETag: \"v2\"\r\n", b""),
        ]
    });
    let file = format!("{url}/list.csv");
    let got = sender().get(fetch(&file)).await.unwrap();
    assert_eq!((got.status, got.body.as_slice()), (200, &b"the list"[..]));
    assert_eq!(got.etag.as_deref(), Some("\"v2\""));
    assert_eq!(
        got.modified_at,
        Some("2026-11-20T08:00:00Z".parse().unwrap())
    );
    let again = Fetch {
        etag: got.etag.as_deref(),
        last_modified: got.last_modified.as_deref(),
        ..fetch(&file)
    };
    let unchanged = sender().get(again).await.unwrap();
    assert_eq!((unchanged.status, unchanged.body.len()), (304, 0));
    let read = served.join().unwrap();
    assert!(read[0].starts_with("GET /list.csv HTTP/1.1"), "{read:?}");
    assert!(
        read[1].starts_with("GET /stored?key=1 HTTP/1.1"),
        "{read:?}"
    );
    assert!(read[2].contains("if-none-match: \"v2\""), "{read:?}");
    assert!(
        read[2].contains("if-modified-since: Fri, 20 Nov 2026 08:00:00 GMT"),
        "{read:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_long_or_cut_short_is_no_file() {
    let long = vec![b'a'; 1_000];
    let (url, served) = file_server(|_| vec![answer("200 OK\r\n", &long)]);
    let error = sender().get(fetch(&url)).await.unwrap_err();
    assert_eq!(error, HttpError::TooLong(100));
    served.join().unwrap();

    // Longer than it says it is: chunked, without a length.
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n".to_vec();
    let chunked = [chunked, vec![b'a'; 1_000], b"\r\n0\r\n\r\n".to_vec()].concat();
    let (url, served) = file_server(|_| vec![chunked]);
    let error = sender().get(fetch(&url)).await.unwrap_err();
    assert_eq!(error, HttpError::TooLong(100));
    served.join().unwrap();

    let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\nhalf of it".to_vec();
    let (url, served) = file_server(|_| vec![cut]);
    assert_eq!(sender().get(fetch(&url)).await, Err(HttpError::Broken));
    served.join().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_end_and_lead_nowhere_forbidden() {
    let (url, served) = file_server(|url| {
        let again = format!("301 Moved\r\nLocation: {url}/again\r\n");
        vec![answer(&again, b""); 6]
    });
    assert_eq!(sender().get(fetch(&url)).await, Err(HttpError::Redirects));
    served.join().unwrap();
    for to in [
        "http://lists.example.org/",
        "https://10.0.0.1/",
        "ftp://127.0.0.1/",
    ] {
        let (url, served) = file_server(|_| {
            let away = format!("302 Found\r\nLocation: {to}\r\n");
            vec![answer(&away, b"")]
        });
        let error = sender().get(fetch(&url)).await.unwrap_err();
        assert!(matches!(error, HttpError::Target(_)), "{to} {error}");
        served.join().unwrap();
    }
}
