//! The command line of endstate: parse, dispatch, and map an error to an exit code.

mod cli;
mod command;
mod config;
mod exit;
mod pull;
mod report;
mod rows;
#[cfg(test)]
mod schemas;
mod service;
mod store;
mod terminal;
mod usage;

use std::env;
use std::fs::{File, OpenOptions};
use std::process::ExitCode;

use anyhow::Context;
#[cfg(feature = "history")]
use clap::ArgMatches;
use clap::{CommandFactory, FromArgMatches};
use endstate_reqwest::end_running_commands;
use tracing::Instrument;

use crate::cli::{Cli, Command, LogArgs};
use crate::config::settings::CliOverrides;
use crate::exit::{Exit, Reported, UsageError};
use crate::store::regular_file;
use crate::terminal::logging::{self, SpanExport};
use crate::terminal::{interrupt, output};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args_os().skip(1).map(|text| text.to_string_lossy().into_owned()).collect();
    let mut command = Cli::command();
    let matches = match command.try_get_matches_from_mut(env::args_os()) {
        Ok(matches) => matches,
        Err(error) => usage::improved(error, &mut command, &arguments).exit(),
    };
    let overrides = CliOverrides::from_matches(&matches);
    #[cfg(feature = "history")]
    {
        service::storage_sign_in::choose(chosen_profile(&matches, &overrides));
        store::lake::sign_in_with(service::storage_sign_in::tokens);
    }
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    output::set_quiet(cli.quiet);
    output::set_color(cli.color);
    let name = format!("endstate {}", matches.subcommand_name().unwrap_or_default());
    match run(&name, cli, &overrides) {
        Ok(exit) => exit.into(),
        Err(error) => exit_for(&error).into(),
    }
}

/// What a command says of the profile that signs in to the storage of a history.
#[cfg(feature = "history")]
fn chosen_profile(matches: &ArgMatches, overrides: &CliOverrides) -> service::storage_sign_in::Chosen {
    match matches.subcommand() {
        // Its `--profile` is a part of names of files.
        Some(("diff", _)) => return service::storage_sign_in::Chosen::default(),
        // Its `--tenant` is that of a history, and no setting.
        Some(("history", question)) => return chosen_profile(question, &CliOverrides::default()),
        Some((_, subcommand)) => return chosen_profile(subcommand, overrides),
        None => {}
    }
    let values = |id: &str| matches.try_get_raw(id).ok().flatten().into_iter().flatten().collect::<Vec<_>>();
    let is_set = |id: &str| matches.try_get_one::<bool>(id).is_ok_and(|value| value == Some(&true));
    service::storage_sign_in::Chosen {
        profiles: values("profile").into_iter().map(|name| name.to_string_lossy().into_owned()).collect(),
        all_profiles: is_set("all_profiles"),
        config: values("config").first().map(Into::into),
        is_demo: is_set("demo"),
        overrides: overrides.clone(),
    }
}

fn run(name: &str, cli: Cli, overrides: &CliOverrides) -> anyhow::Result<Exit> {
    let log = log_file(&cli.log)?;
    let export = logging::start(cli.verbose, cli.log.log_format, log, matches!(cli.command, Command::Emulate(_)))?;
    let runner = Runner { name, export };
    match cli.command {
        Command::Pull(args) => runner.block_on(command::pull::run(&args, overrides)),
        Command::Triage(args) => runner.block_on(command::triage::run(&args, overrides)),
        Command::List(args) => runner.block_on(command::list::run(&args, overrides)),
        Command::Show(args) => runner.block_on(command::show::run(&args, overrides)),
        Command::Explain(args) => command::explain::run(&args),
        Command::Updates(args) => runner.block_on(command::updates::run(&args, overrides)),
        Command::Diff(args) => runner.block_on(command::diff::run(&args)),
        Command::Report(args) => runner.block_on(command::report::run(&args, overrides)),
        Command::Serve(args) => runner.block_on(command::serve::run(&args, overrides)),
        Command::History(command) => runner.block_on(command::history::run(&command)),
        Command::Emulate(args) => runner.block_on(command::emulate::run(&args)),
        Command::Doctor(args) => runner.block_on(command::doctor::run(&args, overrides)),
        Command::Init(args) => runner.block_on(command::init::run(&args, overrides)),
        Command::Config(command) => command::config::run(&command, overrides),
        Command::Clouds(args) => command::clouds::run(&args),
        Command::Completions(args) => command::completions::run(&args),
        Command::Man(args) => command::man::run(&args),
        Command::Help(args) => command::help::run(&args),
    }
}

/// The file of the log, which grows from run to run.
fn log_file(args: &LogArgs) -> anyhow::Result<Option<File>> {
    let Some(path) = &args.log_file else { return Ok(None) };
    let opened = regular_file::open(path, OpenOptions::new().append(true));
    let why = || format!("cannot write {}; choose another file with --log-file", path.display());
    opened.map(Some).with_context(why)
}

/// Runs a command.
struct Runner<'n> {
    /// The name of its span.
    name: &'n str,
    export: Option<SpanExport>,
}

impl Runner<'_> {
    /// Runs a command on a runtime of its own. Ctrl-C ends what the command has started, too.
    fn block_on(self, command: impl Future<Output = anyhow::Result<Exit>>) -> anyhow::Result<Exit> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        // Beside the command, which may be busy with a large file.
        runtime.spawn(interrupt::exit_unless_handled(|| {
            end_running_commands();
            regular_file::remove_unfinished();
        }));
        let span = tracing::info_span!("endstate", otel.name = self.name);
        let ended = runtime.block_on(command.instrument(span));
        if let Some(export) = self.export {
            // On the runtime, so Ctrl-C ends a wait for the collector.
            let _ = runtime.block_on(runtime.spawn_blocking(|| export.end()));
        }
        ended
    }
}

/// Prints an error, unless that was done already, and selects the exit code.
fn exit_for(error: &anyhow::Error) -> Exit {
    if let Some(Reported(exit)) = error.downcast_ref() {
        return *exit;
    }
    // The program that read the output has closed it: an end like any other.
    if output::is_closed_pipe(error) {
        return Exit::Done;
    }
    output::error(error);
    if error.is::<UsageError>() { Exit::Usage } else { Exit::Failed }
}
