//! The command line: what can be asked, and where each answer is.

use bonafide_app::Location;
use clap::{Parser, Subcommand};

use crate::outcome::{Answer, EXIT_CODES, exit_code};
use crate::output::Output;
use crate::place::Place;
use crate::{
    access, account, backup, campaign, case, config, control, demo, doctor, history, hold, import,
    job, judge, key, keys, ledger, lists, mail, openings, order, party, policy, screen, serve,
    staff, verify, webhook,
};

/// Who is behind an account: sign-ups judged by packs of rules, sealed, recorded in a ledger that strangers can verify.
#[derive(Debug, Parser)]
#[command(name = "bonafide", version, after_help = EXIT_CODES, max_term_width = 110)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Answer in JSON, one value a line
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the whole on invented sign-ups: start, send, judge, record, verify, keep serving
    Demo(demo::Arguments),
    /// Serve the HTTP API on your own data
    Serve(serve::Arguments),
    /// Judge a file of sign-ups without a server and without storing anything
    Judge(judge::Arguments),
    /// Take over customers of an earlier system from its export
    Import(import::Arguments),
    /// Dates by which imported customers are to be verified
    #[command(subcommand)]
    Campaign(campaign::Command),
    /// API keys
    #[command(subcommand)]
    Key(key::Command),
    /// Staff: handles, roles, keys
    #[command(subcommand)]
    Staff(staff::Command),
    /// Who opened what of whom
    #[command(subcommand)]
    Openings(openings::Command),
    /// The policies that say who may do what
    #[command(subcommand)]
    Access(access::Command),
    /// Policy packs, catalogue, provider, methods
    #[command(subcommand)]
    Policy(policy::Command),
    /// Screening lists
    #[command(subcommand)]
    Lists(lists::Command),
    /// Hold parties against list files, without storing anything
    Screen(screen::Arguments),
    /// Parties: find, timeline, keeping, erase
    #[command(subcommand)]
    Party(party::Command),
    /// Holds: what must be kept although a term has run
    #[command(subcommand)]
    Hold(hold::Command),
    /// Who was behind an address at an instant: accesses and assignments
    #[command(subcommand)]
    History(history::Command),
    /// Accounts: list, assessment, close
    #[command(subcommand)]
    Account(account::Command),
    /// Orders: whether they may go ahead
    #[command(subcommand)]
    Order(order::Command),
    /// Other systems that are told of events: add, test, deliveries, replay
    #[command(subcommand)]
    Webhook(webhook::Command),
    /// Cases: list, take, decide, contest
    #[command(subcommand)]
    Case(case::Command),
    /// The ledger: verify, prove, export
    #[command(subcommand)]
    Ledger(ledger::Command),
    /// Verify notes, checkpoints and proofs offline, ours or anybody's
    Verify(verify::Arguments),
    /// Write what is stored, without its keys, to a directory; the service may run
    Backup(backup::Arguments),
    /// Put a back-up into an empty place
    Restore(backup::RestoreArguments),
    /// The keys that everything is sealed under
    #[command(subcommand)]
    Keys(keys::Command),
    /// Letters to customers: brands, previews
    #[command(subcommand)]
    Mail(mail::Command),
    /// Settings: what is in effect, and what there is
    #[command(subcommand)]
    Config(config::Command),
    /// What is done later, and what was given up
    #[command(subcommand)]
    Job(job::Command),
    /// Look for what is wrong with an installation, and say what to do about it
    Doctor,
}

/// Reads the command line, runs the command, says what came of it.
pub(crate) fn run() -> std::process::ExitCode {
    let cli = Cli::parse();
    let loaded = config::load(cli.place.config.as_deref());
    exit_code(loaded.and_then(|()| dispatch(cli)))
}

