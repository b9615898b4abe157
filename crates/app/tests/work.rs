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
        ["forget_answers", "expire", "prune_events", "case_overdue"],
        "what comes again, and the clock of the review that it is referred to"
    );
    assert_eq!(verified(&app).await, 0);
}
