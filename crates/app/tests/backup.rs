//! Back-ups and what they can never bring back, on both databases.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "backup/asked.rs"]
mod asked;
#[path = "backup/damage.rs"]
mod damage;
#[path = "backup/databases.rs"]
mod databases;
#[path = "backup/drill.rs"]
mod drill;
#[path = "backup/incarnation.rs"]
mod incarnation;
#[path = "backup/parts.rs"]
mod parts;
#[allow(dead_code, reason = "shared with the other tests of use cases")]
#[path = "spine/place.rs"]
mod place;

use bonafide_app::backup::{self, BackupMade, BackupState, Caller, RestoreReport};
use bonafide_app::{App, AppError};
use bonafide_model::PartyId;

use databases::{Data, on_both};
use place::{actor, at, set_up, signed_up, verified};

/// The first member of staff, who may do it all.
const CALLER: Caller<'_> = Caller {
    tenant: "default",
    handle: "test",
};

/// Data with two parties, of which the test erases one.
async fn two(data: &Data) -> (App, PartyId, PartyId) {
    let app = data.open().await.unwrap();
    set_up(&app).await;
    assert!(app.staff_actor("default", "test").await.unwrap().1);
    let stays = signed_up(&app, "Canaria Quokka", "canary-quokka@example.org").await;
    let goes = signed_up(&app, "Numbat Bilby", "numbat@example.org").await;
    app.close_account(&actor(), goes.account).await.unwrap();
    assert_eq!(verified(&app).await, 0);
    (app, stays.parties[0].id, goes.parties[0].id)
}

async fn back_up(data: &Data) -> BackupMade {
    let to = data.place.dir.path().join("backups");
    backup::back_up(&data.config(), CALLER, &to, |_| {})
        .await
        .unwrap()
}

async fn restore(data: &Data, made: &BackupMade) -> Result<RestoreReport, AppError> {
    backup::restore(&data.config(), CALLER, &made.directory, |_, _| {}).await
}

async fn is_there(app: &App, party: PartyId) -> bool {
    match app.party(&actor(), party).await {
        Ok(_) => true,
        Err(AppError::NotFound { .. } | AppError::Gone(_)) => false,
        Err(other) => panic!("{other:?}"),
    }
}

async fn reopen(data: &Data) {
    let app = data.audit().await;
    app.reopen_ledger(&actor(), "the disk failed", None)
        .await
        .unwrap();
    app.close().await.unwrap();
}

on_both! {
    r_108_a_back_up_of_this_epoch_or_the_one_before_restores_who_was_not_erased_and_nobody_else
    what_an_older_back_up_holds_can_be_opened_by_nobody
    a_back_up_made_while_records_are_written_is_of_one_instant
}

async fn r_108_a_back_up_of_this_epoch_or_the_one_before_restores_who_was_not_erased_and_nobody_else(
    data: Data,
) {
    let (app, stays, goes) = two(&data).await;
    let before = back_up(&data).await;
    data.place.clock.set(at("2026-12-02T09:00:00Z"));
    assert_eq!(app.rotate_keys(&actor()).await.unwrap().destroyed, 0);
    let made = back_up(&data).await;
    app.erase_party(&actor(), goes, "GDPR 17(1)(a)")
        .await
        .unwrap();
    assert_eq!(verified(&app).await, 0);
    let signed = app.checkpoint(&actor()).await.unwrap();
    app.close().await.unwrap();

    for made in [before, made] {
        let lost = data.lost();
        let report = restore(&lost, &made).await.unwrap();
        assert_eq!((report.erased_again, report.to_reopen.len()), (1, 1));
        let refused = lost.open().await.err().unwrap().to_string();
        assert!(refused.contains("bonafide ledger reopen"), "{refused}");
        reopen(&lost).await;
        let app = lost.open().await.unwrap();
        assert!(is_there(&app, stays).await && !is_there(&app, goes).await);
        assert_eq!(verified(&app).await, 0);
        let entries = app.verify_entries(&actor(), |_, _| {}).await.unwrap();
        assert!(entries.is_clean(), "{:?}", entries.findings);
        assert_ne!(app.checkpoint(&actor()).await.unwrap(), signed);
        // The keys of the restored rows are wrapped forward, so that they outlive the epoch they came from.
        app.housekeep().await.unwrap();
        let after = signed_up(&app, "Potoroo", "potoroo@example.org").await;
        assert!(is_there(&app, after.parties[0].id).await);
        app.close().await.unwrap();
        lost.end();
    }
    data.end();
}

