//! Versions, batches, and what a bad change does to its neighbours.

use bonafide_model::{ApiKeyId, Date};
use bonafide_store::{
    ApiKeyRow, ApplyError, Change, ListRow, Op, PackRow, PartyRow, RecordRow, Subject, TenantRow,
};

use crate::harness::{Db, on_both};
use crate::made::*;

on_both! {
    versions_count_up_and_stale_changes_conflict
    conflicts_are_found_within_a_batch
    one_bad_change_fails_alone
    a_failed_change_leaves_nothing
    a_remembered_key_is_a_duplicate
    changes_that_are_not_well_formed_are_refused
    two_processes_cannot_change_one_version
    a_new_id_that_two_processes_make_is_made_once
    large_batches_are_written_whole
    keys_are_made_and_revoked
    packs_lists_and_settings_have_one_active_version
    holds_are_put_and_released
    a_tenant_is_made_once
    tenants_do_not_see_each_other
}

fn touch(who: u128, version: i64) -> Change {
    change(vec![(Subject::Party(party(who)), version)], vec![])
}

fn conflict(who: u128) -> Result<(), ApplyError> {
    Err(ApplyError::Conflict {
        subject: Subject::Party(party(who)),
    })
}

async fn version(db: &Db, who: u128) -> i64 {
    db.store
        .party(TENANT, party(who))
        .await
        .unwrap()
        .unwrap()
        .version
}

async fn versions_count_up_and_stale_changes_conflict(db: &Db) {
    make_tenant(&db.store).await;
    apply_all(&db.store, vec![new_party(1)]).await;
    assert_eq!(version(db, 1).await, 1);
    assert_eq!(apply_one(&db.store, new_party(1)).await, conflict(1));
    assert_eq!(apply_one(&db.store, touch(1, 2)).await, conflict(1));
    assert_eq!(apply_one(&db.store, touch(2, 1)).await, conflict(2));
    apply_all(&db.store, vec![touch(1, 1)]).await;
    let mut row = PartyRow::new(party(1), "organisation", at(77));
    row.version = 99;
    apply_all(
        &db.store,
        vec![change(
            vec![(Subject::Party(party(1)), 2)],
            vec![Op::PutParty(row)],
        )],
    )
    .await;
    let stored = db.store.party(TENANT, party(1)).await.unwrap().unwrap();
    assert_eq!(
        (stored.kind.as_str(), stored.version, stored.created_at),
        ("organisation", 3, at(0))
    );
}

async fn conflicts_are_found_within_a_batch(db: &Db) {
    make_tenant(&db.store).await;
    let batch = vec![
        new_party(1),
        touch(1, 1),
        touch(1, 1),
        new_party(1),
        touch(1, 2),
        new_party(2),
    ];
    let results = db.store.apply(batch).await.unwrap();
    assert_eq!(
        results,
        [Ok(()), Ok(()), conflict(1), conflict(1), Ok(()), Ok(())]
    );
    assert_eq!(version(db, 1).await, 3);
    assert_eq!(version(db, 2).await, 1);
}

async fn one_bad_change_fails_alone(db: &Db) {
    make_tenant(&db.store).await;
    // The same record twice: only the database can know.
    let mut bad = new_party(2);
    bad.ops.push(add_record(100));
    let results = db
        .store
        .apply(vec![new_party(1), bad, new_party(3)])
        .await
        .unwrap();
    let duplicate = ApplyError::Duplicate {
        what: "record".to_owned(),
    };
    assert_eq!(results, [Ok(()), Err(duplicate), Ok(())]);
    assert_eq!(
        db.tables_with(&party(2).to_string()).await,
        Vec::<String>::new()
    );
    assert_eq!(version(db, 3).await, 1);
}

async fn a_failed_change_leaves_nothing(db: &Db) {
    make_tenant(&db.store).await;
    let mut bad = new_party(1);
    bad.ops.push(Op::RevokeApiKey {
        key_id: ApiKeyId::from_bits(1),
        at: at(1),
    });
    let results = db.store.apply(vec![bad, new_party(2)]).await.unwrap();
    assert!(
        matches!(&results[0], Err(ApplyError::Refused(why)) if why.starts_with("no live API key `key_"))
    );
    assert_eq!(results[1], Ok(()));
    assert_eq!(
        db.tables_with(&party(1).to_string()).await,
        Vec::<String>::new()
    );
    assert_eq!(db.store.counts(TENANT).await.unwrap().pending_records, 1);
}

