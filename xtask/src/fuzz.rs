//! `cargo xtask fuzz [--seconds N]`: noise into every parser, a minute each unless said otherwise. The ordinary run does a
//! second each.
//!
//! The tests are those of a module `fuzz` in the tests of a crate, one per parser; which crates have one is read from
//! their folders, so that a new one cannot be forgotten.

use std::fs;
use std::process::ExitCode;

use crate::failure::Failure;
use crate::process;

/// Seconds for each parser unless said otherwise.
const SECONDS: u32 = 60;

pub(crate) fn run(arguments: &[String]) -> Result<ExitCode, Failure> {
    let usage = || Failure::new("usage: cargo xtask fuzz [--seconds N]");
    let seconds = match arguments {
        [] => SECONDS,
        [flag, seconds] if flag == "--seconds" => seconds.parse().map_err(|_| usage())?,
        _ => return Err(usage()),
    };
    let crates = crates()?;
    if crates.is_empty() {
        return Err(Failure::new("no crate has a module `fuzz` in its tests"));
    }
    let mut cargo = process::cargo()?;
    cargo.arg("test");
    for name in &crates {
        cargo.args(["-p", name]);
    }
    cargo.args(["--tests", "--", "fuzz::", "--nocapture"]);
    cargo.env("BONAFIDE_FUZZ_SECONDS", seconds.to_string());
    process::run(&mut cargo)?;
    println!(
        "{seconds} s of noise into each parser of {}",
        crates.join(", ")
    );
    Ok(ExitCode::SUCCESS)
}

/// The packages whose tests have a file `fuzz.rs`.
fn crates() -> Result<Vec<String>, Failure> {
    let folder = process::workspace()?.join("crates");
    let failed = |error: std::io::Error| Failure::new(format!("`crates` cannot be read: {error}"));
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        if path.join("tests").join(name).join("fuzz.rs").exists() {
            found.push(format!("bonafide-{name}"));
        }
    }
    found.sort();
    Ok(found)
}
