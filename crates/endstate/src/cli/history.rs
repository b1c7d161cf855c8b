//! The arguments of `endstate history`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use super::result::ResultArgs;
use super::values;

#[derive(Debug, Subcommand)]
pub(crate) enum HistoryCommand {
    /// Add pulls to a history, in any order
    ///
    /// Only complete pulls of all devices enter it, with the receipt that `endstate pull` wrote
    /// beside the file. A pull that the history has already stays as it is.
    Add(HistoryAddArgs),
    /// List the pulls of a history
    List(HistoryListArgs),
    /// Show how the number of devices that need attention changes
    Trend(HistoryTrendArgs),
    /// Show since when each device requires attention, the longest first
    Since(HistoryArgs),
    /// Show how long each property takes to be resolved
    ///
    /// What is still open counts as open (Kaplan-Meier), so the times are those of all devices, and
    /// not only of those that were fast. A device that is gone is not resolved.
    Resolved(HistoryResolvedArgs),
    /// Show which properties come back after they were resolved
    Flapping(HistoryArgs),
}

#[derive(Debug, Args)]
pub(crate) struct HistoryAddArgs {
    /// Folder of the history; created if it does not exist
    #[arg(value_name = "LAKE")]
    pub(crate) lake: PathBuf,

    /// Files that `endstate pull` wrote (ndjson, json or csv)
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct HistoryListArgs {
    /// Folder of the history
    #[arg(value_name = "LAKE")]
    pub(crate) lake: PathBuf,

    /// Maximum rows to show; csv and json have all of them
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = values::whole_number::<usize>)]
    pub(crate) limit: usize,

    #[command(flatten)]
    pub(crate) result: ResultArgs,
}

/// Where a history comes from, and how the result is written.
#[derive(Debug, Args)]
pub(crate) struct HistoryArgs {
    /// Folder of the history, which `endstate history add` has filled
    #[arg(value_name = "LAKE", required_unless_present = "demo")]
    pub(crate) lake: Option<PathBuf>,

    /// Show thirty days of the emulated tenant
    #[arg(long, conflicts_with = "lake")]
    pub(crate) demo: bool,

    /// Tenant, if the history has several
    #[arg(long, value_name = "NAME", conflicts_with = "demo")]
    pub(crate) tenant: Option<String>,

    /// Use only the pulls of this time before the last one, such as `90d`
    #[arg(long, value_name = "TIME", value_parser = values::age)]
    pub(crate) last: Option<Duration>,

    /// Maximum rows to show; csv and json have all of them
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = values::whole_number::<usize>)]
    pub(crate) limit: usize,

    #[command(flatten)]
    pub(crate) result: ResultArgs,
}

#[derive(Debug, Args)]
pub(crate) struct HistoryTrendArgs {
    /// What to count
    #[arg(long, value_name = "BY", default_value = "pull", ignore_case = true)]
    pub(crate) by: TrendBy,

    #[command(flatten)]
    pub(crate) history: HistoryArgs,
}

#[derive(Debug, Args)]
pub(crate) struct HistoryResolvedArgs {
    /// What has a row
    #[arg(long, value_name = "BY", default_value = "property", ignore_case = true)]
    pub(crate) by: ResolvedBy,

    #[command(flatten)]
    pub(crate) history: HistoryArgs,
}

/// What a trend counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TrendBy {
    /// All devices, a row for each day
    Pull,
    /// Devices by property
    Property,
    /// Devices by category of properties
    Category,
    /// Devices that need attention, by device group
    Group,
    /// Devices that need attention, by release of Windows
    Release,
}

/// What has a row in a list of times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ResolvedBy {
    /// Each property
    Property,
    /// Each property of each device group
    Group,
}
