//! Which devices a triage or a report is of, and what they are compared with.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use endstate_model::Date;

use super::date;
use super::source::SourceArgs;
use super::values;

/// Which devices count, and what they are compared with.
#[derive(Debug, Clone, Args)]
pub(crate) struct FleetArgs {
    /// Files that `endstate pull` wrote, one for each tenant; `-` is stdin
    ///
    /// The file is ndjson, json or csv, also compressed, or a page that the service sent. A pattern
    /// such as '*.ndjson' names several files. Each is one tenant, named as its profile, else as
    /// the file.
    #[arg(value_name = "FILE", conflicts_with_all = ["demo", "demo_day", "ProfileArgs", "ServiceArgs", "SignInArgs", "PullLimits"])]
    pub(crate) files: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) source: SourceArgs,

    #[command(flatten)]
    pub(crate) counted: CountedArgs,

    /// Older pull to compare with; repeat for a longer history
    ///
    /// Shows since when devices need attention. With several tenants, `{profile}` in the name is
    /// the name of each tenant.
    #[arg(long, value_name = "FILE")]
    pub(crate) since: Vec<PathBuf>,

    /// Accept an older pull that is newer than the present one
    #[arg(long, requires = "since", hide_short_help = true)]
    pub(crate) allow_swapped: bool,

    /// Count only devices that match, such as `property has FirewallOff`
    ///
    /// `endstate help conditions` describes conditions, such as `build lt 19045 and property has
    /// FirewallOff`.
    #[arg(long = "where", value_name = "CONDITION")]
    pub(crate) condition: Option<String>,

    /// Date for out-of-support checks [default: today, in UTC]
    #[arg(long, value_name = "DATE", value_parser = date::parse, hide_short_help = true)]
    pub(crate) at: Option<Date>,
}

/// Which devices count, and for what.
#[derive(Debug, Clone, Args)]
pub(crate) struct CountedArgs {
    /// Count properties that only inform as needing attention
    ///
    /// They are `ThirdPartyFirewallActive` and `SecurityUpdatesWindowsInsiderPreview`.
    #[arg(long, hide_short_help = true)]
    pub(crate) include_informational: bool,

    /// Age from which a device that was not seen is left out, such as 30d
    ///
    /// Devices that were not seen for so long, duplicates that Defender has merged, excluded
    /// devices and those that are not onboarded are counted apart. The age counts from the pull.
    #[arg(long, value_name = "AGE", default_value = "30d", value_parser = values::age, hide_short_help = true)]
    pub(crate) stale: Duration,

    /// Count all devices, also stale, merged, excluded and not onboarded ones
    #[arg(long, conflicts_with = "stale", hide_short_help = true)]
    pub(crate) all_devices: bool,
}
