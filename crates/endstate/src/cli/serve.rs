//! The arguments of `endstate serve`.

use core::net::SocketAddr;
use std::time::Duration;

use clap::Args;

use super::gate::GateArgs;
use super::source::{SettingsArgs, SourceArgs};
use super::values;
use super::webhook::WebhookArgs;

#[derive(Debug, Clone, Args)]
pub(crate) struct ServeArgs {
    /// Address to listen on, with its port; port 0 lets the system choose
    ///
    /// The server is plain http and asks no one who they are. On another address than loopback,
    /// everyone who reaches it can read the names of devices and what they lack.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9464")]
    pub(crate) listen: SocketAddr,

    /// Time from the start of a pull to the start of the next one, such as 30m
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = values::interval)]
    pub(crate) every: Duration,

    /// Host name of this server, beside its addresses and `localhost`; repeatable
    ///
    /// A request with another name is refused, so no page of the web can read the server through a
    /// browser on this machine.
    #[arg(long, value_name = "NAME")]
    pub(crate) host_name: Vec<String>,

    #[command(flatten)]
    pub(crate) source: SourceArgs,

    /// Count properties that only inform as needing attention
    #[arg(long, hide_short_help = true)]
    pub(crate) include_informational: bool,

    /// Age from which a device that was not seen is left out, such as 30d
    #[arg(long, value_name = "AGE", default_value = "30d", value_parser = values::age, hide_short_help = true)]
    pub(crate) stale: Duration,

    /// Count all devices, also stale, merged, excluded and not onboarded ones
    #[arg(long, conflicts_with = "stale", hide_short_help = true)]
    pub(crate) all_devices: bool,

    #[command(flatten)]
    pub(crate) gate: GateArgs,

    #[command(flatten)]
    pub(crate) webhook: WebhookArgs,

    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}
