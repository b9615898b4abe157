//! A crash at every write, and damage in every kind of byte: nothing that was acknowledged is lost, nothing wrong is
//! answered, and what is wrong is named.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bonafide_history::{
    Access, Batch, Fate, Folder, History, HistoryError, LocalFolder, Log, Place, Prefix, ReadAt,
    Sink,
};

use crate::support::{DAY, START, batches, open, options};

/// How the machine dies at a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Death {
    /// Nothing of it is on the disk.
    Before,
    /// Half of it is.
    Half,
    /// The first and the last part are, and between them sectors that were never written.
    Hole,
    /// All of it is, and nobody was told.
    After,
}

/// A directory that dies at the n-th operation that changes it, or where there is no room.
#[derive(Debug)]
struct Mortal {
    inner: LocalFolder,
    path: std::path::PathBuf,
    fate: Arc<Fatality>,
}

#[derive(Debug)]
struct Fatality {
    left: AtomicUsize,
    death: Death,
    is_full: bool,
    is_dead: Mutex<bool>,
}

impl Fatality {
    /// Whether this operation is the one.
    fn strikes(&self) -> bool {
        if *self.is_dead.lock().unwrap() {
            return true;
        }
        let left = self.left.load(Ordering::SeqCst);
        if left == 0 {
            *self.is_dead.lock().unwrap() = !self.is_full;
            return true;
        }
        self.left.store(left - 1, Ordering::SeqCst);
        false
    }

    fn was_dead(&self) -> bool {
        *self.is_dead.lock().unwrap()
    }

    fn error(&self, name: &str) -> HistoryError {
        if self.is_full {
            return HistoryError::Full {
                name: name.to_owned(),
            };
        }
        HistoryError::Io {
            what: "reach",
            name: name.to_owned(),
            why: "the machine died".to_owned(),
        }
    }
}

impl Place for Mortal {
    fn list(&self) -> Result<Vec<String>, HistoryError> {
        self.inner.list()
    }

    fn create(&self, name: &str) -> Result<Box<dyn Sink>, HistoryError> {
        if self.fate.strikes() {
            return Err(self.fate.error(name));
        }
        let sink = self.inner.create(name)?;
        Ok(Box::new(MortalSink(
            sink,
            self.fate.clone(),
            name.to_owned(),
        )))
    }

    fn open(&self, name: &str) -> Result<Box<dyn ReadAt>, HistoryError> {
        self.inner.open(name)
    }

    fn remove(&self, name: &str) -> Result<(), HistoryError> {
        let was_dead = self.fate.was_dead();
        if !self.fate.is_full && self.fate.strikes() {
            if !was_dead && self.fate.death == Death::After {
                self.inner.remove(name)?;
            }
            return Err(self.fate.error(name));
        }
        self.inner.remove(name)
    }
}

impl Folder for Mortal {
    fn create_log(&self, name: &str) -> Result<Box<dyn Log>, HistoryError> {
        let was_dead = self.fate.was_dead();
        if self.fate.strikes() {
            if !was_dead && self.fate.death == Death::After {
                self.inner.create_log(name)?;
            }
            return Err(self.fate.error(name));
        }
        Ok(Box::new(MortalLog {
            inner: self.inner.create_log(name)?,
            path: self.path.join(name),
            fate: self.fate.clone(),
            name: name.to_owned(),
        }))
    }
}

struct MortalSink(Box<dyn Sink>, Arc<Fatality>, String);

impl Sink for MortalSink {
    fn write(&mut self, bytes: &[u8]) -> Result<(), HistoryError> {
        if self.1.strikes() {
            return Err(self.1.error(&self.2));
        }
        self.0.write(bytes)
    }

    fn finish(self: Box<Self>) -> Result<(), HistoryError> {
        let was_dead = self.1.was_dead();
        if self.1.strikes() {
            if !was_dead && self.1.death == Death::After && !self.1.is_full {
                self.0.finish()?;
            }
            return Err(self.1.error(&self.2));
        }
        self.0.finish()
    }
}

