//! The service on a socket: the ledger moves on by itself, large bodies are answered, stopping is orderly.

use std::time::Duration;

use bonafide_web::serve;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::harness::{TestApi, sign_up};

/// No step of these tests takes longer on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(20);

struct Service {
    address: String,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), bonafide_web::ServeError>>,
}

async fn start(api: &TestApi) -> Service {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(serve(api.app.clone(), listener, async move {
        drop(stopped.await)
    }));
    Service {
        address,
        stop,
        task,
    }
}

/// Sends a request and reads the whole answer, of which the connection's end is the end.
async fn ask(service: &Service, key: &str, method_and_path: &str, body: &[u8]) -> String {
    let mut stream = TcpStream::connect(&service.address).await.unwrap();
    let head = format!(
        "{method_and_path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let mut answer = Vec::new();
    let talk = async {
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body).await.unwrap();
        stream.read_to_end(&mut answer).await.unwrap();
    };
    timeout(PATIENCE, talk).await.expect("an answer in time");
    String::from_utf8(answer).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn records_get_their_places_without_being_asked() {
    let api = TestApi::start().await;
    let before = api.ledger_size().await;
    let service = start(&api).await;
    let answer = ask(
        &service,
        &api.key,
        "POST /v1/sign-ups",
        sign_up().to_string().as_bytes(),
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    let placed = async {
        loop {
            let note = ask(&service, &api.key, "GET /v1/ledger/checkpoint", b"").await;
            let size = note
                .split("\r\n\r\n")
                .nth(1)
                .and_then(|n| n.lines().nth(1)?.parse::<u64>().ok());
            if size.is_some_and(|s| s > before) {
                break;
            }
        }
    };
    timeout(PATIENCE, placed)
        .await
        .expect("a checkpoint in time");
    service.stop.send(()).unwrap();
    timeout(PATIENCE, service.task)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_too_large_is_answered_and_not_cut_off() {
    let api = TestApi::start().await;
    let service = start(&api).await;
    let answer = ask(
        &service,
        &api.key,
        "POST /v1/sign-ups",
        &vec![b'['; 10 * 1024 * 1024],
    )
    .await;
    assert!(
        answer.starts_with("HTTP/1.1 413") && answer.contains("urn:bonafide:problem:too-large"),
        "{answer}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_breaks_off_writes_nothing() {
    let api = TestApi::start().await;
    let service = start(&api).await;
    let mut stream = TcpStream::connect(&service.address).await.unwrap();
    let body = sign_up().to_string();
    let head = format!(
        "POST /v1/sign-ups HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        api.key,
        body.len() + 1
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut answer))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        api.get("/v1/accounts").await.json()["items"],
        serde_json::json!([])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_connection_does_not_hold_up_the_end() {
    let api = TestApi::start().await;
    let service = start(&api).await;
    let idle = TcpStream::connect(&service.address).await.unwrap();
    ask(&service, &api.key, "GET /healthz", b"").await;
    service.stop.send(()).unwrap();
    timeout(PATIENCE, service.task)
        .await
        .expect("the end in time")
        .unwrap()
        .unwrap();
    drop(idle);
}
