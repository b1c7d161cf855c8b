//! The arguments of the commands that set endstate up: doctor, config, clouds, completions and
//! man.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::pull::OutputArgs;
use super::source::{ProfileArgs, SettingsArgs};

#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) profiles: ProfileArgs,

    /// Write the checks as JSON
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Show each setting, its value, and its source
    Show(Box<ConfigShowArgs>),
    /// Write a commented configuration file
    Init(ConfigInitArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ConfigShowArgs {
    #[command(flatten)]
    pub(crate) profiles: ProfileArgs,

    /// Write the settings as JSON
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) settings: SettingsArgs,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ConfigInitArgs {
    /// File to write [default: endstate/config.toml in the user's configuration folder] [env:
    /// `ENDSTATE_CONFIG`]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct CloudsArgs {
    /// Write the table as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// Shell to complete for
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// Command, such as `pull` or `config show` [default: endstate itself]
    #[arg(value_name = "COMMAND")]
    pub(crate) command: Vec<String>,

    /// Folder to write the pages of all commands to, which packages install
    #[arg(long, value_name = "FOLDER", conflicts_with = "command")]
    pub(crate) folder: Option<PathBuf>,
}
