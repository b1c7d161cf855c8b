//! A command of endstate by its name.

use clap::{Command, CommandFactory};
use endstate_model::nearest_name;

use crate::cli::Cli;
use crate::exit::UsageError;

/// The command with this name, such as `["config", "show"]`, complete with all that it inherits.
/// `others` are further names that the caller knows, beside the first word.
pub(super) fn named(name: &[String], others: &[&str]) -> Result<Command, UsageError> {
    let mut command = Cli::command();
    command.build();
    for (place, word) in name.iter().enumerate() {
        let Some(inner) = command.find_subcommand(word) else {
            let others = others.iter().copied().filter(|_| place == 0);
            let names = command.get_subcommands().map(Command::get_name).chain(others);
            return Err(UsageError::new(match nearest_name(word, names) {
                Some(nearest) => format!("unknown name '{word}'; did you mean '{nearest}'?"),
                None => format!("unknown name '{word}'; `endstate help` lists commands and topics"),
            }));
        };
        command = inner.clone();
    }
    Ok(command)
}
