//! What was changed by this process: a memory of something that was read is good for as long as nothing it was read from
//! has been changed since.
//!
//! Every party and every account has one of a fixed number of places, and every applied change counts the places of its
//! subjects up **after** it is durable and **before** it is acknowledged. Whoever remembers what it read keeps the counts
//! it saw; while they are the same, the memory is the truth. Two subjects may share a place: then a memory is given up too
//! often, and never too late. What is set up (keys, packs, lists, settings) is one place more: any operation that is not
//! known to leave it alone counts it up; endpoints of webhooks are not remembered by anybody and do not count.
//!
//! This holds where one process alone changes the database, which SQLite's lock makes sure of. On PostgreSQL other
//! processes change it too: there no mark is given, and whoever remembers asks the database for versions.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::dialect::Dialect;
use crate::{AccessOp, Change, Op, Store, Subject};

/// Places for subjects: 512 KiB of counters, so that of a thousand changes a second hardly one hits a memory it is not
/// about.
const PLACES: usize = 1 << 16;

/// Counts of changes.
#[derive(Debug)]
pub(crate) struct Marks {
    /// Changes in all; counted up before the places are.
    total: AtomicU64,
    /// Changes of what is set up.
    setup: AtomicU64,
    places: Vec<AtomicU64>,
}

/// What had been changed when something was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    setup: Option<u64>,
    places: Vec<(usize, u64)>,
}

/// The number of changes there had been before something was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before(u64);

impl Default for Marks {
    fn default() -> Self {
        Self {
            total: AtomicU64::new(0),
            setup: AtomicU64::new(0),
            places: (0..PLACES).map(|_| AtomicU64::new(0)).collect(),
        }
    }
}

impl Marks {
    /// Counts a change that is durable, or may be.
    pub(crate) fn note(&self, change: &Change) {
        self.total.fetch_add(1, Ordering::SeqCst);
        if !change.ops.iter().all(leaves_setup_alone) {
            self.setup.fetch_add(1, Ordering::SeqCst);
        }
        for (subject, _) in &change.expect {
            if let Some(place) = self.places.get(place(&change.tenant, *subject)) {
                place.fetch_add(1, Ordering::SeqCst);
            }
        }
    }

    fn at(&self, place: usize) -> u64 {
        self.places
            .get(place)
            .map_or(0, |count| count.load(Ordering::SeqCst))
    }
}

impl Store {
    /// To be asked before something is read that shall be remembered.
    #[must_use]
    pub fn before(&self) -> Before {
        Before(self.marks.total.load(Ordering::SeqCst))
    }

    /// The mark of subjects that were read since `before`; none if anything was changed meanwhile, or may be changed by
    /// other processes.
    #[must_use]
    pub fn mark(
        &self,
        before: Before,
        tenant: &str,
        subjects: impl IntoIterator<Item = Subject>,
    ) -> Option<Mark> {
        let places = subjects
            .into_iter()
            .map(|subject| place(tenant, subject))
            .map(|place| (place, self.marks.at(place)))
            .collect();
        let mark = Mark {
            setup: None,
            places,
        };
        self.still(before).then_some(mark)
    }

    /// The mark of what is set up, read since `before`; none as for [`Store::mark`].
    #[must_use]
    pub fn setup_mark(&self, before: Before) -> Option<Mark> {
        let mark = Mark {
            setup: Some(self.marks.setup.load(Ordering::SeqCst)),
            places: Vec::new(),
        };
        self.still(before).then_some(mark)
    }

    /// Whether nothing that a mark stands for has been changed since.
    #[must_use]
    pub fn is_unchanged(&self, mark: &Mark) -> bool {
        let setup = || self.marks.setup.load(Ordering::SeqCst);
        mark.setup.is_none_or(|then| then == setup())
            && mark
                .places
                .iter()
                .all(|(place, then)| self.marks.at(*place) == *then)
    }

    fn still(&self, before: Before) -> bool {
        self.database.dialect() == Dialect::Sqlite && self.before() == before
    }
}

fn place(tenant: &str, subject: Subject) -> usize {
    let mut hasher = DefaultHasher::new();
    (tenant, subject).hash(&mut hasher);
    usize::try_from(hasher.finish()).unwrap_or(0) % PLACES
}

/// Whether an operation is known to leave keys, packs, lists and settings as they are. Whatever is not listed here counts
/// as a change of them, so that a new operation is safe before anybody thinks of this.
fn leaves_setup_alone(op: &Op) -> bool {
    matches!(
        op,
        Op::PutParty(_)
            | Op::PutAccount(_)
            | Op::LinkParty { .. }
            | Op::AddEntry(_)
            | Op::AddRecord(_)
            | Op::PutKeys(_)
            | Op::AddToken { .. }
            | Op::RemoveTokens { .. }
            | Op::AddIdempotency(_)
            | Op::AddListFile { .. }
            | Op::PutHold(_)
            | Op::ReleaseHold { .. }
            | Op::EraseParty { .. }
            | Op::Work(_)
            | Op::Access(AccessOp::AddOpening(_) | AccessOp::AddSearch(_))
            | Op::Case(_)
            | Op::Webhook(_)
            | Op::Keep(_)
            | Op::Screening(_)
            | Op::History(_)
    )
}
