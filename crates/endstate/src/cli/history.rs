//! The arguments of `endstate history`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};

use super::columns::ColumnArgs;
use super::formats::TrendFormat;
use super::result::ResultArgs;
use super::values;

#[derive(Debug, Subcommand)]
pub(crate) enum HistoryCommand {
    /// Add pulls to a history, in any order
    ///
    /// Only complete pulls of all devices enter it, with the receipt that `endstate pull` wrote
    /// beside the file. A pull that the history has already stays as it is.
    Add(HistoryAddArgs),
    /// List the complete pulls of a history
    List(HistoryListArgs),
    /// Show how the number of devices that need attention changes
    Trend(HistoryTrendArgs),
    /// Show since when each device requires attention, the longest first
    Since(HistoryDevicesArgs),
    /// Show how long each property takes to be resolved
    ///
    /// What is still open counts as open (Kaplan-Meier), so the times are those of all devices, and
    /// not only of those that were fast. A device that is gone is not resolved.
    Resolved(HistoryResolvedArgs),
    /// Show which properties come back after they were resolved
    Flapping(HistoryDevicesArgs),
    /// Show what changed on a device from pull to pull
    Device(HistoryDeviceArgs),
    /// Show a pull of a history, and its receipt
    Show(HistoryShowArgs),
    /// Print SQL that answers a question in another engine
    ///
    /// The queries read the view `states`: the states of one tenant. The documentation of histories
    /// shows how to create it in each engine.
    Sql(HistorySqlArgs),
    /// Check every file of a history against what was added
    ///
    /// Compares each file with its checksum, and each pull with the count of its receipt. Fails if
    /// anything is wrong.
    Verify(HistoryVerifyArgs),
    /// Remove old pulls from a history
    ///
    /// Pulls that no option keeps leave the table at once, and their files are deleted seven days
    /// later, by the next run. The last pull of each tenant and all receipts stay.
    Expire(HistoryExpireArgs),
}

#[derive(Debug, Args)]
pub(crate) struct HistoryAddArgs {
    /// Folder of the history; created if it does not exist
    #[arg(value_name = "LAKE")]
    pub(crate) lake: PathBuf,

    /// Files that `endstate pull` wrote (ndjson, json or csv)
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) storage: StorageArgs,
}

#[derive(Debug, Args)]
pub(crate) struct HistoryDevicesArgs {
    /// Show only devices that match in the last pull, such as `group eq Servers`
    ///
    /// `endstate help conditions` describes conditions.
    #[arg(long = "where", value_name = "CONDITION")]
    pub(crate) condition: Option<String>,

    #[command(flatten)]
    pub(crate) history: HistoryArgs,

    #[command(flatten)]
    pub(crate) columns: ColumnArgs,

    #[command(flatten)]
    pub(crate) result: ResultArgs,
}

#[derive(Debug, Args)]
pub(crate) struct HistoryDeviceArgs {
    /// Id or name of the device; the first part of a DNS name is enough
    #[arg(value_name = "DEVICE")]
    pub(crate) device: String,

    #[command(flatten)]
    pub(crate) history: HistoryArgs,

    #[command(flatten)]
    pub(crate) columns: ColumnArgs,

    #[command(flatten)]
    pub(crate) result: ResultArgs,
}

#[derive(Debug, Args)]
pub(crate) struct HistoryShowArgs {
    /// Pull: LAKE for the last one, LAKE@2026-11-24, or LAKE@TENANT@2026-11-24
    #[arg(value_name = "PULL")]
    pub(crate) pull: PathBuf,

    /// Print the receipt as JSON
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) storage: StorageArgs,
}

#[derive(Debug, Args)]
pub(crate) struct HistorySqlArgs {
    /// Question to answer; without one, the list of all
    #[arg(value_name = "QUESTION", value_enum)]
    pub(crate) question: Option<SqlQuestion>,

    /// Engine that reads the table
    #[arg(long, value_name = "ENGINE", default_value = "duckdb", ignore_case = true)]
    pub(crate) engine: SqlEngine,
}

#[derive(Debug, Args)]
pub(crate) struct HistoryVerifyArgs {
    /// Folder of the history
    #[arg(value_name = "LAKE")]
    pub(crate) lake: PathBuf,

