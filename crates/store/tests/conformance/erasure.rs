//! Deletions: a party, its tokens, remembered answers, and what is left of them in the files.

use std::fs;

use bonafide_store::{
    AccessOp, ApplyError, ErasedRow, EventRow, ExpiredRow, ImportOp, JobRow, KeepOp, Op, Rewrap,
    ScreeningOp, Subject, WebhookOp, WorkOp,
};

use crate::harness::{Db, Place, on_both};
use crate::made::*;
use crate::webhook;

on_both! {
    erasure_leaves_no_row_that_names_the_party
    erasure_takes_the_accounts_held_and_leaves_those_of_others
    erasure_of_another_version_is_refused
    nothing_can_be_added_to_an_erased_party
    removed_tokens_find_nobody
    remembered_answers_are_purged_by_age
    erased_bytes_are_gone
}

/// The tables that name a party after its erasure: tombstones, without anything about anybody.
const TOMBSTONES: [&str; 2] = ["erased", "erased_account"];

/// Two parties with an account each; the first also stands to the second's account, and has a hold that was ended.
async fn two_parties(db: &Db) {
    make_tenant(&db.store).await;
    apply_all(&db.store, vec![new_party(1), new_party(2)]).await;
    let second = new_account(20, 2, 1, &[(1, 1)]);
    apply_all(&db.store, vec![second]).await;
    apply_all(&db.store, vec![new_account(10, 1, 2, &[(2, 2)])]).await;
    let about = JobRow {
        party: Some(party(1)),
        ..crate::work::job(1, 0)
    };
    let told = EventRow {
        party: Some(party(1)),
        ..webhook::event(1, "a")
    };
    let held = change(
        vec![(Subject::Party(party(1)), 3)],
        vec![
            Op::PutHold(hold_row(1, 1)),
            Op::ReleaseHold {
                hold: hold(1),
                party: party(1),
                at: at(9),
            },
            Op::Work(WorkOp::Put(about)),
            Op::Access(AccessOp::AddOpening(crate::access::opening(1, 900, "anna"))),
            Op::Keep(KeepOp::Expired(expired(1))),
            Op::Webhook(WebhookOp::Announce(told)),
            Op::Screening(ScreeningOp::PutProfile {
                party: party(1),
                sealed: b"sealed profile of party 1".to_vec(),
            }),
            Op::Screening(ScreeningOp::Begin(crate::screening::rescreening(Some(1)))),
        ],
    );
    let endpoint = WebhookOp::AddEndpoint(webhook::endpoint(webhook::ENDPOINT));
    apply_all(&db.store, vec![webhook::webhook(endpoint)]).await;
    apply_all(&db.store, vec![held]).await;
    let taken_over = change(
        vec![
            (Subject::Party(party(1)), 4),
            (Subject::Account(account(10)), 1),
        ],
        vec![
            Op::Import(ImportOp::Add(imported(1, 1, 10))),
            Op::Import(ImportOp::SetDue {
                campaign: "autumn".to_owned(),
                account: account(10),
                holder: party(1),
                due_at: at(90),
            }),
        ],
    );
    apply_all(&db.store, vec![taken_over]).await;
    apply_all(&db.store, vec![webhook::fan_out(0, 1)]).await;
}

fn erase(who: u128, version: i64) -> bonafide_store::Change {
    let bury = Op::Keep(KeepOp::Bury(tombstone(who)));
    let op = Op::EraseParty { party: party(who) };
    change(vec![(Subject::Party(party(who)), version)], vec![bury, op])
}

fn tombstone(who: u128) -> ErasedRow {
    ErasedRow {
        party: party(who),
        erased_at: at(12),
        ground: "GDPR 17(1)(a)".to_owned(),
        record: record(900 + who),
    }
}

