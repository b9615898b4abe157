//! The Python tools that the tests check the product with, in a virtual environment of their own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::failure::Failure;
use crate::process;

/// The interpreter of the virtual environment, which is made when it is not there, does not run, or holds other versions
/// than `xtask/requirements.txt` asks for.
pub(crate) fn ensure() -> Result<PathBuf, Failure> {
    let requirements = process::workspace()?.join("xtask").join("requirements.txt");
    ensure_of(&requirements, "test-tools")
}

/// The interpreter of a virtual environment in `target/FOLDER` that holds what a file asks for.
pub(crate) fn ensure_of(requirements: &Path, folder: &str) -> Result<PathBuf, Failure> {
    let wanted = std::fs::read_to_string(requirements)
        .map_err(|e| Failure::new(format!("cannot read {}: {e}", requirements.display())))?;
    let folder = process::target()?.join(folder);
    let interpreter = folder.join("bin").join("python");
    let marker = folder.join("installed.txt");

    let held = std::fs::read_to_string(&marker).unwrap_or_default();
    if held == wanted && runs(&interpreter) {
        return Ok(interpreter);
    }
    println!("installing Python tools into target");
    process::run(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&folder),
    )?;
    process::run(
        Command::new(&interpreter)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--no-input",
                "-r",
            ])
            .arg(requirements),
    )?;
    std::fs::write(&marker, wanted)
        .map_err(|e| Failure::new(format!("cannot write {}: {e}", marker.display())))?;
    Ok(interpreter)
}

fn runs(interpreter: &PathBuf) -> bool {
    let mut command = Command::new(interpreter);
    command
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
