//! Rescreening: profiles in order, and how far it has come.

use bonafide_store::{Op, RescreeningRow, ScreeningOp, Subject};

use crate::harness::{Db, on_both};
use crate::made::*;

on_both! {
    profiles_come_in_the_order_of_their_parties_with_their_keys
    a_rescreening_counts_on_and_ends_once
    a_rescreening_that_stood_at_an_erased_party_goes_on_before_it
}

pub(crate) fn rescreening(after: Option<u128>) -> RescreeningRow {
    RescreeningRow {
        record: record(500),
        list: "ofac".to_owned(),
        from: None,
        to: "ab".repeat(32),
        started_at: at(3),
        after: after.map(party),
        parties: 0,
        screened: 0,
        alerts: 0,
        ended: 0,
        finished_at: None,
    }
}

fn advance(after: Option<u128>, done: bool) -> Op {
    Op::Screening(ScreeningOp::Advance {
        record: record(500),
        after: after.map(party),
        counts: [10, 3, 2, 1],
        finished_at: done.then(|| at(9)),
    })
}

async fn profiles_come_in_the_order_of_their_parties_with_their_keys(db: &Db) {
    make_tenant(&db.store).await;
    apply_all(&db.store, vec![new_party(1), new_party(2), new_party(3)]).await;
    let put = |sealed: &[u8]| {
        Op::Screening(ScreeningOp::PutProfile {
            party: party(2),
            sealed: sealed.to_vec(),
        })
    };
    let version = |n| vec![(Subject::Party(party(2)), n)];
    apply_all(&db.store, vec![change(version(1), vec![put(b"one")])]).await;
    apply_all(&db.store, vec![change(version(2), vec![put(b"two")])]).await;
    let unsaid = apply_one(&db.store, change(vec![], vec![put(b"three")])).await;
    assert!(unsaid.is_err());
    let page = db.store.profiles(TENANT, None, 2).await.unwrap();
    let brief = |rows: &[bonafide_store::ProfileRow]| -> Vec<_> {
        rows.iter().map(|r| (r.party, r.sealed.clone())).collect()
    };
    let second = (party(2), Some(b"two".to_vec()));
    assert_eq!(brief(&page), [(party(1), None), second.clone()]);
    assert_eq!(page[1].keys.wrapped, wrapped(2));
    let rest = db.store.profiles(TENANT, Some(party(2)), 9).await.unwrap();
    assert_eq!(brief(&rest), [(party(3), None)]);
    let drop = Op::Screening(ScreeningOp::DropProfile { party: party(2) });
    apply_all(&db.store, vec![change(version(3), vec![drop])]).await;
    let all = db.store.profiles(TENANT, None, 9).await.unwrap();
    assert!(all.iter().all(|r| r.sealed.is_none()) && all.len() == 3);
}

async fn a_rescreening_counts_on_and_ends_once(db: &Db) {
    make_tenant(&db.store).await;
    let begin = Op::Screening(ScreeningOp::Begin(rescreening(None)));
    apply_all(&db.store, vec![change(vec![], vec![begin])]).await;
    for (after, done) in [(Some(7), false), (None, true)] {
        apply_all(&db.store, vec![change(vec![], vec![advance(after, done)])]).await;
    }
    let row = db
        .store
        .rescreening(TENANT, record(500))
        .await
        .unwrap()
        .unwrap();
    let expected = RescreeningRow {
        parties: 20,
        screened: 6,
        alerts: 4,
        ended: 2,
        finished_at: Some(at(9)),
        ..rescreening(None)
    };
    assert_eq!(row, expected);
    assert_eq!(
        db.store.rescreenings(TENANT, "ofac", 5).await.unwrap(),
        [row]
    );
    assert_eq!(db.store.rescreenings(TENANT, "un", 5).await.unwrap(), []);
    let late = apply_one(&db.store, change(vec![], vec![advance(None, true)])).await;
    assert!(late.is_err(), "what is finished counts no further");
}

async fn a_rescreening_that_stood_at_an_erased_party_goes_on_before_it(db: &Db) {
    make_tenant(&db.store).await;
    apply_all(&db.store, vec![new_party(1), new_party(2)]).await;
    let begin = Op::Screening(ScreeningOp::Begin(rescreening(Some(2))));
    apply_all(&db.store, vec![change(vec![], vec![begin])]).await;
    for (who, before) in [(2, Some(1)), (1, None)] {
        let erase = Op::EraseParty { party: party(who) };
        let erase = change(vec![(Subject::Party(party(who)), 1)], vec![erase]);
        apply_all(&db.store, vec![erase]).await;
        let row = db.store.rescreening(TENANT, record(500)).await.unwrap();
        assert_eq!(row.unwrap().after, before.map(party));
    }
}
