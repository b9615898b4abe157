//! How long it takes to match a list update with the customers.
//!
//! `cargo run --release -p bonafide-app --example rescreen -- [CUSTOMERS] [NEW]` (100,000 and 300). Customers sign up on
//! SQLite with durable writes, under names that are no list's; then a list of 5,000 invented entries that is in use gets NEW
//! more, of which one in thirty has a customer's name, and every profile is read, opened and matched.

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

use std::time::Instant;

use bonafide_app::App;
use place::{Place, actor, set_up, signed_up};

const GIVEN: [&str; 12] = [
    "Amrit", "Beatrix", "Caspar", "Dagny", "Eluned", "Fintan", "Gudrun", "Hamish", "Ilse", "Jorun",
    "Kwame", "Liesel",
];
/// Sign-ups at once, so that they share transactions.
const AT_ONCE: usize = 64;
const LISTED: usize = 5_000;

#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1).map(|n| n.parse().unwrap());
    let customers: usize = args.next().unwrap_or(100_000);
    let new: usize = args.next().unwrap_or(300);
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    load(&app, LISTED, 0, customers).await;
    let began = Instant::now();
    let mut at_work = tokio::task::JoinSet::new();
    for n in 0..customers {
        if at_work.len() >= AT_ONCE {
            at_work.join_next().await.unwrap().unwrap();
        }
        let app = app.clone();
        at_work.spawn(async move {
            signed_up(&app, &name(n, "c"), &format!("c{n}@example.net")).await;
        });
    }
    at_work.join_all().await;
    println!("{customers} customers signed up in {:.1?}", began.elapsed());
    load(&app, LISTED, new, customers).await;
}

/// Loads the list, and matches it with whoever is there.
async fn load(app: &App, old: usize, new: usize, customers: usize) {
    let mut text = "id,name,type\n".to_owned();
    for n in 0..old {
        text += &format!("{n},{},person\n", name(n, "l"));
    }
    for n in 0..new {
        // One in thirty is a customer.
        let listed = match n % 30 {
            0 => name(n * customers / new.max(1), "c"),
            _ => name(old + n, "l"),
        };
        text += &format!("{},{listed},person\n", old + n);
    }
    let files = vec![("own.csv".to_owned(), text.into_bytes())];
    app.load_list(&actor(), "own", None, files).await.unwrap();
    let began = Instant::now();
    for done in app.rescreen_now(&actor(), "own").await.unwrap() {
        println!(
            "{} parties matched with {} entries in {:.2?}: {} screened again, {} new hits",
            done.parties,
            if new == 0 { old } else { new },
            began.elapsed(),
            done.screened,
            done.alerts
        );
    }
}

/// An invented name: a given name and two family names of syllables, by number.
fn name(n: usize, side: &str) -> String {
    const SYLLABLES: [&str; 16] = [
        "bra", "cor", "den", "fal", "gri", "hov", "jas", "kel", "lom", "mir", "nor", "pev", "rus",
        "tam", "vik", "zel",
    ];
    let part = |mut n: usize| {
        let mut text = String::new();
        for _ in 0..3 {
            text += SYLLABLES[n % 16];
            n /= 16;
        }
        text
    };
    let spread = n.wrapping_mul(2_654_435_761) % (1 << 24);
    let end = if side == "l" { "ov" } else { "sen" };
    format!(
        "{} {}{end} {}",
        GIVEN[n % 12],
        part(spread),
        part(spread / 4096)
    )
}
