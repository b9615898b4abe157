//! Staff, grants, and the log of what was opened.

use bonafide_store::{
    AccessOp, AllowanceRow, ApplyError, GrantRow, Op, OpeningRow, RestorationRow, SearchRow,
    StaffRow, Subject,
};

use crate::harness::{Db, on_both};
use crate::made::*;

on_both! {
    staff_are_added_once_suspended_and_granted
    openings_are_found_by_party_and_by_actor
    what_a_day_holds_and_what_others_allowed_is_counted
    a_restoration_is_recorded_once
    an_opening_rests_on_a_version_of_its_party
}

pub(crate) fn opening(who: u128, n: u128, actor: &str) -> OpeningRow {
    OpeningRow {
        party: party(who),
        record: record(n),
        actor: actor.to_owned(),
        purpose: "review".to_owned(),
        case: "cas_1".to_owned(),
        fields: "email legal_name".to_owned(),
        at: at(i64::try_from(n).unwrap()),
    }
}

fn staff(handle: &str) -> StaffRow {
    StaffRow {
        handle: handle.to_owned(),
        created_at: at(1),
        suspended_at: None,
        envelope: (handle == "anna").then(|| vec![1, 2, 3]),
    }
}

fn grant(handle: &str, role: &str, expires_at: Option<i64>) -> GrantRow {
    GrantRow {
        handle: handle.to_owned(),
        role: role.to_owned(),
        granted_at: at(1),
        expires_at: expires_at.map(at),
    }
}

fn ops(ops: Vec<AccessOp>) -> bonafide_store::Change {
    change(vec![], ops.into_iter().map(Op::Access).collect())
}

async fn one(db: &Db, change: bonafide_store::Change) -> Result<(), ApplyError> {
    db.store.apply(vec![change]).await.unwrap().remove(0)
}

async fn staff_are_added_once_suspended_and_granted(db: &Db) {
    make_tenant(&db.store).await;
    let (anna, ben) = (staff("anna"), staff("ben"));
    let both = ops(vec![
        AccessOp::AddStaff(ben.clone()),
        AccessOp::AddStaff(anna.clone()),
        AccessOp::Grant(grant("anna", "legal", None)),
        AccessOp::Grant(grant("anna", "auditor", Some(9))),
        AccessOp::Grant(grant("ben", "reviewer", None)),
    ]);
    one(db, both).await.unwrap();
    let again = one(db, ops(vec![AccessOp::AddStaff(staff("anna"))])).await;
    assert!(
        matches!(again, Err(ApplyError::Duplicate { .. })),
        "{again:?}"
    );
    assert_eq!(db.store.staff(TENANT).await.unwrap(), [anna.clone(), ben]);
    assert_eq!(db.store.staff("other").await.unwrap(), []);
    let grants = db.store.grants(TENANT, Some("anna")).await.unwrap();
    assert_eq!(
        grants,
        [
            grant("anna", "auditor", Some(9)),
            grant("anna", "legal", None)
        ]
    );
    let changed = ops(vec![
        AccessOp::SuspendStaff {
            handle: "anna".to_owned(),
            at: Some(at(5)),
        },
        AccessOp::Grant(grant("anna", "auditor", None)),
        AccessOp::Revoke {
            handle: "anna".to_owned(),
            role: "legal".to_owned(),
        },
    ]);
    one(db, changed.clone()).await.unwrap();
    let member = db
        .store
        .staff_member(TENANT, "anna")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        member,
        StaffRow {
            suspended_at: Some(at(5)),
            ..anna
        }
    );
    let all = db.store.grants(TENANT, None).await.unwrap();
    assert_eq!(
        all,
        [
            grant("anna", "auditor", None),
            grant("ben", "reviewer", None)
        ]
    );
    assert!(matches!(
        one(db, changed).await,
        Err(ApplyError::Refused(_))
    ));
    assert_eq!(db.store.staff_member(TENANT, "eve").await.unwrap(), None);
}

