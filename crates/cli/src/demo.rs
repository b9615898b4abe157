//! `bonafide demo`: the whole on invented sign-ups.
//!
//! Starts the real server on a fresh embedded database, sends the samples through the public API as a customer's system
//! would, and shows what came back; then judges one applicant under three packs, verifies the ledger from its first
//! record, and keeps serving. Nothing stays behind unless `--data` is given.

mod demands;
mod report;
mod sender;

use std::collections::BTreeSet;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use bonafide_app::{ListFiles, Role};
use clap::Args;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tracing_subscriber::EnvFilter;

use crate::outcome::Answer;
use crate::output::{Output, note};
use crate::place::Place;
use crate::serve::stopped;
use crate::session::{Session, block_on};
use crate::{ledger, shipped};

/// How to show it.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// End after the table and the verification
    #[arg(long)]
    exit: bool,
    /// Port, or loopback address and port, to serve on; any free port when left out
    #[arg(long, value_name = "PORT", default_value = "127.0.0.1:0", value_parser = loopback)]
    listen: SocketAddr,
    /// A shipped pack or a file; several by repeating [default: base-minimal]
    #[arg(long = "pack", value_name = "ID|FILE")]
    packs: Vec<String>,
    /// A screening list beside the sample: a directory with `sdn.csv`, or that file
    #[arg(long, value_name = "DIR|FILE")]
    list: Option<PathBuf>,
}

/// Reads `8080` or `127.0.0.1:8080`.
fn loopback(text: &str) -> Result<SocketAddr, String> {
    let port = text
        .parse()
        .map(|port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port));
    let address = port.or_else(|_| text.parse::<SocketAddr>());
    let address = address.map_err(|_| "write a port, or an address with a port".to_owned())?;
    match address.ip().is_loopback() {
        true => Ok(address),
        false => {
            Err("the demo is served on this machine alone: write a loopback address".to_owned())
        }
    }
}

pub(crate) fn run(place: &Place, output: &Output, arguments: &Arguments) -> anyhow::Result<Answer> {
    if place.database_url.is_some() {
        bail!("the demo runs on the embedded database: leave `--database-url` out");
    }
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("error"));
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(filter)
        .init();
    let made = tempfile::Builder::new().prefix("bonafide-demo-").tempdir();
    let temporary = made.context("could not make a temporary directory")?;
    let data = match &place.data {
        Some(data) if fs::read_dir(data).is_ok_and(|mut d| d.next().is_some()) => {
            bail!(
                "{} is not empty: name a new directory, so that samples do not mix with data",
                data.display()
            );
        }
        Some(data) => data.clone(),
        None => temporary.path().to_owned(),
    };
    let place = Place {
        data: Some(data),
        keyring: None,
        embedded: true,
        ..place.clone()
    };
    let answer = block_on(async {
        tokio::select! {
            answer = show(&place, output, arguments) => answer,
            () = stopped() => Ok(Answer::Yes),
        }
    });
    temporary
        .close()
        .context("could not remove the temporary directory")?;
    answer
}

async fn show(place: &Place, output: &Output, arguments: &Arguments) -> anyhow::Result<Answer> {
    let session = prepared(place, arguments).await?;
    let listener = TcpListener::bind(arguments.listen).await;
    let listener = listener.with_context(|| format!("could not listen on {}", arguments.listen))?;
    let address = listener.local_addr()?;
    let (stop, stopping) = oneshot::channel::<()>();
    let serving = bonafide_web::serve(session.app.clone(), listener, async move {
        // A sender that is gone asks to stop too.
        let _ = stopping.await;
    });
    let serving = tokio::spawn(serving);
    let key = session
        .app
        .create_key(&session.actor, "demo", Role::Service, &BTreeSet::new())
        .await?;

    let samples = sender::samples()?;
    let sent = sender::send_all(address, &key, samples).await?;
    report::show(output, &sent)?;
    demands::show(output, &session)?;
    let good = ledger_checked(output, &session).await?;
    let refused = sent.rows.iter().filter(|row| row.answer.is_err()).count();
    if refused > 0 {
        note(format!(
            "{refused} samples were not accepted: see the table"
        ));
    }
    if arguments.exit {
        drop(stop);
        serving.await??;
        return Ok(Answer::from(good && refused == 0));
    }
    let text = format!(
        "\nserving on http://{address}, documentation at http://{address}/docs\nAPI key: {key}\ntry:  curl -H \
         \"Authorization: Bearer {key}\" http://{address}/v1/accounts\nend with Ctrl-C"
    );
    let value = json!({"address": format!("http://{address}"), "docs": format!("http://{address}/docs"), "key": key});
    output.say(&json!({"serving": value}), text)?;
    serving.await??;
    Ok(Answer::from(good))
}

/// A fresh installation with packs, catalogue, provider and lists.
async fn prepared(place: &Place, arguments: &Arguments) -> anyhow::Result<Session> {
    let session = Session::create(place).await?;
    let (app, actor) = (&session.app, &session.actor);
    app.set_text(actor, "catalogue", shipped::CATALOGUE).await?;
    app.set_text(actor, "provider", shipped::PROVIDER).await?;
    app.load_list(actor, shipped::SAMPLE_LIST, None, shipped::sample_list())
        .await?;
    if let Some(path) = &arguments.list {
        let ListFiles { name, parts, .. } = shipped::list_from(path, app.now())?;
        app.load_list(actor, &name, None, parts).await?;
    }
    let first = [bonafide_policy::builtin::DEFAULT.to_owned()];
    let packs = if arguments.packs.is_empty() {
        &first[..]
    } else {
        &arguments.packs
    };
    for pack in packs {
        app.activate_pack(actor, &shipped::pack_or_file(pack)?)
            .await?;
    }
    Ok(session)
}

async fn ledger_checked(output: &Output, session: &Session) -> anyhow::Result<bool> {
    session.settle().await?;
    let report = ledger::audited(session).await?;
    let checkpoint = session.app.checkpoint(&session.actor).await?;
    let size = checkpoint.lines().nth(1).unwrap_or_default();
    if output.is_json() {
        let value = json!({"valid": report.is_clean(), "entries": report.entries, "checkpoint": checkpoint});
        output.value(&json!({"ledger": value}))?;
    } else {
        output.line(format!(
            "\n{}; checkpoint of size {size}",
            ledger::verdict(&report)
        ))?;
    }
    Ok(report.is_clean())
}
