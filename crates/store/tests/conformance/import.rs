//! Customers of an earlier system: each row once, found by its token, and campaigns that give dates.

use bonafide_store::{ApplyError, CampaignRow, CampaignTally, ImportOp, ImportedRow, Op, Subject};

use crate::harness::{Db, on_both};
use crate::made::*;

on_both! {
    a_row_is_taken_over_once
    a_row_that_says_something_else_is_changed
    accounts_to_verify_are_listed_by_source
    tokens_say_whom_they_find
    a_campaign_counts_its_accounts
}

fn both(version: i64) -> Vec<(Subject, i64)> {
    vec![
        (Subject::Party(party(1)), version),
        (Subject::Account(account(10)), version - 1),
    ]
}

async fn one_account(db: &Db) {
    make_tenant(&db.store).await;
    apply_all(&db.store, vec![new_party(1)]).await;
    apply_all(&db.store, vec![new_account(10, 1, 1, &[])]).await;
}

fn add(row: ImportedRow, version: i64) -> bonafide_store::Change {
    change(both(version), vec![Op::Import(ImportOp::Add(row))])
}

async fn a_row_is_taken_over_once(db: &Db) {
    one_account(db).await;
    let row = imported(1, 1, 10);
    apply_all(&db.store, vec![add(row.clone(), 2)]).await;
    let again = apply_one(&db.store, add(row.clone(), 3)).await;
    let duplicate = ApplyError::Duplicate {
        what: "imported".to_owned(),
    };
    assert_eq!(again, Err(duplicate));
    let tokens = [vec![1; 32], vec![2; 32], vec![1; 32]];
    assert_eq!(
        db.store.imported(TENANT, &tokens).await.unwrap(),
        std::slice::from_ref(&row)
    );
    assert_eq!(db.store.imported("other", &tokens).await.unwrap(), []);
    assert_eq!(db.store.imported(TENANT, &[]).await.unwrap(), []);
    assert_eq!(
        db.store.imported_as(TENANT, account(10)).await.unwrap(),
        [row]
    );
    let many = vec![vec![0; 32]; bonafide_store::IMPORT_TOKENS_MAX + 1];
    assert!(db.store.imported(TENANT, &many).await.is_err());
}

async fn a_row_that_says_something_else_is_changed(db: &Db) {
    one_account(db).await;
    let mut row = imported(1, 1, 10);
    let to = |row: &ImportedRow, version| {
        change(
            both(version),
            vec![Op::Import(ImportOp::Change(row.clone()))],
        )
    };
    let unknown = apply_one(&db.store, to(&row, 2)).await;
    assert!(
        matches!(unknown, Err(ApplyError::Refused(_))),
        "{unknown:?}"
    );
    apply_all(&db.store, vec![add(row.clone(), 2)]).await;
    (row.content, row.run, row.at) = (vec![9; 32], "run_2".to_owned(), at(8));
    apply_all(&db.store, vec![to(&row, 3)]).await;
    let token = row.token.clone();
    assert_eq!(db.store.imported(TENANT, &[token]).await.unwrap(), [row]);
}

async fn accounts_to_verify_are_listed_by_source(db: &Db) {
    one_account(db).await;
    let list = |source: Option<&'static str>, after| {
        let store = db.store.clone();
        async move {
            let found = store.accounts_to_verify(TENANT, source, after, 9).await;
            found.unwrap()
        }
    };
    let put = |state: &str, decision: &str, version| {
        let mut row = account_row(10, 1);
        (row.state, row.decision) = (state.to_owned(), decision.to_owned());
        row.closed_at = (state == "closed").then(|| at(50));
        change(both(version), vec![Op::PutAccount(row)])
    };
    apply_all(&db.store, vec![add(imported(1, 1, 10), 2)]).await;
    assert_eq!(list(None, None).await, [], "it was approved");
    apply_all(&db.store, vec![put("open", "provisional", 3)]).await;
    assert_eq!(list(None, None).await, [account(10)]);
    assert_eq!(list(Some("whmcs"), None).await, [account(10)]);
    assert_eq!(list(Some("crm"), None).await, []);
    assert_eq!(list(None, Some(account(10))).await, []);
    apply_all(&db.store, vec![put("closed", "provisional", 4)]).await;
    assert_eq!(list(None, None).await, []);
    apply_all(&db.store, vec![put("open", "refer", 5)]).await;
    assert_eq!(list(None, None).await, [account(10)]);
    let due = ImportOp::SetDue {
        campaign: "autumn".to_owned(),
        account: account(10),
        holder: party(1),
        due_at: at(50),
    };
    apply_all(&db.store, vec![change(both(6), vec![Op::Import(due)])]).await;
    assert_eq!(list(None, None).await, [], "it has a date");
}

async fn tokens_say_whom_they_find(db: &Db) {
    make_tenant(&db.store).await;
    apply_all(&db.store, vec![new_party(1), new_party(2)]).await;
    let tokens = ["everybody", "token of 2", "token of 3"].map(|t| t.as_bytes().to_vec());
    let mut found = db.store.match_tokens(TENANT, &tokens).await.unwrap();
    found.sort_by(|a, b| a.token.cmp(&b.token));
    let found: Vec<_> = found.iter().map(|m| (m.party, m.parties)).collect();
    assert_eq!(found, [(party(1), 2), (party(2), 1)]);
    assert_eq!(db.store.match_tokens(TENANT, &[]).await.unwrap(), []);
}

async fn a_campaign_counts_its_accounts(db: &Db) {
    one_account(db).await;
    let campaign = CampaignRow {
        campaign: "autumn".to_owned(),
        cohort: "all".to_owned(),
        first_at: at(10),
        deadline: at(100),
        opened_at: at(1),
    };
    let open = || {
        let op = ImportOp::OpenCampaign(campaign.clone());
        change(vec![], vec![Op::Import(op)])
    };
    apply_all(&db.store, vec![open()]).await;
    assert!(apply_one(&db.store, open()).await.is_err());
    assert_eq!(db.store.campaigns(TENANT).await.unwrap(), [campaign]);
    let due = ImportOp::SetDue {
        campaign: "autumn".to_owned(),
        account: account(10),
        holder: party(1),
        due_at: at(50),
    };
    apply_all(&db.store, vec![change(both(2), vec![Op::Import(due)])]).await;
    let dates = db.store.campaign_dates(TENANT, "autumn", None, 9).await;
    assert_eq!(dates.unwrap(), [(account(10), at(50))]);
    for (now, due) in [(at(49), false), (at(50), true)] {
        let tally = db.store.campaign_tally(TENANT, "autumn", now).await;
        let expected = CampaignTally {
            state: "open".to_owned(),
            decision: "approve".to_owned(),
            due,
            accounts: 1,
        };
        assert_eq!(tally.unwrap(), [expected]);
    }
}
