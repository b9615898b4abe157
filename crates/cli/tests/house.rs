//! The rules of the house that a compiler does not check: which crate may use which, where time and chance come from,
//! how long a file may be, and that the documents name only what exists.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// From the top of the house to its floor; a crate may use crates of lower layers only. Another crate needs a decision
/// note first, and then a place here.
const LAYERS: [&[&str]; 8] = [
    &["bonafide"],
    &["bonafide-web"],
    &["bonafide-app"],
    &["bonafide-connect"],
    &["bonafide-store"],
    &["bonafide-history"],
    PURE,
    &["bonafide-model"],
];

/// Crates without I/O and without async, beside the model.
const PURE: &[&str] = &[
    "bonafide-policy",
    "bonafide-insight",
    "bonafide-evidence",
    "bonafide-screen",
    "bonafide-ledger",
    "bonafide-seal",
];

/// What a pure crate must not use: run-times, sockets, databases.
const IMPURE: &[&str] = &[
    "async-std",
    "axum",
    "futures",
    "hyper",
    "mio",
    "object_store",
    "reqwest",
    "rusqlite",
    "smol",
    "socket2",
    "sqlx",
    "tokio",
    "tower",
    "tower-http",
];

/// A longer file holds more than one idea.
const MOST_LINES: usize = 600;

/// Folders of the repository that hold no work of the house.
const NOT_OURS: &[&str] = &[".git", "target", ".venv"];

// ── dependencies ──

