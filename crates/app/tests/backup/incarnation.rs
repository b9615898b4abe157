//! The ledger after a restore: refused until it is acknowledged, then another one that names what was lost.

use std::fs;

use bonafide_ledger::{Kind, Leaf, Reopening, VerifierKey};
use bonafide_model::PartyId;

use crate::databases::{Data, on_both};
use crate::place::{actor, signed_up, verified};
use crate::{back_up, is_there, reopen, restore, two};

on_both! {
    a_reopened_ledger_names_what_was_lost_and_old_records_stay_provable
    a_roll_back_without_acknowledgement_is_refused_and_one_that_lost_nothing_cannot_be_reopened
    a_ledger_survives_a_second_fire_from_before_the_first_reopening
}

async fn a_reopened_ledger_names_what_was_lost_and_old_records_stay_provable(data: Data) {
    let (app, stays, _) = two(&data).await;
    let old_key = app.verifier_key(&actor()).unwrap();
    let old_note = app.checkpoint(&actor()).await.unwrap();
    let record = app.timeline(&actor(), stays, None, 10).await.unwrap().items[0].record;
    let old_proof = app.prove(&actor(), record).await.unwrap();
    // One record has no place yet when the back-up is made.
    let waiting = signed_up(&app, "Potoroo", "potoroo@example.org")
        .await
        .parties[0]
        .id;
    let made = back_up(&data).await;
    for n in 0..3 {
        signed_up(&app, &format!("Lost {n}"), &format!("lost{n}@example.org")).await;
    }
    assert_eq!(verified(&app).await, 0);
    let last_note = app.checkpoint(&actor()).await.unwrap();
    app.close().await.unwrap();

    let lost = data.lost();
    restore(&lost, &made).await.unwrap();
    let app = lost.audit().await;
    let reopened = app
        .reopen_ledger(&actor(), "the disk failed", None)
        .await
        .unwrap();
    let key: VerifierKey = old_key.parse().unwrap();
    let stated = Reopening::open(reopened.note.as_bytes(), &key).unwrap();
    let size = |note: &str| note.lines().nth(1).unwrap().parse::<u64>().unwrap();
    assert_eq!(
        (stated.kept.0, stated.trusted.0),
        (size(&old_note), size(&last_note))
    );
    assert_eq!(stated.lost(), size(&last_note) - size(&old_note));
    assert!(stated.lost() > 0 && stated.carried > 0);
    app.close().await.unwrap();

    let app = lost.open().await.unwrap();
    assert_eq!(verified(&app).await, 0);
    assert!(
        app.verify_entries(&actor(), |_, _| {})
            .await
            .unwrap()
            .is_clean()
    );
    assert!(is_there(&app, waiting).await);
    let new_key = app.verifier_key(&actor()).unwrap();
    assert_ne!(new_key, old_key);
    assert_eq!(stated.new_key.to_string(), new_key);
    // The same leaf, under the old origin by the proof made before, and under the new one by one made now.
    let new_proof = app.prove(&actor(), record).await.unwrap();
    assert_eq!(new_proof.leaf, old_proof.leaf);
    assert_eq!(
        Leaf::parse(new_proof.leaf.as_bytes()).unwrap().ledger,
        key.name()
    );
    for (proof, key) in [(&old_proof, &old_key), (&new_proof, &new_key)] {
        let key: VerifierKey = key.parse().unwrap();
        let proof = bonafide_ledger::TlogProof::parse(proof.tlog_proof.as_bytes()).unwrap();
        let opened =
            bonafide_ledger::Checkpoint::open(proof.checkpoint.as_bytes(), &[key]).unwrap();
        bonafide_ledger::proof::verify_inclusion(
            &bonafide_ledger::leaf_hash(old_proof.leaf.as_bytes()),
            proof.index,
            opened.checkpoint.size,
            &proof.path,
            &opened.checkpoint.root,
        )
        .unwrap();
    }
    // Whoever holds an old checkpoint can follow it into the new ledger.
    let (path, note) = app.consistency(&actor(), size(&old_note)).await.unwrap();
    let root =
        |note: &str| bonafide_ledger::Hash::from_base64(note.lines().nth(2).unwrap()).unwrap();
    bonafide_ledger::proof::verify_consistency(
        size(&old_note),
        size(&note),
        &path,
        &root(&old_note),
        &root(&note),
    )
    .unwrap();
    let exported = lost.keyring.with_file_name("export");
    app.export_ledger(&actor(), &exported).await.unwrap();
    assert_eq!(
        fs::read_to_string(exported.join("reopened/1.note")).unwrap(),
        reopened.note
    );
    app.close().await.unwrap();

    // A statement that was exchanged is named.
    lost.sql("UPDATE incarnation SET statement = statement || ' '")
        .await;
    let app = lost.open().await.unwrap();
    assert!(verified(&app).await > 0);
    app.close().await.unwrap();
    lost.end();
    data.end();
}

