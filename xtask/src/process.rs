//! Running other programs, and where the project's folders are.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;

/// Runs a command to its end with its output shown; a bad exit is a failure that names it.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    let status = command.status().map_err(|e| cannot_start(command, &e))?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::new(format!(
            "`{}` failed: {status}",
            shown(command)
        )))
    }
}

/// Runs a command to its end and returns what it printed; a bad exit is a failure that quotes what it said.
pub(crate) fn read(command: &mut Command) -> Result<String, Failure> {
    let output = command.output().map_err(|e| cannot_start(command, &e))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        let said = String::from_utf8_lossy(&output.stderr);
        Err(Failure::new(format!(
            "`{}` failed: {}\n{said}",
            shown(command),
            output.status
        )))
    }
}

/// The command as a person would type it, without the folder of its program.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    let words = std::iter::once(name).chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    words.join(" ")
}

fn cannot_start(command: &Command, error: &std::io::Error) -> Failure {
    Failure::new(format!("`{}` cannot be started: {error}", shown(command)))
}

/// A `cargo` command in the root of the workspace, of the same toolchain that runs this.
pub(crate) fn cargo() -> Result<Command, Failure> {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(workspace()?);
    Ok(command)
}

/// The root of the workspace.
pub(crate) fn workspace() -> Result<PathBuf, Failure> {
    std::env::var_os("CARGO_MANIFEST_DIR")
        .and_then(|manifest| Path::new(&manifest).parent().map(Path::to_owned))
        .ok_or_else(|| {
            Failure::new("start this with `cargo xtask`, which says where the workspace is")
        })
}

/// The folder that cargo builds into, whichever way it was chosen: this program lies in `TARGET/PROFILE/`.
pub(crate) fn target() -> Result<PathBuf, Failure> {
    let program = std::env::current_exe()
        .map_err(|e| Failure::new(format!("cannot tell where this program lies: {e}")))?;
    let target = program.parent().and_then(Path::parent);
    target.map(Path::to_owned).ok_or_else(|| {
        Failure::new(
            "this program does not lie in cargo's target folder: start it with `cargo xtask`",
        )
    })
}
