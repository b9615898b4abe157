//! A list update reaches the customers: a name that was added is an alert, and one that went ends its hit.

use bonafide_app::{App, Rescreening, Runner};
use serde_json::json;

use super::place::{Place, actor, fresh, set_up, sign_up, signed_up};
use super::{add, last, part, parts, read};

/// The list without its last entries, of which one is Esteban Miranda-Quilapayun.
async fn load_short(app: &App) {
    let (name, whole) = part("sdn");
    let rows: Vec<&[u8]> = whole.split_inclusive(|b| *b == b'\n').collect();
    let files = vec![(name, rows[..55].concat()), part("alt"), part("add")];
    app.load_list(&actor(), "ofac", None, files).await.unwrap();
}

async fn load_whole(app: &App) {
    app.load_list(&actor(), "ofac", None, parts())
        .await
        .unwrap();
}

async fn rescreen(app: &App) -> Rescreening {
    let mut done = app.rescreen_now(&actor(), "ofac").await.unwrap();
    assert_eq!(done.len(), 1, "{done:?}");
    done.remove(0)
}

fn counts(done: &Rescreening) -> [u64; 4] {
    assert!(done.finished_at.is_some());
    [done.parties, done.screened, done.alerts, done.ended]
}

#[tokio::test]
async fn a_name_added_to_a_list_is_an_alert_and_one_removed_ends_it() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    load_short(&app).await;
    rescreen(&app).await;
    let listed = signed_up(&app, "Esteban Miranda-Quilapayun", "em@example.net").await;
    for n in 0..5 {
        signed_up(
            &app,
            &format!("Harmless Customer{n}"),
            &format!("h{n}@example.net"),
        )
        .await;
    }
    let (party, account) = (listed.parties[0].id, listed.account);
    assert_eq!(last(&app, party).await.hits, []);
    let decision = async || {
        let answer = app.assessment(&actor(), account, None).await.unwrap();
        answer.assessment["decision"].clone()
    };
    let before = decision().await;

    load_whole(&app).await;
    assert_eq!(counts(&rescreen(&app).await), [6, 1, 1, 0]);
    let screening = last(&app, party).await;
    assert_eq!(screening.hits.len(), 1, "{screening:?}");
    assert_eq!(screening.hits[0].entry, "900060");
    assert_eq!(
        screening.lists[0].digest,
        app.lists(&actor()).await.unwrap()[0].digest
    );
    assert_ne!(decision().await, before, "a hit is judged as at sign-up");
    // Nothing is left to do, and nobody is screened twice for one update.
    assert_eq!(app.rescreen_now(&actor(), "ofac").await.unwrap(), []);

    load_short(&app).await;
    assert_eq!(counts(&rescreen(&app).await), [6, 1, 0, 1]);
    assert_eq!(last(&app, party).await.hits, []);
    assert_eq!(decision().await, before);
    assert_eq!(read(&app, party).await.screenings.len(), 3);
}

#[tokio::test]
async fn the_first_version_of_a_list_is_matched_with_everybody_who_is_there() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    let early = signed_up(&app, "Arkady Volkov", "av@example.net").await;
    // The name that is listed is said later, of a party that is known.
    let renamed = signed_up(&app, "Nobody Inparticular", "ni@example.net")
        .await
        .parties[0]
        .id;
    let name = json!({"attribute": "legal_name", "value": "Esteban Miranda-Quilapayun"});
    add(&app, renamed, json!({"claims": [name]})).await;
    load_whole(&app).await;
    assert_eq!(counts(&rescreen(&app).await), [2, 2, 2, 0]);
    for party in [early.parties[0].id, renamed] {
        assert_eq!(last(&app, party).await.hits.len(), 1);
    }
}

#[tokio::test]
async fn the_job_does_it_without_anybody_asking_and_goes_on_where_it_stopped() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    let party = signed_up(&app, "Arkady Volkov", "av@example.net")
        .await
        .parties[0]
        .id;
    load_whole(&app).await;
    app.close().await.unwrap();
    let app = place.open().await.unwrap();
    Runner::new(app.clone()).run_until_idle().await.unwrap();
    let rows = app.rescreenings(&actor(), "ofac").await.unwrap();
    assert_eq!(counts(&rows[0]), [1, 1, 1, 0]);
    assert_eq!(last(&app, party).await.hits.len(), 1);
}

#[tokio::test]
async fn a_repeated_sign_up_of_a_known_party_keeps_its_profile() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    load_short(&app).await;
    rescreen(&app).await;
    let first = fresh(
        app.sign_up(
            &actor(),
            &sign_up("Esteban Miranda-Quilapayun", "em@example.net"),
            None,
        )
        .await
        .unwrap(),
    );
    let party = first.parties[0].id;
    let email = json!({"attribute": "email", "value": "other@example.net"});
    add(&app, party, json!({"claims": [email]})).await;
    load_whole(&app).await;
    assert_eq!(counts(&rescreen(&app).await), [1, 1, 1, 0]);
}
