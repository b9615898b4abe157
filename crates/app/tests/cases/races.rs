//! Many people at one queue: each case goes to one of them, on both databases.

use std::collections::BTreeSet;

use bonafide_app::{App, Location};
use bonafide_model::CaseKind;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use super::place::{Place, set_up, signed_up, verified};
use super::{dispute, officer, operations};

/// Everybody takes until nothing is left; gives who got what.
async fn take_all(apps: &[App]) -> Vec<(String, bonafide_model::CaseId)> {
    let mut takers = tokio::task::JoinSet::new();
    for (n, app) in apps.iter().cloned().cycle().take(6).enumerate() {
        takers.spawn(async move {
            let name = format!("officer-{n}");
            let mut taken = Vec::new();
            loop {
                match app.take_next_case(&officer(&name), None).await {
                    Ok(Some(case)) => {
                        assert_eq!(case.assignee.as_deref(), Some(&*name));
                        taken.push((name.clone(), case.id));
                    }
                    Ok(None) => return taken,
                    Err(bonafide_app::AppError::Busy) => {}
                    Err(other) => panic!("{other}"),
                }
            }
        });
    }
    takers.join_all().await.into_iter().flatten().collect()
}

/// Cases about parties and about nobody, which all go to somebody, once.
async fn everybody_takes(apps: &[App]) {
    let app = &apps[0];
    let answer = signed_up(app, "Wilhelmina Jansen", "w.jansen@example.net").await;
    let mut opened = BTreeSet::new();
    for n in 0..12 {
        let wanted = match n % 2 {
            0 => operations("a disk is full"),
            _ => dispute(answer.parties[0].id, "wrong birth date"),
        };
        let case = app.open_case(&officer("clerk"), &wanted).await.unwrap();
        opened.insert(case.id);
    }
    let taken = take_all(apps).await;
    assert_eq!(taken.len(), 12, "{taken:?}");
    let cases: BTreeSet<_> = taken.iter().map(|(_, case)| *case).collect();
    assert_eq!(cases, opened);
    for (who, case) in taken {
        let now = app.case(&officer("clerk"), case).await.unwrap();
        assert_eq!(now.assignee, Some(who));
        assert!(matches!(now.kind, CaseKind::Operations | CaseKind::Dispute));
    }
    assert_eq!(verified(app).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_case_goes_to_two_people_on_sqlite() {
    let place = Place::new();
    let app = place.open().await.unwrap();
    set_up(&app).await;
    everybody_takes(&[app]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_case_goes_to_two_people_of_two_processes_on_postgresql() {
    let server = std::env::var("BONAFIDE_TEST_POSTGRES")
        .expect("BONAFIDE_TEST_POSTGRES is not set: run `cargo xtask test`");
    let name = format!("bonafide_cases_{}", std::process::id());
    let mut connection = PgConnection::connect(&server).await.unwrap();
    let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
    sqlx::raw_sql(create)
        .execute(&mut connection)
        .await
        .unwrap();
    let url = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
    let place = Place::new();
    let mut apps = Vec::new();
    for seed in [7, 8] {
        let location = Location::Postgres(url.clone());
        let app = place
            .open_at(location, &place.keyring(), seed)
            .await
            .unwrap();
        if seed == 7 {
            set_up(&app).await;
        }
        apps.push(app);
    }
    everybody_takes(&apps).await;
    for app in apps {
        app.close().await.unwrap();
    }
    let drop = AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"));
    sqlx::raw_sql(drop).execute(&mut connection).await.unwrap();
}
