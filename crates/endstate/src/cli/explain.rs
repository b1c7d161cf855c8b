//! The arguments of `endstate explain`.

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// Property, category, outcome or exit code [default: a list of all]
    ///
    /// A property has its name on the wire, `FirewallOff`, or in the portal, 'Firewall off'. An
    /// outcome is `complete`, `incomplete` or `unknown`, or a reason, such as `page_lost`.
    #[arg(value_name = "WHAT")]
    pub(crate) what: Option<String>,

    /// Write JSON
    #[arg(long)]
    pub(crate) json: bool,
}
