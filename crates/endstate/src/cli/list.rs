//! The arguments of `endstate list`.

use std::path::PathBuf;

use clap::Args;

use super::columns::ColumnArgs;
use super::formats::ListFormat;
use super::result::ResultArgs;
use super::source::{SettingsArgs, SourceArgs};
use super::values;

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Files that `endstate pull` wrote, one for each tenant; `-` is stdin
    ///
    /// The file is ndjson, json or csv, also compressed, or a page that the service sent. A pattern
    /// such as '*.ndjson' names several files. Each is one tenant, named as its profile, else as
    /// the file.
    #[arg(value_name = "FILE", conflicts_with_all = ["demo", "demo_day", "ProfileArgs", "ServiceArgs", "SignInArgs", "PullLimits"])]
    pub(crate) files: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) source: SourceArgs,

    /// List only devices that match, such as `group eq Servers and lastSeen lt 7d`
    ///
    /// `endstate help conditions` describes conditions.
    #[arg(long = "where", value_name = "CONDITION")]
    pub(crate) condition: Option<String>,

    #[command(flatten)]
    pub(crate) columns: ColumnArgs,

    /// Maximum devices to list
    #[arg(long, value_name = "N", value_parser = values::whole_number::<usize>)]
    pub(crate) limit: Option<usize>,

    #[command(flatten)]
    pub(crate) result: ResultArgs<ListFormat>,

    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}