struct MortalLog {
    inner: Box<dyn Log>,
    path: std::path::PathBuf,
    fate: Arc<Fatality>,
    name: String,
}

impl Log for MortalLog {
    fn append(&mut self, bytes: &[u8]) -> Result<(), HistoryError> {
        let was_dead = self.fate.was_dead();
        if !self.fate.strikes() {
            return self.inner.append(bytes);
        }
        if !was_dead {
            let before = fs::metadata(&self.path).unwrap().len();
            let death = if self.fate.is_full {
                Death::Half
            } else {
                self.fate.death
            };
            match death {
                Death::Before => {}
                Death::Half => self.inner.append(&bytes[..bytes.len() / 2])?,
                Death::Hole => {
                    self.inner.append(bytes)?;
                    punch(&self.path, before, bytes.len() as u64);
                }
                Death::After => self.inner.append(bytes)?,
            }
        }
        Err(self.fate.error(&self.name))
    }

    fn sync(&mut self) -> Result<(), HistoryError> {
        if self.fate.strikes() {
            return Err(self.fate.error(&self.name));
        }
        self.inner.sync()
    }

    fn cut(&mut self, length: u64) -> Result<(), HistoryError> {
        if self.fate.was_dead() {
            return Err(self.fate.error(&self.name));
        }
        self.inner.cut(length)
    }
}

/// Makes one sector of what was appended zero, as where it was never written.
fn punch(path: &Path, before: u64, length: u64) {
    use std::os::unix::fs::FileExt as _;
    let file = fs::OpenOptions::new().write(true).open(path).unwrap();
    let sector = (before + length / 2) / 512 * 512;
    let from = sector.max(before);
    let to = (sector + 512).min(before + length);
    let zeros = vec![0; (to - from) as usize];
    file.write_all_at(&zeros, from).unwrap();
}

fn mortal(path: &Path, left: usize, death: Death, is_full: bool) -> (Arc<Mortal>, Arc<Fatality>) {
    let fate = Arc::new(Fatality {
        left: AtomicUsize::new(left),
        death,
        is_full,
        is_dead: Mutex::new(false),
    });
    let folder = Arc::new(Mortal {
        inner: LocalFolder::open(path).unwrap(),
        path: path.to_owned(),
        fate: fate.clone(),
    });
    (folder, fate)
}

/// Everything there is in a history.
fn everything(history: &History) -> BTreeSet<Access> {
    let all: Prefix = "::/0".parse().unwrap();
    let found = history.by_address(all, i64::MIN, i64::MAX).unwrap();
    let mut by_account = Vec::new();
    for slot in 0..40 {
        by_account.extend(history.by_account(slot, i64::MIN, i64::MAX).unwrap());
    }
    by_account.sort_unstable();
    assert_eq!(found, by_account, "both orders hold the same");
    found.into_iter().collect()
}

/// What a run does until it dies: adds batches, moves rows, adds more. Gives what was acknowledged, what was sent, and
/// whether rows of slot 8 may be gone.
fn live(history: &History, all: &[Batch]) -> (BTreeSet<Access>, BTreeSet<Access>, bool) {
    let (mut told, mut sent) = (BTreeSet::new(), BTreeSet::new());
    let mut may_be_gone = false;
    for (number, batch) in all.iter().enumerate() {
        sent.extend(batch.rows.iter().copied());
        if history.append(batch.clone()).is_ok() {
            told.extend(batch.rows.iter().copied());
        }
        if number == all.len() / 2 {
            may_be_gone = true;
            let fate = |_: &_, row: &Access| match row.slot {
                7 => Fate::Expire(START + 800 * DAY),
                8 => Fate::Drop,
                _ => Fate::Keep,
            };
            // It may die here; what it did until then is looked at later.
            let _ = history.rewrite(|_| None, fate);
        }
    }
    let _ = history.seal();
    (told, sent, may_be_gone)
}

