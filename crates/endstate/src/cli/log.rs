//! The log: in which form, and where.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// How and where is logged.
#[derive(Debug, Clone, Args)]
pub(crate) struct LogArgs {
    /// Format of the log; json has a line for each event, with the time of day
    #[arg(
        long,
        global = true,
        value_name = "FORMAT",
        default_value = "text",
        hide_short_help = true,
        help_heading = super::GLOBAL
    )]
    pub(crate) log_format: LogFormat,

    /// File to append the log to, instead of stderr
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true, help_heading = super::GLOBAL)]
    pub(crate) log_file: Option<PathBuf>,
}

/// The format of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people to read
    Text,
    /// For programs: an object for each line
    Json,
}
