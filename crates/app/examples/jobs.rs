//! How many jobs a second are done, and how long after an account fell due it was judged.
//!
//! `cargo run --release -p bonafide-app --example jobs -- [ACCOUNTS]` (10,000). Accounts sign up on SQLite with durable
//! writes. First all have fallen due while nobody was there, as after a night's outage: the rate. Then, of as many others,
//! one falls due each two milliseconds while passes are made as the service makes them: the wait.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a measuring tool: it measures time, and may stop at anything unexpected"
)]

#[path = "../tests/spine/place.rs"]
#[expect(dead_code, reason = "shared with tests")]
mod place;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bonafide_app::{App, Runner, WorkReport};
use bonafide_model::{AccountId, Timestamp};
use place::{Place, actor, set_up, signed_up};
use tokio::time::{MissedTickBehavior, interval};

/// Milliseconds between two accounts.
const APART_MS: i64 = 2;
/// As the service makes them.
const PASS_EVERY: Duration = Duration::from_millis(250);
/// Sign-ups at once, so that they share transactions.
const AT_ONCE: usize = 64;

#[tokio::main]
async fn main() {
    let count: usize = std::env::args()
        .nth(1)
        .map_or(10_000, |n| n.parse().unwrap());
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;

    let due = filled(&app, &place, "outage", count).await;
    place
        .clock
        .set(due.iter().map(|(_, at)| *at).max().unwrap());
    let mut runner = Runner::new(app.clone());
    let began = Instant::now();
    let report = runner.run_until_idle().await.unwrap();
    tell(
        "accounts judged again, a case opened for each",
        report,
        began,
    );

    let due = filled(&app, &place, "steady", count).await;
    let first = due.iter().map(|(_, at)| *at).min().unwrap();
    let last = due.iter().map(|(_, at)| *at).max().unwrap();
    place.clock.set(first.plus_millis(-1000));
    let began = Instant::now();
    let report = runner.run_until_idle().await.unwrap();
    tell("clocks of those cases that ran out", report, began);
    let stop = Arc::new(AtomicBool::new(false));
    let ticking = std::thread::spawn({
        let (clock, stop) = (place.clock.clone(), stop.clone());
        let (from, began) = (first.plus_millis(-1000), Instant::now());
        move || {
            while !stop.load(Ordering::Relaxed) {
                clock.set(from.plus_millis(i64::try_from(began.elapsed().as_millis()).unwrap()));
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    });
    let mut ticks = interval(PASS_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while app.now() < last.plus_millis(2000) {
        if runner.pass().await.unwrap().taken > 0 {
            runner.settle_next(PASS_EVERY).await.unwrap();
            continue;
        }
        ticks.tick().await;
    }
    runner.finish(Duration::from_secs(30)).await.unwrap();
    stop.store(true, Ordering::Relaxed);
    ticking.join().unwrap();
    let mut waits = Vec::with_capacity(due.len());
    for (account, at) in &due {
        let account = app.assessment(&actor(), *account, None).await.unwrap();
        let judged = account.assessment["assessed_at"].as_str().unwrap();
        waits.push(place::at(judged).as_millis() - at.as_millis());
    }
    waits.sort_unstable();
    assert!(waits[0] >= 0, "an account was judged before it fell due");
    println!(
        "{} accounts, one each {APART_MS} ms, from due to judged: p50 {} ms, p99 {} ms, greatest {} ms",
        waits.len(),
        waits[waits.len() / 2],
        waits[waits.len() * 99 / 100],
        waits[waits.len() - 1]
    );
}

fn tell(what: &str, report: WorkReport, began: Instant) {
    let took = began.elapsed().as_secs_f64();
    assert_eq!(report.failed + report.dead, 0, "{report:?}");
    let rate = report.done as f64 / took;
    println!("{what}: {} jobs in {took:.2} s: {rate:.0}/s", report.done);
}

/// Signs accounts up, each a little later than the one before; gives when each falls due.
async fn filled(app: &App, place: &Place, name: &str, count: usize) -> Vec<(AccountId, Timestamp)> {
    let from = app.now();
    let mut due = Vec::with_capacity(count);
    let numbers: Vec<usize> = (0..count).collect();
    for some in numbers.chunks(AT_ONCE) {
        let first = i64::try_from(some[0]).unwrap();
        place.clock.set(from.plus_millis(first * APART_MS));
        let mut under_way = tokio::task::JoinSet::new();
        for n in some {
            let (app, name, mail) = (
                app.clone(),
                format!("Applicant {name} {n}"),
                format!("{name}.{n}@example.net"),
            );
            under_way.spawn(async move { signed_up(&app, &name, &mail).await });
        }
        while let Some(answer) = under_way.join_next().await {
            let answer = answer.unwrap();
            let at = answer.assessment["review_at"].as_str().unwrap();
            due.push((answer.account, place::at(at)));
        }
    }
    due
}
