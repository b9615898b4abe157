//! Slots, assignments, segments: the same on both engines, overlap refused on both.

use bonafide_store::{
    ApplyError, AssignmentQuestion, AssignmentRow, HistoryOp, Op, SegmentRow, SlotRow,
};

use crate::harness::{Db, on_both};
use crate::made::*;

on_both! {
    slots_are_found_joined_referred_and_unlinked
    assignments_hold_from_an_instant_to_before_another
    overlapping_assignments_are_refused
    a_correction_leaves_what_was_known
    random_reassignments_have_neither_gap_nor_overlap
    segments_are_noted_and_ended
    the_erasure_of_a_party_unlinks_its_slots
}

const US: i64 = 1_000_000;

fn slot(number: u32) -> SlotRow {
    SlotRow {
        slot: number,
        token: Some(vec![number as u8; 32]),
        name: Some(vec![9; 40]),
        account: None,
        referred_to: None,
        unlinked_at: None,
    }
}

fn held(address: u8, bits: u8, from: i64, to: i64, who: u32) -> AssignmentRow {
    let base = 0xFFFF_C000_0200_u128 + u128::from(address);
    let host = if bits == 128 { 0 } else { u128::MAX >> bits };
    AssignmentRow {
        bits,
        first: (base & !host).to_be_bytes(),
        last: (base | host).to_be_bytes(),
        port_from: 0,
        port_to: u16::MAX,
        transport: 0,
        from,
        to,
        slot: who,
        resource: "vm".to_owned(),
        source: "plain".to_owned(),
        precision_us: 1,
        known_at: at(1000),
        superseded_at: None,
    }
}

fn asked(address: u8, at: i64) -> AssignmentQuestion {
    let address = (0xFFFF_C000_0200_u128 + u128::from(address)).to_be_bytes();
    AssignmentQuestion { address, at }
}

fn assign(rows: Vec<AssignmentRow>) -> bonafide_store::Change {
    let op = HistoryOp::Assign {
        superseded: Vec::new(),
        at: at(1000),
        rows,
    };
    change(Vec::new(), vec![Op::History(op)])
}

fn one(op: HistoryOp) -> bonafide_store::Change {
    change(Vec::new(), vec![Op::History(op)])
}

async fn holders(db: &Db, address: u8, instant: i64, known: i64) -> Vec<u32> {
    let found = db
        .store
        .assignments_at(TENANT, &[asked(address, instant)], at(known))
        .await
        .unwrap();
    let mut slots: Vec<u32> = found.iter().map(|(_, row)| row.slot).collect();
    slots.sort_unstable();
    slots
}

