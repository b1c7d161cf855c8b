//! The command line of endstate: arguments, output, progress and exit codes, over the crates that do the work.

mod args;
mod check;
mod checkpoint_file;
mod checkup;
mod command;
mod condition;
mod config_file;
mod day;
mod demo;
mod destination;
mod earlier_pulls;
mod exit;
mod fail_on;
mod format;
mod hint;
mod interrupt;
mod logging;
mod output;
mod progress;
mod pull_facts;
mod pulled_file;
mod receipt;
mod row;
mod run;
mod service_place;
mod settings;
mod sign_in;
mod source;
mod tenants;
mod token_check;
mod triaging;
mod view;
mod write_behind;
mod written_rows;

use std::process::ExitCode;

use clap::{ArgMatches, CommandFactory, FromArgMatches};

use crate::args::{Cli, Command, ConfigCommand};
use crate::exit::{Exit, WrongUsage};
use crate::settings::Given;

fn main() -> ExitCode {
    let matches = Cli::command().get_matches();
    // What is given stands in the way of the environment and the profile; what is a default does not.
    let given = given(&matches);
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    cli.color.apply();
    match run(cli, &given) {
        Ok(exit) => exit.into(),
        Err(error) if output::is_closed_pipe(&error) => Exit::Done.into(),
        Err(error) => {
            output::error(&error);
            if error.is::<WrongUsage>() { Exit::Usage.into() } else { Exit::Failed.into() }
        }
    }
}

/// The settings on the command line of the innermost command.
fn given(matches: &ArgMatches) -> Given {
    match matches.subcommand() {
        Some((_, matches)) => given(matches),
        None => Given::of(matches),
    }
}

fn run(cli: Cli, given: &Given) -> anyhow::Result<Exit> {
    logging::start(cli.verbose);
    let runtime = || tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    match cli.command {
        Command::Pull(args) => runtime()?.block_on(command::pull::run(&args, given)),
        Command::Triage(args) => runtime()?.block_on(command::triage::run(&args, given)),
        Command::Updates(args) => runtime()?.block_on(command::updates::run(&args, given)),
        Command::Diff(args) => runtime()?.block_on(command::diff::run(&args)),
        Command::Emulate(args) => runtime()?.block_on(command::emulate::run(&args)),
        Command::Doctor(args) => runtime()?.block_on(command::doctor::run(&args, given)),
        Command::Config(ConfigCommand::Show(args)) => command::config::show(&args, given),
        Command::Config(ConfigCommand::Init(args)) => command::config::init(&args),
        Command::Clouds(args) => command::clouds::run(&args),
        Command::Completions(args) => command::completions::run(&args),
    }
}
