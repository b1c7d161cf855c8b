//! The arguments of `endstate help`, and its topics.

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct HelpArgs {
    /// Command, such as `pull` or `config show`, or topic [default: an overview]
    ///
    /// Topics: first-steps, sign-in, sources, conditions, environment, ci, monitoring,
    /// exit-codes and attention.
    #[arg(value_name = "WHAT")]
    pub(crate) what: Vec<String>,
}

/// What a page of the documentation is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Topic {
    /// The demo, connecting a tenant, and profiles
    FirstSteps,
    /// Every way to sign in, and what a tenant needs
    SignIn,
    /// Where device states come from: which source to take, and what each knows
    Sources,
    /// Conditions of --where
    Conditions,
    /// Environment variables
    Environment,
    /// Checks, formats and workflows for CI
    Ci,
    /// A service: metrics, alerts and webhooks
    Monitoring,
    /// Outcomes and exit codes
    ExitCodes,
    /// Each property that can require attention
    Attention,
}
