//! The program `bonafide`: reads its arguments, runs one command, and says by its exit code what came of it.
//!
//! One file for each noun of the command line; rules, keys and SQL are in the crates below.

mod access;
mod account;
mod backup;
mod campaign;
mod case;
mod cli;
mod config;
mod control;
mod demo;
mod doctor;
mod history;
mod hold;
mod import;
mod job;
mod judge;
mod key;
mod keys;
mod ledger;
mod lines;
mod lists;
mod mail;
mod notify;
mod openings;
mod order;
mod outcome;
mod output;
mod party;
mod place;
mod policy;
mod progress;
mod screen;
mod serve;
mod session;
mod shipped;
mod staff;
mod table;
mod verify;
mod webhook;

fn main() -> std::process::ExitCode {
    cli::run()
}
