//! Group commit.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bonafide_store::{ApplyError, StoreError, Subject, Writer};

use crate::harness::{Db, on_both};
use crate::made::*;

on_both! {
    changes_of_many_are_committed_together_and_answered_each
    what_was_handed_over_is_done_though_nobody_waits
    a_writer_answers_when_the_database_is_gone
}

async fn changes_of_many_are_committed_together_and_answered_each(db: &Db) {
    make_tenant(&db.store).await;
    let writer = Writer::start(db.store.clone());
    let tasks: Vec<_> = (1..=600)
        .map(|n| {
            let writer = writer.clone();
            // Every third is the same party again.
            tokio::spawn(async move { writer.commit(new_party(n - n % 3)).await })
        })
        .collect();
    let mut good = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(()) => good += 1,
            Err(ApplyError::Conflict { .. } | ApplyError::Duplicate { .. }) => {}
            Err(other) => panic!("{other}"),
        }
    }
    // 0, 3, 6 … 600.
    assert_eq!(good, 201);
    assert_eq!(db.store.counts(TENANT).await.unwrap().parties, 201);
    assert!(writer.is_alive());
}

async fn what_was_handed_over_is_done_though_nobody_waits(db: &Db) {
    make_tenant(&db.store).await;
    let writer = Writer::start(db.store.clone());
    let commit = writer.commit(new_party(1));
    // Polled once, then dropped: the change is in the queue by then.
    tokio::select! {
        biased;
        result = commit => assert_eq!(result, Ok(())),
        () = std::future::ready(()) => {}
    }
    let touch = change(vec![(Subject::Party(party(1)), 1)], vec![]);
    assert_eq!(writer.commit(touch).await, Ok(()));
}

/// A closed pool stands for a server that cannot be reached: that is said, and is not fatal.
async fn a_writer_answers_when_the_database_is_gone(db: &Db) {
    make_tenant(&db.store).await;
    let told = Arc::new(AtomicBool::new(false));
    let tell = told.clone();
    let writer = Writer::start_with(db.store.clone(), move |_| {
        tell.store(true, Ordering::Release)
    });
    db.store.close().await.unwrap();
    let answer = writer.commit(new_party(1)).await;
    assert!(
        matches!(answer, Err(ApplyError::Store(StoreError::Unavailable(_)))),
        "{answer:?}"
    );
    assert!(writer.is_alive() && !told.load(Ordering::Acquire));
}
