//! Cases: opened, changed one at a time, listed, counted, and gone with whom they are about.

use bonafide_model::{
    CaseClock, CaseId, CaseKind, CaseOutcome, CaseState, SecondPerson, Timestamp,
};
use bonafide_store::{
    ApplyError, CaseCount, CaseEntryRow, CaseFilter, CaseOp, CaseRow, Change, Op, Subject,
};

use crate::harness::{Db, on_both};
use crate::made::*;

on_both! {
    a_case_reads_back_with_what_was_said
    a_case_is_changed_in_the_version_that_was_read_and_in_no_other
    one_case_never_goes_to_two_people
    an_account_has_one_review_at_a_time
    lists_are_filtered_and_paged
    the_most_urgent_case_comes_first
    cases_are_counted
    cases_go_with_whom_they_are_about
    a_case_about_nobody_has_entries_too
}

fn case(n: u128) -> CaseId {
    CaseId::from_bits(n)
}

fn row(n: u128, kind: CaseKind, about: Option<u128>) -> CaseRow {
    CaseRow {
        case: case(n),
        version: 0,
        kind,
        state: CaseState::Open,
        party: about.map(party),
        account: None,
        parent: None,
        restricted: false,
        opened_by: "cli:ana".to_owned(),
        assignee: None,
        proposed_by: None,
        decided_by: None,
        approved_by: None,
        second: None,
        outcome: None,
        opened_at: at(1),
        clock: CaseClock::default(),
        overdue_at: None,
        decided_at: None,
        closed_at: None,
    }
}

fn said(n: u128, record_number: u128, about: Option<u128>) -> CaseEntryRow {
    CaseEntryRow {
        case: case(n),
        record: record(record_number),
        party: about.map(party),
        kind: "opened".to_owned(),
        actor: "cli:ana".to_owned(),
        at: at(1),
        text: about.is_none().then(|| "a text about nobody".to_owned()),
    }
}

/// Opens a case about nobody, or about a party in this version.
fn opened(row: &CaseRow, about: Option<(u128, i64)>) -> Change {
    let mut expect = vec![(Subject::Case(row.case), 0)];
    expect.extend(about.map(|(who, version)| (Subject::Party(party(who)), version)));
    change(expect, vec![Op::Case(CaseOp::Open(row.clone()))])
}

fn updated(row: &CaseRow) -> Change {
    let expect = vec![(Subject::Case(row.case), row.version)];
    change(expect, vec![Op::Case(CaseOp::Update(row.clone()))])
}

async fn read(db: &Db, n: u128) -> CaseRow {
    db.store.case(TENANT, case(n)).await.unwrap().unwrap()
}

async fn a_case_reads_back_with_what_was_said(db: &Db) {
    make_tenant(&db.store).await;
    apply_all(&db.store, vec![new_party(1)]).await;
    apply_all(&db.store, vec![new_account(10, 1, 1, &[])]).await;
    let full = CaseRow {
        account: Some(account(10)),
        parent: Some(case(9)),
        restricted: true,
        assignee: Some("cli:ben".to_owned()),
        proposed_by: Some("cli:ben".to_owned()),
        decided_by: Some("cli:cleo".to_owned()),
        approved_by: Some("outside:dan".to_owned()),
        second: Some(SecondPerson::Outside),
        outcome: Some(CaseOutcome::Overturn),
        state: CaseState::Decided,
        clock: CaseClock {
            earliest: Some(at(5)),
            latest: Some(at(6)),
        },
        overdue_at: Some(at(7)),
        decided_at: Some(at(8)),
        closed_at: Some(at(9)),
        ..row(1, CaseKind::Appeal, Some(1))
    };
    let mut change = opened(&full, Some((1, 2)));
    change.ops.push(Op::AddEntry(entry(1, 500, Some(10))));
    change.ops.push(add_record(500));
    change
        .ops
        .push(Op::Case(CaseOp::AddEntry(said(1, 500, Some(1)))));
    apply_all(&db.store, vec![change]).await;
    assert_eq!(read(db, 1).await, CaseRow { version: 1, ..full });
    let entries = db
        .store
        .case_entries(TENANT, case(1), None, 9)
        .await
        .unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].row, said(1, 500, Some(1)));
    assert_eq!(entries[0].envelope, Some(envelope(1, 500)));
    let after = Some(record(500));
    let after = db.store.case_entries(TENANT, case(1), after, 9).await;
    assert_eq!(after.unwrap(), []);
    assert_eq!(db.store.case(TENANT, case(2)).await.unwrap(), None);
    assert_eq!(db.store.case("other", case(1)).await.unwrap(), None);
}