async fn a_remembered_key_is_a_duplicate(db: &Db) {
    make_tenant(&db.store).await;
    apply_all(&db.store, vec![new_party(1), new_party(2)]).await;
    let with_key = |who: u128, version| {
        let op = Op::AddIdempotency(idempotency("same", who));
        change(vec![(Subject::Party(party(who)), version)], vec![op])
    };
    let results = db
        .store
        .apply(vec![with_key(1, 1), with_key(2, 1)])
        .await
        .unwrap();
    let duplicate = ApplyError::Duplicate {
        what: "idempotency".to_owned(),
    };
    assert_eq!(results, [Ok(()), Err(duplicate)]);
    let row = db
        .store
        .idempotency(TENANT, "POST /v1/sign-ups", "same")
        .await
        .unwrap();
    assert_eq!(row.unwrap(), idempotency("same", 1));
    assert_eq!((version(db, 1).await, version(db, 2).await), (2, 1));
}

async fn changes_that_are_not_well_formed_are_refused(db: &Db) {
    make_tenant(&db.store).await;
    let one = Subject::Party(party(1));
    let put = || Op::PutParty(PartyRow::new(party(1), "person", at(0)));
    let bad_leaf = Op::AddRecord(RecordRow {
        record: record(1),
        leaf: b"not a leaf".to_vec(),
    });
    let bad = [
        change(vec![], vec![put()]),
        change(vec![(one, 0)], vec![]),
        change(vec![(one, -1)], vec![put()]),
        change(vec![(one, 0), (one, 1)], vec![put()]),
        change(vec![(one, 0)], vec![put(), Op::AddEntry(entry(2, 1, None))]),
        change(vec![(one, 0)], vec![put(), Op::PutKeys(keys(2, 1))]),
        change(
            vec![(one, 0)],
            vec![put(), Op::AddIdempotency(idempotency("k", 2))],
        ),
        change(vec![(one, 0)], vec![put(), Op::PutHold(hold_row(1, 2))]),
        change(
            vec![(one, 0)],
            vec![put(), Op::PutAccount(account_row(1, 1))],
        ),
        change(vec![], vec![bad_leaf]),
        change(vec![], (0..10_001).map(add_record).collect()),
    ];
    for change in bad {
        let result = apply_one(&db.store, change).await;
        assert!(matches!(result, Err(ApplyError::Refused(_))), "{result:?}");
    }
    assert_eq!(db.store.party(TENANT, party(1)).await.unwrap(), None);
    // Naming one subject twice with one version is fine.
    apply_all(
        &db.store,
        vec![change(
            vec![(one, 0), (one, 0)],
            vec![put(), Op::PutKeys(keys(1, 1))],
        )],
    )
    .await;
}

async fn two_processes_cannot_change_one_version(db: &Db) {
    make_tenant(&db.store).await;
    apply_all(&db.store, vec![new_party(1)]).await;
    let other = db.another().await.unwrap_or_else(|| db.store.clone());
    for round in 1..=20 {
        let (a, b) = tokio::join!(
            apply_one(&db.store, touch(1, round)),
            apply_one(&other, touch(1, round))
        );
        let good = [&a, &b].iter().filter(|result| result.is_ok()).count();
        assert_eq!(good, 1, "{a:?} {b:?}");
        assert!([a, b].contains(&conflict(1)));
    }
    assert_eq!(version(db, 1).await, 21);
    other.close().await.unwrap();
}

async fn a_new_id_that_two_processes_make_is_made_once(db: &Db) {
    make_tenant(&db.store).await;
    let other = db.another().await.unwrap_or_else(|| db.store.clone());
    for who in 1..=20 {
        let (a, b) = tokio::join!(
            apply_one(&db.store, new_party(who)),
            apply_one(&other, new_party(who))
        );
        let good = [&a, &b].iter().filter(|result| result.is_ok()).count();
        assert_eq!(good, 1, "{a:?} {b:?}");
        let expected = |r: &Result<(), ApplyError>| {
            matches!(
                r,
                Ok(()) | Err(ApplyError::Conflict { .. } | ApplyError::Duplicate { .. })
            )
        };
        assert!(expected(&a) && expected(&b), "{a:?} {b:?}");
    }
    other.close().await.unwrap();
}

