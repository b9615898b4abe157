//! Sequencing: places, tiles, roots, and that there is never a second root for one size.

use std::collections::{BTreeMap, BTreeSet};

use bonafide_ledger::audit::{Audit, IndexRow, Stored};
use bonafide_ledger::{Hash, TILE_WIDTH, TileId, leaf_hash, parse_bundle, proof, tree};
use bonafide_store::{CheckpointRow, SEQUENCE_MAX, Store, StoreError};

use crate::harness::{Db, Place, on_both};
use crate::made::*;

on_both! {
    records_get_places_and_proofs
    the_audit_of_a_stored_ledger_finds_nothing
    a_sequencing_that_fails_leaves_nothing
    sequencers_that_race_never_make_two_roots
    checkpoints_are_kept
    tiles_come_from_memory_unless_more_is_asked_for
}

async fn add_records(store: &Store, numbers: std::ops::Range<u128>) {
    let ops: Vec<_> = numbers.map(add_record).collect();
    for some in ops.chunks(1000) {
        apply_all(store, vec![change(vec![], some.to_vec())]).await;
    }
}

/// The root of a tree over these leaves, computed from nothing but RFC 9162.
fn root_of(leaves: &[Vec<u8>]) -> Hash {
    match leaves {
        [] => bonafide_ledger::empty_root(),
        [one] => leaf_hash(one),
        many => {
            let split = many.len().next_power_of_two() / 2;
            bonafide_ledger::node_hash(&root_of(&many[..split]), &root_of(&many[split..]))
        }
    }
}

async fn records_get_places_and_proofs(db: &Db) {
    assert_eq!(db.store.sequence(TENANT, 9).await.unwrap(), None);
    make_tenant(&db.store).await;
    assert_eq!(db.store.sequence(TENANT, 9).await.unwrap(), None);
    add_records(&db.store, 0..600).await;
    assert_eq!(
        db.store.record_position(TENANT, record(3)).await.unwrap(),
        None
    );
    let mut size = 0;
    for batch in [1, 1, 254, 1, 300, SEQUENCE_MAX] {
        let done = db.store.sequence(TENANT, batch).await.unwrap().unwrap();
        assert_eq!(done.integrated, batch.min(600 - size));
        size += done.integrated;
        let leaves: Vec<_> = (0..u128::try_from(size).unwrap()).map(leaf).collect();
        let root = root_of(&leaves);
        assert_eq!((done.size, done.root), (u64::try_from(size).unwrap(), root));
        let head = db.store.head(TENANT).await.unwrap().unwrap();
        assert_eq!((head.size, head.root), (done.size, root));
    }
    assert_eq!(db.store.sequence(TENANT, 9).await.unwrap(), None);
    let head = db.store.head(TENANT).await.unwrap().unwrap();
    for index in [0, 1, 255, 256, 511, 512, 599] {
        let row = db.store.record_at(TENANT, index).await.unwrap().unwrap();
        assert_eq!(row.record, record(index.into()));
        assert_eq!(
            db.store.record_position(TENANT, row.record).await.unwrap(),
            Some(index)
        );
        let bundle = db.store.bundle(TENANT, index / 256).await.unwrap().unwrap();
        let width = u16::try_from((600 - index / 256 * 256).min(256)).unwrap();
        let entry =
            parse_bundle(&bundle, width).unwrap()[usize::try_from(index % 256).unwrap()].to_vec();
        assert_eq!(entry, leaf(index.into()));
        let tiles = db
            .store
            .tiles(TENANT, &tree::tiles_for_inclusion(index, 600))
            .await
            .unwrap();
        let path = proof::build_inclusion(&tiles, index, 600).unwrap();
        proof::verify_inclusion(&leaf_hash(&entry), index, 600, &path, &head.root).unwrap();
    }
    assert_eq!(db.store.record_at(TENANT, 600).await.unwrap(), None);
    assert_eq!(db.store.bundle(TENANT, 3).await.unwrap(), None);
    let bundles = db.store.bundles(TENANT, 1..9).await.unwrap();
    assert_eq!(
        bundles.iter().map(|(index, _)| *index).collect::<Vec<_>>(),
        [1, 2]
    );
    assert_eq!(db.store.index_row_count(TENANT).await.unwrap(), 600);
    assert_eq!(db.store.counts(TENANT).await.unwrap().pending_records, 0);
    // The bundle has the leaf; the row need not.
    assert_eq!(
        db.look("SELECT CAST(COUNT(*) AS TEXT) FROM record WHERE leaf IS NOT NULL")
            .await,
        ["0"]
    );
}