fn check(history: &History, told: &BTreeSet<Access>, sent: &BTreeSet<Access>, label: &str) {
    let found = everything(history);
    let lost: Vec<_> = told.difference(&found).filter(|r| r.slot != 8).collect();
    assert!(
        lost.is_empty(),
        "{label}: {} acknowledged rows are lost",
        lost.len()
    );
    assert!(found.is_subset(sent), "{label}: rows that nobody sent");
    assert_eq!(history.problems(), [], "{label}");
    assert_eq!(history.verify(), [], "{label}");
}

#[test]
fn a_crash_at_any_write_loses_nothing_that_was_acknowledged() {
    let all = batches(21, 24, 60, 70);
    let mut deaths = 0;
    for death in [Death::Before, Death::Half, Death::Hole, Death::After] {
        for left in 0.. {
            let folder = tempfile::tempdir().unwrap();
            let (place, fate) = mortal(folder.path(), left, death, false);
            let label = format!("{death:?} at write {left}");
            let opened = History::open(options(place, 300));
            let (told, sent, _) = match &opened {
                Ok(history) => live(history, &all),
                Err(_) => Default::default(),
            };
            drop(opened);
            let has_died = fate.was_dead();
            drop(fate);
            // Twice: the second time finds what the first left.
            for _ in 0..2 {
                check(&open(folder.path(), 300), &told, &sent, &label);
            }
            if !has_died {
                assert!(left > 60, "only {left} writes");
                break;
            }
            deaths += 1;
        }
    }
    assert!(deaths > 240, "{deaths}");
}

#[test]
fn a_full_disk_is_said_and_takes_rows_again_when_there_is_room() {
    let all = batches(22, 24, 60, 70);
    for left in 0..120 {
        let folder = tempfile::tempdir().unwrap();
        let (place, fate) = mortal(folder.path(), left, Death::Before, true);
        let Ok(history) = History::open(options(place, 300)) else {
            continue;
        };
        let mut told = BTreeSet::new();
        let mut sent = BTreeSet::new();
        for batch in &all {
            sent.extend(batch.rows.iter().copied());
            let mut answer = history.append(batch.clone());
            if let Err(error) = &answer {
                let full = matches!(error, HistoryError::Full { .. });
                assert!(full || matches!(error, HistoryError::Stopped(_)), "{error}");
                // Somebody makes room.
                fate.left.store(usize::MAX, Ordering::SeqCst);
                answer = history.append(batch.clone());
            }
            if answer.is_ok() {
                told.extend(batch.rows.iter().copied());
            }
        }
        let label = format!("full at write {left}");
        let found = everything(&history);
        assert!(told.is_subset(&found), "{label}");
        drop(history);
        check(&open(folder.path(), 300), &told, &sent, &label);
    }
}

/// A history with segments and a log, and everything in it.
fn prepared() -> (tempfile::TempDir, BTreeSet<Access>) {
    let folder = tempfile::tempdir().unwrap();
    let history = open(folder.path(), 400);
    let mut rows = BTreeSet::new();
    for batch in batches(23, 15, 60, 20) {
        rows.extend(batch.rows.iter().copied());
        history.append(batch).unwrap();
    }
    assert!(history.stats().unsealed_rows > 0 && history.stats().segments > 0);
    (folder, rows)
}

fn files(folder: &Path, kind: &str) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    let named = |p: &std::path::PathBuf| p.file_name().unwrap().to_str().unwrap().starts_with(kind);
    let mut found: Vec<_> = entries.filter(named).collect();
    found.sort();
    found
}

fn try_open(path: &Path) -> Result<History, HistoryError> {
    History::open(options(Arc::new(LocalFolder::open(path)?), 400))
}

/// Whether the damage is noticed: by opening, by reading everything, or by verifying; and nothing wrong is answered.
fn is_noticed(path: &Path, rows: &BTreeSet<Access>, name: &str) -> bool {
    let history = match try_open(path) {
        Ok(history) => history,
        Err(error) => {
            assert!(
                error.to_string().contains(name),
                "{error} does not name {name}"
            );
            return true;
        }
    };
    let mut is_noticed = !history.problems().is_empty() || !history.verify().is_empty();
    let all: Prefix = "::/0".parse().unwrap();
    match history.by_address(all, i64::MIN, i64::MAX) {
        Err(error) => {
            assert!(
                error.to_string().contains(name),
                "{error} does not name {name}"
            );
            is_noticed = true;
        }
        Ok(found) => assert!(
            &found.into_iter().collect::<BTreeSet<_>>() == rows,
            "{name}: something wrong is answered"
        ),
    }
    is_noticed
}

