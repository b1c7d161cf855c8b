//! The arguments of `endstate triage`.

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

    /// Order of the devices that need attention
    #[arg(long, value_name = "ORDER", default_value = "urgency")]
    pub(crate) sort: Sort,

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
