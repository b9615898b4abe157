//! Every answer is that of a list of all rows that is searched from end to end.

use std::collections::BTreeSet;

use bonafide_history::{Access, Address, Batch, Fate, History, Prefix, Source};

use crate::support::{DAY, Dice, START, batches, open};

/// Compares look-ups by address, by /64, and by account with a search through all rows.
fn compare(history: &History, rows: &BTreeSet<Access>, seed: u64) {
    let dice = Dice::new(seed);
    let all: Vec<Access> = rows.iter().copied().collect();
    let (mut hits, mut misses) = (0, 0);
    for _ in 0..300 {
        let near = all[dice.below(all.len() as u64) as usize];
        let width = [0, 1, 60_000_000, DAY, 40 * DAY][dice.below(5) as usize];
        let at = near.at + dice.below(3) as i64 - 1;
        let (from, to) = (at - width, at + width);
        let prefix = match dice.below(4) {
            0 => Prefix::of(near.address, 64 + dice.below(60) as u8).unwrap(),
            1 => Prefix::one(Address::from_bits(near.address.bits() ^ 0x0100_0000)),
            _ => Prefix::one(near.address),
        };
        let within = |r: &&Access| (from..=to).contains(&r.at);
        let mut expected: Vec<Access> = all.iter().filter(within).copied().collect();
        expected.retain(|r| prefix.contains(r.address));
        if expected.is_empty() {
            misses += 1;
        } else {
            hits += 1;
        }
        assert_eq!(history.by_address(prefix, from, to).unwrap(), expected);
        let mut expected: Vec<Access> = all.iter().filter(within).copied().collect();
        expected.retain(|r| r.slot == near.slot);
        expected.sort_unstable_by(Access::by_account);
        assert_eq!(history.by_account(near.slot, from, to).unwrap(), expected);
    }
    assert!(hits > 50 && misses > 20, "{hits} {misses}");
}

#[test]
fn look_ups_find_every_row_once_wherever_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = BTreeSet::new();
    for (round, batches) in batches(3, 60, 50, 100).chunks(20).enumerate() {
        // Opened again between rounds: what was not sealed comes from the log.
        let history = open(folder.path(), 700);
        for batch in batches {
            history.append(batch.clone()).unwrap();
            rows.extend(batch.rows.iter().copied());
        }
        compare(&history, &rows, round as u64);
        let stats = history.stats();
        assert!(stats.segments > 1 && stats.unsealed_rows > 0, "{stats:?}");
    }
    let history = open(folder.path(), 700);
    compare(&history, &rows, 99);
    history.seal().unwrap();
    compare(&history, &rows, 100);
    assert_eq!(history.stats().unsealed_rows, 0);
    assert_eq!(history.verify(), []);
    assert!(history.segments().iter().any(|s| !s.replaces.is_empty()));
    drop(history);
    compare(&open(folder.path(), 700), &rows, 101);
}

#[test]
fn a_batch_that_was_taken_is_not_taken_again() {
    let folder = tempfile::tempdir().unwrap();
    let batch = batches(1, 1, 30, 1).remove(0);
    let history = open(folder.path(), 1000);
    assert!(!history.append(batch.clone()).unwrap().is_repeated);
    assert!(history.append(batch.clone()).unwrap().is_repeated);
    drop(history);
    let history = open(folder.path(), 1000);
    assert!(history.append(batch.clone()).unwrap().is_repeated);
    history.seal().unwrap();
    drop(history);
    let history = open(folder.path(), 1000);
    assert!(history.append(batch.clone()).unwrap().is_repeated);
    // Under another name the rows are stored again and found once.
    let renamed = Batch::named(b"another", batch.rows.clone());
    assert!(!history.append(renamed).unwrap().is_repeated);
    compare(&history, &batch.rows.iter().copied().collect(), 5);
    history.seal().unwrap();
    compare(&history, &batch.rows.iter().copied().collect(), 6);
}

