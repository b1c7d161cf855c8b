//! The command line of endstate: arguments, output, progress and exit codes, over the crates that do the work.

mod args;
mod checkpoint_file;
mod command;
mod condition;
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
mod profile;
mod progress;
mod pull_facts;
mod pulled_file;
mod receipt;
mod row;
mod run;
mod source;
mod view;
mod write_behind;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Command};
use crate::exit::Exit;

fn main() -> ExitCode {
    let cli = Cli::parse();
    cli.color.apply();
    match run(cli) {
        Ok(exit) => exit.into(),
        Err(error) if is_closed_pipe(&error) => Exit::Done.into(),
        Err(error) => {
            output::error(&error);
            Exit::Failed.into()
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<Exit> {
    logging::start(cli.verbose);
    let runtime = || tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    match cli.command {
        Command::Pull(args) => runtime()?.block_on(command::pull::run(&args)),
        Command::Triage(args) => runtime()?.block_on(command::triage::run(&args)),
        Command::Updates(args) => runtime()?.block_on(command::updates::run(&args)),
        Command::Diff(args) => runtime()?.block_on(command::diff::run(&args)),
        Command::Emulate(args) => runtime()?.block_on(command::emulate::run(&args)),
        Command::Completions(args) => command::completions::run(&args),
    }
}

/// Whoever read our output has gone: that is an end like any other.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let causes = error.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>());
    causes.into_iter().any(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
}
