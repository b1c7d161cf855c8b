//! Where states come from: which tenants, which service, within which limits.

use std::num::{NonZeroU32, NonZeroU64};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use endstate_paging::Pull;
use endstate_reqwest::{Authority, Cloud, Region, Scope};

use super::sign_in::SignInArgs;
use super::values;

/// Which tenants.
#[derive(Debug, Clone, Args)]
#[group(id = "SourceArgs", multiple = true)]
pub(crate) struct SourceArgs {
    /// Use an emulated tenant of 444 devices; no sign-in, no network
    #[arg(
        long,
        conflicts_with_all = ["profile", "all_profiles", "cloud", "region", "service_root", "defender_root", "graph_root", "authority", "scope", "SignInArgs"],
        help_heading = "Source"
    )]
    pub(crate) demo: bool,

    /// Day of the emulated tenant, whose devices change a little each day [default: 1, and 30 for a
    /// report]
    #[arg(long, value_name = "N", value_parser = values::day, requires = "demo", help_heading = "Source", hide_short_help = true)]
    pub(crate) demo_day: Option<u32>,

    #[command(flatten)]
    pub(crate) profiles: ProfileArgs,
}

/// Which profiles.
#[derive(Debug, Clone, Default, Args)]
#[group(id = "ProfileArgs", multiple = true)]
pub(crate) struct ProfileArgs {
    /// Profile of the configuration file; repeat to query several tenants [env: `ENDSTATE_PROFILE`]
    #[arg(long, value_name = "NAME", help_heading = "Source")]
    pub(crate) profile: Vec<String>,

    /// Query the tenants of all profiles
    #[arg(long, conflicts_with = "profile", help_heading = "Source", hide_short_help = true)]
    pub(crate) all_profiles: bool,

    /// Configuration file [default: endstate/config.toml in the user's configuration folder] [env:
    /// `ENDSTATE_CONFIG`]
    #[arg(long, value_name = "FILE", help_heading = "Source", hide_short_help = true)]
    pub(crate) config: Option<PathBuf>,
}

/// What a tenant needs; each setting comes from the command line, the environment, a profile, or
/// its default.
#[derive(Debug, Clone, Args)]
pub(crate) struct SettingsArgs {
    #[command(flatten)]
    pub(crate) service: ServiceArgs,

    #[command(flatten)]
    pub(crate) sign_in: SignInArgs,

    #[command(flatten)]
    pub(crate) limits: PullLimits,
}

/// Which service.
#[derive(Debug, Clone, Args)]
#[group(id = "ServiceArgs", multiple = true)]
pub(crate) struct ServiceArgs {
    /// Source of states [possible values: auto, preview, hunting, assessments, export]
    ///
    /// `endstate help sources` compares them. `auto` tries the documented collection first, and
    /// takes one of today's sources if the service does not have it.
    #[arg(
        long = "source",
        value_name = "SOURCE",
        default_value = "auto",
        hide_possible_values = true,
        help_heading = "Source"
    )]
    pub(crate) states_from: StatesFrom,

    /// Leave out the names, groups and tags of devices, which are another collection
    #[arg(long, help_heading = "Source", hide_short_help = true)]
    pub(crate) no_devices: bool,

    /// Cloud: commercial, gcc, gcc-high or dod; `endstate clouds` lists their hosts
    #[arg(long, value_name = "CLOUD", default_value = "commercial", value_parser = values::cloud(), hide_possible_values = true, help_heading = "Source", hide_short_help = true)]
    pub(crate) cloud: Cloud,

    /// Regional host of Defender for Endpoint: us, eu, uk, au, swa, ina or aea
    #[arg(long, value_name = "REGION", value_parser = values::region(), hide_possible_values = true, help_heading = "Source", hide_short_help = true)]
    pub(crate) region: Option<Region>,

    /// Base URL of the API: https, or http on loopback [default: set by --cloud]
    #[arg(long, value_name = "URL", help_heading = "Source", hide_short_help = true)]
    pub(crate) service_root: Option<String>,

    /// Base URL of today's Defender API: https, or http on loopback [default: set by --cloud]
    #[arg(long, value_name = "URL", hide_short_help = true, help_heading = "Source")]
    pub(crate) defender_root: Option<String>,

    /// Base URL of Microsoft Graph: https, or http on loopback [default: set by --cloud]
    #[arg(long, value_name = "URL", hide_short_help = true, help_heading = "Source")]
    pub(crate) graph_root: Option<String>,

    /// URL of the identity service [default: set by --cloud] [env: `AZURE_AUTHORITY_HOST`]
    #[arg(long, value_name = "URL", hide_short_help = true, help_heading = "Source")]
    pub(crate) authority: Option<Authority>,

    /// Scope of the token [default: set by --cloud, or by --service-root]
    #[arg(long, value_name = "SCOPE", hide_short_help = true, help_heading = "Source")]
    pub(crate) scope: Option<Scope>,

    /// PEM file of additional certificate authorities, such as a proxy's
    #[arg(long, value_name = "FILE", help_heading = "Source", hide_short_help = true)]
    pub(crate) ca_file: Option<PathBuf>,

    /// Accept a 404 on the first page as an empty, complete collection
    #[arg(long, help_heading = "Source", hide_short_help = true)]
    pub(crate) empty_on_404: bool,
}