async fn large_batches_are_written_whole(db: &Db) {
    make_tenant(&db.store).await;
    let results = db
        .store
        .apply((1..=700).map(new_party).collect())
        .await
        .unwrap();
    assert!(results.iter().all(Result::is_ok));
    let accounts = (1..=700).map(|n| new_account(n, n, 1, &[])).collect();
    assert!(
        db.store
            .apply(accounts)
            .await
            .unwrap()
            .iter()
            .all(Result::is_ok)
    );
    let counts = db.store.counts(TENANT).await.unwrap();
    assert_eq!(counts.parties, 700);
    assert_eq!(counts.accounts, [("approve".to_owned(), 700)]);
    assert_eq!(counts.pending_records, 1400);
    for who in [1, 255, 256, 257, 511, 512, 513, 700] {
        let bundle = db
            .store
            .party_bundle(TENANT, party(who))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(bundle.party.version, 2);
        assert_eq!(bundle.keys, keys(who, 1));
        assert_eq!(
            bundle.entries,
            [
                entry(who, 100 * who, None),
                entry(who, 100_000 + who, Some(who))
            ]
        );
    }
}

async fn keys_are_made_and_revoked(db: &Db) {
    make_tenant(&db.store).await;
    let row = ApiKeyRow {
        key_id: ApiKeyId::from_bits(5),
        hash: vec![1; 32],
        label: "portal".to_owned(),
        role: "service".to_owned(),
        staff: Some("anna".to_owned()),
        scopes: "sign-ups read".to_owned(),
        created_at: at(1),
        revoked_at: None,
    };
    apply_all(
        &db.store,
        vec![change(vec![], vec![Op::PutApiKey(row.clone())])],
    )
    .await;
    assert_eq!(
        db.store.api_key(TENANT, row.key_id).await.unwrap(),
        Some(row.clone())
    );
    assert_eq!(db.store.api_key("other", row.key_id).await.unwrap(), None);
    assert_eq!(
        db.store.find_api_key(row.key_id).await.unwrap(),
        Some((TENANT.to_owned(), row.clone()))
    );
    assert_eq!(
        db.store.find_api_key(ApiKeyId::from_bits(6)).await.unwrap(),
        None
    );
    let again = apply_one(&db.store, change(vec![], vec![Op::PutApiKey(row.clone())])).await;
    assert!(matches!(again, Err(ApplyError::Duplicate { .. })));
    let revoke = || {
        let op = Op::RevokeApiKey {
            key_id: row.key_id,
            at: at(3),
        };
        change(vec![], vec![op])
    };
    apply_all(&db.store, vec![revoke()]).await;
    assert_eq!(
        db.store.api_keys(TENANT).await.unwrap()[0].revoked_at,
        Some(at(3))
    );
    assert!(matches!(
        apply_one(&db.store, revoke()).await,
        Err(ApplyError::Refused(_))
    ));
}

async fn packs_lists_and_settings_have_one_active_version(db: &Db) {
    make_tenant(&db.store).await;
    let pack = |digest: &str, elected: bool| PackRow {
        pack_id: "us-cip".to_owned(),
        digest: digest.to_owned(),
        version: "1".to_owned(),
        text: format!("text of {digest}"),
        elected_by: elected.then(|| "officer".to_owned()),
        elected_at: elected.then(|| at(4)),
        activated_at: at(4),
        active_since: elected.then(|| at(3)),
    };
    let activate = |row: &PackRow| change(vec![], vec![Op::ActivatePack(row.clone())]);
    let (old, new) = (pack("aa", true), pack("bb", false));
    apply_all(&db.store, vec![activate(&old), activate(&new)]).await;
    assert_eq!(
        db.store.active_packs(TENANT).await.unwrap(),
        std::slice::from_ref(&new)
    );
    apply_all(&db.store, vec![activate(&old)]).await;
    assert_eq!(
        db.store.active_packs(TENANT).await.unwrap(),
        std::slice::from_ref(&old)
    );
    let version = async |digest| db.store.pack_version(TENANT, digest).await.unwrap();
    assert_eq!(version("aa").await, Some(old));
    assert_eq!(version("bb").await, Some(new));
    assert_eq!(version("cc").await, None);
    assert_eq!(db.store.pack_version("other", "aa").await.unwrap(), None);
    let off = || {
        let pack_id = "us-cip".to_owned();
        change(vec![], vec![Op::DeactivatePack { pack_id }])
    };
    apply_all(&db.store, vec![off()]).await;
    assert_eq!(db.store.active_packs(TENANT).await.unwrap(), []);
    assert!(matches!(
        apply_one(&db.store, off()).await,
        Err(ApplyError::Refused(_))
    ));

    let list = |digest: &str| ListRow {
        name: "ofac".to_owned(),
        digest: digest.to_owned(),
        published_on: Date::new(2025, 1, 31),
        loaded_at: at(5),
        report: "2 entries".to_owned(),
    };
    let file = |part: &str, bytes: &[u8]| Op::AddListFile {
        digest: "cc".to_owned(),
        part: part.to_owned(),
        bytes: bytes.to_vec(),
    };
    let ops = vec![
        Op::ActivateList(list("cc")),
        file("sdn", b"1"),
        file("alt", b"2"),
        file("alt", b"2"),
    ];
    apply_all(&db.store, vec![change(vec![], ops)]).await;
    assert_eq!(db.store.active_lists(TENANT).await.unwrap(), [list("cc")]);
    let files = [
        ("alt".to_owned(), b"2".to_vec()),
        ("sdn".to_owned(), b"1".to_vec()),
    ];
    assert_eq!(db.store.list_files(TENANT, "cc").await.unwrap(), files);
    assert_eq!(
        db.store.list_file(TENANT, "cc", "sdn").await.unwrap(),
        Some(b"1".to_vec())
    );
    assert_eq!(db.store.list_file(TENANT, "cc", "add").await.unwrap(), None);
    apply_all(
        &db.store,
        vec![change(vec![], vec![Op::ActivateList(list("dd"))])],
    )
    .await;
    assert_eq!(db.store.active_lists(TENANT).await.unwrap(), [list("dd")]);
    // Both were loaded at one instant; the digest decides.
    let versions = db.store.list_versions(TENANT, &list("dd").name).await;
    assert_eq!(versions.unwrap(), [list("cc"), list("dd")]);

    for text in ["one", "two"] {
        let op = Op::PutSetting {
            name: "provider".to_owned(),
            text: text.to_owned(),
            at: at(1),
        };
        apply_all(&db.store, vec![change(vec![], vec![op])]).await;
    }
    assert_eq!(
        db.store
            .setting(TENANT, "provider")
            .await
            .unwrap()
            .as_deref(),
        Some("two")
    );
    assert_eq!(db.store.setting(TENANT, "methods").await.unwrap(), None);
}

