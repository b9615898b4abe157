//! The manual's commands, run as they stand: every line `$ …` of the `console` blocks of a page, in order, in one shell at the
//! root of the repository, with the built program on the path. The first that fails ends the page.
//!
//! Two things differ from what is read: the service listens on a free port in the place of 8080, and a directory of the
//! test's own stands in the place of `$PWD/target`.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

/// Pages whose commands are run.
const PAGES: &[&str] = &["first-day.md", "backup.md"];

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// The commands of a page.
fn commands(text: &str) -> Vec<&str> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in text.lines() {
        match line.trim_end() {
            "```console" => inside = true,
            "```" => inside = false,
            line if inside => found.extend(line.strip_prefix("$ ")),
            _ => {}
        }
    }
    found
}

#[test]
fn the_commands_of_the_manual_do_what_it_says() {
    for page in PAGES {
        let text = fs::read_to_string(root().join("docs").join(page)).unwrap();
        let commands = commands(&text);
        assert!(!commands.is_empty(), "{page} has no commands");
        run(page, &commands);
    }
}

fn run(page: &str, commands: &[&str]) {
    let place = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let program = Path::new(env!("CARGO_BIN_EXE_bonafide")).parent().unwrap();
    let mut script = String::from(
        "set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true; wait || true' EXIT\n",
    );
    for command in commands {
        let command = command
            .replace("127.0.0.1:8080", &format!("127.0.0.1:{port}"))
            .replace("$PWD/target", &place.path().display().to_string());
        script.push_str(&format!("echo '$' {}\n{command}\n", quoted(&command)));
    }
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let output = Command::new("bash")
        .args(["-c", &script])
        .current_dir(root())
        .env_clear()
        .env("PATH", path)
        .env("HOME", place.path())
        .env("USER", "manual")
        .env("BONAFIDE_SERVE_LISTEN", format!("127.0.0.1:{port}"))
        .env("BONAFIDE_LOG_FILTER", "warn")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "docs/{page}:\n{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[test]
fn every_page_is_in_the_summary() {
    let docs = root().join("docs");
    let summary = fs::read_to_string(docs.join("SUMMARY.md")).unwrap();
    for folder in ["", "decisions/"] {
        for entry in fs::read_dir(docs.join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let page = format!("{folder}{name}");
            if page.ends_with(".md") && page != "SUMMARY.md" {
                assert!(
                    summary.contains(&format!("({page})")),
                    "{page} is not in docs/SUMMARY.md"
                );
            }
        }
    }
}

/// Every alert watches a metric that the program has, and is explained in the manual.
#[test]
fn alerts_watch_metrics_that_there_are() {
    let alerts = fs::read_to_string(root().join("packaging/prometheus/alerts.yml")).unwrap();
    let manual = fs::read_to_string(root().join("docs/operate.md")).unwrap();
    let mut sources = String::new();
    read_sources(&root().join("crates"), &mut sources);
    let mut named = 0;
    for word in alerts.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')) {
        if word.starts_with("bonafide_") {
            assert!(
                sources.contains(&format!("\"{word}\"")),
                "there is no metric `{word}`"
            );
            named += 1;
        }
    }
    assert!(named >= 5);
    for alert in alerts
        .lines()
        .filter_map(|l| l.trim().strip_prefix("- alert: "))
    {
        assert!(
            manual.contains(&format!("`{alert}`")),
            "docs/operate.md does not explain `{alert}`"
        );
    }
}

fn read_sources(folder: &Path, into: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_sources(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs")
            && path.components().any(|c| c.as_os_str() == "src")
        {
            into.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}
