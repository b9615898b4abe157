//! One HTTP request to somebody else's server, within bounds, and what came of it.
//!
//! One client for the process, so that connections are kept. Certificates are checked against the machine's own roots,
//! and those of a file the operator names. What the other side writes is read only so far that the connection can be used
//! again, and is shown to nobody.
//!
//! Refuses: redirects of what is sent, since a signed message is meant for one address; proxies of the environment;
//! addresses that [`Targets`] does not permit, checked at each connection. What is fetched may be redirected, each step
//! judged anew ([`get`](HttpSender::get)).

mod fetch;

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bonafide_model::Timestamp;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client};

use crate::target::{TargetError, Targets};

pub use fetch::{Fetch, Fetched};

/// Until a connection stands, with its certificate checked.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// Until the answer is there. Receivers are asked to answer first and to work afterwards; 15 seconds is at the low end of
/// what the Standard Webhooks specification proposes.
const ANSWER_MAX: Duration = Duration::from_secs(15);
/// Bytes of an answer that are read: a page of an error and no more.
const REPLY_MAX_BYTES: usize = 64 * 1024;
/// Connections kept for each host: as many as one receiver is sent to at once.
const IDLE_MAX: usize = 32;
/// How long a connection is kept without use: below the minute after which many servers close theirs.
const IDLE_FOR: Duration = Duration::from_secs(50);

/// How to send.
#[derive(Debug, Clone, Default)]
pub struct HttpOptions {
    /// Which addresses may be sent to.
    pub targets: Targets,
    /// A file of certificates in PEM, taken as roots beside those of the machine.
    pub extra_roots: Option<PathBuf>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// Nothing may be sent there.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The name stands for no address that may be sent to.
    #[error("the name resolves to no address that may be sent to")]
    Forbidden,
    /// The name stands for nothing.
    #[error("the name does not resolve")]
    Resolve,
    /// No connection, or the certificate is not trusted.
    #[error("no connection could be made, or its certificate is not trusted")]
    Connect,
    /// No answer in time.
    #[error("there was no answer within {} seconds", ANSWER_MAX.as_secs())]
    Timeout,
    /// The connection broke off.
    #[error("the connection broke off before the answer")]
    Broken,
    /// The answer is longer than was asked for.
    #[error("the answer is longer than {0} bytes")]
    TooLong(usize),
    /// One redirect after another.
    #[error("there were more than {} redirects", crate::http::fetch::REDIRECTS_MAX)]
    Redirects,
    /// The sender cannot be made.
    #[error("{0}")]
    Setup(String),
}

impl HttpError {
    /// A word for logs and tables; the list only grows.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Target(_) => "target_refused",
            Self::Forbidden => "address_refused",
            Self::Resolve => "name_unknown",
            Self::Connect => "connect_failed",
            Self::Timeout => "timeout",
            Self::Broken => "connection_lost",
            Self::TooLong(_) => "answer_too_long",
            Self::Redirects => "too_many_redirects",
            Self::Setup(_) => "setup",
        }
    }
}

/// When the other side wants to be asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    /// In so many seconds.
    Seconds(u32),
    /// At this instant.
    At(Timestamp),
}

/// An answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// When the other side wants to be asked again, if it said so.
    pub retry_after: Option<RetryAfter>,
}

/// Sends requests. Cheap to clone.
#[derive(Debug, Clone)]
pub struct HttpSender {
    client: Client,
    targets: Arc<Targets>,
}