async fn slots_are_found_joined_referred_and_unlinked(db: &Db) {
    make_tenant(&db.store).await;
    assert_eq!(db.store.next_slot(TENANT).await.unwrap(), 1);
    apply_all(
        &db.store,
        vec![one(HistoryOp::AddSlots(vec![slot(1), slot(2), slot(3)]))],
    )
    .await;
    assert_eq!(db.store.next_slot(TENANT).await.unwrap(), 4);
    let again = apply_one(&db.store, one(HistoryOp::AddSlots(vec![slot(2)]))).await;
    assert!(
        matches!(again, Err(ApplyError::Duplicate { .. })),
        "{again:?}"
    );
    let tokens = [vec![2; 32], vec![7; 32]];
    assert_eq!(
        db.store.slots_by_token(TENANT, &tokens).await.unwrap(),
        [slot(2)]
    );
    assert_eq!(db.store.slots("other", &[1, 2]).await.unwrap(), []);
    let (number, account) = (2, account(10));
    apply_all(
        &db.store,
        vec![one(HistoryOp::JoinSlot {
            slot: number,
            account,
        })],
    )
    .await;
    let to = Some("reseller-1".to_owned());
    apply_all(
        &db.store,
        vec![one(HistoryOp::ReferSlot {
            slot: 3,
            to: to.clone(),
        })],
    )
    .await;
    let unjoined = db.store.unjoined_slots(TENANT, Some(1), 10).await.unwrap();
    assert_eq!(
        unjoined
            .iter()
            .map(|s| (s.slot, s.referred_to.clone()))
            .collect::<Vec<_>>(),
        [(3, to)]
    );
    assert_eq!(
        db.store.joined_slots(TENANT, None, 10).await.unwrap()[0].slot,
        2
    );
    assert_eq!(db.store.slots_of(TENANT, account).await.unwrap()[0].slot, 2);
    apply_all(
        &db.store,
        vec![one(HistoryOp::UnlinkSlot { slot: 2, at: at(5) })],
    )
    .await;
    let unlinked = db.store.slots(TENANT, &[2]).await.unwrap().remove(0);
    assert_eq!(
        (unlinked.token, unlinked.name, unlinked.account),
        (None, None, None)
    );
    assert_eq!(unlinked.unlinked_at, Some(at(5)));
    assert_eq!(
        db.store
            .slots_by_token(TENANT, &[vec![2; 32]])
            .await
            .unwrap(),
        []
    );
    for op in [
        HistoryOp::UnlinkSlot { slot: 2, at: at(6) },
        HistoryOp::JoinSlot { slot: 99, account },
        HistoryOp::ReferSlot { slot: 2, to: None },
    ] {
        assert!(apply_one(&db.store, one(op)).await.is_err());
    }
}

async fn assignments_hold_from_an_instant_to_before_another(db: &Db) {
    make_tenant(&db.store).await;
    let day = 86_400 * US;
    let rows = vec![
        held(5, 128, 10 * US, 20 * US, 1),
        held(5, 128, 20 * US, 40 * day, 2),
        held(5, 128, 40 * day, AssignmentRow::OPEN, 3),
        // A prefix of sixteen addresses beside it, and ports of one.
        held(32, 124, 0, 2000 * day, 4),
        AssignmentRow {
            port_from: 1024,
            port_to: 2047,
            ..held(7, 128, 0, day, 5)
        },
        AssignmentRow {
            port_from: 2048,
            port_to: 4095,
            ..held(7, 128, 0, day, 6)
        },
    ];
    apply_all(&db.store, vec![assign(rows)]).await;
    for (address, instant, expected) in [
        (5, 10 * US - 1, vec![]),
        (5, 10 * US, vec![1]),
        (5, 20 * US - 1, vec![1]),
        (5, 20 * US, vec![2]),
        (5, 40 * day - 1, vec![2]),
        (5, 40 * day, vec![3]),
        (5, i64::MAX - 1, vec![3]),
        (31, US, vec![]),
        (32, US, vec![4]),
        (47, 1999 * day, vec![4]),
        (48, US, vec![]),
        (7, US, vec![5, 6]),
        (7, day, vec![]),
    ] {
        assert_eq!(
            holders(db, address, instant, 2000).await,
            expected,
            "{address} at {instant}"
        );
    }
    let many: Vec<AssignmentQuestion> = (0..70).map(|n| asked(n, 15 * US)).collect();
    let found = db
        .store
        .assignments_at(TENANT, &many, at(2000))
        .await
        .unwrap();
    let mut places: Vec<(usize, u32)> = found.iter().map(|(n, r)| (*n, r.slot)).collect();
    places.sort_unstable();
    let nets = (32..48).map(|n| (n, 4));
    let expected: Vec<(usize, u32)> = [(5, 1), (7, 5), (7, 6)].into_iter().chain(nets).collect();
    assert_eq!(places, expected);
    let of = db
        .store
        .assignments_of(TENANT, 2, (0, i64::MAX), at(2000), 10)
        .await
        .unwrap();
    assert_eq!(of, [held(5, 128, 20 * US, 40 * day, 2)]);
}

