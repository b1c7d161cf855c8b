//! The arguments of `endstate init`.

use clap::Args;

use super::setup::ConfigFileArgs;
use super::source::SettingsArgs;

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
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
