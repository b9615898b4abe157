//! Who may back up, restore and recover.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use bonafide_app::backup::{self, Asked, Caller};
use bonafide_app::{NewStaff, Role};
use bonafide_seal::{EpochId, Keyring};
use serde_json::Value;

use crate::databases::{Data, on_both};
use crate::place::{actor, set_up};
use crate::{CALLER, back_up, reopen, restore, two};

on_both! {
    staff_without_the_permission_and_strangers_neither_back_up_nor_restore
    where_nobody_is_on_the_staff_no_back_up_is_made
    a_back_up_of_before_there_was_staff_is_restored_and_the_record_says_that_nobody_was_asked
}

/// Makes of a back-up what earlier versions of the program could make: one without staff, marked with the keyring.
fn take_staff_out(directory: &Path, data: &Data) {
    let path = directory.join("staff.rows");
    let mut rows = fs::read(&path).unwrap();
    let header = rows.iter().position(|b| *b == b'\n').unwrap() + 1;
    rows.truncate(header);
    // The end, and that there were no rows.
    rows.extend([0; 9]);
    fs::write(&path, &rows).unwrap();
    let path = directory.join("manifest.json");
    let mut manifest: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let files = manifest["files"].as_array_mut().unwrap();
    let staff = files.iter_mut().find(|f| f["table"] == "staff").unwrap();
    assert_eq!(staff["rows"], 1);
    staff["rows"] = 0.into();
    staff["bytes"] = rows.len().into();
    staff["sha256"] = bonafide_ledger::sha256(&rows).to_string().into();
    let text = serde_json::to_vec(&manifest).unwrap();
    fs::write(&path, &text).unwrap();
    let keyring = fs::read(data.keyring.join("keyring.json")).unwrap();
    let keyring = Keyring::from_bytes(&keyring).unwrap();
    let epoch = EpochId::new(manifest["epoch"].as_u64().unwrap().try_into().unwrap());
    let mark = keyring.backup_mark(epoch, &text).unwrap();
    let mark: String = mark.iter().map(|b| format!("{b:02x}")).collect();
    fs::write(directory.join("manifest.mark"), mark).unwrap();
}

async fn staff_without_the_permission_and_strangers_neither_back_up_nor_restore(data: Data) {
    let (app, ..) = two(&data).await;
    let eve = NewStaff {
        handle: "eve".to_owned(),
        roles: BTreeSet::from([Role::Reviewer]),
        ..NewStaff::default()
    };
    app.add_staff(&actor(), &eve).await.unwrap();
    let to = data.place.dir.path().join("refused");
    let lost = data.lost();
    let made = back_up(&data).await;
    let cases = [
        ("default", "eve", "`eve` with `reviewer` may not"),
        ("default", "nobody", "`nobody` is no active member"),
        ("elsewhere", "test", "`test` is no active member"),
        ("default", "NO ONE", "is no handle"),
    ];
    for (tenant, handle, says) in cases {
        let caller = Caller { tenant, handle };
        let refused = backup::back_up(&data.config(), caller, &to, |_| {}).await;
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains(says), "{refused}");
        assert!(!to.exists());
        let refused = backup::restore(&lost.config(), caller, &made.directory, |_, _| {}).await;
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains(says), "{refused}");
        assert!(lost.is_untouched().await);
    }
    app.close().await.unwrap();
    let report = restore(&lost, &made).await.unwrap();
    assert_eq!(report.asked, Asked::Staff);
    lost.end();
    data.end();
}

async fn where_nobody_is_on_the_staff_no_back_up_is_made(data: Data) {
    let app = data.open().await.unwrap();
    set_up(&app).await;
    let to = data.place.dir.path().join("refused");
    let refused = backup::back_up(&data.config(), CALLER, &to, |_| {}).await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("bonafide staff list"), "{refused}");
    app.close().await.unwrap();
    data.end();
}

async fn a_back_up_of_before_there_was_staff_is_restored_and_the_record_says_that_nobody_was_asked(
    data: Data,
) {
    let (app, ..) = two(&data).await;
    app.close().await.unwrap();
    let made = back_up(&data).await;
    take_staff_out(&made.directory, &data);
    let lost = data.lost();
    let report = restore(&lost, &made).await.unwrap();
    assert_eq!(report.asked, Asked::Nobody);
    if !report.to_reopen.is_empty() {
        reopen(&lost).await;
    }
    let app = lost.open().await.unwrap();
    let rows = app.restorations(&actor()).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (&*rows[0].asked, &*rows[0].source),
        ("nobody", &*made.manifest.name)
    );
    let record = rows[0].record.unwrap();
    let tenant = app.tenant("default").unwrap();
    app.sequence(&tenant).await.unwrap();
    assert!(app.prove(&actor(), record).await.is_ok());
    app.close().await.unwrap();
    lost.end();
    data.end();
}
