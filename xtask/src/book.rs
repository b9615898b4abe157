//! `cargo xtask book`: builds the manual. mdBook is installed beside the other tools of the tests when it is not there.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use crate::failure::Failure;
use crate::process;

/// The version that the manual is built with.
const MDBOOK: &str = "0.5.4";

/// Builds the manual and says where it is.
pub(crate) fn run() -> Result<ExitCode, Failure> {
    println!("the manual is in {}", build()?.display());
    Ok(ExitCode::SUCCESS)
}

/// Builds the manual; a link to a page that is not there, or a page of the summary that is missing, is a failure.
pub(crate) fn build() -> Result<PathBuf, Failure> {
    let mdbook = ensure()?;
    let into = process::target()?.join("manual");
    process::run(
        Command::new(mdbook)
            .arg("build")
            .arg(process::workspace()?.join("docs"))
            .arg("--dest-dir")
            .arg(&into),
    )?;
    Ok(into)
}

fn ensure() -> Result<PathBuf, Failure> {
    let root = process::target()?.join("mdbook");
    let program = root.join("bin").join("mdbook");
    let version = process::read(Command::new(&program).arg("--version")).unwrap_or_default();
    if version.trim() == format!("mdbook v{MDBOOK}") {
        return Ok(program);
    }
    println!("installing mdBook {MDBOOK}, which builds the manual");
    process::run(
        process::cargo()?
            .args(["install", "mdbook", "--version", MDBOOK, "--locked"])
            .args(["--no-default-features", "--quiet", "--root"])
            .arg(&root),
    )?;
    Ok(program)
}
