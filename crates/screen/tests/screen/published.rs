//! The lists as the authority published them; runs where `BONAFIDE_SHARED_DATA` names a folder that has them, gzipped, in
//! `lists/ofac`, and says so where it does not.

use std::path::{Path, PathBuf};
use std::process::Command;

use bonafide_screen::ofac::{self, Files};
use bonafide_screen::{Index, Kind, LoadReport, ftm};

use crate::{query, source};

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("BONAFIDE_SHARED_DATA").map(|f| Path::new(&f).join("lists/ofac"));
    if folder.is_none() {
        eprintln!("not run: BONAFIDE_SHARED_DATA is not set");
    }
    folder
}

pub(crate) fn unzip(path: &Path) -> Vec<u8> {
    let output = Command::new("gzip").arg("-dc").arg(path).output().unwrap();
    assert!(output.status.success(), "{}", path.display());
    output.stdout
}

fn load(folder: &Path, names: [&str; 4]) -> (Index, LoadReport) {
    let [sdn, alt, add, comments] = names.map(|name| unzip(&folder.join(name)));
    let files = Files {
        sdn: &sdn,
        alt: Some(&alt),
        add: Some(&add),
        comments: Some(&comments),
    };
    let started = now();
    let (list, report) = ofac::read(files, source()).unwrap();
    let read = started.elapsed();
    let index = Index::build(vec![list]);
    eprintln!(
        "{} entries: read {read:?}, read and index {:?}",
        report.entries,
        started.elapsed()
    );
    (index, report)
}

#[expect(
    clippy::disallowed_methods,
    reason = "measures; nothing is judged by it"
)]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}

#[test]
fn the_whole_list_is_read_without_loss() {
    let Some(folder) = folder() else { return };
    let names = [
        "sdn_20240503.csv.gz",
        "alt_20250227.csv.gz",
        "add_20250227.csv.gz",
        "sdn_comments_20250227.csv.gz",
    ];
    let (index, report) = load(&folder, names);
    assert_eq!(report.entries, 14_965);
    assert_eq!(report.skipped_rows, 0, "{:?}", report.skipped);
    assert_eq!(report.incomplete_rows, 0, "{:?}", report.incomplete);
    // 19,486 alias rows, of which 13 repeat a name that their entry has.
    assert_eq!((report.aliases, report.unmatched_aliases), (18_005, 1_468));
    eprintln!("unknown countries: {:?}", report.unknown_countries);

    let queries: Vec<_> = (0..10_000)
        .map(|n| {
            query(
                Kind::Person,
                ["Hassan Ali", "Yevgeniy Viktorovich Prigozhin", "Jane Doe"][n % 3],
            )
        })
        .collect();
    let started = now();
    let hits: usize = queries
        .iter()
        .map(|q| index.screen(q).unwrap().hits.len())
        .sum();
    eprintln!("{hits} hits, {:?} a query", started.elapsed() / 10_000);
    assert!(
        index
            .screen(&query(Kind::Person, "Yevgeniy Viktorovich Prigozhin"))
            .unwrap()
            .alerts()
            .count()
            > 0
    );
}

#[test]
fn one_consistent_release_has_nothing_unmatched() {
    let Some(folder) = folder() else { return };
    let (_, report) = load(
        &folder.join("full_2021"),
        [
            "sdn.csv.gz",
            "alt.csv.gz",
            "add.csv.gz",
            "sdn_comments.csv.gz",
        ],
    );
    assert_eq!(report.entries, 8_976);
    assert_eq!(
        (report.unmatched_aliases, report.unmatched_addresses),
        (0, 0)
    );
    assert_eq!(report.skipped_rows, 0, "{:?}", report.skipped);
}

#[test]
fn the_consolidated_list_has_the_same_columns() {
    let Some(folder) = folder() else { return };
    let (_, report) = load(
        &folder,
        [
            "cons_prim.csv.gz",
            "cons_alt.csv.gz",
            "cons_add.csv.gz",
            "cons_comments.csv.gz",
        ],
    );
    assert_eq!(report.entries, 442);
    assert_eq!(report.skipped_rows, 0, "{:?}", report.skipped);
}

#[test]
fn published_follow_the_money_lines_are_read_without_loss() {
    let Some(folder) = folder() else { return };
    let folder = folder.join("../../other/ftm");
    for (file, entries) in [
        ("yente-zala.entities.ftm.jsonl.gz", 17),
        ("yente-parteispenden.entities.ftm.jsonl.gz", 96),
    ] {
        let bytes = unzip(&folder.join(file));
        let (list, report) = ftm::read(&mut bytes.as_slice(), source()).unwrap();
        assert_eq!(list.entries.len(), entries, "{file}");
        assert_eq!(report.skipped_rows, 0, "{:?}", report.skipped);
        assert_eq!(report.incomplete_rows, 0, "{:?}", report.incomplete);
        eprintln!(
            "{file}: {:?} {:?}",
            report.set_aside, report.unknown_countries
        );
    }
}