async fn overlapping_assignments_are_refused(db: &Db) {
    make_tenant(&db.store).await;
    let base = AssignmentRow {
        port_from: 1000,
        port_to: 1999,
        transport: 6,
        ..held(32, 124, 100, 200, 1)
    };
    apply_all(&db.store, vec![assign(vec![base.clone()])]).await;
    let like = |row: AssignmentRow| AssignmentRow {
        port_from: 1000,
        port_to: 1999,
        transport: 6,
        ..row
    };
    let clashes = [
        like(held(32, 124, 199, 300, 2)),
        like(held(40, 128, 50, 101, 2)),
        like(held(0, 120, 150, 151, 2)),
        AssignmentRow {
            port_from: 1999,
            port_to: 3000,
            ..like(held(33, 128, 150, 160, 2))
        },
        AssignmentRow {
            transport: 0,
            ..like(held(33, 128, 150, 160, 2))
        },
    ];
    for row in &clashes {
        assert!(base.overlaps(row));
        let found = db
            .store
            .overlapping_assignments(TENANT, std::slice::from_ref(row))
            .await
            .unwrap();
        assert_eq!(found, [(0, base.clone())]);
        assert!(
            apply_one(&db.store, assign(vec![row.clone()]))
                .await
                .is_err(),
            "{row:?}"
        );
    }
    let fits = [
        like(held(32, 124, 200, 300, 2)),
        like(held(40, 128, 50, 100, 2)),
        like(held(48, 128, 150, 160, 2)),
        AssignmentRow {
            port_from: 2000,
            port_to: 3000,
            ..like(held(33, 128, 150, 160, 2))
        },
        AssignmentRow {
            transport: 17,
            ..like(held(33, 128, 150, 160, 2))
        },
    ];
    for row in fits {
        assert!(!base.overlaps(&row));
        apply_all(&db.store, vec![assign(vec![row])]).await;
    }
    let twice = vec![held(100, 128, 0, 10, 1), held(96, 124, 9, 20, 2)];
    assert!(
        apply_one(&db.store, assign(twice)).await.is_err(),
        "within one change too"
    );
    let other = bonafide_store::Change {
        tenant: "other".to_owned(),
        ..assign(vec![clashes[0].clone()])
    };
    assert!(
        apply_one(&db.store, other).await.is_ok(),
        "another tenant's addresses are its own"
    );
}

async fn a_correction_leaves_what_was_known(db: &Db) {
    make_tenant(&db.store).await;
    let first = held(5, 128, 10, AssignmentRow::OPEN, 1);
    apply_all(&db.store, vec![assign(vec![first.clone()])]).await;
    let second = AssignmentRow {
        to: 50,
        known_at: at(3000),
        ..first.clone()
    };
    let correct = HistoryOp::Assign {
        superseded: vec![first.clone()],
        at: at(3000),
        rows: vec![
            second,
            AssignmentRow {
                known_at: at(3000),
                ..held(5, 128, 50, 60, 2)
            },
        ],
    };
    apply_all(&db.store, vec![one(correct.clone())]).await;
    assert_eq!(holders(db, 5, 55, 2999).await, [1], "as it was known");
    assert_eq!(holders(db, 5, 55, 3000).await, [2]);
    assert_eq!(holders(db, 5, 45, 3000).await, [1]);
    assert!(
        holders(db, 5, 45, 999).await.is_empty(),
        "nothing was known yet"
    );
    assert!(
        apply_one(&db.store, one(correct)).await.is_err(),
        "it is believed no longer"
    );
}

