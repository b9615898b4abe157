//! The history of accesses: opening it, adding to it, asking it.

mod append;
mod maintain;
mod rewrite;

use std::collections::HashSet;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use bonafide_model::Entropy;
use bonafide_seal::{Aad, ContentKey, FileKey};

use crate::access::{Access, Source};
use crate::log::{self, Definition, Frame};
use crate::manifest::{GoneSegment, Manifest, SegmentEntry};
use crate::memory::{Memory, Run};
use crate::place::{Folder, Place};
use crate::segment::{Scratch, Segment};
use crate::{HistoryError, Prefix};

use append::Commit;
pub use append::{Appended, BATCH_ROWS_MAX, Batch};
pub use rewrite::{Fate, Rewritten};

/// Rows in memory after which they become a segment: 40 MB, and a tenth of a second of reading after a crash.
pub const MEMORY_ROWS: usize = 1_000_000;
/// Different actions that there may be: codes have 16 bits. Whoever has more puts something else than the action there.
pub const ACTIONS_MAX: usize = 65_535;
/// Different sources that there may be.
pub const SOURCES_MAX: usize = 255;
/// Characters of an action's name.
const NAME_MAX: usize = 128;

/// What a history is made of.
pub struct Options {
    /// Whose it is.
    pub tenant: String,
    /// What the keys of its files are wrapped under.
    pub key: ContentKey,
    /// Where its logs are.
    pub logs: Arc<dyn Folder>,
    /// Where its segments and manifests are: the same place, or a store of objects.
    pub objects: Arc<dyn Place>,
    /// Chance.
    pub entropy: Arc<dyn Entropy>,
    /// Rows in memory after which they become a segment: [`MEMORY_ROWS`].
    pub memory_rows: usize,
    /// Whether segments are made and merged by a thread of its own; else by whoever adds rows.
    pub in_background: bool,
}

/// The history of accesses of a tenant.
pub struct History {
    inner: Arc<Inner>,
    worker: Option<maintain::Worker>,
}

pub(crate) struct Inner {
    tenant: String,
    key: ContentKey,
    logs: Arc<dyn Folder>,
    objects: Arc<dyn Place>,
    entropy: Arc<dyn Entropy>,
    memory_rows: usize,
    in_background: bool,
    view: RwLock<Arc<View>>,
    manifest: Mutex<Manifest>,
    /// The number of the next segment.
    next: AtomicU64,
    names: RwLock<Names>,
    commit: Commit,
    /// One at a time makes, merges or rewrites segments.
    maintenance: Mutex<()>,
    wake: maintain::Wake,
}

/// What look-ups see: one instant of it.
#[derive(Clone)]
struct View {
    active: Arc<Memory>,
    frozen: Option<Arc<Memory>>,
    segments: Vec<(SegmentEntry, Result<Arc<Segment>, HistoryError>)>,
}

/// What codes stand for.
struct Names {
    actions: Vec<String>,
    sources: Vec<Source>,
    /// Not yet durable.
    fresh: Vec<Definition>,
}

#[derive(serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum Defined {
    Action(String),
    Source(Source),
}

/// What there is of a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// The segments with rows of that time.
    pub segments: Vec<SegmentEntry>,
    /// Whether there are rows that are durable and in no segment yet.
    pub has_unsealed: bool,
}

/// How much there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stats {
    /// Rows in segments; what was given twice is counted twice until segments are merged.
    pub sealed_rows: u64,
    /// Rows in no segment yet.
    pub unsealed_rows: u64,
    /// Segments.
    pub segments: usize,
    /// Bytes of segments.
    pub bytes: u64,
    /// Bytes of memory that open segments take.
    pub memory: usize,
    /// Rows that were taken since it was opened, what was given twice included.
    pub taken: u64,
}