async fn a_case_is_changed_in_the_version_that_was_read_and_in_no_other(db: &Db) {
    make_tenant(&db.store).await;
    apply_all(
        &db.store,
        vec![opened(&row(1, CaseKind::Operations, None), None)],
    )
    .await;
    let mut held = read(db, 1).await;
    held.assignee = Some("cli:ben".to_owned());
    // Its kind, its subject and who opened it stay, whatever the row says.
    held.kind = CaseKind::Process;
    held.opened_by = "cli:mallory".to_owned();
    apply_all(&db.store, vec![updated(&held)]).await;
    let found = read(db, 1).await;
    assert_eq!(
        (found.version, found.kind, found.opened_by.as_str()),
        (2, CaseKind::Operations, "cli:ana")
    );
    assert_eq!(found.assignee.as_deref(), Some("cli:ben"));
    let conflict = ApplyError::Conflict {
        subject: Subject::Case(case(1)),
    };
    assert_eq!(apply_one(&db.store, updated(&held)).await, Err(conflict));
    // What the change rests on and what it replaces must be one version; what it rests on must be replaced.
    let mut two = updated(&found);
    two.expect = vec![(Subject::Case(case(1)), 1)];
    let rests = change(vec![(Subject::Case(case(1)), 2)], vec![]);
    let unsaid = change(vec![], vec![Op::Case(CaseOp::AddEntry(said(1, 7, None)))]);
    for bad in [two, rests, unsaid] {
        let refused = apply_one(&db.store, bad).await;
        assert!(
            matches!(refused, Err(ApplyError::Refused(_))),
            "{refused:?}"
        );
    }
    assert_eq!(read(db, 1).await.version, 2);
}

async fn one_case_never_goes_to_two_people(db: &Db) {
    make_tenant(&db.store).await;
    apply_all(
        &db.store,
        vec![opened(&row(1, CaseKind::Operations, None), None)],
    )
    .await;
    let another = db.another().await;
    let other = another.as_ref().unwrap_or(&db.store);
    for round in 1..=20 {
        let free = read(db, 1).await;
        let take = |who: &str| {
            updated(&CaseRow {
                assignee: Some(format!("cli:{who}")),
                ..free.clone()
            })
        };
        let (a, b) = tokio::join!(
            db.store.apply(vec![take("a")]),
            other.apply(vec![take("b")])
        );
        let won = [a, b].map(|r| r.unwrap().remove(0).is_ok());
        assert_eq!(won.iter().filter(|w| **w).count(), 1, "round {round}");
        let taken = read(db, 1).await;
        let winner = if won[0] { "cli:a" } else { "cli:b" };
        assert_eq!(taken.assignee.as_deref(), Some(winner));
        assert_eq!(taken.version, round + 1);
    }
    if let Some(another) = another {
        another.close().await.unwrap();
    }
}

async fn an_account_has_one_review_at_a_time(db: &Db) {
    make_tenant(&db.store).await;
    apply_all(&db.store, vec![new_party(1)]).await;
    apply_all(&db.store, vec![new_account(10, 1, 1, &[])]).await;
    let review = |n| CaseRow {
        account: Some(account(10)),
        ..row(n, CaseKind::Review, Some(1))
    };
    apply_all(&db.store, vec![opened(&review(1), Some((1, 2)))]).await;
    let second = apply_one(&db.store, opened(&review(2), Some((1, 3)))).await;
    assert!(
        matches!(second, Err(ApplyError::Duplicate { .. })),
        "{second:?}"
    );
    let loaded = db.store.load_account(TENANT, account(10)).await.unwrap();
    assert_eq!(loaded.unwrap().cases, [read(db, 1).await]);
    let closed = CaseRow {
        state: CaseState::Decided,
        ..read(db, 1).await
    };
    // The one is decided and the other opened in one change.
    let mut both = updated(&closed);
    let next = opened(&review(2), Some((1, 3)));
    both.expect.extend(next.expect);
    both.ops.extend(next.ops);
    apply_all(&db.store, vec![both]).await;
    let pending = db.store.pending_cases_of_account(TENANT, account(10)).await;
    let pending: Vec<_> = pending.unwrap().iter().map(|row| row.case).collect();
    assert_eq!(pending, [case(2)]);
}