/// Assignments of addresses by chance: each held by one at any instant, from the first to the last.
async fn random_reassignments_have_neither_gap_nor_overlap(db: &Db) {
    make_tenant(&db.store).await;
    let mut random = 0x1234_5678_9ABC_DEF0_u64;
    let mut below = |limit: u64| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % limit
    };
    let mut truth: Vec<Vec<(i64, u32)>> = Vec::new();
    for address in 0..8 {
        let (mut instant, mut chain, mut rows) = (0, Vec::new(), Vec::new());
        for who in 1..60_u32 {
            let lasts = [
                1,
                1 + below(3 * 3600 * US as u64),
                1 + below(90 * 86_400 * US as u64),
            ];
            let end = instant + lasts[below(3) as usize] as i64;
            chain.push((instant, who));
            rows.push(held(address, 128, instant, end, who));
            instant = end;
        }
        chain.push((instant, 0));
        // In any order, and some at a time.
        while !rows.is_empty() {
            let some = (1 + below(7) as usize).min(rows.len());
            let picked = (0..some).map(|_| rows.swap_remove(below(rows.len() as u64) as usize));
            let picked = picked.collect();
            apply_all(&db.store, vec![assign(picked)]).await;
        }
        truth.push(chain);
    }
    for (address, chain) in truth.iter().enumerate() {
        let questions: Vec<AssignmentQuestion> = chain
            .iter()
            .flat_map(|(instant, _)| [instant - 1, *instant])
            .map(|instant| asked(address as u8, instant))
            .collect();
        let found = db
            .store
            .assignments_at(TENANT, &questions, at(2000))
            .await
            .unwrap();
        for (place, question) in questions.iter().enumerate() {
            let holders: Vec<u32> = found
                .iter()
                .filter(|(n, _)| *n == place)
                .map(|(_, r)| r.slot)
                .collect();
            let before = chain.iter().rev().find(|(from, _)| *from <= question.at);
            let expected: Vec<u32> = before
                .map(|(_, who)| *who)
                .filter(|w| *w > 0)
                .into_iter()
                .collect();
            assert_eq!(holders, expected, "{address} at {}", question.at);
        }
    }
}

async fn segments_are_noted_and_ended(db: &Db) {
    make_tenant(&db.store).await;
    let mut row = SegmentRow {
        name: "segment-000000000001".to_owned(),
        digest: "ab".repeat(32),
        rows: 1000,
        first: -5,
        last: 99,
        record: record(1),
        recorded_at: at(7),
        gone: None,
    };
    apply_all(&db.store, vec![one(HistoryOp::AddSegment(row.clone()))]).await;
    assert!(
        apply_one(&db.store, one(HistoryOp::AddSegment(row.clone())))
            .await
            .is_err()
    );
    assert_eq!(
        db.store.access_segments(TENANT).await.unwrap(),
        [row.clone()]
    );
    let end = HistoryOp::EndSegment {
        name: row.name.clone(),
        record: record(2),
        at: at(9),
    };
    apply_all(&db.store, vec![one(end.clone())]).await;
    row.gone = Some((record(2), at(9)));
    assert_eq!(db.store.access_segments(TENANT).await.unwrap(), [row]);
    assert!(apply_one(&db.store, one(end)).await.is_err());
}

async fn the_erasure_of_a_party_unlinks_its_slots(db: &Db) {
    make_tenant(&db.store).await;
    apply_all(&db.store, vec![new_party(1)]).await;
    apply_all(&db.store, vec![new_account(10, 1, 1, &[])]).await;
    let mine = SlotRow {
        account: Some(account(10)),
        ..slot(1)
    };
    apply_all(
        &db.store,
        vec![one(HistoryOp::AddSlots(vec![mine, slot(2)]))],
    )
    .await;
    let expect = vec![(bonafide_store::Subject::Party(party(1)), 2)];
    apply_all(
        &db.store,
        vec![change(expect, vec![Op::EraseParty { party: party(1) }])],
    )
    .await;
    let rows = db.store.slots(TENANT, &[1, 2]).await.unwrap();
    assert_eq!(
        (&rows[0].token, &rows[0].name, rows[0].account),
        (&None, &None, None)
    );
    assert_eq!(rows[1], slot(2));
}