impl History {
    /// Opens a history, which is made if it is not there, and reads again what was acknowledged.
    ///
    /// # Errors
    /// If a log or the manifest is damaged. A segment that is damaged or missing does not keep the history from being
    /// opened: what rests on it is refused with its name.
    pub fn open(options: Options) -> Result<Self, HistoryError> {
        let (tenant, key) = (&options.tenant, &options.key);
        let loaded = Manifest::load(&*options.objects, tenant, key)?;
        let is_new = loaded.is_none();
        let mut manifest = loaded.unwrap_or_else(Manifest::empty);
        let logs = logs_of(&*options.logs)?;
        // The manifest of a new history is there before anything else is.
        if is_new && !(logs.is_empty() && options.objects.list()?.is_empty()) {
            return Err(HistoryError::Missing {
                name: "manifest".to_owned(),
            });
        }
        if is_new {
            manifest.store(&*options.objects, tenant, key, &*options.entropy)?;
        }
        for orphan in options.objects.list()? {
            if orphan.starts_with("segment-") && !manifest.names().contains(orphan.as_str()) {
                options.objects.remove(&orphan)?;
            }
        }
        let mut seen: HashSet<BatchId> = manifest.batches().collect();
        let memory = Memory::default();
        let mut names = Names {
            actions: manifest.actions.clone(),
            sources: manifest.sources.clone(),
            fresh: Vec::new(),
        };
        let mut fresh = Vec::new();
        for number in &logs {
            let name = log::name(*number);
            if *number < manifest.log_from {
                options.logs.remove(&name)?;
                continue;
            }
            let object = options.logs.open(&name)?;
            log::replay(&*object, &name, tenant, key, |frame| {
                names.learn(&name, &frame)?;
                for (id, rows) in frame.batches {
                    if seen.insert(id) {
                        memory.add(Run::new(rows));
                        fresh.push(id);
                    }
                }
                Ok(())
            })?;
        }
        let next_log = logs.last().copied().unwrap_or(0).max(manifest.log_from) + 1;
        let segments = manifest.segments.iter().map(|entry| {
            let opened = open_segment(&*options.objects, tenant, key, entry);
            (entry.clone(), opened)
        });
        let view = View {
            active: Arc::new(memory),
            frozen: None,
            segments: segments.collect(),
        };
        let inner = Arc::new(Inner {
            view: RwLock::new(Arc::new(view)),
            next: AtomicU64::new(manifest.next),
            manifest: Mutex::new(manifest),
            names: RwLock::new(names),
            commit: Commit::new(next_log, seen, fresh),
            maintenance: Mutex::new(()),
            wake: maintain::Wake::default(),
            tenant: options.tenant,
            key: options.key,
            logs: options.logs,
            objects: options.objects,
            entropy: options.entropy,
            memory_rows: options.memory_rows.max(1),
            in_background: options.in_background,
        });
        let worker = options
            .in_background
            .then(|| maintain::Worker::start(inner.clone()));
        Ok(Self {
            inner,
            worker: worker.transpose()?,
        })
    }

    /// Takes a batch; what is answered is durable, and seen by look-ups. Batches of several callers share a sync.
    ///
    /// # Errors
    /// If it could not be made durable: then it was not taken, or nobody knows and the history takes no more.
    pub fn append(&self, batch: Batch) -> Result<Appended, HistoryError> {
        self.inner.append(batch)
    }

    /// The code of an action, which is made if there is none.
    ///
    /// # Errors
    /// If there are too many already, or the name is too long.
    pub fn action(&self, name: &str) -> Result<u16, HistoryError> {
        let known = |names: &Names| names.actions.iter().position(|a| a == name);
        if let Some(code) = known(&self.inner.names()) {
            return Ok(code as u16);
        }
        let mut names = self.inner.names_mut();
        if let Some(code) = known(&names) {
            return Ok(code as u16);
        }
        if names.actions.len() >= ACTIONS_MAX || name.len() > NAME_MAX {
            return Err(HistoryError::Limit {
                what: "different actions of at most 128 bytes",
                max: ACTIONS_MAX as u64,
                mend: "name kinds of actions, not each one",
            });
        }
        names.define(Defined::Action(name.to_owned()))?;
        names.actions.push(name.to_owned());
        Ok((names.actions.len() - 1) as u16)
    }

    /// The name of an action.
    #[must_use]
    pub fn action_name(&self, code: u16) -> Option<String> {
        self.inner.names().actions.get(usize::from(code)).cloned()
    }

    /// The code of a source, which is made if there is none that is alike.
    ///
    /// # Errors
    /// If there are too many already.
    pub fn source(&self, source: &Source) -> Result<u8, HistoryError> {
        let mut names = self.inner.names_mut();
        if let Some(code) = names.sources.iter().position(|s| s == source) {
            return Ok(code as u8);
        }
        if names.sources.len() >= SOURCES_MAX || source.name.len() > NAME_MAX {
            return Err(HistoryError::Limit {
                what: "different sources with names of at most 128 bytes",
                max: SOURCES_MAX as u64,
                mend: "use one of those that there are",
            });
        }
        names.define(Defined::Source(source.clone()))?;
        names.sources.push(source.clone());
        Ok((names.sources.len() - 1) as u8)
    }

