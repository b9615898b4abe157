//! What handlers share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use axum::extract::FromRef;
use bonafide_app::App;
use tokio::sync::Semaphore;

/// Requests in work at once. Each holds a body of at most 1 MiB and what is made of it; beyond this, answering that it is
/// too much is kinder than being slow to all.
const IN_WORK_MAX: usize = 256;

/// The state of the API.
#[derive(Clone)]
pub(crate) struct Web {
    pub(crate) app: App,
    shared: Arc<Shared>,
}

struct Shared {
    /// Start of every request id: two runs of the service give no id twice.
    started: String,
    requests: AtomicU64,
    in_work: Arc<Semaphore>,
    sequencing: AtomicBool,
    leaving: AtomicBool,
}

impl Web {
    /// A new state over an application.
    pub(crate) fn new(app: App) -> Self {
        let started = format!("{:x}-{:x}", app.now().as_millis(), std::process::id());
        let shared = Shared {
            started,
            requests: AtomicU64::new(0),
            in_work: Arc::new(Semaphore::new(IN_WORK_MAX)),
            sequencing: AtomicBool::new(true),
            leaving: AtomicBool::new(false),
        };
        Self {
            app,
            shared: Arc::new(shared),
        }
    }

    /// A request id that no other request has.
    pub(crate) fn new_request_id(&self) -> String {
        format!(
            "{}-{:x}",
            self.shared.started,
            self.shared.requests.fetch_add(1, Ordering::Relaxed)
        )
    }

    /// The places for requests in work.
    pub(crate) fn in_work(&self) -> &Arc<Semaphore> {
        &self.shared.in_work
    }

    /// Notes whether the ledger moves on.
    pub(crate) fn set_sequencing(&self, works: bool) {
        self.shared.sequencing.store(works, Ordering::Relaxed);
    }

    /// Says that the service is about to stop: requests should be sent elsewhere, and each connection ends with the next
    /// answer on it.
    pub(crate) fn leave(&self) {
        self.shared.leaving.store(true, Ordering::Relaxed);
    }

    /// Whether the service is about to stop.
    pub(crate) fn is_leaving(&self) -> bool {
        self.shared.leaving.load(Ordering::Relaxed)
    }

    /// Whether it can take work: the writer lives, and the last pass over the ledger reached the store.
    pub(crate) fn is_ready(&self) -> bool {
        self.app.is_writable()
            && self.shared.sequencing.load(Ordering::Relaxed)
            && !self.is_leaving()
    }
}

impl FromRef<Web> for App {
    fn from_ref(web: &Web) -> Self {
        web.app.clone()
    }
}