async fn openings_are_found_by_party_and_by_actor(db: &Db) {
    make_tenant(&db.store).await;
    apply_all(&db.store, vec![new_party(1), new_party(2)]).await;
    let rows = [
        opening(1, 910, "anna"),
        opening(2, 920, "anna"),
        opening(1, 930, "ben"),
    ];
    let search = SearchRow {
        actor: "anna".to_owned(),
        record: record(940),
        purpose: "dispute".to_owned(),
        attribute: "email".to_owned(),
        found: 2,
        at: at(940),
    };
    let mut all: Vec<Op> = rows
        .iter()
        .cloned()
        .map(|r| Op::Access(AccessOp::AddOpening(r)))
        .collect();
    all.push(Op::Access(AccessOp::AddSearch(search.clone())));
    let versions = vec![(Subject::Party(party(1)), 1), (Subject::Party(party(2)), 1)];
    apply_all(&db.store, vec![change(versions, all)]).await;
    let [first, second, third] = rows;
    let store = &db.store;
    let of = store
        .openings_of_party(TENANT, party(1), None, 9)
        .await
        .unwrap();
    assert_eq!(of, [first.clone(), third.clone()]);
    let of = store
        .openings_of_party(TENANT, party(1), Some(record(910)), 9)
        .await
        .unwrap();
    assert_eq!(of, [third]);
    let by = store
        .openings_by_actor(TENANT, "anna", None, 9)
        .await
        .unwrap();
    assert_eq!(by, [first.clone(), second]);
    assert_eq!(
        store
            .openings_by_actor(TENANT, "anna", None, 1)
            .await
            .unwrap(),
        [first]
    );
    assert_eq!(
        store
            .openings_by_actor("other", "anna", None, 9)
            .await
            .unwrap(),
        []
    );
    assert_eq!(
        store
            .searches_by_actor(TENANT, "anna", None, 9)
            .await
            .unwrap(),
        [search]
    );
    assert_eq!(
        store
            .searches_by_actor(TENANT, "ben", None, 9)
            .await
            .unwrap(),
        []
    );
}

async fn what_a_day_holds_and_what_others_allowed_is_counted(db: &Db) {
    make_tenant(&db.store).await;
    apply_all(&db.store, vec![new_party(1)]).await;
    let allowance = |n: u128, more, until| {
        AccessOp::Allow(AllowanceRow {
            actor: "anna".to_owned(),
            record: record(n),
            allowed_by: "ben".to_owned(),
            more,
            at: at(1),
            expires_at: at(until),
        })
    };
    let all = vec![
        AccessOp::AddOpening(opening(1, 100, "anna")),
        AccessOp::AddOpening(opening(1, 200, "anna")),
        AccessOp::AddOpening(opening(1, 300, "ben")),
        // What was said in a case is listed, and is no field of an identity.
        AccessOp::AddOpening(OpeningRow {
            fields: bonafide_store::CASE_ENTRIES.to_owned(),
            ..opening(1, 201, "anna")
        }),
        allowance(1, 5, 1000),
        allowance(2, 7, 2000),
    ];
    let mut change = ops(all);
    change.expect = vec![(Subject::Party(party(1)), 1)];
    apply_all(&db.store, vec![change]).await;
    let counted = |who: &'static str, since, now| async move {
        db.store
            .openings_since(TENANT, who, at(since), at(now))
            .await
            .unwrap()
    };
    assert_eq!(counted("anna", 0, 500).await, (2, 12));
    assert_eq!(counted("anna", 100, 1500).await, (1, 7));
    assert_eq!(counted("ben", 0, 500).await, (1, 0));
    assert_eq!(counted("eve", 0, 500).await, (0, 0));
}

async fn an_opening_rests_on_a_version_of_its_party(db: &Db) {
    make_tenant(&db.store).await;
    apply_all(&db.store, vec![new_party(1)]).await;
    let unread = ops(vec![AccessOp::AddOpening(opening(1, 900, "anna"))]);
    assert!(matches!(one(db, unread).await, Err(ApplyError::Refused(_))));
}

async fn a_restoration_is_recorded_once(db: &Db) {
    make_tenant(&db.store).await;
    let row = RestorationRow {
        at: at(5),
        what: "data".to_owned(),
        source: "2026-11-24".to_owned(),
        source_at: at(3),
        actor: "anna".to_owned(),
        asked: "nobody".to_owned(),
        record: None,
    };
    let unrecorded = AccessOp::RecordRestoration(row.clone());
    one(db, ops(vec![unrecorded])).await.unwrap();
    let waiting = db.store.restorations(TENANT, true).await.unwrap();
    assert_eq!(waiting, std::slice::from_ref(&row));
    let recorded = RestorationRow {
        record: Some(record(7)),
        ..row
    };
    let note = || ops(vec![AccessOp::RecordRestoration(recorded.clone())]);
    one(db, note()).await.unwrap();
    assert_eq!(db.store.restorations(TENANT, true).await.unwrap(), []);
    let twice = one(db, note()).await;
    assert!(matches!(twice, Err(ApplyError::Duplicate { .. })));
    let all = db.store.restorations(TENANT, false).await.unwrap();
    assert_eq!(all, [recorded]);
}