    /// What a code of a source stands for.
    #[must_use]
    pub fn source_of(&self, code: u8) -> Option<Source> {
        self.inner.names().sources.get(usize::from(code)).cloned()
    }

    /// The coarsest clock of all sources, in microseconds.
    #[must_use]
    pub fn coarsest_us(&self) -> i64 {
        let names = self.inner.names();
        names
            .sources
            .iter()
            .map(|s| s.precision_us)
            .max()
            .unwrap_or(1)
    }

    /// Accesses from a prefix that were noted within `from` to `to`, inclusive, by address and time, each once.
    ///
    /// # Errors
    /// If a segment of that time cannot be read.
    pub fn by_address(
        &self,
        prefix: Prefix,
        from: i64,
        to: i64,
    ) -> Result<Vec<Access>, HistoryError> {
        let (first, last) = (prefix.first(), prefix.last());
        self.inner
            .find((from, to), |part, scratch, found| match part {
                Part::Segment(segment) => {
                    segment.by_address(first, last, (from, to), scratch, found)
                }
                Part::Memory(memory) => {
                    memory.by_address(first, last, (from, to), found);
                    Ok(())
                }
            })
    }

    /// Accesses of an account that were noted within `from` to `to`, inclusive, by time, each once.
    ///
    /// # Errors
    /// If a segment of that time cannot be read.
    pub fn by_account(&self, slot: u32, from: i64, to: i64) -> Result<Vec<Access>, HistoryError> {
        let mut found = self
            .inner
            .find((from, to), |part, scratch, found| match part {
                Part::Segment(segment) => segment.by_account(slot, (from, to), scratch, found),
                Part::Memory(memory) => {
                    memory.by_account(slot, (from, to), found);
                    Ok(())
                }
            })?;
        found.sort_unstable_by(Access::by_account);
        Ok(found)
    }

    /// What there is of a time, inclusive.
    #[must_use]
    pub fn coverage(&self, from: i64, to: i64) -> Coverage {
        let view = self.inner.view();
        let entries = view.segments.iter().map(|(entry, _)| entry);
        let touched = entries.filter(|e| e.touches((from, to)));
        let unsealed = |m: &Arc<Memory>| m.touches((from, to));
        Coverage {
            segments: touched.cloned().collect(),
            has_unsealed: unsealed(&view.active) || view.frozen.as_ref().is_some_and(unsealed),
        }
    }

    /// The names of the segments that have rows of a time, inclusive.
    #[must_use]
    pub fn covered_by(&self, from: i64, to: i64) -> Vec<String> {
        let view = self.inner.view();
        let entries = view.segments.iter().map(|(entry, _)| entry);
        let touched = entries.filter(|e| e.touches((from, to)));
        touched.map(|e| e.name.clone()).collect()
    }

    /// Every segment.
    #[must_use]
    pub fn segments(&self) -> Vec<SegmentEntry> {
        let view = self.inner.view();
        view.segments
            .iter()
            .map(|(entry, _)| entry.clone())
            .collect()
    }

    /// Segments that cannot be read, and why.
    #[must_use]
    pub fn problems(&self) -> Vec<HistoryError> {
        let view = self.inner.view();
        let errors = view.segments.iter().filter_map(|(_, s)| s.as_ref().err());
        errors.cloned().collect()
    }

    /// Segments that are no more and that nobody has recorded yet.
    #[must_use]
    pub fn gone(&self) -> Vec<GoneSegment> {
        self.inner.manifest().gone.clone()
    }

    /// How much there is.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let view = self.inner.view();
        let readable = view.segments.iter().filter_map(|(_, s)| s.as_ref().ok());
        let frozen = view.frozen.as_ref().map_or(0, |m| m.rows());
        Stats {
            sealed_rows: view.segments.iter().map(|(e, _)| e.rows).sum(),
            unsealed_rows: (view.active.rows() + frozen) as u64,
            segments: view.segments.len(),
            bytes: view.segments.iter().map(|(e, _)| e.bytes).sum(),
            memory: readable.map(|s| s.memory()).sum(),
            taken: self.inner.commit.taken(),
        }
    }

    /// Reads every block of every segment; gives the segments that are not what was sealed.
    #[must_use]
    pub fn verify(&self) -> Vec<HistoryError> {
        let view = self.inner.view();
        let checked = view.segments.iter().map(|(entry, segment)| {
            let digest = segment.as_ref().map_err(Clone::clone)?.verify()?;
            if digest == entry.digest {
                return Ok(());
            }
            Err(HistoryError::damaged(
                &entry.name,
                "its bytes have another digest",
            ))
        });
        checked.filter_map(Result::err).collect()
    }
}