/// Runs the command, here or in the service that owns the data.
pub(crate) fn dispatch(cli: Cli) -> anyhow::Result<Answer> {
    let (place, output) = (cli.place, Output::new(cli.json));
    let is_local = matches!(&cli.command, Command::Keys(command) if command.is_local());
    let is_of_service = !is_local
        && !matches!(
            cli.command,
            Command::Demo(_)
                | Command::Serve(_)
                | Command::Judge(_)
                | Command::Screen(_)
                | Command::Verify(_)
                | Command::Backup(_)
                | Command::Restore(_)
                | Command::Config(_)
        );
    if control::remote().is_some() {
        anyhow::ensure!(is_of_service, "this command is not one for the service");
    } else if is_of_service
        && matches!(place.location(), Ok(Location::Sqlite(_)))
        && let Some(code) = control::forward(&place, output.width())?
    {
        return Ok(Answer::Code(code));
    }
    match cli.command {
        Command::Demo(arguments) => demo::run(&place, &output, &arguments),
        Command::Serve(arguments) => serve::run(&place, &arguments),
        Command::Judge(arguments) => judge::run(&output, &arguments),
        Command::Campaign(command) => campaign::run(&place, &output, &command),
        Command::Import(arguments) => import::run(&place, &output, &arguments),
        Command::Key(command) => key::run(&place, &output, command),
        Command::Staff(command) => staff::run(&place, &output, command),
        Command::Openings(command) => openings::run(&place, &output, command),
        Command::Access(command) => access::run(&place, &output, command),
        Command::Policy(command) => policy::run(&place, &output, command),
        Command::Lists(command) => lists::run(&place, &output, command),
        Command::Screen(arguments) => screen::run(&output, &arguments),
        Command::Party(command) => party::run(&place, &output, command),
        Command::Hold(command) => hold::run(&place, &output, command),
        Command::History(command) => history::run(&place, &output, command),
        Command::Account(command) => account::run(&place, &output, command),
        Command::Order(command) => order::run(&place, &output, command),
        Command::Webhook(command) => webhook::run(&place, &output, command),
        Command::Case(command) => case::run(&place, &output, command),
        Command::Ledger(command) => ledger::run(&place, &output, command),
        Command::Verify(arguments) => verify::run(&output, &arguments),
        Command::Backup(arguments) => backup::run(&place, &output, arguments),
        Command::Restore(arguments) => backup::restore(&place, &output, &arguments),
        Command::Keys(command) => keys::run(&place, &output, &command),
        Command::Mail(command) => mail::run(&place, &output, command),
        Command::Config(command) => config::run(&output, &command),
        Command::Job(command) => job::run(&place, &output, command),
        Command::Doctor => doctor::run(&place, &output),
    }
}

#[cfg(test)]
mod tests {
    use clap::{Command, CommandFactory as _};

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }

    #[test]
    fn every_command_is_documented() {
        let text = include_str!("../../../docs/cli.md");
        let documented: Vec<&str> = text
            .lines()
            .filter_map(|l| l.strip_prefix("| `bonafide "))
            .collect();
        let mut commands = Vec::new();
        leaves(&super::Cli::command(), "", &mut commands);
        for command in &commands {
            // A command that has others below it is described by what is not one of them.
            let below = |rest: &str| {
                let word = rest
                    .trim_start()
                    .split([' ', '`'])
                    .next()
                    .unwrap_or_default();
                commands.contains(&format!("{command} {word}"))
            };
            let found = documented.iter().filter(|d| {
                let rest = d.strip_prefix(command.as_str());
                rest.is_some_and(|rest| rest.starts_with(['`', ' ']) && !below(rest))
            });
            assert_eq!(
                found.count(),
                1,
                "docs/cli.md does not describe `{command}`"
            );
        }
        assert_eq!(
            documented.len(),
            commands.len(),
            "docs/cli.md describes commands that there are not"
        );
    }

    fn leaves(command: &Command, path: &str, found: &mut Vec<String>) {
        for sub in command.get_subcommands() {
            let path = format!("{path} {}", sub.get_name());
            // `import FILE` runs, and has commands below it.
            if !sub.is_subcommand_required_set() {
                found.push(path.trim().to_owned());
            }
            leaves(sub, &path, found);
        }
    }
}