    #[command(flatten)]
    pub(crate) storage: StorageArgs,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("rules").required(true).multiple(true).args(["keep", "daily", "weekly", "monthly"])))]
pub(crate) struct HistoryExpireArgs {
    /// Folder of the history
    #[arg(value_name = "LAKE")]
    pub(crate) lake: PathBuf,

    /// Keep all pulls of the last TIME, counted from now, such as 90d
    #[arg(long, value_name = "TIME", value_parser = values::age)]
    pub(crate) keep: Option<Duration>,

    /// Keep the last pull of each day of the last TIME, such as 365d
    #[arg(long, value_name = "TIME", value_parser = values::age)]
    pub(crate) daily: Option<Duration>,

    /// Keep the last pull of each week of the last TIME
    #[arg(long, value_name = "TIME", value_parser = values::age)]
    pub(crate) weekly: Option<Duration>,

    /// Keep the last pull of each month of the last TIME
    #[arg(long, value_name = "TIME", value_parser = values::age)]
    pub(crate) monthly: Option<Duration>,

    /// Show what would be removed, and remove nothing
    #[arg(long)]
    pub(crate) dry_run: bool,

    #[command(flatten)]
    pub(crate) storage: StorageArgs,
}

/// An engine that answers in SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SqlEngine {
    #[value(help = "DuckDB")]
    Duckdb,
    /// Spark, as in Fabric and Databricks
    Spark,
}

/// A question that has a tested query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SqlQuestion {
    /// Devices of each pull, and how many need attention
    Trend,
    /// Devices of each pull by property
    TrendByProperty,
    /// Devices of each pull that need attention, by device group
    TrendByGroup,
    /// Devices of each pull by build of the operating system
    TrendByBuild,
    /// What the last pull has open, and since when
    Since,
    /// How long each property takes to be resolved
    Resolved,
    /// Properties that came back on a device
    Flapping,
    /// Devices that the last pull does not have, and when they were last there
    Gone,
    /// Updates that devices of the last pull lack
    MissingKbs,
    /// Times between pulls that are longer than a day
    Gaps,
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
    pub(crate) columns: ColumnArgs,

    #[command(flatten)]
    pub(crate) result: ResultArgs,

    #[command(flatten)]
    pub(crate) storage: StorageArgs,
}

/// Whose sign-in reaches Azure's storage.
#[derive(Debug, Args)]
#[group(id = "StorageArgs", multiple = true)]
pub(crate) struct StorageArgs {
    /// Profile whose sign-in reaches a history in Azure's storage [default: the default profile]
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    profile: Option<String>,

    /// Configuration file of the profile
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    config: Option<PathBuf>,
}

/// Where a history comes from, and how much of it is shown.
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

    /// Use only pulls of the last TIME, counted from the newest pull, such as `90d`
    #[arg(long, value_name = "TIME", value_parser = values::age)]
    pub(crate) last: Option<Duration>,

    /// Maximum rows to show; csv and json have all of them
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = values::whole_number::<usize>)]
    pub(crate) limit: usize,

    #[command(flatten)]
    pub(crate) storage: StorageArgs,
}

#[derive(Debug, Args)]
pub(crate) struct HistoryTrendArgs {
    /// What to count
    #[arg(long, value_name = "BY", default_value = "pull", ignore_case = true)]
    pub(crate) by: TrendBy,

    #[command(flatten)]
    pub(crate) history: HistoryArgs,

    #[command(flatten)]
    pub(crate) columns: ColumnArgs,

    #[command(flatten)]
    pub(crate) result: ResultArgs<TrendFormat>,
}

#[derive(Debug, Args)]
pub(crate) struct HistoryResolvedArgs {
    /// What has a row
    #[arg(long, value_name = "BY", default_value = "property", ignore_case = true)]
    pub(crate) by: ResolvedBy,

    #[command(flatten)]
    pub(crate) history: HistoryArgs,

    #[command(flatten)]
    pub(crate) columns: ColumnArgs,

    #[command(flatten)]
    pub(crate) result: ResultArgs,
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
    /// Devices that need attention, by tenant of the history
    Tenant,
}

/// What has a row in a list of times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ResolvedBy {
    /// Each property
    Property,
    /// Each property of each device group
    Group,
}
