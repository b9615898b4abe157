//! The whole way back: the machine is lost, keyring and all.

use bonafide_app::backup::Asked;
use bonafide_app::escrow::{self, COPY_FILE, EscrowMember, EscrowSet};
use bonafide_model::SeededEntropy;

use crate::databases::{Data, on_both};
use crate::place::{actor, signed_up, verified};
use crate::{CALLER, back_up, is_there, restore, two};

on_both! {
    after_a_fire_k_people_and_a_back_up_bring_everybody_back_who_was_not_erased
    an_escrow_copy_is_made_again_when_the_keyring_or_an_erasure_changes_it
}

/// Three people of whom two are needed, and the secrets of theirs.
fn people(data: &Data) -> (EscrowSet, Vec<String>) {
    let entropy = SeededEntropy::new(77);
    let pairs: Vec<_> = (0..3)
        .map(|_| escrow::new_identity(&entropy).unwrap())
        .collect();
    let elsewhere = data.place.dir.path().join("elsewhere");
    std::fs::create_dir_all(&elsewhere).unwrap();
    let recipients = pairs.iter().zip(["anna", "ben", "chris"]);
    let set = EscrowSet {
        threshold: 2,
        recipients: recipients
            .map(|((_, public), name)| EscrowMember {
                name: name.to_owned(),
                key: public.clone(),
            })
            .collect(),
        to: vec![elsewhere],
    };
    (set, pairs.into_iter().map(|(secret, _)| secret).collect())
}

async fn after_a_fire_k_people_and_a_back_up_bring_everybody_back_who_was_not_erased(data: Data) {
    let (app, stays, goes) = two(&data).await;
    let (set, secrets) = people(&data);
    app.set_escrow(&actor(), &set).unwrap();
    let made = back_up(&data).await;
    app.erase_party(&actor(), goes, "GDPR 17(1)(a)")
        .await
        .unwrap();
    signed_up(&app, "Late", "late@example.org").await;
    assert_eq!(verified(&app).await, 0);
    app.housekeep().await.unwrap();
    let old = app.verifier_key(&actor()).unwrap();
    let published = app.checkpoint(&actor()).await.unwrap();
    app.close().await.unwrap();

    let lost = data.lost();
    std::fs::remove_dir_all(&lost.keyring).unwrap();
    let copy = std::fs::read(set.to[0].join(COPY_FILE)).unwrap();
    let share = |n: usize| escrow::open_share(&copy, &secrets[n]).unwrap().1;
    let recover =
        async |shares: &[String]| escrow::recover(&lost.config(), CALLER, &copy, shares).await;
    let few = recover(&[share(1), share(1)])
        .await
        .unwrap_err()
        .to_string();
    assert!(few.contains("1 of the 2 shares"), "{few}");
    assert!(!lost.keyring.join("keyring.json").exists());
    let recovered = recover(&[share(2), share(0)]).await.unwrap();
    assert_eq!(recovered.asked, Asked::Nobody);
    let twice = recover(&[share(2), share(0)])
        .await
        .unwrap_err()
        .to_string();
    assert!(twice.contains("already"), "{twice}");

    let report = restore(&lost, &made).await.unwrap();
    assert_eq!(report.erased_again, 1);
    assert!(lost.open().await.is_err());
    let app = lost.audit().await;
    // A checkpoint that somebody kept says how much is lost; the machine that burned knew no later one.
    let reopened = app
        .reopen_ledger(&actor(), "the machine burned down", Some(&published))
        .await
        .unwrap();
    assert!(reopened.statement.lost() > 0);
    assert_eq!(reopened.statement.old, old.split('+').next().unwrap());
    app.close().await.unwrap();
    let app = lost.open().await.unwrap();
    assert_eq!(verified(&app).await, 0);
    assert!(
        app.verify_entries(&actor(), |_, _| {})
            .await
            .unwrap()
            .is_clean()
    );
    assert!(is_there(&app, stays).await && !is_there(&app, goes).await);
    // Who did it stands in the ledger, and that for the keyring there was nobody to ask.
    let rows = app.restorations(&actor()).await.unwrap();
    let told: Vec<_> = rows.iter().map(|r| (&*r.what, &*r.asked)).collect();
    assert_eq!(told, [("data", "staff"), ("keyring", "nobody")]);
    assert!(
        rows.iter()
            .all(|r| r.record.is_some() && r.actor == "default/test")
    );
    app.close().await.unwrap();

    // A keyring that came out of a copy may not know what was signed later: with the very newest data it is refused too.
    lost.end();
    data.end();
}

async fn an_escrow_copy_is_made_again_when_the_keyring_or_an_erasure_changes_it(data: Data) {
    let (app, _, goes) = two(&data).await;
    let (set, _) = people(&data);
    let few = EscrowSet {
        threshold: 1,
        ..set.clone()
    };
    assert!(app.set_escrow(&actor(), &few).is_err());
    assert!(app.escrow(&actor()).unwrap().is_none());
    app.set_escrow(&actor(), &set).unwrap();
    assert!(
        app.refresh_escrow().unwrap().is_none(),
        "nothing has changed"
    );
    app.erase_party(&actor(), goes, "GDPR 17(1)(a)")
        .await
        .unwrap();
    assert!(app.refresh_escrow().unwrap().is_some());
    let path = set.to[0].join(COPY_FILE);
    let before = std::fs::read(&path).unwrap();
    app.rotate_keys(&actor()).await.unwrap();
    assert_ne!(std::fs::read(&path).unwrap(), before);
    // A place that cannot be reached is said, and the copy is made again once it can be.
    std::fs::remove_dir_all(&set.to[0]).unwrap();
    let refused = app.housekeep().await.unwrap_err().to_string();
    assert!(refused.contains("elsewhere"), "{refused}");
    std::fs::create_dir_all(&set.to[0]).unwrap();
    app.housekeep().await.unwrap();
    assert!(path.exists());
    app.close().await.unwrap();
    data.end();
}
