//! `bonafide serve`: the HTTP API on the operator's own data.
//!
//! Logs are JSON lines on standard error and hold no personal data. The API speaks plain HTTP: it listens on the machine
//! itself, and something that speaks TLS stands in front of it; another address must be allowed in so many words.

use std::env;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use bonafide_app::Location;
use bonafide_web::Pace;
use clap::Args;
use tokio::net::TcpListener;
use tracing::{info, warn};
use tracing_subscriber::EnvFilter;

use crate::config;
use crate::control::Control;
use crate::mail;
use crate::notify;
use crate::outcome::Answer;
use crate::place::Place;
use crate::session::{self, Session, block_on};
use crate::shipped;

/// How to serve.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Address and port [env: BONAFIDE_SERVE_LISTEN] [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Allow an address that other machines can reach: put TLS in front of it [env: BONAFIDE_SERVE_ALLOW_REMOTE]
    #[arg(long)]
    allow_remote: bool,
}

impl Arguments {
    fn listen(&self) -> anyhow::Result<SocketAddr> {
        match self.listen {
            Some(given) => Ok(given),
            None => Ok(config::get("serve.listen")
                .unwrap_or("127.0.0.1:8080")
                .parse()?),
        }
    }
}

pub(crate) fn run(place: &Place, arguments: &Arguments) -> anyhow::Result<Answer> {
    let listen = arguments.listen()?;
    anyhow::ensure!(
        listen.ip().is_loopback() || arguments.allow_remote || config::is_on("serve.allow_remote"),
        "`{}` can be reached from other machines and the API speaks plain HTTP: put TLS in front of a loopback address, \
         or say `--allow-remote`",
        listen
    );
    let filter = match env::var("RUST_LOG") {
        Ok(filter) => EnvFilter::try_new(filter).context("RUST_LOG is no filter")?,
        Err(_) => EnvFilter::try_new(config::get("log.filter").unwrap_or("info"))
            .context("`log.filter` is no filter")?,
    };
    let log = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(filter);
    match config::get("log.format") {
        Some("text") => log.init(),
        _ => log.json().init(),
    }
    block_on(async {
        let session = Session::serve(place).await?;
        begin(&session).await?;
        mail::set_up(&session.app)?;
        let listener = TcpListener::bind(listen).await;
        let listener = listener.with_context(|| format!("could not listen on {listen}"))?;
        let address = listener.local_addr()?;
        let _control = control(place, &session)?;
        let stopped = stopped();
        info!(%address, tenant = session.tenant.name, origin = session.tenant.origin, "serving");
        tell(notify::ready());
        let stopped = async {
            stopped.await;
            tell(notify::stopping());
        };
        bonafide_web::serve_at(session.app.clone(), listener, stopped, pace()?).await?;
        info!("stopped");
        Ok(Answer::Yes)
    })
}

/// A service manager that cannot be told waits in vain, and says so itself.
fn tell(told: std::io::Result<()>) {
    if let Err(error) = told {
        warn!(%error, "the service manager could not be told");
    }
}

/// How to stop.
fn pace() -> anyhow::Result<Pace> {
    let seconds = |name, default| -> anyhow::Result<Duration> {
        let given = config::get(name).map(str::parse).transpose()?;
        Ok(given.map_or(default, Duration::from_secs))
    };
    let default = Pace::default();
    Ok(Pace {
        notice: seconds("serve.notice_seconds", default.notice)?,
        drain: seconds("serve.drain_seconds", default.drain)?,
    })
}

/// Takes commands from the command line, where this process alone can have the database open.
fn control(place: &Place, session: &Session) -> anyhow::Result<Option<Control>> {
    if !matches!(place.location()?, Location::Sqlite(_)) {
        return Ok(None);
    }
    session::share(session.app.clone());
    match Control::start(place) {
        Ok(control) => Ok(Some(control)),
        Err(error) => {
            warn!(
                error = format!("{error:#}"),
                "commands cannot be taken: run them while the service is stopped"
            );
            Ok(None)
        }
    }
}

/// Activates the smallest pack where none is active, and says what else is missing.
async fn begin(session: &Session) -> anyhow::Result<()> {
    let (app, actor) = (&session.app, &session.actor);
    if session.tenant.engine().packs.active().is_empty() {
        let first = bonafide_policy::builtin::DEFAULT;
        let pack = shipped::pack(first).context("the first pack is not shipped")?;
        app.activate_pack(actor, &pack).await?;
        warn!(
            pack = first,
            "no pack was active: activated the smallest; see `bonafide policy list`"
        );
    }
    let engine = session.tenant.engine();
    if engine.catalogue.is_empty() {
        warn!(
            "no catalogue: every product is taken as in scope; set one with `bonafide policy set catalogue FILE`"
        );
    }
    if engine.lists.lists().is_empty() {
        warn!(
            "no screening list: screenings stay inconclusive; load one with `bonafide lists import NAME --sdn FILE`"
        );
    }
    if app
        .keys(actor)
        .await?
        .iter()
        .all(|k| k.revoked_at.is_some())
    {
        warn!("no API key: make one with `bonafide key create --label TEXT --scope SCOPE`");
    }
    Ok(())
}

/// Resolves when the process is asked to stop. Signals are heard from the call on, not only once somebody waits. Must be
/// called within the runtime.
pub(crate) fn stopped() -> impl Future<Output = ()> + Send + 'static {
    #[cfg(unix)]
    use tokio::signal::unix::{SignalKind, signal};
    // Without its signals the process can only be killed, which the store withstands.
    #[cfg(unix)]
    let signals = [SignalKind::terminate(), SignalKind::interrupt()].map(|kind| signal(kind).ok());
    async move {
        #[cfg(unix)]
        if let [Some(mut terminate), Some(mut interrupt)] = signals {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
        let _ = tokio::signal::ctrl_c().await;
    }
}
