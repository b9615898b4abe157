//! Jobs: put, taken by one process, kept, settled, done again when whoever had them is gone.

use std::collections::BTreeSet;

use bonafide_model::JobId;
use bonafide_store::{ClaimedJob, JobRow, JobState, Op, SettledJob, Settlement, Store, WorkOp};

use crate::harness::{Db, on_both};
use crate::made::*;

on_both! {
    a_job_is_taken_when_it_is_due_and_goes_when_it_is_done
    jobs_of_a_lane_are_done_one_after_another
    a_timer_is_replaced_while_it_waits_and_put_again_while_it_runs
    a_failed_job_waits_and_one_given_up_stays_until_somebody_acts
    a_lost_lease_lets_another_take_the_job
    what_a_process_has_is_released_when_it_stops_or_is_gone
    two_processes_never_take_one_job
    accounts_fall_due_once
}

fn id(n: u128) -> JobId {
    JobId::from_bits(n)
}

pub(crate) fn job(n: u128, run_at: i64) -> JobRow {
    JobRow {
        job: id(n),
        kind: "test".to_owned(),
        task: format!("{{\"task\":\"test\",\"n\":{n}}}"),
        timer: None,
        lane: None,
        party: None,
        state: JobState::Waiting,
        run_at: at(run_at),
        attempts: 0,
        leased_until: None,
        leased_by: None,
        error: None,
        created_at: at(0),
    }
}

fn laned(n: u128, lane: &str) -> JobRow {
    JobRow {
        lane: Some(lane.to_owned()),
        ..job(n, 0)
    }
}

fn timer(n: u128, name: &str, run_at: i64) -> JobRow {
    JobRow {
        timer: Some(name.to_owned()),
        ..job(n, run_at)
    }
}

async fn put(store: &Store, rows: Vec<JobRow>) {
    let ops = rows.into_iter().map(|row| Op::Work(WorkOp::Put(row)));
    apply_all(store, vec![change(vec![], ops.collect())]).await;
}

async fn act(store: &Store, op: WorkOp) -> Result<(), bonafide_store::ApplyError> {
    apply_one(store, change(vec![], vec![Op::Work(op)])).await
}

/// What worker `w` takes at an instant, for ten milliseconds.
async fn claim(store: &Store, worker: &str, now: i64) -> Vec<ClaimedJob> {
    store
        .claim_jobs(worker, at(now), at(now + 10), 100)
        .await
        .unwrap()
}

fn ids(claimed: &[ClaimedJob]) -> Vec<JobId> {
    claimed.iter().map(|c| c.job.job).collect()
}

async fn settle(store: &Store, worker: &str, job: JobId, settlement: Settlement) {
    let settled = SettledJob {
        tenant: TENANT.to_owned(),
        job,
        settlement,
    };
    store.settle_jobs(worker, &[settled]).await.unwrap();
}

async fn a_job_is_taken_when_it_is_due_and_goes_when_it_is_done(db: &Db) {
    make_tenant(&db.store).await;
    put(&db.store, vec![job(2, 5), job(1, 7), job(3, 100)]).await;
    assert_eq!(claim(&db.store, "a", 4).await, []);
    let taken = claim(&db.store, "a", 50).await;
    assert_eq!(ids(&taken), [id(2), id(1)], "earliest first");
    let one = &taken[0];
    assert_eq!((one.tenant.as_str(), one.job.attempts), (TENANT, 1));
    assert_eq!(one.job.state, JobState::Running);
    assert_eq!(one.job.leased_by.as_deref(), Some("a"));
    assert_eq!(claim(&db.store, "a", 50).await, [], "taken once");
    settle(&db.store, "b", id(2), Settlement::Done).await;
    assert!(
        db.store.job(TENANT, id(2)).await.unwrap().is_some(),
        "only whoever has it settles it"
    );
    settle(&db.store, "a", id(2), Settlement::Done).await;
    assert_eq!(db.store.job(TENANT, id(2)).await.unwrap(), None);
    let left = db.store.jobs(TENANT, None, None, 10).await.unwrap();
    assert_eq!(
        left.iter().map(|j| j.job).collect::<Vec<_>>(),
        [id(1), id(3)]
    );
    let page = db.store.jobs(TENANT, None, Some(id(1)), 10).await.unwrap();
    assert_eq!(page.len(), 1);
    let waiting = Some(JobState::Waiting);
    assert_eq!(
        db.store
            .jobs(TENANT, waiting, None, 10)
            .await
            .unwrap()
            .len(),
        1
    );
    let counts = db.store.job_counts().await.unwrap();
    let counts: Vec<_> = counts
        .iter()
        .map(|c| (c.state, c.jobs, c.earliest))
        .collect();
    assert_eq!(
        counts,
        [
            (JobState::Running, 1, at(7)),
            (JobState::Waiting, 1, at(100))
        ]
    );
}

