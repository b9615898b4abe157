//! A receiver on this machine that keeps what it was sent and answers as it was told.

use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A message as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> String {
        let prefix = format!("{name}: ");
        let mut lines = self.head.lines();
        lines
            .find_map(|l| l.strip_prefix(&prefix))
            .unwrap()
            .to_owned()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn account(&self) -> String {
        self.json()["data"]["account"].as_str().unwrap().to_owned()
    }
}

pub(crate) struct Receiver {
    pub(crate) url: String,
    received: Arc<Mutex<Vec<Received>>>,
    status: Arc<AtomicU16>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!(
            "http://{}/hooks?token=not-to-be-seen",
            listener.local_addr().unwrap()
        );
        let received = Arc::new(Mutex::new(Vec::new()));
        let status = Arc::new(AtomicU16::new(200));
        let (kept, answer) = (received.clone(), status.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, kept.clone(), answer.clone()));
            }
        });
        Self {
            url,
            received,
            status,
        }
    }

    pub(crate) fn answer(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    pub(crate) fn all(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}

async fn serve(mut stream: TcpStream, kept: Arc<Mutex<Vec<Received>>>, answer: Arc<AtomicU16>) {
    let mut read = Vec::new();
    loop {
        let end = loop {
            if let Some(end) = read.windows(4).position(|w| w == b"\r\n\r\n") {
                break end;
            }
            if stream.read_buf(&mut read).await.unwrap_or(0) == 0 {
                return;
            }
        };
        let head = String::from_utf8(read[..end].to_vec()).unwrap();
        let length = head
            .lines()
            .find_map(|l| l.strip_prefix("content-length: "));
        let whole = end + 4 + length.unwrap().parse::<usize>().unwrap();
        while read.len() < whole {
            if stream.read_buf(&mut read).await.unwrap_or(0) == 0 {
                return;
            }
        }
        let body = read[end + 4..whole].to_vec();
        read.drain(..whole);
        kept.lock().unwrap().push(Received { head, body });
        let status = answer.load(Ordering::SeqCst);
        let later = if status == 429 {
            "Retry-After: 120\r\n"
        } else {
            ""
        };
        let text = format!("HTTP/1.1 {status} X\r\n{later}Content-Length: 0\r\n\r\n");
        let text = if status == 204 {
            "HTTP/1.1 204 X\r\n\r\n".to_owned()
        } else {
            text
        };
        if stream.write_all(text.as_bytes()).await.is_err() {
            return;
        }
    }
}
