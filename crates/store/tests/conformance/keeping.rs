//! What is remembered of erasures, what is left of an entry, and when a party is looked at again.

use bonafide_model::Timestamp;
use bonafide_store::{ApplyError, ErasedRow, ExpiredRow, KeepAt, KeepOp, Op, Subject};

use crate::harness::{Db, on_both};
use crate::made::*;

on_both! {
    erased_parties_are_listed_with_the_accounts_they_held
    an_entry_is_cut_and_says_what_expired
    reviews_end_with_what_they_rest_on
    a_changed_party_is_looked_at_again
    only_who_a_restored_copy_lists_and_does_not_hold_is_buried_again
    holds_are_listed_and_found_when_they_are_over
}

fn tombstone(who: u128) -> ErasedRow {
    ErasedRow {
        party: party(who),
        erased_at: at(50),
        ground: format!("ground {who}"),
        record: record(900 + who),
    }
}

async fn keep(db: &Db, who: u128, version: i64, ops: Vec<KeepOp>) {
    let ops = ops.into_iter().map(Op::Keep).collect();
    let keeping = change(vec![(Subject::Party(party(who)), version)], ops);
    apply_all(&db.store, vec![keeping]).await;
}

async fn erased_parties_are_listed_with_the_accounts_they_held(db: &Db) {
    make_tenant(&db.store).await;
    apply_all(&db.store, vec![new_party(1), new_party(2), new_party(3)]).await;
    apply_all(&db.store, vec![new_account(20, 2, 1, &[])]).await;
    for (who, version) in [(1, 1), (2, 2)] {
        let erase = change(
            vec![(Subject::Party(party(who)), version)],
            vec![
                Op::Keep(KeepOp::Bury(tombstone(who))),
                Op::EraseParty { party: party(who) },
            ],
        );
        apply_all(&db.store, vec![erase]).await;
    }
    let page = db.store.erased(TENANT, None, 1).await.unwrap();
    assert_eq!(page, [tombstone(1)]);
    let rest = db.store.erased(TENANT, Some(party(1)), 9).await.unwrap();
    assert_eq!(rest, [tombstone(2)]);
    let holder = db.store.erased_holder(TENANT, account(20)).await.unwrap();
    assert_eq!(holder, Some(tombstone(2)));
    assert_eq!(db.store.erased_party(TENANT, party(3)).await.unwrap(), None);
    assert_eq!(
        db.store.erased_party("other", party(1)).await.unwrap(),
        None
    );
    // Nobody loses anything or is buried without the version that was read.
    let expired = ExpiredRow {
        party: party(3),
        record: record(800),
        class: "identity".to_owned(),
        at: at(11),
        ground: "eu-gdpr retention/identity".to_owned(),
    };
    for op in [KeepOp::Expired(expired), KeepOp::Bury(tombstone(3))] {
        let unsaid = change(vec![], vec![Op::Keep(op)]);
        let refused = apply_one(&db.store, unsaid).await;
        assert!(matches!(refused, Err(ApplyError::Refused(_))));
    }
}

async fn only_who_a_restored_copy_lists_and_does_not_hold_is_buried_again(db: &Db) {
    make_tenant(&db.store).await;
    apply_all(&db.store, vec![new_party(1)]).await;
    let again = |who| change(vec![], vec![Op::Keep(KeepOp::BuryAgain(tombstone(who)))]);
    let list = "INSERT INTO erased_again (tenant, party_id, erased_at, leaves) \
                SELECT tenant, party_id, 5, SUBSTR(wrapped, 1, 0) FROM key_row";
    let unlisted = apply_one(&db.store, again(1)).await;
    assert!(matches!(unlisted, Err(ApplyError::Duplicate { .. })));
    db.tamper(list).await;
    let there = apply_one(&db.store, again(1)).await;
    let why = there.unwrap_err().to_string();
    assert!(why.contains("is there"), "{why}");
    assert_eq!(db.store.erased_again(TENANT).await.unwrap().len(), 1);
    db.tamper("DELETE FROM key_row").await;
    db.tamper("DELETE FROM party").await;
    apply_all(&db.store, vec![again(1)]).await;
    assert_eq!(db.store.erased_again(TENANT).await.unwrap(), []);
    let buried = db.store.erased_party(TENANT, party(1)).await.unwrap();
    assert_eq!(buried, Some(tombstone(1)));
    let twice = apply_one(&db.store, again(1)).await;
    assert!(matches!(twice, Err(ApplyError::Duplicate { .. })));
}