async fn jobs_of_a_lane_are_done_one_after_another(db: &Db) {
    make_tenant(&db.store).await;
    put(
        &db.store,
        vec![laned(2, "x"), laned(1, "x"), laned(3, "y"), job(4, 0)],
    )
    .await;
    assert_eq!(ids(&claim(&db.store, "a", 1).await), [id(1), id(3), id(4)]);
    assert_eq!(claim(&db.store, "a", 2).await, []);
    settle(&db.store, "a", id(3), Settlement::Done).await;
    settle(&db.store, "a", id(4), Settlement::Done).await;
    // A failed one holds the lane until it is done or given up.
    let again = Settlement::Again {
        at: at(20),
        error: "x".to_owned(),
    };
    settle(&db.store, "a", id(1), again).await;
    assert_eq!(claim(&db.store, "a", 3).await, []);
    assert_eq!(ids(&claim(&db.store, "a", 20).await), [id(1)]);
    let dead = Settlement::Dead {
        error: "x".to_owned(),
    };
    settle(&db.store, "a", id(1), dead).await;
    assert_eq!(ids(&claim(&db.store, "a", 21).await), [id(2)]);
}

async fn a_timer_is_replaced_while_it_waits_and_put_again_while_it_runs(db: &Db) {
    make_tenant(&db.store).await;
    put(
        &db.store,
        vec![timer(1, "t", 10), timer(2, "t", 5), timer(3, "u", 5)],
    )
    .await;
    let waits = db.store.timer(TENANT, "t").await.unwrap().unwrap();
    assert_eq!((waits.job, waits.run_at), (id(1), at(5)));
    act(&db.store, WorkOp::PutAbsent(timer(4, "t", 1)))
        .await
        .unwrap();
    assert_eq!(
        db.store.timer(TENANT, "t").await.unwrap().unwrap().run_at,
        at(5)
    );
    act(
        &db.store,
        WorkOp::Cancel {
            timer: "u".to_owned(),
        },
    )
    .await
    .unwrap();
    act(
        &db.store,
        WorkOp::Cancel {
            timer: "u".to_owned(),
        },
    )
    .await
    .unwrap();
    assert_eq!(ids(&claim(&db.store, "a", 6).await), [id(1)]);
    // While it runs: one that is put if absent is not, one that is put waits beside it.
    act(&db.store, WorkOp::PutAbsent(timer(5, "t", 1)))
        .await
        .unwrap();
    assert_eq!(db.store.timer(TENANT, "t").await.unwrap(), None);
    put(&db.store, vec![timer(6, "t", 30)]).await;
    let again = Settlement::Again {
        at: at(8),
        error: "x".to_owned(),
    };
    settle(&db.store, "a", id(1), again).await;
    assert_eq!(
        db.store.job(TENANT, id(1)).await.unwrap(),
        None,
        "the new one does the work"
    );
    assert_eq!(ids(&claim(&db.store, "a", 30).await), [id(6)]);
    settle(&db.store, "a", id(6), Settlement::Later { at: at(40) }).await;
    let later = db.store.job(TENANT, id(6)).await.unwrap().unwrap();
    assert_eq!((later.attempts, later.run_at), (0, at(40)));
}

async fn a_failed_job_waits_and_one_given_up_stays_until_somebody_acts(db: &Db) {
    make_tenant(&db.store).await;
    put(&db.store, vec![job(1, 0), job(2, 0)]).await;
    claim(&db.store, "a", 1).await;
    let again = Settlement::Again {
        at: at(9),
        error: "http_503".to_owned(),
    };
    settle(&db.store, "a", id(1), again).await;
    let row = db.store.job(TENANT, id(1)).await.unwrap().unwrap();
    assert_eq!(
        (row.state, row.run_at, row.attempts),
        (JobState::Waiting, at(9), 1)
    );
    assert_eq!(
        (row.error.as_deref(), row.leased_by),
        (Some("http_503"), None)
    );
    let dead = Settlement::Dead {
        error: "http_410".to_owned(),
    };
    settle(&db.store, "a", id(2), dead).await;
    assert_eq!(ids(&claim(&db.store, "a", 100).await), [id(1)]);
    act(
        &db.store,
        WorkOp::Retry {
            job: id(2),
            at: at(101),
        },
    )
    .await
    .unwrap();
    let row = db.store.job(TENANT, id(2)).await.unwrap().unwrap();
    assert_eq!(
        (row.state, row.attempts, row.error),
        (JobState::Waiting, 0, None)
    );
    assert!(
        act(
            &db.store,
            WorkOp::Retry {
                job: id(2),
                at: at(1)
            }
        )
        .await
        .is_err()
    );
    assert!(
        act(&db.store, WorkOp::Discard { job: id(2) })
            .await
            .is_err()
    );
    claim(&db.store, "b", 102).await;
    let dead = Settlement::Dead {
        error: "x".to_owned(),
    };
    settle(&db.store, "b", id(2), dead).await;
    act(&db.store, WorkOp::Discard { job: id(2) })
        .await
        .unwrap();
    assert_eq!(db.store.job(TENANT, id(2)).await.unwrap(), None);
}

