//! What each engine refuses when it is opened, and what happens when it fails.

use std::fs::{self, File};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;
use std::sync::mpsc;

use bonafide_store::{ApplyError, Op, Store, StoreError, Subject, Writer};
use tempfile::TempDir;

use crate::harness::{Db, Place, server};
use crate::made::*;

/// A file whose store is closed again, with a tenant and a party in it.
async fn closed_file() -> (TempDir, PathBuf) {
    let db = Db::sqlite().await;
    make_tenant(&db.store).await;
    apply_all(&db.store, vec![new_party(1)]).await;
    db.store.close().await.unwrap();
    let Place::Sqlite { folder, file } = db.at else {
        panic!()
    };
    (folder, file)
}

async fn change_file(file: &std::path::Path, sql: &'static str) {
    use sqlx::Connection as _;
    let url = format!("sqlite://{}", file.display());
    let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

const NEWER: &str = "INSERT INTO migration (number, name, checksum) VALUES (99, 'later', 'x')";
const OTHER: &str = "DELETE FROM migration WHERE number = 99; UPDATE migration SET checksum = 'y'";

fn assert_schema(error: &StoreError, says: &str) {
    assert!(
        matches!(error, StoreError::Schema(why) if why.contains(says)),
        "{error}"
    );
}

#[tokio::test]
async fn sqlite_refuses_a_newer_or_another_schema() {
    let (_folder, file) = closed_file().await;
    change_file(&file, NEWER).await;
    assert_schema(
        &Store::open_sqlite(&file).await.unwrap_err(),
        "newer program",
    );
    change_file(&file, OTHER).await;
    assert_schema(&Store::open_sqlite(&file).await.unwrap_err(), "differs");
}

#[tokio::test]
async fn postgres_refuses_a_newer_or_another_schema() {
    let db = Db::postgres().await;
    let Place::Postgres { url, .. } = &db.at else {
        panic!()
    };
    db.tamper(NEWER).await;
    assert_schema(
        &Store::open_postgres(url).await.unwrap_err(),
        "newer program",
    );
    db.tamper(OTHER).await;
    assert_schema(&Store::open_postgres(url).await.unwrap_err(), "differs");
    db.end().await;
}

#[tokio::test]
async fn a_second_process_on_one_file_is_refused_until_the_first_lets_go() {
    let db = Db::sqlite().await;
    let Place::Sqlite { file, .. } = &db.at else {
        panic!()
    };
    let error = Store::open_sqlite(file).await.unwrap_err();
    assert_eq!(error, StoreError::InUse(file.clone()));
    assert!(
        error.to_string().contains(&file.display().to_string()),
        "{error}"
    );
    let file = file.clone();
    let Db { store, at } = db;
    make_tenant(&store).await;
    apply_all(&store, vec![new_party(1)]).await;
    drop(store);
    let again = Store::open_sqlite(&file).await.unwrap();
    assert_eq!(
        again
            .party(TENANT, party(1))
            .await
            .unwrap()
            .unwrap()
            .version,
        1
    );
    drop((again, at));
}

#[tokio::test]
async fn postgres_opens_again_and_migrates_once_though_many_open_at_once() {
    let db = Db::postgres().await;
    let Place::Postgres { url, .. } = &db.at else {
        panic!()
    };
    db.tamper("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        .await;
    let (a, b, c) = tokio::join!(
        Store::open_postgres(url),
        Store::open_postgres(url),
        Store::open_postgres(url)
    );
    let (a, b, c) = (a.unwrap(), b.unwrap(), c.unwrap());
    make_tenant(&a).await;
    apply_all(&b, vec![new_party(1)]).await;
    assert_eq!(c.party(TENANT, party(1)).await.unwrap().unwrap().version, 1);
    for store in [a, b, c] {
        store.close().await.unwrap();
    }
    db.end().await;
}

#[tokio::test]
async fn places_that_cannot_be_opened_say_so_without_a_password() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("no such folder").join("bonafide.db");
    let error = Store::open_sqlite(&missing).await.unwrap_err();
    assert!(
        error.to_string().contains("must exist and be writable"),
        "{error}"
    );
    let text = folder.path().join("text.db");
    fs::write(&text, "this is a text and not a database".repeat(200)).unwrap();
    assert!(Store::open_sqlite(&text).await.unwrap_err().is_fatal());
    let error = Store::open_postgres("mysql://me:secret@host/db")
        .await
        .unwrap_err();
    assert!(
        matches!(&error, StoreError::Refused(_)) && !error.to_string().contains("secret"),
        "{error}"
    );
    let (before, _) = server()
        .rsplit_once('/')
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    let error = Store::open_postgres(&format!("{before}/there_is_no_such_database"))
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
}

/// A damaged page under the table of parties: the first change that meets it is fatal, and everything after it too.
#[tokio::test]
async fn a_damaged_file_ends_the_writer() {
    let db = Db::sqlite().await;
    let pages = "SELECT rootpage || ' ' || page_size FROM sqlite_schema, pragma_page_size WHERE name = 'party'";
    let place = db.look(pages).await.remove(0);
    let (page, size) = place.split_once(' ').unwrap();
    let (page, size): (u64, u64) = (page.parse().unwrap(), size.parse().unwrap());
    make_tenant(&db.store).await;
    db.store.close().await.unwrap();
    let Db { store, at } = db;
    drop(store);
    let Place::Sqlite { file, folder } = at else {
        panic!()
    };
    let mut raw = File::options().write(true).open(&file).unwrap();
    raw.seek(SeekFrom::Start((page - 1) * size)).unwrap();
    raw.write_all(&vec![0xAB; usize::try_from(size).unwrap()])
        .unwrap();
    drop(raw);
    let store = Store::open_sqlite(&file).await.unwrap();
    let (tell, told) = mpsc::channel();
    let writer = Writer::start_with(store, move |error| tell.send(error.clone()).unwrap());
    let answer = writer.commit(new_party(1)).await;
    let Err(ApplyError::Store(error)) = answer else {
        panic!("{answer:?}")
    };
    assert!(error.is_fatal() && !writer.is_alive());
    assert_eq!(told.recv().unwrap(), error);
    let setting = Op::PutSetting {
        name: "provider".to_owned(),
        text: String::new(),
        at: bonafide_model::Timestamp::from_millis(0).unwrap(),
    };
    let answer = writer.commit(change(vec![], vec![setting])).await;
    assert_eq!(answer, Err(ApplyError::Store(error)));
    drop(folder);
}

/// The server ends every connection: the store says so, and comes back by itself.
#[tokio::test]
async fn lost_connections_are_replaced() {
    let server = Db::postgres().await;
    let Place::Postgres { name, .. } = &server.at else {
        panic!()
    };
    make_tenant(&server.store).await;
    apply_all(&server.store, vec![new_party(1)]).await;
    let end = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid()"
    );
    server.tamper(&end).await;
    let touch = || change(vec![(Subject::Party(party(1)), 1)], vec![]);
    let mut answers = Vec::new();
    for _ in 0..20 {
        match server.store.apply(vec![touch()]).await {
            Ok(results) => answers.push(results[0].clone()),
            Err(StoreError::Unavailable(_)) => continue,
            Err(other) => panic!("{other}"),
        }
        break;
    }
    assert_eq!(answers, [Ok(())]);
    server.end().await;
}