async fn audit(db: &Db) -> bonafide_ledger::audit::Report {
    let head = db.store.head(TENANT).await.unwrap().unwrap();
    let mut audit = Audit::whole(ORIGIN, head.size);
    while let Some(needs) = audit.needs() {
        let wanted: BTreeSet<TileId> = needs.tiles.iter().copied().collect();
        let rows = db
            .store
            .index_rows(TENANT, needs.rows.clone())
            .await
            .unwrap();
        let stored = Stored {
            bundle: db.store.bundle(TENANT, needs.bundle.index).await.unwrap(),
            rows: rows
                .into_iter()
                .map(|row| IndexRow {
                    index: row.index,
                    leaf_hash: row.leaf_hash,
                    kind: row.kind,
                    at_ms: row.at.as_millis(),
                })
                .collect(),
            tiles: db.store.tiles_as_stored(TENANT, &wanted).await.unwrap(),
        };
        audit.check(&needs, &stored);
    }
    let rows = db.store.index_row_count(TENANT).await.unwrap();
    audit.finish(head.root, Some(rows))
}

async fn the_audit_of_a_stored_ledger_finds_nothing(db: &Db) {
    make_tenant(&db.store).await;
    add_records(&db.store, 0..1500).await;
    while db.store.sequence(TENANT, 333).await.unwrap().is_some() {}
    let report = audit(db).await;
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    db.tamper("UPDATE record SET at = at + 1 WHERE leaf_index = 700")
        .await;
    assert_eq!(audit(db).await.findings.len(), 1);
}

async fn a_sequencing_that_fails_leaves_nothing(db: &Db) {
    make_tenant(&db.store).await;
    add_records(&db.store, 0..300).await;
    db.store.sequence(TENANT, 300).await.unwrap().unwrap();
    add_records(&db.store, 300..400).await;
    let shape = "SELECT CAST(COUNT(*) AS TEXT) FROM record WHERE leaf_index IS NULL AND leaf IS NOT NULL \
                 UNION ALL SELECT CAST(SUM(LENGTH(bytes)) AS TEXT) FROM tile \
                 UNION ALL SELECT CAST(SUM(LENGTH(bytes)) AS TEXT) FROM bundle \
                 UNION ALL SELECT CAST(size AS TEXT) FROM head";
    let before = db.look(shape).await;
    assert_eq!(before[0], "100");
    // The last step of the write fails.
    let (refuse, allow) = match &db.at {
        Place::Sqlite { .. } => (
            "CREATE TRIGGER refuse BEFORE UPDATE ON record WHEN new.leaf_index = 399 BEGIN SELECT RAISE(ABORT, 'no'); END",
            "DROP TRIGGER refuse",
        ),
        Place::Postgres { .. } => (
            "ALTER TABLE record ADD CONSTRAINT refuse CHECK (leaf_index <> 399)",
            "ALTER TABLE record DROP CONSTRAINT refuse",
        ),
    };
    db.tamper(refuse).await;
    assert!(matches!(
        db.store.sequence(TENANT, 999).await,
        Err(StoreError::Refused(_))
    ));
    assert_eq!(db.look(shape).await, before);
    // Nothing of the edge may be wrong either.
    db.tamper(allow).await;
    db.tamper("UPDATE head SET size = 299").await;
    assert!(matches!(
        db.store.sequence(TENANT, 999).await,
        Err(StoreError::Corrupt { .. })
    ));
    db.tamper("UPDATE head SET size = 300").await;
    assert_eq!(
        db.store.sequence(TENANT, 999).await.unwrap().unwrap().size,
        400
    );
    assert!(audit(db).await.findings.is_empty());
}

