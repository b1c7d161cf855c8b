//! The arguments of `endstate explain`.

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// Property, such as `FirewallOff`, or category; without it, all properties are listed
    #[arg(value_name = "WHAT")]
    pub(crate) what: Option<String>,

    /// Write JSON
    #[arg(long)]
    pub(crate) json: bool,
}
