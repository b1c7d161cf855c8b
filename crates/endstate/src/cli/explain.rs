//! The arguments of `endstate explain`.

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// Property, such as `FirewallOff`, or category [default: a list of all properties]
    #[arg(value_name = "WHAT")]
    pub(crate) what: Option<String>,

    /// Write JSON
    #[arg(long)]
    pub(crate) json: bool,
}