#[test]
fn a_flipped_byte_anywhere_is_named() {
    let (folder, rows) = prepared();
    for kind in ["segment-", "log-", "manifest-"] {
        let path = files(folder.path(), kind).pop().unwrap();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let good = fs::read(&path).unwrap();
        let step = (good.len() / 150).max(1);
        let edges = (0..24).chain(good.len() - 24..good.len());
        for at in (0..good.len()).step_by(step).chain(edges) {
            let mut bad = good.clone();
            bad[at] ^= 0x10;
            fs::write(&path, &bad).unwrap();
            assert!(
                is_noticed(folder.path(), &rows, &name),
                "{name}: byte {at} of {} was not noticed",
                good.len()
            );
        }
        fs::write(&path, &good).unwrap();
    }
    assert!(!is_noticed(folder.path(), &rows, "nothing"));
}

#[test]
fn a_torn_or_missing_file_is_named() {
    let (folder, rows) = prepared();
    for kind in ["segment-", "manifest-"] {
        let path = files(folder.path(), kind).pop().unwrap();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let good = fs::read(&path).unwrap();
        for length in [0, 1, good.len() / 3, good.len() - 1] {
            fs::write(&path, &good[..length]).unwrap();
            assert!(
                is_noticed(folder.path(), &rows, &name),
                "{name} cut to {length}"
            );
        }
        fs::write(&path, &good).unwrap();
    }
    let path = files(folder.path(), "segment-").pop().unwrap();
    let name = path.file_name().unwrap().to_str().unwrap().to_owned();
    let good = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    assert!(is_noticed(folder.path(), &rows, &name));
    // A segment in the place of another is not it.
    let other = files(folder.path(), "segment-").remove(0);
    fs::copy(other, &path).unwrap();
    assert!(is_noticed(folder.path(), &rows, &name));
    fs::write(&path, good).unwrap();
    let manifest = files(folder.path(), "manifest-").pop().unwrap();
    let kept = fs::read(&manifest).unwrap();
    fs::remove_file(&manifest).unwrap();
    assert!(is_noticed(folder.path(), &rows, "manifest"));
    fs::write(&manifest, kept).unwrap();
    assert!(!is_noticed(folder.path(), &rows, "nothing"));
}

#[test]
fn what_is_not_damaged_is_still_answered() {
    let (folder, rows) = prepared();
    let history = try_open(folder.path()).unwrap();
    let segments = history.segments();
    let first = segments.iter().min_by_key(|s| s.first).unwrap().clone();
    drop(history);
    fs::remove_file(folder.path().join(&first.name)).unwrap();
    let history = try_open(folder.path()).unwrap();
    let all: Prefix = "::/0".parse().unwrap();
    assert!(history.by_address(all, first.first, first.first).is_err());
    let later = segments.iter().map(|s| s.last).max().unwrap() + 1;
    let expected: Vec<Access> = rows.iter().filter(|r| r.at >= later).copied().collect();
    let found = history.by_address(all, later, i64::MAX).unwrap();
    assert!(!found.is_empty());
    assert_eq!(found, expected);
}

#[test]
fn a_clock_that_goes_back_and_rows_out_of_order_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut all = batches(24, 30, 40, 200);
    all.reverse();
    all.swap(3, 20);
    let history = open(folder.path(), 250);
    let mut rows = BTreeSet::new();
    for batch in all {
        rows.extend(batch.rows.iter().copied());
        history.append(batch).unwrap();
    }
    assert_eq!(everything(&history), rows);
    drop(history);
    assert_eq!(everything(&open(folder.path(), 250)), rows);
}