#[test]
fn names_of_actions_and_sources_outlive_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let coarse = Source {
        name: "cloudtrail".to_owned(),
        precision_us: 1_000_000,
        has_port: false,
    };
    let history = open(folder.path(), 1000);
    let login = history.action("login").unwrap();
    let source = history.source(&coarse).unwrap();
    let mut batch = batches(1, 1, 30, 1).remove(0);
    for row in &mut batch.rows {
        (row.action, row.source) = (login, source);
    }
    history.append(Batch::of(batch.rows)).unwrap();
    drop(history);
    for _ in 0..2 {
        let history = open(folder.path(), 1000);
        assert_eq!(history.action_name(login).as_deref(), Some("login"));
        assert_eq!(history.source_of(source), Some(coarse.clone()));
        assert_eq!(history.action("login").unwrap(), login);
        assert_eq!(history.action("").unwrap(), 0);
        assert_eq!(history.coarsest_us(), 1_000_000);
        history.seal().unwrap();
    }
}

#[test]
fn rows_are_moved_and_removed_and_nothing_else_is() {
    let folder = tempfile::tempdir().unwrap();
    let history = open(folder.path(), 700);
    let mut rows = BTreeSet::new();
    for batch in batches(5, 40, 50, 70) {
        rows.extend(batch.rows.iter().copied());
        history.append(batch).unwrap();
    }
    let due = START + 900 * DAY;
    let move_some = |_: &_, row: &Access| match row.slot {
        7 => Fate::Expire(due),
        8 => Fate::Drop,
        _ => Fate::Keep,
    };
    let done = history.rewrite(|_| None, move_some).unwrap();
    let count = |slot| rows.iter().filter(|r| r.slot == slot).count() as u64;
    let (sevens, eights) = (count(7), count(8));
    assert_eq!((done.moved, done.dropped), (sevens, eights));
    rows.retain(|r| r.slot != 8);
    compare(&history, &rows, 1);
    // What is done already is left alone.
    let again = history.rewrite(|_| None, move_some).unwrap();
    assert_eq!((again.moved, again.dropped, again.rewritten), (0, 0, 0));
    // The day comes: the files go without being read.
    let unlink = |entry: &bonafide_history::SegmentEntry| {
        Some(if entry.cohort == Some(due) {
            Fate::Drop
        } else {
            Fate::Keep
        })
    };
    let gone = history.rewrite(unlink, |_, _| Fate::Keep).unwrap();
    assert!(gone.unlinked > 0);
    assert_eq!((gone.read, gone.dropped), (0, sevens));
    rows.retain(|r| r.slot != 7);
    compare(&history, &rows, 2);
    let recorded: Vec<String> = history.gone().iter().map(|g| g.name.clone()).collect();
    assert!(!recorded.is_empty());
    history.forget_gone(&recorded).unwrap();
    assert_eq!(history.gone(), []);
    drop(history);
    compare(&open(folder.path(), 700), &rows, 3);
}

#[test]
fn a_thread_of_its_own_gives_the_same_answers() {
    use std::sync::Arc;
    let folder = tempfile::tempdir().unwrap();
    let place = Arc::new(bonafide_history::LocalFolder::open(folder.path()).unwrap());
    let mut options = crate::support::options(place, 900);
    options.in_background = true;
    let history = Arc::new(History::open(options).unwrap());
    let all = batches(11, 120, 50, 90);
    let rows: BTreeSet<Access> = all.iter().flat_map(|b| b.rows.iter().copied()).collect();
    std::thread::scope(|scope| {
        for part in all.chunks(30) {
            let history = history.clone();
            scope.spawn(move || {
                for batch in part {
                    history.append(batch.clone()).unwrap();
                    let row = batch.rows[0];
                    let found = history.by_address(Prefix::one(row.address), row.at, row.at);
                    assert!(
                        found.unwrap().contains(&row),
                        "what is acknowledged is seen"
                    );
                }
            });
        }
    });
    compare(&history, &rows, 4);
    history.seal().unwrap();
    compare(&history, &rows, 5);
}

#[test]
fn another_process_is_refused_and_another_key_opens_nothing() {
    use std::sync::Arc;
    let folder = tempfile::tempdir().unwrap();
    let history = open(folder.path(), 1000);
    history.append(batches(1, 1, 30, 1).remove(0)).unwrap();
    let second = bonafide_history::LocalFolder::open(folder.path()).map(|_| ());
    assert!(matches!(
        second,
        Err(bonafide_history::HistoryError::Locked(_))
    ));
    drop(history);
    let place = Arc::new(bonafide_history::LocalFolder::open(folder.path()).unwrap());
    let mut options = crate::support::options(place, 900);
    options.tenant = "other".to_owned();
    assert!(History::open(options).is_err());
}
