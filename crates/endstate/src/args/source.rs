//! Where states come from: which tenants, which service, under which limits.

use std::num::{NonZeroU32, NonZeroU64};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use endstate_paging::Pull;
use endstate_reqwest::{Authority, Cloud, Region, Scope};

use super::sign_in::SignInArgs;

/// Which tenants.
#[derive(Debug, Clone, Args)]
#[group(id = "SourceArgs", multiple = true)]
pub(crate) struct SourceArgs {
    /// Use an emulated tenant of 444 devices, started for this command: no sign-in, nothing leaves this machine
    #[arg(
        long,
        conflicts_with_all = ["profile", "all_profiles", "cloud", "region", "service_root", "authority", "scope", "SignInArgs"],
        help_heading = "Source"
    )]
    pub(crate) demo: bool,

    /// The day on which the emulated tenant is seen: each one, its devices have moved on a little
    #[arg(long, value_name = "N", default_value_t = 1, requires = "demo", help_heading = "Source")]
    pub(crate) demo_day: u32,

    /// Take settings from this profile of the configuration file; several are several tenants at once [env: `ENDSTATE_PROFILE`]
    #[arg(long, value_name = "NAME", help_heading = "Source")]
    pub(crate) profile: Vec<String>,

    /// Every profile of the configuration file, at once
    #[arg(long, conflicts_with = "profile", help_heading = "Source")]
    pub(crate) all_profiles: bool,

    /// The configuration file [default: endstate/config.toml in the platform's configuration folder] [env: `ENDSTATE_CONFIG`]
    #[arg(long, value_name = "FILE", help_heading = "Source")]
    pub(crate) config: Option<PathBuf>,
}

/// What a tenant needs, each setting from the command line, the environment, a profile, or its default.
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
    /// The cloud: commercial, gcc, gcc-high or dod; `endstate clouds` has them with their hosts
    #[arg(long, value_name = "CLOUD", default_value = "commercial", help_heading = "Source")]
    pub(crate) cloud: Cloud,

    /// A host of Defender for Endpoint nearer to you: us, eu, uk, au, swa, ina or aea
    #[arg(long, value_name = "REGION", help_heading = "Source")]
    pub(crate) region: Option<Region>,

    /// Where the collection stands, if not where the cloud has it; https, or http on loopback
    #[arg(long, value_name = "URL", help_heading = "Source")]
    pub(crate) service_root: Option<String>,

    /// Where to sign in, if not where the cloud has it [env: `AZURE_AUTHORITY_HOST`]
    #[arg(long, value_name = "URL", hide_short_help = true, help_heading = "Source")]
    pub(crate) authority: Option<Authority>,

    /// What a token is asked for [default: that of the cloud, or of the service root]
    #[arg(long, value_name = "SCOPE", hide_short_help = true, help_heading = "Source")]
    pub(crate) scope: Option<Scope>,

    /// Trust the certificate authorities in this PEM file too, such as a proxy's
    #[arg(long, value_name = "FILE", help_heading = "Source")]
    pub(crate) ca_file: Option<PathBuf>,

    /// Read a 404 on the first page as an empty, complete collection
    #[arg(long, help_heading = "Source")]
    pub(crate) empty_on_404: bool,
}

/// Limits of a pull.
#[derive(Debug, Clone, Args)]
#[group(id = "PullLimits", multiple = true)]
pub(crate) struct PullLimits {
    /// Calls in any minute at the most; 0 lifts the limit
    #[arg(long, value_name = "N", default_value_t = 100, help_heading = "Limits")]
    pub(crate) calls_per_minute: u32,

    /// Calls in any hour at the most; 0 lifts the limit
    #[arg(long, value_name = "N", default_value_t = 1500, help_heading = "Limits")]
    pub(crate) calls_per_hour: u32,

    /// Ask for pages of N devices; the service may not heed it [default: as the service likes]
    #[arg(long, value_name = "N", help_heading = "Limits")]
    pub(crate) page_size: Option<NonZeroU32>,

    /// Stop after N pages, incomplete if there are more
    #[arg(long, value_name = "N", help_heading = "Limits")]
    pub(crate) max_pages: Option<NonZeroU64>,

    /// Stop after N rows, incomplete if there are more
    #[arg(long, value_name = "N", help_heading = "Limits")]
    pub(crate) max_items: Option<NonZeroU64>,

    /// Seconds that one page may take, from connecting to its last byte
    #[arg(long, value_name = "SECONDS", default_value = "300", value_parser = seconds, help_heading = "Limits")]
    pub(crate) timeout: Duration,

    /// Pages to ask for while those before them still arrive; 0 asks for one after the other
    #[arg(long, value_name = "N", default_value_t = Pull::DEFAULT_AHEAD, help_heading = "Limits")]
    pub(crate) ahead: usize,

    /// How often a page that fails is asked for again
    #[arg(long, value_name = "N", default_value_t = 6, help_heading = "Limits")]
    pub(crate) retries: u32,

    /// How often pages are asked for again in the whole pull
    #[arg(long, value_name = "N", default_value_t = 100, help_heading = "Limits")]
    pub(crate) retries_per_pull: u32,

    /// Seconds before a page is asked for again, doubled each time, unless the service asks for more
    #[arg(long, value_name = "SECONDS", default_value = "0.5", value_parser = seconds, help_heading = "Limits")]
    pub(crate) retry_delay: Duration,

    /// Seconds that failures may take in the whole pull, waits included
    #[arg(long, value_name = "SECONDS", default_value = "1800", value_parser = seconds, help_heading = "Limits")]
    pub(crate) retry_time: Duration,

    /// Largest page in bytes, decompressed
    #[arg(long, value_name = "N", default_value_t = 256 * 1024 * 1024, help_heading = "Limits")]
    pub(crate) max_page_bytes: usize,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds, such as 300 or 0.5".to_owned())?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err("it must be more than 0".to_owned()),
    }
}