impl Drop for History {
    fn drop(&mut self) {
        if let Some(worker) = self.worker.take() {
            worker.stop(&self.inner);
        }
    }
}

/// A batch's name.
pub type BatchId = [u8; 16];

/// Something that has rows.
enum Part<'a> {
    Segment(&'a Segment),
    Memory(&'a Memory),
}

impl Inner {
    fn view(&self) -> Arc<View> {
        self.view
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn change_view(&self, change: impl FnOnce(&mut View)) {
        let mut view = self.view.write().unwrap_or_else(PoisonError::into_inner);
        let mut next = View::clone(&view);
        change(&mut next);
        *view = Arc::new(next);
    }

    fn manifest(&self) -> MutexGuard<'_, Manifest> {
        self.manifest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn names(&self) -> std::sync::RwLockReadGuard<'_, Names> {
        self.names.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn names_mut(&self) -> std::sync::RwLockWriteGuard<'_, Names> {
        self.names.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(
        &self,
        time: (i64, i64),
        mut look: impl FnMut(Part<'_>, &mut Scratch, &mut Vec<Access>) -> Result<(), HistoryError>,
    ) -> Result<Vec<Access>, HistoryError> {
        thread_local! {
            static SCRATCH: std::cell::RefCell<Scratch> = std::cell::RefCell::default();
        }
        let view = self.view();
        let mut found = Vec::new();
        SCRATCH.with_borrow_mut(|scratch| {
            for (_, segment) in view.segments.iter().filter(|(e, _)| e.touches(time)) {
                let segment = segment.as_ref().map_err(Clone::clone)?;
                look(Part::Segment(segment), scratch, &mut found)?;
            }
            for memory in view.frozen.iter().chain([&view.active]) {
                look(Part::Memory(memory), scratch, &mut found)?;
            }
            Ok::<(), HistoryError>(())
        })?;
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }
}

impl Names {
    fn define(&mut self, what: Defined) -> Result<(), HistoryError> {
        let text = serde_json::to_string(&what);
        let text = text.map_err(|e| HistoryError::damaged("definition", e.to_string()))?;
        self.fresh.push(Definition { text });
        Ok(())
    }

    /// Takes up what a frame of a log defines. Codes follow from the order of the definitions.
    fn learn(&mut self, log: &str, frame: &Frame) -> Result<(), HistoryError> {
        for definition in &frame.definitions {
            let defined = serde_json::from_str(&definition.text);
            match defined.map_err(|e| HistoryError::damaged(log, e.to_string()))? {
                Defined::Action(name) if !self.actions.contains(&name) => self.actions.push(name),
                Defined::Source(source) if !self.sources.contains(&source) => {
                    self.sources.push(source);
                }
                Defined::Action(_) | Defined::Source(_) => {}
            }
        }
        Ok(())
    }
}

fn logs_of(folder: &dyn Folder) -> Result<Vec<u64>, HistoryError> {
    let mut logs: Vec<u64> = folder
        .list()?
        .iter()
        .filter_map(|n| log::number(n))
        .collect();
    logs.sort_unstable();
    Ok(logs)
}

fn key_place<'a>(tenant: &'a str, name: &'a str) -> Aad<'a> {
    Aad {
        tenant,
        record: name,
        field: "history-segment",
        version: 1,
    }
}

fn open_segment(
    objects: &dyn Place,
    tenant: &str,
    key: &ContentKey,
    entry: &SegmentEntry,
) -> Result<Arc<Segment>, HistoryError> {
    let own = FileKey::unwrap(key, &key_place(tenant, &entry.name), &entry.wrapped_key()?)?;
    let object = objects.open(&entry.name)?;
    if object.length() != entry.bytes {
        return Err(HistoryError::damaged(&entry.name, "it has another length"));
    }
    Segment::open(&entry.name, object, own).map(Arc::new)
}
