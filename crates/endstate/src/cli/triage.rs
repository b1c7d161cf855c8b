//! The arguments of `endstate triage`.

use std::convert::Infallible;
use std::str::FromStr;

use clap::{Args, ValueEnum};

use super::fleet::FleetArgs;
use super::formats::TriageFormat;
use super::gate::GateArgs;
use super::result::ResultArgs;
use super::source::SettingsArgs;
use super::values;
use super::webhook::WebhookArgs;

#[derive(Debug, Args)]
pub(crate) struct TriageArgs {
    #[command(flatten)]
    pub(crate) fleet: FleetArgs,

    /// What to count devices by
    #[arg(long, value_name = "WHAT", default_value = "property")]
    pub(crate) by: By,

    /// Columns of both tables, such as `name,version`; `help` lists them
    #[arg(long, value_name = "NAMES", value_delimiter = ',', hide_short_help = true)]
    pub(crate) columns: Vec<String>,

    /// Order of the devices, or the column by which to sort the counts
    ///
    /// Orders of devices: urgency (the worst property first, then the number of properties, then
    /// the oldest version), properties (most first), version (oldest first), id and name.
    #[arg(long, value_name = "ORDER", default_value = "urgency")]
    pub(crate) sort: TriageOrder,

    /// Sort the counts in descending order
    #[arg(long, hide_short_help = true)]
    pub(crate) reverse: bool,

    /// Maximum devices to list
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = values::whole_number::<usize>)]
    pub(crate) limit: usize,

    /// Also show devices behind the newest revision of their build
    ///
    /// The newest revision is the newest one in the fleet, not the newest one that Microsoft
    /// released.
    #[arg(long)]
    pub(crate) behind: bool,

    #[command(flatten)]
    pub(crate) result: ResultArgs<TriageFormat>,

    #[command(flatten)]
    pub(crate) gate: GateArgs,

    #[command(flatten)]
    pub(crate) webhook: WebhookArgs,

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

/// What is sorted, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TriageOrder {
    Devices(Sort),
    /// The counts, by the column with this name.
    Counts(String),
}

impl FromStr for TriageOrder {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let devices = <Sort as ValueEnum>::from_str(text, true).map(Self::Devices);
        Ok(devices.unwrap_or_else(|_| Self::Counts(text.to_owned())))
    }
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