async fn lists_are_filtered_and_paged(db: &Db) {
    make_tenant(&db.store).await;
    apply_all(&db.store, vec![new_party(1), new_party(2)]).await;
    apply_all(&db.store, vec![new_account(10, 2, 1, &[])]).await;
    let with_due = |n, due: i64| CaseRow {
        clock: CaseClock::until(at(due)),
        ..row(n, CaseKind::Dispute, Some(1))
    };
    let rows = [
        with_due(1, 10),
        CaseRow {
            assignee: Some("cli:ben".to_owned()),
            ..with_due(2, 20)
        },
        CaseRow {
            account: Some(account(10)),
            parent: Some(case(1)),
            state: CaseState::Proposed,
            ..row(3, CaseKind::Appeal, Some(2))
        },
        CaseRow {
            restricted: true,
            ..row(4, CaseKind::Process, None)
        },
    ];
    for row in &rows {
        let about = row.party.map(|id| if id == party(1) { 1 } else { 2 });
        let version = match about {
            Some(who) => Some((
                who,
                db.store
                    .party(TENANT, party(who))
                    .await
                    .unwrap()
                    .unwrap()
                    .version,
            )),
            None => None,
        };
        apply_all(&db.store, vec![opened(row, version)]).await;
    }
    let all = || CaseFilter {
        with_restricted: true,
        ..CaseFilter::default()
    };
    let filters = [
        (all(), vec![1, 2, 3, 4]),
        (CaseFilter::default(), vec![1, 2, 3]),
        (
            CaseFilter {
                kind: Some(CaseKind::Dispute),
                ..all()
            },
            vec![1, 2],
        ),
        (
            CaseFilter {
                state: Some(CaseState::Proposed),
                ..all()
            },
            vec![3],
        ),
        (
            CaseFilter {
                assignee: Some("cli:ben".to_owned()),
                ..all()
            },
            vec![2],
        ),
        (
            CaseFilter {
                due_before: Some(at(20)),
                ..all()
            },
            vec![1],
        ),
        (
            CaseFilter {
                party: Some(party(1)),
                kind: Some(CaseKind::Dispute),
                ..all()
            },
            vec![1, 2],
        ),
        (
            CaseFilter {
                account: Some(account(10)),
                ..all()
            },
            vec![3],
        ),
        (
            CaseFilter {
                parent: Some(case(1)),
                ..all()
            },
            vec![3],
        ),
    ];
    for (filter, expected) in filters {
        let expected: Vec<_> = expected.into_iter().map(case).collect();
        let found = db.store.list_cases(TENANT, &filter, None, 9).await.unwrap();
        let found: Vec<_> = found.iter().map(|row| row.case).collect();
        assert_eq!(found, expected, "{filter:?}");
    }
    let page = db.store.list_cases(TENANT, &all(), Some(case(2)), 1).await;
    assert_eq!(page.unwrap()[0].case, case(3));
}

async fn the_most_urgent_case_comes_first(db: &Db) {
    make_tenant(&db.store).await;
    let due = |n, due: Option<i64>, earliest: Option<i64>| CaseRow {
        clock: CaseClock {
            earliest: earliest.map(at),
            latest: due.map(at),
        },
        ..row(n, CaseKind::Operations, None)
    };
    let rows = [
        due(1, None, None),
        due(2, Some(30), None),
        due(3, Some(20), None),
        due(4, Some(10), Some(9)),
        CaseRow {
            assignee: Some("cli:ben".to_owned()),
            ..due(5, Some(1), None)
        },
        CaseRow {
            restricted: true,
            ..due(6, Some(2), None)
        },
        CaseRow {
            kind: CaseKind::Process,
            ..due(7, Some(40), None)
        },
    ];
    apply_all(
        &db.store,
        rows.iter().map(|row| opened(row, None)).collect(),
    )
    .await;
    let waiting = async |kind, restricted, now: Timestamp| {
        let rows = db
            .store
            .waiting_cases(TENANT, kind, restricted, now, 9)
            .await;
        let cases = rows.unwrap().into_iter().map(|row| row.case);
        cases.collect::<Vec<_>>()
    };
    assert_eq!(waiting(None, false, at(8)).await, [3, 2, 7, 1].map(case));
    assert_eq!(
        waiting(None, true, at(9)).await,
        [6, 4, 3, 2, 7, 1].map(case)
    );
    let process = waiting(Some(CaseKind::Process), true, at(9)).await;
    assert_eq!(process, [case(7)]);
}

