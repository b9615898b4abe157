//! `bonafide history`: accesses and assignments of addresses, and who was behind one at an instant.
//! `docs/history.md` walks through it.

mod account;
mod events;
mod import;
mod leases;
mod question;
mod rows;
mod values;
mod who;

use std::path::PathBuf;

use bonafide_history::Prefix;
use bonafide_model::{Micros, Timestamp, Width};
use clap::{Args, Subcommand, ValueEnum};

use crate::outcome::Answer;
use crate::output::Output;
use crate::place::Place;

/// What can be done with the histories of addresses.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Take accesses or assignments from files, as often as you like
    Import(Import),
    /// Who was behind an address at an instant: every candidate
    Who(Who),
    /// What one account came from and was given
    Account(Account),
}

/// What a file is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// Addresses that accounts came from
    Accesses,
    /// Addresses that were given to accounts
    Assignments,
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// CSV with a header, or JSON lines
    Plain,
    /// Authentication events of OCSF, as JSON
    Ocsf,
    /// Records of CloudTrail, as JSON
    Cloudtrail,
    /// Leases of ISC DHCP: `dhcpd.leases`
    Dhcpd,
    /// Leases of Kea, as CSV
    Kea,
}

/// What to import.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// What the files are of
    #[arg(long, value_enum)]
    kind: Kind,
    /// Files in that format
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// How the files are written
    #[arg(long, value_enum, default_value_t = Format::Plain)]
    format: Format,
    /// What noted it; alike in all files
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// How fine the clock of the source is [default: 1us]
    #[arg(long, value_name = "LENGTH", requires = "source")]
    precision: Option<Width>,
}

/// What to ask.
#[derive(Debug, Args)]
pub(crate) struct Who {
    /// The address; or a prefix, such as a /64, of which any address will do
    #[arg(required_unless_present = "file", conflicts_with = "file")]
    address: Option<Prefix>,
    /// The port, if it is known
    #[arg(long, value_name = "PORT", conflicts_with = "file", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// The instant: RFC 3339, or microseconds since 1970
    #[arg(
        long,
        value_name = "TIME",
        required_unless_present = "file",
        conflicts_with = "file"
    )]
    at: Option<Micros>,
    /// How far from it an access may be, such as `60s` or `PT5M`; assignments are answered at the instant itself
    /// [default: 2s, or the coarsest clock of the sources]
    #[arg(long, value_name = "LENGTH")]
    within: Option<Width>,
    /// Assignments as they were known at this time
    #[arg(long, value_name = "TIME")]
    known_at: Option<Timestamp>,
    /// Questions `id,address,port,at[,within]` as CSV with a header, JSON lines, or XARF reports; one JSON line for each
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Whose history.
#[derive(Debug, Args)]
pub(crate) struct Account {
    /// The account's id, or the one that it has outside
    id: String,
    /// Only from this instant on
    #[arg(long, value_name = "TIME")]
    from: Option<Micros>,
    /// Only until this instant
    #[arg(long, value_name = "TIME")]
    to: Option<Micros>,
    /// Assignments as they were known at this time
    #[arg(long, value_name = "TIME")]
    known_at: Option<Timestamp>,
}

pub(crate) fn run(place: &Place, output: &Output, command: Command) -> anyhow::Result<Answer> {
    match command {
        Command::Import(import) => import::run(place, output, &import),
        Command::Who(who) => who::run(place, output, &who),
        Command::Account(account) => account::run(place, output, &account),
    }
}
