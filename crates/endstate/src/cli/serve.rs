//! The arguments of `endstate serve`.

use core::net::SocketAddr;
use std::time::Duration;

use clap::Args;

use super::fleet::CountedArgs;
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

    #[command(flatten)]
    pub(crate) counted: CountedArgs,

    #[command(flatten)]
    pub(crate) gate: GateArgs,

    #[command(flatten)]
    pub(crate) webhook: WebhookArgs,

    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}
