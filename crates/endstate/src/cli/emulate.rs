//! The arguments of `endstate emulate`.

use core::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use endstate_emulator::Emulator;

use super::values;

#[derive(Debug, Args)]
pub(crate) struct EmulateArgs {
    /// Address to listen on; loopback unless a container needs another
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub(crate) host: IpAddr,

    /// Port that is printed; 0 lets the system choose
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = values::whole_number::<u16>)]
    pub(crate) port: u16,

    /// Number of devices in the generated fleet
    #[arg(long, value_name = "N", default_value_t = 444, value_parser = values::whole_number::<u64>)]
    pub(crate) devices: u64,

    /// Devices on a page, up to 10000
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = values::emulated_page_size)]
    pub(crate) page_size: u64,

    /// Seed of the fleet; the same seed generates the same fleet
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = values::whole_number::<u64>, hide_short_help = true)]
    pub(crate) seed: u64,

    /// Day of the fleet; its devices change a little each day
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = values::day)]
    pub(crate) day: u32,

    /// Order of the devices' ids in the documented collection
    #[arg(long, value_name = "ORDER", default_value = "rising", hide_short_help = true)]
    pub(crate) order: OrderStyle,

    /// File of device states to serve as the documented collection
    ///
    /// It takes the place of the generated fleet, which today's APIs still serve. Any file that
    /// `endstate triage` reads.
    #[arg(long, value_name = "FILE", conflicts_with = "order", hide_short_help = true)]
    pub(crate) states: Option<PathBuf>,

    /// Style of next links [default: skiptoken for the states, skip for other collections]
    #[arg(long, value_name = "STYLE", hide_short_help = true)]
    pub(crate) paging: Option<PagingStyle>,

    /// How the machines of today's API are paged
    #[arg(long, value_name = "STYLE", default_value = "skip", hide_short_help = true)]
    pub(crate) machines_paging: MachinesPagingStyle,

    /// Maximum calls a minute before 429; 0 lifts the limit
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = values::whole_number::<u32>, hide_short_help = true)]
    pub(crate) calls_per_minute: u32,

    /// Maximum calls an hour before 429; 0 lifts the limit
    #[arg(long, value_name = "N", default_value_t = 1500, value_parser = values::whole_number::<u32>, hide_short_help = true)]
    pub(crate) calls_per_hour: u32,

    /// Also emulate the identity service, over https
    ///
    /// It issues tokens for a client secret, a certificate, a device code and other sign-ins.
    #[arg(long)]
    pub(crate) sign_in: bool,

    /// File for the certificate authority of https [default: a temporary file for this run]
    #[arg(long, value_name = "FILE", requires = "sign_in", hide_short_help = true)]
    pub(crate) write_ca: Option<PathBuf>,

    /// Certificate of the application in PEM; its key is not needed
    ///
    /// The identity service accepts assertions that are signed with its key.
    #[arg(long, value_name = "FILE", requires = "sign_in", hide_short_help = true)]
    pub(crate) client_certificate: Option<PathBuf>,

    /// Lifetime of tokens in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, value_parser = values::whole_number::<u64>, requires = "sign_in", hide_short_help = true)]
    pub(crate) token_lifetime: u64,

    /// Calls before a token expires, also in mid-pull [default: no limit]
    #[arg(long, value_name = "N", value_parser = values::whole_number::<u32>, requires = "sign_in", hide_short_help = true)]
    pub(crate) token_calls: Option<u32>,

    /// What the person does with a device code
    #[arg(long, value_name = "WHAT", default_value = "approve", requires = "sign_in", hide_short_help = true)]
    pub(crate) device_code: DeviceCodeEnd,

    /// Token that the service accepts, instead of the usual one
    ///
    /// It gives access only to this emulator.
    #[arg(long, value_name = "TOKEN", default_value = Emulator::DEFAULT_TOKEN, hide_default_value = true)]
    pub(crate) token: String,

    /// File to write the printed lines to once the emulator is ready
    ///
    /// The file is removed at the end.
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub(crate) ready_file: Option<PathBuf>,

    /// Do not serve POST /_emulator/reset, which resets faults and counters
    #[arg(long, hide_short_help = true)]
    pub(crate) no_control: bool,

    /// Fault to script, such as `throttled@3*2=0.5`; `help` lists them; repeatable
    #[arg(long, value_name = "SPEC", value_parser = values::fault(), hide_possible_values = true)]
    pub(crate) fault: Vec<String>,
}

/// How the machines of today's API are paged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum MachinesPagingStyle {
    /// By $top and $skip, without links
    Skip,
    /// By links
    Link,
    /// By links that grow without end, as once reported
    GrowingLink,
}

/// The order of ids in the documented collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OrderStyle {
    /// Each above the one before
    Rising,
    /// In an order that helps no client
    Shuffled,
    /// Each below the one before
    Reversed,
}

/// What a person does with a device code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DeviceCodeEnd {
    /// Signs in
    Approve,
    /// Declines
    Decline,
    /// Nothing, until the code expires
    Expire,
}

/// The style of next links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PagingStyle {
    /// An opaque token
    Skiptoken,
    /// The number of items to skip
    Skip,
}