fn expired(who: u128) -> ExpiredRow {
    ExpiredRow {
        party: party(who),
        record: record(800 + who),
        class: "national_id".to_owned(),
        at: at(11),
        ground: "eu-gdpr retention/national_id".to_owned(),
    }
}

async fn erasure_leaves_no_row_that_names_the_party(db: &Db) {
    two_parties(db).await;
    let id = party(1).to_string();
    // The test can fail only if the party stands in every table that can name one.
    let tables = [
        "account",
        "account_party",
        "blind",
        "entry",
        "event",
        "expired",
        "hold",
        "idempotency",
        "imported",
        "job",
        "key_row",
        "opening",
        "party",
        "rescreening",
        "screening_profile",
        "webhook_delivery",
    ];
    assert_eq!(db.tables_with(&id).await, tables);
    apply_all(&db.store, vec![erase(1, 5)]).await;
    // What is left says that somebody was erased, when and why.
    assert_eq!(db.tables_with(&id).await, TOMBSTONES);
    let erased = db.store.erased_party(TENANT, party(1)).await.unwrap();
    assert_eq!(erased, Some(tombstone(1)));
    let held = account(10).to_string();
    assert_eq!(db.tables_with(&held).await, ["erased_account"]);
    assert_eq!(db.store.party(TENANT, party(1)).await.unwrap(), None);
    assert_eq!(db.store.party_bundle(TENANT, party(1)).await.unwrap(), None);
    assert_eq!(db.store.key_row(TENANT, party(1)).await.unwrap(), None);
    // The leaves stay, and still get their places.
    assert_eq!(
        db.store
            .sequence(TENANT, 100)
            .await
            .unwrap()
            .unwrap()
            .integrated,
        4
    );
}

async fn erasure_takes_the_accounts_held_and_leaves_those_of_others(db: &Db) {
    two_parties(db).await;
    apply_all(&db.store, vec![erase(1, 5)]).await;
    assert_eq!(db.store.account(TENANT, account(10)).await.unwrap(), None);
    assert_eq!(
        db.store.load_account(TENANT, account(10)).await.unwrap(),
        None
    );
    let loaded = db
        .store
        .load_account(TENANT, account(20))
        .await
        .unwrap()
        .unwrap();
    let left: Vec<_> = loaded.parties.iter().map(|p| p.party).collect();
    assert_eq!(left, [party(2)]);
    assert_eq!(
        db.store
            .accounts_of_party(TENANT, party(2), 9)
            .await
            .unwrap(),
        [account(20)]
    );
    assert_eq!(
        db.store
            .party_bundle(TENANT, party(2))
            .await
            .unwrap()
            .unwrap()
            .entries
            .len(),
        2
    );
}

async fn erasure_of_another_version_is_refused(db: &Db) {
    two_parties(db).await;
    let conflict = ApplyError::Conflict {
        subject: Subject::Party(party(1)),
    };
    assert_eq!(apply_one(&db.store, erase(1, 4)).await, Err(conflict));
    assert!(db.store.party(TENANT, party(1)).await.unwrap().is_some());
    let unsaid = change(vec![], vec![Op::EraseParty { party: party(1) }]);
    assert!(matches!(
        apply_one(&db.store, unsaid).await,
        Err(ApplyError::Refused(_))
    ));
}

async fn nothing_can_be_added_to_an_erased_party(db: &Db) {
    two_parties(db).await;
    let rewrap = Rewrap {
        old: keys(1, 1),
        new: keys(1, 2),
    };
    let late = |version| {
        change(
            vec![(Subject::Party(party(1)), version)],
            vec![Op::AddEntry(entry(1, 7, None))],
        )
    };
    let results = db
        .store
        .apply(vec![erase(1, 5), late(4), late(5)])
        .await
        .unwrap();
    assert_eq!(results[0], Ok(()));
    assert!(matches!(results[1], Err(ApplyError::Conflict { .. })));
    assert!(matches!(results[2], Err(ApplyError::Conflict { .. })));
    assert_eq!(db.store.rewrap(TENANT, &[rewrap]).await.unwrap(), 0);
    assert_eq!(db.tables_with(&party(1).to_string()).await, TOMBSTONES);
}