/// With the lock that saves work, and, on PostgreSQL, with a lock that is always granted, so that only the
/// compare-and-swap stands between two processes.
async fn sequencers_that_race_never_make_two_roots(db: &Db) {
    make_tenant(&db.store).await;
    let mut roots: BTreeMap<u64, Hash> = BTreeMap::new();
    let mut lost = 0;
    for (locked, first) in [(true, 0), (false, 1000)] {
        if let (false, Place::Postgres { name, .. }) = (locked, &db.at) {
            db.tamper(
                "CREATE FUNCTION public.pg_try_advisory_xact_lock(bigint) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
            )
            .await;
            db.tamper(&format!(
                "ALTER DATABASE {name} SET search_path = public, pg_catalog"
            ))
            .await;
        }
        add_records(&db.store, first..first + 1000).await;
        let mut stores = Vec::new();
        for _ in 0..3 {
            stores.push(db.another().await.unwrap_or_else(|| db.store.clone()));
        }
        let mut tasks = Vec::new();
        for store in stores {
            tasks.push(tokio::spawn(async move {
                let (mut heads, mut lost) = (Vec::new(), 0);
                for _ in 0..30 {
                    match store.sequence(TENANT, 40).await.unwrap() {
                        Some(done) => heads.push((done.size, done.root)),
                        // Records wait and the lock was granted: another process was faster.
                        None if store.counts(TENANT).await.unwrap().pending_records > 0 => {
                            lost += 1
                        }
                        None => {}
                    }
                }
                (heads, lost)
            }));
        }
        for task in tasks {
            let (heads, conflicts) = task.await.unwrap();
            lost += if locked { 0 } else { conflicts };
            for (size, root) in heads {
                assert_eq!(roots.insert(size, root), None, "size {size} was made twice");
            }
        }
        while let Some(done) = db.store.sequence(TENANT, 999).await.unwrap() {
            assert_eq!(roots.insert(done.size, done.root), None);
        }
    }
    assert_eq!(db.store.head(TENANT).await.unwrap().unwrap().size, 2000);
    assert!(audit(db).await.findings.is_empty());
    if matches!(db.at, Place::Postgres { .. }) {
        assert!(lost > 0, "the processes never raced, so nothing was tested");
    }
}

async fn checkpoints_are_kept(db: &Db) {
    make_tenant(&db.store).await;
    assert_eq!(db.store.latest_checkpoint(TENANT).await.unwrap(), None);
    let row = |size: u64, note: &str| CheckpointRow {
        size,
        note: note.to_owned(),
        at: at(1),
    };
    for (size, note) in [(5, "five"), (12, "twelve"), (9, "nine"), (9, "nine again")] {
        db.store
            .put_checkpoint(TENANT, &row(size, note))
            .await
            .unwrap();
    }
    assert_eq!(
        db.store.latest_checkpoint(TENANT).await.unwrap(),
        Some(row(12, "twelve"))
    );
    assert_eq!(
        db.store.checkpoint_at(TENANT, 9).await.unwrap(),
        Some(row(9, "nine"))
    );
    assert_eq!(db.store.checkpoint_at(TENANT, 10).await.unwrap(), None);
    let all = db.store.checkpoints(TENANT).await.unwrap();
    assert_eq!(all, [row(5, "five"), row(9, "nine"), row(12, "twelve")]);
}

async fn tiles_come_from_memory_unless_more_is_asked_for(db: &Db) {
    make_tenant(&db.store).await;
    add_records(&db.store, 0..300).await;
    db.store.sequence(TENANT, 999).await.unwrap();
    let full = TileId {
        level: 0,
        index: 0,
        width: TILE_WIDTH,
    };
    let part = TileId {
        level: 0,
        index: 1,
        width: 44,
    };
    let none = TileId {
        level: 0,
        index: 2,
        width: 1,
    };
    let ids = BTreeSet::from([full, part, none]);
    let before = db.store.tiles(TENANT, &ids).await.unwrap();
    assert_eq!(before.keys().copied().collect::<Vec<_>>(), [full, part]);
    assert_eq!(
        (before[&full].len(), before[&part].len()),
        (256 * 32, 44 * 32)
    );
    // A narrower tile of the place is found under its own id, with the bytes of the wider one.
    let narrow = TileId { width: 7, ..part };
    let found = db
        .store
        .tiles(TENANT, &BTreeSet::from([narrow, part]))
        .await
        .unwrap();
    assert_eq!(
        (&found[&narrow], &found[&part]),
        (&before[&part], &before[&part])
    );
    assert_eq!(db.store.tiles("other", &ids).await.unwrap().len(), 0);
    add_records(&db.store, 300..301).await;
    db.store.sequence(TENANT, 999).await.unwrap();
    // What was read before is good for ever; one hash more has to be read.
    db.tamper("DELETE FROM tile WHERE level = 0 AND idx = 0")
        .await;
    assert_eq!(db.store.tiles(TENANT, &ids).await.unwrap(), before);
    let more = TileId { width: 45, ..part };
    for _ in 0..2 {
        let after = db
            .store
            .tiles(TENANT, &BTreeSet::from([full, more]))
            .await
            .unwrap();
        assert_eq!(
            (after[&full].len(), after[&more].len()),
            (256 * 32, 45 * 32)
        );
    }
    let stored = db.store.tiles_as_stored(TENANT, &ids).await.unwrap();
    assert_eq!(stored.keys().copied().collect::<Vec<_>>(), [part]);
}
