//! The arguments of `endstate init`.

use clap::Args;

use super::setup::ConfigFileArgs;
use super::source::SettingsArgs;

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Show what this command does with an emulated tenant; nothing is written
    #[arg(long, conflicts_with_all = ["profile", "config", "no_check", "ServiceArgs", "SignInArgs", "PullLimits"])]
    pub(crate) demo: bool,

    /// Name of the new profile [default: the first part of the tenant's domain]
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,

    #[command(flatten)]
    pub(crate) file: ConfigFileArgs,

    /// Write the profile only: no check, and no triage
    #[arg(long)]
    pub(crate) no_check: bool,

    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}
