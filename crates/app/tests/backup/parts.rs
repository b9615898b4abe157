//! What was erased of a party that stays does not come back with a back-up of before.

use bonafide_app::{App, PackText};
use bonafide_model::PartyId;

use crate::databases::{Data, on_both};
use crate::place::{actor, at, verified};
use crate::{back_up, is_there, reopen, restore, two};

on_both! {
    r_108_what_was_erased_of_a_party_that_stays_is_erased_again_in_a_restored_back_up
    a_partial_erasure_that_a_crash_left_open_is_settled_by_whether_it_is_there
}

/// Who somebody was must stay for two years after the account is closed; how they are reached need not.
const PACK: &str = r#"
[pack]
id = "terms"
version = "1"
title = "Terms"
summary = "Terms of the tests."
force = "in_force"
regime = "general"

[[citation]]
id = "c"
text = "Example Act, section 1"

[[retention]]
class = "identity"
anchor = "account_closed_or_last_access"
min = "P2Y"
max = "P3Y"
citations = ["c"]
"#;

async fn begun(data: &Data) -> (App, PartyId, PartyId) {
    let (app, stays, cut) = two(data).await;
    let pack = PackText {
        name: "terms".to_owned(),
        text: PACK.to_owned(),
        elected_by: None,
        active_since: None,
    };
    app.activate_pack(&actor(), &pack).await.unwrap();
    (app, stays, cut)
}

async fn find(app: &App, attribute: &str, value: &str) -> usize {
    app.find_parties(&actor(), attribute, value, "duplicate_check")
        .await
        .unwrap()
        .len()
}

async fn sound(app: &App) {
    assert_eq!(verified(app).await, 0);
    let report = app.verify_entries(&actor(), |_, _| {}).await.unwrap();
    assert_eq!(report.findings, [""; 0]);
}

async fn r_108_what_was_erased_of_a_party_that_stays_is_erased_again_in_a_restored_back_up(
    data: Data,
) {
    let (app, stays, cut) = begun(&data).await;
    let before = back_up(&data).await;
    data.place.clock.set(at("2026-12-02T09:00:00Z"));
    app.rotate_keys(&actor()).await.unwrap();
    let made = back_up(&data).await;
    let erased = app.erase_party(&actor(), cut, "GDPR 17(1)(a)").await;
    let erased = erased.unwrap();
    assert!(!erased.whole && !erased.kept.is_empty());
    assert_eq!(find(&app, "email", "numbat@example.org").await, 0);
    sound(&app).await;
    let after = back_up(&data).await;
    let list = std::fs::read_to_string(data.keyring.join("erased.log")).unwrap();
    assert!(!list.contains(&cut.to_string()), "{list}");
    app.close().await.unwrap();

    for (made, again) in [(&before, 1), (&made, 1), (&after, 0)] {
        let lost = data.lost();
        let report = restore(&lost, made).await.unwrap();
        assert_eq!((report.erased_again, report.cut_again), (0, again));
        if !report.to_reopen.is_empty() {
            reopen(&lost).await;
        }
        let app = lost.open().await.unwrap();
        sound(&app).await;
        assert!(is_there(&app, stays).await && is_there(&app, cut).await);
        assert_eq!(find(&app, "email", "numbat@example.org").await, 0);
        assert_eq!(find(&app, "legal_name", "Numbat Bilby").await, 1);
        assert_eq!(find(&app, "email", "canary-quokka@example.org").await, 1);
        let seen = app.party(&actor(), cut).await.unwrap();
        assert!(seen.claims.iter().all(|c| c.attribute != "email"));
        let grounds: Vec<_> = seen.expired.iter().map(|e| e.ground.as_str()).collect();
        let says = if again == 1 {
            "again after a restore"
        } else {
            "GDPR 17(1)(a)"
        };
        assert!(!grounds.is_empty() && grounds.iter().all(|g| g.contains(says)));
        // A later start has nothing left to record.
        app.close().await.unwrap();
        let app = lost.open().await.unwrap();
        sound(&app).await;
        app.close().await.unwrap();
        lost.end();
    }
    // Without the list it would have come back, so that the test can fail.
    let lost = data.lost();
    std::fs::remove_file(lost.keyring.join("erased.log")).unwrap();
    restore(&lost, &made).await.unwrap();
    reopen(&lost).await;
    let app = lost.open().await.unwrap();
    assert_eq!(find(&app, "email", "numbat@example.org").await, 1);
    app.close().await.unwrap();
    lost.end();
    data.end();
}

async fn a_partial_erasure_that_a_crash_left_open_is_settled_by_whether_it_is_there(data: Data) {
    let (app, _, cut) = begun(&data).await;
    app.erase_party(&actor(), cut, "GDPR 17(1)(a)")
        .await
        .unwrap();
    let path = data.keyring.join("erased.log");
    let whole = std::fs::read_to_string(&path).unwrap();
    let begin = whole.lines().next().unwrap();
    assert!(begin.contains("\"begin\""), "{begin}");
    // One that was committed and not settled, and one that never came to pass, of another party.
    app.close().await.unwrap();
    std::fs::write(&path, format!("{begin}\n")).unwrap();
    data.place.clock.set(at("2026-11-24T10:00:00Z"));
    data.open().await.unwrap().close().await.unwrap();
    let settled = std::fs::read_to_string(&path).unwrap();
    assert!(
        settled.lines().last().unwrap().contains("\"done\""),
        "{settled}"
    );

    // The same line over a database of before the erasure: there it is there.
    let fresh = Data::sqlite();
    let (app, _, cut) = begun(&fresh).await;
    let copy = fresh.lost();
    let made = back_up(&fresh).await;
    app.erase_party(&actor(), cut, "GDPR 17(1)(a)")
        .await
        .unwrap();
    app.close().await.unwrap();
    let list = std::fs::read_to_string(fresh.keyring.join("erased.log")).unwrap();
    let begin = list.lines().next().unwrap();
    restore(&copy, &made).await.unwrap();
    let path = copy.keyring.join("erased.log");
    std::fs::write(&path, format!("{begin}\n")).unwrap();
    fresh.place.clock.set(at("2026-11-24T10:00:00Z"));
    copy.open().await.unwrap().close().await.unwrap();
    let settled = std::fs::read_to_string(&path).unwrap();
    assert!(
        settled.lines().last().unwrap().contains("\"undone\""),
        "{settled}"
    );
    data.end();
}