async fn holds_are_put_and_released(db: &Db) {
    make_tenant(&db.store).await;
    apply_all(&db.store, vec![new_party(1)]).await;
    let of = |version, op| change(vec![(Subject::Party(party(1)), version)], vec![op]);
    apply_all(&db.store, vec![of(1, Op::PutHold(hold_row(1, 1)))]).await;
    assert_eq!(
        db.store.holds(TENANT, party(1)).await.unwrap(),
        [hold_row(1, 1)]
    );
    let release = |n| Op::ReleaseHold {
        hold: hold(n),
        party: party(1),
        at: at(8),
    };
    assert!(matches!(
        apply_one(&db.store, of(2, release(2))).await,
        Err(ApplyError::Refused(_))
    ));
    apply_all(&db.store, vec![of(2, release(1))]).await;
    assert_eq!(
        db.store.holds(TENANT, party(1)).await.unwrap()[0].released_at,
        Some(at(8))
    );
}

async fn a_tenant_is_made_once(db: &Db) {
    make_tenant(&db.store).await;
    let row = TenantRow {
        tenant: TENANT.to_owned(),
        origin: ORIGIN.to_owned(),
        created_at: at(0),
    };
    assert_eq!(db.store.tenants().await.unwrap(), vec![row.clone(); 1]);
    let again = change(vec![], vec![Op::PutTenant(row.clone())]);
    assert!(matches!(
        apply_one(&db.store, again).await,
        Err(ApplyError::Duplicate { .. })
    ));
    let mut foreign = change(vec![], vec![Op::PutTenant(row)]);
    foreign.tenant = "other".to_owned();
    assert!(matches!(
        apply_one(&db.store, foreign).await,
        Err(ApplyError::Refused(_))
    ));
    assert_eq!(db.store.head(TENANT).await.unwrap().unwrap().size, 0);
    assert_eq!(db.store.head("other").await.unwrap(), None);
}

async fn tenants_do_not_see_each_other(db: &Db) {
    make_tenant(&db.store).await;
    let mut other = new_party(1);
    other.tenant = "other".to_owned();
    apply_all(
        &db.store,
        vec![new_party(1), other, new_account(1, 1, 1, &[])],
    )
    .await;
    assert_eq!(db.store.account("other", account(1)).await.unwrap(), None);
    let erase = change(
        vec![(Subject::Party(party(1)), 2)],
        vec![Op::EraseParty { party: party(1) }],
    );
    apply_all(&db.store, vec![erase]).await;
    assert_eq!(db.store.party(TENANT, party(1)).await.unwrap(), None);
    let left = db
        .store
        .party_bundle("other", party(1))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((left.party.version, left.entries.len()), (1, 1));
    assert_eq!(
        db.store
            .find("other", &[b"token of 1".to_vec()], 9)
            .await
            .unwrap(),
        [party(1)]
    );
    assert!(matches!(
        db.store.account(TENANT, account(1)).await,
        Ok(None)
    ));
}
