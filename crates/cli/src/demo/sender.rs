//! Sends the samples through the public API, some at once, and times each.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use bonafide_app::answers::SignUpAnswer;
use bonafide_app::submission::SignUp;
use bonafide_model::RoleKind;
use bonafide_policy::Assessment;
use reqwest::Client;
use serde_json::Value;

use crate::progress::{self, Stopwatch};
use crate::shipped;

/// Sign-ups in flight.
const AT_ONCE: usize = 8;
/// How long one answer may take.
const ANSWER_MAX: Duration = Duration::from_secs(30);

/// A sample: the exact body, and what the table shows of it.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    pub(super) external_id: String,
    pub(super) name: String,
    pub(super) kind: &'static str,
    body: String,
}

/// A sample and its answer.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) sample: Sample,
    /// The assessment, or why there is none.
    pub(super) answer: Result<Assessment, String>,
    pub(super) took: Duration,
}

/// All samples, and how long the whole took.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) rows: Vec<Row>,
    pub(super) took: Duration,
}

/// The shipped samples.
pub(super) fn samples() -> anyhow::Result<Vec<Sample>> {
    let lines = shipped::SIGN_UPS.lines().enumerate();
    let read = lines.map(|(number, line)| {
        let sign_up: SignUp =
            serde_json::from_str(line).with_context(|| format!("sample line {}", number + 1))?;
        let holder = sign_up.roles.iter().find(|r| r.kind == RoleKind::Holder);
        let party = sign_up
            .parties
            .iter()
            .find(|p| holder.is_some_and(|h| h.party == p.reference));
        let claims = party.map_or(&[][..], |p| &p.claims);
        let name = claims.iter().find(|c| c.attribute == "legal_name");
        Ok(Sample {
            external_id: sign_up.external_id.clone().unwrap_or_default(),
            name: name
                .and_then(|c| c.value.as_str())
                .unwrap_or("no name given")
                .to_owned(),
            kind: party.map_or("", |p| p.kind.as_str()),
            body: line.to_owned(),
        })
    });
    read.collect()
}

/// Sends all, and gives the answers in the order of the samples.
pub(super) async fn send_all(
    to: SocketAddr,
    key: &str,
    samples: Vec<Sample>,
) -> anyhow::Result<Sent> {
    let client = Client::builder().no_proxy().timeout(ANSWER_MAX).build()?;
    let bar = progress::bar(samples.len() as u64, "sending");
    let (samples, next) = (Arc::new(samples), Arc::new(AtomicUsize::new(0)));
    let watch = Stopwatch::start();
    let workers: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let (client, samples, next, bar) =
                (client.clone(), samples.clone(), next.clone(), bar.clone());
            let (url, key) = (format!("http://{to}/v1/sign-ups"), key.to_owned());
            tokio::spawn(async move {
                let mut rows = Vec::new();
                loop {
                    let position = next.fetch_add(1, Ordering::Relaxed);
                    let Some(sample) = samples.get(position) else {
                        return rows;
                    };
                    let watch = Stopwatch::start();
                    let answer = send(&client, &url, &key, sample)
                        .await
                        .map_err(|e| format!("{e:#}"));
                    rows.push((
                        position,
                        Row {
                            sample: sample.clone(),
                            answer,
                            took: watch.elapsed(),
                        },
                    ));
                    bar.inc(1);
                }
            })
        })
        .collect();
    let mut rows = Vec::new();
    for worker in workers {
        rows.extend(worker.await?);
    }
    let took = watch.elapsed();
    bar.finish_and_clear();
    rows.sort_by_key(|(position, _)| *position);
    Ok(Sent {
        rows: rows.into_iter().map(|(_, row)| row).collect(),
        took,
    })
}

async fn send(
    client: &Client,
    url: &str,
    key: &str,
    sample: &Sample,
) -> anyhow::Result<Assessment> {
    let request = client
        .post(url)
        .bearer_auth(key)
        .header("Content-Type", "application/json")
        .header("Idempotency-Key", format!("demo-{}", sample.external_id));
    let response = request.body(sample.body.clone()).send().await?;
    let status = response.status();
    if !status.is_success() {
        let problem: Value = response.json().await?;
        let text = |name: &str| {
            problem
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let fields = problem
            .get("errors")
            .map(ToString::to_string)
            .unwrap_or_default();
        anyhow::bail!("{}: {} {fields}", status.as_u16(), text("detail"));
    }
    let answer: SignUpAnswer = response.json().await?;
    serde_json::from_value(answer.assessment).context("the answer holds no assessment")
}