async fn a_roll_back_without_acknowledgement_is_refused_and_one_that_lost_nothing_cannot_be_reopened(
    data: Data,
) {
    let (app, ..) = two(&data).await;
    app.close().await.unwrap();
    let app = data.audit().await;
    let refused = app
        .reopen_ledger(&actor(), "no reason", None)
        .await
        .unwrap_err();
    assert!(
        refused.to_string().contains("nothing to reopen"),
        "{refused}"
    );
    app.close().await.unwrap();

    let made = back_up(&data).await;
    let app = data.open().await.unwrap();
    signed_up(&app, "Later", "later@example.org").await;
    assert_eq!(verified(&app).await, 0);
    app.close().await.unwrap();
    let lost = data.lost();
    restore(&lost, &made).await.unwrap();
    // Whoever takes the mark away has still the head that was signed against them, and the restored database can be verified.
    lost.sql("DELETE FROM restored").await;
    let refused = lost.open().await.err().unwrap().to_string();
    assert!(refused.contains("a head of"), "{refused}");
    let app = lost.audit().await;
    assert_eq!(verified_only(&app).await, 1);
    app.close().await.unwrap();
    reopen(&lost).await;
    // After that the database from before the fire is the one that is refused.
    let old = Data {
        keyring: lost.keyring.clone(),
        place: data.place.clone(),
        location: data.location.clone(),
        seed: 9,
    };
    let refused = old.open().await.err().unwrap().to_string();
    assert!(refused.contains("was reopened after"), "{refused}");
    lost.end();
    data.end();
}

async fn verified_only(app: &bonafide_app::App) -> usize {
    let report = app.verify_ledger(&actor(), |_, _| {}).await.unwrap();
    assert!(report.findings[0].to_string().contains("cut off"));
    report.findings.len()
}

async fn a_ledger_survives_a_second_fire_from_before_the_first_reopening(data: Data) {
    let (app, stays, _) = two(&data).await;
    let made = back_up(&data).await;
    signed_up(&app, "Lost", "lost@example.org").await;
    assert_eq!(verified(&app).await, 0);
    app.close().await.unwrap();
    let first = data.lost();
    restore(&first, &made).await.unwrap();
    reopen(&first).await;
    let app = first.open().await.unwrap();
    let lost_too: PartyId = signed_up(&app, "Lost too", "too@example.org").await.parties[0].id;
    assert_eq!(verified(&app).await, 0);
    let second_key: VerifierKey = app.verifier_key(&actor()).unwrap().parse().unwrap();
    app.close().await.unwrap();

    let second = first.lost();
    restore(&second, &made).await.unwrap();
    let app = second.audit().await;
    let reopened = app.reopen_ledger(&actor(), "again", None).await.unwrap();
    let stated = Reopening::open(reopened.note.as_bytes(), &second_key).unwrap();
    assert_eq!(stated.old, second_key.name());
    assert!(stated.lost() > 0);
    app.close().await.unwrap();
    let app = second.open().await.unwrap();
    assert_eq!(verified(&app).await, 0);
    assert!(is_there(&app, stays).await && !is_there(&app, lost_too).await);
    let former = app.former_ledgers(&actor()).unwrap();
    assert_eq!(former.len(), 1);
    app.close().await.unwrap();
    assert_eq!(Kind::LedgerReopened.as_str(), "ledger_reopened");
    first.end();
    second.end();
    data.end();
}
