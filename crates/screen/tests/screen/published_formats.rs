//! Other authorities' lists as published, told by their content; where `BONAFIDE_SHARED_DATA` names a folder that has them.

use std::path::{Path, PathBuf};

use bonafide_screen::{Delta, File, Format, Kind, List, LoadReport, read};

use crate::published::unzip;
use crate::source;

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("BONAFIDE_SHARED_DATA").map(|f| Path::new(&f).join("lists"));
    if folder.is_none() {
        eprintln!("not run: BONAFIDE_SHARED_DATA is not set");
    }
    folder
}

fn load(folder: &Path, path: &str) -> (Format, List, LoadReport) {
    let bytes = unzip(&folder.join(path));
    let file = File {
        name: path,
        bytes: &bytes,
    };
    let (format, list, report) = read(&[file], source()).unwrap();
    eprintln!(
        "{path}: {format}, {} entries, {} names; incomplete {} {:?}; unknown countries {:?}; set aside {:?}",
        report.entries,
        list.entries.iter().map(|e| e.names.len()).sum::<usize>(),
        report.incomplete_rows,
        report.incomplete.iter().take(12).collect::<Vec<_>>(),
        report.unknown_countries,
        report.set_aside
    );
    assert_eq!(report.skipped_rows, 0, "{:?}", report.skipped);
    (format, list, report)
}

fn count(list: &List, kind: Kind) -> usize {
    list.entries.iter().filter(|e| e.kind == kind).count()
}

#[test]
fn the_security_councils_list() {
    let Some(folder) = folder() else { return };
    let (format, list, _) = load(&folder, "un/UN_consolidated_20260227.xml.gz");
    assert_eq!(format, Format::Un);
    assert_eq!(
        (count(&list, Kind::Person), count(&list, Kind::Organisation)),
        (730, 273)
    );
    let arabic = |e: &&bonafide_screen::Entry| {
        let of = |c: char| ('\u{600}'..'\u{700}').contains(&c);
        e.names.iter().any(|n| n.text.chars().any(of))
    };
    assert!(list.entries.iter().filter(arabic).count() > 300);
    let births = list.entries.iter().filter(|e| !e.birth_dates.is_empty());
    assert!(births.count() > 600);
}

#[test]
fn denied_persons_and_the_consolidated_screening_list() {
    let Some(folder) = folder() else { return };
    let (format, list, _) = load(&folder, "bis/dpl_20220907.txt.gz");
    assert_eq!(format, Format::Bis);
    assert_eq!(list.entries.len(), count(&list, Kind::Party));
    let (format, list, _) = load(&folder, "bis/csl_sample_20191203.csv.gz");
    assert_eq!((format, list.entries.len()), (Format::CslCsv, 110));
    assert!(count(&list, Kind::Party) > 40);
}

#[test]
fn a_table_of_many_lists_is_read_as_ones_own() {
    let Some(folder) = folder() else { return };
    let (format, list, _) = load(&folder, "multi/combined_20220505.csv.gz");
    assert_eq!(format, Format::Own(b','));
    // 63,125 rows, of which some repeat a name of their entry.
    assert_eq!(list.entries.len(), 20_971);
    let names = list.entries.iter().flat_map(|e| &e.names);
    assert_eq!(names.count(), 59_943);
}

#[test]
fn an_array_of_follow_the_money_objects() {
    let Some(folder) = folder() else { return };
    let (format, list, _) = load(&folder, "multi/us_state_tel_20260708.json.gz");
    assert_eq!(format, Format::FollowTheMoney);
    assert_eq!(list.entries.len(), count(&list, Kind::Party));
}

#[test]
fn what_an_update_of_the_published_list_brings() {
    let Some(folder) = folder() else { return };
    let (_, old, _) = load(&folder, "ofac/sdn_20240426.csv.gz");
    let (_, new, _) = load(&folder, "ofac/sdn_20240501.csv.gz");
    let delta = Delta::between(&old, &new);
    eprintln!(
        "{} came, {} changed, {} went",
        delta.added.len(),
        delta.changed.len(),
        delta.removed.len()
    );
    assert_eq!(
        old.entries.len() + delta.added.len() - delta.removed.len(),
        new.entries.len()
    );
    assert!(delta.added.len() >= 298, "{}", delta.added.len());
}
