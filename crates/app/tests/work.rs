//! Jobs, timers and the clock: what falls due is done without an operator, once, and survives a restart.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "spine/place.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod place;

use bonafide_app::{Accounts, Runner};
use place::{Place, actor, set_up, signed_up, verified};

#[tokio::test]
async fn r_070_an_account_is_judged_again_when_time_alone_can_change_the_judgement() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    let answer = signed_up(&app, "Wilhelmina Jansen", "w.jansen@example.net").await;
    assert_eq!(answer.assessment["decision"], "provisional");
    let due = answer.assessment["review_at"].as_str().unwrap();
    let due = place::at(due);

    let mut runner = Runner::new(app.clone());
    place.clock.set(due.plus_millis(-1));
    assert_eq!(runner.run_until_idle().await.unwrap().taken, 0);
    place.clock.set(due);
    app.close().await.unwrap();
    drop((app, runner));

    // Nobody was there when it fell due: whoever starts next finds it.
    let app = place.open().await.unwrap();
    let mut runner = Runner::new(app.clone());
    let report = runner.run_until_idle().await.unwrap();
    assert_eq!((report.taken, report.done), (1, 1));
    let page = app
        .accounts(&actor(), &Accounts::default(), None, 9)
        .await
        .unwrap();
    assert_ne!(page.items[0].decision, "provisional");
    assert!(page.items[0].review_at.is_none_or(|at| at > due));
    assert_eq!(runner.run_until_idle().await.unwrap().taken, 0, "once");
    let left = app.jobs(&actor(), None, None, 9).await.unwrap().items;
    let left: Vec<_> = left.iter().map(|job| job.kind.as_str()).collect();
    assert_eq!(
        left,
        [
            "forget_answers",
            "expire",
            "prune_events",
            "keep_history",
            "case_overdue"
        ],
        "what comes again, and the clock of the review that it is referred to"
    );
    assert_eq!(verified(&app).await, 0);
}

#[tokio::test]
async fn what_a_process_left_is_taken_at_once_by_its_successor_and_by_whoever_sees_it_gone() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    let answer = signed_up(&app, "Wilhelmina Jansen", "w.jansen@example.net").await;
    let due = place::at(answer.assessment["review_at"].as_str().unwrap());
    let running = async || {
        let all = app.jobs(&actor(), None, None, 50).await.unwrap().items;
        all.iter().filter(|job| job.state == "running").count()
    };
    let mut first = Runner::new(app.clone());
    let mut beside = Runner::new(app.clone());
    beside.run_until_idle().await.unwrap();
    place.clock.set(due);
    let taken = first.pass().await.unwrap().taken;
    assert!(taken > 0);
    assert_eq!(running().await, taken);
    // While it lives nobody else takes them; it is killed, and no time passes.
    assert_eq!(beside.pass().await.unwrap().taken, 0);
    drop(first);
    let mut successor = Runner::new(app.clone());
    assert_eq!(successor.pass().await.unwrap().taken, taken);
    // Killed again, and nobody starts in its place: whoever runs beside sees that it is gone, within seconds.
    drop(successor);
    assert_eq!(running().await, taken);
    place.clock.set(due.plus_millis(2_000));
    assert_eq!(beside.pass().await.unwrap().taken, taken);
    // Stopped on purpose, with work that may not have ended: nothing is left under its name.
    beside.finish(std::time::Duration::ZERO).await.unwrap();
    assert_eq!(running().await, 0);
    let mut last = Runner::new(app.clone());
    last.run_until_idle().await.unwrap();
    assert_eq!(verified(&app).await, 0);
}