/// Where states come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StatesFrom {
    /// The documented collection, or one of today's sources if the service does not have it
    Auto,
    /// The documented collection
    Preview,
    /// Advanced hunting
    Hunting,
    /// The secure configuration assessment of each device
    Assessments,
    /// The secure configuration assessment as files, for more than 100,000 devices
    Export,
}

/// Limits of a pull.
#[derive(Debug, Clone, Args)]
#[group(id = "PullLimits", multiple = true)]
pub(crate) struct PullLimits {
    /// Maximum calls in any minute; 0: no limit; today's sources have lower limits
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = values::whole_number::<u32>, help_heading = "Limits", hide_short_help = true)]
    pub(crate) calls_per_minute: u32,

    /// Maximum calls in any hour; 0: no limit; today's sources have lower limits
    #[arg(long, value_name = "N", default_value_t = 1500, value_parser = values::whole_number::<u32>, help_heading = "Limits", hide_short_help = true)]
    pub(crate) calls_per_hour: u32,

    /// Requested page size in devices, or in rows of an assessment
    /// [default: set by the service]
    #[arg(long, value_name = "N", value_parser = values::page_size, help_heading = "Limits", hide_short_help = true)]
    pub(crate) page_size: Option<NonZeroU32>,

    /// Stop after N pages; the pull is incomplete if there are more
    #[arg(long, value_name = "N", value_parser = values::from_1_u64, help_heading = "Limits", hide_short_help = true)]
    pub(crate) max_pages: Option<NonZeroU64>,

    /// Stop after N rows; the pull is incomplete if there are more
    #[arg(long, value_name = "N", value_parser = values::from_1_u64, help_heading = "Limits", hide_short_help = true)]
    pub(crate) max_items: Option<NonZeroU64>,

    /// Maximum seconds for one page, from connecting to its last byte
    #[arg(long, value_name = "SECONDS", default_value = "300", value_parser = values::seconds, help_heading = "Limits", hide_short_help = true)]
    pub(crate) timeout: Duration,

    /// Number of pages to prefetch; 0 fetches pages sequentially
    #[arg(long, value_name = "N", default_value_t = Pull::DEFAULT_PREFETCH, value_parser = values::whole_number::<usize>, help_heading = "Limits", hide_short_help = true)]
    pub(crate) ahead: usize,

    /// Maximum retries per page
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = values::whole_number::<u32>, help_heading = "Limits", hide_short_help = true)]
    pub(crate) retries: u32,

    /// Maximum retries in the whole pull
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = values::whole_number::<u32>, help_heading = "Limits", hide_short_help = true)]
    pub(crate) retries_per_pull: u32,

    /// Seconds before the first retry; doubles with each, unless the service sets it
    #[arg(long, value_name = "SECONDS", default_value = "0.5", value_parser = values::seconds, help_heading = "Limits", hide_short_help = true)]
    pub(crate) retry_delay: Duration,

    /// Maximum seconds for failures in the whole pull, waits included
    #[arg(long, value_name = "SECONDS", default_value = "1800", value_parser = values::seconds, help_heading = "Limits", hide_short_help = true)]
    pub(crate) retry_time: Duration,

    /// Maximum size of a page in bytes, decompressed
    #[arg(long, value_name = "N", default_value_t = 256 * 1024 * 1024, value_parser = values::whole_number::<usize>, help_heading = "Limits", hide_short_help = true)]
    pub(crate) max_page_bytes: usize,
}
