//! The arguments of the commands that set endstate up: doctor, config, clouds, completions and
//! man.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::columns::ColumnArgs;
use super::pull::OutputArgs;
use super::source::{ProfileArgs, SettingsArgs};

#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Check an emulated tenant; no sign-in, no network
    #[arg(long, conflicts_with_all = ["ProfileArgs", "cloud", "region", "service_root", "defender_root", "graph_root", "authority", "scope", "ca_file", "SignInArgs"])]
    pub(crate) demo: bool,

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
    /// List the profiles of the configuration file
    Profiles(ConfigProfilesArgs),
    /// Change a setting of a profile, or the default profile
    Set(ConfigSetArgs),
    /// Open the configuration file in your editor, and check it afterwards
    Edit(ConfigFileArgs),
    /// Print the path of the configuration file
    Path(ConfigFileArgs),
    /// Write a commented configuration file to fill in
    Init(ConfigFileArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ConfigProfilesArgs {
    #[command(flatten)]
    pub(crate) columns: ColumnArgs,

    #[command(flatten)]
    pub(crate) file: ConfigFileArgs,

    /// Write the profiles as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ConfigSetArgs {
    /// Setting, such as `tenant` or `calls-per-minute`, or `default-profile`
    #[arg(value_name = "SETTING")]
    pub(crate) setting: String,

    /// Value; never a secret, only the name of its variable, file or command
    #[arg(value_name = "VALUE", required_unless_present = "unset")]
    pub(crate) value: Option<String>,

    /// Remove the setting: its default applies again
    #[arg(long, conflicts_with = "value")]
    pub(crate) unset: bool,

    /// Profile to change [default: the default profile, or the only one]
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,

    #[command(flatten)]
    pub(crate) file: ConfigFileArgs,
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
pub(crate) struct ConfigFileArgs {
    /// Configuration file [default: endstate/config.toml in the user's configuration folder] [env:
    /// `ENDSTATE_CONFIG`]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct CloudsArgs {
    #[command(flatten)]
    pub(crate) columns: ColumnArgs,

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
