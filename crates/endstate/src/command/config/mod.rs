//! `endstate config`: the settings in effect, and the file of profiles.

mod edit;
mod init;
pub(crate) mod list;
mod set;
pub(crate) mod show;

use crate::cli::ConfigCommand;
use crate::config::file::ConfigFile;
use crate::config::settings::CliOverrides;
use crate::exit::Exit;
use crate::terminal::output;

pub(crate) fn run(command: &ConfigCommand, overrides: &CliOverrides) -> anyhow::Result<Exit> {
    match command {
        ConfigCommand::Show(args) => show::run(args, overrides),
        ConfigCommand::Profiles(args) => list::run(args),
        ConfigCommand::Set(args) => set::run(args),
        ConfigCommand::Edit(args) => edit::run(args),
        ConfigCommand::Path(args) => {
            let path = ConfigFile::path(args.config.as_deref())?;
            output::data(&format!("{}\n", path.display()))?;
            if !path.exists() {
                output::hint("The file does not exist yet. `endstate init` writes it.");
            }
            Ok(Exit::Done)
        }
        ConfigCommand::Init(args) => init::run(args),
    }
}