async fn removed_tokens_find_nobody(db: &Db) {
    make_tenant(&db.store).await;
    apply_all(&db.store, vec![new_party(1), new_party(2)]).await;
    let remove = |attribute: &str, version| {
        let op = Op::RemoveTokens {
            party: party(1),
            attribute: attribute.to_owned(),
        };
        change(vec![(Subject::Party(party(1)), version)], vec![op])
    };
    let everybody = [b"everybody".to_vec()];
    apply_all(&db.store, vec![remove("email", 1)]).await;
    assert_eq!(
        db.store.find(TENANT, &everybody, 9).await.unwrap(),
        [party(1), party(2)]
    );
    apply_all(&db.store, vec![remove("name", 2)]).await;
    assert_eq!(
        db.store.find(TENANT, &everybody, 9).await.unwrap(),
        [party(2)]
    );
}

async fn remembered_answers_are_purged_by_age(db: &Db) {
    make_tenant(&db.store).await;
    apply_all(&db.store, vec![new_party(1)]).await;
    let mut rows = [idempotency("old", 1), idempotency("new", 1)];
    rows[1].at = at(6);
    let ops = rows.iter().cloned().map(Op::AddIdempotency).collect();
    apply_all(
        &db.store,
        vec![change(vec![(Subject::Party(party(1)), 1)], ops)],
    )
    .await;
    assert_eq!(db.store.purge_idempotency(at(6)).await.unwrap(), 1);
    let route = "POST /v1/sign-ups";
    assert_eq!(
        db.store.idempotency(TENANT, route, "old").await.unwrap(),
        None
    );
    let kept = db.store.idempotency(TENANT, route, "new").await.unwrap();
    assert_eq!(kept.unwrap(), rows[1]);
}

/// On SQLite the files are searched; PostgreSQL keeps old pages until vacuumed, so there only the vacuum must work.
async fn erased_bytes_are_gone(db: &Db) {
    two_parties(db).await;
    let long = [
        b"start of a long sealed envelope".to_vec(),
        vec![b'x'; 60_000],
    ]
    .concat();
    let mut row = entry(1, 5, None);
    row.envelope = long;
    let add = change(vec![(Subject::Party(party(1)), 5)], vec![Op::AddEntry(row)]);
    apply_all(&db.store, vec![add]).await;
    let secrets = [
        envelope(1, 100),
        wrapped(1),
        b"start of a long sealed envelope".to_vec(),
        b"token of 1".to_vec(),
        b"sealed answer to party 1".to_vec(),
        b"sealed basis of hold 1".to_vec(),
        b"sealed profile of party 1".to_vec(),
    ];
    for secret in &secrets {
        assert!(
            found_in_files(db, secret).is_none_or(|found| found),
            "{secret:?} is not where it can be found"
        );
    }
    apply_all(&db.store, vec![erase(1, 6)]).await;
    db.store.scrub().await.unwrap();
    for secret in &secrets {
        let text = String::from_utf8_lossy(secret);
        assert!(
            found_in_files(db, secret).is_none_or(|found| !found),
            "`{text}` is still in the files"
        );
    }
    assert!(found_in_files(db, &wrapped(2)).is_none_or(|found| found));
}

/// Whether the bytes stand in a file of the database; `None` for a server.
fn found_in_files(db: &Db, bytes: &[u8]) -> Option<bool> {
    let Place::Sqlite { folder, .. } = &db.at else {
        return None;
    };
    let files = fs::read_dir(folder.path()).unwrap();
    let mut contents = files.map(|file| fs::read(file.unwrap().path()).unwrap());
    Some(contents.any(|content| content.windows(bytes.len()).any(|window| window == bytes)))
}
