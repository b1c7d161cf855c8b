//! The arguments of `endstate triage`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use endstate_model::Date;

use super::date;
use super::formats::TriageFormat;
use super::gate::GateArgs;
use super::source::{SettingsArgs, SourceArgs};
use super::values;

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent switch")]
pub(crate) struct TriageArgs {
    /// Files that `endstate pull` wrote, one for each tenant; `-` is stdin
    ///
    /// The file is ndjson, json or csv, also compressed, or a page that the service sent. A pattern
    /// such as '*.ndjson' names several files. Each is one tenant, named as its profile, else as
    /// the file.
    #[arg(value_name = "FILE", conflicts_with_all = ["demo", "demo_day", "ProfileArgs", "ServiceArgs", "SignInArgs", "PullLimits"])]
    pub(crate) files: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) source: SourceArgs,

    /// What to count devices by
    #[arg(long, value_name = "WHAT", default_value = "property")]
    pub(crate) by: By,

    /// Order of the devices that need attention
    #[arg(long, value_name = "ORDER", default_value = "urgency")]
    pub(crate) sort: Sort,

    /// Count properties that only inform as needing attention
    ///
    /// They are `ThirdPartyFirewallActive` and `SecurityUpdatesWindowsInsiderPreview`.
    #[arg(long)]
    pub(crate) include_informational: bool,

    /// Age from which a device that was not seen is left out, such as 30d
    ///
    /// Devices that were not seen for so long, duplicates that Defender has merged, excluded
    /// devices and those that are not onboarded are counted apart. The age counts from the pull.
    #[arg(long, value_name = "AGE", default_value = "30d", value_parser = values::age)]
    pub(crate) stale: Duration,

    /// Count all devices, also stale, merged, excluded and not onboarded ones
    #[arg(long, conflicts_with = "stale")]
    pub(crate) all_devices: bool,

    /// Maximum devices to list
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = values::whole_number::<usize>)]
    pub(crate) limit: usize,

    /// Also show devices behind the newest revision of their build
    ///
    /// The newest revision is the newest one in the fleet, not the newest one that Microsoft
    /// released.
    #[arg(long)]
    pub(crate) behind: bool,

    /// Older pull to compare with; repeat for a longer history
    ///
    /// Shows since when devices need attention. With several tenants, `{profile}` in the name is
    /// the name of each tenant.
    #[arg(long, value_name = "FILE")]
    pub(crate) since: Vec<PathBuf>,

    /// Accept an older pull that is newer than the present one
    #[arg(long, requires = "since")]
    pub(crate) allow_swapped: bool,

    /// Count only devices that match, such as `property has FirewallOff`
    ///
    /// `endstate help conditions` describes conditions, such as `build lt 19045 and property has
    /// FirewallOff`.
    #[arg(long = "where", value_name = "CONDITION")]
    pub(crate) condition: Option<String>,

    /// Date for out-of-support checks [default: today, in UTC]
    #[arg(long, value_name = "DATE", value_parser = date::parse)]
    pub(crate) at: Option<Date>,

    /// File for the result, replaced whole; `-` is stdout
    #[arg(id = "result_output", short = 'o', long = "output", value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Format of the result [default: from the file name extension, else table]
    #[arg(id = "result_format", long = "format", value_name = "FORMAT", ignore_case = true)]
    pub(crate) format: Option<TriageFormat>,

    /// Do not escape csv cells that look like formulas
    #[arg(long)]
    pub(crate) csv_raw: bool,

    #[command(flatten)]
    pub(crate) gate: GateArgs,

    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

/// What triage counts by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum By {
    /// Properties, grouped by category
    Property,
    /// Security controls
    Category,
    /// Builds of the operating system
    Build,
    /// Releases of Windows, and whether they are in support
    Release,
    /// Processor architectures
    Architecture,
    /// Properties that occur together
    Combination,
    /// Device groups
    Group,
    /// Tags; a device with two tags is in two rows
    Tag,
    /// Operating systems
    Platform,
    /// Signed-in users; only hunting knows them
    Owner,
    /// Tenants
    Tenant,
}

/// The order of devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Sort {
    /// The worst property first, then the number of properties, then the oldest version
    Urgency,
    /// Most properties first
    Properties,
    /// Oldest version first
    Version,
    /// By device id
    Id,
    /// By device name; a device whose name is not known, by its id
    Name,
}
