//! `endstate completions`: a completion script for a shell.

use clap::{Command, CommandFactory, ValueEnum};

use crate::cli::values::OfferedText;
use crate::cli::{Cli, CompletionsArgs, Topic, value_name};
use crate::config::file::ConfigFile;
use crate::exit::Exit;
use crate::terminal::output;

/// The script offers the profiles that the configuration file has now.
pub(crate) fn run(args: &CompletionsArgs) -> anyhow::Result<Exit> {
    let file = ConfigFile::path(None).and_then(|path| ConfigFile::read(&path));
    // Without a configuration file there is nothing to offer.
    let names: Vec<_> = file.iter().flat_map(ConfigFile::names).map(ToOwned::to_owned).collect();
    let mut command = with_help_names(with_profiles(Cli::command(), &names));
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "endstate", &mut script);
    output::data(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}

/// The command, with commands and topics to offer for `endstate help`, and commands for `man`.
fn with_help_names(command: Command) -> Command {
    let commands: Vec<_> = command.get_subcommands().map(|inner| inner.get_name().to_owned()).collect();
    let topics = Topic::value_variants().iter().map(value_name).chain(commands.clone()).collect();
    let command = command
        .mut_subcommand("help", |help| help.mut_arg("what", |argument| argument.value_parser(OfferedText(topics))));
    command.mut_subcommand("man", |man| man.mut_arg("command", |argument| argument.value_parser(OfferedText(commands))))
}

/// The command, with names to offer for each `--profile`.
fn with_profiles(command: Command, names: &[String]) -> Command {
    let has_profile = command.get_arguments().any(|argument| argument.get_id() == "profile");
    let command = if has_profile && !names.is_empty() {
        command.mut_arg("profile", |argument| argument.value_parser(OfferedText(names.to_vec())))
    } else {
        command
    };
    command.mut_subcommands(|inner| with_profiles(inner, names))
}
