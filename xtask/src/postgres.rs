//! `cargo xtask postgres -- COMMAND…`: a command with a throw-away PostgreSQL server.

use std::process::{Command, ExitCode};

use crate::cluster::Cluster;
use crate::failure::Failure;
use crate::{python, system};

/// Runs the command and ends as it ends.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode, Failure> {
    let words = match arguments.split_first() {
        Some((first, rest)) if first == "--" => rest,
        _ => arguments,
    };
    let Some((program, rest)) = words.split_first() else {
        return Err(Failure::new(
            "no command: write `cargo xtask postgres -- cargo test -p bonafide-store`",
        ));
    };
    let servers = Servers::start()?;
    let mut command = Command::new(program);
    servers.show_to(command.args(rest));
    let status = command
        .status()
        .map_err(|e| Failure::new(format!("`{program}` cannot be started: {e}")))?;
    // A command that a signal ended has no code.
    let code = status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(1);
    Ok(ExitCode::from(code))
}

/// What the tests need beside the product, running.
pub(crate) struct Servers {
    cluster: Cluster,
    interpreter: std::path::PathBuf,
}

impl Servers {
    /// Installs what is missing and starts the server.
    pub(crate) fn start() -> Result<Self, Failure> {
        system::ensure()?;
        let interpreter = python::ensure()?;
        let cluster = Cluster::start()?;
        Ok(Self {
            cluster,
            interpreter,
        })
    }

    /// Tells a command where everything is.
    pub(crate) fn show_to(&self, command: &mut Command) {
        command
            .env("BONAFIDE_TEST_POSTGRES", self.cluster.url())
            .env("BONAFIDE_TEST_PYTHON", &self.interpreter);
    }
}
