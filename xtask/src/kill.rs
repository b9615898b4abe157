//! `cargo xtask kill [ROUNDS]`: the fault tests with many rounds of kills on each database; a hundred unless said
//! otherwise. The ordinary run does ten.

use std::process::{Command, ExitCode};

use crate::failure::Failure;
use crate::postgres::Servers;

const ROUNDS: u32 = 100;

pub(crate) fn run(arguments: &[String]) -> Result<ExitCode, Failure> {
    let rounds = match arguments {
        [] => ROUNDS,
        [rounds] => rounds
            .parse()
            .map_err(|_| Failure::new(format!("`{rounds}` is not a number of rounds")))?,
        _ => return Err(Failure::new("usage: cargo xtask kill [ROUNDS]")),
    };
    let servers = Servers::start()?;
    let mut cargo = Command::new("cargo");
    cargo.args([
        "test",
        "--release",
        "-p",
        "bonafide",
        "--test",
        "faults",
        "--",
        "--nocapture",
    ]);
    cargo.env("BONAFIDE_KILL_ROUNDS", rounds.to_string());
    servers.show_to(&mut cargo);
    let status = cargo
        .status()
        .map_err(|e| Failure::new(format!("cargo could not be run: {e}")))?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