#[test]
fn dependencies_point_downwards() {
    let mut complaints = Vec::new();
    let packages = packages();
    for package in &packages {
        complaints.extend(judge(package));
    }
    assert!(
        packages.len() >= 10,
        "cargo names only {} packages",
        packages.len()
    );
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn a_wrong_dependency_is_noticed() {
    let package = |name: &str, uses: &str| serde_json::json!({"name": name, "dependencies": [{"name": uses}]});
    for (name, uses) in [
        ("bonafide-model", "bonafide-seal"),
        ("bonafide-policy", "bonafide-screen"),
        ("bonafide-seal", "tokio"),
        ("bonafide-model", "sqlx"),
        ("bonafide-store", "bonafide-app"),
        ("bonafide-web", "bonafide"),
        ("bonafide-app", "bonafide-extra"),
        ("bonafide-extra", "serde"),
        ("xtask", "serde"),
    ] {
        assert_eq!(
            judge(&package(name, uses)).len(),
            1,
            "{name} may use {uses}"
        );
    }
    for (name, uses) in [
        ("bonafide-store", "bonafide-ledger"),
        ("bonafide", "bonafide-model"),
        ("bonafide-web", "axum"),
        ("bonafide-seal", "serde"),
    ] {
        assert_eq!(judge(&package(name, uses)), Vec::<String>::new());
    }
}

/// What is wrong with the dependencies of one package of the workspace.
fn judge(package: &Value) -> Vec<String> {
    let name = package["name"].as_str().unwrap();
    let uses = package["dependencies"].as_array().unwrap();
    let uses: BTreeSet<&str> = uses
        .iter()
        .map(|dependency| dependency["name"].as_str().unwrap())
        .collect();
    if name == "xtask" {
        let complaint =
            || format!("`xtask` starts on a fresh machine and uses nothing, but names {uses:?}");
        return (!uses.is_empty()).then(complaint).into_iter().collect();
    }
    let Some(own) = layer(name) else {
        return vec![format!(
            "`{name}` has no place in the layers: it needs a decision note in docs/decisions first"
        )];
    };
    let pure = PURE.contains(&name) || name == "bonafide-model";
    let mut complaints = Vec::new();
    for used in uses {
        if pure && IMPURE.contains(&used) {
            complaints.push(format!("`{name}` is pure and must not use `{used}`"));
        }
        if !used.starts_with("bonafide") {
            continue;
        }
        match layer(used) {
            None => complaints.push(format!(
                "`{name}` uses `{used}`, which needs a decision note in docs/decisions first"
            )),
            Some(theirs) if theirs <= own => {
                complaints.push(format!(
                    "`{name}` must not use `{used}`: dependencies point downwards"
                ));
            }
            Some(_) => {}
        }
    }
    complaints
}

fn layer(name: &str) -> Option<usize> {
    LAYERS.iter().position(|crates| crates.contains(&name))
}

fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

// ── time, chance and lints ──

#[test]
fn the_wall_clock_and_the_systems_chance_are_forbidden() {
    let lints = read("clippy.toml");
    for path in [
        "std::time::SystemTime::now",
        "std::time::Instant::now",
        "jiff::Timestamp::now",
        "jiff::ZonedDateTime::now",
        "aws_lc_rs::rand::SystemRandom::new",
        "aws_lc_rs::rand::fill",
    ] {
        assert!(
            lints.contains(&format!("path = \"{path}\"")),
            "clippy.toml does not forbid `{path}`"
        );
    }
    let workspace = read("Cargo.toml");
    for lint in [
        "disallowed_methods = \"deny\"",
        "unwrap_used = \"deny\"",
        "expect_used = \"deny\"",
        "panic = \"deny\"",
        "indexing_slicing = \"deny\"",
        "string_slice = \"deny\"",
        "allow_attributes_without_reason = \"deny\"",
        "unsafe_code = \"forbid\"",
        "missing_docs = \"warn\"",
        "unreachable_pub = \"warn\"",
    ] {
        assert!(
            workspace.lines().any(|line| line == lint),
            "Cargo.toml does not say `{lint}`"
        );
    }
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    for package in packages() {
        let manifest = fs::read_to_string(package["manifest_path"].as_str().unwrap()).unwrap();
        assert!(
            manifest.contains("[lints]\nworkspace = true\n"),
            "{} has lints of its own",
            package["name"]
        );
    }
}

// ── files ──

#[test]
fn no_file_is_longer_than_one_idea() {
    let sources = files(&["rs"]);
    assert!(
        sources.len() > 40,
        "only {} source files were found",
        sources.len()
    );
    for path in sources {
        let text = fs::read_to_string(&path).unwrap();
        let lines = text.lines().count();
        let generated = text
            .lines()
            .next()
            .is_some_and(|line| line.contains("@generated"));
        assert!(
            generated || lines <= MOST_LINES,
            "{} has {lines} lines: at most {MOST_LINES}",
            shown(&path)
        );
    }
}

#[test]
fn nothing_names_the_machine_it_was_made_on() {
    let mut complaints = Vec::new();
    for path in files(&[
        "rs", "toml", "md", "txt", "py", "sh", "c", "sql", "html", "css", "js", "run",
    ]) {
        let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        for (number, line) in text.lines().enumerate() {
            if let Some(found) = machine_name(line) {
                complaints.push(format!("{}:{} names `{found}`", shown(&path), number + 1));
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn a_machine_name_is_noticed() {
    let folder = concat!("/wo", "rk/");
    assert_eq!(machine_name(&format!("see {folder}main")), Some(folder));
    assert_eq!(
        machine_name(&format!("https://example.org{folder}main")),
        None
    );
    let host = concat!("py", "pi.org");
    assert_eq!(machine_name(&format!("https://{host}/simple")), Some(host));
}

/// A folder of some machine, or the host of a package registry, that a line names. Written in two halves so that this
/// file does not name them itself.
fn machine_name(line: &str) -> Option<&'static str> {
    let folders = [
        concat!("/wo", "rk/"),
        concat!("/ro", "ot/"),
        concat!("/home", "/user/"),
    ];
    let hosts = [
        concat!("py", "pi.org"),
        concat!("files.python", "hosted.org"),
        concat!("registry.npm", "js.org"),
        concat!("index.crates", ".io"),
        concat!("static.crates", ".io"),
        concat!("deb.debian", ".org"),
        concat!("security.debian", ".org"),
    ];
    let in_path = |character: char| character.is_alphanumeric() || "._-})]*".contains(character);
    let starts_a_path = |folder: &&&str| {
        let mut found = line.match_indices(**folder);
        found.any(|(at, _)| !line[..at].ends_with(in_path))
    };
    folders
        .iter()
        .find(starts_a_path)
        .or_else(|| hosts.iter().find(|host| line.contains(**host)))
        .copied()
}

// ── documents ──

#[test]
fn the_architecture_names_paths_that_exist() {
    let text = read("docs/ARCHITECTURE.md");
    let named: BTreeSet<&str> = spans(&text).filter(|span| is_path(span)).collect();
    assert!(
        named.len() >= 10,
        "docs/ARCHITECTURE.md names only {named:?}"
    );
    let missing: Vec<_> = named
        .into_iter()
        .filter(|path| !root().join(path).exists())
        .collect();
    assert!(
        missing.is_empty(),
        "docs/ARCHITECTURE.md names what does not exist: {missing:?}"
    );
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut links = 0;
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        for target in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let file = target.split('#').next().unwrap();
            if file.is_empty() || file.contains("://") || file.starts_with("mailto:") {
                continue;
            }
            links += 1;
            let folder = document.parent().unwrap();
            assert!(
                folder.join(file).exists(),
                "{} links to `{target}`, which does not exist",
                shown(&document)
            );
        }
    }
    assert!(links >= 5, "only {links} links were found");
}

#[test]
fn what_looks_like_a_path_is_told_apart() {
    let text =
        "`crates/model` and `Cargo.toml`; `/v1/sign-ups`, `application/json`, `docs/decisions/`";
    let paths: Vec<_> = spans(text).filter(|span| is_path(span)).collect();
    assert_eq!(paths, ["crates/model", "Cargo.toml", "docs/decisions/"]);
}

/// What stands between backticks, outside of fenced blocks.
fn spans(text: &str) -> impl Iterator<Item = &str> {
    let prose = text.split("```").step_by(2);
    prose.flat_map(|part| {
        part.lines()
            .flat_map(|line| line.split('`').skip(1).step_by(2))
    })
}

/// Whether a span is meant as a path from the root of the repository.
fn is_path(span: &str) -> bool {
    let folders = ["crates/", "docs/", "xtask/", ".ci/", ".cargo/"];
    let word = !span.contains(char::is_whitespace);
    let file = || {
        [".rs", ".toml", ".md"]
            .iter()
            .any(|ending| span.len() > ending.len() && span.ends_with(ending))
    };
    word && (folders.iter().any(|folder| span.starts_with(folder)) || file())
}

fn documents() -> Vec<PathBuf> {
    let mut found = files(&["md"]);
    found.retain(|path| path.starts_with(root().join("docs")) || path.parent() == Some(&root()));
    found
}

// ── reading ──

/// The root of the repository.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap().to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap_or(path)
        .display()
        .to_string()
}

/// The files of the repository whose name ends in one of these words, the whole name or what follows its last dot.
fn files(endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if NOT_OURS.contains(&name) || path.is_symlink() {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if endings.contains(&name.rsplit('.').next().unwrap()) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