impl HttpSender {
    /// A sender for the life of the process.
    ///
    /// # Errors
    /// If the file of certificates cannot be read, or the machine has no roots.
    pub fn new(options: &HttpOptions) -> Result<Self, HttpError> {
        let targets = Arc::new(options.targets.clone());
        let mut builder = Client::builder()
            .user_agent(concat!("bonafide/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .dns_resolver(Arc::new(Guarded(targets.clone())))
            .connect_timeout(CONNECT_MAX)
            .timeout(ANSWER_MAX)
            .pool_max_idle_per_host(IDLE_MAX)
            .pool_idle_timeout(IDLE_FOR)
            .tcp_nodelay(true);
        if let Some(path) = &options.extra_roots {
            let wrong = |why: String| {
                let path = path.display();
                HttpError::Setup(format!(
                    "`{path}` is not a file of certificates in PEM: {why}"
                ))
            };
            let pem = std::fs::read(path).map_err(|e| wrong(e.to_string()))?;
            let roots = Certificate::from_pem_bundle(&pem).map_err(|e| wrong(e.to_string()))?;
            if roots.is_empty() {
                return Err(wrong("it holds none".to_owned()));
            }
            builder = builder.tls_certs_merge(roots);
        }
        let client = builder.build().map_err(|e| {
            HttpError::Setup(format!(
                "requests cannot be sent from this machine: {}",
                cause(&e)
            ))
        })?;
        Ok(Self { client, targets })
    }

    /// Which addresses it sends to.
    #[must_use]
    pub fn targets(&self) -> &Targets {
        &self.targets
    }

    /// Posts a JSON body.
    ///
    /// # Errors
    /// If there is no answer.
    pub async fn post(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
    ) -> Result<Reply, HttpError> {
        let url = self.targets.check(url)?;
        let mut all = HeaderMap::with_capacity(headers.len() + 1);
        for (name, value) in headers {
            let value = HeaderValue::from_str(value);
            let value =
                value.map_err(|_| HttpError::Setup(format!("the header `{name}` is unfit")))?;
            all.insert(HeaderName::from_static(name), value);
        }
        all.insert(
            reqwest::header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        let request = self.client.post(url).headers(all).body(body);
        let mut response = request.send().await.map_err(|e| why(&e))?;
        let reply = Reply {
            status: response.status().as_u16(),
            retry_after: response.headers().get(RETRY_AFTER).and_then(retry_after),
        };
        // Read to the end, so that the connection can be used again; a longer answer costs its connection.
        let mut read = 0;
        while let Ok(Some(chunk)) = response.chunk().await {
            read += chunk.len();
            if read > REPLY_MAX_BYTES {
                break;
            }
        }
        Ok(reply)
    }
}

/// Resolves names to addresses that may be sent to, and to no others.
struct Guarded(Arc<Targets>);

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let targets = self.0.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await;
            let found =
                found.map_err(|_| Box::new(HttpError::Resolve) as Box<dyn Error + Send + Sync>)?;
            let good = |a: &SocketAddr| targets.permits_for(name.as_str(), a.ip());
            let permitted: Vec<SocketAddr> = found.filter(good).collect();
            if permitted.is_empty() {
                return Err(Box::new(HttpError::Forbidden).into());
            }
            Ok(Box::new(permitted.into_iter()) as Addrs)
        })
    }
}

/// What an error comes down to.
fn why(error: &reqwest::Error) -> HttpError {
    let mut source: Option<&dyn Error> = Some(error);
    while let Some(inner) = source {
        if let Some(ours) = inner.downcast_ref::<HttpError>() {
            return ours.clone();
        }
        source = inner.source();
    }
    if error.is_timeout() {
        HttpError::Timeout
    } else if error.is_connect() {
        HttpError::Connect
    } else {
        HttpError::Broken
    }
}

fn cause(error: &dyn Error) -> String {
    let mut deepest = error;
    while let Some(inner) = deepest.source() {
        deepest = inner;
    }
    deepest.to_string()
}

/// Seconds, or a date (RFC 9110, section 10.2.3).
fn retry_after(value: &HeaderValue) -> Option<RetryAfter> {
    let text = value.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(RetryAfter::Seconds(seconds));
    }
    http_date(text).map(RetryAfter::At)
}

/// An instant in the one form that is still sent (RFC 9110, section 5.6.7).
fn http_date(text: &str) -> Option<Timestamp> {
    let (_, date) = text.split_once(", ")?;
    let mut parts = date.split(' ');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let time = parts.next()?;
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let month = MONTHS.iter().position(|m| *m == month)? + 1;
    let zone = parts
        .next()
        .filter(|z| *z == "GMT" && parts.next().is_none());
    zone?;
    format!("{year}-{month:02}-{day}T{time}Z").parse().ok()
}

#[cfg(test)]
mod tests;
