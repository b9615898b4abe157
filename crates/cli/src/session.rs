//! An open application and the tenant that a command is about.

use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use anyhow::{Context as _, bail};
use bonafide_app::{Actor, App, Config, Location, Tenant};
use bonafide_connect::{HttpOptions, Network, Targets};
use bonafide_model::SystemClock;
use bonafide_seal::SystemEntropy;
use tokio::runtime::Handle;

use crate::config;
use crate::output::note;
use crate::place::{Place, make_private};

/// What a running service has open, for commands that are sent to it.
static SHARED: OnceLock<(App, Handle)> = OnceLock::new();

/// Lets commands that are sent to this process work with what it has open. Called within its runtime.
pub(crate) fn share(app: App) {
    // A process serves once.
    let _ = SHARED.set((app, Handle::current()));
}

/// Whether this process is a service, and what it has open.
pub(crate) fn shared() -> Option<App> {
    SHARED.get().map(|(app, _)| app.clone())
}

/// What a command works with.
pub(crate) struct Session {
    pub(crate) app: App,
    pub(crate) actor: Actor,
    pub(crate) tenant: Arc<Tenant>,
}

impl Session {
    /// Opens data that is there.
    pub(crate) async fn open(place: &Place) -> anyhow::Result<Self> {
        let hint = "run `bonafide serve` or `bonafide key create` once to begin, or name another place with `--data DIR`";
        if !place.is_begun()? {
            bail!("there is no data in {}: {hint}", place.data()?.display());
        }
        let app = open(place).await?;
        let tenant = app.tenant(place.tenant());
        let tenant =
            tenant.with_context(|| format!("there is nothing of this tenant here: {hint}"))?;
        let actor = asks(&app, place).await?;
        Ok(Self { app, actor, tenant })
    }

    /// Opens data that is there without the checks of the start, to look for what is wrong with it.
    pub(crate) async fn audit(place: &Place) -> anyhow::Result<Self> {
        let app = match shared() {
            Some(app) => app,
            None => {
                let app = App::open_for_audit(config(place)?).await?;
                app.set_history_folder(place.data()?.join("history"));
                app
            }
        };
        let tenant = app.tenant(place.tenant())?;
        let actor = asks(&app, place).await?;
        Ok(Self { app, actor, tenant })
    }

    /// Opens data, and makes place and tenant when they are not there.
    pub(crate) async fn create(place: &Place) -> anyhow::Result<Self> {
        let mut session = Self::serve(place).await?;
        session.actor = asks(&session.app, place).await?;
        Ok(session)
    }

    /// The same for the service itself, which is nobody on the staff.
    pub(crate) async fn serve(place: &Place) -> anyhow::Result<Self> {
        if let Location::Sqlite(path) = place.location()? {
            make_private(path.parent().unwrap_or(&path))?;
        }
        let app = open(place).await?;
        let actor = Actor::worker(place.tenant());
        let tenant = app.ensure_tenant(place.tenant(), &actor).await?;
        Ok(Self { app, actor, tenant })
    }

    /// Gives what was just recorded its place in the ledger, under a signed head.
    pub(crate) async fn settle(&self) -> anyhow::Result<()> {
        self.app.sequence(&self.tenant).await?;
        Ok(())
    }
}

/// Refuses to write into the data of another user: what root makes there, the service cannot read.
#[cfg(unix)]
fn check_owner(place: &Place) -> anyhow::Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    let Location::Sqlite(path) = place.location()? else {
        return Ok(());
    };
    let owner = std::fs::metadata(path.parent().unwrap_or(&path)).map(|m| m.uid());
    let me = std::fs::metadata("/proc/self").map(|m| m.uid());
    match (owner, me) {
        (Ok(owner), Ok(me)) if owner != me => bail!(
            "the data belongs to the user with number {owner} and this is {me}: run the command as that user, such as \
             `sudo -u bonafide bonafide …`"
        ),
        _ => Ok(()),
    }
}

#[cfg(not(unix))]
fn check_owner(_: &Place) -> anyhow::Result<()> {
    Ok(())
}

async fn open(place: &Place) -> anyhow::Result<App> {
    Ok(match shared() {
        Some(app) => app,
        None => {
            check_owner(place)?;
            let app = App::open(config(place)?).await?;
            app.set_history_folder(place.data()?.join("history"));
            if let Some(options) = outbound()? {
                app.set_outbound(&options)?;
            }
            app
        }
    })
}

/// Who asks: an active member of staff, or whoever is made the first one because there is none yet.
async fn asks(app: &App, place: &Place) -> anyhow::Result<Actor> {
    let handle = place.actor_name();
    let (actor, first) = app.staff_actor(place.tenant(), &handle).await?;
    if first {
        note(format!(
            "`{handle}` is the first member of staff: see `bonafide staff list`, and `docs/access.md` for what comes next"
        ));
    }
    Ok(actor)
}

/// How other systems are reached, where the settings say something about it.
fn outbound() -> anyhow::Result<Option<HttpOptions>> {
    let allowed = config::get("webhooks.allow_targets");
    let extra_roots = config::get("webhooks.extra_roots").map(PathBuf::from);
    if allowed.is_none() && extra_roots.is_none() {
        return Ok(None);
    }
    let networks = allowed.unwrap_or_default().split(',').map(str::trim);
    let networks = networks.filter(|n| !n.is_empty()).map(str::parse);
    let networks = networks.collect::<Result<Vec<Network>, _>>();
    Ok(Some(HttpOptions {
        targets: Targets::new(networks.context("`webhooks.allow_targets`")?),
        extra_roots,
    }))
}

pub(crate) fn config(place: &Place) -> anyhow::Result<Config> {
    Ok(Config {
        location: place.location()?,
        keyring: place.keyring()?,
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
    })
}

/// Runs what waits for storage or a network.
pub(crate) fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    if let Some((_, handle)) = SHARED.get() {
        return handle.block_on(work);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime
        .context("could not start the threads of the program")?
        .block_on(work)
}