async fn what_an_older_back_up_holds_can_be_opened_by_nobody(data: Data) {
    let (app, stays, goes) = two(&data).await;
    let old = back_up(&data).await;
    let first_keys = std::fs::read(data.keyring.join("keyring.json")).unwrap();
    app.erase_party(&actor(), goes, "GDPR 17(1)(a)")
        .await
        .unwrap();
    let mut until = at("2026-12-08T09:00:00Z");
    let good = |until| BackupState::Readable { until };
    let state = || {
        backup::list_backups(&data.keyring, &old.directory).unwrap()[0]
            .state
            .clone()
    };
    assert_eq!(state(), good(until));
    data.place.clock.set(at("2026-12-02T09:00:00Z"));
    app.rotate_keys(&actor()).await.unwrap();
    until = at("2026-12-09T09:00:00Z");
    assert_eq!(state(), good(until));

    // With the keys of the epoch before, the rows of the erased can still be opened by whoever goes round the restoration.
    let opened = data.opened_raw(&old, goes).await;
    assert!(opened.is_ok(), "else the attempt below shows nothing");
    data.place.clock.set(at("2026-12-09T09:00:00Z"));
    assert_eq!(app.rotate_keys(&actor()).await.unwrap().destroyed, 1);
    let ended = at("2026-12-09T09:00:00Z");
    assert_eq!(state(), BackupState::Ended { at: ended });
    let lost = data.lost();
    let refused = restore(&lost, &old).await.unwrap_err().to_string();
    assert!(
        refused.contains("key was destroyed at 2026-12-09"),
        "{refused}"
    );
    assert!(lost.is_untouched().await);
    for party in [goes, stays] {
        let refused = data.opened_raw(&old, party).await.unwrap_err();
        assert!(refused.contains("destroyed"), "{refused}");
    }
    // An old copy of the keyring does open it: that is why copies of it are replaced and never kept.
    std::fs::write(lost.keyring.join("keyring.json"), first_keys).unwrap();
    assert!(lost.opened_raw(&old, goes).await.is_ok());
    assert!(
        is_there(&app, stays).await,
        "the living were wrapped forward"
    );
    app.close().await.unwrap();
    lost.end();
    data.end();
}

async fn a_back_up_made_while_records_are_written_is_of_one_instant(data: Data) {
    let (app, stays, _) = two(&data).await;
    let writing = {
        let app = app.clone();
        tokio::spawn(async move {
            let tenant = app.tenant("default").unwrap();
            for n in 0..40 {
                signed_up(&app, &format!("Person {n}"), &format!("p{n}@example.org")).await;
                app.sequence(&tenant).await.unwrap();
            }
        })
    };
    let mut made = Vec::new();
    while !writing.is_finished() {
        made.push(back_up(&data).await);
    }
    writing.await.unwrap();
    assert_eq!(verified(&app).await, 0);
    app.close().await.unwrap();
    assert!(made.len() > 1);
    for made in [made.first().unwrap(), made.last().unwrap()] {
        let lost = data.lost();
        // The last one may be of the very end.
        if !restore(&lost, made).await.unwrap().to_reopen.is_empty() {
            reopen(&lost).await;
        }
        let app = lost.open().await.unwrap();
        assert_eq!(verified(&app).await, 0);
        assert!(is_there(&app, stays).await);
        app.close().await.unwrap();
        lost.end();
    }
    data.end();
}
