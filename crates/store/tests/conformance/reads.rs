//! Look-ups: pages, filters, searches, and rows that are damaged.

use bonafide_store::{AccountFilter, Change, EntryRow, Op, Rewrap, StoreError, Subject};

use crate::harness::{Db, on_both};
use crate::made::*;

on_both! {
    parties_are_listed_in_pages
    accounts_are_listed_through_a_filter
    an_account_is_loaded_with_what_concerns_it
    a_search_finds_parties_with_every_token
    the_timeline_shows_places_once_there_are_some
    keys_are_wrapped_forward_unless_they_changed
    a_damaged_row_is_named
}

async fn parties_are_listed_in_pages(db: &Db) {
    make_tenant(&db.store).await;
    let mut changes: Vec<_> = (1..=5).map(new_party).collect();
    if let Op::PutParty(row) = &mut changes[2].ops[0] {
        row.kind = "organisation".to_owned();
    }
    apply_all(&db.store, changes).await;
    let page = async |after: Option<u128>, limit, kind| {
        let rows = db
            .store
            .list_parties(TENANT, after.map(party), limit, kind)
            .await
            .unwrap();
        rows.into_iter().map(|row| row.party).collect::<Vec<_>>()
    };
    assert_eq!(page(None, 2, None).await, [party(1), party(2)]);
    assert_eq!(page(Some(2), 2, None).await, [party(3), party(4)]);
    assert_eq!(page(Some(4), 2, None).await, [party(5)]);
    assert_eq!(page(None, 9, Some("organisation")).await, [party(3)]);
    assert_eq!(page(Some(3), 9, Some("organisation")).await, []);
}

async fn accounts_are_listed_through_a_filter(db: &Db) {
    make_tenant(&db.store).await;
    apply_all(&db.store, vec![new_party(1)]).await;
    for n in 1..=4 {
        let mut change = new_account(n, 1, i64::try_from(n).unwrap(), &[]);
        let Op::PutAccount(row) = &mut change.ops[0] else {
            panic!()
        };
        match n {
            1 => row.decision = "refer".to_owned(),
            2 => row.review_at = None,
            3 => row.risk = "high".to_owned(),
            _ => (row.product, row.state) = ("mail".to_owned(), "closed".to_owned()),
        }
        (row.closed_at, row.last_access_at) = (Some(at(3)), Some(at(4)));
        apply_all(&db.store, vec![change]).await;
    }
    let list = async |filter: AccountFilter, after: Option<u128>, limit| {
        let rows = db
            .store
            .list_accounts(TENANT, &filter, after.map(account), limit)
            .await
            .unwrap();
        rows.into_iter().map(|row| row.account).collect::<Vec<_>>()
    };
    let some = |text: &str| Some(text.to_owned());
    let all = AccountFilter::default;
    assert_eq!(
        list(all(), None, 3).await,
        [account(1), account(2), account(3)]
    );
    assert_eq!(list(all(), Some(3), 3).await, [account(4)]);
    assert_eq!(
        list(
            AccountFilter {
                decision: some("refer"),
                ..all()
            },
            None,
            9
        )
        .await,
        [account(1)]
    );
    assert_eq!(
        list(
            AccountFilter {
                risk: some("high"),
                ..all()
            },
            None,
            9
        )
        .await,
        [account(3)]
    );
    assert_eq!(
        list(
            AccountFilter {
                product: some("mail"),
                ..all()
            },
            None,
            9
        )
        .await,
        [account(4)]
    );
    assert_eq!(
        list(
            AccountFilter {
                state: some("closed"),
                risk: some("low"),
                ..all()
            },
            None,
            9
        )
        .await,
        [account(4)]
    );
    assert_eq!(
        list(
            AccountFilter {
                review_before: Some(at(1_000)),
                ..all()
            },
            None,
            9
        )
        .await,
        []
    );
    let due = AccountFilter {
        review_before: Some(at(1_001)),
        ..all()
    };
    assert_eq!(
        list(due, None, 9).await,
        [account(1), account(3), account(4)]
    );
    let stored = db.store.account(TENANT, account(4)).await.unwrap().unwrap();
    let mut expected = account_row(4, 1);
    (expected.product, expected.state, expected.version) =
        ("mail".to_owned(), "closed".to_owned(), 1);
    (expected.closed_at, expected.last_access_at) = (Some(at(3)), Some(at(4)));
    assert_eq!(stored, expected);
    // Another version of it replaces everything but the instant of opening.
    let mut row = account_row(4, 1);
    row.created_at = at(99);
    let expect = vec![
        (Subject::Account(account(4)), 1),
        (Subject::Party(party(1)), 5),
    ];
    apply_all(
        &db.store,
        vec![change(expect, vec![Op::PutAccount(row.clone())])],
    )
    .await;
    (row.created_at, row.version) = (at(0), 2);
    assert_eq!(
        db.store.account(TENANT, account(4)).await.unwrap(),
        Some(row)
    );
}

