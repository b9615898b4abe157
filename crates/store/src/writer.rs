//! Group commit: one task a process that takes whatever changes are waiting, applies them in one transaction, and
//! acknowledges each after the commit.
//!
//! When durability is in doubt the writer is dead for good: it answers everything with the same error, and the process is
//! expected to exit.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{mpsc, oneshot};

use crate::{ApplyError, Change, Store, StoreError};

/// Changes in one transaction: enough that the cost of a sync is shared, few enough that nobody waits long.
pub const BATCH_MAX: usize = 256;
/// Changes that wait; whoever comes after them waits to be let in.
pub const QUEUE_MAX: usize = 1024;

type Answer = oneshot::Sender<Result<(), ApplyError>>;

/// The one way to change the store. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Writer {
    queue: mpsc::Sender<(Change, Answer)>,
    alive: Arc<AtomicBool>,
}

impl Writer {
    /// Starts the task, which ends when the last clone is dropped and everything that waited is answered. Must be called
    /// within a Tokio runtime.
    #[must_use]
    pub fn start(store: Store) -> Self {
        Self::start_with(store, |_| ())
    }

    /// Like [`Writer::start`], and tells when durability is in doubt, so that the process can exit.
    #[must_use]
    pub fn start_with(store: Store, on_fatal: impl FnOnce(&StoreError) + Send + 'static) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE_MAX);
        let alive = Arc::new(AtomicBool::new(true));
        tokio::spawn(run(store, waiting, alive.clone(), on_fatal));
        Self { queue, alive }
    }

    /// Applies a change and returns when it is durable. The change goes on when the caller stops waiting.
    ///
    /// # Errors
    /// If the change was not applied; see [`ApplyError`].
    pub async fn commit(&self, change: Change) -> Result<(), ApplyError> {
        let (answer, answered) = oneshot::channel();
        let stopped = |_| StoreError::Fatal("the writer has stopped".to_owned());
        self.queue
            .send((change, answer))
            .await
            .map_err(|e| stopped(e.to_string()))?;
        answered.await.map_err(|e| stopped(e.to_string()))?
    }

    /// Whether it still takes changes.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.alive.load(Ordering::Acquire) && !self.queue.is_closed()
    }
}

async fn run(
    store: Store,
    mut waiting: mpsc::Receiver<(Change, Answer)>,
    alive: Arc<AtomicBool>,
    on_fatal: impl FnOnce(&StoreError) + Send,
) {
    let mut on_fatal = Some(on_fatal);
    let mut dead: Option<StoreError> = None;
    let mut jobs = Vec::with_capacity(BATCH_MAX);
    while waiting.recv_many(&mut jobs, BATCH_MAX).await > 0 {
        let (changes, answers): (Vec<Change>, Vec<Answer>) = jobs.drain(..).unzip();
        let results = match &dead {
            Some(error) => Err(error.clone()),
            None => store.apply(changes).await,
        };
        let results = results.unwrap_or_else(|error| {
            let same = || Err(ApplyError::Store(error.clone()));
            std::iter::repeat_with(same).take(answers.len()).collect()
        });
        let fatal = results.iter().find_map(|result| match result {
            Err(ApplyError::Store(error)) if error.is_fatal() => Some(error.clone()),
            _ => None,
        });
        if let Some(error) = fatal {
            alive.store(false, Ordering::Release);
            if let Some(on_fatal) = on_fatal.take() {
                on_fatal(&error);
            }
            dead = Some(error);
        }
        for (answer, result) in answers.into_iter().zip(results) {
            // Whoever does not wait any more finds out by reading.
            let _ = answer.send(result);
        }
    }
}