async fn an_entry_is_cut_and_says_what_expired(db: &Db) {
    make_tenant(&db.store).await;
    apply_all(&db.store, vec![new_party(1)]).await;
    let whole = db.store.party_bundle(TENANT, party(1)).await.unwrap();
    let whole = whole.unwrap();
    let expired = ExpiredRow {
        party: party(1),
        record: record(800),
        class: "identity".to_owned(),
        at: at(11),
        ground: "eu-gdpr retention/identity".to_owned(),
    };
    let cut = KeepOp::CutEntry {
        party: party(1),
        record: whole.entries[0].record,
        envelope: b"what is left".to_vec(),
    };
    keep(db, 1, 1, vec![cut, KeepOp::Expired(expired.clone())]).await;
    let left = db.store.party_bundle(TENANT, party(1)).await.unwrap();
    let left = left.unwrap();
    assert_eq!(left.entries[0].envelope, b"what is left");
    assert_eq!(left.entries.len(), whole.entries.len());
    assert_eq!(db.store.expired(TENANT, party(1)).await.unwrap(), [expired]);
    let nothing = change(
        vec![(Subject::Party(party(1)), 2)],
        vec![Op::Keep(KeepOp::CutEntry {
            party: party(1),
            record: record(777),
            envelope: Vec::new(),
        })],
    );
    let refused = apply_one(&db.store, nothing).await;
    assert!(matches!(refused, Err(ApplyError::Refused(_))));
}

async fn reviews_end_with_what_they_rest_on(db: &Db) {
    make_tenant(&db.store).await;
    apply_all(&db.store, vec![new_party(1)]).await;
    apply_all(&db.store, vec![new_account(10, 1, 1, &[])]).await;
    let before = db.store.account(TENANT, account(10)).await.unwrap();
    assert!(before.unwrap().review_at.is_some());
    keep(db, 1, 2, vec![KeepOp::EndReviews { party: party(1) }]).await;
    let after = db.store.account(TENANT, account(10)).await.unwrap();
    assert_eq!(after.unwrap().review_at, None);
}

async fn a_changed_party_is_looked_at_again(db: &Db) {
    make_tenant(&db.store).await;
    apply_all(&db.store, vec![new_party(1), new_party(2), new_party(3)]).await;
    let look = async |now: Timestamp| {
        let rows = db.store.parties_to_look_at(TENANT, now, 9).await.unwrap();
        rows.into_iter().map(|p| p.party).collect::<Vec<_>>()
    };
    assert_eq!(look(at(5)).await, [party(1), party(2), party(3)]);
    let note = |who, version, at| KeepAt {
        party: party(who),
        version,
        at,
    };
    let notes = [
        note(1, 1, None),
        note(2, 1, Some(at(40))),
        note(3, 7, Some(at(90))),
    ];
    db.store.note_keep_at(TENANT, &notes).await.unwrap();
    // The third changed since it was reckoned.
    assert_eq!(look(at(39)).await, [party(3)]);
    assert_eq!(look(at(40)).await, [party(2), party(3)]);
    assert_eq!(db.store.overdue(TENANT, at(40)).await.unwrap(), 0);
    assert_eq!(db.store.overdue(TENANT, at(41)).await.unwrap(), 1);
    keep(db, 1, 1, Vec::new()).await;
    assert_eq!(look(at(39)).await, [party(1), party(3)]);
    let page = async |after| db.store.look_again(TENANT, after, 1).await.unwrap();
    assert_eq!(page(Some(party(2))).await, Some(party(3)));
    assert_eq!(page(Some(party(3))).await, None);
    let one = db
        .store
        .parties_to_look_at(TENANT, at(40), 1)
        .await
        .unwrap();
    assert_eq!(one[0].party, party(2), "what is due comes first");
}

async fn holds_are_listed_and_found_when_they_are_over(db: &Db) {
    make_tenant(&db.store).await;
    apply_all(&db.store, vec![new_party(1)]).await;
    let mut rows = [hold_row(1, 1), hold_row(2, 1), hold_row(3, 1)];
    rows[0].expires_at = Some(at(60));
    rows[1].expires_at = None;
    rows[2].expires_at = Some(at(70));
    let ops = rows.iter().cloned().map(Op::PutHold).collect();
    let place = change(vec![(Subject::Party(party(1)), 1)], ops);
    apply_all(&db.store, vec![place]).await;
    let over = async |now| db.store.holds_over(TENANT, now, 9).await.unwrap();
    assert_eq!(over(at(59)).await, []);
    assert_eq!(over(at(60)).await, rows[..1]);
    assert_eq!(over(at(70)).await, [rows[0].clone(), rows[2].clone()]);
    let release = Op::ReleaseHold {
        hold: hold(1),
        party: party(1),
        at: at(61),
    };
    let release = change(vec![(Subject::Party(party(1)), 2)], vec![release]);
    apply_all(&db.store, vec![release]).await;
    assert_eq!(over(at(70)).await, rows[2..]);
    let live = db.store.list_holds(TENANT, true, None, 9).await.unwrap();
    assert_eq!(live, rows[1..]);
    let all = db.store.list_holds(TENANT, false, Some(hold(1)), 1).await;
    assert_eq!(all.unwrap(), rows[1..2]);
    let one = db.store.hold(TENANT, hold(1)).await.unwrap().unwrap();
    assert_eq!(one.released_at, Some(at(61)));
    assert_eq!(db.store.hold("other", hold(1)).await.unwrap(), None);
}
