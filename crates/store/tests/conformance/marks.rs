//! Memories of what was read: they are given up with the change that makes them wrong, and are not made where other
//! processes change the database.

use bonafide_model::ApiKeyId;
use bonafide_store::{AccountVersions, ApiKeyRow, Op, Subject};

use crate::harness::{Db, Place, on_both};
use crate::made::*;

on_both! {
    a_mark_holds_until_its_subject_is_changed
    a_revoked_key_is_seen_by_the_next_look_up
    versions_tell_what_changed_about_an_account
    open_accounts_of_a_product_are_found_newest_first
}

async fn a_mark_holds_until_its_subject_is_changed(db: &Db) {
    make_tenant(&db.store).await;
    apply_all(&db.store, vec![new_party(1), new_party(2)]).await;
    let mark = |n| {
        let before = db.store.before();
        db.store.mark(before, TENANT, [Subject::Party(party(n))])
    };
    if matches!(db.at, Place::Postgres { .. }) {
        assert_eq!(mark(1), None, "another process may change it unseen");
        return;
    }
    let (one, two) = (mark(1).unwrap(), mark(2).unwrap());
    apply_all(&db.store, vec![new_account(1, 1, 1, &[])]).await;
    assert!(!db.store.is_unchanged(&one));
    assert!(db.store.is_unchanged(&two));
    let before = db.store.before();
    let erase = change(
        vec![(Subject::Party(party(2)), 1)],
        vec![Op::EraseParty { party: party(2) }],
    );
    apply_all(&db.store, vec![erase]).await;
    assert!(!db.store.is_unchanged(&two));
    let late = db.store.mark(before, TENANT, [Subject::Party(party(2))]);
    assert_eq!(
        late, None,
        "what was read before a change is not remembered"
    );
}

async fn a_revoked_key_is_seen_by_the_next_look_up(db: &Db) {
    make_tenant(&db.store).await;
    let key_id = ApiKeyId::from_bits(7);
    let row = ApiKeyRow {
        key_id,
        hash: vec![1; 32],
        label: "till".to_owned(),
        role: "service".to_owned(),
        staff: None,
        scopes: "read".to_owned(),
        created_at: at(1),
        revoked_at: None,
    };
    assert_eq!(db.store.find_api_key(key_id).await.unwrap(), None);
    apply_all(
        &db.store,
        vec![change(vec![], vec![Op::PutApiKey(row.clone())])],
    )
    .await;
    for _ in 0..2 {
        let found = db.store.find_api_key(key_id).await.unwrap();
        assert_eq!(found, Some((TENANT.to_owned(), row.clone())));
    }
    apply_all(&db.store, vec![new_party(1)]).await;
    let revoke = Op::RevokeApiKey { key_id, at: at(9) };
    apply_all(&db.store, vec![change(vec![], vec![revoke])]).await;
    let (_, found) = db.store.find_api_key(key_id).await.unwrap().unwrap();
    assert_eq!(found.revoked_at, Some(at(9)));
}

async fn versions_tell_what_changed_about_an_account(db: &Db) {
    make_tenant(&db.store).await;
    apply_all(&db.store, vec![new_party(1), new_party(2)]).await;
    assert_eq!(
        db.store.account_versions(TENANT, account(1)).await.unwrap(),
        None
    );
    apply_all(&db.store, vec![new_account(1, 1, 1, &[(2, 1)])]).await;
    let versions = |account, party_versions| AccountVersions {
        account,
        parties: 2,
        party_versions,
    };
    let read = || async { db.store.account_versions(TENANT, account(1)).await.unwrap() };
    assert_eq!(read().await, Some(versions(1, 4)));
    let touch = change(
        vec![(Subject::Party(party(2)), 2)],
        vec![Op::PutKeys(keys(2, 1))],
    );
    apply_all(&db.store, vec![touch]).await;
    assert_eq!(read().await, Some(versions(1, 5)));
}

async fn open_accounts_of_a_product_are_found_newest_first(db: &Db) {
    make_tenant(&db.store).await;
    apply_all(&db.store, vec![new_party(1), new_party(2)]).await;
    for n in 1..=4_i64 {
        let number = n.cast_unsigned().into();
        let mut change = new_account(number, 1, n, &[]);
        if let Op::PutAccount(row) = &mut change.ops[0] {
            match n {
                1 => row.product = "mail".to_owned(),
                2 => row.closed_at = Some(at(5)),
                _ => {}
            }
        }
        apply_all(&db.store, vec![change]).await;
    }
    let product = account_row(1, 1).product;
    let held = async |who, product: &str, limit| {
        db.store
            .open_accounts_held(TENANT, party(who), product, limit)
            .await
            .unwrap()
    };
    assert_eq!(held(1, &product, 9).await, [account(4), account(3)]);
    assert_eq!(held(1, &product, 1).await, [account(4)]);
    assert_eq!(held(1, "mail", 9).await, [account(1)]);
    assert_eq!(held(2, &product, 9).await, []);
}
