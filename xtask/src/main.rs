//! The project's own commands, run as `cargo xtask COMMAND`. One file per command; nothing here ships with the product.
//!
//! No dependencies, so that it starts within seconds on a fresh machine and can install what everything else needs.

mod book;
mod cluster;
mod failure;
mod fuzz;
mod kill;
mod postgres;
mod process;
mod python;
mod screen_eval;
mod summary;
mod system;
mod test;

use std::process::ExitCode;

use failure::Failure;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  test [--no-lint] [FILTER…]   install what the tests need, start throw-away servers, run everything, count
  kill [ROUNDS]                kill the server under load ROUNDS times on each database, and check; 100 unless said otherwise
  fuzz [--seconds N]           noise into every parser, N seconds each; 60 unless said otherwise
  book                         build the manual
  screen-eval [--peers]        make the labelled names, screen them, report recall and false positives; with --peers also others
  postgres -- COMMAND…         run COMMAND with a throw-away PostgreSQL and the variables that the tests read

What follows `test` is handed to `cargo test`, for example `cargo xtask test --no-lint -p bonafide-store`.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.split_first() {
        Some((command, rest)) => dispatch(command, rest),
        None => Err(Failure::new(USAGE)),
    };
    match outcome {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: &str, arguments: &[String]) -> Result<ExitCode, Failure> {
    match command {
        "test" => test::run(arguments),
        "book" => book::run(),
        "kill" => kill::run(arguments),
        "fuzz" => fuzz::run(arguments),
        "postgres" => postgres::run(arguments),
        "screen-eval" => screen_eval::run(arguments),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        other => Err(Failure::new(format!("no command `{other}`\n\n{USAGE}"))),
    }
}
