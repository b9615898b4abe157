//! The manifest: which files are the history, and the wrapped key of each segment.
//!
//! It is an object of its own for each change, sealed, and the one with the highest number counts; the one before is
//! removed after it. A segment whose entry is gone cannot be read any more, wherever a copy of it is.

use std::collections::HashSet;

use bonafide_model::Entropy;
use bonafide_seal::{Aad, ContentKey, envelope};
use serde::{Deserialize, Serialize};

use crate::place::Place;
use crate::{BatchId, HistoryError, Source};

/// Batches that are remembered so that they are not stored twice; what is repeated later is stored, and found once.
const BATCHES_MAX: usize = 16_384;
const VERSION: u32 = 1;

/// A segment, as the manifest has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentEntry {
    /// Its name, which no other segment had or will have.
    pub name: String,
    /// Its rows.
    pub rows: u64,
    /// The time of its earliest row, in microseconds since 1970.
    pub first: i64,
    /// The time of its latest row.
    pub last: i64,
    /// Its bytes.
    pub bytes: u64,
    /// SHA-256 of the file, in hex.
    pub digest: String,
    /// The month of its rows, counted from the year 0; `None` where they are of many.
    pub(crate) month: Option<i32>,
    /// The day on which all of it is due to go, in microseconds since 1970; `None` while its accounts live.
    pub cohort: Option<i64>,
    /// The segments whose rows it has taken over.
    pub replaces: Vec<String>,
    /// Its key, wrapped, in hex.
    key: String,
}

/// A segment that is no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoneSegment {
    /// Its name.
    pub name: String,
    /// Its digest.
    pub digest: String,
    /// Its bytes.
    pub bytes: u64,
    /// Its rows.
    pub rows: u64,
    /// The segments that have its rows now; none where all are gone.
    pub into: Vec<String>,
    /// Rows that are in none of them, because they were due to go.
    pub dropped: u64,
}

/// Which files are the history.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Manifest {
    version: u32,
    pub(crate) generation: u64,
    /// The number of the next file.
    pub(crate) next: u64,
    /// Logs from this number on hold rows that are in no segment.
    pub(crate) log_from: u64,
    /// The latest time in any segment.
    pub(crate) latest: Option<i64>,
    pub(crate) actions: Vec<String>,
    pub(crate) sources: Vec<Source>,
    pub(crate) segments: Vec<SegmentEntry>,
    /// Segments that are no more, until the caller has recorded it.
    pub(crate) gone: Vec<GoneSegment>,
    /// The latest batches, in hex.
    batches: Vec<String>,
}

impl SegmentEntry {
    pub(crate) fn new(
        name: &str,
        written: &crate::segment::Written,
        wrapped: &[u8],
        month: Option<i32>,
    ) -> Self {
        Self {
            name: name.to_owned(),
            rows: written.rows,
            first: written.first,
            last: written.last,
            bytes: written.bytes,
            digest: written.digest.clone(),
            month,
            cohort: None,
            replaces: Vec::new(),
            key: hex(wrapped),
        }
    }

    pub(crate) fn wrapped_key(&self) -> Result<Vec<u8>, HistoryError> {
        unhex(&self.key).ok_or_else(|| HistoryError::damaged(&self.name, "its wrapped key"))
    }

    /// Whether a row of it can be of that time.
    #[must_use]
    pub fn touches(&self, (from, to): (i64, i64)) -> bool {
        self.first <= to && self.last >= from
    }
}

impl Manifest {
    pub(crate) fn empty() -> Self {
        Self {
            version: VERSION,
            generation: 0,
            next: 1,
            log_from: 0,
            latest: None,
            // What stands for `not said`, and for files without a source of their own.
            actions: vec![String::new()],
            sources: vec![Source {
                name: "plain".to_owned(),
                precision_us: 1,
                has_port: true,
            }],
            segments: Vec::new(),
            gone: Vec::new(),
            batches: Vec::new(),
        }
    }

    pub(crate) fn batches(&self) -> impl Iterator<Item = BatchId> {
        let read = |text: &String| unhex(text)?.try_into().ok();
        self.batches.iter().filter_map(read)
    }

    /// Remembers batches; of too many the oldest are forgotten.
    pub(crate) fn remember(&mut self, batches: &[BatchId]) {
        self.batches.extend(batches.iter().map(|b| hex(b)));
        let over = self.batches.len().saturating_sub(BATCHES_MAX);
        self.batches.drain(..over);
    }

    /// The manifest that counts, or `None` where there is none yet. Those before it are removed.
    pub(crate) fn load(
        place: &dyn Place,
        tenant: &str,
        key: &ContentKey,
    ) -> Result<Option<Self>, HistoryError> {
        let mut generations: Vec<u64> = place.list()?.iter().filter_map(|n| number(n)).collect();
        generations.sort_unstable();
        let Some(latest) = generations.pop() else {
            return Ok(None);
        };
        let name = name(latest);
        let object = place.open(&name)?;
        let damaged = |what: &str| HistoryError::damaged(&name, what);
        let length = usize::try_from(object.length()).map_err(|_| damaged("its length"))?;
        let mut sealed = vec![0; length];
        object.read_at(0, &mut sealed)?;
        let plain = envelope::open(key, &aad(tenant, &name, latest), &sealed);
        let plain = plain.map_err(|_| {
            damaged("it does not open: it was altered, or belongs to another keyring")
        })?;
        let manifest: Self =
            serde_json::from_slice(plain.expose()).map_err(|e| damaged(&e.to_string()))?;
        if manifest.version != VERSION || manifest.generation != latest {
            return Err(damaged("it is of another version of the program"));
        }
        for old in generations {
            place.remove(&self::name(old))?;
        }
        Ok(Some(manifest))
    }

    /// Makes this the manifest that counts.
    pub(crate) fn store(
        &mut self,
        place: &dyn Place,
        tenant: &str,
        key: &ContentKey,
        entropy: &dyn Entropy,
    ) -> Result<(), HistoryError> {
        let generation = self.generation + 1;
        let name = name(generation);
        let before = std::mem::replace(&mut self.generation, generation);
        let plain =
            serde_json::to_vec(self).map_err(|e| HistoryError::damaged(&name, e.to_string()));
        let write = |plain: Vec<u8>| {
            let sealed = envelope::seal(key, &aad(tenant, &name, generation), &plain, entropy)?;
            let mut sink = place.create(&name)?;
            sink.write(&sealed)?;
            sink.finish()
        };
        if let Err(error) = plain.and_then(write) {
            self.generation = before;
            return Err(error);
        }
        if before > 0 {
            // It counts no more; what cannot be removed now is when the history is opened again.
            let _ = place.remove(&self::name(before));
        }
        Ok(())
    }

    /// The names of every file that it names.
    pub(crate) fn names(&self) -> HashSet<&str> {
        self.segments.iter().map(|s| s.name.as_str()).collect()
    }
}

fn name(generation: u64) -> String {
    format!("manifest-{generation:012}")
}

fn number(name: &str) -> Option<u64> {
    name.strip_prefix("manifest-")?.parse().ok()
}

fn aad<'a>(tenant: &'a str, name: &'a str, generation: u64) -> Aad<'a> {
    Aad {
        tenant,
        record: name,
        field: "history-manifest",
        version: generation,
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok()))
        .collect();
    let digits = digits.filter(|d| d.len() % 2 == 0)?;
    let pairs = digits.chunks_exact(2);
    Some(
        pairs
            .map(|p| p.iter().fold(0, |n, d| (n << 4) | d))
            .collect(),
    )
}
