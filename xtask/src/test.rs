//! `cargo xtask test`: everything that must hold before a change lands, the same on a laptop and in CI.
//!
//! Every step runs even when one before it failed, so that one run shows all there is to mend. The last line counts, a failed
//! lint as one failure.

use std::io::{BufRead, BufReader};
use std::process::{Command, ExitCode, Stdio};

use crate::failure::Failure;
use crate::postgres::Servers;
use crate::summary::Summary;
use crate::{book, process, system};

/// Lints, then tests with throw-away servers.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode, Failure> {
    let lint = !arguments.iter().any(|argument| argument == "--no-lint");
    let handed_on: Vec<&String> = arguments
        .iter()
        .filter(|argument| *argument != "--no-lint")
        .collect();
    if lint {
        system::ensure_linters()?;
    }
    let servers = Servers::start()?;
    let mut complaints = Vec::new();
    if lint {
        complaints.extend(lints()?);
    }
    let mut summary = Summary {
        failed: complaints.len() as u64,
        ..Summary::default()
    };
    if handed_on.is_empty() {
        println!("building the manual");
        match book::build() {
            Ok(_) => summary.passed += 1,
            Err(failure) => {
                summary.failed += 1;
                complaints.push(failure.to_string());
            }
        }
    }
    complaints.extend(tests(&handed_on, &servers, &mut summary)?);
    drop(servers);

    for complaint in &complaints {
        println!("failed: {complaint}");
    }
    if summary.skipped > 0 {
        println!(
            "failed: ignored tests show nothing; what is for a command of its own belongs in xtask"
        );
    }
    println!("{summary}");
    Ok(if summary.is_good() && complaints.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The lints that failed, by command.
fn lints() -> Result<Vec<String>, Failure> {
    let mut failed = Vec::new();
    for words in [
        &["fmt", "--all", "--check"][..],
        &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ],
    ] {
        let mut command = process::cargo()?;
        if let Err(failure) = process::run(announce(command.args(words))) {
            failed.push(failure.to_string());
        }
    }
    Ok(failed)
}

/// Runs the tests, showing and counting; returns what went wrong beside failing tests.
fn tests(
    arguments: &[&String],
    servers: &Servers,
    summary: &mut Summary,
) -> Result<Vec<String>, Failure> {
    let mut command = process::cargo()?;
    command.args(["test", "--no-fail-fast"]);
    let chosen = arguments
        .iter()
        .any(|a| a.starts_with("-p") || a.starts_with("--package"));
    if !chosen {
        command.arg("--workspace");
    }
    servers.show_to(command.args(arguments).stdout(Stdio::piped()));

    let mut child = announce(&mut command).spawn().map_err(|e| {
        Failure::new(format!(
            "`{}` cannot be started: {e}",
            process::shown(&command)
        ))
    })?;
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).split(b'\n') {
            let line =
                line.map_err(|e| Failure::new(format!("cannot read what the tests print: {e}")))?;
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            summary.add(&line);
        }
    }
    let status = child
        .wait()
        .map_err(|e| Failure::new(format!("the tests cannot be waited for: {e}")))?;
    let mut complaints = Vec::new();
    if !status.success() {
        // What does not build has no tests that could be counted.
        summary.failed = summary.failed.max(1);
        complaints.push(format!("`{}`: {status}", process::shown(&command)));
    }
    if summary.passed == 0 {
        complaints.push("no test passed: is the filter right?".to_owned());
    }
    Ok(complaints)
}

fn announce(command: &mut Command) -> &mut Command {
    println!("── {}", process::shown(command));
    command
}
