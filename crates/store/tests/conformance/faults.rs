//! A fault in every write: each table in turn refuses to be changed, and nothing of the change may be left in any other.

use bonafide_store::{ApplyError, Change, Op, Subject, WorkOp};

use crate::harness::{Db, Place, on_both};
use crate::made::*;

on_both! {
    a_write_that_fails_leaves_nothing_in_any_table
    an_erasure_that_fails_deletes_nothing
    a_sequencing_that_fails_anywhere_leaves_nothing
}

/// Makes a table refuse one kind of statement.
async fn refuse(db: &Db, table: &str, event: &str) {
    db.tamper(&match &db.at {
        Place::Sqlite { .. } => {
            format!("CREATE TRIGGER refuse BEFORE {event} ON {table} BEGIN SELECT RAISE(ABORT, 'no'); END")
        }
        Place::Postgres { .. } => format!(
            "CREATE OR REPLACE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'no'; END$$; \
             CREATE TRIGGER refuse BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION no()"
        ),
    })
    .await;
}

async fn allow(db: &Db, table: &str) {
    db.tamper(&match &db.at {
        Place::Sqlite { .. } => "DROP TRIGGER refuse".to_owned(),
        Place::Postgres { .. } => format!("DROP TRIGGER refuse ON {table}"),
    })
    .await;
}

/// How many rows every table has, how large the ledger is, and the sum of all versions.
async fn shape(db: &Db) -> Vec<String> {
    let mut tables: Vec<String> = db
        .text_columns()
        .await
        .into_iter()
        .map(|(table, _)| table)
        .collect();
    tables.sort();
    tables.dedup();
    assert!(tables.len() >= 21, "{tables:?}");
    let mut shape = Vec::new();
    for table in tables {
        shape.extend(
            db.look(&format!("SELECT CAST(COUNT(*) AS TEXT) FROM {table}"))
                .await,
        );
    }
    let sums = "SELECT CAST(COALESCE(SUM(version), 0) AS TEXT) FROM party UNION ALL SELECT CAST(COALESCE(SUM(size), 0) AS TEXT) FROM head \
                UNION ALL SELECT CAST(COUNT(leaf_index) AS TEXT) FROM record \
                UNION ALL SELECT CAST(COALESCE(SUM(LENGTH(bytes)), 0) AS TEXT) FROM tile";
    shape.extend(db.look(sums).await);
    shape
}

/// A change that writes to every table that a use case writes to.
fn everything() -> Change {
    let mut all = new_party(2);
    let second = new_account(20, 2, 0, &[(1, 2)]);
    all.expect.extend(second.expect);
    all.ops.extend(second.ops);
    all.ops.push(Op::PutHold(hold_row(2, 2)));
    all.ops.push(Op::PutSetting {
        name: "provider".to_owned(),
        text: String::new(),
        at: at(1),
    });
    all.ops.push(Op::Work(WorkOp::Put(crate::work::job(2, 0))));
    all
}

async fn one_party(db: &Db) {
    make_tenant(&db.store).await;
    apply_all(&db.store, vec![new_party(1)]).await;
    let mut held = new_account(10, 1, 1, &[]);
    held.ops.push(Op::PutHold(hold_row(1, 1)));
    apply_all(&db.store, vec![held]).await;
}

async fn a_write_that_fails_leaves_nothing_in_any_table(db: &Db) {
    one_party(db).await;
    let before = shape(db).await;
    let inserts = [
        "party",
        "account",
        "account_party",
        "entry",
        "record",
        "key_row",
        "blind",
        "idempotency",
        "hold",
        "setting",
        "job",
    ];
    let faults = inserts
        .map(|table| (table, "INSERT"))
        .into_iter()
        .chain([("party", "UPDATE")]);
    for (table, event) in faults {
        refuse(db, table, event).await;
        // With a neighbour, so that both ways of failing are taken: together and alone.
        let neighbour = Change {
            tenant: "other".to_owned(),
            ..change(vec![], vec![])
        };
        let results = db.store.apply(vec![neighbour, everything()]).await.unwrap();
        assert_eq!(results[0], Ok(()));
        assert!(
            matches!(results[1], Err(ApplyError::Refused(_))),
            "{table}: {:?}",
            results[1]
        );
        allow(db, table).await;
        assert_eq!(shape(db).await, before, "{table} {event}");
    }
    apply_all(&db.store, vec![everything()]).await;
    assert_ne!(shape(db).await, before);
}

async fn an_erasure_that_fails_deletes_nothing(db: &Db) {
    one_party(db).await;
    let before = shape(db).await;
    let erase = || {
        change(
            vec![(Subject::Party(party(1)), 2)],
            vec![Op::EraseParty { party: party(1) }],
        )
    };
    for table in [
        "account",
        "account_party",
        "entry",
        "key_row",
        "blind",
        "idempotency",
        "hold",
        "party",
    ] {
        refuse(db, table, "DELETE").await;
        assert!(
            matches!(
                apply_one(&db.store, erase()).await,
                Err(ApplyError::Refused(_))
            ),
            "{table}"
        );
        allow(db, table).await;
        assert_eq!(shape(db).await, before, "{table}");
    }
    apply_all(&db.store, vec![erase()]).await;
    assert_eq!(
        db.tables_with(&party(1).to_string()).await,
        Vec::<String>::new()
    );
}

async fn a_sequencing_that_fails_anywhere_leaves_nothing(db: &Db) {
    one_party(db).await;
    db.store.sequence(TENANT, 1).await.unwrap().unwrap();
    let before = shape(db).await;
    for (table, event) in [
        ("head", "UPDATE"),
        ("bundle", "UPDATE"),
        ("tile", "UPDATE"),
        ("record", "UPDATE"),
    ] {
        refuse(db, table, event).await;
        assert!(db.store.sequence(TENANT, 9).await.is_err(), "{table}");
        allow(db, table).await;
        assert_eq!(shape(db).await, before, "{table}");
    }
    assert_eq!(db.store.sequence(TENANT, 9).await.unwrap().unwrap().size, 2);
}