async fn a_lost_lease_lets_another_take_the_job(db: &Db) {
    make_tenant(&db.store).await;
    put(&db.store, vec![job(1, 0), timer(2, "t", 0)]).await;
    assert_eq!(claim(&db.store, "a", 0).await.len(), 2);
    assert_eq!(db.store.renew_jobs("a", at(20)).await.unwrap(), 2);
    assert_eq!(claim(&db.store, "b", 15).await, [], "renewed");
    put(&db.store, vec![timer(3, "t", 40)]).await;
    let taken = claim(&db.store, "b", 21).await;
    assert_eq!(ids(&taken), [id(1)]);
    assert_eq!(
        (taken[0].job.attempts, taken[0].job.error.as_deref()),
        (2, Some("lease_lost"))
    );
    assert_eq!(
        db.store.job(TENANT, id(2)).await.unwrap(),
        None,
        "put again meanwhile"
    );
    assert_eq!(db.store.renew_jobs("a", at(50)).await.unwrap(), 0);
    settle(&db.store, "a", id(1), Settlement::Done).await;
    assert!(db.store.job(TENANT, id(1)).await.unwrap().is_some());
}

async fn what_a_process_has_is_released_when_it_stops_or_is_gone(db: &Db) {
    make_tenant(&db.store).await;
    put(&db.store, vec![job(1, 0), timer(2, "t", 0)]).await;
    assert_eq!(claim(&db.store, "a", 0).await.len(), 2);
    assert_eq!(db.store.release_worker("b", false).await.unwrap(), 0);
    put(&db.store, vec![timer(3, "t", 40)]).await;
    assert_eq!(db.store.release_worker("a", true).await.unwrap(), 2);
    assert_eq!(
        db.store.job(TENANT, id(2)).await.unwrap(),
        None,
        "put again meanwhile"
    );
    let taken = claim(&db.store, "b", 1).await;
    assert_eq!((ids(&taken), taken[0].job.attempts), (vec![id(1)], 1));
    assert_eq!(db.store.release_worker("b", false).await.unwrap(), 1);
    let left = db.store.job(TENANT, id(1)).await.unwrap().unwrap();
    assert_eq!(
        (left.state, left.attempts, left.error.as_deref()),
        (JobState::Waiting, 1, Some("lease_lost"))
    );
}

async fn two_processes_never_take_one_job(db: &Db) {
    make_tenant(&db.store).await;
    put(&db.store, (1..=200).map(|n| job(n, 0)).collect()).await;
    let other = db.another().await.unwrap_or_else(|| db.store.clone());
    let take = async |store: &Store, worker: &str| {
        let mut all = Vec::new();
        loop {
            let some = store.claim_jobs(worker, at(1), at(99), 7).await.unwrap();
            if some.is_empty() {
                return all;
            }
            all.extend(ids(&some));
        }
    };
    let (a, b) = tokio::join!(take(&db.store, "a"), take(&other, "b"));
    let mut both: BTreeSet<_> = a.iter().collect();
    both.extend(&b);
    assert_eq!((a.len() + b.len(), both.len()), (200, 200));
}

async fn accounts_fall_due_once(db: &Db) {
    make_tenant(&db.store).await;
    apply_all(&db.store, vec![new_party(1)]).await;
    apply_all(&db.store, vec![new_account(10, 1, 1, &[])]).await;
    let due = async |now| {
        db.store
            .accounts_due(TENANT, at(now), "judge:", 9)
            .await
            .unwrap()
    };
    assert_eq!(due(999).await, []);
    assert_eq!(due(1_000).await, [(account(10), party(1))]);
    put(
        &db.store,
        vec![timer(1, &format!("judge:{}", account(10)), 0)],
    )
    .await;
    assert_eq!(due(1_000).await, []);
}
