//! What the commands that show results take: triage, updates, diff.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use endstate_model::Date;

use super::source::{SettingsArgs, SourceArgs};
use crate::day;
use crate::fail_on::{FailOn, FailOnParser};

#[derive(Debug, Args)]
pub(crate) struct TriageArgs {
    /// A file that `endstate pull` wrote (ndjson, json or csv), instead of a live source; `-` is stdin
    #[arg(value_name = "FILE", conflicts_with_all = ["SourceArgs", "ServiceArgs", "SignInArgs", "PullLimits"])]
    pub(crate) file: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) source: SourceArgs,

    /// What to count devices by
    #[arg(long, value_name = "WHAT", default_value = "property")]
    pub(crate) by: By,

    /// How many of the devices that need most attention to list
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) limit: usize,

    /// Show devices behind the newest revision of their own build in the fleet, too
    #[arg(long)]
    pub(crate) behind: bool,

    /// Compare with an older pull, and say since when devices need attention; may be given more than once
    #[arg(long, value_name = "FILE")]
    pub(crate) since: Vec<PathBuf>,

    /// Count only devices that meet this condition, such as `build lt 19045 and property has FirewallOff`
    #[arg(long = "where", value_name = "CONDITION")]
    pub(crate) condition: Option<String>,

    /// The day by which a release is past its end of servicing [default: today]
    #[arg(long, value_name = "DATE", value_parser = day::parse)]
    pub(crate) at: Option<Date>,

    /// Exit with 3 if devices need attention: `any`, `new` (with --since), `behind`, `end-of-servicing`, a category such as
    /// `Antivirus`, or a property such as `EdrSensorOff`; `Antivirus:10` from ten devices on; may be given more than once
    #[arg(long, value_name = "WHAT[:N]", value_parser = FailOnParser, hide_possible_values = true)]
    pub(crate) fail_on: Vec<FailOn>,

    /// How the result is written
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: TriageFormat,

    /// Leave csv cells that begin like a formula as they are
    #[arg(long)]
    pub(crate) csv_raw: bool,

    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

/// What triage counts by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum By {
    /// Properties under their categories
    Property,
    /// Security controls
    Category,
    /// Builds of the operating system
    Build,
    /// Releases of Windows, and whether they are still serviced
    Release,
    /// Processor architectures
    Architecture,
    /// Properties that occur together
    Combination,
}

impl By {
    /// The name as it is written on the command line.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

/// How triage is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TriageFormat {
    /// Aligned columns, to be read
    Table,
    /// One JSON object with everything
    Json,
    /// The counts alone, flat
    Csv,
    /// For a ticket or a chat
    Markdown,
    /// Metrics for the textfile collector
    Prometheus,
}

#[derive(Debug, Args)]
pub(crate) struct UpdatesArgs {
    /// Files that `endstate pull` wrote, instead of a live source: the devices' states
    #[arg(value_name = "STATES", requires = "cvekbmap", conflicts_with_all = ["SourceArgs", "ServiceArgs", "SignInArgs", "PullLimits"])]
    pub(crate) states: Option<PathBuf>,

    /// and the updates, from `endstate pull --collection kbinfo`
    #[arg(value_name = "KBINFO")]
    pub(crate) kbinfo: Option<PathBuf>,

    /// and their vulnerabilities, from `endstate pull --collection cvekbmap`
    #[arg(value_name = "CVEKBMAP")]
    pub(crate) cvekbmap: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) source: SourceArgs,

    /// What to list: csv has this alone, json has everything
    #[arg(long, value_name = "WHAT", default_value = "update")]
    pub(crate) by: UpdatesBy,

    /// How many rows to show, and how many of the devices that are most exposed to keep
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) limit: usize,

    /// Count only devices that meet this condition, such as `build lt 19045`
    #[arg(long = "where", value_name = "CONDITION")]
    pub(crate) condition: Option<String>,

    /// How the result is written
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: ReportFormat,

    /// Leave csv cells that begin like a formula as they are
    #[arg(long)]
    pub(crate) csv_raw: bool,

    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

/// What missing updates are listed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum UpdatesBy {
    /// Updates, lacked by the most devices first
    Update,
    /// Vulnerabilities, most severe first
    Cve,
    /// Devices, most severely exposed first
    Device,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The older pull: a file that `endstate pull` wrote (ndjson, json or csv)
    #[arg(value_name = "OLD", requires = "new", required_unless_present = "demo")]
    pub(crate) old: Option<PathBuf>,

    /// The newer pull
    #[arg(value_name = "NEW")]
    pub(crate) new: Option<PathBuf>,

    /// Compare two days of the emulated tenant
    #[arg(long, conflicts_with = "old")]
    pub(crate) demo: bool,

    /// How many of the devices that changed to show; csv and json have them all
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) limit: usize,

    /// How the result is written
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: ReportFormat,

    /// Leave csv cells that begin like a formula as they are
    #[arg(long)]
    pub(crate) csv_raw: bool,
}

/// How a result is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// Aligned columns, to be read
    Table,
    /// One JSON object with everything
    Json,
    /// Rows alone, flat
    Csv,
    /// For a ticket or a chat
    Markdown,
}
