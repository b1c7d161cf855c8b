//! What a result has to meet, so a check in CI cannot pass on nothing.

use std::time::Duration;

use clap::Args;

use super::fail_on::{FailOn, FailOnParser};
use super::values;

/// The checks of a triage. The exit code is 3 if a check finds what it looks for, and 4 if it
/// cannot tell.
#[derive(Debug, Clone, Args)]
pub(crate) struct GateArgs {
    /// Exit with 3 if devices need attention; repeat for several checks
    ///
    /// WHAT is `any`, `new` (needs --since), `behind`, `out-of-support`, `unknown` (not known
    /// whether a device needs attention), a category such as `Antivirus`, or a property such as
    /// `EdrSensorOff`. `Antivirus:10` means ten devices or more, `any:5%` five per cent of the
    /// devices or more.
    #[arg(long, value_name = "WHAT", value_parser = FailOnParser, hide_possible_values = true, help_heading = "Checks")]
    pub(crate) fail_on: Vec<FailOn>,

    /// Exit with 4 if there are fewer than N devices
    #[arg(long, value_name = "N", value_parser = values::whole_number::<u64>, help_heading = "Checks")]
    pub(crate) min_devices: Option<u64>,

    #[command(flatten)]
    pub(crate) age: AgeArgs,

    /// Let checks pass if it is unknown whether the devices are complete
    #[arg(long, help_heading = "Checks", hide_short_help = true)]
    pub(crate) allow_unknown: bool,

    /// Let checks pass if there are no devices
    #[arg(long, help_heading = "Checks", hide_short_help = true)]
    pub(crate) allow_empty: bool,
}

/// How old a pull may be.
#[derive(Debug, Clone, Args)]
pub(crate) struct AgeArgs {
    /// Exit with 4 if the pull is older than this, such as `1d` or `36h`
    #[arg(long, value_name = "AGE", value_parser = values::age, help_heading = "Checks")]
    pub(crate) max_age: Option<Duration>,
}
