//! The arguments of `endstate updates`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::columns::ColumnArgs;
use super::gate::AgeArgs;
use super::result::ResultArgs;
use super::source::{SettingsArgs, SourceArgs};
use super::values;

#[derive(Debug, Args)]
pub(crate) struct UpdatesArgs {
    /// Device states: a file that `endstate pull` wrote, instead of a service
    ///
    /// States of today's sources carry the updates that their devices lack, and need no other file.
    #[arg(value_name = "STATES", conflicts_with_all = ["demo", "demo_day", "ProfileArgs", "ServiceArgs", "SignInArgs", "PullLimits"])]
    pub(crate) states: Option<PathBuf>,

    /// Updates: a file from `endstate pull --collection kbinfo`
    #[arg(value_name = "KBINFO", requires = "cvekbmap")]
    pub(crate) kbinfo: Option<PathBuf>,

    /// Vulnerabilities: a file from `endstate pull --collection cvekbmap`
    #[arg(value_name = "CVEKBMAP")]
    pub(crate) cvekbmap: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) source: SourceArgs,

    /// What to list
    ///
    /// The csv format has only this list; json has everything.
    #[arg(long, value_name = "WHAT", default_value = "update")]
    pub(crate) by: UpdatesBy,

    /// Maximum rows to list, and maximum exposed devices in json
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = values::whole_number::<usize>)]
    pub(crate) limit: usize,

    /// Count only devices that match, such as `build lt 19045`
    #[arg(long = "where", value_name = "CONDITION")]
    pub(crate) condition: Option<String>,

    #[command(flatten)]
    pub(crate) age: AgeArgs,

    #[command(flatten)]
    pub(crate) columns: ColumnArgs,

    #[command(flatten)]
    pub(crate) result: ResultArgs,

    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

/// What missing updates are listed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum UpdatesBy {
    /// Missing updates, by number of devices
    Update,
    /// Vulnerabilities, most severe first
    Cve,
    /// Devices, most exposed first
    Device,
}
