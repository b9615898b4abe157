//! Bad input: what is damaged, mixed up, foreign or in the way is named, and nothing is restored in part.

use std::fs;
use std::path::Path;

use bonafide_app::Location;
use bonafide_app::backup::BackupMade;

use crate::databases::{Data, new_database, on_both};
use crate::place::{actor, set_up, signed_up, verified};
use crate::{back_up, is_there, restore, two};

on_both! {
    every_changed_cut_or_missing_file_is_named
    another_keyring_and_a_taken_place_are_refused
    a_back_up_of_one_database_restores_to_the_other
}

fn files(made: &BackupMade) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(&made.directory)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

async fn every_changed_cut_or_missing_file_is_named(data: Data) {
    let (app, ..) = two(&data).await;
    let made = back_up(&data).await;
    app.close().await.unwrap();
    let lost = data.lost();
    let names = files(&made);
    assert!(names.contains(&"entry.rows".to_owned()));
    for name in names {
        let path = made.directory.join(&name);
        let whole = fs::read(&path).unwrap();
        let mut changed = whole.clone();
        *changed.last_mut().unwrap() ^= 1;
        let cut = whole[..whole.len() - 1].to_vec();
        let longer = [whole.as_slice(), b"x"].concat();
        for (what, bytes) in [
            ("changed", Some(changed)),
            ("cut", Some(cut)),
            ("longer", Some(longer)),
            ("missing", None),
        ] {
            match bytes {
                Some(bytes) => fs::write(&path, bytes).unwrap(),
                None => fs::remove_file(&path).unwrap(),
            }
            let harmless = name == "manifest.mark" && (what == "changed" || what == "cut");
            // Its last byte is the end of the line, which says nothing.
            if !harmless {
                let refused = restore(&lost, &made).await.unwrap_err().to_string();
                assert!(
                    refused.contains(&made.directory.display().to_string())
                        || refused.contains("no back-up"),
                    "{name} {what}: {refused}"
                );
                assert!(lost.is_untouched().await, "{name} {what}");
            }
        }
        fs::write(&path, whole).unwrap();
    }
    // Somebody who changes a table and its digest in the manifest has no mark for that.
    let table = made.directory.join("account.rows");
    let manifest = made.directory.join("manifest.json");
    let text = fs::read_to_string(&manifest).unwrap();
    let digest = |path: &Path| bonafide_ledger::sha256(&fs::read(path).unwrap()).to_string();
    let before = digest(&table);
    let mut bytes = fs::read(&table).unwrap();
    let place = bytes.windows(11).position(|w| w == b"provisional").unwrap();
    bytes[place] ^= 1;
    fs::write(&table, &bytes).unwrap();
    assert!(text.contains(&before));
    fs::write(&manifest, text.replace(&before, &digest(&table))).unwrap();
    let refused = restore(&lost, &made).await.unwrap_err().to_string();
    assert!(refused.contains("mark"), "{refused}");
    let newer = text.replace("\"v\": 1", "\"v\": 2");
    fs::write(&manifest, newer).unwrap();
    let refused = restore(&lost, &made).await.unwrap_err().to_string();
    assert!(refused.contains("newer program"), "{refused}");
    lost.end();
    data.end();
}

async fn another_keyring_and_a_taken_place_are_refused(data: Data) {
    let (app, ..) = two(&data).await;
    let made = back_up(&data).await;
    let taken = restore(&data, &made).await.unwrap_err().to_string();
    assert!(
        taken.contains("already") || taken.contains("held by another process"),
        "{taken}"
    );
    app.close().await.unwrap();
    let taken = restore(&data, &made).await.unwrap_err().to_string();
    assert!(taken.contains("already"), "{taken}");
    let app = data.open().await.unwrap();
    assert_eq!(verified(&app).await, 0);
    app.close().await.unwrap();

    let mut stranger = Data::sqlite();
    stranger.keyring = stranger.place.dir.path().join("other");
    let other = stranger.open().await.unwrap();
    set_up(&other).await;
    other.close().await.unwrap();
    let lost = data.lost();
    fs::copy(
        stranger.keyring.join("keyring.json"),
        lost.keyring.join("keyring.json"),
    )
    .unwrap();
    let refused = restore(&lost, &made).await.unwrap_err().to_string();
    assert!(refused.contains("not the keyring"), "{refused}");
    fs::remove_file(lost.keyring.join("keyring.json")).unwrap();
    let refused = restore(&lost, &made).await.unwrap_err().to_string();
    assert!(refused.contains("no keyring"), "{refused}");
    assert!(lost.is_untouched().await);
    lost.end();
    data.end();
}

async fn a_back_up_of_one_database_restores_to_the_other(data: Data) {
    let (app, stays, goes) = two(&data).await;
    let size = app.checkpoint(&actor()).await.unwrap();
    app.close().await.unwrap();
    let made = back_up(&data).await;
    let moved = data.lost();
    let other = match &moved.location {
        Location::Sqlite(_) => Location::Postgres(new_database()),
        Location::Postgres(url) => {
            let url = url.clone();
            let sqlite = moved.keyring.with_file_name("moved.db");
            Data::sqlite().on(Location::Postgres(url)).end();
            Location::Sqlite(sqlite)
        }
    };
    let moved = moved.on(other);
    let report = restore(&moved, &made).await.unwrap();
    // Nothing was signed since: the ledger goes on as it is.
    assert_eq!(report.to_reopen, Vec::<String>::new());
    let app = moved.open().await.unwrap();
    assert_eq!(app.checkpoint(&actor()).await.unwrap(), size);
    assert!(is_there(&app, stays).await && is_there(&app, goes).await);
    signed_up(&app, "Potoroo", "potoroo@example.org").await;
    assert_eq!(verified(&app).await, 0);
    app.close().await.unwrap();
    moved.end();
    data.end();
}