async fn an_account_is_loaded_with_what_concerns_it(db: &Db) {
    make_tenant(&db.store).await;
    apply_all(&db.store, vec![new_party(1), new_party(2), new_party(3)]).await;
    apply_all(
        &db.store,
        vec![new_account(10, 1, 1, &[(2, 1)]), new_account(20, 2, 2, &[])],
    )
    .await;
    // An answer about another account is left out; what was learned with it is not.
    let answer = EntryRow {
        kind: "assessed".to_owned(),
        ..entry(2, 300, Some(20))
    };
    apply_all(
        &db.store,
        vec![Change {
            tenant: TENANT.to_owned(),
            expect: vec![(Subject::Party(party(2)), 3)],
            ops: vec![Op::AddEntry(answer)],
        }],
    )
    .await;
    let loaded = db
        .store
        .load_account(TENANT, account(10))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(loaded.account.version, 1);
    let parties: Vec<_> = loaded
        .parties
        .iter()
        .map(|p| (p.party, p.version))
        .collect();
    assert_eq!(parties, [(party(1), 2), (party(2), 4)]);
    assert_eq!(loaded.keys, [keys(1, 1), keys(2, 1)]);
    let expected = [
        entry(1, 100, None),
        entry(2, 200, None),
        entry(1, 100_010, Some(10)),
        entry(2, 100_020, Some(20)),
    ];
    assert_eq!(loaded.entries, expected);
    assert_eq!(
        db.store
            .accounts_of_party(TENANT, party(2), 9)
            .await
            .unwrap(),
        [account(10), account(20)]
    );
    assert_eq!(
        db.store
            .accounts_of_party(TENANT, party(2), 1)
            .await
            .unwrap(),
        [account(10)]
    );
    assert_eq!(
        db.store.load_account(TENANT, account(30)).await.unwrap(),
        None
    );
}

async fn a_search_finds_parties_with_every_token(db: &Db) {
    make_tenant(&db.store).await;
    apply_all(&db.store, (1..=4).map(new_party).collect()).await;
    let find = async |tokens: &[&str], limit| {
        let tokens: Vec<_> = tokens.iter().map(|t| t.as_bytes().to_vec()).collect();
        db.store.find(TENANT, &tokens, limit).await.unwrap()
    };
    assert_eq!(
        find(&["everybody"], 3).await,
        [party(1), party(2), party(3)]
    );
    assert_eq!(find(&["everybody", "token of 2"], 9).await, [party(2)]);
    assert_eq!(
        find(&["token of 2", "everybody", "token of 2"], 9).await,
        [party(2)]
    );
    assert_eq!(find(&["token of 1", "token of 2"], 9).await, []);
    assert_eq!(find(&[], 9).await, []);
    // One token of two attributes of one party is one token.
    let again = Op::AddToken {
        token: b"everybody".to_vec(),
        party: party(1),
        attribute: "email".to_owned(),
    };
    apply_all(
        &db.store,
        vec![change(vec![(Subject::Party(party(1)), 1)], vec![again])],
    )
    .await;
    assert_eq!(find(&["everybody", "token of 1"], 9).await, [party(1)]);
    let many: Vec<Vec<u8>> = (0..65_u8).map(|n| vec![n]).collect();
    assert!(matches!(
        db.store.find(TENANT, &many, 9).await,
        Err(StoreError::Refused(_))
    ));
}

async fn the_timeline_shows_places_once_there_are_some(db: &Db) {
    make_tenant(&db.store).await;
    apply_all(&db.store, vec![new_party(1)]).await;
    apply_all(&db.store, vec![new_account(10, 1, 1, &[])]).await;
    let line = async |after: Option<u128>, limit| {
        let rows = db
            .store
            .timeline(TENANT, party(1), after.map(record), limit)
            .await
            .unwrap();
        rows.into_iter()
            .map(|r| (r.record, r.account, r.leaf_index))
            .collect::<Vec<_>>()
    };
    let second = (record(100_010), Some(account(10)), None);
    assert_eq!(line(None, 9).await, [(record(100), None, None), second]);
    db.store.sequence(TENANT, 1).await.unwrap().unwrap();
    assert_eq!(line(None, 1).await, [(record(100), None, Some(0))]);
    assert_eq!(line(Some(100), 9).await, [second]);
}

async fn keys_are_wrapped_forward_unless_they_changed(db: &Db) {
    make_tenant(&db.store).await;
    apply_all(&db.store, vec![new_party(1), new_party(2), new_party(3)]).await;
    let old = db.store.key_rows_before(TENANT, 2, 9).await.unwrap();
    assert_eq!(old, [keys(1, 1), keys(2, 1), keys(3, 1)]);
    assert_eq!(db.store.key_rows_before(TENANT, 1, 9).await.unwrap(), []);
    assert_eq!(
        db.store.key_rows_before(TENANT, 2, 1).await.unwrap().len(),
        1
    );
    let forward = |who| Rewrap {
        old: keys(who, 1),
        new: keys(who, 2),
    };
    let mut changed = forward(2);
    changed.old.wrapped = b"what was there before".to_vec();
    assert_eq!(
        db.store
            .rewrap(TENANT, &[forward(1), changed, forward(3)])
            .await
            .unwrap(),
        2
    );
    assert_eq!(
        db.store.key_rows_before(TENANT, 2, 9).await.unwrap(),
        [keys(2, 1)]
    );
    assert_eq!(
        db.store.key_row(TENANT, party(1)).await.unwrap(),
        Some(keys(1, 2))
    );
    assert_eq!(db.store.rewrap(TENANT, &[]).await.unwrap(), 0);
}

async fn a_damaged_row_is_named(db: &Db) {
    make_tenant(&db.store).await;
    apply_all(&db.store, vec![new_party(1)]).await;
    apply_all(&db.store, vec![new_account(10, 1, 1, &[])]).await;
    db.tamper("UPDATE account SET holder = 'nobody'").await;
    let error = db.store.account(TENANT, account(10)).await.unwrap_err();
    let StoreError::Corrupt {
        table,
        column,
        id,
        why,
    } = error
    else {
        panic!("{error}")
    };
    assert_eq!(
        (table, column, id),
        ("account", "holder", account(10).to_string())
    );
    assert!(why.contains("`nobody` is not a party id"), "{why}");
    db.tamper("DELETE FROM key_row").await;
    let error = db.store.party_bundle(TENANT, party(1)).await.unwrap_err();
    assert!(matches!(
        error,
        StoreError::Corrupt {
            table: "key_row",
            ..
        }
    ));
}