async fn cases_are_counted(db: &Db) {
    make_tenant(&db.store).await;
    let decided = |n, decided_at: i64, second| CaseRow {
        state: CaseState::Decided,
        outcome: Some(CaseOutcome::Done),
        second,
        clock: CaseClock::until(at(10)),
        decided_at: Some(at(decided_at)),
        ..row(n, CaseKind::Operations, None)
    };
    let rows = [
        CaseRow {
            clock: CaseClock::until(at(10)),
            ..row(1, CaseKind::Operations, None)
        },
        decided(2, 9, None),
        decided(3, 10, Some(SecondPerson::BreakGlass)),
        decided(4, 9, None),
        CaseRow {
            restricted: true,
            ..row(5, CaseKind::Process, None)
        },
    ];
    apply_all(
        &db.store,
        rows.iter().map(|row| opened(row, None)).collect(),
    )
    .await;
    let count = |kind, state, outcome, second, late, cases| CaseCount {
        kind,
        state,
        outcome,
        second,
        late,
        cases,
    };
    use {CaseKind::Operations, CaseOutcome::Done, CaseState::Decided, CaseState::Open};
    let counts = async |now, restricted| {
        let mut counts = db.store.case_counts(TENANT, now, restricted).await.unwrap();
        counts.sort_by_key(|c| (c.kind, c.state, c.late, c.cases));
        counts
    };
    let late = Some(SecondPerson::BreakGlass);
    assert_eq!(
        counts(at(10), false).await,
        [
            count(Operations, Open, None, None, true, 1),
            count(Operations, Decided, Some(Done), None, false, 2),
            count(Operations, Decided, Some(Done), late, true, 1),
        ]
    );
    let before = counts(at(9), true).await;
    assert!(before.contains(&count(Operations, Open, None, None, false, 1)));
    assert!(before.contains(&count(CaseKind::Process, Open, None, None, false, 1)));
}

async fn cases_go_with_whom_they_are_about(db: &Db) {
    make_tenant(&db.store).await;
    apply_all(&db.store, vec![new_party(1), new_party(2)]).await;
    apply_all(&db.store, vec![new_account(10, 1, 1, &[(2, 1)])]).await;
    for (n, who) in [(1, 1), (2, 2)] {
        let row = CaseRow {
            account: Some(account(10)),
            ..row(n, CaseKind::Dispute, Some(who))
        };
        let mut change = opened(&row, Some((who, 2)));
        let number = 500 + n;
        change.ops.push(Op::AddEntry(entry(who, number, Some(10))));
        change
            .ops
            .push(Op::Case(CaseOp::AddEntry(said(n, number, Some(who)))));
        apply_all(&db.store, vec![change]).await;
    }
    let (id, gone) = (party(1).to_string(), account(10).to_string());
    for table in ["case_entry", "case_file"] {
        assert!(
            db.tables_with(&id).await.contains(&table.to_owned()),
            "{table}"
        );
    }
    let erase = Op::EraseParty { party: party(1) };
    let erase = change(vec![(Subject::Party(party(1)), 3)], vec![erase]);
    apply_all(&db.store, vec![erase]).await;
    assert_eq!(db.tables_with(&id).await, Vec::<String>::new());
    assert_eq!(db.store.case(TENANT, case(1)).await.unwrap(), None);
    let entries = db.store.case_entries(TENANT, case(1), None, 9).await;
    assert_eq!(entries.unwrap(), []);
    // The case about the other stays; the account, which is gone, is named by what was sealed about them alone.
    assert_eq!(read(db, 2).await.account, None);
    assert_eq!(db.tables_with(&gone).await, ["entry"]);
}

async fn a_case_about_nobody_has_entries_too(db: &Db) {
    make_tenant(&db.store).await;
    let mut change = opened(&row(1, CaseKind::Operations, None), None);
    change.ops.push(add_record(500));
    change
        .ops
        .push(Op::Case(CaseOp::AddEntry(said(1, 500, None))));
    apply_all(&db.store, vec![change]).await;
    let entries = db
        .store
        .case_entries(TENANT, case(1), None, 9)
        .await
        .unwrap();
    assert_eq!(entries[0].row.text.as_deref(), Some("a text about nobody"));
    assert_eq!(entries[0].envelope, None);
}
